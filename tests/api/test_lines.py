"""InfluxDB's line protocol: what its clients and Telegraf send is taken, and answered as they read
it. The requests have the shapes that influxdb 5.3, influxdb-client 1.50, influxdb3-python 0.21 and
Telegraf's two outputs send."""
import base64
import gzip
import threading
import unittest

from xanh import Events, Server

T0 = 1767225600  # 2026-01-01T00:00:00Z
METER = "m,series=home-1/electricity"


class Lines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.key = cls.server.key("operator")
        cls.client = cls.server.client(cls.key)
        cls.stranger = cls.server.client()
        for home in ("home-1", "home-2", "home-7"):
            cls.client.make_meter(home)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.stranger.close()
        cls.server.stop()

    def write(self, body, path="/api/v2/write", client=None, headers=None, **params):
        headers = {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}
        if client is None and "Authorization" not in headers:
            headers["Authorization"] = f"Token {self.key}"
        return (client or self.stranger).request("POST", path, body, headers, **params)

    def values(self, series, **params):
        items = self.client.get("/api/v1/readings", series=series, **params).expect(200)["items"]
        return [str(item["value"]) for item in items]

    def fresh(self, name):
        self.client.make_meter(name)
        return f"{name}/electricity"

    # ---- as clients send it ----

    def test_a_write_of_version_2_is_answered_with_204_and_no_body(self):
        series = self.fresh("v2")
        answer = self.write(f"m,series={series} value=12.50 {T0}", org="o", bucket="b",
                            precision="s")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(self.values(series), ["12.50"])

    def test_a_packed_write_of_version_1_with_a_password_is_taken(self):
        series = self.fresh("v1")
        basic = base64.b64encode(f"telegraf:{self.key}".encode()).decode()
        body = gzip.compress(f"m,series={series} value=1.5 {T0}000000000\n".encode())
        answer = self.write(body, "/write", headers={
            "Authorization": f"Basic {basic}", "Content-Encoding": "gzip",
            "Content-Type": "application/octet-stream"}, db="x", rp="autogen", consistency="any")
        self.assertEqual(answer.status, 204)
        answer = self.write(f"m,series={series} value=2.5 {T0 + 1}", "/write", self.stranger,
                            db="x", precision="s", u="somebody", p=self.key)
        self.assertEqual(answer.status, 204)
        self.assertEqual(self.values(series), ["1.5", "2.5"])

    def test_every_precision_means_the_same_instant(self):
        series = self.fresh("precision")
        for value, (precision, text) in enumerate((
                ("ns", f"{T0}000000000"), ("n", f"{T0}000000000"), ("us", f"{T0}000000"),
                ("u", f"{T0}000000"), ("ms", f"{T0}000"), ("s", f"{T0}"), ("m", f"{T0 // 60}"),
                ("h", f"{T0 // 3600}"))):
            answer = self.write(f"m,series={series} value={value} {text}", precision=precision)
            self.assertEqual(answer.status, 204, answer.text)
        items = self.client.get("/api/v1/readings", series=series).expect(200)["items"]
        self.assertEqual([(i["time"], i["value"]) for i in items],
                         [("2026-01-01T07:00:00+07:00", 7)])
        self.assertEqual(self.write("m v=1", precision="d").status, 400)

    def test_without_a_timestamp_it_is_now(self):
        series = self.fresh("now")
        self.assertEqual(self.write(f"m,series={series} value=7i\r\n\n# end").status, 204)
        last = self.client.get("/api/v1/readings/last", series=series).expect(200)["items"][0]
        self.assertTrue(0 <= last["age_s"] <= 5)

    def test_an_empty_body_is_fine(self):
        for body in ("", "\n"):
            self.assertEqual(self.write(body, "/write").status, 204)

    def test_clients_that_ask_first_are_answered(self):
        for method in ("GET", "HEAD"):
            answer = self.stranger.request(method, "/ping")
            self.assertEqual(answer.status, 204)
            self.assertTrue(answer.headers["x-influxdb-version"])
        self.assertEqual(self.stranger.get("/health").expect(200)["status"], "pass")
        key = {"Authorization": f"Token {self.key}"}
        made = {"results": [{"statement_id": 0}]}
        answer = self.stranger.request("POST", "/query", "q=CREATE+DATABASE+%22telegraf%22", {
            **key, "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(answer.expect(200), made)
        answer = self.stranger.request("GET", "/query", None, key, q='create database "x"')
        self.assertEqual(answer.expect(200), made)
        answer = self.stranger.request("GET", "/query", None, key, q="SELECT * FROM m")
        self.assertIn("CREATE DATABASE", answer.expect(400)["error"])

    # ---- what is wrong ----

    def test_good_lines_are_kept_and_wrong_ones_told_by_number(self):
        series = self.fresh("partial")
        body = (f"m,series={series} value=1 {T0}\nbad\n# note\nm,series=nobody/x value=1 {T0}\n"
                f"m,series={series} value=\"on\" {T0}\nm,series={series} value=2 {T0 + 60}\n"
                f"m,series={series} value=3 99999999999\nm,a value=1\n")
        answer = self.write(body, precision="s")
        error = answer.expect(400)
        self.assertEqual((error["code"], error["line"]), ("invalid", 2))
        self.assertTrue(error["message"].startswith("partial write: line 2: "))
        self.assertTrue(error["message"].endswith("dropped=5"))
        for words in ("line 4: no series of yours", "line 5: the field \"value\" is a text",
                      "line 7: the time", "line 8: the tag \"a\""):
            self.assertIn(words, error["message"])
        self.assertEqual(self.values(series), ["1", "2"])
        error = self.write(body, "/write", precision="s").expect(400)
        self.assertEqual(list(error), ["error"])
        self.assertTrue(error["error"].startswith("partial write: line 2: "))

    def test_a_truth_is_a_number(self):
        series = self.fresh("truth")
        self.assertEqual(self.write(f"m,series={series} value=t {T0}\n"
                                    f"m,series={series} value=FALSE {T0 + 1}",
                                    precision="s").status, 204)
        self.assertEqual(self.values(series), ["1", "0"])

    def test_who_has_no_key_writes_nothing(self):
        body = f"{METER} value=1 {T0}"
        for headers, params in (({}, {}), ({"Authorization": "Token nonsense"}, {}),
                                ({"Authorization": "Basic cm9vdDpyb290"}, {}), ({}, {"p": "root"})):
            answer = self.write(body, "/api/v2/write", self.stranger, headers, precision="s",
                                **params)
            self.assertEqual(answer.expect(401)["code"], "unauthorized")
            answer = self.write(body, "/write", self.stranger, headers, precision="s", **params)
            self.assertTrue(answer.expect(401)["error"])

    def test_a_resident_writes_its_own_and_learns_nothing_of_others(self):
        key = {"Authorization": f"Token {self.server.key('resident-7')}"}
        answer = self.write(f"m,series=home-7/electricity value=5 {T0}\n{METER} value=6 {T0}\n"
                            f"m,series=home-99/electricity value=6 {T0}", headers=key,
                            precision="s")
        told = answer.expect(400)["message"].replace("home-1", "home-99")
        first, second = told.removeprefix("partial write: ").removesuffix(" dropped=2").split("; ")
        self.assertEqual(first.replace("line 2", ""), second.replace("line 3", ""))
        self.assertEqual(self.values("home-7/electricity"), ["5"])
        bearer = {"Authorization": key["Authorization"].replace("Token", "Bearer")}
        self.assertEqual(self.stranger.get("/api/v1/lines/unmatched", bearer).status, 403)

    def test_a_packed_body_that_grows_too_far_is_refused_in_their_shape(self):
        bomb = gzip.compress(b"#" * (300 << 20), 1)
        answer = self.write(bomb, headers={"Content-Encoding": "gzip"})
        self.assertEqual(answer.expect(413)["code"], "request too large")

    def test_a_server_that_asks_for_no_key_takes_any_password(self):
        with Server(identity="operator") as server:
            client = server.client()
            client.make_meter("home-1")
            for headers in ({}, {"Authorization": "Basic cm9vdDpyb290"}):
                answer = client.request("POST", "/write", f"{METER} value=1 {T0}", headers, db="x",
                                        precision="s")
                self.assertEqual(answer.status, 204, answer.text)
            answer = client.request("POST", "/api/v2/write", f"{METER} value=1",
                                    {"Authorization": "Token nonsense"})
            self.assertEqual(answer.status, 401)
            client.close()

    # ---- which series ----

    def rule(self, code, **fields):
        return self.client.make("/api/v1/core/line_rules", code=code, name=code,
                                **{"is_active": True, "sort_order": 10, "measurement": "*",
                                   **fields})

    def test_without_a_rule_the_code_is_made_of_the_line(self):
        self.client.make_meter("plain")
        series = {**self.client.by_code("/api/v1/core/series", "plain/electricity")}
        fields = {k: series[k] for k in ("name", "device", "property", "place", "kind", "unit")}
        self.client.post("/api/v1/core/series",
                         {**fields, "code": "power.hanoi.7.kwh"}).expect(201)
        answer = self.write(f"power,meter=7,city=hanoi kwh=5.5,volts=230 {T0}", precision="s")
        self.assertEqual(answer.status, 204, answer.text)
        self.assertEqual(self.values("power.hanoi.7.kwh"), ["5.5"])

    def test_a_rule_finds_makes_and_follows_its_changes(self):
        line = f"meters,site=quay-3,kind=main energy=10.5,voltage=231.2 {T0}"
        self.assertEqual(self.write(line, precision="s").status, 400)
        rule = self.rule("quay", measurement="met*", field="energy", creates=True,
                         series_code="{tag.site}/electricity", place_code="{tag.site}",
                         quantity="energy.electricity", unit="kWh", kind="register", period_s=60,
                         tags=[{"tag": "kind", "pattern": "m*n"}])
        self.assertEqual(self.write(line, precision="s").status, 204)
        self.assertEqual(self.values("quay-3/electricity"), ["10.5"])
        series = self.client.by_code("/api/v1/core/series", "quay-3/electricity")
        self.assertEqual((series["unit"], series["kind"], series["period_s"]),
                         ("kWh", "register", 60))
        self.assertEqual(self.write(line.replace("=main", "=side"), precision="s").status, 400)
        self.client.patch(f"/api/v1/core/line_rules/{rule['id']}",
                          {"series_code": "home-2/electricity"}, rule["version"]).expect(200)
        self.assertEqual(self.write(line.replace("10.5", "11"), precision="s").status, 204)
        self.assertEqual(self.values("home-2/electricity"), ["11"])

    def test_a_rule_that_makes_no_sense_is_refused_by_field(self):
        base = {"code": "bad", "name": "bad", "sort_order": 1, "measurement": "m",
                "series_code": "x", "is_active": True}
        for change, field in (({"series_code": "{tag.}"}, "series_code"),
                              ({"series_code": "{meter}"}, "series_code"),
                              ({"series_code": "a}b{"}, "series_code"),
                              ({"creates": True}, "place_code"),
                              ({"creates": True, "place_code": "{x}"}, "place_code")):
            answer = self.client.post("/api/v1/core/line_rules", {**base, **change})
            self.assertEqual(answer.expect(400)["field"], field)

    def test_what_no_series_answers_to_is_kept_to_be_looked_at(self):
        before = self.client.get("/api/v1/lines/unmatched").expect(200)
        for _ in range(3):
            self.write(f"ghost,where=here v=1 {T0}", precision="s").expect(400)
        after = self.client.get("/api/v1/lines/unmatched").expect(200)
        self.assertEqual(after["unmatched"] - before["unmatched"], 3)
        item = next(i for i in after["items"] if i["line"].startswith("ghost"))
        self.assertEqual((item["line"], item["field"], item["series"], item["count"]),
                         ("ghost,where=here", "v", "ghost.here.v", 3))

    # ---- together with the rest ----

    def test_an_open_page_hears_of_lines(self):
        series = self.fresh("live")
        with Server() as server:
            client = server.client()
            client.make_meter("live")
            events = Events(server.port, series=series)
            try:
                client.request("POST", "/write", f"m,series={series} value=4.25 {T0}",
                               precision="s")
                seen = events.wait(lambda e: e.get("event") == "reading")
                self.assertIn("4.25", str(seen))
            finally:
                events.close()
                client.close()

    def test_many_writers_at_once_lose_nothing(self):
        codes = [self.fresh(f"many-{i}") for i in range(4)]
        failed = []

        def run(number):
            client = self.server.client(self.key)
            for step in range(20):
                body = "".join(f"m,series={code} value={number}.{step:02} "
                               f"{T0 + number * 100 + step}\n" for code in codes)
                answer = client.request("POST", "/api/v2/write", body, precision="s")
                if answer.status != 204:
                    failed.append(answer.text)
            client.close()

        threads = [threading.Thread(target=run, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        for code in codes:
            self.assertEqual(len(self.values(code)), 120)


if __name__ == "__main__":
    unittest.main()
