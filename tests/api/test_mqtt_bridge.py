"""A mosquitto from Debian bridges to Xanh with QoS 1. Either side is killed and started again while
devices send to mosquitto: what mosquitto acknowledged is in Xanh afterwards, in order. What comes twice
is recognised, for the series keep one value of a time."""
import json
import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path

from mqtt import PUBACK, Raw
from xanh import Server, temporary_folder

SERIES, MESSAGES = 4, 800
WAIT_S = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    """With a folder in which it keeps what it has taken. It writes that folder when it is asked to by
    SIGUSR1 and when it stops, not with each message: so the test asks before it kills."""

    def __init__(self, to_port):
        self.folder = Path(temporary_folder())
        self.port = free_port()
        (self.folder / "kept").mkdir()
        self.config = self.folder / "mosquitto.conf"
        self.config.write_text(f"""
user root
listener {self.port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {self.folder}/kept/
max_queued_messages 0
max_inflight_messages 20
connection xanh
address 127.0.0.1:{to_port}
clientid bridge-1
cleansession false
restart_timeout 1
try_private false
notifications false
topic v1.1/# out 1
""")
        self.start()

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-c", str(self.config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "mosquitto does not listen"
                time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def keep(self):
        """Makes it write what it has, and waits for the file."""
        path = self.folder / "kept" / "mosquitto.db"
        before = path.stat().st_mtime_ns if path.exists() else 0
        self.process.send_signal(10)
        deadline = time.monotonic() + 20
        while not path.exists() or path.stat().st_mtime_ns == before:
            assert time.monotonic() < deadline, "mosquitto writes nothing"
            time.sleep(0.02)


class Device:
    """Sends one series' values in order, each until it is acknowledged, over restarts; not more than
    it is told to."""

    def __init__(self, mosquitto, stream):
        self.mosquitto, self.stream = mosquitto, stream
        self.client, self.acknowledged = None, 0

    def connect(self):
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                self.client = Raw(self.mosquitto.port)
                self.client.connect(f"device-{self.stream}")
                return
            except (OSError, AssertionError):
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def send_one(self, i):
        payload = json.dumps({"result": i, "phenomenonTime":
                              f"2026-01-01T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}Z"})
        while True:
            try:
                self.client.publish(f"v1.1/Datastreams({self.stream})/Observations", payload, qos=1,
                                    number=i + 1)
                self.client.expect(PUBACK)
                return
            except (OSError, AssertionError):
                self.connect()

    def send_until(self, limit):
        if self.client is None:
            self.connect()
        for i in range(self.acknowledged, limit):
            self.send_one(i)
            self.acknowledged = i + 1


class Bridge(unittest.TestCase):
    def values(self, client, stream):
        path = f"/v1.1/Datastreams({stream})/Observations?$orderby=id&$top=1000&$select=result"
        return [int(v["result"]) for v in client.get(path.replace(" ", "%20")).expect(200)["value"]]

    def wait_for(self, what):
        deadline = time.monotonic() + WAIT_S
        while not what():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def send(self, devices, limit):
        """All of them at once; returns their threads."""
        threads = [threading.Thread(target=d.send_until, args=(limit,), daemon=True)
                   for d in devices]
        for thread in threads:
            thread.start()
        return threads

    def join(self, threads):
        for thread in threads:
            thread.join(WAIT_S)
            self.assertFalse(thread.is_alive())

    def test_nothing_acknowledged_is_lost_over_kills_of_either_side(self):
        port = free_port()
        server = Server(options=["--mqtt", str(port)])
        client = server.client()
        streams = [client.make_meter(f"bridge{i}", "temperature", "air.temperature", "Cel",
                                     "gauge")["id"] for i in range(SERIES)]
        mosquitto = Mosquitto(port)
        devices = [Device(mosquitto, stream) for stream in streams]
        self.join(self.send(devices, 200))
        self.wait_for(lambda: self.values(client, streams[0]))
        threads = self.send(devices, 400)
        server.kill()  # in the middle; mosquitto goes on and keeps what it cannot hand on
        client.close()
        self.join(threads)
        mosquitto.keep()  # what it has taken is in its folder
        mosquitto.kill()
        mosquitto.start()
        server.start()
        threads = self.send(devices, 600)
        client = server.client()
        self.wait_for(lambda: len(self.values(client, streams[0])) > 300)
        server.kill()  # in the middle of what it catches up on
        client.close()
        server.start()
        self.join(threads)
        self.join(self.send(devices, MESSAGES))
        client = server.client()
        for stream in streams:
            self.wait_for(lambda s=stream: len(self.values(client, s)) >= MESSAGES)
            self.assertEqual(self.values(client, stream), list(range(MESSAGES)))
        client.close()
        for device in devices:
            device.client.close()
        mosquitto.stop()
        server.stop()


if __name__ == "__main__":
    unittest.main()
