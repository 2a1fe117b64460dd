"""What the resident of home 7 sees and may do, on every address that the program tells of itself: what
is another's is neither seen nor changed."""
import io
import json
import re
import unittest
import zipfile

from records_by_meta import Maker
from xanh import Events, Server

# Words that stand in the records and readings of others only.
SECRETS = ["home-8", "Neighbour", "87654.25"]


class Resident(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.operator = cls.server.client(cls.server.key("operator"))
        cls.resident = cls.server.client(cls.server.key("resident-7"))
        cls.public = cls.server.client()
        cls.own = cls.operator.make_meter("home-7", period_s=3600)
        cls.other = cls.operator.make_meter("home-8", period_s=3600)
        party = cls.operator.by_code("/api/v1/core/parties", "home-8")
        cls.operator.patch(f"/api/v1/core/parties/{party['id']}", {"name": "Neighbour"}, 1)
        place = cls.operator.by_code("/api/v1/core/places", "home-8")
        cls.operator.patch(f"/api/v1/core/places/{place['id']}", {"name": "A place"}, 1).expect(200)
        for day in range(1, 4):
            for code, value in (("home-7/electricity", 100 + day),
                                ("home-8/electricity", f"{87651.25 + day}")):
                body = f'{{"series":"{code}","time":"2026-02-0{day}T00:00:00+07:00","value":{value}}}'
                cls.operator.request("POST", "/api/v1/readings", body).expect(200)
        cls.maker = Maker(cls.operator)
        cls.operator.make("/api/v1/core/measures", code="m-8", title="Neighbour saves",
                          kind="saving_tip", party=party["id"]) # of home 8
        cls.records = {}
        for name, record in cls.maker.types.items():
            if record["may"]["write"] == "all":
                cls.records[name] = cls.maker.make(name)
        cls.described = cls.operator.get("/api/openapi.json").expect(200)

    @classmethod
    def tearDownClass(cls):
        for client in (cls.operator, cls.resident, cls.public):
            client.close()
        cls.server.stop()

    def hides(self, text, where):
        for secret in SECRETS:
            self.assertNotIn(secret, text, where)

    @staticmethod
    def readable(body):
        """The text of an answer; of a workbook, that of all its parts."""
        if not body.startswith(b"PK"):
            return body.decode()
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            return "".join(book.read(name).decode(errors="replace") for name in book.namelist())

    def ids(self, path):
        """The ids of others to try in a path of records."""
        name = next((n for n, r in self.maker.types.items() if path.startswith(r["path"] + "/{id}")),
                    None)
        return [self.records[name]["id"]] if name in self.records else [1, 2]

    def filled(self, path):
        if "{id}" in path:
            return [path.replace("{id}", str(i)) for i in self.ids(path)]
        if "{value}" in path:
            return [path.replace("{value}", v) for v in ("home-8", "home-8/electricity")]
        return [path]

    def test_no_address_shows_what_is_others(self):
        asked = 0
        params = [{}, {"series": "home-8/electricity", "from": "2026-02-01", "to": "2026-03-01",
                       "month": "2026-02"},
                  {"place": "A place", "quantity": "energy.electricity", "from": "2026-02-01",
                   "to": "2026-03-01"}]
        for path, item in self.described["paths"].items():
            if "get" not in item or path in ("/api/v1/events", "/metrics"):
                continue
            for address in self.filled(path):
                for given in params if path.startswith("/api/v1/") and "{" not in path else [{}]:
                    with self.subTest(address, **given):
                        answer = self.resident.get(address, **given)
                        self.assertLess(answer.status, 500, self.readable(answer.body)[:300])
                        echo = [given.get("series", ""), address]
                        text = self.readable(answer.body)
                        for word in echo:  # an error may repeat what was asked
                            text = text.replace(word, "") if word and answer.status >= 400 else text
                        if "/by/" in address and answer.status >= 400:
                            text = text.replace("home-8", "")
                        if path.endswith("/places") or "/places." in path or "/places/" in path:
                            text = text.replace("home-8", "")  # places are for all to see
                        self.hides(text, address)
                        asked += 1
        self.assertGreater(asked, 100)

    def test_readings_of_others_are_not_found(self):
        for path in ("/api/v1/readings", "/api/v1/readings/last", "/api/v1/use", "/api/v1/bill",
                     "/api/v1/why", "/api/v1/events"):
            with self.subTest(path):
                problem = self.resident.get(path, series="home-8/electricity", month="2026-02")
                self.assertEqual(problem.expect(404)["field"], "series")
                by_id = self.resident.get(path, series=str(self.other["id"]), month="2026-02")
                by_id.expect(404)
                self.public.get(path, series="home-8/electricity", month="2026-02").expect(404)
        body = {"series": "home-8/electricity", "time": "2026-02-05T00:00:00Z", "value": 1}
        self.assertIn(self.resident.post("/api/v1/readings", body).status, (403, 404))
        self.assertIn(self.public.post("/api/v1/readings", body).status, (401, 403, 404))
        self.resident.post("/api/v1/bill", {"series": "home-8/electricity", "month": "2026-02"}) \
            .expect(403, 404)

    def test_own_readings_are_there_and_may_be_sent(self):
        items = self.resident.get("/api/v1/readings", series="home-7/electricity").expect(200)
        self.assertEqual(len(items["items"]), 3)
        body = {"series": "home-7/electricity", "time": "2026-02-06T00:00:00+07:00", "value": 120}
        self.assertEqual(self.resident.post("/api/v1/readings", body).expect(200)["taken"], 1)
        self.resident.get("/api/v1/use", series="home-7/electricity", **{"from": "2026-02-01",
                          "to": "2026-02-04"}).expect(200)

    def test_nothing_of_others_is_changed(self):
        tried = 0
        before = self.everything()
        for path, item in self.described["paths"].items():
            for method in ("post", "put", "patch", "delete"):
                if method not in item or path in ("/api/v1/readings", "/api/v1/bill"):
                    continue
                for address in self.filled(path):
                    for who in (self.resident, self.public):
                        with self.subTest(f"{method} {address}"):
                            body = None if method == "delete" else "{}"
                            answer = who.request(method.upper(), address, body,
                                                 {"If-Match": "*", "Content-Type":
                                                  "application/json"})
                            self.assertIn(answer.status, (200, 400, 401, 403, 404, 409, 412, 415,
                                                            428),
                                          self.readable(answer.body)[:300])
                            # Looking at a file, without step=take, keeps nothing of it.
                            is_look = path == "/api/v1/bring"
                            if answer.status == 200 and "/do/" not in path and not is_look:
                                self.fail(f"{method} {address} went through: {answer.text[:200]}")
                            tried += 1
        self.assertGreater(tried, 100)
        self.assertEqual(before, self.everything())

    def everything(self):
        """Versions of all that the operator sees but the seeds."""
        seen = {}
        for name, record in self.maker.types.items():
            answer = self.operator.get(record["path"], limit=1000, sort="-id")
            seen[name] = [(r["id"], r["version"], r["state"]) for r in answer.expect(200)["items"]]
        return seen

    def test_records_of_others_are_not_found(self):
        kinds = {f"{room['name']}.{r['name']}": r
                 for room in self.resident.get("/api/v1/meta").expect(200)["rooms"]
                 for r in room["records"]}
        hidden = 0
        for name, made in self.records.items():
            with self.subTest(name):
                path = self.maker.types[name]["path"]
                may = kinds[name]["may"]["read"] if name in kinds else "not"
                if may == "all":
                    continue
                hidden += 1
                self.resident.get(f"{path}/{made['id']}").expect(404, 403)
                self.resident.get(f"{path}/{made['id']}/history").expect(404, 403)
                answer = self.resident.get(path, limit=1000)
                items = answer.expect(200)["items"]
                self.assertNotIn(made["id"], [r["id"] for r in items])
                self.assertTrue(may in ("own", "open") or items == [])
                if may == "open":  # what nobody owns, and one's own
                    party = self.resident.get("/api/v1/me").expect(200)["party"]["id"]
                    self.assertEqual({r["owner"] for r in items} - {None, party}, set())
        self.assertGreater(hidden, 4)

    def test_lists_hold_ones_own_and_what_is_for_all(self):
        series = self.resident.get("/api/v1/core/series", count=1).expect(200)
        self.assertEqual([s["code"] for s in series["items"]], ["home-7/electricity"])
        self.assertEqual(series["count"], 1)
        parties = self.resident.get("/api/v1/core/parties").expect(200)["items"]
        self.assertEqual([p["code"] for p in parties], ["home-7"])
        self.public.get("/api/v1/core/series").expect(403, 401, 200)

    def test_wards_are_for_all_and_homes_are_their_owners(self):
        place = self.operator.by_code("/api/v1/core/places", "home-7")
        other = self.operator.make_meter("home-8")["place"]
        for client, sees_own in ((self.resident, True), (self.public, False)):
            self.assertIsNotNone(client.by_code("/api/v1/core/places", "vn"))
            client.get(f"/api/v1/core/places/{place['id']}").expect(200 if sees_own else 404)
            client.get(f"/api/v1/core/places/{other}").expect(404)
            names = [p["name"] for p in client.get("/v1.1/Locations").expect(200)["value"]]
            self.assertEqual("Home home-7" in names, sees_own)
            self.assertNotIn("Home home-8", names)

    def test_me_says_who_asks(self):
        me = self.resident.get("/api/v1/me").expect(200)
        self.assertEqual((me["name"], me["roles"], me["party"]["code"]),
                         ("resident-7", ["resident"], "home-7"))
        self.assertEqual(self.public.get("/api/v1/me").expect(200)["name"], "public")
        self.resident.get("/api/v1/jobs").expect(403)

    def test_a_wrong_key_and_a_borrowed_name_are_refused(self):
        wrong = self.server.client("0" * 48)
        answer = wrong.get("/api/v1/me")
        answer.expect(401)
        self.assertEqual(answer.headers["www-authenticate"], "Bearer")
        self.public.get("/api/v1/me", **{"as": "operator"}).expect(403)
        self.public.get("/api/v1/me", {"Xanh-View-As": "operator"}).expect(403)
        wrong.close()

    def test_the_events_of_others_are_not_told(self):
        stream = Events(self.server.port, self.server.key("resident-7"),
                        series="home-7/electricity", changes="all")
        party = self.operator.by_code("/api/v1/core/parties", "home-8")
        self.operator.patch(f"/api/v1/core/parties/{party['id']}", {"heads": 3}, party["version"])
        own = self.operator.by_code("/api/v1/core/parties", "home-7")
        self.operator.patch(f"/api/v1/core/parties/{own['id']}", {"heads": 5},
                            own["version"]).expect(200)
        body = [{"series": f"home-{n}/electricity", "time": "2026-02-07T00:00:00Z", "value": 130}
                for n in (8, 7)]
        self.operator.post("/api/v1/readings", body).expect(200)
        stream.wait(lambda e: e.get("event") == "change" and
                    json.loads(e["data"])["id"] == own["id"])
        stream.wait(lambda e: e.get("event") == "reading")
        for event in stream.items:
            if event.get("event") == "change" and "core.party" in event["data"]:
                self.assertEqual(json.loads(event["data"])["id"], own["id"])
            self.assertIsNone(re.search("home-8", event.get("data", "")))
        stream.close()


if __name__ == "__main__":
    unittest.main()
