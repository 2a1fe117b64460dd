"""Too much of anything is refused politely, and one bad client does not stop the others."""
import http.client
import json
import socket
import threading
import time
import unittest

from xanh import Server


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        cls.client.make_meter("home-1")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def raw(self, data, timeout=10):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=timeout) as s:
            answer = b""
            try:  # the other side may have had enough, and closed
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while chunk := s.recv(65536):
                    answer += chunk
            except OSError:
                pass
            return answer

    def test_a_header_that_is_too_long_is_refused(self):
        answer = self.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100_000 +
                          b"\r\n\r\n")
        self.assertIn(answer[9:12], (b"431", b"413", b"400", b""))
        self.assertEqual(self.client.get("/healthz").status, 200)

    def test_an_address_that_is_too_long_is_refused(self):
        self.assertEqual(self.client.get("/api/v1/" + "a" * 3000).status, 400)
        self.assertEqual(self.client.get("/api/v1/me?" + "&".join("a=1" for _ in range(70))).status,
                         400)

    def test_a_broken_address_is_refused(self):
        for path in ("/api/v1/%", "/api/v1/%zz", "/api/v1/%00", "/api/v1/%ff", "/api/v1/me?a=%c3"):
            with self.subTest(path):
                self.assertEqual(self.client.get(path).expect(400)["code"], "INVALID")

    def test_a_body_that_is_too_large_is_told_how_large_it_may_be(self):
        body = json.dumps({"code": "x", "name": "a" * (2 << 20)})
        answer = self.client.request("POST", "/api/v1/core/parties", body,
                                     {"Content-Type": "application/json"})
        problem = answer.expect(413)
        self.assertEqual((problem["field"], problem["limit"], problem["unit"]),
                         ("body", "1048576", "bytes"))
        self.client.close()
        self.assertEqual(self.client.get("/healthz").status, 200)

    def test_deep_json_is_refused(self):
        deep = '{"code":' + "[" * 5000 + "]" * 5000 + "}"
        answer = self.client.request("POST", "/api/v1/core/parties", deep)
        self.assertIn(answer.status, (400, 413))

    def test_garbage_instead_of_http_does_no_harm(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\r\n\r\n", b"GET\r\n\r\n",
                     b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            self.raw(data)
        self.assertEqual(self.client.get("/healthz").status, 200)

    def test_slow_clients_do_not_slow_the_others(self):
        slow = []
        for _ in range(50):
            s = socket.create_connection(("127.0.0.1", self.server.port))
            s.sendall(b"POST /api/v1/readings HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            slow.append(s)
        began = time.monotonic()
        for _ in range(20):
            self.client.get("/api/v1/me").expect(200)
        self.assertLess(time.monotonic() - began, 5)
        for s in slow:
            s.close()
        self.assertEqual(self.client.get("/healthz").status, 200)

    def test_fifty_connections_send_at_once_and_every_reading_is_kept(self):
        count, errors = 20, []

        def send(number):
            try:
                client = self.server.client()
                for i in range(count):
                    body = {"series": "home-1/electricity", "value": number,
                            "time": f"2026-04-01T{i:02}:{number:02}:00Z"}
                    answer = client.post("/api/v1/readings", body).expect(200)
                    if answer["taken"] != 1:
                        errors.append(answer)
                client.close()
            except (AssertionError, OSError, http.client.HTTPException) as error:
                errors.append(error)

        threads = [threading.Thread(target=send, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        page = self.client.get("/api/v1/readings", series="home-1/electricity", limit=5000,
                               **{"from": "2026-04-01T00:00:00Z"}).expect(200)
        self.assertEqual(len(page["items"]), 50 * count)
        self.assertEqual(sorted(r["seq"] for r in page["items"]), list(range(1, 50 * count + 1)))

    def test_a_page_of_another_site_may_not_write(self):
        answer = self.client.post("/api/v1/core/parties", {"code": "x", "name": "x", "kind": "firm"},
                                  {"Origin": "http://elsewhere.example"})
        self.assertEqual(answer.expect(403)["field"], "Origin")
        own = {"Origin": f"http://127.0.0.1:{self.server.port}"}
        self.client.post("/api/v1/core/parties", {"code": "own", "name": "x", "kind": "firm"},
                         own).expect(201)

    def test_methods_are_told(self):
        answer = self.client.request("DELETE", "/api/v1/readings")
        answer.expect(405)
        self.assertEqual(answer.headers["allow"], "OPTIONS, GET, HEAD, POST")
        options = self.client.request("OPTIONS", "/api/v1/core/parties/1")
        self.assertEqual(options.status, 204)
        self.assertEqual(options.headers["allow"], "OPTIONS, GET, HEAD, PUT, PATCH, DELETE")
        head = self.client.request("HEAD", "/healthz")
        self.assertEqual((head.status, head.body), (200, b""))
        self.client.request("BREW", "/healthz").expect(405)

    def test_large_answers_are_packed_for_who_takes_that(self):
        answer = self.client.get("/api/v1/meta", {"Accept-Encoding": "gzip"})
        self.assertEqual(answer.headers.get("content-encoding"), "gzip")
        self.assertIsNone(self.client.get("/api/v1/meta").headers.get("content-encoding"))


if __name__ == "__main__":
    unittest.main()
