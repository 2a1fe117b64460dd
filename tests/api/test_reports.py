"""What a duty to report asks, of whom; and whether a number read off a meter is believable."""
import unittest
from datetime import datetime, timedelta, timezone

from xanh import Server

VIETNAM = timezone(timedelta(hours=7))
FORM = "/api/v1/programme/do/report_form"
CHECK = "/api/v1/core/do/reading_check"


class Form(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.operator = cls.server.client(cls.server.key("operator"))
        cls.officer = cls.server.client(cls.server.key("officer"))
        cls.public = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        for client in (cls.operator, cls.officer, cls.public):
            client.close()
        cls.server.stop()

    def duty(self, kind, year=2026, prefix="hanoi-scp-2026"):
        code = f"{kind}-{year}"
        party = self.operator.make("/api/v1/core/parties", code=code, name=f"A {kind}", kind=kind)
        return self.officer.make("/api/v1/core/duties", code=f"{prefix}/{code}", title="A report",
                                 party=party["id"], record_type="programme.report",
                                 period_from=f"{year}-01-01", period_to=f"{year + 1}-01-01",
                                 due=f"{year}-06-30")

    def questions(self, duty, client=None):
        form = (client or self.officer).get(FORM, duty=duty["id"]).expect(200)
        return form, [(one["code"], one["kind"]) for one in form["questions"]]

    def test_each_kind_of_party_is_asked_what_it_is_measured_by(self):
        for kind, code in (("agency", "THN26-02"), ("park", "THN26-03"),
                           ("craft_village", "THN26-04"), ("market", "THN26-05")):
            with self.subTest(kind):
                form, asked = self.questions(self.duty(kind))
                self.assertEqual(asked, [(code, "yes_no")])
                self.assertTrue(form["questions"][0]["label_vi"])
                self.assertEqual((form["period_from"], form["due"]), ("2026-01-01", "2026-06-30"))
                self.assertIsNotNone(form["plan"])

    def test_in_a_year_without_such_a_target_nothing_is_asked(self):
        self.assertEqual(self.questions(self.duty("market", 2050, "no-plan"))[1], [])

    def test_the_report_that_is_there_is_named_with_its_state_and_only_to_who_may_see_it(self):
        duty = self.duty("market")
        form, _ = self.questions(duty)
        self.assertIsNone(form["report"])
        report = self.officer.post("/api/v1/programme/reports", {
            "title": "A market's report", "party": duty["party"], "duty": duty["id"],
            "period_from": "2026-01-01", "period_to": "2027-01-01"}).expect(201)
        form, _ = self.questions(duty)
        self.assertEqual((form["report"], form["state"]), (report["id"], "draft"))
        self.public.get(FORM, duty=duty["id"]).expect(404)
        self.assertEqual(self.public.get("/api/v1/core/duties").expect(200)["items"], [])

    def test_a_duty_that_is_not_there_is_not_found(self):
        self.officer.get(FORM, duty=987654).expect(404)


class Believable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.client = cls.server.client()
        cls.meter = cls.client.make_meter("home", tariff="evn-residential", max_per_hour=20,
                                          modulus=100000)
        cls.now = datetime.now(VIETNAM)
        readings = [{"series": "home/electricity", "value": 1000 + 10 * day,
                     "time": (cls.now - timedelta(days=31 - day)).isoformat()}
                    for day in range(31)]  # 1300 a day ago, 10 kWh a day
        cls.client.post("/api/v1/readings", readings).expect(200)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def verdict(self, value):
        said = self.client.get(CHECK, series=self.meter["id"], value=value).expect(200)
        self.assertTrue(said["sentence_vi"] and said["sentence_en"])
        return said

    def test_usual_use_is_good_and_told_with_what_is_usual(self):
        said = self.verdict(1310)
        self.assertEqual(said["verdict"], "good")
        self.assertAlmostEqual(float(said["used"]), 10, places=3)
        self.assertAlmostEqual(float(said["expected"]), 10, places=1)

    def test_less_than_before_much_more_and_faster_than_a_meter_counts(self):
        self.assertEqual(self.verdict(1299)["verdict"], "less")
        self.assertEqual(self.verdict(1301)["verdict"], "unusual")
        self.assertEqual(self.verdict(1350)["verdict"], "unusual")
        self.assertEqual(self.verdict(2500)["verdict"], "too_much")

    def test_a_first_reading_has_nothing_to_be_set_against(self):
        other = self.client.make_meter("new", tariff="evn-residential")
        said = self.client.get(CHECK, series=other["id"], value=7).expect(200)
        self.assertEqual((said["verdict"], said["has_last"]), ("good", False))

    def test_only_a_register_is_read_off(self):
        gauge = self.client.make_meter("power", name="power", quantity="energy.power", unit="kW",
                                       kind="gauge")
        self.client.get(CHECK, series=gauge["id"], value=7).expect(400)

    def test_a_display_that_went_over_its_end_is_no_less(self):
        meter = self.client.make_meter("roll", tariff="evn-residential", modulus=10000)
        self.client.post("/api/v1/readings", [
            {"series": "roll/electricity", "value": 9985 + n,
             "time": (self.now - timedelta(days=15 - n)).isoformat()} for n in range(14)])
        said = self.client.get(CHECK, series=meter["id"], value=0).expect(200)
        self.assertEqual(said["verdict"], "good")
        self.assertAlmostEqual(float(said["used"]), 2)


if __name__ == "__main__":
    unittest.main()
