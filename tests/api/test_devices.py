"""Devices: a key of its own for each, how it is, many at once, one replaced, a live tail. All over
HTTP and by the command line, as an office and a device do it."""
import csv
import io
import json
import subprocess
import time
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from xanh import Events, Server, program, run, run_json, temporary_folder

API = "/api/v1"
CORE = f"{API}/core"


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.client = cls.server.client(cls.server.key("operator"))
        cls.client.make_meter("home-1")
        cls.client.make_meter("home-2")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def device(self, code):
        return self.client.by_code(f"{CORE}/devices", code)

    def fleet(self, **params):
        return self.client.get(f"{API}/devices", **params).expect(200)

    def key_of(self, code, label=""):
        made = self.client.post(f"{API}/devices/{self.device(code)['id']}/keys", {"label": label})
        return made.expect(201)

    def as_device(self, code):
        client = self.server.client(self.key_of(code)["key"])
        self.addCleanup(client.close)
        return client

    def provision(self, table, **params):
        return self.client.request("POST", f"{API}/devices/provision", table,
                                   {"Content-Type": "text/csv"}, **params)


class Keys(Fleet):
    def test_a_device_writes_and_reads_its_own_series_as_json(self):
        device = self.as_device("home-1/electricity")
        self.assertEqual(device.get(f"{API}/me").expect(200)["name"], "device-home-1/electricity")
        device.post(f"{API}/readings", {"series": "home-1/electricity", "value": 5}).expect(200)
        items = device.get(f"{API}/readings", series="home-1/electricity").expect(200)["items"]
        self.assertGreaterEqual(len(items), 1)

    def test_a_device_writes_its_own_series_as_line_protocol(self):
        device = self.as_device("home-1/electricity")
        now = int(time.time())
        answer = device.request("POST", "/api/v2/write",
                                f"m,series=home-1/electricity value=6 {now}", precision="s")
        self.assertEqual(answer.status, 204, answer.text)

    def test_a_device_writes_observations_of_its_own_datastream_and_of_no_other(self):
        device = self.as_device("home-1/electricity")
        own, other = (self.client.by_code(f"{CORE}/series", f"home-{n}/electricity")["id"]
                      for n in (1, 2))
        told = {"result": 7, "phenomenonTime": "2026-01-01T00:00:00Z"}
        device.post(f"/v1.1/Datastreams({own})/Observations", told).expect(201)
        device.post(f"/v1.1/Datastreams({other})/Observations", told).expect(403, 404)
        for path in ("Things", "Locations", f"Datastreams({own})/Thing"):
            self.assertGreaterEqual(device.post(f"/v1.1/{path}", {"name": "x"}).status, 400, path)
        self.assertEqual(device.request("DELETE", f"/v1.1/Datastreams({own})").status, 404)

    def test_a_device_reads_its_own_thing_with_datastreams_and_observations_and_no_other(self):
        device = self.as_device("home-1/electricity")
        thing, stream = (self.client.by_code(f"{CORE}/{kind}", "home-1/electricity")["id"]
                         for kind in ("devices", "series"))
        others = [self.client.by_code(f"{CORE}/{kind}", "home-2/electricity")["id"]
                  for kind in ("devices", "series")]
        self.client.post(f"{API}/readings", [{"series": f"home-{n}/electricity", "value": 3,
                                              "time": "2026-02-01T00:00:00Z"}
                                             for n in (1, 2)]).expect(200)
        ids = lambda path: [v["@iot.id"] for v in device.get(path).expect(200)["value"]]
        self.assertEqual(ids("/v1.1/Things"), [thing])
        self.assertEqual(ids("/v1.1/Datastreams"), [stream])
        self.assertEqual(ids(f"/v1.1/Things({thing})/Datastreams"), [stream])
        self.assertEqual(device.get("/v1.1/Things?$count=true").expect(200)["@iot.count"], 1)
        self.assertEqual(device.get(f"/v1.1/Datastreams({stream})/Thing").expect(200)["@iot.id"],
                         thing)
        own = ids(f"/v1.1/Datastreams({stream})/Observations")
        self.assertGreaterEqual(len(own), 1)
        self.assertEqual(sorted(ids("/v1.1/Observations")), sorted(own))
        self.assertEqual(device.get(f"/v1.1/Observations({own[0]})").expect(200)["@iot.id"], own[0])
        seen = device.get(f"/v1.1/Things({thing})?$expand=Datastreams/Observations").expect(200)
        self.assertEqual([v["@iot.id"] for v in seen["Datastreams"]], [stream])
        hidden = self.client.get(f"/v1.1/Datastreams({others[1]})/Observations").expect(200)
        for path in (f"Things({others[0]})", f"Datastreams({others[1]})",
                     f"Observations({hidden['value'][0]['@iot.id']})",
                     f"Datastreams({others[1]})/Observations",
                     f"Things({others[0]})/Datastreams"):
            self.assertEqual(device.get(f"/v1.1/{path}").status, 404, path)
        for kind in ("Locations", "HistoricalLocations", "Sensors", "ObservedProperties",
                     "FeaturesOfInterest"):
            self.assertEqual(ids(f"/v1.1/{kind}"), [], kind)
            self.assertEqual(self.client.get(f"/v1.1/{kind}").status, 200)
        self.assertGreaterEqual(
            device.request("PATCH", f"/v1.1/Things({thing})", {"name": "mine"}).status, 400)
        self.assertEqual(self.client.get(f"/v1.1/Things({thing})").expect(200)["name"],
                         "Meter of home-1")

    def test_a_device_neither_writes_nor_reads_the_series_of_another(self):
        device = self.as_device("home-1/electricity")
        other = "home-2/electricity"
        device.post(f"{API}/readings", {"series": other, "value": 5}).expect(403, 404)
        device.get(f"{API}/readings", series=other).expect(404)
        device.get(f"{API}/readings/last", series=other).expect(404)
        device.get(f"{API}/readings/windows", series=other).expect(403, 404)
        answer = device.request("POST", "/api/v2/write",
                                f"m,series={other} value=6 {int(time.time())}", precision="s")
        self.assertGreaterEqual(answer.status, 400)
        self.assertEqual(self.client.get(f"{API}/readings", series=other).expect(200)["items"], [])

    def test_everything_else_is_refused_to_a_device(self):
        device = self.as_device("home-1/electricity")
        own = self.device("home-1/electricity")["id"]
        refused = ["/metrics", f"{API}/meta", f"{API}/jobs", f"{API}/events?series=home-1/electricity",
                   f"{API}/use?series=home-1/electricity", f"{API}/devices", f"{API}/devices/{own}",
                   f"{API}/devices/{own}/tail", f"{CORE}/devices", f"{CORE}/devices/{own}",
                   f"{CORE}/parties.csv", f"{API}/why?series=home-1/electricity",
                   "/api/openapi.json"]
        for path in refused:
            self.assertEqual(device.get(path).status, 403, path)
        for path in (f"{API}/devices/{own}/keys", f"{API}/devices/provision",
                     f"{API}/devices/{own}/replace", f"{API}/readings/erase", f"{CORE}/places",
                     f"{API}/bill"):
            self.assertEqual(device.post(path, {}).status, 403, path)

    def test_a_revoked_key_is_refused_from_the_next_request_on(self):
        own = self.device("home-2/electricity")["id"]
        made = self.key_of("home-2/electricity", "the lost one")
        device = self.server.client(made["key"])
        self.addCleanup(device.close)
        device.get(f"{API}/me").expect(200)
        self.client.post(f"{API}/devices/{own}/keys/{made['id']}/revoke").expect(200)
        self.assertEqual(device.get(f"{API}/me").status, 401)
        listed = self.client.get(f"{API}/devices/{own}").expect(200)["keys"]
        found = next(key for key in listed if key["id"] == made["id"])
        self.assertEqual(found["label"], "the lost one")
        self.assertIsNotNone(found["revoked"])
        self.assertIsNotNone(found["used"])
        self.assertNotIn("key", found)

    def test_a_revoked_key_is_no_password_where_none_is_needed(self):
        with Server(identity="operator") as open_server:
            client = open_server.client()
            client.make_meter("home-9")
            answer = client.request("POST", "/api/v2/write", "m,series=home-9/electricity value=1",
                                    {"Authorization": f"Token xd_1_{'0' * 48}"})
            self.assertEqual(answer.status, 401)
            client.close()

    def test_keys_outlive_the_server(self):
        with Server() as server:
            client = server.client()
            client.make_meter("home-3")
            device = client.by_code(f"{CORE}/devices", "home-3/electricity")
            key = client.post(f"{API}/devices/{device['id']}/keys").expect(201)["key"]
            client.close()
            server.kill()
            server.start()
            again = server.client(key)
            again.get(f"{API}/me").expect(200)
            again.close()

    def test_a_qr_code_is_a_picture_or_text_of_address_device_and_key(self):
        ask = {"url": "https://xanh.example", "device": "m-1", "key": "xd_1_" + "0" * 48}
        answer = self.client.post(f"{API}/devices/qr", ask)
        self.assertEqual(answer.headers["content-type"], "image/svg+xml")
        self.assertTrue(answer.text.startswith("<svg") and "</svg>" in answer.text)
        self.assertEqual(answer.headers["cache-control"], "no-store")
        text = self.client.request("POST", f"{API}/devices/qr", ask, None, format="text").text
        widths = {len(line) for line in text.splitlines()}
        self.assertEqual(len(widths), 1)
        self.assertEqual(self.client.post(f"{API}/devices/qr", {"url": "x"}).status, 400)


