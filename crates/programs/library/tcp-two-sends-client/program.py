import sys
from socket import *

server, port, first, second = sys.argv[1:]

client = socket(AF_INET, SOCK_STREAM)  #: socket
client.connect((server, int(port)))  #: connect
# Two calls, one stream: nothing in it says where the first ends.
client.sendall(first.encode())  #: first
client.sendall(second.encode())  #: second
client.close()  #: close
