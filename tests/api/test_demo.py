"""The demonstration from outside: the made-up world's numbers, its clock put forward, what it does when
it is stopped at any moment."""
import collections
import datetime
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from decimal import Decimal

import xanh

WAIT_S = 120
CLOCK = "2026-11-25"  # whatever the real date is, the numbers are the same


def instant(text):
    return datetime.datetime.fromisoformat(text)


class Demo:
    """`xanh demo` on a folder, and a client. arguments: further ones; the clock is set unless given."""

    def __init__(self, dir=None, homes=7, days=70, arguments=("--clock", CLOCK)):
        self.dir = dir or xanh.temporary_folder()
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [xanh.program(), "demo", "--dir", self.dir, "--port", "0", "--mqtt", "0", "--homes",
             str(homes), "--days", str(days), "--every", "3600", *arguments],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, "LANG": "C"})
        line = self.process.stdout.readline()
        told = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not told:
            self.process.wait()
            raise AssertionError(f"xanh demo ended with {self.process.returncode}: {self.said()}")
        self.client = xanh.Client(int(told[1]), timeout=WAIT_S)
        self.reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.reader.start()

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]

    def status(self):
        return self.client.get("/api/v1/demo").expect(200)

    def wait(self):
        deadline = time.monotonic() + WAIT_S
        while self.status()["making"] is not None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still making {self.status()}: {self.said()}")
            time.sleep(0.02)
        return self

    def end(self, number=signal.SIGINT):
        self.client.close()
        self.process.send_signal(number)
        self.process.wait(60)
        self.reader.join(10)
        self.process.stdout.close()
        self.log.close()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()

    def sum(self, series, day_from, day_to):
        answer = self.client.get("/api/v1/use", series=series, from_=day_from, to=day_to,
                                 period="day").expect(200)
        return Decimal(str(answer["total"]))

    def all(self, path, **params):
        items, cursor = [], None
        while True:
            answer = self.client.get(f"/api/v1/{path}", limit=1000, cursor=cursor,
                                     **params).expect(200)
            items += answer["items"]
            cursor = answer.get("next")
            if not cursor:
                return items

    def by_code(self, path, code):
        return self.client.by_code(f"/api/v1/{path}", code)


def has_rooms():
    with xanh.Server() as server:
        client = server.client()
        rooms = {room["name"] for room in client.get("/api/v1/meta").expect(200)["rooms"]}
        client.close()
    return {"energy", "water", "programme", "industry"} <= rooms


