import sys
from socket import *

server, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def pattern(size):
    lines = (b"%015d\n" % n for n in range(size // 16 + 1))
    return b"".join(lines)[:size]


client = socket(AF_INET, SOCK_STREAM)  #: socket
client.connect((server, port))  #: connect
client.sendall(pattern(size))  #: send
# TCP goes on in the background until all has arrived.
client.close()  #: close
