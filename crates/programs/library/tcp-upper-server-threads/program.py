import sys
from socket import *
from threading import Thread

interface, port = sys.argv[1], int(sys.argv[2])


def serve(connection):
    message = connection.recv(2048)  #: recv
    connection.sendall(message.upper())  #: send
    connection.close()  #: close


welcome = socket(AF_INET, SOCK_STREAM)  #: socket
welcome.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  #: reuse
welcome.bind((interface, port))  #: bind
welcome.listen()  #: listen

while True:
    connection, client = welcome.accept()  #: accept
    # While the thread serves this client, accept the next.
    Thread(target=serve, args=(connection,)).start()  #: spawn
