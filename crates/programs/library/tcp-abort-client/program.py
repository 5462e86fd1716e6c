import sys
from socket import *
from struct import pack
from time import sleep

server, port, pause = sys.argv[1:]

client = socket(AF_INET, SOCK_STREAM)  #: socket
client.connect((server, int(port)))  #: connect
sleep(int(pause) / 1000)  #: sleep
# Linger on, for 0 seconds: close() sends RST in place of FIN.
client.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
client.close()  #: abort
