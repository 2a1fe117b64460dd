"""The industry room from outside: case files and who owes one, a line beside its norm from readings, a
measure and its effect, what an option is worth."""
import random
import unittest
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import xanh

ROOM = "/api/v1/industry"
CORE = "/api/v1/core"
HANOI = timezone(timedelta(hours=7))
YEAR = date.today().year
GAS_MJ_PER_M3 = 900 * 41868 / 1e6
DAYS = 130
LESS_FROM = 40  # days ago: from then on less electricity is used


def midnight(days_ago):
    day = datetime.now(HANOI).date() - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, tzinfo=HANOI).isoformat()


def beer_of(days_ago):
    return 1000 + 100 * (days_ago % 7)


def electricity_of(days_ago):
    """30 kWh a hl and a little noise, that adds up to nothing over 10 days; 6 % less of late."""
    noise = (days_ago % 10 - 4.5) * 60
    usual = 30 * beer_of(days_ago) + noise
    return usual * 0.94 if days_ago < LESS_FROM else usual


class Industry(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = xanh.Server(identity="public")
        cls.addClassCleanup(cls.server.stop)
        cls.client = cls.server.client(cls.server.key("operator"))
        cls.addClassCleanup(cls.client.close)
        cls.park = cls.client.make(f"{CORE}/parties", code="i-park", name="Khu mẫu", kind="park")
        cls.firm = cls.make_firm("brewery")  # that of the identity "business"
        cls.spot = cls.client.make(f"{CORE}/places", code="i-brewery", name="Nhà máy bia mẫu",
                                   kind="site", zone="Asia/Ho_Chi_Minh", owner=cls.firm["id"])
        cls.electricity = cls.make_series("electricity", "energy.electricity", "kWh", "register")
        cls.gas = cls.make_series("gas", "energy.gas", "m3", "register")
        cls.beer = cls.make_series("beer", "industry.volume", "hl", "interval", period_s=86400)
        cls.send()
        cls.line = cls.client.post(f"{ROOM}/lines", {
            "code": "i-line", "name": "Dây chuyền bia", "party": cls.firm["id"],
            "place": cls.spot["id"], "product": "beer", "capacity": 50,
            "capacity_unit": "million L/yr", "output_series": cls.beer["id"], "output_unit": "hl",
            "inputs": [{"series": cls.electricity["id"], "fuel": "electricity"},
                       {"series": cls.gas["id"], "fuel": "natural-gas"}]}).expect(201)

    # ---- help ----

    @classmethod
    def make_firm(cls, code, **fields):
        return cls.client.make(f"{CORE}/parties", code=code, name=f"Công ty {code}", kind="firm",
                               parent=cls.park["id"], **fields)

    @classmethod
    def make_series(cls, name, quantity, unit, kind, **fields):
        device = cls.client.make(f"{CORE}/devices", code=f"i-brewery/{name}", name=name,
                                 kind="other", place=cls.spot["id"], owner=cls.firm["id"])
        seen = cls.client.make(f"{CORE}/properties", code=quantity, name=quantity,
                               quantity=quantity)
        return cls.client.make(f"{CORE}/series", code=f"i-brewery/{name}", name=f"Số đo {name}",
                               device=device["id"], property=seen["id"], place=cls.spot["id"],
                               owner=cls.firm["id"], kind=kind, unit=unit, **fields)

    @classmethod
    def send(cls):
        rows, shown = [], {"electricity": 5000.0, "gas": 100.0}
        for name, value in shown.items():
            rows.append({"series": f"i-brewery/{name}", "time": midnight(DAYS), "value": value})
        rows.append({"series": "i-brewery/beer", "time": midnight(DAYS), "value": 1000})
        for ago in range(DAYS, 0, -1):
            used = {"electricity": electricity_of(ago),
                    "gas": (200 - 30 * 3.6) * beer_of(ago) / GAS_MJ_PER_M3}
            for name, amount in used.items():
                shown[name] += amount
                rows.append({"series": f"i-brewery/{name}", "time": midnight(ago - 1),
                             "value": round(shown[name], 6)})
            rows.append({"series": "i-brewery/beer", "time": midnight(ago - 1),
                         "value": beer_of(ago)})
        answer = cls.client.post("/api/v1/readings", {"readings": rows}).expect(200)
        assert answer["taken"] == len(rows), answer

    def ask(self, action, **params):
        return self.client.get(f"{ROOM}/do/{action}", **params).expect(200)

    def day(self, ago):
        return (datetime.now(HANOI).date() - timedelta(days=ago)).isoformat()

    def case_file(self, code, year, firm=None, evidence=True, **fields):
        body = {"code": code, "title": f"Hồ sơ {code}", "party": (firm or self.firm)["id"],
                "year": year, "period_from": f"{year}-01-01", "period_to": f"{year + 1}-01-01",
                "results": [{"kind": "material", "before": 100, "after": 96, "unit": "t"},
                            {"kind": "energy", "before": 50, "after": 46, "unit": "GJ"}],
                **fields}
        if evidence:
            body["evidence"] = [{"title": "Báo cáo", "kind": "document", "reference": "01/BC"}]
        return self.client.post(f"{ROOM}/cases", body).expect(201)

    def verb(self, record, verb, *statuses, path=f"{ROOM}/cases", **body):
        return self.client.post(f"{path}/{record['id']}/{verb}", body).expect(*statuses)

    def approve(self, file):
        self.verb(file, "submit", 200)
        return self.verb(file, "approve", 200)

    def indicator(self, name, year, **params):
        return self.client.get(f"/api/v1/indicators/industry.{name}", from_=f"{year}-01-01",
                               to=f"{year + 1}-01-01", **params).expect(200)

    # ---- the norm ----

    def test_a_line_is_held_against_the_norm_of_its_capacity_from_its_readings(self):
        told = self.ask("norm_verdict", line=self.line["id"], from_=self.day(90), to=self.day(60))
        self.assertEqual(told["verdict"], "fails")
        self.assertAlmostEqual(float(told["sec"]), 200, places=3)
        self.assertEqual((told["sec_unit"], told["norm"], told["norm_code"]),
                         ("MJ/hl", 196, "NB-2021-5"))
        self.assertAlmostEqual(float(told["gap_percent"]), 100 * 4 / 196, places=3)
        self.assertTrue(told["is_norm_expired"])
        self.assertEqual(told["norm_valid_to"], "2026-01-01")
        self.assertIn("không đạt, cao hơn 2 %", told["sentence_vi"])
        self.assertIn("Định mức áp dụng đến hết 2025, chưa tìm thấy định mức mới.",
                      told["sentence_vi"])
        self.assertIn("fails, 2 % above it.", told["sentence_en"])
        electricity, gas = told["inputs"]
        self.assertEqual((electricity["factor"], electricity["factor_unit"]),
                         (Decimal("3.6"), "MJ/kWh"))
        self.assertNotIn("code", {k: v for k, v in electricity.items() if v is not None})
        self.assertAlmostEqual(float(gas["factor"]), 37.6812, places=9)
        self.assertEqual((gas["code"], gas["factor_unit"]), ("F-TOE-natural-gas", "MJ/m3"))

    def test_the_usual_period_is_the_last_30_whole_days(self):
        told = self.ask("norm_verdict", line=self.line["id"])
        self.assertEqual((told["from"], told["to"]), (self.day(30), self.day(0)))
        self.assertEqual(told["verdict"], "passes")  # 6 % less electricity: 193.5
        self.assertLess(float(told["sec"]), 194)

    def test_a_day_without_readings_is_never_a_pass(self):
        told = self.ask("norm_verdict", line=self.line["id"], from_=self.day(DAYS + 1),
                        to=self.day(100))
        self.assertEqual((told["verdict"], told["missing_days"]), ("not_known", 1))
        self.assertIsNone(told.get("sec"))
        self.assertIn("Chưa biết", told["sentence_vi"])

    def test_a_line_says_what_its_number_rests_on(self):
        why = self.client.get("/api/v1/why", record="industry.line", id=self.line["id"],
                              from_=self.day(90), to=self.day(60)).expect(200)
        self.assertAlmostEqual(float(why["value"]), 200, places=3)
        hrefs = [part.get("href") or "" for part in why["parts"]]
        self.assertTrue(any(f"series={self.electricity['id']}&from={self.day(90)}" in href
                            for href in hrefs), hrefs)
        self.assertTrue(any("dated=NB-2021-5" in href for href in hrefs), hrefs)

    def test_energy_of_a_firm_in_toe_by_the_letters_factors(self):
        told = self.ask("toe", party=self.firm["id"], from_=self.day(90), to=self.day(60))
        kwh, m3 = (row["quantity"] for row in told["inputs"])
        self.assertAlmostEqual(float(told["toe"]), float(kwh) * 0.0001543 + float(m3) * 0.0009,
                               places=6)
        self.assertEqual((told["threshold"], told["document"]), (1000, "21/2011/ND-CP"))

    # ---- worth ----

    def test_an_option_is_worth_what_a_spreadsheet_says(self):
        """=-100+NPV(10%;30;30;30;30;30) and =IRR({-100;30;30;30;30;30}), in millions."""
        told = self.ask("feasibility", investment=100000000, saving_yearly=36000000,
                        cost_yearly=6000000, life_years=5, discount_percent=10)
        self.assertEqual(told["npv"], 13723603)
        self.assertAlmostEqual(float(told["irr_percent"]), 15.2382371, places=6)
        self.assertAlmostEqual(float(told["payback_years"]), 10 / 3, places=9)
        never = self.ask("feasibility", investment=1000, saving_yearly=10, cost_yearly=20,
                         life_years=3)
        self.assertFalse(never["has_irr"])
        self.assertIsNone(never.get("payback_years"))

    def test_a_chosen_option_becomes_a_measure(self):
        file = self.case_file("i-options", YEAR - 3)
        option = self.client.post(f"{ROOM}/options", {
            "code": "i-air", "case_file": file["id"], "party": self.firm["id"],
            "title": "Sửa rò rỉ khí nén", "class": "good_housekeeping", "decision": "do_now",
            "investment": 20000000, "saving_yearly": 40000000, "life_years": 5,
            "discount_percent": 10, "series": self.electricity["id"], "expected_effect": -100000,
            "expected_unit": "kWh/yr"}).expect(201)
        self.assertEqual(option["payback_years"], Decimal("0.5"))
        chosen = self.verb(option, "choose", 200, path=f"{ROOM}/options", due=f"{YEAR}-12-31")
        measure = self.client.get(f"{CORE}/measures/{chosen['measure']}").expect(200)
        self.assertEqual((measure["title"], measure["kind"], measure["state"], measure["due"]),
                         ("Sửa rò rỉ khí nén", "cleaner_production", "planned", f"{YEAR}-12-31"))
        self.assertEqual(measure["series"], self.electricity["id"])
        self.verb(option, "choose", 409, path=f"{ROOM}/options")

    # ---- effect ----

    def make_measure(self, code, done, **fields):
        measure = self.client.post(f"{CORE}/measures", {
            "code": code, "title": code, "kind": "cleaner_production", "party": self.firm["id"],
            "series": self.electricity["id"], "expected_effect": -50000,
            "expected_unit": "kWh/month", **fields}).expect(201)
        self.verb(measure, "start", 200, path=f"{CORE}/measures")
        return self.verb(measure, "finish", 200, path=f"{CORE}/measures", done=done)

    def test_an_effect_that_is_there_is_proved_and_verified(self):
        measure = self.make_measure("i-real", self.day(LESS_FROM))
        told = self.ask("measure_effect", measure=measure["id"])
        self.assertEqual((told["verdict"], told["days_after"], told["days_before"]),
                         ("proved", 30, 90))
        self.assertEqual(told["line"], self.line["id"])
        saved = sum(electricity_of(ago) / 0.94 * 0.06
                    for ago in range(LESS_FROM - 30, LESS_FROM))
        self.assertLess(float(told["high"]), 0)
        self.assertLessEqual(float(told["low"]), -saved)
        self.assertGreaterEqual(float(told["high"]), -saved)
        self.assertAlmostEqual(float(told["effect_percent"]), -6, delta=0.5)
        self.assertEqual(len(told["days"]), 120)
        verified = self.client.post(f"{ROOM}/do/verify_measure", {"measure": measure["id"]})
        self.assertIn(verified.status, (200, 409))  # the job may have been first
        kept = self.client.get(f"{CORE}/measures/{measure['id']}").expect(200)
        self.assertEqual((kept["state"], kept["verdict"]), ("verified", "proved"))
        month = float(told["effect"]) / 30 * 365 / 12
        self.assertAlmostEqual(float(kept["verified_effect"]), month, delta=abs(month) * 1e-9)

    def test_an_effect_that_is_not_there_is_not_proved(self):
        measure = self.make_measure("i-none", self.day(75))
        told = self.ask("measure_effect", measure=measure["id"])
        self.assertEqual(told["verdict"], "not_proved")
        self.assertLess(float(told["low"]), 0)
        self.assertGreater(float(told["high"]), 0)
        self.assertIn("Chưa chứng minh được", told["sentence_vi"])

    def test_a_young_measure_is_pending_and_cannot_be_verified(self):
        measure = self.make_measure("i-young", self.day(10))
        told = self.ask("measure_effect", measure=measure["id"])
        self.assertEqual((told["verdict"], told["days_after"]), ("pending", 9))
        self.client.post(f"{ROOM}/do/verify_measure", {"measure": measure["id"]}).expect(409)
        kept = self.client.get(f"{CORE}/measures/{measure['id']}").expect(200)
        self.assertEqual(kept["state"], "done")

    # ---- case files ----

    def test_a_file_needs_results_and_evidence_to_be_submitted(self):
        bare = self.case_file("i-bare", YEAR - 4, results=[])
        self.assertEqual(self.verb(bare, "submit", 409)["field"], "results")
        shown = self.case_file("i-unshown", YEAR - 4, evidence=False)
        self.assertEqual(self.verb(shown, "submit", 409)["field"], "results[0].line")
        measured = self.case_file("i-measured", YEAR - 4, evidence=False, results=[
            {"kind": "energy", "before": 210, "unit": "MJ/hl", "line": self.line["id"]}])
        self.verb(measured, "submit", 200)

    def test_a_returned_file_is_submitted_again_and_fulfils_its_duty(self):
        year = YEAR - 5
        firm = self.make_firm("i-returned")
        duty = self.client.post(f"{CORE}/duties", {
            "code": "i-duty", "title": "Hồ sơ", "party": firm["id"],
            "record_type": "industry.case", "period_from": f"{year}-01-01",
            "period_to": f"{year + 1}-01-01", "due": "2099-01-31"}).expect(201)
        file = self.case_file("i-returned", year, firm, duty=duty["id"])
        self.verb(file, "submit", 200)
        returned = self.verb(file, "return", 200, reason="Thiếu số liệu bụi")
        self.assertEqual((returned["state"], returned["review"]), ("returned",
                                                                   "Thiếu số liệu bụi"))
        self.assertEqual(self.indicator("cp_files", year)["missing"], 1)
        self.approve(file)
        kept = self.client.get(f"{CORE}/duties/{duty['id']}").expect(200)
        self.assertEqual((kept["state"], kept["fulfilled_by"]), ("fulfilled", file["id"]))
        self.assertEqual(self.indicator("cp_files", year)["missing"], 0)

    def test_without_one_file_it_is_29_of_30_and_never_silently_better(self):
        year, cuts = 2012, random.Random(7)
        files, expected = [], {"material": [], "energy": [], "dust": [], "wastewater": []}
        for number in range(30):
            firm = self.make_firm(f"i-firm-{number}")
            results = []
            for kind, percents in expected.items():
                percent = cuts.randrange(0, 2000)
                percents.append(percent / 100)
                results.append({"kind": kind, "before": 10000, "after": 10000 - percent,
                                "unit": "t"})
            file = self.case_file(f"i-file-{number}", year, firm, results=results)
            files.append(self.approve(file))
        for kind, percents in expected.items():
            told = self.indicator(f"cp_{kind}_cut", year)
            self.assertAlmostEqual(float(told["value"]), sum(percents) / 30, places=9)
            self.assertEqual((told["denominator"], told["missing"]), (30, 0))
        both = [(m + e) / 2 for m, e in zip(expected["material"], expected["energy"])]
        told = self.indicator("material_fuel_cut", year)
        self.assertAlmostEqual(float(told["value"]), sum(both) / 30, places=9)
        self.verb(files[0], "withdraw", 200)
        told = self.indicator("cp_dust_cut", year)
        self.assertEqual((told["denominator"], told["missing"]), (29, 1))
        self.assertAlmostEqual(float(told["value"]), sum(expected["dust"][1:]) / 29, places=9)
        told = self.indicator("cp_files", year)
        self.assertEqual((told["numerator"], told["denominator"], told["missing"]), (29, 30, 1))
        share = self.indicator("cp_park_firms", year)
        self.assertEqual(share["numerator"], 29)
        self.assertGreaterEqual(share["denominator"], 30)

    def test_options_are_counted_in_approved_files_only(self):
        year = 2011
        for number, is_approved in enumerate((True, True, False)):
            file = self.case_file(f"i-count-{number}", year, self.make_firm(f"i-count-{number}"))
            for at in range(4):
                self.client.post(f"{ROOM}/options", {
                    "code": f"i-count-{number}-{at}", "case_file": file["id"],
                    "party": file["party"], "title": "Cơ hội",
                    "class": "process_control"}).expect(201)
            if is_approved:
                self.approve(file)
        told = self.indicator("cp_options", year)
        self.assertEqual((told["value"], told["denominator"]), (8, 2))

    def test_a_result_with_a_line_is_measured_from_readings(self):
        firm_year = YEAR
        file = self.case_file("i-now", firm_year, results=[
            {"kind": "energy", "before": 250, "unit": "MJ/hl", "line": self.line["id"]}])
        self.assertIsNone(file.get("energy_cut_percent"))
        self.approve(file)
        sec = float(self.ask("norm_verdict", line=self.line["id"])["sec"])
        told = self.indicator("cp_energy_cut", firm_year)
        self.assertAlmostEqual(float(told["value"]), (250 - sec) / 250 * 100, places=6)
        why = self.client.get("/api/v1/why", record="industry.case", id=file["id"]).expect(200)
        self.assertAlmostEqual(float(why["value"]), float(told["value"]), places=6)
        self.assertTrue(any("record=industry.line" in (part.get("href") or "")
                            for part in why["parts"]))

    def test_the_eighteen_tasks_wear_their_mark(self):
        file = self.case_file("i-tasks", YEAR - 6, tasks=[
            {"step_no": 1, "task_no": 1, "is_done": True, "done": f"{YEAR - 6}-02-01"}])
        told = self.ask("tasks", case_file=file["id"])
        self.assertEqual((told["task_count"], told["done_count"]), (18, 1))
        self.assertEqual([row["verified"] for row in told["tasks"]], ["yes"] * 9 + ["partial"] * 9)
        self.assertEqual([row["is_done"] for row in told["tasks"]], [True] + [False] * 17)
        wrong = {**{k: file[k] for k in ("title", "party", "year", "period_from", "period_to")},
                 "code": "i-wrong", "tasks": [{"step_no": 2, "task_no": 1}]}
        refused = self.client.post(f"{ROOM}/cases", wrong).expect(400)
        self.assertEqual(refused["field"], "tasks[0].step_no")

    def test_balances_of_the_files_period_tell_what_they_leave_unexplained(self):
        year = YEAR - 7
        file = self.case_file("i-balance", year, output=400000, output_unit="hl")
        self.client.post(f"{CORE}/balances", {
            "code": "i-malt", "title": "Malt", "kind": "material", "party": self.firm["id"],
            "period_from": f"{year}-01-01", "period_to": f"{year + 1}-01-01", "unit": "t",
            "terms": [{"side": "in", "label": "malt", "amount": 100},
                      {"side": "out", "label": "bia", "amount": 80},
                      {"side": "out", "label": "bã", "amount": 15}]}).expect(201)
        told = self.ask("balances", case_file=file["id"])
        self.assertEqual(told["balance_count"], 1)
        self.assertEqual((told["balances"][0]["loss"], told["balances"][0]["closure_percent"]),
                         (5, 95))
        self.assertEqual(len(told["terms"]), 3)
        intensities = self.ask("intensities", case_file=file["id"])["intensities"]
        energy = next(row for row in intensities if row["number"] == "CI-1")
        self.assertEqual((energy["unit"], energy["before"]), ("hl/GJ", 8000))

    # ---- who may ----

    def test_a_firm_sees_and_edits_its_own_drafts_and_no_others(self):
        own = self.case_file("i-own", YEAR - 8)
        others = self.case_file("i-others", YEAR - 8, self.make_firm("i-other"))
        business = self.server.client(self.server.key("business"))
        self.addCleanup(business.close)
        seen = business.get(f"{ROOM}/cases/{own['id']}").expect(200)
        changed = business.patch(f"{ROOM}/cases/{own['id']}", {"focus": "Nấu"}, seen["version"])
        self.assertEqual(changed.expect(200)["focus"], "Nấu")
        business.get(f"{ROOM}/cases/{others['id']}").expect(403, 404)
        business.get(f"{ROOM}/do/norm_verdict", line=self.line["id"]).expect(200)
        business.post(f"{ROOM}/cases/{own['id']}/submit").expect(200)
        business.post(f"{ROOM}/cases/{own['id']}/approve").expect(403)
        public = self.server.client()
        self.addCleanup(public.close)
        public.get(f"{ROOM}/cases/{own['id']}").expect(403, 404)
        public.get(f"{ROOM}/do/norm_verdict", line=self.line["id"]).expect(403, 404)
        told = public.get("/api/v1/indicators/industry.cp_files", from_="2012-01-01",
                          to="2013-01-01").expect(200)
        self.assertEqual(told["sources"], [])


if __name__ == "__main__":
    unittest.main()
