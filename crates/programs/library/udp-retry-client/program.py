import sys
from socket import *

server, port, message, timeout, tries = sys.argv[1:]

client = socket(AF_INET, SOCK_DGRAM)  #: socket
client.settimeout(int(timeout) / 1000)  #: timeout

for _ in range(int(tries)):
    client.sendto(message.encode(), (server, int(port)))  #: sendto
    try:
        reply, sender = client.recvfrom(2048)  #: recvfrom
        print(reply.decode())  #: print
        sys.exit()  #: exit
    except TimeoutError:
        # Was the request lost, or the reply? We cannot know.
        print("no reply")  #: again

print("gave up")  #: gave-up
sys.exit(1)  #: fail
