"""MQTT: the protocol by the letter, with a client that speaks bytes; clients from registries; the
standard's topics of SensorThings."""
import json
import os
import random
import socket
import struct
import subprocess
import time
import unittest
from pathlib import Path

from mqtt import (DISCONNECT, PUBACK, PUBCOMP, PUBREC, PUBREL, UNSUBACK, Paho, Raw, text, tls)
from sta import SensorThings, datastream, thing
from xanh import Client, Server, temporary_folder

NODE = "/usr/share/nodejs"
ANYTHING = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation"


def expiry(seconds):
    return b"\x11" + struct.pack(">I", seconds)


class Mqtt(unittest.TestCase):
    """A server on which no key is needed."""

    @classmethod
    def setUpClass(cls):
        folder = Path(temporary_folder())
        cls.certificate, cls.key = folder / "cert.pem", folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", cls.key, "-out", cls.certificate],
                       check=True, capture_output=True)
        cls.server = Server(options=["--mqtt", "0", "--mqtt-tls", "0", "--mqtt-ws", "0",
                                     "--certificate", str(cls.certificate), "--key", str(cls.key)])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def raw(self, version=4, name="c", **options):
        client = Raw(self.server.mqtt_port, version=version)
        self.addCleanup(client.close)
        self.assertEqual(client.connect(name, **options)[1], 0)
        return client

    def metric(self, name):
        client = Client(self.server.port)
        lines = client.get("/metrics").text.splitlines()
        client.close()
        return next(int(line.split()[1]) for line in lines if line.startswith(name + " "))


