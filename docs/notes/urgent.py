"""What Linux tells of urgent data: FIONREAD and SIOCATMARK before, at and behind the mark. See urgent.md."""

import fcntl
import socket
import struct
import time


def ask(connection, request):
    return struct.unpack("i", fcntl.ioctl(connection, request, bytes(4)))[0]


def show(connection, what):
    fionread, siocatmark = ask(connection, 0x541B), ask(connection, 0x8905)
    print(f"  {what:<24}FIONREAD {fionread}, at the mark: {'yes' if siocatmark else 'no'}")


for inline in (0, 1):
    print("SO_OOBINLINE" if inline else "beside the stream")
    welcoming = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(welcoming.getsockname())
    server, _ = welcoming.accept()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, inline)
    client.send(b"ab")
    client.send(b"!", socket.MSG_OOB)
    client.send(b"cd")
    time.sleep(0.1)  # over loopback all has arrived by then
    show(server, "ab!cd has arrived")
    show(server, f"recv: {server.recv(10)}")
    if not inline:
        show(server, f"MSG_OOB: {server.recv(1, socket.MSG_OOB)}")
    show(server, f"recv: {server.recv(1)}")
    show(server, f"recv: {server.recv(10)}")
