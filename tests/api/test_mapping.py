"""Messages of any shape, through the door: webhooks, rules written down, discovery, repetitions, what
no rule takes, and a rule that is tried."""
import getpass
import json
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from xanh import Server

UPLINK = {
    "deduplicationId": "3ac7e3c4", "time": "2026-01-01T00:00:00+00:00",
    "deviceInfo": {"deviceName": "meter 12", "devEui": "0101010101010101"},
    "devAddr": "00189440", "fCnt": 3, "fPort": 1, "data": "A2cBEA==",
    "object": {"volume": 1043.5}, "rxInfo": [{"gatewayId": "g1", "rssi": -48, "snr": 9}],
}
CONFIG = {
    "name": "Total", "stat_t": "tele/plug/SENSOR", "avty_t": "tele/plug/LWT",
    "pl_avail": "Online", "pl_not_avail": "Offline", "uniq_id": "plug_total",
    "dev": {"ids": ["A1B2C3"], "name": "Plug in the kitchen", "mf": "Gosund", "mdl": "SP1",
            "sw": "12.5.0"},
    "unit_of_meas": "kWh", "dev_cla": "energy", "stat_cla": "total_increasing",
    "val_tpl": "{{value_json['ENERGY']['Total']}}",
}


class Mapping(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.client = cls.server.client(cls.server.key("operator"))
        cls.stranger = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.stranger.close()
        cls.server.stop()

    def send(self, topic, payload, client=None, **params):
        body = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
        return (client or self.client).request("POST", f"/api/v1/inbox/{topic}", body, **params)

    def rule(self, code, topic, values, **fields):
        return self.client.post("/api/v1/core/mapping_rules", {
            "code": code, "name": code, "sort_order": 10, "topic": topic, "format": "json",
            "is_active": True, "values": values, **fields}).expect(200, 201)

    def items(self, series, **params):
        return self.client.get("/api/v1/readings", series=series, **params).expect(200)["items"]

    def values(self, series):
        return [str(item["value"]) for item in self.items(series)]

    def series(self, code):
        return self.client.by_code("/api/v1/core/series", code)

    def made(self, code, topic, value, **fields):
        """A rule that makes what it needs."""
        return self.rule(code, topic, [{"kind": "register", "quantity": "energy.electricity",
                                        "unit": "kWh", **value}], creates=True, place_code="quay",
                         **fields)

    # ---- rules ----

    def test_a_rule_makes_the_series_and_is_followed_when_it_changes(self):
        self.assertEqual(self.send("plant/7", {"e": 1}).status, 202)
        rule = self.made("plant", "plant/{meter}", {"name": "energy", "pointer": "/e"},
                         series_code="plant/{topic.meter}", device_code="plant-{topic.meter}")
        answer = self.send("plant/7", {"e": 10.50}).expect(200)
        self.assertEqual((answer["taken"], answer["matched"]), (1, True))
        self.assertEqual(self.values("plant/7"), ["10.5"])
        series = self.series("plant/7")
        self.assertEqual((series["unit"], series["kind"]), ("kWh", "register"))
        self.assertIsNotNone(self.client.by_code("/api/v1/core/devices", "plant-7"))
        self.client.patch(f"/api/v1/core/mapping_rules/{rule['id']}",
                          {"series_code": "hall/{topic.meter}"}, rule["version"]).expect(200)
        self.send("plant/7", {"e": 11}).expect(200)
        self.assertEqual(self.values("hall/7"), ["11"])

    def test_watt_minutes_arrive_as_kilowatt_hours(self):
        self.made("relay", "shellies/{plug}/relay/0/energy",
                  {"name": "energy", "unit": "W.min", "series_unit": "kWh"}, format="number",
                  series_code="{topic.plug}/energy")
        self.send("shellies/plug-1/relay/0/energy", "90000").expect(200)
        self.assertEqual(self.values("plug-1/energy"), ["1.5"])
        self.assertEqual(self.series("plug-1/energy")["unit"], "kWh")

    def test_a_counter_that_starts_anew_costs_nothing_and_gains_nothing(self):
        self.made("reset", "reset", {"name": "energy", "pointer": "/e"}, series_code="reset/energy",
                  time_pointer="/t", time_format="unix_s")
        for hour, value in enumerate((100, 104, 1, 3)):
            self.send("reset", {"t": 1767225600 + 3600 * hour, "e": value}).expect(200)
        use = self.client.get("/api/v1/use", series="reset/energy", period="day",
                              from_="2026-01-01", to="2026-01-02").expect(200)
        self.assertEqual(use["total"], 7)  # 4 before, 1 and 2 after; never 104 back

    def test_an_unknown_unit_or_one_of_another_kind_is_refused_by_name(self):
        self.made("units", "units", {"name": "e", "pointer": "/e"}, series_code="units/e")
        self.send("units", {"e": 1}).expect(200)
        self.rule("units-2", "units2", [{"name": "e", "pointer": "/e", "unit": "bushel"}],
                  series_code="units/e")
        self.assertEqual(self.send("units2", {"e": 1}).expect(400)["field"], "unit")
        self.rule("units-3", "units3", [{"name": "e", "pointer": "/e", "unit": "degC"}],
                  series_code="units/e")
        self.send("units3", {"e": 1}).expect(400)

    def test_without_a_key_nothing_is_taken_and_nothing_is_shown(self):
        self.assertEqual(self.send("a/b", {"v": 1}, client=self.stranger).status, 401)
        self.assertIn(self.stranger.get("/api/v1/mapping/unmatched").status, (401, 403))
        self.assertIn(self.stranger.post("/api/v1/mapping/try", {"topic": "a"}).status, (401, 403))

    def test_a_table_of_a_head_end_is_taken_at_once(self):
        self.made("hes", "hes/daily", {"name": "e", "pointer": "Value", "unit": "{csv.Unit}",
                                       "series_unit": "kWh"},
                  format="csv", series_code="hes/{csv.Meter}", time_pointer="Time")
        rows = "".join(f"M{i % 10},2026-01-01T{i // 10:02}:00:00+07:00,{i / 10 + 1},kWh\n"
                       for i in range(200))
        answer = self.send("hes/daily", "Meter,Time,Value,Unit\n" + rows).expect(200)
        self.assertEqual(answer["taken"], 200)
        answer = self.send("hes/daily", "Meter,Time,Value,Unit\n" + rows).expect(200)
        self.assertEqual((answer["taken"], answer["duplicate"]), (0, 200))
        self.assertEqual(len(self.items("hes/M3", limit=1000)), 20)

    # ---- network servers ----

    def test_an_uplink_makes_its_device_and_comes_once(self):
        self.send("chirpstack", UPLINK, event="up").expect(200)
        self.assertEqual(self.values("0101010101010101.volume"), ["1043.5"])
        self.assertEqual(self.values("0101010101010101.rssi"), ["-48"])
        self.assertIsNotNone(self.client.by_code("/api/v1/core/devices", "0101010101010101"))
        again = self.client.get("/api/v1/mapping/unmatched").expect(200)["again"]
        other = {**UPLINK, "deduplicationId": "other", "time": "2026-01-01T00:00:09+00:00"}
        answer = self.send("chirpstack", other, event="up").expect(200)
        self.assertEqual((answer["taken"], answer["matched"]), (0, True))
        self.assertEqual(self.values("0101010101010101.volume"), ["1043.5"])
        after = self.client.get("/api/v1/mapping/unmatched").expect(200)["again"]
        self.assertEqual(after - again, 1)
        self.send("chirpstack", {**other, "fCnt": 4, "object": {"volume": 1044}},
                  event="up").expect(200)
        self.assertEqual(self.values("0101010101010101.volume"), ["1043.5", "1044"])

    def test_a_message_says_how_its_device_is(self):
        self.rule("signs-up", "signs/up",
                  [{"name": "volume", "pointer": "/object/volume", "unit": "L", "kind": "register",
                    "quantity": "water.consumption"}],
                  format="chirpstack", creates=True, place_code="quay", with_signal=False)
        info = {**UPLINK["deviceInfo"], "devEui": "0303030303030303"}
        self.send("signs/up", {**UPLINK, "deviceInfo": info,
                               "deduplicationId": "signs"}).expect(200)
        own = self.client.by_code("/api/v1/core/devices", "0303030303030303")["id"]
        state = self.client.get(f"/api/v1/devices/{own}").expect(200)
        self.assertEqual(state["rssi_dbm"], -48)
        self.client.make_meter("signs", name="b", quantity="level", unit="%", kind="gauge")
        self.rule("signs", "signs/battery", [{"name": "Battery", "pointer": "/b", "unit": "%"}],
                  series_code="signs/b")
        self.send("signs/battery", {"b": 12}).expect(200)
        own = self.client.by_code("/api/v1/core/devices", "signs/b")["id"]
        self.assertEqual(self.client.get(f"/api/v1/devices/{own}").expect(200)["battery_pct"], 12)

    def test_an_offices_rule_goes_before_the_one_that_came_along(self):
        self.rule("own", "application/+/device/{eui}/event/up",
                  [{"name": "volume", "pointer": "/object/volume", "unit": "L", "kind": "register",
                    "quantity": "water.consumption"}],
                  format="chirpstack", creates=True, place_code="quay",
                  series_code="{topic.eui}/water")
        self.send("application/1/device/0202/event/up", UPLINK).expect(200)
        self.assertEqual(self.values("0202/water"), ["1043.5"])

    # ---- discovery ----

    def test_home_assistants_discovery_makes_the_device_and_the_rules(self):
        self.send("homeassistant/sensor/plug_total/config", CONFIG).expect(200)
        device = self.client.by_code("/api/v1/core/devices", "A1B2C3")
        self.assertEqual((device["name"], device["firmware"], device["kind"]),
                         ("Plug in the kitchen", "12.5.0", "electricity_meter"))
        self.assertEqual(self.series("plug_total")["kind"], "register")
        self.send("tele/plug/SENSOR", {"Time": "x", "ENERGY": {"Total": 12.345}}).expect(200)
        self.send("tele/plug/LWT", "Online").expect(200)
        self.assertEqual(self.values("plug_total"), ["12.345"])
        self.assertEqual(self.values("A1B2C3.available"), ["1"])
        rule = self.client.by_code("/api/v1/core/mapping_rules", "ha.plug_total")
        self.send("homeassistant/sensor/plug_total/config", CONFIG).expect(200)
        self.assertEqual(self.client.by_code("/api/v1/core/mapping_rules",
                                             "ha.plug_total")["version"], rule["version"])
        self.send("homeassistant/sensor/plug_total/config", "").expect(200)
        rule = self.client.by_code("/api/v1/core/mapping_rules", "ha.plug_total")
        self.assertFalse(rule["is_active"])
        self.assertEqual(self.send("tele/plug/SENSOR", {"ENERGY": {"Total": 13}}).status, 202)

    # ---- what no rule takes; trying ----

    def test_what_no_rule_takes_is_kept_with_its_reason(self):
        for _ in range(2):
            self.assertFalse(self.send("ghost/1", {"v": 1}).expect(202)["matched"])
        self.send("ghost/bytes", b"\x01\x02\xff").expect(202)
        items = {item["topic"]: item
                 for item in self.client.get("/api/v1/mapping/unmatched").expect(200)["items"]}
        self.assertEqual((items["ghost/1"]["count"], items["ghost/1"]["payload"]), (2, '{"v": 1}'))
        self.assertEqual((items["ghost/bytes"]["is_hex"], items["ghost/bytes"]["payload"]),
                         (True, "0102ff"))

    def test_a_rule_is_tried_without_writing(self):
        rule = {"topic": "try/{m}", "format": "json", "series_code": "try/{topic.m}",
                "creates": True, "place_code": "quay",
                "values": [{"name": "e", "pointer": "/e", "unit": "kWh", "kind": "register",
                            "quantity": "energy.electricity", "scale": 0.001}]}
        answer = self.client.post("/api/v1/mapping/try", {
            "topic": "try/9", "payload": {"e": 1234}, "rule": rule}).expect(200)
        reading = answer["readings"][0]
        self.assertEqual((reading["series"], str(reading["value"]), reading["unit"],
                          reading["is_known"], reading["is_made"]),
                         ("try/9", "1.234", "kWh", False, True))
        self.assertIsNone(self.series("try/9"))
        answer = self.client.post("/api/v1/mapping/try", {
            "topic": "try/9", "payload": '{"e": "?"}', "rule": rule}).expect(200)
        self.assertEqual((answer["count"], answer["faults"][0]["text"]), (0, 'e: "?" is no number'))
        answer = self.client.post("/api/v1/mapping/try", {
            "topic": "try/9", "payload": "0367", "is_hex": True,
            "rule": {**rule, "each_of": "x"}})
        self.assertEqual(answer.expect(400)["field"], "rule.each_of")
        answer = self.client.post("/api/v1/mapping/try", {
            "topic": "chirpstack/up", "payload": {**UPLINK, "fCnt": 99}}).expect(200)
        self.assertEqual((answer["rule"], answer["count"]), ("chirpstack-http", 3))


@unittest.skipUnless(shutil.which("mosquitto_pub"), "no mosquitto_pub")
class OverMqtt(unittest.TestCase):
    def test_a_plug_that_introduces_itself_over_mqtt_is_read(self):
        with Server(identity="operator", options=["--mqtt", "0"]) as server:
            def publish(topic, payload):
                text = payload if isinstance(payload, str) else json.dumps(payload)
                subprocess.run(["mosquitto_pub", "-p", str(server.mqtt_port), "-q", "1", "-t", topic,
                                "-m", text], check=True, timeout=30, capture_output=True)
            publish("homeassistant/sensor/plug_total/config", CONFIG)
            publish("tele/plug/LWT", "Online")
            for value in (12.345, 12.35):  # acknowledged, and so on disk
                publish("tele/plug/SENSOR", {"ENERGY": {"Total": value}})
            client = server.client()
            items = client.get("/api/v1/readings", series="plug_total").expect(200)["items"]
            self.assertEqual([str(item["value"]) for item in items], ["12.345", "12.35"])
            items = client.get("/api/v1/readings", series="A1B2C3.available").expect(200)["items"]
            self.assertEqual(len(items), 1)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """A mosquitto that stays, with passwords."""

    def __init__(self, port):
        self.port, self.folder = port, Path(tempfile.mkdtemp(prefix="xanh-broker-"))
        passwords, config = self.folder / "passwords", self.folder / "conf"
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "xanh", "s3cret"], check=True,
                       capture_output=True)
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\n"
                          f"password_file {passwords}\npersistence true\n"
                          f"persistence_location {self.folder}/\nuser {getpass.getuser()}\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-c", self.folder / "conf"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def publish(self, topic, payload):
        subprocess.run(["mosquitto_pub", "-p", str(self.port), "-u", "xanh", "-P", "s3cret", "-q",
                        "1", "-t", topic, "-m", payload], check=True, timeout=30,
                       capture_output=True)