class Sessions(Mqtt):
    def test_connect_is_answered_and_a_second_one_ends_the_connection(self):
        client = Raw(self.server.mqtt_port)
        self.addCleanup(client.close)
        self.assertEqual(client.connect("twice"), (0, 0))
        client.send(0x10, text("MQTT") + b"\4\2\0\0" + text("twice"))
        self.assertIsNone(client.read())

    def test_another_version_is_refused_by_name(self):
        client = Raw(self.server.mqtt_port)
        self.addCleanup(client.close)
        client.send(0x10, text("MQIsdp") + b"\3\2\0\0" + text("old"))
        self.assertEqual(client.read(), (2, 0, b"\0\1"))
        self.assertIsNone(client.read())

    def test_a_session_that_stays_needs_a_name_in_3_1_1(self):
        client = Raw(self.server.mqtt_port)
        self.addCleanup(client.close)
        self.assertEqual(client.connect("", clean=False), (0, 2))

    def test_a_client_without_a_name_gets_one_in_5_0(self):
        client = self.raw(5, "")
        self.assertIn(b"auto-", client.connack)

    def test_who_comes_again_sends_the_earlier_one_away(self):
        first = self.raw(5, "same")
        self.raw(5, "same")
        self.assertEqual(first.expect(DISCONNECT)[0], 0x8E)
        self.assertIsNone(first.read())

    def test_messages_for_an_absent_client_wait_for_it(self):
        first = self.raw(4, "absent", clean=False)
        self.assertEqual(first.subscribe("wait/#", qos=1), [1])
        first.send(0xE0)
        self.assertIsNone(first.read())
        sender = self.raw(4, "sender")
        for i in range(3):
            sender.publish(f"wait/{i}", f"m{i}", qos=1, number=i + 1)
            sender.expect(PUBACK)
        again = Raw(self.server.mqtt_port)
        self.addCleanup(again.close)
        self.assertEqual(again.connect("absent", clean=False), (1, 0))
        got = [again.message() for _ in range(3)]
        self.assertEqual([m[1] for m in got], [b"m0", b"m1", b"m2"])
        self.assertEqual([m[5] for m in got], [False] * 3)
        again.close()
        third = Raw(self.server.mqtt_port)
        self.addCleanup(third.close)
        self.assertEqual(third.connect("absent", clean=False), (1, 0))
        repeated = third.message()
        self.assertTrue(repeated[5])
        self.assertEqual(repeated[3], got[0][3])
        self.assertEqual(self.raw(4, "absent", clean=True).connack[0], 0)

    def test_a_session_of_5_0_ends_when_its_time_is_over(self):
        client = self.raw(5, "short", properties=expiry(1))
        client.subscribe("short/x")
        client.close()
        deadline = time.monotonic() + 20
        while True:
            again = Raw(self.server.mqtt_port, version=5)
            is_present = again.connect("short", clean=False, properties=expiry(1))[0]
            again.close()
            if not is_present:
                break
            self.assertLess(time.monotonic(), deadline)
            time.sleep(2.5)

    def test_a_client_that_is_silent_too_long_is_sent_away(self):
        client = self.raw(5, "silent", keep_alive=1)
        self.assertEqual(client.expect(DISCONNECT)[0], 0x8D)

    def test_a_will_is_sent_when_the_connection_breaks_and_not_after_disconnect(self):
        watcher = self.raw(4, "watcher")
        watcher.subscribe("will/#")
        friendly = self.raw(4, "friendly", will=("will/friendly", "bye", 0, False, b""))
        friendly.send(0xE0)
        self.assertIsNone(friendly.read())
        broken = self.raw(4, "broken", will=("will/broken", "bye", 1, False, b""))
        broken.close()
        self.assertEqual(watcher.message()[:2], ("will/broken", b"bye"))

    def test_a_will_waits_for_its_delay_and_is_not_sent_when_the_client_is_back(self):
        watcher = self.raw(4, "watcher2")
        watcher.subscribe("late/#")
        delay = b"\x18" + struct.pack(">I", 2)
        for name in ("comes", "stays-away"):
            client = self.raw(5, name, properties=expiry(100),
                              will=(f"late/{name}", "bye", 0, False, delay))
            client.close()
        back = Raw(self.server.mqtt_port, version=5)
        self.addCleanup(back.close)
        self.assertEqual(back.connect("comes", clean=False, properties=expiry(0)), (1, 0))
        self.assertEqual(watcher.message()[0], "late/stays-away")

    def test_what_is_malformed_ends_the_connection_with_a_reason(self):
        for bytes_, reason in ((b"\x36\x03\x00\x01a", 0x81), (b"\x82\x02\x00\x01", 0x81),
                               (b"\x30\x03\x00\x00\x00", 0x82), (b"\xf0\x01\x00", 0x82),
                               (b"\x30\xff\xff\xff\x7f", 0x95)):
            client = self.raw(5, "malformed")
            client.sock.sendall(bytes_)
            self.assertEqual(client.expect(DISCONNECT)[0], reason, bytes_)
            self.assertIsNone(client.read())
        self.assertGreater(self.metric("xanh_mqtt_protocol_errors_total"), 4)

    def test_a_packet_may_come_byte_by_byte(self):
        client = self.raw(4, "slow")
        client.subscribe("slow/x")
        for byte in b"\x30\x0a\x00\x06slow/xhi":
            client.sock.sendall(bytes([byte]))
        self.assertEqual(client.message()[:2], ("slow/x", b"hi"))


