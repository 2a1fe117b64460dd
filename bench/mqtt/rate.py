#!/usr/bin/env python3
"""How many messages with QoS 1 a second: Xanh, whose acknowledgement means on disk, beside mosquitto,
whose acknowledgement means in memory.

    bench/mqtt/rate.py [--messages 200000] [--window 256] [--connections 1 4 16] [--out FILE]

Each message is one observation, {"result": ...}, for one of 100 Datastreams; packets are made before
the clock runs, so that the sender costs next to nothing. The sender keeps `window` messages in flight
on each connection. Everything is on this machine, over the loopback.
"""
import argparse
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "api"))
import xanh  # noqa: E402

SERIES = 100


def connect(port, name):
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = b"\0\4MQTT\4\2\0\0" + len(name).to_bytes(2, "big") + name.encode()
    sock.sendall(bytes([0x10, len(head)]) + head)
    answer = sock.recv(4)
    assert answer == b"\x20\2\0\0", answer
    return sock


def publish(topic, payload, packet_id):
    body = len(topic).to_bytes(2, "big") + topic + packet_id.to_bytes(2, "big") + payload
    length = bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 127 | 128, len(body) >> 7])
    return b"\x32" + length + body


class Sender:
    """One connection; acknowledgements of 3.1.1 are 4 bytes each and come in order."""

    def __init__(self, port, index, topics, count, window):
        self.sock = connect(port, f"bench-{index}")
        self.sock.setblocking(False)
        self.blocks, self.window = [], window
        step, now = max(1, window // 8), int(time.time()) - 10_000_000
        packets = []
        for i in range(count):
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now + i // SERIES + index))
            payload = b'{"phenomenonTime":"%s.%03dZ","result":%d.5}' % (at.encode(), index, i % 977)
            packets.append(publish(topics[(i + index) % len(topics)], payload, i % 65535 + 1))
        for at in range(0, count, step):
            part = packets[at:at + step]
            self.blocks.append((len(part), b"".join(part)))
        self.next, self.rest, self.sent, self.acked, self.left = 0, b"", 0, 0, count
        self.odd = 0

    def pump(self):
        while True:
            if not self.rest:
                if self.next == len(self.blocks):
                    return
                size, data = self.blocks[self.next]
                if self.sent - self.acked + size > self.window:
                    return
                self.rest, self.sent, self.next = data, self.sent + size, self.next + 1
            try:
                put = self.sock.send(self.rest)
            except BlockingIOError:
                return
            self.rest = self.rest[put:]

    def take(self):
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionError("closed")
        total = self.odd + len(data)
        self.acked += total // 4
        self.odd = total % 4


def run(port, topics, messages, connections, window):
    senders = [Sender(port, i, topics, messages // connections, window)
               for i in range(connections)]
    poll = select.epoll()
    by_fd = {s.sock.fileno(): s for s in senders}
    want = sum(s.left for s in senders)
    begin = time.monotonic()
    for s in senders:
        poll.register(s.sock.fileno(), select.EPOLLIN)
        s.pump()
    while sum(s.acked for s in senders) < want:
        for fd, _ in poll.poll(5):
            by_fd[fd].take()
            by_fd[fd].pump()
        for s in senders:
            if s.rest:
                s.pump()
    took = time.monotonic() - begin
    for s in senders:
        s.sock.close()
    return want / took


def mosquitto(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = Path(folder) / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\n"
                      "set_tcp_nodelay true\n")
    process = subprocess.Popen(["mosquitto", "-c", str(config)], stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, port
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("mosquitto does not listen")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--out")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder, xanh.Server(options=["--mqtt", "0"]) as server:
        client = server.client()
        for i in range(SERIES):
            client.make_meter(f"bench{i}", "temperature", "air.temperature", "Cel", "gauge")
        ids = [s["@iot.id"] for s in
               client.get("/v1.1/Datastreams?$top=1000&$select=id").expect(200)["value"]]
        topics = [b"v1.1/Datastreams(%d)/Observations" % i for i in ids]
        process, port = mosquitto(folder)
        try:
            for connections in options.connections:
                row = {"connections": connections, "window": options.window,
                       "messages": options.messages}
                for name, at in (("mosquitto", port), ("xanh", server.mqtt_port)):
                    row[name] = round(run(at, topics, options.messages, connections,
                                          options.window))
                kept = client.get("/v1.1/Observations?$count=true&$top=0").expect(200)
                row["kept"] = int(kept["@iot.count"])
                rows.append(row)
                print(row, flush=True)
        finally:
            process.terminate()
            process.wait()
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump({"cpus": os.cpu_count(), "rows": rows}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
