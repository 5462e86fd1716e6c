import sys
from socket import *

server, port, message = sys.argv[1:]

client = socket(AF_INET, SOCK_DGRAM)  #: socket
# Sends nothing: it only notes whom the socket talks to.
client.connect((server, int(port)))  #: connect
try:
    client.send(message.encode())  #: send
    reply = client.recv(2048)  #: recv
    print(reply.decode())  #: print
except ConnectionRefusedError:
    # The host answered with ICMP "port unreachable".
    print("nobody has that port")  #: refused
client.close()  #: close
