import sys
from socket import *

server, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def pattern(size):
    lines = (b"%015d\n" % n for n in range(size // 16 + 1))
    return b"".join(lines)[:size]


client = socket(AF_INET, SOCK_STREAM)  #: socket
client.connect((server, port))  #: connect
# Returns when the send buffer took the last byte, not sooner.
client.sendall(pattern(size))  #: send
print(size, "bytes are in the hands of TCP")  #: print
client.close()  #: close
