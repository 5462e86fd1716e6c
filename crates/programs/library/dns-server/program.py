import sys
from socket import *
from struct import pack

interface, port, name, address = sys.argv[1:]


def answer(question):
    labels = [label.encode() for label in name.split(".")]
    coded = b"".join(bytes([len(it)]) + it for it in labels)
    asked = question[12 : question.index(0, 12) + 5]
    if asked.lower() != coded.lower() + pack("!BHH", 0, 1, 1):
        # Response code 3: no such name.
        return question[:2] + pack("!5H", 0x8503, 1, 0, 0, 0) + asked
    header = question[:2] + pack("!5H", 0x8500, 1, 1, 0, 0)
    # A pointer to the name, type A, class IN, TTL, length, address.
    data = inet_aton(address)
    record = pack("!HHHIH", 0xC00C, 1, 1, 300, len(data)) + data
    return header + asked + record


server = socket(AF_INET, SOCK_DGRAM)  #: socket
server.bind((interface, int(port)))  #: bind

while True:
    question, client = server.recvfrom(512)  #: recvfrom
    server.sendto(answer(question), client)  #: sendto
