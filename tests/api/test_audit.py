"""What an auditor is given: a sample by a seed that anybody can draw again, and a number with all that
stands behind it as one file whose hashes hold."""
import hashlib
import json
import unittest

from xanh import Server

MONTH = {"from": "2025-06-01", "to": "2025-07-01"}


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.operator = cls.server.client(cls.server.key("operator"))
        cls.auditor = cls.server.client(cls.server.key("auditor"))
        cls.public = cls.server.client()
        for n in range(1, 31):
            cls.operator.post("/api/v1/core/places", {"code": f"site-{n}", "name": f"Site {n}",
                                                      "kind": "site"}).expect(201)
        cls.meter = cls.operator.make_meter("home-7", tariff="evn-residential")
        readings = ",".join(f'{{"series":"home-7/electricity","time":"2025-06-{d:02}T00:00:00+07:00",'
                            f'"value":{1000 + 10 * d}}}' for d in range(1, 31))
        cls.operator.request("POST", "/api/v1/readings", f"[{readings},"
                             '{"series":"home-7/electricity","time":"2025-07-01T00:00:00+07:00",'
                             '"value":1310}]').expect(200)

    @classmethod
    def tearDownClass(cls):
        for client in (cls.operator, cls.auditor, cls.public):
            client.close()
        cls.server.stop()

    def draw(self, client=None, **asked):
        return (client or self.auditor).post("/api/v1/core/do/sample", {
            "record_type": "core.place", "count": 5, "seed": 7, **asked})

    def drawn(self, **asked):
        return [row["drawn_id"] for row in self.draw(**asked).expect(200)["drawn"]]

    def test_the_same_seed_draws_the_same_records_and_another_seed_others(self):
        first = self.drawn()
        self.assertEqual(len(set(first)), 5)
        self.assertEqual(self.drawn(), first)
        self.assertNotEqual(self.drawn(seed=8), first)
        self.assertEqual(self.drawn(count=3), first[:3])

    def test_a_draw_is_written_down_with_who_drew_it_and_written_by_nothing_else(self):
        answer = self.draw().expect(200)
        kept = self.auditor.get(f"/api/v1/core/samples/{answer['sample']}").expect(200)
        self.assertEqual([row["drawn_id"] for row in kept["drawn"]],
                         [row["drawn_id"] for row in answer["drawn"]])
        self.assertEqual((kept["seed"], kept["drawn_count"]), (7, 5))
        self.assertGreater(kept["population"], 30)
        history = self.auditor.get(f"/api/v1/core/samples/{answer['sample']}/history").expect(200)
        self.assertEqual(history["items"][0]["who"], "auditor")
        self.auditor.post("/api/v1/core/samples", {}).expect(403)
        self.operator.post("/api/v1/core/samples", {"seed": 1}).expect(400)

    def test_who_may_not_draw_draws_nothing(self):
        self.assertIn(self.draw(self.public).status, (401, 403))
        self.draw(record_type="core.nothing").expect(404)
        self.draw(count=0).expect(400)
        self.assertEqual(self.drawn(record_type="core.claim"), [])

    def test_a_number_and_what_is_behind_it_are_one_file_whose_hashes_hold(self):
        bill = self.operator.post("/api/v1/bill", {"series": "home-7/electricity",
                                                   "month": "2025-06"}).expect(201)
        answer = self.auditor.get("/api/v1/why/pack", bill=bill["id"])
        answer.expect(200)
        text = answer.text
        pack = json.loads(text)
        self.assertEqual(pack["question"], f"/api/v1/why?bill={bill['id']}")
        self.assertEqual((pack["made_for"], pack["is_cut"]), ("auditor", False))
        self.assertEqual(pack["steps"][0]["answer"]["value"], bill["total"])
        hrefs = [step["href"] for step in pack["steps"]]
        self.assertEqual(len(set(hrefs)), len(hrefs))
        self.assertTrue(any("line=1" in href for href in hrefs), hrefs)
        self.assertTrue(any(step["answer"]["readings"] for step in pack["steps"]))
        decoder = json.JSONDecoder()
        for step in pack["steps"]:
            mark = f'"sha256":"{step["sha256"]}","answer":'
            start = text.index(mark) + len(mark)
            _, end = decoder.raw_decode(text, start)
            self.assertEqual(hashlib.sha256(text[start:end].encode()).hexdigest(), step["sha256"])
        whole = "".join(step["sha256"] for step in pack["steps"])
        self.assertEqual(hashlib.sha256(whole.encode()).hexdigest(), pack["sha256"])

    def test_a_pack_shows_nobody_more_than_they_may_see(self):
        self.assertIn(self.public.get("/api/v1/why/pack", series="home-7/electricity",
                                      **MONTH).status, (401, 403, 404))
        self.auditor.get("/api/v1/why/pack", bill=999999).expect(404)


if __name__ == "__main__":
    unittest.main()
