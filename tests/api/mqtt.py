"""What the tests of MQTT share: a client that speaks bytes, so that a test says exactly what is sent,
and paho's from Debian."""
import queue
import socket
import ssl
import struct
import subprocess
import sys
import time
from pathlib import Path

from xanh import temporary_folder

DEBIAN = "/usr/lib/python3/dist-packages"
try:
    import paho.mqtt.client as paho
except ImportError:
    sys.path.append(DEBIAN)
    import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes  # noqa: E402
from paho.mqtt.properties import Properties  # noqa: E402

CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 2, 3, 4, 5, 6, 7
SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 9, 11, 13, 14
WAIT_S = 20


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


def varint(value):
    out = b""
    while True:
        out += bytes([value & 127 | (128 if value > 127 else 0)])
        value >>= 7
        if not value:
            return out


class Raw:
    """One connection. Packets come back as (type, flags, body)."""

    def __init__(self, port, sock=None, version=4):
        self.sock = sock or socket.create_connection(("127.0.0.1", port))
        self.sock.settimeout(WAIT_S)
        self.version, self.data = version, b""

    def send(self, first, body=b""):
        self.sock.sendall(bytes([first]) + varint(len(body)) + body)

    def properties(self, given=b""):
        return varint(len(given)) + given if self.version == 5 else b""

    def connect(self, name="c", clean=True, keep_alive=0, properties=b"", will=None, user=None,
                password=None):
        """will: (topic, payload, qos, retain, properties). Returns CONNACK's (flags, code)."""
        flags, rest = (2 if clean else 0), text(name)
        if will:
            flags |= 4 | will[2] << 3 | (32 if will[3] else 0)
            rest += self.properties(will[4]) + text(will[0]) + text(will[1])
        if user is not None:
            flags, rest = flags | 128, rest + text(user)
        if password is not None:
            flags, rest = flags | 64, rest + text(password)
        self.send(0x10, text("MQTT") + bytes([self.version, flags]) + struct.pack(">H", keep_alive) +
                  self.properties(properties) + rest)
        kind, _, body = self.read()
        assert kind == CONNACK, (kind, body)
        self.connack = body
        return body[0], body[1]

    def read(self):
        """The next packet; None when the other side closed."""
        while True:
            size = self.whole()
            if size:
                packet, self.data = self.data[:size], self.data[size:]
                at = 2
                while packet[at - 1] & 128:
                    at += 1
                return packet[0] >> 4, packet[0] & 15, packet[at:]
            try:
                part = self.sock.recv(65536)
            except ConnectionResetError:
                return None
            if not part:
                return None
            self.data += part

    def whole(self):
        length = 0
        for i in range(1, 5):
            if len(self.data) <= i:
                return 0
            length |= (self.data[i] & 127) << 7 * (i - 1)
            if not self.data[i] & 128:
                return i + 1 + length if len(self.data) >= i + 1 + length else 0
        raise AssertionError("broken length")

    def expect(self, kind):
        packet = self.read()
        assert packet is not None, "closed"
        assert packet[0] == kind, packet
        return packet[2]

    def subscribe(self, *filters, qos=1, number=1, properties=b""):
        body = b"".join(text(name) + bytes([qos]) for name in filters)
        self.send(0x82, struct.pack(">H", number) + self.properties(properties) + body)
        body = self.expect(SUBACK)
        return list(body[3:] if self.version == 5 else body[2:])

    def publish(self, topic, payload=b"", qos=0, number=1, retain=False, again=False,
                properties=b""):
        payload = payload.encode() if isinstance(payload, str) else payload
        self.send(0x30 | (8 if again else 0) | qos << 1 | (1 if retain else 0),
                  text(topic) + (struct.pack(">H", number) if qos else b"") +
                  self.properties(properties) + payload)

    def message(self):
        """The next PUBLISH: (topic, payload, qos, number, retained, repeated, properties)."""
        kind, flags, body = self.read() or (None, 0, b"")
        assert kind == PUBLISH, (kind, body)
        size = struct.unpack(">H", body[:2])[0]
        topic, body = body[2:2 + size].decode(), body[2 + size:]
        qos, number, properties = flags >> 1 & 3, 0, b""
        if qos:
            number, body = struct.unpack(">H", body[:2])[0], body[2:]
        if self.version == 5:
            size = body[0]
            properties, body = body[1:1 + size], body[1 + size:]
        return topic, body, qos, number, bool(flags & 1), bool(flags & 8), properties

    def is_quiet(self):
        """Nothing is on its way: a ping is answered first."""
        self.send(0xC0)
        return self.read()[0] == PINGRESP

    def close(self):
        self.sock.close()


def tls(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port)))


class Paho:
    """paho on a thread of its own; messages are put into a queue."""

    def __init__(self, port, version=5, name="", transport="tcp", setup=None, clean=True,
                 password=None):
        protocol = paho.MQTTv5 if version == 5 else paho.MQTTv311
        options = {} if version == 5 else {"clean_session": clean}
        self.client = paho.Client(name, protocol=protocol, transport=transport, **options)
        self.messages, self.events = queue.Queue(), queue.Queue()
        self.client.on_message = lambda c, u, m: self.messages.put(m)
        self.client.on_connect = lambda *a: self.events.put(("connect", a[3]))
        self.client.on_subscribe = lambda *a: self.events.put(("subscribe", a[3]))
        if password:
            self.client.username_pw_set("device", password)
        if setup:
            setup(self.client)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.events.get(timeout=WAIT_S)

    def subscribe(self, *filters, qos=1):
        self.client.subscribe([(name, qos) for name in filters]
                              if self.client._protocol != paho.MQTTv5 else
                              [(name, paho.SubscribeOptions(qos=qos)) for name in filters])
        return self.events.get(timeout=WAIT_S)

    def publish(self, topic, payload, qos=1, **options):
        info = self.client.publish(topic, payload, qos, **options)
        info.wait_for_publish(WAIT_S)
        assert info.is_published(), "not acknowledged"

    def message(self):
        return self.messages.get(timeout=WAIT_S)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    """mosquitto, which bridges to Xanh with QoS 1, with a folder in which it keeps what it has taken.
    It writes that folder when it is asked to by SIGUSR1 and when it stops, not with each message: so a
    test asks before it kills. in_flight: sent on and not acknowledged; 0: no limit."""

    def __init__(self, to_port, in_flight=20):
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
max_inflight_messages {in_flight}
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
