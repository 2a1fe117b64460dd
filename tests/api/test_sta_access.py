"""What SensorThings, its subscriptions and its devices' keys show, and to whom: nobody finds out
about what is another's, neither by a filter, nor by an order, a count, a link or a message."""
import json
import struct
import unittest
import urllib.parse
from pathlib import Path

from mqtt import PUBACK, Raw
from sta import GEOJSON, point
from xanh import Events, Server

API = "/api/v1"
CORE = f"{API}/core"
SECRET = 87654.25


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public", options=["--mqtt", "0", "--mqtt-ws", "0"])
        cls.office = cls.server.client(cls.server.key("operator"))
        cls.own = cls.office.make_meter("home-7")
        cls.other = cls.office.make_meter("home-8")
        for meter, result in ((cls.own, 5), (cls.other, SECRET)):
            told = {"result": result, "phenomenonTime": "2026-02-01T00:00:00Z",
                    "parameters": {"who": meter["code"]},
                    "FeatureOfInterest": {"name": meter["code"], "description": "a home",
                                          "encodingType": GEOJSON, "feature": point(105.8, 21)}}
            cls.ask(cls.office, "POST", f"Datastreams({meter['id']})/Observations", told).expect(201)
        cls.resident = cls.server.client(cls.server.key("resident-7"))
        cls.public = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        for client in (cls.office, cls.resident, cls.public):
            client.close()
        cls.server.stop()

    @staticmethod
    def ask(client, method, path, body=None):
        quoted = urllib.parse.quote(path, safe="/?&=$()',;:@!*+%~")
        return client.request(method, f"/v1.1/{quoted}", body)

    def ids(self, client, path):
        return [value["@iot.id"] for value in self.ask(client, "GET", path).expect(200)["value"]]

    def key_of(self, meter):
        return self.office.post(f"{API}/devices/{meter['device']}/keys", {}).expect(201)["key"]

    def observation_of(self, meter):
        return self.ids(self.office, f"Datastreams({meter['id']})/Observations")[0]


