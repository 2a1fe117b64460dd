#!/usr/bin/env python3
"""Asks the spike server what run.sh wants to know. Standard library only.

    client.py <what> <port> <server pid> [certificate]

Prints one line a finding: name, value, unit.
"""
import base64
import hashlib
import os
import random
import resource
import select
import socket
import ssl
import struct
import sys
import time

HOST = "127.0.0.1"
TICKS = os.sysconf("SC_CLK_TCK")
CONTEXT = None  # TLS when a certificate is given


def say(name, value, unit=""):
    text = f"{value:,.3f}" if isinstance(value, float) else f"{value:,}"
    print(f"    {name:<52}{text:>14} {unit}", flush=True)


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def status(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    raise KeyError(key)


def idle_cpu(pid, seconds):
    before = cpu_s(pid)
    time.sleep(seconds)
    return cpu_s(pid) - before


def connect(port):
    sock = socket.create_connection((HOST, port), timeout=20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return CONTEXT.wrap_socket(sock, server_hostname="localhost") if CONTEXT else sock


def read_answer(sock):
    """Reads one answer with a Content-Length; returns its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(65536)
        if not part:
            raise ConnectionError("closed before the end of the header")
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError(head)
    size = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            size = int(line.split(b":")[1])
    while len(body) < size:
        body += sock.recv(65536)
    return body


def ask(sock, method, path, body=b""):
    length = f"Content-Length: {len(body)}\r\n" if method != "GET" else ""
    sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n".encode() + body)
    return read_answer(sock)


def open_streams(port, count):
    streams = []
    for _ in range(count):
        sock = connect(port)
        sock.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        streams.append(sock)
    for sock in streams:
        data = b""
        while b": hello\n\n" not in data:
            data += sock.recv(4096)
    return streams


def fan_out(port, streams):
    """Publishes once; seconds until the first and the last stream has it."""
    poller = select.epoll()
    by_fd = {sock.fileno(): sock for sock in streams}
    seen = {fd: b"" for fd in by_fd}
    for fd in by_fd:
        poller.register(fd, select.EPOLLIN)
    control = connect(port)
    start = time.perf_counter()
    control.sendall(b"POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    first = None
    left = len(streams)
    while left > 0 and time.perf_counter() < start + 20:
        for fd, _ in poller.poll(1, 4096):
            first = first or time.perf_counter()
            seen[fd] += by_fd[fd].recv(4096)
            if seen[fd].count(b"event: reading") == 1 and seen[fd].endswith(b"\n\n\r\n"):
                left -= 1
    end = time.perf_counter()
    if left > 0:
        raise TimeoutError(f"{left} streams had no event")
    return first - start, end - start, int(read_answer(control))


def events(port, pid):
    base = status(pid, "VmRSS")
    start = time.perf_counter()
    sock = open_streams(port, 1)[0]
    say("first byte of a stream after", (time.perf_counter() - start) * 1e3, "ms")
    streams = [sock] + open_streams(port, 1999)
    say("streams open", len(streams))
    say("resident memory a stream", (status(pid, "VmRSS") - base) / 2000, "KiB")
    say("server CPU while idle for 10 s", idle_cpu(pid, 10), "s")
    for _ in range(3):
        before = cpu_s(pid)
        first, last, count = fan_out(port, streams)
        say(f"one event to {count} streams: first after", first * 1e3, "ms")
        say(f"one event to {count} streams: last after", last * 1e3, "ms")
        say("... server CPU", cpu_s(pid) - before, "s")
    for gone in streams[1000:]:
        gone.close()
    time.sleep(0.5)
    control = connect(port)
    counts = []
    for _ in range(4):
        counts.append(int(ask(control, "POST", "/publish")))
        time.sleep(0.3)
    print(f"    streams known after 1,000 left, event by event: {counts}")


def hold(port, _pid):
    """Holds 2,000 idle streams until standard input ends."""
    streams = open_streams(port, 2000)
    print("held", len(streams), flush=True)
    sys.stdin.read()


def upload(port, pid):
    block = bytes(1 << 20)
    for framing in ("length", "chunked"):
        base, cpu = status(pid, "VmHWM"), cpu_s(pid)
        sock = connect(port)
        start = time.perf_counter()
        size = f"Content-Length: {1 << 30}" if framing == "length" else "Transfer-Encoding: chunked"
        sock.sendall(f"PUT /upload HTTP/1.1\r\nHost: localhost\r\n{size}\r\n\r\n".encode())
        for _ in range(1024):
            if framing == "chunked":
                sock.sendall(b"100000\r\n" + block + b"\r\n")
            else:
                sock.sendall(block)
        if framing == "chunked":
            sock.sendall(b"0\r\n\r\n")
        taken = int(read_answer(sock))
        assert taken == 1 << 30, taken
        say(f"1 GiB by {framing}: time", time.perf_counter() - start, "s")
        say("... server CPU", cpu_s(pid) - cpu, "s")
        say("... peak resident memory before", base, "KiB")
        say("... peak resident memory after", status(pid, "VmHWM"), "KiB")


def ws_open(port):
    sock = connect(port)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall((f"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                  f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    want = base64.b64encode(
        hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
    assert head.startswith(b"HTTP/1.1 101"), head
    assert want in head, head
    return sock


def ws_send(sock, payload, opcode=1):
    mask = os.urandom(4)
    size = len(payload)
    head = struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else \
        struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    sock.sendall(head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload)))


def exactly(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionError("closed inside a frame")
        data += part
    return data


def ws_take(sock):
    first, size = exactly(sock, 2)
    if size == 126:
        size = struct.unpack("!H", exactly(sock, 2))[0]
    return first & 15, exactly(sock, size)


def websocket(port, pid):
    threads, base = status(pid, "Threads"), status(pid, "VmRSS")
    sockets = [ws_open(port)]
    say(f"{sockets[0].version() if CONTEXT else 'plain'}: threads before", threads)
    say("... threads with an upgraded socket", status(pid, "Threads"))
    for size in (5, 125, 126, 3900):
        payload = random.randbytes(size)
        ws_send(sockets[0], payload, 2)
        assert ws_take(sockets[0]) == (2, payload), size
    for size in (10, 500, 3900):
        payload, cpu, times = random.randbytes(size), cpu_s(pid), []
        for _ in range(200):
            start = time.perf_counter()
            ws_send(sockets[0], payload)
            assert ws_take(sockets[0]) == (1, payload)
            times.append(time.perf_counter() - start)
        times.sort()
        say(f"echo of {size} bytes, median", times[100] * 1e6, "us")
        say("... server CPU an echo", (cpu_s(pid) - cpu) / 200 * 1e6, "us")
    sockets += [ws_open(port) for _ in range(199)]
    say("200 upgraded sockets: threads", status(pid, "Threads"))
    say("... resident memory each", (status(pid, "VmRSS") - base) / 200, "KiB")
    say("... server CPU while idle for 5 s", idle_cpu(pid, 5), "s")
    for sock in sockets:
        ws_send(sock, b"bye")
        assert ws_take(sock) == (1, b"bye")
    say("... server CPU while idle for 5 s after an echo each", idle_cpu(pid, 5), "s")
    for sock in sockets:
        ws_send(sock, b"", 8)
        assert ws_take(sock)[0] == 8
        sock.close()
    time.sleep(0.5)
    files = len(os.listdir(f"/proc/{pid}/fd"))
    say("file descriptors left after closing all", files)
    say("server CPU while idle for 5 s after closing all", idle_cpu(pid, 5), "s")


def sockets(port, pid):
    base = status(pid, "VmRSS")
    start = time.perf_counter()
    opened = []
    for _ in range(10000):
        sock = connect(port)
        ask(sock, "GET", "/healthz")
        opened.append(sock)
    say("sockets open, each answered once", len(opened))
    say("... time to open and ask", time.perf_counter() - start, "s")
    say("... server file descriptors", len(os.listdir(f"/proc/{pid}/fd")))
    say("... resident memory", status(pid, "VmRSS"), "KiB")
    say("... resident memory a socket", (status(pid, "VmRSS") - base) / 10000, "KiB")
    say("... server CPU while idle for 5 s", idle_cpu(pid, 5), "s")
    times = []
    for sock in random.sample(opened, 2000):
        start = time.perf_counter()
        ask(sock, "GET", "/healthz")
        times.append(time.perf_counter() - start)
    times.sort()
    say("one request among them, median", times[1000] * 1e6, "us")
    say("one request among them, 99th percentile", times[1980] * 1e6, "us")


def main():
    global CONTEXT
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    tasks = {"events": events, "hold": hold, "upload": upload, "websocket": websocket,
             "sockets": sockets}
    if len(sys.argv) > 4:
        CONTEXT = ssl.create_default_context(cafile=sys.argv[4])
    tasks[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()
