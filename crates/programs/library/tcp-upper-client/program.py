import sys
from socket import *

server, port, message = sys.argv[1:]

client = socket(AF_INET, SOCK_STREAM)  #: socket
# connect() returns when the three-way handshake is done.
client.connect((server, int(port)))  #: connect
client.sendall(message.encode())  #: send
# What has come by now, 2048 bytes at most: a stream has no messages.
reply = client.recv(2048)  #: recv
print(reply.decode())  #: print
client.close()  #: close
