"""What watching costs: nanoseconds for each of four things that programs do, the least of nine rounds. See watch.md."""

import os
import socket
import time


def cost(name, times, work):
    rounds = []
    for _ in range(9):
        begin = time.perf_counter_ns()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter_ns() - begin) // times)
    print(f"{name:<28}{min(rounds):>9} ns", flush=True)


file = os.open(__file__, os.O_RDONLY)
receiver, sender = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
receiver.bind(("127.0.0.1", 0))
sender.connect(receiver.getsockname())


def round_trip():
    sender.send(b"x")
    receiver.recv(1)


cost("stat of a file", 2_000, lambda: os.stat("/"))
cost("read of a file, 1 byte", 2_000, lambda: os.pread(file, 1, 0))
cost("read at its place, 1 byte", 2_000, lambda: (os.lseek(file, 0, 0), os.read(file, 1)))
cost("UDP send and receive", 1_000, round_trip)
