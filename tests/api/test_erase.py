"""Readings erased for the law, by HTTP and by command; what is written down of it; classes of
retention."""
import unittest

from xanh import Server, run, run_json

SERIES = "home-1/electricity"
ERASE = "/api/v1/readings/erase"


class Erase(unittest.TestCase):
    def setUp(self):
        self.server = Server(identity="operator")
        self.client = self.server.client()
        self.client.make_meter("home-1")
        rows = [{"series": SERIES, "time": f"2026-01-{day:02}T{hour:02}:00:00+07:00",
                 "value": 1000 + day * 24 + hour} for day in range(1, 11) for hour in range(24)]
        self.client.post("/api/v1/readings", rows).expect(200)

    def tearDown(self):
        self.client.close()
        self.server.stop()

    def ask(self, **more):
        return {"series": SERIES, "from": "2026-01-03", "to": "2026-01-05",
                "reason": "the family asked for it", **more}

    def readings(self):
        found = self.client.get("/api/v1/readings", series=SERIES, limit=1000).expect(200)
        return [item["time"] for item in found["items"]]

    def test_a_time_is_erased_and_written_down(self):
        counted = self.client.post(ERASE, self.ask(count_only=True)).expect(200)
        self.assertEqual(counted, {"erasure": None, "readings": 48, "bills": 0, "is_done": False})
        self.assertEqual(len(self.readings()), 240)
        done = self.client.post(ERASE, self.ask()).expect(200)
        self.assertEqual((done["readings"], done["bills"]), (48, 0))
        self.assertEqual(len(self.readings()), 192)
        self.assertFalse([t for t in self.readings() if "2026-01-03" <= t < "2026-01-05"])
        record = self.client.get(f"/api/v1/core/erasures/{done['erasure']}").expect(200)
        self.assertEqual(record["readings"], 48)
        self.assertEqual(record["reason"], "the family asked for it")
        self.assertEqual(record["asked_by"], "operator")
        self.assertIn(record["state"], ("open", "done"))
        history = self.client.get(f"/api/v1/core/erasures/{done['erasure']}/history").expect(200)
        self.assertGreaterEqual(len(history["items"]), 2)

    def test_at_once_it_has_left_the_disk_when_it_is_answered(self):
        done = self.client.post(ERASE, self.ask(now=True)).expect(200)
        self.assertTrue(done["is_done"])
        record = self.client.get(f"/api/v1/core/erasures/{done['erasure']}").expect(200)
        self.assertEqual(record["state"], "done")
        metrics = self.client.get("/metrics").expect(200).decode()
        self.assertIn("\nxanh_store_open_erasures 0\n", metrics)
        for name in ("segments", "memory_rows", "log_bytes", "series_memory_bytes"):
            self.assertIn(f"\nxanh_store_{name} ", metrics)
        self.client.close()
        self.server.stop()
        self.server.start()
        self.client = self.server.client()
        self.assertEqual(len(self.readings()), 192)

    def test_what_is_wrong_is_told_by_field(self):
        for change, field in (({"reason": " "}, "reason"), ({"to": "2026-01-03"}, "to"),
                              ({"from": "yesterday"}, "from"), ({"series": "none"}, "series")):
            answer = self.client.post(ERASE, self.ask(**change))
            self.assertIn(answer.status, (400, 404), answer.text)
            self.assertEqual(answer.json()["field"], field)
        self.assertEqual(self.client.post(ERASE, {"series": SERIES}).status, 400)
        self.assertEqual(len(self.readings()), 240)

    def test_records_of_erasures_are_the_programs_own(self):
        answer = self.client.post("/api/v1/core/erasures", {
            "series": 1, "time_from": "2026-01-01T00:00:00Z", "time_to": "2026-01-02T00:00:00Z",
            "reason": "none", "asked_by": "me"})
        self.assertEqual(answer.status, 403, answer.text)
        made = self.client.post(ERASE, self.ask()).expect(200)["erasure"]
        answer = self.client.request("DELETE", f"/api/v1/core/erasures/{made}", None,
                                     {"If-Match": '"1"'})
        self.assertEqual(answer.status, 403, answer.text)

    def test_a_home_erases_its_own_and_nobody_elses(self):
        server = Server(identity="public")
        operator = server.client(server.key("operator"))
        resident = server.client(server.key("resident-7"))
        public = server.client()
        for home in ("home-7", "home-8"):
            operator.make_meter(home)
            operator.post("/api/v1/readings", {"series": f"{home}/electricity", "value": 1,
                                               "time": "2026-01-03T00:00:00Z"}).expect(200)
        other = self.ask(series="home-8/electricity")
        self.assertEqual(resident.post(ERASE, other).status, 404)
        self.assertIn(public.post(ERASE, other).status, (401, 403, 404))
        self.assertEqual(operator.post(ERASE, {**other, "count_only": True}).expect(200)["readings"],
                         1)
        own = resident.post(ERASE, self.ask(series="home-7/electricity")).expect(200)
        self.assertEqual(own["readings"], 1)
        seen = resident.get(f"/api/v1/core/erasures/{own['erasure']}").expect(200)
        self.assertEqual(seen["asked_by"], "resident-7")
        self.assertEqual(public.get(f"/api/v1/core/erasures/{own['erasure']}").status, 404)
        for client in (operator, resident, public):
            client.close()
        server.stop()

    def test_the_command_counts_asks_and_erases(self):
        options = ["--dir", self.server.dir, "--series", SERIES, "--from", "2026-01-03", "--to",
                   "2026-01-05"]
        self.assertEqual(run_json("erase", *options, "--count")["readings"], 48)
        self.assertIn("số đo sẽ bị xoá", run("erase", *options, "--count", "--lang", "vi").stdout)
        refused = run("erase", *options, check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--reason", refused.stderr)
        refused = run("erase", *options, "--reason", "asked", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("nothing is erased unless confirmed", refused.stderr)
        self.assertEqual(len(self.readings()), 240)
        done = run("erase", *options, "--reason", "asked", "--yes", "--now")
        self.assertIn("48 readings erased", done.stdout)
        self.assertIn("they have left the disk", done.stdout)
        self.assertEqual(len(self.readings()), 192)

    def test_classes_of_retention_are_records_with_rules(self):
        made = self.client.post("/api/v1/core/retentions", {
            "code": "homes", "name": "Homes", "keep_days": 90, "thin_after_days": 30,
            "thin_step_s": 3600}).expect(201)
        series = self.client.by_code("/api/v1/core/series", SERIES)
        self.client.patch(f"/api/v1/core/series/{series['id']}", {"retention": made["id"]},
                          series["version"]).expect(200)
        run("job", "core.retain", "--dir", self.server.dir)
        left = self.client.get(f"/api/v1/core/retentions/{made['id']}").expect(200)
        self.assertEqual((left["removed"] or 0) + len(self.readings()), 240)
        self.assertGreater(left["removed"], 0)
        wrong = self.client.post("/api/v1/core/retentions", {
            "code": "slip", "name": "Slip", "keep_days": 3})
        self.assertEqual((wrong.status, wrong.json()["field"]), (400, "keep_days"))
        names = [job["name"] for job in self.client.get("/api/v1/jobs").expect(200)["items"]]
        self.assertLessEqual({"core.erase", "core.retain"}, set(names))


if __name__ == "__main__":
    unittest.main()
