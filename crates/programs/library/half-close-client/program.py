import sys
from socket import *

server, port, message = sys.argv[1:]

client = socket(AF_INET, SOCK_STREAM)  #: socket
client.connect((server, int(port)))  #: connect
client.sendall(message.encode())  #: send
# That was all: the server sees the end, but may still send.
client.shutdown(SHUT_WR)  #: shutdown
reply = b""
while part := client.recv(65536):  #: recv
    reply += part
print(reply.decode())  #: print
client.close()  #: close
