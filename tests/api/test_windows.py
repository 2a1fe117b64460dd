"""Windows of readings: what they come to by hour, day, month or any length, and what is refused."""
import unittest
from decimal import Decimal

from xanh import Server, run, run_json

WINDOWS = "/api/v1/readings/windows"


class Windows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        for home in ("home-1", "home-2"):
            cls.client.make_meter(home)
            rows = [{"series": f"{home}/electricity", "value": 100 + day * 24 + hour,
                     "time": f"2026-01-{day:02}T{hour:02}:00:00+07:00"}
                    for day in range(1, 4) for hour in range(24)]
            cls.client.post("/api/v1/readings", rows).expect(200)
        cls.client.make_meter("home-1", name="water", quantity="water.tap", unit="m3")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def ask(self, **params):
        params = {"series": "home-1/electricity", "from_": "2026-01-01", "to": "2026-01-04",
                  **params}
        return self.client.get(WINDOWS, **params)

    def only(self, **params):
        groups = self.ask(**params).expect(200)["groups"]
        self.assertEqual(len(groups), 1)
        return groups[0]["windows"]

    def test_days_of_a_series_with_all_that_can_be_asked(self):
        days = self.only(of="count,sum,mean,min,max,first,last,increase,integral,time_mean,"
                            "quantile:0.5")
        self.assertEqual(len(days), 3)
        day = days[1]
        self.assertEqual(day["from"], "2026-01-02T00:00:00+07:00")
        self.assertEqual(day["to"], "2026-01-03T00:00:00+07:00")
        self.assertEqual(day["count"], 24)
        self.assertEqual((day["min"], day["max"]), (148, 171))
        self.assertEqual(day["sum"], sum(range(148, 172)))
        self.assertEqual(day["mean"], Decimal("159.5"))
        self.assertEqual(day["quantile"], Decimal("159.5"))
        self.assertEqual(day["first"], {"time": "2026-01-02T00:00:00+07:00", "value": 148})
        self.assertEqual(day["last"], {"time": "2026-01-02T23:00:00+07:00", "value": 171})
        self.assertEqual(day["increase"], 24)
        self.assertEqual(day["integral"], 24 * 160)
        self.assertEqual(day["time_mean"], 160)
        self.assertEqual(day["quality"], ["late"])

    def test_lengths_begin_where_they_are_told_and_end_at_the_end(self):
        windows = self.only(every="PT5H", of="count", to="2026-01-02")
        self.assertEqual([w["count"] for w in windows], [5, 5, 5, 5, 4])
        self.assertEqual(windows[-1]["to"], "2026-01-02T00:00:00+07:00")
        windows = self.only(every="P1M", of="count", from_="2026-01-01", to="2026-03-15")
        self.assertEqual([w["from"][:10] for w in windows],
                         ["2026-01-01", "2026-02-01", "2026-03-01"])
        self.assertEqual(len(self.only(every="month", of="count")), 1)
        self.assertEqual(len(self.only(every="hour", of="count")), 72)

    def test_another_zone_makes_other_days(self):
        days = self.only(of="count", zone="+00:00", from_="2026-01-01", to="2026-01-03")
        self.assertEqual(days[0]["from"], "2026-01-01T00:00:00Z")
        self.assertEqual([d["count"] for d in days], [24, 24])

    def test_a_day_has_as_many_hours_as_its_zone_gives_it(self):
        for every in ("day", "P1D"):
            days = self.only(of="count", every=every, zone="Europe/Paris", from_="2026-03-28",
                             to="2026-03-31")
            self.assertEqual([d["from"] for d in days],
                             ["2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00",
                              "2026-03-30T00:00:00+02:00"])
        self.assertEqual(len(self.only(every="hour", of="count", zone="Europe/Paris",
                                       from_="2026-03-29", to="2026-03-30")), 23)
        ends = self.only(every="P1M", of="count", from_="2026-01-31", to="2026-04-01")
        self.assertEqual([d["from"][:10] for d in ends],
                         ["2026-01-31", "2026-02-28", "2026-03-31"])

    def test_results_that_are_no_numbers_count_for_nothing(self):
        self.client.make_meter("home-5", name="air", quantity="air_temperature", unit="°C",
                               kind="gauge")
        series = self.client.by_code("/api/v1/core/series", "home-5/air")["id"]
        times = ("2026-01-01T06:00:00+07:00", "2026-01-01T12:00:00+07:00",
                 "2026-01-01T18:00:00+07:00", "2026-01-02T06:00:00+07:00",
                 "2026-01-02T18:00:00+07:00")
        told = dict(zip(times, (10, "no contact", 20, "no contact", 40)))
        for at, result in told.items():
            self.client.post(f"/v1.1/Datastreams({series})/Observations",
                             {"result": result, "phenomenonTime": at,
                              "FeatureOfInterest": {"name": "air", "description": "air",
                                                    "encodingType": "application/geo+json",
                                                    "feature": {"type": "Point",
                                                                "coordinates": [105.8, 21]}}}
                             ).expect(201)
        first, second, third = self.only(
            series="home-5/air",
            of="count,sum,mean,min,first,last,increase,integral,time_mean,quantile:0.25")
        self.assertEqual((first["count"], first["sum"], first["mean"], first["min"]),
                         (2, 30, 15, 10))
        self.assertEqual((first["first"]["value"], first["last"]["value"]), (10, 20))
        self.assertEqual((first["increase"], first["quantile"]), (10, Decimal("12.5")))
        # From 10 at 6 to 20 at 18, and a quarter of the way to 40, which comes a day later.
        self.assertEqual((first["integral"], first["time_mean"]), (180 + 135, Decimal("17.5")))
        self.assertEqual((second["count"], second["sum"], second["increase"]), (1, 40, 20))
        self.assertEqual(second["integral"], (25 + 40) * 9)
        self.assertEqual((third["count"], third["sum"]), (0, None))

    def test_a_window_without_readings_has_a_count_and_no_numbers(self):
        windows = self.only(from_="2026-02-01", to="2026-02-02", of="count,sum,mean,min,max,last")
        self.assertEqual(windows[0]["count"], 0)
        for name in ("sum", "mean", "min", "max", "last"):
            self.assertIsNone(windows[0][name])

    def test_series_stand_for_themselves_or_are_taken_together(self):
        both = "home-1/electricity,home-2/electricity"
        groups = self.ask(series=both, of="sum").expect(200)["groups"]
        self.assertEqual([g["series"] for g in groups], both.split(","))
        together = self.only(series=both, of="sum,count", by="all")
        self.assertEqual(together[0]["count"], 48)
        self.assertEqual(together[0]["sum"], 2 * groups[0]["windows"][0]["sum"])
        place = self.client.get(WINDOWS, place="home-2", quantity="energy.electricity",
                                from_="2026-01-01", to="2026-01-02", of="count").expect(200)
        self.assertEqual(place["groups"][0]["windows"][0]["count"], 24)
        self.assertIsNone(place["groups"][0]["series"])

    def test_csv_has_a_row_for_each_window(self):
        text = self.ask(format="csv", of="count,last").expect(200).decode()
        lines = text.replace("\r\n", "\n").strip().split("\n")
        self.assertEqual(lines[0], "series,unit,from,to,count,last,last_time,quality")
        self.assertEqual(len(lines), 4)
        self.assertEqual(lines[1], "home-1/electricity,kWh,2026-01-01T00:00:00+07:00,"
                                   "2026-01-02T00:00:00+07:00,24,147,2026-01-01T23:00:00+07:00,"
                                   "late")

    def test_what_is_wrong_is_told_by_parameter(self):
        cases = [
            ({"every": "fortnight"}, 400, "every"), ({"every": "PT0S"}, 400, "every"),
            ({"every": "-PT1H"}, 400, "every"), ({"of": "median"}, 400, "of"),
            ({"of": "quantile:1.5"}, 400, "of"), ({"of": "quantile:0.1,quantile:0.9"}, 400, "of"),
            ({"by": "place"}, 400, "by"), ({"zone": "Mars/Crater"}, 400, "zone"),
            ({"to": "2025-01-01"}, 400, "to"), ({"gap": "PT0S"}, 400, "gap"),
            ({"format": "xml"}, 400, "format"), ({"series": "none/such"}, 404, "series"),
            ({"series": "home-1/electricity,home-1/electricity"}, 400, "series"),
            ({"every": "PT1S"}, 413, "every"),
            ({"series": "home-1/electricity,home-1/water", "by": "all"}, 400, "by"),
        ]
        for params, status, field in cases:
            answer = self.ask(**params)
            self.assertEqual((answer.status, answer.json().get("field")), (status, field),
                             f"{params}: {answer.text}")
        answer = self.client.get(WINDOWS, place="home-1")
        self.assertEqual((answer.status, answer.json()["field"]), (400, "quantity"))

    def test_a_home_sees_its_own_only(self):
        server = Server(identity="public")
        operator = server.client(server.key("operator"))
        resident = server.client(server.key("resident-7"))
        for home in ("home-7", "home-8"):
            operator.make_meter(home)
            operator.post("/api/v1/readings", {"series": f"{home}/electricity", "value": 1,
                                               "time": "2026-01-03T00:00:00Z"}).expect(200)
        span = {"from_": "2026-01-01", "to": "2026-01-04", "every": "P3D"}
        self.assertEqual(resident.get(WINDOWS, series="home-8/electricity", **span).status, 404)
        for ask in ({"series": "home-7/electricity"}, {"quantity": "energy.electricity"}):
            group = resident.get(WINDOWS, of="count", **ask, **span).expect(200)["groups"][0]
            self.assertEqual(group["windows"][0]["count"], 1)
        everywhere = operator.get(WINDOWS, of="count", quantity="energy.electricity",
                                  **span).expect(200)
        self.assertEqual(everywhere["groups"][0]["windows"][0]["count"], 2)
        for client in (operator, resident):
            client.close()
        server.stop()

    def test_the_command_asks_the_same(self):
        answer = run_json("query", "windows", "--series", "home-1/electricity", "--from",
                          "2026-01-01", "--to", "2026-01-04", "--of", "count,max", "--dir",
                          self.server.dir)
        self.assertEqual([w["max"] for w in answer["groups"][0]["windows"]], [147, 171, 195])
        shown = run("query", "windows", "--series", "home-1/electricity", "--from", "2026-01-01",
                    "--to", "2026-01-04", "--of", "max", "--dir", self.server.dir).stdout
        self.assertIn("195", shown)


if __name__ == "__main__":
    unittest.main()
