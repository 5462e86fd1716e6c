import sys
from errno import EADDRINUSE
from socket import *

interface, port = sys.argv[1], int(sys.argv[2])

welcome = socket(AF_INET, SOCK_STREAM)  #: socket
try:
    # SO_REUSEADDR is not set: an old connection holds the port.
    welcome.bind((interface, port))  #: bind
    welcome.listen()  #: listen
    connection, client = welcome.accept()  #: accept
    message = connection.recv(2048)  #: recv
    connection.sendall(message.upper())  #: send
    connection.close()  #: close
except OSError as error:
    if error.errno != EADDRINUSE:
        raise
    print("address already in use")  #: in-use
welcome.close()  #: end
