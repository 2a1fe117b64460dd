"""Live streams: what was sent is told within a second, and nothing that was not asked for."""
import json
import time
import unittest

from xanh import Events, Server


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        cls.client.make_meter("home-1")
        cls.client.make_meter("home-2")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def send(self, series, value):
        self.client.post("/api/v1/readings", {"series": series, "value": value}).expect(200)

    def test_a_reading_is_told_within_a_second(self):
        stream = Events(self.server.port, series="home-1/electricity")
        self.assertEqual(stream.answer.getheader("Content-Type"), "text/event-stream")
        sent = time.monotonic()
        self.send("home-1/electricity", 12.5)
        event = stream.wait(lambda e: e.get("event") == "reading")
        self.assertLess(event["at"] - sent, 1)
        data = json.loads(event["data"])
        self.assertEqual((data["series"], data["value"], data["unit"], data["quality"]),
                         ("home-1/electricity", 12.5, "kWh", []))
        self.assertGreaterEqual(data["seq"], 1)
        stream.close()

    def test_only_what_was_asked_for_is_told(self):
        stream = Events(self.server.port, series="home-1/electricity", changes="core.sensor")
        self.send("home-2/electricity", 1)
        self.send("home-1/electricity", 33)
        self.client.make("/api/v1/core/parties", code="x-1", name="X", kind="firm")
        made = self.client.make("/api/v1/core/sensors", code="s-1", name="S")
        change = stream.wait(lambda e: e.get("event") == "change")
        self.assertEqual(json.loads(change["data"]),
                         {"type": "core.sensor", "id": made["id"], "verb": "create", "version": 1})
        stream.wait(lambda e: e.get("event") == "reading" and "33" in e["data"])
        for event in stream.items:
            self.assertNotIn("home-2", event.get("data", ""))
            self.assertNotIn("core.party", event.get("data", ""))
        stream.close()

    def test_a_change_is_told_within_a_second(self):
        stream = Events(self.server.port, changes="core.sensor")
        sent = time.monotonic()
        self.client.make("/api/v1/core/sensors", code="s-quick", name="S")
        event = stream.wait(lambda e: e.get("event") == "change")
        self.assertLess(event["at"] - sent, 1)
        stream.close()

    def test_who_comes_back_misses_no_change(self):
        stream = Events(self.server.port, changes="core.sensor")
        self.client.make("/api/v1/core/sensors", code="s-2", name="S")
        last = stream.wait(lambda e: e.get("event") == "change")["id"]
        stream.close()
        for number in range(3, 6):
            self.client.make("/api/v1/core/sensors", code=f"s-{number}", name="S")
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        connection.request("GET", "/api/v1/events?changes=core.sensor",
                           headers={"Last-Event-ID": last})
        answer = connection.getresponse()
        seen = []
        while len(seen) < 3:
            line = answer.readline().decode().strip()
            if line.startswith("id: "):
                seen.append(int(line[4:]))
        self.assertEqual(len(set(seen)), 3)
        self.assertTrue(all(i > int(last) for i in seen))
        connection.close()

    def test_many_streams_all_hear(self):
        streams = [Events(self.server.port, series="home-1/electricity") for _ in range(100)]
        self.send("home-1/electricity", 99)
        for stream in streams:
            stream.wait(lambda e: e.get("event") == "reading" and "99" in e["data"])
        for stream in streams:
            stream.close()

    def test_wrong_wishes_are_named(self):
        for params, field in [({}, "series"), ({"series": "nobody"}, "series"),
                              ({"changes": "core.nothing"}, "changes")]:
            with self.subTest(params):
                answer = self.client.get("/api/v1/events", **params)
                self.assertIn(answer.status, (400, 404))
                self.assertEqual(answer.json()["field"], field)
        answer = self.client.get("/api/v1/events", {"Last-Event-ID": "x"}, changes="all")
        self.assertEqual(answer.expect(400)["field"], "Last-Event-ID")

    def test_the_server_stops_while_streams_are_open(self):
        server = Server(identity="operator")
        client = server.client()
        client.make_meter("home-1")
        stream = Events(server.port, series="home-1/electricity", changes="all")
        began = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - began, 5)
        stream.close()
        client.close()


if __name__ == "__main__":
    unittest.main()