@unittest.skipUnless(shutil.which("mosquitto") and shutil.which("mosquitto_pub"), "no mosquitto")
class Brokers(unittest.TestCase):
    def until(self, what, wanted):
        deadline = time.monotonic() + 60
        while what() != wanted:
            self.assertLess(time.monotonic(), deadline, f"{what()}, not {wanted}")
            time.sleep(0.05)

    def test_what_a_broker_keeps_while_we_are_away_comes_when_we_are_back(self):
        broker = Broker(free_port())
        server = Server(identity="operator")
        try:
            client = server.client()
            (Path(server.dir) / "broker-1").write_text("s3cret\n")
            client.post("/api/v1/core/mapping_rules", {
                "code": "plant", "name": "plant", "sort_order": 1, "topic": "plant/{m}",
                "format": "json", "series_code": "{topic.m}", "is_active": True, "creates": True,
                "place_code": "quay", "time_pointer": "/t", "time_format": "unix_s",
                "values": [{"name": "e", "pointer": "/e", "unit": "kWh", "kind": "register",
                            "quantity": "energy.electricity"}]}).expect(201)
            record = client.post("/api/v1/core/brokers", {
                "code": "one", "name": "One", "host": "127.0.0.1", "port": broker.port,
                "user_name": "xanh", "secret_file": "broker-1", "is_active": True,
                "topics": [{"topic": "plant/#"}]}).expect(201)

            def state(name):
                items = client.get("/api/v1/mapping/brokers").expect(200)["items"]
                return items[0][name] if items else None

            def count():
                answer = client.get("/api/v1/readings", series="m1", limit=1000)
                return len(answer.json()["items"]) if answer.status == 200 else 0
            self.until(lambda: state("is_connected"), True)
            for hour in range(3):
                broker.publish("plant/m1", json.dumps({"t": 1767225600 + 3600 * hour, "e": hour}))
            self.until(count, 3)
            server.stop()
            for hour in range(3, 8):
                broker.publish("plant/m1", json.dumps({"t": 1767225600 + 3600 * hour, "e": hour}))
            server.start()
            client = server.client()
            self.until(count, 8)
            broker.stop()
            self.until(lambda: state("is_connected"), False)
            broker.start()
            self.until(lambda: state("is_connected"), True)
            client.patch(f"/api/v1/core/brokers/{record['id']}", {"is_active": False},
                         record["version"]).expect(200)
            self.until(lambda: client.get("/api/v1/mapping/brokers").expect(200)["items"], [])
            server.stop()
        finally:
            broker.remove()
            if server.process is not None:
                server.kill()

    def test_a_broker_that_is_not_there_is_said_and_found_when_it_is(self):
        port = free_port()
        with Server(identity="operator") as server:
            client = server.client()
            (Path(server.dir) / "secret").write_text("s3cret")
            client.post("/api/v1/core/brokers", {
                "code": "none", "name": "None", "host": "127.0.0.1", "port": port,
                "user_name": "xanh", "secret_file": "secret", "is_active": True,
                "topics": [{"topic": "#"}]}).expect(201)

            def state(name):
                items = client.get("/api/v1/mapping/brokers").expect(200)["items"]
                return items[0][name] if items else None
            self.until(lambda: state("code"), "none")
            self.until(lambda: state("error") is not None, True)
            self.assertFalse(state("is_connected"))
            broker = Broker(port)
            try:
                self.until(lambda: state("is_connected"), True)
            finally:
                broker.remove()
            for file in ("../keys.json", "keys.json", "records.db", ".", ".."):
                answer = client.post("/api/v1/core/brokers", {
                    "code": "up", "name": "Up", "host": "h", "secret_file": file})
                self.assertEqual(answer.expect(400)["field"], "secret_file", file)


if __name__ == "__main__":
    unittest.main()
