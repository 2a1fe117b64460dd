"""Requests that no honest client sends: bodies whose end is told twice, pages of other sites under
a name that points here, small bodies that unpack or multiply, numbers and ids beyond every bound.
Each is refused in words, and the program stays up and small."""
import gzip
import json
import socket
import unittest

import xanh
from xanh import Server

READINGS = "/api/v1/readings"
PARTIES = "/api/v1/core/parties"
JSON = {"Content-Type": "application/json"}
MIB = 1024  # of KiB


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.addClassCleanup(cls.server.stop)
        cls.client = cls.server.client()
        cls.addClassCleanup(cls.client.close)
        cls.client.make_meter("home-1")

    def raw(self, head, body=b""):
        """Everything that is answered until the server closes."""
        data = "\r\n".join([*head, "", ""]).encode() + body
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as s:
            s.sendall(data)
            answer = b""
            while chunk := s.recv(65536):
                answer += chunk
            return answer

    def refused(self, head, body, status, field):
        """One answer, a problem that names the field, and the connection closed after it."""
        answer = self.raw(head, body)
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer)
        self.assertEqual(int(answer[9:12]), status, answer)
        self.assertIn(b"Connection: close", answer)
        self.assertEqual(json.loads(answer.split(b"\r\n\r\n", 1)[1])["field"], field)

    def test_a_body_whose_end_is_told_twice_is_refused_with_its_connection(self):
        hidden = b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        post = ["POST /api/v1/readings HTTP/1.1", "Host: localhost"]
        for lines, field in (
                (["Content-Length: 4", "Transfer-Encoding: chunked"], "Content-Length"),
                (["Transfer-Encoding: chunked", "Content-Length: 4"], "Content-Length"),
                (["Content-Length: 5", "Content-Length: 40"], "Content-Length"),
                (["Transfer-Encoding: xchunked"], "Transfer-Encoding"),
                (["Transfer-Encoding: chunked, identity"], "Transfer-Encoding"),
                (["Transfer-Encoding: identity", "Transfer-Encoding: chunked"],
                 "Transfer-Encoding"),
                (["Content-Length : 5"], "header")):
            with self.subTest(lines):
                self.refused(post + lines, b"0\r\n\r\n" + hidden, 400, field)

    def test_a_request_names_one_host(self):
        get = ["GET /api/v1/me HTTP/1.1"]
        self.refused(get, b"", 400, "Host")
        self.refused([*get, "Host: localhost", "Host: other.example"], b"", 400, "Host")

    def test_a_name_that_others_can_point_here_gives_no_rights(self):
        for host in ("evil.example", f"evil.example:{self.server.port}", "localhost.evil.example",
                     "127.0.0.1.evil.example"):
            for method in ("GET", "POST"):
                origin = {"Origin": f"http://{host}"} if method == "POST" else {}
                answer = self.client.request(method, PARTIES, "{}" if origin else None,
                                             {"Host": host, **origin})
                problem = answer.expect(403)
                self.assertEqual((problem["field"], problem["value"]), ("Host", host))
        for host in ("localhost", f"LOCALHOST:{self.server.port}", "127.0.0.1", "[::1]:8080",
                     "xanh.localhost:1"):
            self.assertEqual(self.client.get("/api/v1/me", {"Host": host}).expect(200)["name"],
                             "operator")

    def test_with_a_key_any_name_will_do(self):
        key = self.server.key("operator")
        headers = {"Host": "xanh.example", "Authorization": f"Bearer {key}"}
        self.client.get("/api/v1/me", headers).expect(200)

    def test_a_row_full_of_faults_takes_no_memory(self):
        count = 1_000_000
        before = self.server.rss_kib()
        start = b'{"series":"home-1/electricity","value":1,"quality":['
        for body in (start + b"1," * count + b"1]}",
                     b"{" + b'"x":1,' * count + b'"x":1}'):
            answer = self.client.request("POST", READINGS, body, JSON)
            self.assertIn(answer.expect(400)["field"], ("quality", "x"))
        self.assertLess(self.server.rss_kib() - before, 150 * MIB)

    def test_of_very_many_wrong_rows_the_first_are_told_in_full(self):
        count = 12_000
        answer = self.client.request("POST", READINGS, b"1\n" * count,
                                     {"Content-Type": "application/x-ndjson"}).expect(400)
        self.assertEqual((answer["refused"], len(answer["rows"])), (count, count))
        self.assertIn("one object", answer["rows"][9_999]["error"]["detail"])
        self.assertEqual(answer["rows"][10_000]["error"]["field"], "rows")

    def test_a_packed_body_unpacks_to_what_its_route_takes(self):
        packed = gzip.compress(b'{"code":"a",' + b'"name":"abc",' * 500_000 + b'"kind":"firm"}')
        answer = self.client.request("POST", PARTIES, packed, {**JSON, "Content-Encoding": "gzip"})
        problem = answer.expect(413)
        self.assertEqual((problem["field"], problem["unit"]), ("body", "bytes"))

    def test_what_is_no_json_blames_the_body_and_shows_how_it_begins(self):
        for path in (READINGS, PARTIES):
            for body in ("{", "[1", '{"code":NaN}', '{"code":01}', "{}{}", "{'a':1}"):
                with self.subTest(path=path, body=body):
                    problem = self.client.request("POST", path, body, JSON).expect(400)
                    self.assertEqual((problem["field"], problem["value"]), ("body", body))

    def test_numbers_times_and_ids_beyond_every_bound_are_told(self):
        reading = '{"series":"home-1/electricity","time":"%s","value":%s}'
        for time, value, field in (("2026-01-01T00:00:00Z", "1e999", "value"),
                                   ("2026-01-01T00:00:00Z", "-1e309", "value"),
                                   ("2026-01-01T00:00:00Z", "9" * 400, "value"),
                                   ("0001-01-01T00:00:00Z", "1", "time"),
                                   ("9999-12-31T23:59:59Z", "1", "time"),
                                   ("9999-12-31T23:59:59-23:59", "1", "time"),
                                   ("2026-02-29T00:00:00Z", "1", "time")):
            answer = self.client.request("POST", READINGS, reading % (time, value), JSON)
            self.assertEqual(answer.expect(400)["field"], field)
        for number in ("9223372036854775807", "9223372036854775808", "-1", "1e3", "0"):
            problem = self.client.get(f"{PARTIES}/{number}").expect(404)
            self.assertEqual((problem["field"], problem["value"]), ("id", number))

    def test_what_is_not_known_is_named(self):
        for name in ("x", "1e999"):
            problem = self.client.get("/api/v1/why", indicator=name).expect(404)
            self.assertEqual((problem["field"], problem["value"]), ("indicator", name))

    def test_addresses_that_cannot_be_read_are_told_which_part(self):
        for path, field in (("/api/v1/%00", "path"), ("/" + "a" * 3000, "path"),
                            ("/api/v1/me?a=%zz", "query"), ("/api/v1/me?" + "a=1&" * 70, "query")):
            self.assertEqual(self.client.get(path).expect(400)["field"], field)

    def test_a_method_that_nobody_has_is_told_which_there_are(self):
        for method in ("TRACE", "BREW"):
            answer = self.client.request(method, PARTIES)
            self.assertEqual(answer.expect(405)["value"], method)
            self.assertEqual(answer.headers["allow"], "OPTIONS, GET, HEAD, POST")

    def test_no_path_leads_out_of_the_program(self):
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
                     "//etc/passwd", "/%5c..%5cetc"):
            self.assertNotIn(b"root:", self.client.get(path).body)


if __name__ == "__main__":
    unittest.main()