class Messages(Mqtt):
    def test_every_quality_of_service_arrives_and_is_acknowledged(self):
        receiver, sender = self.raw(4, "receiver"), self.raw(4, "sender")
        self.assertEqual(receiver.subscribe("q/+", qos=2), [2])
        sender.publish("q/0", "zero")
        sender.publish("q/1", "one", qos=1, number=7)
        self.assertEqual(sender.expect(PUBACK), b"\0\7")
        sender.publish("q/2", "two", qos=2, number=8)
        self.assertEqual(sender.expect(PUBREC), b"\0\x08")
        sender.publish("q/2", "two", qos=2, number=8, again=True)
        self.assertEqual(sender.expect(PUBREC), b"\0\x08")
        sender.send(0x62, b"\0\x08")
        self.assertEqual(sender.expect(PUBCOMP), b"\0\x08")
        got = [receiver.message() for _ in range(3)]
        self.assertEqual([(m[1], m[2]) for m in got], [(b"zero", 0), (b"one", 1), (b"two", 2)])
        receiver.send(0x40, struct.pack(">H", got[1][3]))
        number = struct.pack(">H", got[2][3])
        receiver.send(0x50, number)
        self.assertEqual(receiver.expect(PUBREL), number)
        receiver.send(0x70, number)
        self.assertTrue(receiver.is_quiet())

    def test_a_subscription_lowers_the_quality_of_service(self):
        client = self.raw(4, "lower")
        self.assertEqual(client.subscribe("low/x", qos=0), [0])
        client.publish("low/x", "m", qos=1)
        kinds = {client.read()[0] for _ in range(2)}
        self.assertEqual(kinds, {3, PUBACK})

    def test_filters_that_make_no_sense_are_refused_one_by_one(self):
        self.assertEqual(self.raw(5, "odd").subscribe("a/#/b", "a/b"), [0x8F, 1])
        self.assertEqual(self.raw(4, "odd").subscribe("a#", "a/b"), [0x80, 1])

    def test_unsubscribe_ends_it(self):
        client = self.raw(5, "leaver")
        client.subscribe("leave/x")
        client.send(0xA2, b"\0\2\0" + text("leave/x") + text("leave/y"))
        self.assertEqual(client.expect(UNSUBACK), b"\0\2\0\0\x11")
        client.publish("leave/x", "m")
        self.assertTrue(client.is_quiet())

    def test_a_retained_message_is_there_for_who_comes_later(self):
        sender = self.raw(5, "keeper")
        sender.publish("kept/a", "one", qos=1, retain=True)
        sender.expect(PUBACK)
        late = self.raw(5, "late")
        late.subscribe("kept/#")
        self.assertEqual(late.message()[:5][::4], ("kept/a", True))
        sender.publish("kept/a", "", qos=1, number=2, retain=True)
        sender.expect(PUBACK)
        later = self.raw(5, "later")
        later.subscribe("kept/#")
        self.assertTrue(later.is_quiet())

    def test_retain_handling_and_retain_as_published_are_kept_to(self):
        sender = self.raw(5, "keeper2")
        sender.publish("kept2/a", "one", qos=1, retain=True)
        sender.expect(PUBACK)
        client = self.raw(5, "handler")
        client.subscribe("kept2/#", qos=0x20)
        self.assertTrue(client.is_quiet())
        client.subscribe("kept2/#", qos=0x18)
        self.assertTrue(client.is_quiet())
        sender.publish("kept2/a", "two", qos=1, number=2, retain=True)
        self.assertTrue(client.message()[4])

    def test_no_local_keeps_ones_own_messages_away(self):
        client = self.raw(5, "own")
        client.subscribe("own/x", qos=4)
        client.publish("own/x", "m")
        self.assertTrue(client.is_quiet())

    def test_a_shared_subscription_gives_each_message_to_one(self):
        members = [self.raw(5, f"member{i}") for i in range(2)]
        for member in members:
            self.assertEqual(member.subscribe("$share/g/work/#", qos=0), [0])
        sender = self.raw(5, "boss")
        for i in range(6):
            sender.publish("work/x", str(i), qos=1, number=i + 1)
            sender.expect(PUBACK)
        got = [[member.message()[1] for _ in range(3)] for member in members]
        self.assertEqual(sorted(got[0] + got[1]), [b"%d" % i for i in range(6)])
        self.assertTrue(members[0].is_quiet())

    def test_properties_reach_the_subscriber_with_its_identifier(self):
        client = self.raw(5, "props")
        client.subscribe("props/x", properties=b"\x0b\x05")
        given = b"\x01\x01\x26" + text("k") + text("v") + b"\x03" + text("text/plain")
        client.publish("props/x", "m", properties=given + b"\x02" + struct.pack(">I", 100))
        properties = client.message()[6]
        self.assertTrue(properties.startswith(given))
        self.assertIn(b"\x0b\x05", properties)
        self.assertIn(b"\x02\x00\x00\x00", properties)

    def test_a_topic_alias_stands_for_its_topic(self):
        client = self.raw(5, "alias", properties=b"\x22\x00\x01")
        client.subscribe("alias/x", qos=0)
        client.publish("alias/x", "one", properties=b"\x23\x00\x05")
        client.publish("", "two", properties=b"\x23\x00\x05")
        first, second = client.message(), client.message()
        self.assertEqual((first[0], first[1]), ("alias/x", b"one"))
        self.assertEqual((second[0], second[1]), ("", b"two"))
        self.assertEqual(first[6], b"\x23\x00\x01")
        client.publish("", "three", properties=b"\x23\x00\x06")
        self.assertEqual(client.expect(DISCONNECT)[0], 0x82)

    def test_an_alias_out_of_range_is_refused(self):
        client = self.raw(5, "alias2")
        client.publish("x", "m", properties=b"\x23\x00\x00")
        self.assertEqual(client.expect(DISCONNECT)[0], 0x94)

    def test_receive_maximum_holds_messages_back_until_they_are_acknowledged(self):
        client = self.raw(5, "careful", properties=b"\x21\x00\x02")
        client.subscribe("careful/x")
        sender = self.raw(5, "quick")
        for i in range(4):
            sender.publish("careful/x", str(i), qos=1, number=i + 1)
            sender.expect(PUBACK)
        first, second = client.message(), client.message()
        self.assertTrue(client.is_quiet())
        client.send(0x40, struct.pack(">H", first[3]))
        self.assertEqual(client.message()[1], b"2")
        self.assertEqual((first[1], second[1]), (b"0", b"1"))

    def test_a_message_that_is_too_large_for_a_client_is_left_out(self):
        client = self.raw(5, "small", properties=b"\x27" + struct.pack(">I", 60))
        client.subscribe("small/x")
        client.publish("small/x", "m" * 100)
        client.publish("small/x", "short")
        self.assertEqual(client.message()[1], b"short")

    def test_a_subscriber_that_does_not_read_is_sent_away(self):
        before = self.metric("xanh_mqtt_slow_disconnected_total")
        lazy = self.raw(5, "lazy")
        lazy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.subscribe("flood", qos=0)
        sender = self.raw(5, "flooder")
        for i in range(16000):
            sender.publish("flood", b"x" * 2000)
            if i % 100 == 0:
                sender.is_quiet()
        self.assertTrue(sender.is_quiet())
        self.assertEqual(self.metric("xanh_mqtt_slow_disconnected_total"), before + 1)

    def test_nobody_publishes_below_dollar(self):
        client = self.raw(5, "dollar")
        client.publish("$SYS/broker/uptime", "1", qos=1)
        self.assertEqual(client.expect(PUBACK)[2], 0x87)
        client.subscribe("$SYS/#", qos=0)
        self.assertTrue(client.message()[0].startswith("$SYS/broker/"))

    def test_nobody_listening_is_said_in_5_0(self):
        client = self.raw(5, "alone")
        client.publish("nobody/listens", "m", qos=1)
        self.assertEqual(client.expect(PUBACK)[2], 0x10)


