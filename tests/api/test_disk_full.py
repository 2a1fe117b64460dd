"""A disk that is full, as a limit of the size of files: a clear error, nothing half done, reading goes
on, and everything is well again when there is room."""
import os
import unittest
from pathlib import Path

import xanh

CSV = {"Content-Type": "text/csv"}
ROOM_BYTES = 300_000
ROWS = 2000
DAYS = 450  # of an import that needs more room than there is
NO_SPACE_STATUS = 8  # of the program: disk


def largest_file(folder):
    """In bytes; the readings' log is reserved ahead, so its size says nothing of what is in it."""
    return max(path.stat().st_size for path in Path(folder).rglob("*")
               if path.is_file() and not path.name.startswith("log-"))


def batch(code, number, rows=ROWS):
    """Readings of one day; no two batches share a time. Values that cannot be packed well: readings
    that rise evenly would take no room worth naming."""
    start = xanh.time.gmtime(1735689600 + number * 86400)
    day = xanh.time.strftime("%Y-%m-%d", start)
    lines = []
    for row in range(rows):
        clock = f"{row // 3600:02d}:{row // 60 % 60:02d}:{row % 60:02d}"
        value = (number * rows + row) * 0x9E3779B97F4A7C15 % 2**64 >> 12
        lines.append(f"{code},{day}T{clock}Z,{value // 10**6}.{value % 10**6:06}\n")
    return "series,time,value\n" + "".join(lines)


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.server = xanh.Server()
        self.addCleanup(lambda: self.server.kill())
        client = self.server.client()
        self.series = client.make_meter("full-1")
        for number in range(3):
            self.post(client, number).expect(200)
        client.close()

    def post(self, client, number):
        return client.post("/api/v1/readings", batch("full-1/electricity", number), CSV,
                           rows="refused")

    def restart(self, limits):
        self.server.stop()
        self.server.limits = limits
        self.server.start()
        return self.server.client()

    def fill_up(self, client, write):
        """Calls write(n) until it is refused: how many went well, and the problem."""
        for number in range(3, 4000):
            answer = write(client, number)
            if answer.status != 200 and answer.status != 201:
                return number, answer
        raise AssertionError("the disk never became full")

    def check_problem(self, answer):
        self.assertEqual(answer.status, 507, answer.text)
        problem = answer.json()
        self.assertEqual(problem["code"], "NO_SPACE")
        self.assertRegex(problem["detail"], "space|full|room")
        self.assertIn("problem+json", answer.headers["content-type"])

    def count(self, client, number):
        day = xanh.time.strftime("%Y-%m-%d", xanh.time.gmtime(1735689600 + number * 86400))
        return len(client.get("/api/v1/readings", series="full-1/electricity", limit=10000,
                              from_=f"{day}T00:00:00Z", to=f"{day}T23:59:59Z").expect(200)["items"])

    def is_whole(self):
        self.server.stop()
        self.assertEqual(xanh.run_json("check", "--dir", self.server.dir)["count"], 0)

    def test_readings_on_a_full_disk_are_refused_as_a_whole_and_taken_again_when_there_is_room(self):
        client = self.restart(xanh.file_size_limit(largest_file(self.server.dir) + ROOM_BYTES))
        failed, answer = self.fill_up(client, self.post)
        self.check_problem(answer)
        self.assertEqual(self.count(client, failed), 0, "half a batch was kept")
        self.assertEqual(self.count(client, failed - 1), ROWS)
        client.get("/api/v1/use", series="full-1/electricity", from_="2025-01-01", to="2025-01-03",
                   period="day").expect(200)
        client.get("/healthz").expect(200)
        self.check_problem(self.post(client, failed))
        client.close()

        client = self.restart(None)
        self.assertEqual([self.count(client, n) for n in (*range(3), failed - 1, failed)],
                         [ROWS] * 4 + [0])
        self.assertEqual(self.post(client, failed).expect(200)["taken"], ROWS)
        self.assertEqual(self.count(client, failed), ROWS)
        client.close()
        self.is_whole()

    def post_record(self, client, number):
        return client.post("/api/v1/core/sensors", {
            "code": f"sensor-{number}", "name": f"sensor {number}", "model": "m" * 200,
            "manufacturer": "n" * 200})

    def test_records_on_a_full_disk_are_refused_and_taken_again_when_there_is_room(self):
        client = self.restart(xanh.file_size_limit(largest_file(self.server.dir) + 20_000))
        failed, answer = self.fill_up(client, self.post_record)
        self.check_problem(answer)
        self.assertIsNone(client.by_code("/api/v1/core/sensors", f"sensor-{failed}"))
        kept = client.by_code("/api/v1/core/sensors", f"sensor-{failed - 1}")
        self.assertEqual(kept["version"], 1)
        changed = client.patch(f"/api/v1/core/sensors/{kept['id']}", {"name": "x" * 200}, 1)
        again = client.get(f"/api/v1/core/sensors/{kept['id']}").expect(200)
        if changed.status == 200:  # a little room can be left for a little record
            self.assertEqual((again["version"], again["name"]), (2, "x" * 200))
        else:
            self.check_problem(changed)
            self.assertEqual((again["version"], again["name"]), (1, kept["name"]))
        client.close()

        client = self.restart(None)
        self.assertEqual(client.by_code("/api/v1/core/sensors", f"sensor-{failed - 1}"), again)
        self.assertIsNone(client.by_code("/api/v1/core/sensors", f"sensor-{failed}"))
        self.post_record(client, failed).expect(201)
        client.close()
        self.is_whole()

    def test_a_backup_that_does_not_fit_leaves_nothing_behind(self):
        self.server.stop()
        target = Path(xanh.temporary_folder()) / "copy"
        limit = xanh.file_size_limit(largest_file(self.server.dir) // 2)
        done = xanh.run("backup", target, "--dir", self.server.dir, "--json", check=False,
                        limits=limit)
        self.assertEqual(done.returncode, NO_SPACE_STATUS, done.stdout + done.stderr)
        self.assertEqual(xanh.json.loads(done.stderr)["code"], "NO_SPACE")
        self.assertEqual(os.listdir(target.parent), [])
        made = xanh.run_json("backup", target, "--dir", self.server.dir)
        self.assertEqual(int(made["readings"]), 3 * ROWS)
        self.assertEqual(xanh.run_json("check", "--dir", target)["count"], 0)

    def test_an_import_that_does_not_fit_says_so_and_can_be_done_again(self):
        self.server.stop()
        file = Path(xanh.temporary_folder()) / "readings.csv"
        with file.open("w", encoding="utf-8") as out:
            out.write("series,time,value\n")
            for number in range(3, DAYS):
                out.write(batch("full-1/electricity", number).split("\n", 1)[1])
        limit = xanh.file_size_limit(largest_file(self.server.dir) + ROOM_BYTES)
        arguments = ("import", file, "--dir", self.server.dir, "--yes", "--json")
        done = xanh.run(*arguments, check=False, limits=limit)
        self.assertEqual(done.returncode, NO_SPACE_STATUS, done.stdout + done.stderr)
        self.assertEqual(xanh.json.loads(done.stderr)["code"], "NO_SPACE")
        self.assertEqual(xanh.run_json("check", "--dir", self.server.dir)["count"], 0)
        done = xanh.run(*arguments, "--again", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.start()
        client = self.server.client()
        self.assertEqual([self.count(client, number) for number in range(DAYS)], [ROWS] * DAYS)
        client.close()


if __name__ == "__main__":
    unittest.main()
