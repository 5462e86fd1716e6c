import sys
from socket import *

server, port, message = sys.argv[1:]

client = socket(AF_INET, SOCK_DGRAM)  #: socket
# The first sendto() gives the socket a free port of its own.
client.sendto(message.encode(), (server, int(port)))  #: sendto
reply, sender = client.recvfrom(2048)  #: recvfrom
print(reply.decode())  #: print
client.close()  #: close
