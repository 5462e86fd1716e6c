import sys
from socket import *
from struct import pack, unpack

server, port, name = sys.argv[1:]


def question(id, name):
    header = pack("!6H", id, 0x0100, 1, 0, 0, 0)
    labels = [label.encode() for label in name.split(".")]
    coded = b"".join(bytes([len(it)]) + it for it in labels)
    return header + coded + pack("!BHH", 0, 1, 1)  # root, A, IN


def address(answer):
    flags, questions, answers = unpack("!3H", answer[2:8])
    if flags & 15 == 3:
        return "no such name"
    record = answer.index(0, 12) + 5  # after the question
    # A pointer to the name, type, class, TTL, length; then the data.
    return inet_ntoa(answer[record + 12 : record + 16])


client = socket(AF_INET, SOCK_DGRAM)  #: socket
client.connect((server, int(port)))  #: connect
client.send(question(7, name))  #: send
answer = client.recv(512)  #: recv
print(address(answer))  #: print
client.close()  #: close