class Reading(Access):
    # Each holds for what is home 8's, if it were seen: {d} its Datastream, {t} its Thing, {o} its
    # Observation, {f} the feature that it is about.
    FILTERS = [
        "Things?$filter=id eq {t}",
        "Things?$filter=Datastreams/id eq {d}",
        "Things?$filter=Datastreams/Observations/result eq 87654.25",
        "Things?$filter=Datastreams/any(d: d/Observations/any(o: o/result gt 80000))",
        "Datastreams?$filter=Observations/result gt 80000",
        "Datastreams?$filter=Thing/id eq {t}",
        "Datastreams?$filter=name eq 'electricity of home-8'",
        "Locations?$filter=name eq 'Home home-8'",
        "Locations?$filter=Things/name eq 'Meter of home-8'",
        "Locations?$filter=Things/Datastreams/Observations/result gt 80000",
        "ObservedProperties?$filter=Datastreams/id eq {d}",
        "ObservedProperties?$filter=Datastreams/name eq 'electricity of home-8'",
        "ObservedProperties?$filter=Datastreams/Observations/result gt 80000",
        "Sensors?$filter=Datastreams/id eq {d}",
        "FeaturesOfInterest?$filter=Observations/result gt 80000",
        "FeaturesOfInterest?$filter=Observations/id eq {o}",
        "FeaturesOfInterest?$filter=Observations/Datastream/id eq {d}",
        "Observations?$filter=result gt 80000",
        "Observations?$filter=id eq {o}",
        "Observations?$filter=Datastream/id eq {d}",
        "Observations?$filter=FeatureOfInterest/id eq {f}",
        "Observations?$filter=FeatureOfInterest/name eq 'home-8/electricity'",
        "Observations?$filter=parameters/who eq 'home-8/electricity'",
    ]

    def names(self):
        feature = self.ask(self.office, "GET",
                           f"Observations({self.observation_of(self.other)})/FeatureOfInterest")
        return {"d": self.other["id"], "t": self.other["device"],
                "o": self.observation_of(self.other), "f": feature.expect(200)["@iot.id"]}

    def test_a_filter_finds_what_the_office_sees_and_nothing_of_others(self):
        names = self.names()
        device = self.server.client(self.key_of(self.own))
        self.addCleanup(device.close)
        for text in self.FILTERS:
            path = text.format(**names)
            counted = self.ask(self.office, "GET", path + "&$count=true").expect(200)
            found = "ObservedProperties" in path or "Sensors" in path or counted["@iot.count"] > 0
            self.assertTrue(found, path)
            for who, client in (("resident", self.resident), ("public", self.public),
                                ("device", device)):
                answer = self.ask(client, "GET", path + "&$count=true").expect(200)
                self.assertEqual((answer["value"], answer["@iot.count"]), ([], 0), (who, path))

    def test_an_order_does_not_tell_what_is_behind_links_that_one_may_not_follow(self):
        used, unused = (self.office.make(f"{CORE}/properties", code=code, name=code,
                                         quantity="energy.electricity")["id"]
                        for code in ("used", "unused"))
        stream = self.office.get(f"{CORE}/series/{self.other['id']}").expect(200)
        self.office.patch(f"{CORE}/series/{stream['id']}", {"property": used},
                          stream["version"]).expect(200)
        both = f"$filter=id eq {used} or id eq {unused}"
        for order in ("Datastreams/id", "Datastreams/name", "Datastreams/Observations/result",
                      "Datastreams/Thing/id"):
            path = f"ObservedProperties?{both}&$orderby={order} asc"
            self.assertEqual(self.ids(self.office, path), [unused, used], path)
            self.assertEqual(self.ids(self.resident, path), [used, unused], path)

    def test_what_is_expanded_counted_or_pointed_to_is_ones_own(self):
        names = self.names()
        whole = ("Things?$expand=Datastreams($expand=Observations,ObservedProperty),Locations,"
                 "HistoricalLocations&$count=true")
        paths = [whole, "Observations?$expand=Datastream($expand=Thing),FeatureOfInterest",
                 "Locations?$expand=Things($expand=Datastreams)", "Datastreams?$count=true",
                 "ObservedProperties?$expand=Datastreams($count=true;$expand=Observations)",
                 "Observations?$resultFormat=dataArray", "Observations?$resultFormat=CSV",
                 "Locations?$resultFormat=GeoJSON", "Datastreams?$resultFormat=GeoJSON",
                 "FeaturesOfInterest?$expand=Observations($count=true)"]
        for path in paths:
            self.assertIn("home-8" if "result" not in path.lower() else "", self.ask(
                self.office, "GET", path).text, path)
            for who, client in (("resident", self.resident), ("public", self.public)):
                answer = self.ask(client, "GET", path)
                self.assertEqual(answer.status, 200, (who, path, answer.text[:200]))
                for secret in ("home-8", str(SECRET)):
                    self.assertNotIn(secret, answer.text, (who, path))
        for path in ("Things({t})", "Datastreams({d})", "Observations({o})", "Datastreams({d})/Thing",
                     "FeaturesOfInterest({f})/Observations", "FeaturesOfInterest({f})",
                     "Datastreams({d})/Observations", "Observations({o})/result", "Things({t})/$ref",
                     "Observations({o})/result/$value", "Things({t})/Datastreams/$ref",
                     "Datastreams({d})/Observations?$apply=aggregate(result with sum as s)"):
            answer = self.ask(self.resident, "GET", path.format(**names))
            self.assertEqual(answer.status, 404, (path, answer.text[:200]))

    def test_an_entity_of_another_and_none_at_all_are_answered_alike(self):
        for path in ("Things({})", "Datastreams({})", "Locations({})", "Observations({})",
                     "FeaturesOfInterest({})"):
            there = {"T": self.other["device"], "D": self.other["id"], "L": self.other["place"],
                     "O": self.observation_of(self.other), "F": self.names()["f"]}[path[0]]
            for method, body in (("GET", None), ("PATCH", {"description": "x"}), ("DELETE", None)):
                texts = [self.ask(self.resident, method, path.format(number), body).text
                         .replace(str(number), "N") for number in (there, 2 ** 40 + 5)]
                self.assertEqual(texts[0], texts[1], (method, path))
        for stream in (self.other["id"], 2 ** 40 + 5):
            answer = self.ask(self.resident, "POST", "Observations",
                              {"result": 1, "Datastream": {"@iot.id": stream}})
            self.assertIn(answer.status, (400, 404), answer.text)


