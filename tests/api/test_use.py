"""Consumption, comparison, bills and reasons, from readings that can be added up by hand."""
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from xanh import Server

VN = timezone(timedelta(hours=7))


class Use(unittest.TestCase):
    """Home 1 uses 1 kWh an hour in January and 2 kWh an hour in February 2026; home 2 as much of
    water in m3/24."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        cls.series = cls.client.make_meter("home-1", period_s=3600, tariff="evn-residential")
        rows, register = ["series,time,value"], 1000
        at = datetime(2026, 1, 1, tzinfo=VN)
        while at <= datetime(2026, 3, 1, tzinfo=VN):
            rows.append(f"home-1/electricity,{at.isoformat()},{register}")
            register += 1 if at.month == 1 else 2
            at += timedelta(hours=1)
        answer = cls.client.request("POST", "/api/v1/readings", "\n".join(rows),
                                    {"Content-Type": "text/csv"}, rows="refused").expect(200)
        assert answer["refused"] == 0 and answer["taken"] == len(rows) - 1, answer

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def use(self, **params):
        params = {k.rstrip("_"): v for k, v in params.items()}
        return self.client.get("/api/v1/use", **{"series": "home-1/electricity", **params})

    def test_days_hours_and_months_add_up(self):
        days = self.use(from_="2026-02-01", to="2026-03-01").expect(200)
        self.assertEqual((days["unit"], days["zone"], days["period"]),
                         ("kWh", "Asia/Ho_Chi_Minh", "day"))
        self.assertEqual(len(days["windows"]), 28)
        self.assertEqual({w["amount"] for w in days["windows"]}, {48})
        self.assertEqual({w["covered"] for w in days["windows"]}, {1})
        self.assertEqual(days["windows"][0]["from"], "2026-02-01T00:00:00+07:00")
        self.assertEqual(days["total"], 1344)
        hours = self.use(from_="2026-02-01", to="2026-02-02", period="hour").expect(200)
        self.assertEqual([w["amount"] for w in hours["windows"]], [2] * 24)
        months = self.use(from_="2026-01-01", to="2026-03-01", period="month").expect(200)
        self.assertEqual([w["amount"] for w in months["windows"]], [744, 1344])
        year = self.use(from_="2026-01-01", to="2027-01-01", period="year").expect(200)
        self.assertEqual(year["windows"][0]["amount"], 2088)
        self.assertIn("incomplete", year["windows"][0]["flags"])

    def test_the_month_before_is_the_whole_month_before(self):
        answer = self.use(from_="2026-02-01", to="2026-03-01", compare="previous").expect(200)
        before = answer["compare"]
        self.assertEqual((before["from"], before["to"]),
                         ("2026-01-01T00:00:00+07:00", "2026-02-01T00:00:00+07:00"))
        self.assertEqual(before["total"], 744)
        # 28 days of each side are compared: 1344 against 672.
        self.assertEqual((before["change_percent"], before["compared_windows"]), (100, 28))
        self.assertEqual(answer["sentence_en"], "electricity of home-1: 1,344 kWh of electricity in "
                         "February 2026, 100 % more than in the time before.")
        self.assertEqual(answer["sentence_vi"], "electricity of home-1: 1.344 kWh điện trong tháng "
                         "2/2026, tăng 100 % so với kỳ trước.")

    def test_where_nothing_is_known_nothing_is_said(self):
        answer = self.use(from_="2025-02-01", to="2025-03-01", compare="year").expect(200)
        self.assertIsNone(answer["total"])
        self.assertEqual({w["amount"] for w in answer["windows"]}, {None})
        self.assertIsNone(answer["compare"]["change_percent"])
        self.assertEqual(answer["sentence_en"], "There are no readings in February 2025.")
        self.assertIsNone(answer["ghg"])

    def test_electricity_comes_with_its_carbon(self):
        ghg = self.use(from_="2026-02-01", to="2026-03-01").expect(200)["ghg"]
        self.assertEqual(Decimal(str(ghg["kgco2"])).quantize(Decimal("0.001")),
                         (1344 * ghg["factor"]).quantize(Decimal("0.001")))
        self.assertTrue(ghg["document"] and ghg["row"] and ghg["factor_year"])
        self.assertIn(ghg["verified"], ("yes", "partial", "no"))

    def test_a_place_is_the_sum_of_its_series(self):
        answer = self.client.get("/api/v1/use", place="home-1", quantity="energy.electricity",
                                 **{"from": "2026-02-01", "to": "2026-03-01"}).expect(200)
        self.assertEqual((answer["total"], answer["series_count"], answer["silent_count"]),
                         (1344, 1, 0))

    def test_a_late_reading_is_not_known_earlier(self):
        code = "home-3/electricity"
        self.client.make_meter("home-3", period_s=3600)
        for hour, value in ((0, 10), (2, 14)):
            self.client.post("/api/v1/readings", {"series": code, "value": value, "time":
                             f"2026-02-01T{hour:02}:00:00+07:00"}).expect(200)
        before = self.client.get("/api/v1/readings", series=code).json()["items"][-1]["arrival"]
        window = {"from": "2026-02-01", "to": "2026-02-02", "period": "hour"}
        first = self.client.get("/api/v1/use", series=code, **window).expect(200)
        late = {"series": code, "value": 13, "time": "2026-02-01T01:00:00+07:00"}
        self.assertEqual(self.client.post("/api/v1/readings", late).expect(200)["late"], 1)
        now = self.client.get("/api/v1/use", series=code, **window).expect(200)
        self.assertEqual([w["amount"] for w in now["windows"][:2]], [3, 1])
        known = self.client.get("/api/v1/use", series=code, as_known=before, **window).expect(200)
        self.assertEqual(known["windows"], first["windows"])

    def test_wrong_questions_are_named(self):
        for params, field in [({"period": "week"}, "period"), ({"compare": "never"}, "compare"),
                              ({"from": "today"}, "from"), ({"from": "2026-02-02",
                               "to": "2026-02-01"}, "to"),
                              ({"series": ""}, "series")]:
            with self.subTest(field):
                answer = self.client.get("/api/v1/use", **{"series": "home-1/electricity", **params})
                self.assertEqual(answer.expect(400)["field"], field)
        answer = self.client.get("/api/v1/use", place="home-1", quantity="energy.nothing")
        self.assertEqual(answer.expect(400)["field"], "quantity")
        answer = self.client.get("/api/v1/use", place="nowhere", quantity="energy.electricity")
        self.assertEqual(answer.expect(404)["field"], "place")
        answer = self.use(from_="1990-01-01", to="2026-01-01", period="hour")
        self.assertIn(answer.status, (400, 413))

    # ---- bills and reasons ----

    def test_a_bill_opens_down_to_the_reading_and_the_row(self):
        preview = self.client.get("/api/v1/bill", series="home-1/electricity",
                                  month="2026-02").expect(200)
        self.assertEqual((preview["id"], preview["quantity"]), (0, 1344))
        self.assertIn("1.344 kWh", preview["sentence_vi"])
        self.assertIn("1,344 kWh", preview["sentence_en"])
        ask = {"series": "home-1/electricity", "month": "2026-02", "reason": "test"}
        bill = self.client.post("/api/v1/bill", ask).expect(201)
        self.assertEqual(bill["state"], "issued")
        self.assertEqual((bill["total"], bill["lines"]), (preview["total"], bill["lines"]))
        again = self.client.post("/api/v1/bill", ask).expect(200)
        self.assertEqual(again["id"], bill["id"])
        why = self.client.get("/api/v1/why", bill=bill["id"]).expect(200)
        self.assertEqual(why["value"], bill["total"])
        self.assertEqual(why["unit"], "VND")
        self.assertTrue({r["code"] for r in why["rows"]} >=
                        {line["row_code"] for line in bill["lines"]})
        self.assertEqual(why["versions"][-1]["verb"], "issue")
        self.assertGreater(len(why["readings"]), 400)
        line = self.client.get("/api/v1/why", bill=bill["id"], line=1).expect(200)
        self.assertEqual(line["value"], bill["lines"][0]["amount"])
        self.assertEqual([r["code"] for r in line["rows"]], [bill["lines"][0]["row_code"]])
        row = line["rows"][0]
        self.assertTrue(row["document"] and row["source"] and row["verified"])
        self.assertEqual(self.client.get(row["href"]).expect(200)["code"], row["code"])
        for part in why["parts"] + line["parts"]:
            if part["href"]:
                self.client.get(part["href"]).expect(200)
        self.assertEqual(self.client.get("/api/v1/why", bill=bill["id"], line=99).expect(404)["field"],
                         "line")

    def test_why_of_consumption_and_of_a_row(self):
        why = self.client.get("/api/v1/why", series="home-1/electricity",
                              **{"from": "2026-02-01", "to": "2026-02-02"}).expect(200)
        self.assertEqual((why["value"], why["unit"], len(why["parts"])), (48, "kWh", 24))
        times = [r["time"] for r in why["readings"]]
        self.assertEqual(times, sorted(times))
        self.assertEqual((times[0], times[1]),
                         ("2026-01-31T23:00:00+07:00", "2026-02-01T00:00:00+07:00"))
        self.assertEqual(times[-1], "2026-02-02T00:00:00+07:00")
        code = self.client.get("/api/v1/core/dated", limit=1).expect(200)["items"][0]["code"]
        row = self.client.get("/api/v1/why", dated=code).expect(200)
        self.assertEqual(row["rows"][0]["code"], code)
        self.assertTrue(row["versions"])
        self.client.get("/api/v1/why", dated="none").expect(404)

    def test_indicators_say_what_they_are_made_of(self):
        meta = self.client.get("/api/v1/meta").expect(200)
        for room in meta["rooms"]:
            for indicator in room["indicators"]:
                with self.subTest(indicator["name"]):
                    asked = {"from": "2026-02-01", "to": "2026-03-01"}
                    answer = self.client.get(indicator["path"], **asked).expect(200)
                    self.assertEqual(answer["unit"], indicator["unit"])
                    why = self.client.get("/api/v1/why", indicator=indicator["name"],
                                          **asked).expect(200)
                    self.assertEqual(why["value"] is not None, answer["has_value"])
                    self.client.get(indicator["path"], **{"from": "x", "to": "y"}).expect(400)
                    self.client.get(indicator["path"]).expect(400)

    def test_reading_actions_answer_to_get_and_post_alike(self):
        asked = {"tariff": "evn-residential", "on": "2025-06-15", "quantity": "400"}
        by_get = self.client.get("/api/v1/core/do/charge", **asked).expect(200)
        by_post = self.client.post("/api/v1/core/do/charge", {**asked, "quantity": 400}).expect(200)
        self.assertEqual(by_get, by_post)
        self.assertEqual(by_get["total"], 1160460) # the check value of the tariff's table
        self.client.get("/api/v1/core/do/charge", **{**asked, "zzz": "1"}).expect(400)
        self.client.get("/api/v1/core/do/nothing").expect(404)


if __name__ == "__main__":
    unittest.main()
