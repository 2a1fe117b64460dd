"""The month so far of a home's meters, what it may come to, one thing to do, and what other hours would
cost: over the API, from readings that a test sent."""
import math
import unittest
from datetime import datetime, timedelta, timezone

from xanh import Server

VIETNAM = timezone(timedelta(hours=7))
HALF_HOUR = timedelta(minutes=30)


class Month(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.operator = cls.server.client(cls.server.key("operator"))
        cls.resident = cls.server.client(cls.server.key("resident-7"))
        cls.home = cls.operator.make_meter("home-7", tariff="evn-residential")
        cls.water = cls.operator.make_meter("home-7", name="water", quantity="water.consumption",
                                            unit="m3", tariff="hanoi-household")
        cls.plant = cls.operator.make_meter("plant", tariff="evn-production-22to110kv")

    @classmethod
    def tearDownClass(cls):
        cls.operator.close()
        cls.resident.close()
        cls.server.stop()

    def send(self, series, readings):
        lines = ",".join(f'{{"series":"{series}","time":"{at.isoformat()}","value":{value:.4f}}}'
                         for at, value in readings)
        self.operator.request("POST", "/api/v1/readings", f"[{lines}]").expect(200)

    def ask(self, action, client=None, series="", **params):
        record = self.operator.by_code("/api/v1/core/series", series)
        return (client or self.operator).get(f"/api/v1/{action}", series=record["id"], **params)

    def test_400_kwh_by_the_25th_are_1_160_460_dong_in_the_fifth_tier(self):
        first = datetime(2026, 10, 1, tzinfo=VIETNAM)
        self.send("home-7/electricity", [(first + timedelta(days=n), 1000 + 16 * n)
                                         for n in range(-40, 26)])
        answer = self.ask("core/do/month_so_far", self.resident, series="home-7/electricity",
                          day="2026-10-25").expect(200)
        self.assertEqual((answer["from"], answer["to"]), ("2026-10-01", "2026-10-26"))
        self.assertEqual(answer["quantity"], 400)
        self.assertEqual(answer["amount"], 1160460)
        self.assertEqual(answer["tier"], 5)
        self.assertEqual(answer["fifth_tier_day"], "2026-10-19")  # 304 kWh in its evening
        self.assertEqual(answer["next_tier_day"], "2026-10-26")
        self.assertIn("1.160.460 ₫", answer["sentence_vi"])
        self.assertEqual([tier["tier"] for tier in answer["tiers"]], [1, 2, 3, 4, 5, 6])
        self.assertAlmostEqual(answer["forecast_quantity"], 496)  # 31 days alike
        bill = self.operator.get("/api/v1/core/do/charge", tariff="evn-residential",
                                 on="2026-10-01", quantity="496").expect(200)
        self.assertEqual(answer["forecast_amount"], round(bill["total"], -3))

    def test_water_is_asked_in_the_same_way(self):
        first = datetime(2026, 9, 1, tzinfo=VIETNAM)
        self.send("home-7/water", [(first + timedelta(days=n), 50 + 0.5 * n) for n in range(31)])
        answer = self.ask("core/do/month_so_far", series="home-7/water",
                          day="2026-09-20").expect(200)
        bill = self.operator.get("/api/v1/core/do/charge", tariff="hanoi-household",
                                 on="2026-09-01", quantity="10").expect(200)
        self.assertEqual((answer["quantity"], answer["amount"]), (10, bill["total"]))
        self.assertEqual(answer["unit"], "m3")

    def test_what_is_anothers_is_not_told(self):
        self.ask("core/do/month_so_far", self.resident, series="plant/electricity").expect(404)
        self.ask("energy/do/advice", self.resident, series="plant/electricity").expect(404)
        self.ask("core/do/month_so_far", series="home-7/electricity", day="2099-01-01").expect(400)

    def shape(self, kw_of):
        """Half hours of the last 30 days of a load by clock hour."""
        now = datetime.now(VIETNAM)
        at = (now - timedelta(days=32)).replace(hour=0, minute=0, second=0, microsecond=0)
        value = 0.0
        readings = [(at, value)]
        while at + HALF_HOUR < now:
            value += kw_of(at) / 2
            at += HALF_HOUR
            readings.append((at, value))
        return readings

    def test_advice_names_what_runs_at_night_and_what_a_fifth_of_it_is_worth(self):
        meter = self.operator.make_meter("night", tariff="evn-residential")
        self.send("night/electricity", self.shape(lambda at: 0.3 + (0.5 if 18 <= at.hour < 20 else 0)))
        answer = self.ask("energy/do/advice", series="night/electricity").expect(200)
        self.assertTrue(answer["has_tip"])
        tip = answer["tips"][0]
        self.assertEqual(tip["rule"], "night")
        self.assertAlmostEqual(float(tip["saving_kwh"]), 0.3 * 24 * 30 / 5, places=3)
        self.assertGreater(tip["saving_vnd"], 1984 * tip["saving_kwh"])
        self.assertIn("300 W", tip["why_vi"])
        self.assertIsNotNone(meter)

    def test_a_home_that_uses_little_and_evenly_is_told_nothing(self):
        self.operator.make_meter("calm", tariff="evn-residential")
        self.send("calm/electricity", self.shape(lambda at: 0.5 if 8 <= at.hour < 18 else 0.02))
        answer = self.ask("energy/do/advice", series="calm/electricity").expect(200)
        self.assertEqual((answer["has_tip"], answer["tips"]), (False, []))
        self.assertTrue(answer["sentence_vi"] and answer["sentence_en"])

    def test_the_forecast_is_nearer_than_the_day_before_for_a_home_with_a_week(self):
        self.operator.make_meter("weekly", tariff="evn-residential")
        self.send("weekly/electricity", self.shape(
            lambda at: (0.9 if at.weekday() >= 5 else 0.3) * (1 + 0.1 * math.sin(at.day))))
        answer = self.ask("core/do/month_so_far", series="weekly/electricity").expect(200)
        print(f"\nforecast of a day: {answer['error_per_day']:.2f} kWh off, "
              f"as the day before: {answer['naive_error_per_day']:.2f} kWh off")
        self.assertLess(answer["error_per_day"], answer["naive_error_per_day"])
        self.assertLessEqual(answer["low"], answer["forecast_quantity"])
        self.assertLessEqual(answer["forecast_quantity"], answer["high"])

    def test_new_hours_cost_a_plant_of_the_evening_more_and_shifting_helps(self):
        first = datetime(2026, 6, 1, tzinfo=VIETNAM)
        readings, value = [(first, 0.0)], 0.0
        for n in range(30 * 48):
            at = first + n * HALF_HOUR
            value += 50 if 20 <= at.hour < 22 else 10
            readings.append((at + HALF_HOUR, value))
        self.send("plant/electricity", readings)
        ask = {"series": "plant/electricity", "from": "2026-06-01", "to": "2026-07-01"}
        answer = self.ask("energy/do/peak_what_if", shift_percent="50", roof_kwp="20",
                          **ask).expect(200)
        cases = {case["key"]: case for case in answer["cases"]}
        self.assertEqual(set(cases), {"legacy", "in_force", "963", "shifted", "roof", "both"})
        total = sum(cases["legacy"][band] for band in ("peak_kwh", "normal_kwh", "off_peak_kwh"))
        self.assertAlmostEqual(total, answer["quantity"], places=6)
        # June 2026 has 26 days that are no Sunday; 963: 20:00-22:00 at 50, 17:30-20:00 and
        # 22:00-22:30 at 10 a half hour.
        self.assertAlmostEqual(cases["963"]["peak_kwh"], 26 * (4 * 50 + 6 * 10), places=6)
        self.assertAlmostEqual(cases["legacy"]["peak_kwh"], 26 * 10 * 10, places=6)
        self.assertGreater(answer["cost_963"], answer["cost_legacy"])
        self.assertLess(answer["cost_shifted"], answer["cost_963"])
        self.assertLess(answer["cost_roof"], answer["cost_963"])
        self.assertTrue(answer["is_disputed"])
        bands = {band: f"{cases['963'][band + '_kwh']:.3f}"
                 for band in ("peak", "normal", "off_peak")}
        bill = self.operator.get("/api/v1/core/do/charge", tariff="evn-production-22to110kv",
                                 on="2026-06-01", **bands).expect(200)
        self.assertEqual(answer["cost_963"], bill["total"])
        self.ask("energy/do/peak_what_if", series="home-7/electricity").expect(400)


if __name__ == "__main__":
    unittest.main()
