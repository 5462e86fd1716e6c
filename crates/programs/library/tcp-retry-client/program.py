import sys
from socket import *
from time import sleep

server, port, message, pause = sys.argv[1:]

while True:
    # Each try needs a socket of its own.
    client = socket(AF_INET, SOCK_STREAM)  #: socket
    try:
        client.connect((server, int(port)))  #: connect
        break
    except ConnectionRefusedError:
        client.close()  #: discard
        print("refused")  #: refused
        sleep(int(pause) / 1000)  #: sleep

client.sendall(message.encode())  #: send
reply = client.recv(2048)  #: recv
print(reply.decode())  #: print
client.close()  #: close