class Listening(Access):
    def connect(self, key, name, clean=True, properties=b""):
        client = Raw(self.server.mqtt_port, version=5)
        self.addCleanup(client.close)
        flags, code = client.connect(name, clean=clean, user="x", password=key,
                                     properties=properties)
        self.assertEqual(code, 0)
        return client

    def meter(self, place):
        """One more meter of home 7."""
        meter = self.office.make_meter(place)
        for path, number in (("series", meter["id"]), ("devices", meter["device"])):
            self.give(path, number, self.own["owner"])
        return meter

    def give(self, path, number, owner):
        record = self.office.get(f"{CORE}/{path}/{number}").expect(200)
        self.office.patch(f"{CORE}/{path}/{number}", {"owner": owner},
                          record["version"]).expect(200)

    def observe(self, meter, result):
        self.ask(self.office, "POST", f"Datastreams({meter['id']})/Observations",
                 {"result": result}).expect(201)

    def results(self, client, end):
        """What comes, to the result that ends it."""
        got = []
        while not got or got[-1] != end:
            message = client.message()
            client.send(0x40, struct.pack(">H", message[3]))
            got.append(json.loads(message[1])["result"])
        return got

    def test_a_device_and_a_resident_hear_their_own_datastreams_and_nothing_wider(self):
        own, other = self.own["id"], self.other["id"]
        asked = [f"v1.1/Datastreams({own})/Observations", f"v1.1/Datastreams({other})/Observations",
                 "v1.1/Observations", "v1.1/+", "v1.1/#", "+/Observations", "$share/g/#",
                 f"$share/g/v1.1/Datastreams({other})/Observations", "$SYS/#",
                 f"v1.1/Things({self.own['device']})", f"v1.1/Datastreams({own})/Thing",
                 f"v1.1/Datastreams({own})/Observations?$filter=result gt 1",
                 f"v1.1/Datastreams({own})/Observations?$expand=Datastream",
                 f"v1.1/Datastreams({own})/Observations({self.observation_of(self.own)})",
                 f"v1.1/Datastreams('{other}')/Observations", "homeassistant/#", "#"]
        for name, key in (("r", self.server.key("resident-7")), ("d", self.key_of(self.own))):
            answers = self.connect(key, name).subscribe(*asked)
            self.assertEqual(answers[0], 1)
            for topic, answer in list(zip(asked, answers))[1:]:
                self.assertGreaterEqual(answer, 0x80, topic)

    def test_who_owns_a_datastream_no_more_hears_no_more_of_it(self):
        meter, stays = self.meter("flat-1"), self.meter("flat-2")
        key = self.server.key("resident-7")
        kept = struct.pack(">BI", 17, 3600) # session expiry
        here = self.connect(key, "here")
        away = self.connect(key, "away", clean=False, properties=kept)
        for client in (here, away):
            client.subscribe(*(f"v1.1/Datastreams({m['id']})/Observations" for m in (meter, stays)))
        away.close()
        self.observe(meter, 1)
        self.assertEqual(self.results(here, 1), [1])
        self.give("series", meter["id"], self.other["owner"])
        self.observe(meter, SECRET)
        self.observe(stays, 2)
        self.assertEqual(self.results(here, 2), [2])
        self.assertEqual(self.results(self.connect(key, "away", False, kept), 2), [2])

    def test_who_owns_a_device_no_more_hears_its_tail_no_more(self):
        meter = self.meter("flat-3")
        tail = Events(self.server.port, self.server.key("resident-7"),
                      f"{API}/devices/{meter['device']}/tail")
        self.addCleanup(tail.close)
        self.observe(meter, 1)
        tail.wait(lambda event: event.get("event") == "reading")
        self.give("devices", meter["device"], self.other["owner"])
        tail.thread.join(20)
        self.assertFalse(tail.thread.is_alive())

    def test_a_device_makes_and_describes_nothing(self):
        device = self.connect(self.key_of(self.own), "meter")
        spot = {"name": "n", "description": "d", "encodingType": GEOJSON}
        told = [
            ("v1.1/Things", {"name": "n", "description": "d"}),
            (f"v1.1/Things({self.own['device']})", {"name": "n"}),
            (f"v1.1/Datastreams({self.own['id']})", {"name": "n"}),
            ("v1.1/Locations", {**spot, "location": point(1, 2)}),
            (f"v1.1/Observations({self.observation_of(self.other)})", {"result": 1}),
            ("v1.1/Observations", {"result": 1, "Datastream": {"@iot.id": self.other["id"]}}),
            ("v1.1/Observations", {"result": 1, "Datastream": {"@iot.id": self.own["id"]},
                                   "FeatureOfInterest": {**spot, "feature": point(1, 2)}}),
            ("$SYS/broker/version", {}),
        ]
        before = [self.ask(self.office, "GET", f"{name}?$count=true").expect(200)["@iot.count"]
                  for name in ("Things", "Locations", "Observations", "FeaturesOfInterest")]
        for number, (topic, payload) in enumerate(told, 1):
            device.publish(topic, json.dumps(payload), qos=1, number=number)
            answer = device.expect(PUBACK)
            self.assertGreaterEqual(answer[2] if len(answer) > 2 else 0, 0x80, topic)
        after = [self.ask(self.office, "GET", f"{name}?$count=true").expect(200)["@iot.count"]
                 for name in ("Things", "Locations", "Observations", "FeaturesOfInterest")]
        self.assertEqual(after, before)

    def test_a_device_introduces_no_others_and_the_try_is_counted(self):
        device = self.connect(self.key_of(self.own), "introducer")
        before = self.office.get(f"{API}/devices/{self.own['device']}").expect(200)["refused"]
        told = {"name": "Power", "state_topic": "x/y", "unit_of_measurement": "W",
                "unique_id": "other-1", "device": {"identifiers": ["other"], "name": "Other"}}
        device.publish("homeassistant/sensor/other/config", json.dumps(told), qos=1, number=1)
        self.assertEqual(device.expect(PUBACK)[2], 0x87)
        after = self.office.get(f"{API}/devices/{self.own['device']}").expect(200)
        self.assertEqual(after["refused"], before + 1)
        codes = [item["code"] for item in self.office.get(f"{CORE}/devices").expect(200)["items"]]
        self.assertEqual([code for code in codes if "other" in code], [])

    def test_a_devices_key_stands_in_no_file_and_in_no_answer(self):
        key = self.key_of(self.own)
        secret = key.split("_")[-1].encode()
        self.connect(key, "logged")
        self.office.request("POST", "/write?" + urllib.parse.urlencode({"u": "x", "p": key}),
                            "m,series=home-7/electricity value=6")
        shown = self.office.get(f"{API}/devices/{self.own['device']}").text
        history = self.office.get(f"{CORE}/devices/{self.own['device']}/history").text
        self.assertNotIn(secret.decode(), shown + history)
        self.assertNotIn(secret, self.server.said().encode())
        files = [p for p in Path(self.server.dir).rglob("*") if p.is_file()]
        self.assertGreater(len(files), 3)
        for path in files:
            self.assertNotIn(secret, path.read_bytes(), path)


if __name__ == "__main__":
    unittest.main()
