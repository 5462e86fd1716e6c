import sys
from socket import *
from time import sleep

interface = sys.argv[1]
port, size, pause = map(int, sys.argv[2:])

welcome = socket(AF_INET, SOCK_STREAM)  #: socket
welcome.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  #: reuse
welcome.bind((interface, port))  #: bind
welcome.listen()  #: listen

connection, client = welcome.accept()  #: accept
while True:
    # Meanwhile bytes arrive: when the buffer is full, the window is 0.
    sleep(pause / 1000)  #: sleep
    part = connection.recv(size)  #: recv
    if not part:
        break
print("end of the stream")  #: print
connection.close()  #: close
