import sys
from socket import *
from threading import Thread

interface = sys.argv[1]
port, size = map(int, sys.argv[2:])


def pattern(size):
    lines = (b"%015d\n" % n for n in range(size // 16 + 1))
    return b"".join(lines)[:size]


def send(connection):
    connection.sendall(pattern(size))  #: send
    connection.shutdown(SHUT_WR)  #: shutdown


welcome = socket(AF_INET, SOCK_STREAM)  #: socket
welcome.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  #: reuse
welcome.bind((interface, port))  #: bind
welcome.listen()  #: listen
connection, client = welcome.accept()  #: accept

Thread(target=send, args=(connection,)).start()  #: spawn
file = b""
while part := connection.recv(65536):  #: recv
    file += part

if file == pattern(size):
    print(size, "bytes, every one as sent")  #: intact
else:
    print("the file is damaged")  #: damaged
    sys.exit(1)  #: fail
