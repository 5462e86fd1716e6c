import sys
from socket import *

interface, port = sys.argv[1], int(sys.argv[2])

welcome = socket(AF_INET, SOCK_STREAM)  #: socket
# So that it can start again while old connections are in TIME-WAIT.
welcome.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  #: reuse
welcome.bind((interface, port))  #: bind
welcome.listen()  #: listen

while True:
    # Each client gets a connection socket of its own.
    connection, client = welcome.accept()  #: accept
    message = connection.recv(2048)  #: recv
    connection.sendall(message.upper())  #: send
    connection.close()  #: close