class Ways(Mqtt):
    def test_tls(self):
        client = Raw(0, tls(self.server.mqtt_tls_port))
        self.addCleanup(client.close)
        self.assertEqual(client.connect("secret"), (0, 0))
        client.subscribe("tls/x", qos=0)
        big = os.urandom(300_000)
        client.publish("tls/x", big)
        self.assertEqual(client.message()[1], big)

    def handshake(self, **headers):
        sock = socket.create_connection(("127.0.0.1", self.server.mqtt_ws_port))
        self.addCleanup(sock.close)
        sent = {"Host": f"127.0.0.1:{self.server.mqtt_ws_port}", "Upgrade": "websocket",
                "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Protocol": "mqtt", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        sock.sendall(f"GET /mqtt HTTP/1.1\r\n{lines}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = sock.recv(4096)
            self.assertTrue(part, head)
            head += part
        return sock, head.decode()

    def test_websocket_is_agreed_on_by_the_letter(self):
        _, head = self.handshake()
        self.assertTrue(head.startswith("HTTP/1.1 101 "))
        self.assertIn("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", head)
        self.assertIn("Sec-WebSocket-Protocol: mqtt", head)
        self.assertIn(" 426 ", self.handshake(Sec_WebSocket_Version="8")[1])
        self.assertIn(" 400 ", self.handshake(Sec_WebSocket_Protocol="chat")[1])

    def test_a_page_of_another_site_does_not_come_in(self):
        self.assertIn(" 403 ", self.handshake(Origin="http://evil.example")[1])
        sock, head = self.handshake(Origin="http://evil.example", Host="evil.example")
        self.assertIn(" 101 ", head)
        connect = b"\x10\x0d" + text("MQTT") + b"\4\2\0\0" + text("c")
        mask = b"\1\2\3\4"
        body = bytes(b ^ mask[i & 3] for i, b in enumerate(connect))
        sock.sendall(b"\x82" + bytes([0x80 | len(body)]) + mask + body)
        answer = sock.recv(100)
        self.assertEqual(answer[:6], b"\x82\x04\x20\x02\x00\x04")

    def test_a_frame_that_is_not_masked_ends_the_connection(self):
        sock, _ = self.handshake()
        sock.sendall(b"\x82\x02\xc0\x00")
        data = sock.recv(100)
        self.assertTrue(data == b"" or data[0] == 0x88, data)

    def test_paho_over_every_way(self):
        def secret(client):
            client.tls_set(ca_certs=str(self.certificate))
            client.tls_insecure_set(True)
        for version in (4, 5):
            for port, transport, setup in ((self.server.mqtt_port, "tcp", None),
                                           (self.server.mqtt_tls_port, "tcp", secret),
                                           (self.server.mqtt_ws_port, "websockets", None)):
                client = Paho(port, version, f"paho-{port}-{version}", transport, setup)
                client.subscribe("paho/#", qos=2)
                for qos in range(3):
                    client.publish(f"paho/{qos}", f"m{qos}", qos)
                got = {(m.topic, m.payload, m.qos) for m in (client.message() for _ in range(3))}
                client.close()
                self.assertEqual(got, {(f"paho/{q}", b"m%d" % q, q) for q in range(3)})

    def test_mosquitto_s_clients(self):
        port = str(self.server.mqtt_port)
        sub = subprocess.Popen(["stdbuf", "-oL", "mosquitto_sub", "-p", port, "-V", "5", "-q", "2", "-t", "m/#",
                                "-C", "2", "-W", "30", "-v", "-d"], stdout=subprocess.PIPE, text=True)
        for line in sub.stdout:
            if "SUBACK" in line:
                break
        subprocess.run(["mosquitto_pub", "-p", port, "-q", "2", "-t", "m/a", "-m", "1"], check=True)
        subprocess.run(["mosquitto_pub", "-p", port, "-V", "5", "-q", "1", "-t", "m/b", "-m", "2"],
                       check=True)
        said = sub.stdout.read()
        sub.stdout.close()
        self.assertEqual(sub.wait(), 0)
        self.assertIn("m/a 1\n", said)
        self.assertIn("m/b 2\n", said)

    def test_mqtt_js(self):
        script = f"""
            const mqtt = require('{NODE}/mqtt');
            const urls = process.argv.slice(1);
            let left = urls.length * 2;
            const done = () => {{ if (--left === 0) process.exit(0); }};
            for (const url of urls) for (const v of [4, 5]) {{
                const c = mqtt.connect(url, {{protocolVersion: v, rejectUnauthorized: false}});
                const topic = `js/${{v}}/${{url.split(':')[0]}}`;
                c.on('error', e => {{ console.error(url, v, e.message); process.exit(1); }});
                c.on('connect', () => c.subscribe(topic, {{qos: 2}}, () =>
                    c.publish(topic, 'xin chào', {{qos: 2}})));
                c.on('message', (t, m) => {{ if (String(m) === 'xin chào') c.end(false, done); }});
            }}
            setTimeout(() => {{ console.error('too late', left); process.exit(2); }}, 30000);
        """
        ran = subprocess.run(["node", "-e", script, f"mqtt://127.0.0.1:{self.server.mqtt_port}",
                              f"mqtts://127.0.0.1:{self.server.mqtt_tls_port}",
                              f"ws://127.0.0.1:{self.server.mqtt_ws_port}/mqtt"],
                             capture_output=True, text=True, timeout=60,
                             env={**os.environ, "NODE_PATH": NODE})
        self.assertEqual(ran.returncode, 0, ran.stderr)


class Garbage(Mqtt):
    def test_bytes_that_are_no_mqtt_do_no_harm(self):
        chance = random.Random(7)
        connect = b"\x10\x0d" + text("MQTT") + b"\4\2\0\0" + text("g")
        upgrade = (b"GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                   b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   b"Sec-WebSocket-Protocol: mqtt\r\n"
                   b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        for round_ in range(120):
            for port, begin in ((self.server.mqtt_port, connect), (self.server.mqtt_tls_port, b""),
                                (self.server.mqtt_ws_port, upgrade)):
                sock = socket.create_connection(("127.0.0.1", port))
                noise = bytearray(chance.randbytes(chance.randrange(1, 300)))
                if round_ % 2:
                    noise[:2] = b"\x82\x85" if begin is upgrade else b"\x32\x10"
                try:
                    sock.sendall((begin if round_ % 3 else b"") + noise)
                except OSError:
                    pass  # it was closed already
                sock.close()
        client = self.raw(5, "after")
        self.assertTrue(client.is_quiet())


class Keys(unittest.TestCase):
    def test_without_a_key_nobody_comes_in_where_one_is_needed(self):
        with Server(identity="public", options=["--mqtt", "0"]) as server:
            key = server.key("operator")
            for version, refused in ((4, 4), (5, 0x86)):
                for password in (None, "wrong"):
                    client = Raw(server.mqtt_port, version=version)
                    self.assertEqual(client.connect("k", user="u", password=password)[1], refused)
                    client.close()
                client = Raw(server.mqtt_port, version=version)
                self.assertEqual(client.connect("k", user="u", password=key)[1], 0)
                client.close()
            client = Raw(server.mqtt_port, version=5)
            resident = server.key("resident-7")
            self.assertEqual(client.connect("r", user="u", password=resident)[1], 0)
            self.assertEqual(client.subscribe("#", "v1.1/Things", "v1.1/Nonsense"),
                             [0x87, 0x87, 0x8F])
            client.close()
            other = Raw(server.mqtt_port, version=5)
            self.assertEqual(other.connect("held", user="u", password=key)[1], 0)
            thief = Raw(server.mqtt_port, version=5)
            self.assertEqual(thief.connect("held", user="u", password=resident)[1], 0x85)
            self.assertTrue(other.is_quiet())
            other.close()
            thief.close()


    def test_a_device_writes_its_own_series_until_its_key_is_revoked(self):
        with Server(options=["--mqtt", "0"]) as server:
            office = server.client()
            own, other = (office.make_meter(f"home-{i}") for i in range(2))
            keys = f"/api/v1/devices/{own['device']}/keys"
            made = office.post(keys, {}).expect(200, 201)
            client = Raw(server.mqtt_port, version=5)
            self.assertEqual(client.connect("meter", user="x", password=made["key"])[1], 0)
            for number, (series, reason) in enumerate(((own, 0), (other, 0x90)), 1):
                client.publish(f"v1.1/Datastreams({series['id']})/Observations", '{"result": 5}',
                               qos=1, number=number)
                answer = client.expect(PUBACK)
                self.assertEqual(answer[2] if len(answer) > 2 else 0, reason, series["code"])
            self.assertEqual(client.subscribe(f"v1.1/Datastreams({own['id']})/Observations",
                                              f"v1.1/Datastreams({other['id']})/Observations",
                                              "v1.1/Observations", "#"), [1, 0x87, 0x87, 0x87])
            listed = office.get(f"/api/v1/devices/{own['device']}").expect(200)["keys"]
            office.post(f"{keys}/{listed[0]['id']}/revoke", {}).expect(200, 204)
            self.assertEqual(client.expect(DISCONNECT)[0], 0x98)
            client.close()
            again = Raw(server.mqtt_port, version=5)
            self.assertEqual(again.connect("meter", user="x", password=made["key"])[1], 0x86)
            again.close()
            office.close()


class Kept(unittest.TestCase):
    def test_sessions_and_retained_messages_survive_a_kill(self):
        server = Server(options=["--mqtt", "0"])
        client = Raw(server.mqtt_port)
        client.connect("stays", clean=False)
        client.subscribe("kept/#", qos=2)
        client.close()
        sender = Raw(server.mqtt_port)
        sender.connect("sender")
        sender.publish("kept/retained", "r", qos=1, number=1, retain=True)
        sender.expect(PUBACK)
        sender.publish("kept/1", "one", qos=1, number=2)
        sender.expect(PUBACK)
        sender.publish("kept/2", "two", qos=2, number=3)
        sender.expect(PUBREC)
        server.kill()
        sender.close()
        server.start()
        client = Raw(server.mqtt_port)
        self.assertEqual(client.connect("stays", clean=False), (1, 0))
        got = [client.message() for _ in range(3)]
        self.assertEqual([m[1] for m in got], [b"r", b"one", b"two"])
        client.send(0x40, struct.pack(">H", got[0][3]))
        self.assertTrue(client.is_quiet())
        server.kill()
        client.close()
        server.start()
        client = Raw(server.mqtt_port, version=5)
        self.assertEqual(client.connect("stays", clean=False), (1, 0))
        again = [client.message() for _ in range(2)]
        self.assertEqual([(m[1], m[3], m[5]) for m in again],
                         [(m[1], m[3], True) for m in got[1:]])
        late = Raw(server.mqtt_port)
        late.connect("late")
        late.subscribe("kept/#", qos=0)
        self.assertEqual(late.message()[:2], ("kept/retained", b"r"))
        late.close()
        client.close()
        server.stop()


class Standard(SensorThings):
    """18-088, clause 14: create and update by MQTT, receive by MQTT."""
    options = ("--mqtt", "0")

    def setUp(self):
        self.mqtt = Paho(self.server.mqtt_port, 5)
        self.addCleanup(self.mqtt.close)
        self.thing, self.stream = self.make(Datastreams=[datastream(observationType=ANYTHING)])

    def payload(self):
        return json.loads(self.mqtt.message().payload)

    def test_create_observations_via_mqtt_observations_creation(self):
        self.mqtt.publish(f"v1.1/Datastreams({self.stream})/Observations", '{"result": 21.5}')
        self.mqtt.publish("v1.1/Observations", json.dumps(
            {"result": 22, "phenomenonTime": "2026-01-01T00:00:00Z",
             "Datastream": {"@iot.id": self.stream}}))
        self.mqtt.publish("v1.0/Observations", json.dumps(
            {"result": "text", "Datastream": {"@iot.id": self.stream}}), qos=2)
        results = self.results(f"Datastreams({self.stream})/Observations")
        self.assertEqual(sorted(map(str, results)), ["21.5", "22", "text"])

    def test_other_entities_are_created_and_changed_via_mqtt(self):
        self.mqtt.publish("v1.1/Things", json.dumps(thing("by-mqtt")))
        made = self.values("Things?$filter=name eq 'by-mqtt'")[0]["@iot.id"]
        self.mqtt.publish(f"v1.1/Things({made})", '{"description": "changed"}')
        self.assertEqual(self.get(f"Things({made})")["description"], "changed")

    def test_an_observation_that_is_wrong_is_refused_with_a_reason(self):
        client = Raw(self.server.mqtt_port, version=5)
        self.addCleanup(client.close)
        client.connect("wrong")
        for number, (topic, payload, reason) in enumerate((
                ("v1.1/Datastreams(999999)/Observations", '{"result": 1}', 0x90),
                (f"v1.1/Datastreams({self.stream})/Observations", '{"result": ', 0x99),
                (f"v1.1/Datastreams({self.stream})/Observations", '{"rresult": 1}', 0x99),
                ("v1.1/Observations", '{"result": 1}', 0x99)), 1):
            client.publish(topic, payload, qos=1, number=number)
            body = client.expect(PUBACK)
            self.assertEqual((body[1], body[2]), (number, reason), body)
            self.assertIn(0x1F, body[3:5])
        self.assertEqual(self.results(f"Datastreams({self.stream})/Observations"), [])

    def test_receive_updates_via_mqtt_receive_updates_of_an_entity_set(self):
        self.mqtt.subscribe("v1.1/Observations", f"v1.1/Datastreams({self.stream})/Observations")
        _, other = self.make()
        self.observe(self.stream, 5.5)
        self.observe(other, 6.5)
        got = [self.mqtt.message() for _ in range(3)]
        self.assertEqual(sorted((m.topic, json.loads(m.payload)["result"]) for m in got),
                         sorted([("v1.1/Observations", 5.5), ("v1.1/Observations", 6.5),
                                 (f"v1.1/Datastreams({self.stream})/Observations", 5.5)]))
        whole = json.loads(got[0].payload)
        self.assertIn("@iot.selfLink", whole)
        self.assertIn("FeatureOfInterest@iot.navigationLink", whole)

    def test_receive_updates_via_mqtt_receive_updates_with_select(self):
        self.mqtt.subscribe(f"v1.1/Datastreams({self.stream})/Observations"
                            "?$select=result,phenomenonTime")
        self.observe(self.stream, 7.5, "2026-02-01T00:00:00Z")
        self.assertEqual(self.payload(),
                         {"result": 7.5, "phenomenonTime": "2026-02-01T00:00:00Z"})

    def test_filter_and_expand_are_additions(self):
        self.mqtt.subscribe(f"v1.1/Datastreams({self.stream})/Observations"
                            "?$filter=result gt 10&$expand=Datastream&$select=result")
        self.observe(self.stream, 9, "2026-02-01T00:00:00Z")
        self.observe(self.stream, 11, "2026-02-01T00:01:00Z")
        got = self.payload()
        self.assertEqual(got["result"], 11)
        self.assertEqual(got["Datastream"]["@iot.id"], self.stream)

    def test_receive_updates_via_mqtt_receive_updates_of_an_entity(self):
        self.mqtt.subscribe(f"v1.1/Things({self.thing})", "v1.1/Things")
        self.patch(f"Things({self.thing})", {"description": "moved"})
        got = [self.mqtt.message() for _ in range(2)]
        self.assertEqual({m.topic for m in got}, {"v1.1/Things", f"v1.1/Things({self.thing})"})
        self.assertEqual({json.loads(m.payload)["description"] for m in got}, {"moved"})

    def test_receive_updates_via_mqtt_receive_updates_of_a_property(self):
        self.mqtt.subscribe(f"v1.1/Things({self.thing})/description")
        self.patch(f"Things({self.thing})", {"name": "another name"})
        self.patch(f"Things({self.thing})", {"description": "told"})
        self.assertEqual(self.payload(), {"description": "told"})

    def test_what_is_linked_to_an_entity_is_told(self):
        self.mqtt.subscribe(f"v1.1/Things({self.thing})/Datastreams")
        _, other = self.make()
        self.patch(f"Datastreams({other})", {"name": "not this"})
        self.patch(f"Datastreams({self.stream})", {"name": "this"})
        self.assertEqual(self.payload()["name"], "this")

    def test_a_side_record_and_a_correction_are_told(self):
        self.mqtt.subscribe(f"v1.1/Datastreams({self.stream})/Observations")
        made = self.observe(self.stream, "cloudy", "2026-03-01T00:00:00Z")
        first = self.payload()
        self.assertEqual((first["@iot.id"], first["result"]), (made["@iot.id"], "cloudy"))
        self.patch(f"Observations({made['@iot.id']})", {"result": "sunny"})
        second = self.payload()
        self.assertEqual((second["@iot.id"], second["result"]), (made["@iot.id"], "sunny"))


if __name__ == "__main__":
    unittest.main()
