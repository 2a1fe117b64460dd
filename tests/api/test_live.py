"""The documented line sends a home's own reading, and who watches sees it within a second."""
import json
import os
import re
import signal
import subprocess
import time
import unittest

import xanh

LIMIT_S = 1.0


def documented(path):
    """The first curl of a document that sends to /api/v1/readings, as one shell line."""
    text = (xanh.ROOT / path).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("curl") and line.endswith("/api/v1/readings"):
            return line
    raise AssertionError(f"{path} has no curl that sends a reading")


class Live(unittest.TestCase):
    def send_and_watch(self, line, port):
        """Runs the line against this port: the event that it caused, and the seconds it took."""
        line = line.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        series = re.search(r"home[a-z0-9-]*/electricity", line)[0]
        value = re.search(r'(?:"value": ?|\+07:00,)([0-9.]+)', line)[1]
        events = xanh.Events(port, series=series)
        begin = time.monotonic()
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["taken"], 1, done.stdout)
        event = events.wait(lambda event: event.get("event") == "reading" and
                            value in event["data"], 5)
        events.close()
        data = json.loads(event["data"], parse_float=str)
        self.assertEqual((data["series"], str(data["value"])), (series, value))
        self.assertLess(event["at"] - begin, LIMIT_S)

    def test_the_line_of_the_guide_is_seen_within_a_second(self):
        with xanh.Server() as server:
            client = server.client()
            client.make_meter("home")
            self.send_and_watch(documented("docs/guide/start.md"), server.port)
            client.close()

    def test_the_line_of_the_readme_is_seen_within_a_second_beside_the_demonstration(self):
        demo = subprocess.Popen([xanh.program(), "demo", "--port", "0", "--homes", "2", "--days",
                                 "3", "--dir", xanh.temporary_folder()], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True,
                                env={**os.environ, "LANG": "C"})
        try:
            told = []
            for line in demo.stdout:
                told.append(line)
                if "curl" in line:
                    break
            port = int(re.search(r"http://127\.0\.0\.1:(\d+)", "".join(told))[1])
            self.send_and_watch(documented("README.md"), port)
            self.send_and_watch(told[-1].strip(), port)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(30)
            demo.stdout.close()
        self.assertEqual(demo.returncode, 0)

    def test_the_resident_of_a_home_sends_with_its_own_key(self):
        with xanh.Server(identity="public") as server:
            client = server.client(server.key("operator"))
            client.make_meter("home-7")
            line = documented("docs/guide/start.md").replace("home/", "home-7/")
            with self.assertRaises(AssertionError):  # nobody may
                self.send_and_watch(line, server.port)
            key = server.key("resident-7")
            events = xanh.Events(server.port, key, series="home-7/electricity")
            keyed = line.replace("curl ", f"curl -H 'Authorization: Bearer {key}' ", 1)
            begin = time.monotonic()
            done = subprocess.run(["bash", "-c", keyed.replace(":8080", f":{server.port}")],
                                  capture_output=True, text=True, timeout=30)
            self.assertEqual(json.loads(done.stdout)["taken"], 1, done.stdout)
            event = events.wait(lambda event: event.get("event") == "reading", 5)
            self.assertLess(event["at"] - begin, LIMIT_S)
            events.close()
            client.close()


if __name__ == "__main__":
    unittest.main()
