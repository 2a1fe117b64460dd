"""A park's month as its operator meets it: accounts, a run that adds up to the main meter, issued bills,
a correction beside the old version, and a bill as a page to print."""
import re
import unittest
import zlib
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import xanh

CORE = "/api/v1/core"
RUNS = "/api/v1/billing/runs"
ZONE = timezone(timedelta(hours=7))
MONTH, FROM, TO = "2026-05", datetime(2026, 5, 1, tzinfo=ZONE), datetime(2026, 6, 1, tzinfo=ZONE)
TARIFF = "evn-production-6to22kv"
# kWh a day of each meter; the main meter has a little more than all of them.
TENANTS = {"firm-1": 1234.567, "firm-2": 77.7, "firm-3": 3.3}
COMMON = {"lighting": 40.01, "pumps": 12.2}
MAIN = 1400.123


class Park:
    """A park with its meters, made by the API alone."""

    def __init__(self, client, code="park-t"):
        self.client, self.code = client, code
        self.owner = client.make(f"{CORE}/parties", code=code, name="Khu công nghiệp mẫu", kind="park")
        self.place = client.make(f"{CORE}/places", code=code, name="Khu công nghiệp mẫu", kind="site",
                                 zone="Asia/Ho_Chi_Minh", owner=self.owner["id"])
        self.quantity = client.make(f"{CORE}/properties", code="energy.electricity",
                                    name="energy.electricity", quantity="energy.electricity")

    def add(self, name, role, daily, area_m2=None, before=1):
        client, code = self.client, f"{self.code}/{name}"
        party = client.make(f"{CORE}/parties", code=code, name=f"Công ty {name}", kind="firm") \
            if role == "tenant" else self.owner
        device = client.make(f"{CORE}/devices", code=code, name=f"Công tơ {name}", kind="electricity_meter",
                             place=self.place["id"], owner=party["id"], serial=f"SN-{name}")
        client.make(f"{CORE}/series", code=code, name=name, device=device["id"], property=self.quantity["id"],
                    place=self.place["id"], owner=party["id"], kind="register", unit="kWh",
                    tariff=TARIFF if role == "tenant" else None, period_s=43200)
        series = client.by_code(f"{CORE}/series", code)
        client.make(f"{CORE}/accounts", code=code, name=f"Công ty {name}" if role == "tenant" else name,
                    role=role, place=self.place["id"], series=series["id"],
                    party=party["id"] if role == "tenant" else None, area_m2=area_m2)
        self.send(code, daily, before)

    def send(self, series, daily, before=1):
        start, readings, value = FROM - timedelta(days=30), [], Decimal(1000)
        at = start
        while at <= TO + timedelta(days=1):
            readings.append({"series": series, "time": at.isoformat(), "value": float(value)})
            value += Decimal(str(daily * (before if at < FROM else 1))) / 2
            at += timedelta(hours=12)
        self.client.post("/api/v1/readings", {"readings": readings}).expect(200)


def made(client, code="park-t"):
    park = Park(client, code)
    park.add("main", "main", MAIN)
    for i, (name, daily) in enumerate(TENANTS.items()):
        park.add(name, "tenant", daily, area_m2=1000 * (i + 1))
    for name, daily in COMMON.items():
        park.add(name, "common", daily)
    return park


def pdf_text(body):
    """All that stands in the streams of a PDF, unpacked: enough to see that it is not empty."""
    found = b""
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", body, re.S):
        try:
            found += zlib.decompress(match.group(1))
        except zlib.error:
            pass
    return found


class BillingRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = xanh.Server()
        cls.addClassCleanup(cls.server.stop)
        cls.client = cls.server.client()
        cls.addClassCleanup(cls.client.close)
        cls.park = made(cls.client)

    def preview(self, allocate="none", park="park-t", **more):
        return self.client.post(RUNS, {"place": park, "month": MONTH, "allocate": allocate, **more}) \
            .expect(200, 201)

    def assert_adds_up(self, run):
        whole = run["from_main"] + run["from_solar"]
        self.assertEqual(whole, run["exported"] + run["tenants"] + run["common"] + run["losses"])
        lines = run["lines"]

        def total(column, role):
            return sum(line[column] for line in lines if line["role"] == role)

        self.assertEqual(total("measured", "tenant"), run["tenants"])
        self.assertEqual(total("measured", "common"), run["common"])
        self.assertEqual(total("billed", "tenant"), run["billed"])
        self.assertEqual(run["billed"] + run["not_billed"], whole - run["exported"])

    def test_1_the_parts_add_up_to_the_main_meter_to_the_last_watt_hour(self):
        run = self.preview()
        self.assertEqual(run["state"], "previewed")
        self.assertEqual(run["from_main"], Decimal("43403.813"))
        self.assertEqual(run["tenants"], Decimal("38271.577") + Decimal("2408.700") + Decimal("102.300"))
        self.assert_adds_up(run)
        self.assertIn("Công tơ tổng 43.403,813 kWh = người thuê 40.782,577 kWh", run["sentence_vi"])
        self.assertIn("losses", run["sentence_en"])

    def test_2_each_way_of_dividing_passes_on_what_is_to_be_passed_on(self):
        for way in ("use", "area"):
            run = self.preview(way)
            self.assert_adds_up(run)
            self.assertEqual(run["not_billed"], 0)
        answer = self.client.post(RUNS, {"place": "park-t", "month": MONTH, "allocate": "by-hand"})
        self.assertEqual(answer.expect(400)["field"], "allocate")
        answer = self.client.post(RUNS, {"place": "nowhere", "month": MONTH})
        self.assertEqual(answer.expect(404)["field"], "place")
        answer = self.client.post(RUNS, {"place": "park-t"})
        self.assertEqual(answer.expect(400)["field"], "month")
        answer = self.client.post(RUNS, {"place": "vn-01", "month": MONTH})
        self.assertIn("main meter", answer.expect(400)["detail"])

    def test_3_issued_it_is_frozen_and_each_tenant_has_a_bill(self):
        run = self.preview("use")
        issued = self.client.post(f"{RUNS}/{run['id']}/issue", {}).expect(200)
        self.assertEqual(issued["state"], "issued")
        bills = [self.client.get(f"{CORE}/bills/{line['bill']}").expect(200)
                 for line in issued["lines"] if line["role"] == "tenant"]
        self.assertEqual(len(bills), len(TENANTS))
        self.assertEqual(sum(bill["total"] for bill in bills), issued["total"])
        self.assertEqual(sum(bill["quantity"] for bill in bills), issued["from_main"])
        for bill in bills:
            self.assertEqual(bill["quantity"], bill["measured"] + bill["share_common"] + bill["share_losses"])
        again = self.client.post(f"{RUNS}/{run['id']}/issue", {}).expect(200)
        self.assertEqual(again["version"], issued["version"])
        self.client.post(RUNS, {"place": "park-t", "month": MONTH}).expect(409)
        single = self.client.post("/api/v1/bill", {"series": "park-t/firm-1", "month": MONTH})
        self.assertIn("correct the run", single.expect(409)["detail"])

    def test_4_a_bill_is_a_page_to_print_and_the_same_bill_the_same_bytes(self):
        runs = self.client.get(f"{CORE}/billing_runs", place=self.park.place["id"]).expect(200)["items"]
        issued = self.client.get(f"{RUNS}/{runs[-1]['id']}").expect(200)
        bill = next(line["bill"] for line in issued["lines"] if line["bill"])
        first = self.client.get(f"/api/v1/bills/{bill}/statement.pdf")
        self.assertEqual(first.status, 200)
        self.assertEqual(first.headers["content-type"], "application/pdf")
        self.assertTrue(first.body.startswith(b"%PDF-"))
        self.assertGreater(len(pdf_text(first.body)), 2000)
        second = self.client.get(f"/api/v1/bills/{bill}/statement.pdf")
        self.assertEqual(first.body, second.body)
        english = self.client.get(f"/api/v1/bills/{bill}/statement.pdf", lang="en")
        self.assertNotEqual(first.body, english.body)
        self.client.get(f"/api/v1/bills/{bill}/statement.pdf", lang="fr").expect(400)
        self.client.get("/api/v1/bills/999999/statement.pdf").expect(404)

    def test_5_a_correction_stands_beside_the_version_before(self):
        runs = self.client.get(f"{CORE}/billing_runs", place=self.park.place["id"]).expect(200)["items"]
        old = self.client.get(f"{RUNS}/{runs[-1]['id']}").expect(200)
        self.park.send("park-t/firm-2", 90)
        stale = self.client.get(f"{CORE}/do/vee_bills").expect(200)
        self.assertEqual((stale["count"], stale["of_runs"]), (len(stale["bills"]),) * 2)
        self.assertEqual({(bill["run"], bill["total_now"]) for bill in stale["bills"]},
                         {(old["id"], None)}, "to be mended by its run")
        self.client.post(f"{RUNS}/{old['id']}/correct", {}).expect(400)
        new = self.client.post(f"{RUNS}/{old['id']}/correct", {"reason": "đọc lại công tơ"}).expect(201)
        self.assert_adds_up(new)
        self.assertEqual((new["state"], new["revision"], new["supersedes"]), ("previewed", 2, old["id"]))
        for line in new["lines"]:
            if line["role"] == "tenant":
                before = next(o for o in old["lines"] if o["account"] == line["account"])
                self.assertEqual((line["old_billed"], line["old_total"]), (before["billed"], before["total"]))
        issued = self.client.post(f"{RUNS}/{new['id']}/issue", {}).expect(200)
        self.assertEqual(issued["state"], "issued")
        was = self.client.get(f"{RUNS}/{old['id']}").expect(200)
        self.assertEqual(was["state"], "corrected")
        for line in was["lines"]:
            if line["role"] == "tenant":
                bill = self.client.get(f"{CORE}/bills/{line['bill']}").expect(200)
                self.assertEqual(bill["total"], line["total"], "what was billed stays as it was")

    def test_6_what_is_not_complete_is_issued_with_a_reason_only(self):
        park = made(self.client, "park-g")
        park.add("late", "tenant", 5)
        device = self.client.by_code(f"{CORE}/series", "park-g/late")
        self.client.post("/api/v1/readings/erase", {
            "series": device["code"], "from": "2026-03-01", "to": "2026-05-10", "reason": "thử",
            "now": True}).expect(200)
        run = self.preview("none", "park-g")
        line = next(line for line in run["lines"] if line["series_code"] == "park-g/late")
        self.assertEqual(run["incomplete_count"], 1)
        self.assertTrue(line["is_incomplete"])
        self.assertEqual(line["missing_days"], 9)
        answer = self.client.post(f"{RUNS}/{run['id']}/issue", {})
        self.assertEqual(answer.expect(400)["field"], "reason")
        self.client.post(f"{RUNS}/{run['id']}/issue", {"reason": "mới thuê từ ngày 10"}).expect(200)

    def test_7_what_changed_much_since_the_month_before_is_flagged(self):
        park = made(self.client, "park-u")
        park.add("jump", "tenant", 20, before=0.5)
        run = self.preview("none", "park-u")
        flagged = [line["series_code"] for line in run["lines"] if line["is_unusual"]]
        self.assertEqual(flagged, ["park-u/jump"])
        line = next(line for line in run["lines"] if line["is_unusual"])
        self.assertEqual(line["previous"], 300)  # April has 30 days of 10 kWh
        self.assertAlmostEqual(float(line["change_percent"]), 100 * (620 - 300) / 300, places=6)

    def test_8_a_page_is_for_whoever_may_see_the_bill_and_runs_are_for_who_issues_bills(self):
        server = xanh.Server(identity="public")
        self.addCleanup(server.stop)
        operator, resident, nobody = (server.client(key and server.key(key))
                                      for key in ("operator", "resident-7", None))
        for client in (operator, resident, nobody):
            self.addCleanup(client.close)
        bills = {}
        for home in ("home-7", "home-8"):
            operator.make_meter(home, tariff="evn-residential")
            operator.post("/api/v1/readings", {"readings": [
                {"series": f"{home}/electricity", "time": (FROM + timedelta(days=day)).isoformat(),
                 "value": 100 + day} for day in range(33)]}).expect(200)
            bills[home] = operator.post("/api/v1/bill", {"series": f"{home}/electricity", "month": MONTH}) \
                .expect(201)["id"]
        own = resident.get(f"/api/v1/bills/{bills['home-7']}/statement.pdf")
        self.assertTrue(own.expect(200).startswith(b"%PDF-"))
        resident.get(f"/api/v1/bills/{bills['home-8']}/statement.pdf").expect(404)
        nobody.get(f"/api/v1/bills/{bills['home-7']}/statement.pdf").expect(401, 404)
        self.assertIn(resident.post(RUNS, {"place": "vn-01", "month": MONTH}).status, (403, 404))
        self.assertIn(nobody.post(RUNS, {"place": "vn-01", "month": MONTH}).status, (401, 403, 404))

    def test_9_the_command_line_makes_a_run_and_writes_a_bill(self):
        made(self.client, "park-c")
        run = xanh.run_json("bill", "run", "--place", "park-c", "--month", MONTH, "--allocate", "use",
                            "--dir", self.server.dir)
        self.assertEqual(run["state"], "previewed")
        self.assert_adds_up(run)
        said = xanh.run("bill", "run", "--place", "park-c", "--month", MONTH, "--allocate", "use", "--issue",
                        "--dir", self.server.dir).stdout
        self.assertIn("43,403.813", said)
        number = "park-c/firm-2/2026-05/r1"
        self.assertIn(number, said)
        file = f"{xanh.temporary_folder()}/bill.pdf"
        xanh.run("bill", "pdf", number, "-o", file, "--dir", self.server.dir)
        with open(file, "rb") as written:
            self.assertTrue(written.read().startswith(b"%PDF-"))


if __name__ == "__main__":
    unittest.main()
