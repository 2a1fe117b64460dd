"""The programme room from outside: seeded plans and targets, duties, reports with their review, and
numbers in which what is missing never counts as good."""
import time
import unittest
from decimal import Decimal

import xanh

ROOM = "/api/v1/programme"
CORE = "/api/v1/core"
YEAR = {"from_": "2026-01-01", "to": "2027-01-01"}


class Programme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = xanh.Server()
        cls.client = cls.server.client()
        cls.target = cls.client.by_code(f"{ROOM}/targets", "THN26-05")
        cls.plan = cls.client.by_code(f"{ROOM}/plans", "hanoi-scp-2026")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    # ---- help ----

    def place(self, code):
        """A place of this test alone: what others make elsewhere does not count in it."""
        hanoi = self.client.by_code(f"{CORE}/places", "vn-01")
        return self.client.make(f"{CORE}/places", code=code, name=code, kind="site",
                                parent=hanoi["id"])

    def market(self, code, place):
        return self.client.make(f"{CORE}/parties", code=code, name=f"Chợ {code}", kind="market",
                                place=place["id"])

    def report(self, party, value=None, target=None, evidence=True, **fields):
        answer = {"target": (target or self.target)["id"], **fields.pop("answer", {})}
        if value is not None:
            answer["value"] = value
        body = {"title": f"Báo cáo {party['code']}", "party": party["id"],
                "period_from": "2026-01-01", "period_to": "2027-01-01", "answers": [answer],
                **fields}
        if evidence:
            body["evidence"] = [{"title": "Biên bản", "kind": "document", "reference": "12/BB"}]
        return self.client.post(f"{ROOM}/reports", body).expect(201)

    def verb(self, record, verb, *statuses, path=f"{ROOM}/reports", **body):
        return self.client.post(f"{path}/{record['id']}/{verb}", body).expect(*statuses)

    def approve(self, report):
        self.verb(report, "submit", 200)
        return self.verb(report, "approve", 200)

    def indicator(self, name, place):
        return self.client.get(f"/api/v1/indicators/programme.{name}", place=place["id"],
                               **YEAR).expect(200)

    def standing(self, target):
        return self.client.get(f"{ROOM}/do/target_standing", target=target["id"]).expect(200)

    def eventually(self, test):
        deadline = time.monotonic() + 20
        while not (found := test()) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertTrue(found, "it did not happen within 20 s")
        return found

    def duty_of(self, party, plan=None):
        code = f"{(plan or self.plan)['code']}/2026-01-01/{party['code']}"
        return self.client.by_code(f"{CORE}/duties", code)

    def plan_duties(self, place, **fields):
        self.eventually(lambda: self.client.by_code(f"{ROOM}/plans", self.plan["code"])["state"]
                        == "adopted")
        body = {"plan": self.plan["id"], "kind": "market", "place": place["id"],
                "period_from": "2026-01-01", "period_to": "2027-01-01", "due": "2099-01-31"}
        return self.client.post(f"{ROOM}/do/plan_duties", {**body, **fields}).expect(200)

    # ---- seeds ----

    def test_targets_come_with_document_source_and_plan(self):
        everything = self.client.get(f"{ROOM}/targets", limit=1000).expect(200)["items"]
        seeded = [target for target in everything if not target["code"].startswith("test-")]
        self.assertEqual(len(seeded), 108)
        for target in seeded:
            self.assertIn(target["verified"], ("yes", "partial"), target["code"])
            self.assertTrue(target["document"] and target["source"], target["code"])
        self.assertEqual(self.target["plan"], self.plan["id"])
        self.assertEqual((self.target["value_min"], self.target["value_max"]), (70, 80))
        self.assertEqual(self.target["measured_by"], "programme.bag_free_markets")

    def test_a_plan_in_effect_is_adopted_by_itself(self):
        self.eventually(lambda: self.client.by_code(f"{ROOM}/plans", "vn-scp-2021")["state"]
                        == "adopted")

    def test_every_target_has_a_standing(self):
        for target in self.client.get(f"{ROOM}/targets", limit=1000).expect(200)["items"]:
            found = self.standing(target)
            if not found["has_value"]:
                self.assertEqual(found["verdict"], "not_known", target["code"])
                self.assertTrue(found["note"], target["code"])
                self.assertIsNone(found.get("value"))

    # ---- paths ----

    def test_a_number_behind_reports_is_a_record_and_a_name_a_query(self):
        place = self.place("paths")
        report = self.report(self.market("path-market", place), 1)
        record = self.client.get(f"{ROOM}/reports/{report['id']}").expect(200)
        self.assertEqual(record["title"], report["title"])
        rows = self.client.get(f"{ROOM}/reports/by_state", place=place["id"], **YEAR).expect(200)
        self.assertEqual([(row["state"], row["reports"]) for row in rows["items"]],
                         [("draft", 1)])
        self.assertEqual(self.client.get(f"{ROOM}/reports/999999").status, 404)
        self.assertEqual(self.client.get(f"{ROOM}/reports/no_such_query").status, 404)
        listed = self.client.get(f"{ROOM}/reports", limit=1).expect(200)
        self.assertEqual(len(listed["items"]), 1)

    # ---- the review ----

    def test_a_report_is_submitted_returned_submitted_again_and_approved(self):
        report = self.report(self.market("review-market", self.place("review")), 1)
        first = self.verb(report, "submit", 200)
        self.assertEqual(first["state"], "submitted")
        self.assertEqual(self.client.patch(f"{ROOM}/reports/{report['id']}", {"title": "x"},
                                           first["version"]).status, 409)
        self.verb(report, "return", 400)
        returned = self.verb(report, "return", 200, reason="thiếu ảnh")
        self.assertEqual((returned["state"], returned["review"]), ("returned", "thiếu ảnh"))
        again = self.verb(report, "submit", 200)
        self.assertEqual(again["submitted_at"], first["submitted_at"])
        self.assertEqual(self.verb(report, "approve", 200)["state"], "approved")
        self.verb(report, "submit", 409)
        verbs = [row["verb"] for row in self.client.get(
            f"{ROOM}/reports/{report['id']}/history").expect(200)["items"]]
        self.assertEqual(sorted(verbs), ["approve", "create", "return", "submit", "submit"])

    def test_a_report_without_evidence_or_number_names_the_field(self):
        market = self.market("bare-market", self.place("bare"))
        problem = self.verb(self.report(market, 1, evidence=False), "submit", 409)
        self.assertEqual(problem["field"], "answers[0].target")
        problem = self.verb(self.report(market, answer={"numerator": 1}), "submit", 409)
        self.assertEqual(problem["field"], "answers[0].value")

    def test_the_resident_sees_no_report_and_approves_none(self):
        report = self.report(self.market("other-market", self.place("other")), 1)
        self.verb(report, "submit", 200)
        resident = self.server.client(self.server.key("resident-7"))
        self.assertEqual(resident.get(f"{ROOM}/reports/{report['id']}").status, 404)
        self.assertEqual(resident.get(f"{ROOM}/reports").expect(200)["items"], [])
        self.assertIn(resident.post(f"{ROOM}/reports/{report['id']}/approve").status, (403, 404))
        self.assertEqual(resident.get(f"{ROOM}/reports/answers", **YEAR).status, 403)
        self.assertEqual(resident.post(f"{ROOM}/do/plan_duties", {}).status, 403)
        self.assertEqual(resident.get(f"{ROOM}/targets/{self.target['id']}").status, 200)
        resident.close()

    # ---- duties ----

    def test_duties_are_planned_once_and_fulfilled_by_approved_reports(self):
        place = self.place("duties")
        named, unnamed, silent = (self.market(f"duty-market-{i}", place) for i in range(3))
        made = self.plan_duties(place)
        self.assertEqual((made["members"], made["created"], made["existing"]), (3, 3, 0))
        again = self.plan_duties(place)
        self.assertEqual((again["created"], again["existing"]), (0, 3))

        self.approve(self.report(named, 1, duty=self.duty_of(named)["id"]))
        self.assertEqual(self.duty_of(named)["state"], "fulfilled")  # in the same transaction
        report = self.approve(self.report(unnamed, 1))
        self.eventually(lambda: self.duty_of(unnamed)["state"] == "fulfilled")  # by the job
        self.assertEqual(self.duty_of(unnamed)["fulfilled_by"], report["id"])
        self.assertEqual(self.duty_of(silent)["standing"], "due")

        owed = self.client.get(f"{ROOM}/reports/owed", plan=self.plan["id"], place=place["id"],
                               **YEAR).expect(200)["items"]
        self.assertEqual([row["who_owes"] for row in owed], [silent["code"]])
        found = self.client.get("/api/v1/indicators/programme.reports_on_time", place=place["id"],
                                from_="2099-01-01", to="2100-01-01").expect(200)
        self.assertEqual((found["numerator"], found["denominator"], found["missing"]), (2, 3, 1))

    def test_a_duty_that_comes_after_its_report_finds_it(self):
        place = self.place("late-duty")
        market = self.market("late-duty-market", place)
        self.approve(self.report(market, 1))
        self.plan_duties(place)
        self.eventually(lambda: self.duty_of(market)["state"] == "fulfilled")

    def test_a_report_after_the_due_day_is_late_and_until_then_overdue(self):
        place = self.place("overdue")
        market = self.market("overdue-market", place)
        self.plan_duties(place, due="2026-02-01")
        self.assertEqual(self.duty_of(market)["standing"], "late")
        rows = self.client.get(f"{ROOM}/reports/overdue", place=place["id"],
                               day="2026-02-02").expect(200)["items"]
        self.assertEqual([row["who_owes"] for row in rows], [market["code"]])
        rows = self.client.get(f"{ROOM}/reports/overdue", place=place["id"],
                               day="2026-02-01").expect(200)["items"]
        self.assertEqual(rows, [])
        self.approve(self.report(market, 1, duty=self.duty_of(market)["id"]))
        self.assertEqual(self.duty_of(market)["state"], "late_fulfilled")

    def test_a_duty_of_another_party_is_refused(self):
        place = self.place("theft")
        owner, thief = self.market("theft-owner", place), self.market("theft-thief", place)
        self.plan_duties(place)
        answer = self.client.post(f"{ROOM}/reports", {
            "title": "x", "party": thief["id"], "duty": self.duty_of(owner)["id"],
            "period_from": "2026-01-01", "period_to": "2027-01-01"}).expect(400)
        self.assertEqual(answer["field"], "duty")

    # ---- numbers ----

    def test_missing_is_never_good(self):
        place = self.place("share")
        markets = [self.market(f"share-market-{i}", place) for i in range(4)]
        empty = self.indicator("bag_free_markets", place)
        self.assertEqual((empty["has_value"], empty["denominator"], empty["missing"]),
                         (False, 4, 4))
        self.assertIsNone(empty.get("value"))
        self.approve(self.report(markets[0], 1))
        self.approve(self.report(markets[1], 0))
        self.verb(self.report(markets[2], 1), "submit", 200)  # not approved: not counted
        found = self.indicator("bag_free_markets", place)
        self.assertEqual((found["value"], found["numerator"], found["denominator"],
                          found["missing"]), (25, 1, 4, 2))
        self.assertEqual(sorted(row["id"] for row in found["missing_from"]),
                         sorted(market["id"] for market in markets[2:]))

    def test_wards_and_communes_are_counted_by_the_official_list(self):
        hanoi = self.client.by_code(f"{CORE}/places", "vn-01")
        found = self.indicator("awareness_communes", hanoi)
        self.assertEqual(found["denominator"], 126)
        earlier = self.client.get("/api/v1/indicators/programme.awareness_communes",
                                  place=hanoi["id"], from_="2024-01-01", to="2025-01-01")
        self.assertEqual(earlier.expect(200)["denominator"], 0)  # these units did not exist yet

    def test_a_target_without_an_indicator_is_measured_by_its_reports(self):
        target = self.client.make(f"{ROOM}/targets", code="test-share", scope="s", indicator="i",
                                  comparator=">=", value_min=Decimal("70"), unit="%",
                                  period_from=2026, period_to=2026, verified="yes", source="s")
        place = self.place("answers")
        parties = [self.market(f"answer-market-{i}", place) for i in range(2)]
        self.approve(self.report(parties[0], target=target,
                                 answer={"numerator": 9, "denominator": 10}))
        self.assertEqual(self.standing(target)["verdict"], "on_track")
        self.approve(self.report(parties[1], target=target,
                                 answer={"numerator": 4, "denominator": 10}))
        found = self.standing(target)
        self.assertEqual((found["verdict"], found["value"], found["numerator"],
                          found["denominator"]), ("behind", 65, 1300, 20))
        self.assertEqual(len(found["sources"]), 2)
        public = xanh.Client(self.server.port, self.server.key("resident-7"))
        seen = public.get(f"{ROOM}/do/target_standing", target=target["id"]).expect(200)
        self.assertEqual((seen["value"], seen["sources"]), (65, []))
        public.close()


if __name__ == "__main__":
    unittest.main()