class States(Fleet):
    def test_the_fleet_says_how_each_device_is(self):
        self.client.post(f"{API}/readings", {"series": "home-1/electricity", "value": 5}).expect(200)
        found = self.fleet(q="home-1")["items"]
        self.assertEqual([item["code"] for item in found], ["home-1/electricity"])
        self.assertEqual(found[0]["flags"], [])
        self.assertIsNotNone(found[0]["seen"])
        never = self.fleet(q="home-2", state="never_seen")
        self.assertEqual([item["code"] for item in never["items"]], ["home-2/electricity"])
        self.assertEqual(never["counts"]["never_seen"], 1)
        self.assertEqual(self.fleet(q="home-2", state="fine")["items"], [])

    def test_a_reading_from_the_future_shows_that_a_clock_is_off(self):
        self.client.make_meter("home-4")
        self.client.post(f"{API}/readings", {"series": "home-4/electricity", "value": 1,
                                             "time": "2099-01-01T00:00:00Z"}).expect(400)
        item = self.fleet(q="home-4")["items"][0]
        self.assertIn("clock_off", item["flags"])
        self.assertEqual(item["refused"], 1)
        self.assertIn("check the clock", item["refusal"])

    def test_a_search_needs_no_diacritics_and_pages_hold_together(self):
        self.client.make(f"{CORE}/places", code="dd", name="Đống Đa", kind="building")
        table = "code,name,place\n" + "".join(f"dd-{i},Công tơ {i},dd\n" for i in range(5))
        self.provision(table).expect(200)
        found, after = [], None
        while True:
            page = self.fleet(q="dong da cong", limit=2, after=after)
            self.assertEqual(page["counts"]["all"], 5)
            found += [item["code"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        self.assertEqual(found, [f"dd-{i}" for i in range(5)])

    def test_a_resident_sees_its_own_devices_only(self):
        self.client.make_meter("home-7")
        resident = self.server.client(self.server.key("resident-7"))
        self.addCleanup(resident.close)
        seen = resident.get(f"{API}/devices").expect(200)
        self.assertEqual([item["code"] for item in seen["items"]], ["home-7/electricity"])
        self.assertEqual(seen["counts"]["all"], 1)
        own = resident.get(f"{API}/devices/{seen['items'][0]['id']}").expect(200)
        self.assertIsNone(own["keys"])
        other = self.device("home-1/electricity")["id"]
        self.assertEqual(resident.get(f"{API}/devices/{other}").status, 404)
        stranger = self.server.client()
        self.addCleanup(stranger.close)
        self.assertEqual(stranger.get(f"{API}/devices").status, 403)


class Provision(Fleet):
    def test_a_table_becomes_a_table_of_keys_once(self):
        table = ("code,name,place,kind,quantity,unit\n"
                 "p-1,Công tơ 1,home-1,electricity_meter,energy.electricity,kWh\n"
                 "p-2,Công tơ 2,home-1,water_meter,flow,m3/h\n")
        dry = self.provision(table, dry_run="1").expect(200)
        self.assertEqual((dry["devices_made"], dry["series_made"], dry["devices"]), (2, 2, []))
        self.assertIsNone(self.device("p-1"))
        answer = self.provision(table)
        keys = rows(answer.expect(200).decode())
        self.assertEqual([row["code"] for row in keys], ["p-1", "p-2"])
        device = self.server.client(keys[0]["key"])
        self.addCleanup(device.close)
        device.post(f"{API}/readings", {"series": "p-1/electricity", "value": 1}).expect(200)
        again = rows(self.provision(table).expect(200).decode())
        self.assertEqual([row["key"] for row in again], ["", ""])

    def test_mistakes_are_told_by_line_and_nothing_is_written(self):
        table = "code,place\nq-1,home-1\nq-2,nowhere\n"
        report = self.provision(table).expect(400)
        self.assertEqual(report["refused"], 1)
        self.assertEqual(report["faults"][0]["line"], 3)
        self.assertEqual(report["faults"][0]["error"]["field"], "place")
        self.assertIsNone(self.device("q-1"))
        self.assertEqual(self.provision("code,plaice\nq,x\n").expect(400)["value"], "plaice")

    def test_the_command_makes_a_thousand_and_its_file_of_keys_is_private(self):
        folder = Path(temporary_folder())
        table, keys = folder / "meters.csv", folder / "keys.csv"
        table.write_text("code;place;quantity;unit\n" + "".join(
            f"k-{i:04};home-1;energy.electricity;kWh\n" for i in range(1200)))
        run("device", "provision", table, "--dry-run", "--dir", self.server.dir)
        self.assertFalse(keys.exists())
        done = run_json("device", "provision", table, "--keys", keys, "--dir", self.server.dir)
        self.assertEqual(done["devices_made"], 1200)
        self.assertEqual(keys.stat().st_mode & 0o777, 0o600)
        made = rows(keys.read_text())
        self.assertEqual(len({row["key"] for row in made}), 1200)
        device = self.server.client(made[-1]["key"])
        self.addCleanup(device.close)
        device.post(f"{API}/readings", {"series": "k-1199/electricity", "value": 1}).expect(200)

    def test_the_command_adds_one_and_lists_it(self):
        key = run("device", "add", "solo", "--place", "home-1", "--quantity", "battery_pct",
                  "--unit", "%", "--dir", self.server.dir).stdout.strip()
        device = self.server.client(key)
        self.addCleanup(device.close)
        device.post(f"{API}/readings", {"series": "solo/battery_pct", "value": 12}).expect(200)
        listed = run_json("device", "list", "--search", "solo", "--dir", self.server.dir)["items"]
        self.assertEqual(listed[0]["battery_pct"], 12)
        self.assertEqual(listed[0]["flags"], ["low_battery"])
        made = run_json("device", "key", "solo", "--label", "two", "--dir", self.server.dir)
        run("device", "revoke", "solo", made["id"], "--dir", self.server.dir)
        self.assertEqual(self.server.client(made["key"]).get(f"{API}/me").status, 401)
        self.assertIn("█", run("device", "qr", "solo", "--key", key, "--dir",
                               self.server.dir).stdout)


class Replace(Fleet):
    def test_consumption_has_no_jump_and_the_new_meter_goes_on(self):
        self.client.make_meter("home-5", period_s=3600)
        old = self.device("home-5/electricity")
        old_key = self.key_of("home-5/electricity")["key"]
        series = "home-5/electricity"
        for hour, value in ((0, 5000), (6, 5006)):
            self.client.post(f"{API}/readings", {
                "series": series, "value": value,
                "time": f"2025-06-15T{hour:02}:00:00+07:00"}).expect(200)
        url = f"{API}/devices/{old['id']}/replace"
        told = {"code": "new-5", "serial": "SN5", "at": "2025-06-15T12:00:00+07:00",
                "new_key": True,
                "registers": [{"series": series, "final": 5012, "first": 3}]}
        self.assertEqual(self.client.post(url, {**told, "registers": []}).expect(400)["field"],
                         "first")
        self.assertEqual(self.client.post(url, {**told, "code": series}).status, 409)
        made = self.client.post(url, told).expect(201)
        device = self.server.client(made["key"])
        self.addCleanup(device.close)
        device.post(f"{API}/readings", {"series": series, "value": 15,
                                        "time": "2025-06-16T00:00:00+07:00"}).expect(200)
        used = self.client.get(f"{API}/use", series=series, from_="2025-06-15", to="2025-06-16",
                               period="day").expect(200)
        total = sum(window["amount"] for window in used["windows"])
        self.assertAlmostEqual(float(total), 24, delta=0.1)
        self.assertEqual(self.server.client(old_key).get(f"{API}/me").status, 401)
        record = self.device("new-5")
        self.assertEqual((record["replaces"], record["installed"], record["serial"]),
                         (old["id"], "2025-06-15", "SN5"))
        self.assertEqual(self.device("home-5/electricity")["removed"], "2025-06-15")
        self.assertEqual(self.client.post(url, {**told, "code": "new-6"}).status, 409)


class Simulate(unittest.TestCase):
    FAULTS = ("--late", "0.05", "--duplicate", "0.1", "--reset", "0.01", "--wrong-clock", "0.05")

    def send(self, server, *options):
        acks = Path(temporary_folder()) / "acks.csv"
        told = run_json("simulate", "devices", "--count", 20, "--each", 30, "--dir", server.dir,
                        "--acks", acks, *self.FAULTS, *options)
        self.assertEqual(told["failed"], 0)
        self.assertGreater(told["refused"], 0)
        self.assertEqual(told["sent"], told["acknowledged"] + told["refused"])
        return told, rows(acks.read_text())

    def check(self, server, acks):
        """Everything that was acknowledged is there, with its digits."""
        client = server.client()
        self.addCleanup(client.close)
        wanted = {}
        for ack in acks:
            wanted.setdefault(ack["series"], {})[ack["time"]] = Decimal(ack["value"])
        for series, values in wanted.items():
            items = client.get(f"{API}/readings", series=series, limit=1000).expect(200)["items"]
            held = {item["time"]: item["value"] for item in items}
            for at, value in values.items():
                key = next(t for t in held if t[:19] in (at[:19], self.shifted(at)))
                self.assertEqual(held[key], value)

    @staticmethod
    def shifted(at):
        utc = datetime.fromisoformat(at.replace("Z", "+00:00"))
        return utc.astimezone(timezone(timedelta(hours=7))).isoformat()[:19]

    def test_what_is_acknowledged_over_http_is_there_and_the_seed_decides(self):
        with Server() as server:
            told, acks = self.send(server, "--to", f"127.0.0.1:{server.port}", "--seed", 7)
            self.assertEqual(told["acknowledged"], len(acks))
            self.check(server, acks)

    def test_what_is_acknowledged_over_mqtt_is_there_after_a_kill(self):
        with Server(options=("--mqtt", "0")) as server:
            port = server.mqtt_port
            _, acks = self.send(server, "--over", "mqtt", "--to", f"127.0.0.1:{port}")
            server.kill()
            server.start()
            self.check(server, acks)


class Tail(Fleet):
    def data(self, tail, name):
        event = tail.wait(lambda event: event.get("event") == name)
        return json.loads(event["data"], parse_float=Decimal)

    def test_a_tail_shows_readings_and_refusals_as_they_happen(self):
        own = self.device("home-1/electricity")["id"]
        tail = Events(self.server.port, self.client.key, path=f"{API}/devices/{own}/tail")
        self.addCleanup(tail.close)
        self.client.post(f"{API}/readings", {"series": "home-2/electricity", "value": 1})
        self.client.request("POST", f"{API}/readings", '{"series": "home-1/electricity",'
                            '"time": "2026-01-01T00:00:00Z", "value": 7.50}')
        self.client.post(f"{API}/readings", {"series": "home-1/electricity", "value": 1,
                                             "time": "2099-01-01T00:00:00Z"})
        reading = self.data(tail, "reading")
        self.assertEqual((reading["series"], str(reading["value"]), reading["unit"]),
                         ("home-1/electricity", "7.50", "kWh"))
        self.assertEqual(reading["quality"], ["late"])
        refusal = self.data(tail, "refusal")
        self.assertIn("check the clock", refusal["error"]["detail"])

    def test_a_tail_shows_what_the_device_sends_over_http_as_it_came(self):
        own = self.device("home-1/electricity")["id"]
        device, other = (self.as_device(f"home-{n}/electricity") for n in (1, 2))
        stream = self.client.by_code(f"{CORE}/series", "home-1/electricity")["id"]
        tail = Events(self.server.port, self.client.key, path=f"{API}/devices/{own}/tail")
        self.addCleanup(tail.close)
        other.request("POST", f"{API}/readings", '{"series": "home-2/electricity", "value": 1}')
        sent = {f"{API}/readings": '{"series": "home-1/electricity",  "value": 9.10}',
                "/api/v2/write": "m,series=home-1/electricity value=9.20",
                f"/v1.1/Datastreams({stream})/Observations": '{"result":  9.30}',
                f"{API}/inbox/own/topic": "not json"}
        for path, body in sent.items():
            device.request("POST", path, body)
            event = tail.wait(lambda event: f"http {path}" in event.get("data", ""))
            self.assertEqual((event["event"], json.loads(event["data"])["payload"]),
                             ("message", body))
        self.assertNotIn("home-2", str(tail.items))

    def test_the_command_prints_what_comes(self):
        tail = subprocess.Popen([program(), "device", "tail", "home-1/electricity", "--events", "1",
                                 "--json", "--dir", self.server.dir], stdout=subprocess.PIPE)
        self.addCleanup(tail.stdout.close)
        own = self.device("home-1/electricity")["id"]
        value = 8
        while tail.poll() is None:  # until it listens, nobody hears
            self.client.post(f"{API}/readings", {"series": "home-1/electricity", "value": value})
            value += 1
            try:
                tail.wait(0.2)
            except subprocess.TimeoutExpired:
                self.assertLess(value, 200, f"nothing came from device {own}")
        event = json.loads(tail.stdout.read())
        self.assertEqual(event["event"], "reading")
        self.assertEqual(event["data"]["series"], "home-1/electricity")


if __name__ == "__main__":
    unittest.main()
