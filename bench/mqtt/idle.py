#!/usr/bin/env python3
"""How much memory the connections of many devices take while they say nothing.

    bench/mqtt/idle.py [--clients 10000] [--out FILE]

Each client has subscribed to one topic of its own and keeps its connection. What is told is the
server's resident memory before the first and after the last of them, and then after each has sent one
message.
"""
import argparse
import json
import resource
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "api"))
import xanh  # noqa: E402


def resident_mib(process):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise RuntimeError("no VmRSS")


def read(sock, length):
    data = b""
    while len(data) < length:
        part = sock.recv(length - len(data))
        assert part, "closed"
        data += part
    return data


def connect(port, index):
    sock = socket.create_connection(("127.0.0.1", port))
    name = b"device-%05d" % index
    head = b"\0\4MQTT\4\2\0\0" + len(name).to_bytes(2, "big") + name
    topic = b"devices/%05d/orders" % index
    ask = b"\0\1" + len(topic).to_bytes(2, "big") + topic + b"\1"
    sock.sendall(bytes([0x10, len(head)]) + head + bytes([0x82, len(ask)]) + ask)
    assert read(sock, 9) == b"\x20\2\0\0\x90\3\0\1\1"
    return sock


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--out")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, options.clients + 1000), hard))
    with xanh.Server(options=["--mqtt", "0"]) as server:
        row = {"clients": options.clients, "before_mib": resident_mib(server.process)}
        begin = time.monotonic()
        socks = [connect(server.mqtt_port, i) for i in range(options.clients)]
        row["connects_per_s"] = round(options.clients / (time.monotonic() - begin))
        row["idle_mib"] = resident_mib(server.process)
        for sock in socks:
            sock.sendall(b"\x32\x0d\0\6t/a/b1\0\1{} ")
        for sock in socks:
            assert read(sock, 4) == b"\x40\2\0\1"
        row["after_a_message_each_mib"] = resident_mib(server.process)
        print(row)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump(row, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
