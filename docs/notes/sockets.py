"""Answers of the kernel that a program of two sockets meets sooner or later. See sockets.md."""

import errno
import socket
import struct
import threading
import time

STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
HERE = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def told(call, *arguments):
    """What a call returns, or the name of its error."""
    try:
        answer = call(*arguments)
        return "done" if answer is None else answer
    except TimeoutError:
        return "nothing within its time"
    except OSError as error:
        return errno.errorcode.get(error.errno, error)


def show(what, answer):
    print(f"  {what:<58}{answer}", flush=True)


def pair(family):
    welcoming = socket.create_server((HERE[family], 0), family=family)
    client = socket.create_connection(welcoming.getsockname()[:2])
    return client, welcoming.accept()[0]


def nobody(family, kind):
    """A port that was free a moment ago."""
    with socket.socket(family, kind) as it:
        it.bind((HERE[family], 0))
        return it.getsockname()[:2]


def refusals(family):
    stream = socket.socket(family, STREAM)
    show("connect() to a port that nobody has", told(stream.connect, nobody(family, STREAM)))
    alone = socket.socket(family, DATAGRAM)
    alone.settimeout(0.2)
    place = nobody(family, DATAGRAM)
    show("UDP sendto() such a port", told(alone.sendto, b"x", place))
    show("  recvfrom() then", told(alone.recvfrom, 9))
    tied = socket.socket(family, DATAGRAM)
    tied.settimeout(0.2)
    tied.connect(place)
    show("UDP send(), connected to such a port", told(tied.send, b"x"))
    show("  recv() then", told(tied.recv, 9))


def sizes(family):
    receiver, sender = (socket.socket(family, DATAGRAM) for _ in range(2))
    receiver.bind((HERE[family], 0))
    for size in (65_507, 65_508, 65_527, 65_528):
        show(f"sendto() of {size} bytes", told(sender.sendto, bytes(size), receiver.getsockname()[:2]))
    show("recv(10) of the first", f"{len(receiver.recv(10))} bytes")
    receiver.setblocking(False)
    show("  recv() then: the rest is lost", told(lambda: f"a datagram of {len(receiver.recv(1 << 17))}"))


def ends(family):
    client, server = pair(family)
    client.sendall(b"unread")
    time.sleep(0.05)
    server.close()
    time.sleep(0.05)
    show("recv() after the peer closed with unread data", told(client.recv, 9))
    client, server = pair(family)
    server.close()
    time.sleep(0.05)
    show("send() after the peer closed", told(client.send, b"x"))
    time.sleep(0.05)
    show("  send() again", told(client.send, b"x"))
    client, server = pair(family)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.close()
    time.sleep(0.05)
    show("recv() after a reset (SO_LINGER 0)", told(client.recv, 9))
    show("  recv() again", told(client.recv, 9))


def ports(family):
    first, second = (socket.socket(family, STREAM) for _ in range(2))
    first.bind((HERE[family], 0))
    first.listen()
    show("bind() to a port in use", told(second.bind, first.getsockname()))
    second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    show("  with SO_REUSEADDR", told(second.bind, first.getsockname()))


def closing(family):
    client, server = pair(family)
    waiting = threading.Thread(target=lambda: show("  recv() that waited", told(client.recv, 9)))
    waiting.start()
    time.sleep(0.05)
    client.shutdown(socket.SHUT_RD)
    waiting.join()
    client, server = pair(family)
    server.settimeout(0.5)
    threading.Thread(target=lambda: told(client.recv, 9), daemon=True).start()
    time.sleep(0.05)
    client.close()
    show("close() while another thread waits in recv(): the peer", told(server.recv, 9))


def queue(family):
    welcoming = socket.create_server((HERE[family], 0), family=family, backlog=1)
    clients = [socket.socket(family, STREAM) for _ in range(4)]
    for client in clients:
        client.settimeout(0.3)
    show("four connects, backlog 1, nobody accepts", [told(it.connect, welcoming.getsockname()[:2]) for it in clients])


for family, name in ((socket.AF_INET, "IPv4"), (socket.AF_INET6, "IPv6")):
    print(name)
    for part in (refusals, sizes, ends, ports, closing, queue):
        part(family)
print("both")
six = socket.socket(socket.AF_INET6, STREAM)
four = struct.pack("=H2s4s8x", socket.AF_INET, b"\0\0", bytes([127, 0, 0, 1]))
show("IPv6 bind() to ::ffff:127.0.0.1", told(six.bind, ("::ffff:127.0.0.1", 0)))
every = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
client = socket.create_connection(("127.0.0.1", every.getsockname()[1]))
show("an IPv4 client of a server at ::", every.accept()[1][0])
beside = socket.socket(socket.AF_INET, STREAM)
show("  bind() to the same port of 0.0.0.0", told(beside.bind, ("0.0.0.0", every.getsockname()[1])))
