"""Readings go in by every door and come out with their digits; what is wrong is named."""
import gzip
import json
import unittest

from xanh import Server


class Readings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        cls.client.make_meter("home-1", period_s=3600)
        cls.client.make_meter("home-2", period_s=3600)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def post(self, body, media_type="application/json", headers=None, **params):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        return self.client.request("POST", "/api/v1/readings", body,
                                   {"Content-Type": media_type, **(headers or {})}, **params)

    def items(self, series, **params):
        return self.client.get("/api/v1/readings", series=series, **params).expect(200)["items"]

    def test_one_object_is_one_reading(self):
        self.client.make_meter("home-7")
        answer = self.post({"series": "home-7/electricity", "time": "2026-03-01T00:00:00+07:00",
                            "value": 100.50}).expect(200)
        self.assertEqual(answer["taken"], 1)
        self.assertEqual(answer["rows"][0]["status"], "taken")
        self.assertEqual(answer["rows"][0]["seq"], 1)

    def test_an_array_a_wrapper_and_lines_are_the_same(self):
        rows = [{"series": "home-2/electricity", "time": f"2026-03-01T0{h}:00:00+07:00",
                 "value": 10 + h} for h in range(3)]
        self.assertEqual(self.post(rows).expect(200)["taken"], 3)
        again = self.post({"readings": rows}).expect(200)
        self.assertEqual((again["taken"], again["duplicate"]), (0, 3))
        lines = "\n".join(json.dumps(r) for r in rows) + "\n"
        self.assertEqual(self.post(lines, "application/x-ndjson").expect(200)["duplicate"], 3)
        text = "series,time,value\r\n" + "".join(
            f"{r['series']},{r['time']},{r['value']}\r\n" for r in rows)
        self.assertEqual(self.post(text, "text/csv").expect(200)["duplicate"], 3)
        packed = gzip.compress(text.encode())
        answer = self.post(packed, "text/csv; charset=utf-8", {"Content-Encoding": "gzip"})
        self.assertEqual(answer.expect(200)["duplicate"], 3)

    def test_digits_come_back_as_they_were_sent(self):
        self.client.make_meter("home-3")
        values = ["0.0", "12.50", "7", "1000000.001", "3.1400"]
        body = "\n".join(f'{{"series":"home-3/electricity","time":"2026-03-02T0{i}:00:00Z",'
                         f'"value":{v}}}' for i, v in enumerate(values))
        self.assertEqual(self.post(body, "application/x-ndjson").expect(200)["taken"], 5)
        text = self.client.get("/api/v1/readings", series="home-3/electricity").text
        for value in values:
            self.assertIn(f'"value":{value},', text)
        csv = self.client.get("/api/v1/readings", series="home-3/electricity", format="csv").text
        self.assertEqual([line.split(",")[2] for line in csv.split("\r\n")[1:6]], values)
        lines = self.client.get("/api/v1/readings", {"Accept": "application/x-ndjson"},
                                series="home-3/electricity").text.strip().split("\n")
        self.assertEqual(len(lines), 5)
        self.assertIn('"value":3.1400', lines[4])

    def test_a_correction_keeps_the_earlier_value(self):
        self.client.make_meter("home-4")
        one = {"series": "home-4/electricity", "time": "2026-03-02T00:00:00Z", "value": 1}
        self.post(one).expect(200)
        answer = self.post({**one, "value": 2, "quality": ["manual"]}).expect(200)
        self.assertEqual(answer["corrected"], 1)
        self.assertIn("manual", answer["rows"][0]["quality"])
        self.assertEqual([r["value"] for r in self.items("home-4/electricity")], [2])
        both = self.items("home-4/electricity", corrected=1)
        self.assertEqual([(r["value"], r["in_force"]) for r in both], [(1, False), (2, True)])
        before = self.items("home-4/electricity", as_known=both[0]["arrival"])
        self.assertEqual([r["value"] for r in before], [1])

    def test_pages_follow_each_other_without_gap_in_both_orders(self):
        self.client.make_meter("home-5")
        rows = [{"series": "home-5/electricity", "time": f"2026-03-02T00:{m:02}:00Z", "value": m}
                for m in range(60)]
        self.post(rows).expect(200)
        for order in ("asc", "desc"):
            seen, after = [], None
            while True:
                page = self.client.get("/api/v1/readings", series="home-5/electricity", limit=7,
                                       order=order, after=after).expect(200)
                seen += [r["value"] for r in page["items"]]
                after = page["next"]
                if after is None:
                    break
            self.assertEqual(seen, sorted(range(60), reverse=order == "desc"))

    def test_the_last_reading_has_an_age(self):
        self.client.make_meter("home-6")
        self.post({"series": "home-6/electricity", "value": 5.5}).expect(200)
        last = self.client.get("/api/v1/readings/last", series="home-6/electricity,home-1/electricity")
        item = last.expect(200)["items"][0]
        self.assertEqual((item["series"], str(item["value"]), item["unit"]),
                         ("home-6/electricity", "5.5", "kWh"))
        self.assertTrue(0 <= item["age_s"] <= 5)

    def test_a_time_with_its_offset_may_stand_in_an_address_as_it_is(self):
        path = ("/api/v1/readings?series=home-1/electricity&from=2026-03-01T00:00:00+07:00"
                "&to=2026-03-02")
        self.assertEqual(self.client.get(path).status, 200)

    # ---- what is wrong ----

    def problem(self, answer, status, **members):
        body = answer.expect(status)
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        self.assertEqual(body["status"], status)
        for name, value in members.items():
            self.assertEqual(body.get(name), value, body)
        self.assertTrue(body["detail"])
        self.assertEqual(body["detail"][0], body["detail"][0].lower())
        return body

    def test_a_wrong_row_is_told_by_field_value_and_limit(self):
        good = {"series": "home-1/electricity", "time": "2026-03-03T00:00:00Z", "value": 1}
        wrong = [
            ({"series": "nobody/electricity"}, 404, "series", "nobody/electricity"),
            ({"value": "12"}, 400, "value", "12"),
            ({"value": None}, 400, "value", ""),
            ({"time": "yesterday"}, 400, "time", "yesterday"),
            ({"time": "2026-03-03T00:00:00"}, 400, "time", "2026-03-03T00:00:00"),
            ({"time": "2999-01-01T00:00:00Z"}, 400, "time", None),
            ({"quality": ["lovely"]}, 400, "quality", "lovely"),
            ({"kwh": 3}, 400, "kwh", None),
        ]
        for change, status, field, value in wrong:
            with self.subTest(change):
                body = self.problem(self.post({**good, **change}), status, field=field)
                self.assertTrue(body.get("limit"), body)
                if value is not None:
                    self.assertEqual(body["value"], value)
        missing = self.problem(self.post({"series": "home-1/electricity"}), 400, field="value")
        self.assertEqual(missing["limit"], "a number")

    def test_good_rows_are_kept_beside_wrong_ones(self):
        rows = [{"series": "home-1/electricity", "time": "2026-03-04T00:00:00Z", "value": 5},
                {"series": "home-1/electricity", "time": "2026-03-04T01:00:00Z", "value": "x"},
                {"series": "nobody", "time": "2026-03-04T02:00:00Z", "value": 7}, 5]
        answer = self.post(rows).expect(200)
        self.assertEqual((answer["taken"], answer["refused"]), (1, 3))
        self.assertEqual([r["row"] for r in answer["rows"]], [1, 2, 3, 4])
        self.assertEqual([r["status"] for r in answer["rows"]],
                         ["taken", "refused", "refused", "refused"])
        self.assertEqual(answer["rows"][1]["error"]["field"], "value")
        self.assertEqual(answer["rows"][2]["error"]["status"], 404)
        only = self.post(rows, rows="refused").expect(200)
        self.assertEqual([r["row"] for r in only["rows"]], [2, 3, 4])
        all_wrong = self.post(rows[1:]).expect(400)
        self.assertEqual((all_wrong["taken"], all_wrong["refused"]), (0, 3))

    def test_broken_bodies_are_refused_whole(self):
        for body, media_type in [('{"series":', "application/json"), ("[1", "application/json"),
                                 ("", "application/json"), ("[]", "application/json"),
                                 ('"text"', "application/json"), ("{} {}", "application/json"),
                                 ("when,what\n1,2\n", "text/csv"), ("series,time\na,b", "text/csv"),
                                 ("[" * 100, "application/json"),
                                 (b"\xff\xfe", "application/json")]:
            with self.subTest(body[:20]):
                answer = self.post(body, media_type)
                self.assertIn(answer.status, (400, 413))
                self.assertIn("detail", answer.json())
        self.problem(self.post("x", "application/xml"), 415, field="Content-Type")
        self.problem(self.post("x", headers={"Content-Encoding": "br"}), 415,
                     field="Content-Encoding")
        self.problem(self.post(b"\x1f\x8bxx", headers={"Content-Encoding": "gzip"}), 400)
        self.problem(self.post(gzip.compress(b"[" * 300_000_000, 9),
                               headers={"Content-Encoding": "gzip"}), 413)

    def test_a_broken_line_among_lines_is_one_wrong_row(self):
        body = ('{"series":"home-1/electricity","time":"2026-03-05T00:00:00Z","value":1}\n'
                '{"series":"home-1/electricity","time":\n\n'
                '{"series":"home-1\\u002felectricity","time":"2026-03-05T02:00:00Z","value":3}\n')
        answer = self.post(body, "application/x-ndjson").expect(200)
        self.assertEqual([r["status"] for r in answer["rows"]], ["taken", "refused", "taken"])

    def test_a_csv_row_may_have_a_quality_and_leave_out_the_time(self):
        body = "value;series;quality\n1;home-2/electricity;manual estimated\n"
        row = self.post(body, "text/csv").expect(200)["rows"][0]
        self.assertEqual(row["status"], "taken")
        self.assertTrue({"manual", "estimated"} <= set(row["quality"]))

    def test_wrong_parameters_are_named(self):
        for params, field in [({"from": "soon"}, "from"), ({"limit": "0"}, "limit"),
                              ({"limit": "1e3"}, "limit"), ({"order": "up"}, "order"),
                              ({"format": "xml"}, "format"), ({"after": "x"}, "after"),
                              ({"corrected": "maybe"}, "corrected"), ({"as_known": "now"}, "as_known")]:
            with self.subTest(field):
                answer = self.client.get("/api/v1/readings",
                                         **{"series": "home-1/electricity", **params})
                self.problem(answer, 400, field=field)
        self.problem(self.client.get("/api/v1/readings"), 400, field="series")
        self.problem(self.client.get("/api/v1/readings", series="nobody"), 404, field="series")


if __name__ == "__main__":
    unittest.main()
