"""What a packet socket sees of one TCP conversation over loopback. Needs CAP_NET_RAW. See capture.md."""

import socket
import struct
import threading

KINDS = {0: "arrives", 4: "leaves"}
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(3))
tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)

welcoming = socket.create_server(("127.0.0.1", 0))
port = welcoming.getsockname()[1]


def serve():
    connection, _ = welcoming.accept()
    while connection.recv(1 << 20):
        pass


server = threading.Thread(target=serve)
server.start()
client = socket.create_connection(("127.0.0.1", port))
client.sendall(b"x" * 200_000)
client.close()
server.join()


def checksum_fits(packet, header):
    """Whether the checksum of the TCP segment is that of its bytes."""
    pseudo = packet[12:20] + struct.pack("!BBH", 0, 6, len(packet) - header)
    words = pseudo + packet[header:] + b"\0" * (len(packet) % 2)
    total = sum(struct.unpack(f"!{len(words) // 2}H", words))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


tap.settimeout(0.2)
try:
    while True:
        packet, (_, protocol, kind, _, _) = tap.recvfrom(1 << 17)
        header = (packet[0] & 15) * 4
        if protocol != 0x0800 or packet[9] != 6:
            continue
        source, target = struct.unpack("!HH", packet[header : header + 4])
        if port not in (source, target):
            continue
        data = len(packet) - header - (packet[header + 12] >> 4) * 4
        fits = "checksum fits" if checksum_fits(packet, header) else "checksum does not fit"
        print(f"{KINDS.get(kind, kind):<8}{'client' if target == port else 'server'}'s {data:>6} bytes, {fits}")
except TimeoutError:
    tally = struct.unpack("II", tap.getsockopt(263, 6, 8))
    print(f"{tally[0]} packets, {tally[1]} dropped")
