import sys
from socket import *
from threading import Thread

server, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def pattern(size):
    lines = (b"%015d\n" % n for n in range(size // 16 + 1))
    return b"".join(lines)[:size]


def send(connection):
    connection.sendall(pattern(size))  #: send
    connection.shutdown(SHUT_WR)  #: shutdown


connection = socket(AF_INET, SOCK_STREAM)  #: socket
connection.connect((server, port))  #: connect

Thread(target=send, args=(connection,)).start()  #: spawn
file = b""
while part := connection.recv(65536):  #: recv
    file += part

if file == pattern(size):
    print(size, "bytes, every one as sent")  #: intact
else:
    print("the file is damaged")  #: damaged
    sys.exit(1)  #: fail
