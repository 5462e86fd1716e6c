import sys
from socket import *

interface, port = sys.argv[1], int(sys.argv[2])

server = socket(AF_INET, SOCK_DGRAM)  #: socket
# 0.0.0.0 is every interface of this host.
server.bind((interface, port))  #: bind

while True:
    # client is the sender's address: (IP address, port number).
    message, client = server.recvfrom(2048)  #: recvfrom
    server.sendto(message.upper(), client)  #: sendto
