import sys
from socket import *

interface, port = sys.argv[1], int(sys.argv[2])

welcome = socket(AF_INET, SOCK_STREAM)  #: socket
welcome.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  #: reuse
welcome.bind((interface, port))  #: bind
welcome.listen()  #: listen

while True:
    connection, client = welcome.accept()  #: accept
    message = b""
    # No bytes from recv(): the client has sent its end.
    while part := connection.recv(65536):  #: recv
        message += part
    connection.sendall(message.upper())  #: send
    connection.close()  #: close