@unittest.skipUnless(has_rooms(), "the made-up world needs all rooms")
class World(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo().wait()

    @classmethod
    def tearDownClass(cls):
        code = cls.demo.end()
        if code != 0:
            raise AssertionError(f"xanh demo ended with {code}")

    def count(self, path, *fields, **params):
        return collections.Counter(tuple(str(item[field]) for field in fields)
                                   for item in self.demo.all(path, **params))

    def test_it_says_what_it_is_and_when(self):
        status = self.demo.status()
        self.assertTrue(status["is_demo"])
        self.assertEqual(status["seed"], 7)
        self.assertTrue(status["now"].startswith("2026-11-25T13:"), status["now"])

    def test_every_party_is_marked_as_simulated(self):
        self.assertEqual(set(self.count("core/parties", "is_simulated")), {("True",)})

    def test_home_7_has_used_400_kwh_this_month_which_cost_1160460_dong(self):
        self.assertEqual(self.demo.sum("home-7/electricity", "2026-11-01", "2026-11-26"), 400)
        bill = self.demo.client.get("/api/v1/bill", series="home-7/electricity", from_="2026-11-01",
                                    to="2026-12-01").expect(200)
        self.assertEqual(bill["total"], 1160460)

    def test_115_of_126_wards_have_reported_eleven_of_them_late(self):
        offices = {party["id"] for party in self.demo.all("core/parties", kind="agency")}
        self.assertEqual(len(offices), 126)
        duties = [d for d in self.demo.all("core/duties")
                  if d["party"] in offices and d["period_from"] == "2026-01-01"]
        states = collections.Counter(duty["standing"] for duty in duties)
        self.assertEqual(states, {"done": 104, "done_late": 11, "late": 11})

    def test_reports_of_2026_are_approved_returned_and_waiting(self):
        states = collections.Counter(report["state"] for report in self.demo.all("programme/reports")
                                     if report["period_from"] == "2026-01-01")
        self.assertEqual(states, {"approved": 165, "submitted": 2, "returned": 1})

    def test_2023_has_30_approved_files_with_more_than_190_options_and_the_published_means(self):
        files = [file for file in self.demo.all("industry/cases") if file["year"] == 2023]
        self.assertEqual(collections.Counter(file["state"] for file in files), {"approved": 30})
        for field, mean in (("material", "3.61"), ("energy", "7.1"), ("dust", "16.2"),
                            ("wastewater", "7.92")):
            cuts = [Decimal(str(self.demo.client.get(f"/api/v1/industry/cases/{file['id']}")
                                .expect(200)[f"{field}_cut_percent"])) for file in files]
            self.assertAlmostEqual(sum(cuts) / len(cuts), Decimal(mean), 9)
        ids = {file["id"] for file in files}
        options = [o for o in self.demo.all("industry/options") if o["case_file"] in ids]
        self.assertGreater(len(options), 190)

    def test_2023_tells_9_of_10_parks_and_12_of_20_craft_villages_that_were_made_aware(self):
        targets = self.demo.client.get("/api/v1/programme/do/place_standing", year=2023).expect(200)
        told = {target["code"]: (target["numerator"], target["denominator"], target["missing"],
                                 target["verdict"]) for target in targets["targets"]}
        self.assertEqual(told["THN23-03"], (9, 10, 0, "on_track"))
        self.assertEqual(told["THN23-04"], (12, 20, 0, "on_track"))

    def test_17_of_20_firms_of_the_park_and_12_of_20_of_craft_villages_have_a_file(self):
        parties = {party["id"]: party for party in self.demo.all("core/parties")}
        files = {file["party"] for file in self.demo.all("industry/cases") if file["year"] == 2023}
        kinds = collections.Counter()
        for party in parties.values():
            if party["kind"] == "firm" and party["parent"]:
                kinds[parties[party["parent"]]["kind"], party["id"] in files] += 1
        self.assertEqual(kinds, {("park", True): 17, ("park", False): 3,
                                 ("craft_village", True): 12, ("craft_village", False): 8})

    def test_of_30_files_of_2026_27_are_approved_one_is_returned_one_waits(self):
        files = [file for file in self.demo.all("industry/cases") if file["year"] == 2026]
        self.assertEqual(collections.Counter(file["state"] for file in files),
                         {"approved": 27, "returned": 1, "submitted": 1})
        duties = [d for d in self.demo.all("core/duties", record_type="industry.case")
                  if d["period_from"] == "2026-01-01"]
        self.assertEqual(collections.Counter(duty["state"] for duty in duties),
                         {"fulfilled": 27, "open": 3})

    def test_the_main_meter_of_the_park_shows_what_tenants_and_common_areas_use_and_a_loss(self):
        days = ("2026-10-01", "2026-11-01")
        parts = sum(self.demo.sum(f"firm-{k}/electricity", *days) for k in range(1, 21))
        parts += self.demo.sum("park-1/lighting", *days) + self.demo.sum("park-1/pumps", *days)
        main = self.demo.sum("park-1/main", *days)
        self.assertGreater(main, parts * Decimal("1.02"))
        self.assertLess(main, parts * Decimal("1.04"))

    def test_whole_months_of_history_are_billed(self):
        bills = self.count("core/bills", "series_label", "state")
        self.assertEqual(sum(bills.values()), 4)  # October: electricity, water of brewery and home 7
        self.assertEqual({state for _, state in bills}, {"issued"})

    def test_the_parks_run_of_the_last_whole_month_waits_to_be_issued_and_adds_up(self):
        run = self.demo.all("core/billing_runs")[-1]
        self.assertEqual((run["state"], run["period_from"]), ("previewed", "2026-10-01"))
        parts = sum(Decimal(str(run[part])) for part in ("tenants", "common", "losses"))
        self.assertEqual(parts, Decimal(str(run["from_main"])))

    def test_measures_done_before_are_judged_by_their_readings(self):
        self.assertEqual(self.count("core/measures", "state", "verdict"),
                         {("running", "None"): 1, ("verified", "proved"): 1,
                          ("verified", "not_proved"): 1, ("planned", "None"): 3})

    def test_a_visitors_reading_is_taken_and_is_not_simulated(self):
        self.demo.client.post("/api/v1/readings",
                              {"series": "home/electricity", "value": 12.5}).expect(200)
        last = self.demo.client.get("/api/v1/readings/last",
                                    series="home/electricity").expect(200)["items"][0]
        self.assertNotIn("simulated", last["quality"])

    def test_the_home_of_others_is_nowhere_to_be_seen(self):
        place = "/api/v1/core/places/by/code/home-"
        for role, status in (("public", 404), ("resident-7", 404), ("operator", 200)):
            self.demo.client.get(place + "3", as_=role).expect(status)
        self.demo.client.get(place + "7", as_="resident-7").expect(200)

    def test_only_the_operator_puts_the_clock_forward_and_by_whole_days(self):
        for role in ("public", "officer", "auditor", "business", "resident-7"):
            answer = self.demo.client.request("POST", "/api/v1/demo/forward", {"days": 1}, as_=role)
            answer.expect(403)
        for days in (0, 367, -1, "x", None):
            self.demo.client.post("/api/v1/demo/forward", {"days": days}).expect(400)
        self.demo.client.post("/api/v1/demo/forward", {}).expect(400)

    def test_a_server_that_is_no_demonstration_has_no_such_clock(self):
        with xanh.Server() as server:
            client = server.client()
            client.get("/api/v1/demo").expect(404)
            client.post("/api/v1/demo/forward", {"days": 1}).expect(404)
            client.close()


@unittest.skipUnless(has_rooms(), "the made-up world needs all rooms")
class Forward(unittest.TestCase):
    def verdict(self, demo):
        line = demo.by_code("industry/lines", "brewery-beer")
        return demo.client.get("/api/v1/industry/do/norm_verdict", line=line["id"]).expect(200)

    def test_the_measure_and_thirty_days_make_200_that_fail_to_188_that_pass(self):
        with Demo(homes=2) as demo:
            demo.wait()
            before = self.verdict(demo)
            self.assertEqual((round(before["sec"]), before["verdict"]), (200, "fails"))
            measure = demo.by_code("core/measures", "brewery-air")
            demo.client.post(f"/api/v1/core/measures/{measure['id']}/finish").expect(200)
            now = demo.client.post("/api/v1/demo/forward", {"days": 30}).expect(200)["now"]
            self.assertTrue(now.startswith("2026-12-25T13:"), now)
            demo.wait()
            after = self.verdict(demo)
            self.assertEqual((round(after["sec"]), after["verdict"]), (188, "passes"))
            effect = demo.client.get("/api/v1/industry/do/measure_effect",
                                     measure=measure["id"]).expect(200)
            self.assertEqual(effect["verdict"], "proved")
            self.assertLess(effect["high"], 0)

    def test_without_one_file_the_city_has_29_of_30_and_is_never_silently_better(self):
        with Demo(homes=1, days=3) as demo:
            demo.wait()
            year = {"from_": "2023-01-01", "to": "2024-01-01"}
            path = "/api/v1/indicators/industry.cp_"
            self.assertEqual(demo.client.get(path + "files", **year).expect(200)["numerator"], 30)
            file = demo.by_code("industry/cases", "cp-2023-firm-4")
            demo.client.post(f"/api/v1/industry/cases/{file['id']}/withdraw", {}).expect(200)
            files = demo.client.get(path + "files", **year).expect(200)
            self.assertEqual((files["numerator"], files["denominator"], files["missing"]),
                             (29, 30, 1))
            material = demo.client.get(path + "material_cut", **year).expect(200)
            self.assertEqual((material["denominator"], material["missing"]), (29, 1))
            self.assertNotAlmostEqual(float(material["value"]), 3.61, 6)

    def test_without_the_measure_it_stays_200(self):
        with Demo(homes=2) as demo:
            demo.wait().client.post("/api/v1/demo/forward", {"days": 30}).expect(200)
            demo.wait()
            self.assertEqual(round(self.verdict(demo)["sec"]), 200)

    def test_homes_go_on_and_every_reading_is_marked_and_none_is_ahead_of_the_clock(self):
        with Demo(homes=5) as demo:
            demo.wait().client.post("/api/v1/demo/forward", {"days": 14}).expect(200)
            now = demo.wait().status()["now"]
            for series in ("home-1/electricity", "home-2/water", "home-5/solar", "park-1/main"):
                answer = demo.client.get("/api/v1/readings", series=series, order="asc", limit=5000,
                                         from_="2026-11-25T20:00:00+07:00").expect(200)
                times = [item["time"] for item in answer["items"]]
                self.assertGreater(len(times), 14 * 23, series)
                self.assertEqual(times, sorted(set(times)))
                self.assertLessEqual(instant(times[-1]), instant(now))
                self.assertTrue(all("simulated" in item["quality"] for item in answer["items"]))
            week = demo.sum("home-1/electricity", "2026-11-16", "2026-11-23")
            later = demo.sum("home-1/electricity", "2026-11-30", "2026-12-07")
            self.assertLess(abs(later - week), week / 4)
            self.assertNotEqual(later, week)

    def test_two_at_once_are_never_both_half_done(self):
        with Demo(homes=2) as demo:
            demo.wait()
            before = demo.status()["offset_days"]
            taken = 0
            for _ in range(8):  # as fast as they go: those that come too early are refused
                status = demo.client.post("/api/v1/demo/forward", {"days": 20}).status
                self.assertIn(status, (200, 503))
                taken += status == 200
            self.assertGreaterEqual(taken, 1)
            self.assertEqual(demo.wait().status()["offset_days"], before + 20 * taken)

    def test_a_command_puts_one_that_runs_forward_and_one_that_does_not(self):
        with Demo(homes=1) as demo:
            demo.wait()
            xanh.run("demo", "--dir", demo.dir, "--forward", "2d")
            self.assertTrue(demo.wait().status()["now"].startswith("2026-11-27T13:"))
            self.assertEqual(demo.end(), 0)
            with Demo(demo.dir, homes=1, arguments=("--forward", "3d")) as again:
                self.assertTrue(again.wait().status()["now"].startswith("2026-11-30T13:"))
        done = xanh.run("demo", "--dir", demo.dir, "--forward", "400d", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_killed_while_it_goes_forward_it_makes_up_the_rest_at_the_next_start(self):
        with Demo(homes=3) as demo:
            demo.wait().client.post("/api/v1/demo/forward", {"days": 40}).expect(200)
            demo.end(signal.SIGKILL)
            with Demo(demo.dir, homes=3) as again:
                self.assertTrue(again.wait().status()["now"].startswith("2027-01-04T13:"))
                answer = again.client.get("/api/v1/readings", series="home-3/water", order="asc",
                                          limit=5000, from_="2026-11-25T20:00:00+07:00").expect(200)
                times = [item["time"] for item in answer["items"]]
                self.assertEqual(times, sorted(set(times)))
                self.assertTrue(times[-1].startswith("2027-01-04T"), times[-1])
                gaps = {instant(b) - instant(a) for a, b in zip(times, times[1:])}
                self.assertEqual(gaps, {datetime.timedelta(hours=1)})


@unittest.skipUnless(has_rooms(), "the made-up world needs all rooms")
class Start(unittest.TestCase):
    def test_stopped_at_any_moment_it_goes_on_and_comes_out_the_same(self):
        with Demo(homes=12, days=120) as whole:
            whole.wait()
            wanted = [(item["time"], item["value"]) for item in self.readings(whole)]
        dir = xanh.temporary_folder()
        for number, after_s in ((signal.SIGINT, 0.05), (signal.SIGKILL, 0.15), (signal.SIGINT, 0.4),
                                (signal.SIGKILL, 0.7)):
            demo = Demo(dir, homes=12, days=120)
            time.sleep(after_s)  # wherever it is then
            self.assertIn(demo.end(number), (0, -signal.SIGKILL))
        with Demo(dir, homes=12, days=120) as demo:
            demo.wait()
            self.assertEqual([(item["time"], item["value"]) for item in self.readings(demo)], wanted)
            self.assertEqual(len(demo.all("industry/options")), 303)
            self.assertEqual(len(demo.all("programme/reports")), 206)

    def readings(self, demo):
        return demo.client.get("/api/v1/readings", series="home-12/electricity", order="asc",
                               limit=10000, to="2026-11-25T20:00:00+07:00").expect(200)["items"]

    def test_with_the_clock_at_now_it_is_the_real_time(self):
        with Demo(homes=1, days=10, arguments=("--clock", "now")) as demo:
            demo.wait()
            self.assertEqual(demo.status()["offset_days"], 0)
            own = demo.client.post("/api/v1/readings", {"series": "home/electricity", "value": 1,
                                                        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                                              time.gmtime())})
            own.expect(200)

    def test_usually_the_clock_is_not_before_the_real_time(self):
        with Demo(homes=1, days=3, arguments=()) as demo:
            self.assertGreaterEqual(demo.wait().status()["offset_days"], 0)
            self.assertIn("T13:0", demo.status()["now"])
            self.assertRegex(demo.status()["now"], r"^\d{4}-\d{2}-25T")

    def test_a_wrong_clock_is_an_error_and_makes_no_folder(self):
        dir = os.path.join(xanh.temporary_folder(), "new")
        done = xanh.run("demo", "--dir", dir, "--clock", "tomorrow", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("clock", done.stderr)
        self.assertFalse(os.path.exists(dir))


if __name__ == "__main__":
    unittest.main()
