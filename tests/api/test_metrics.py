"""/metrics is what the Prometheus text format says, and /healthz answers."""
import re
import unittest

from xanh import Server

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        cls.client.make_meter("home-1")
        cls.client.post("/api/v1/readings", {"series": "home-1/electricity", "value": 1}).expect(200)
        cls.client.get("/api/v1/none/such").expect(404)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def parse(self):
        answer = self.client.get("/metrics")
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        text = answer.expect(200).decode()
        self.assertTrue(text.endswith("\n"))
        types, samples, current = {}, [], None
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP "):
                current = line.split(" ")[2]
                self.assertNotIn(current, types, "a name is told once")
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.assertEqual(name, current)
                self.assertIn(kind, ("counter", "gauge", "histogram"))
                types[name] = kind
            else:
                found = SAMPLE.match(line)
                self.assertIsNotNone(found, line)
                labels = dict(LABEL.findall((found[2] or "{}")[1:-1]))
                base = re.sub("_(bucket|sum|count)$", "", found[1]) \
                    if types.get(current) == "histogram" else found[1]
                self.assertEqual(base, current, line)
                samples.append((found[1], labels, float(found[3])))
        return types, samples

    def test_the_text_is_well_formed_and_counts(self):
        types, samples = self.parse()
        self.assertEqual(types["xanh_http_request_duration_seconds"], "histogram")
        keys = [(name, tuple(sorted(labels.items()))) for name, labels, _ in samples]
        self.assertEqual(len(keys), len(set(keys)), "no sample twice")
        value = {key: v for key, (_, _, v) in zip(keys, samples)}
        self.assertEqual(value["xanh_ingest_readings_total", (("fate", "taken"),)], 1)
        self.assertEqual(value["xanh_store_readings", ()], 1)
        self.assertGreaterEqual(
            value["xanh_http_requests_total", (("method", "POST"), ("route", "/api/v1/readings"),
                                               ("status", "200"))], 1)

    def test_histograms_grow_to_their_count(self):
        _, samples = self.parse()
        name = "xanh_http_request_duration_seconds"
        routes = {(l["method"], l["route"]) for n, l, _ in samples if n == name + "_count"}
        self.assertTrue(routes)
        for method, route in routes:
            buckets = [(l["le"], v) for n, l, v in samples if n == name + "_bucket"
                       and (l["method"], l["route"]) == (method, route)]
            count = next(v for n, l, v in samples if n == name + "_count"
                         and (l["method"], l["route"]) == (method, route))
            self.assertEqual(buckets[-1], ("+Inf", count))
            self.assertEqual([v for _, v in buckets], sorted(v for _, v in buckets))
            bounds = [float(le) for le, _ in buckets]
            self.assertEqual(bounds, sorted(bounds))

    def test_counters_do_not_fall(self):
        before = {(n, str(l)): v for n, l, v in self.parse()[1] if n.endswith("_total")}
        self.client.get("/api/v1/me").expect(200)
        after = {(n, str(l)): v for n, l, v in self.parse()[1] if n.endswith("_total")}
        for key, value in before.items():
            self.assertGreaterEqual(after[key], value, key)

    def test_health(self):
        health = self.client.get("/healthz").expect(200)
        self.assertEqual(health["status"], "ok")
        self.assertGreaterEqual(health["up_s"], 0)


if __name__ == "__main__":
    unittest.main()
