"""A mosquitto from Debian bridges to Xanh with QoS 1. Either side is killed and started again while
devices send to mosquitto: what mosquitto acknowledged is in Xanh afterwards, in order. What comes twice
is recognised, for the series keep one value of a time."""
import json
import threading
import time
import unittest

from mqtt import PUBACK, Mosquitto, Raw, free_port
from xanh import Server

SERIES, MESSAGES = 4, 800
WAIT_S = 120


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
