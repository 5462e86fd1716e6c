import sys
from socket import *

port = int(sys.argv[1])

server = socket(AF_INET, SOCK_DGRAM)  #: socket
# "" is every interface of this host.
server.bind(("", port))  #: bind

while True:
    # client is the sender's address: (IP address, port number).
    message, client = server.recvfrom(2048)  #: recvfrom
    server.sendto(message.upper(), client)  #: sendto
