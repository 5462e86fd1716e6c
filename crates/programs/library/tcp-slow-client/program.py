import sys
from socket import *
from time import sleep

server, port, message, pause = sys.argv[1:]

client = socket(AF_INET, SOCK_STREAM)  #: socket
client.connect((server, int(port)))  #: connect
# The server waits in recv(); who else does it keep waiting?
sleep(int(pause) / 1000)  #: sleep
client.sendall(message.encode())  #: send
reply = client.recv(2048)  #: recv
print(reply.decode())  #: print
client.close()  #: close
