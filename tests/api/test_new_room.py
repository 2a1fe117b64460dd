"""The guide "A new room" is the source of a room: taken out of the page, built alone in a copy of the
tree, and tried as the guide says."""
import json
import os
import re
import shutil
import subprocess
import time
import unittest
from pathlib import Path

import xanh

GUIDE = xanh.ROOT / "docs" / "guide" / "new-room.md"
FOLDER = "src/domain/bikes"
C_LINES_MAX = 400
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.M | re.S)
NOT_COPIED = shutil.ignore_patterns(".git", "build", "node_modules", "xanh-data*", "__pycache__")
EVER = {"from_": "2000-01-01", "to": "2100-01-01"}


def blocks():
    """(language, name, text) of each fenced block of the guide."""
    return BLOCK.findall(GUIDE.read_text(encoding="utf-8"))


def room_files():
    return {name: text for _, name, text in blocks() if "/" in name}


@unittest.skipIf(xanh.is_sanitized(), "the same build as without sanitizers")
class NewRoom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Path(xanh.temporary_folder()) / "tree"
        shutil.copytree(xanh.ROOT, cls.tree, ignore=NOT_COPIED, symlinks=True)
        for name, text in room_files().items():
            path = cls.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        options = cls.tree / "meson_options.txt"
        line = next(text for language, _, text in blocks() if text.startswith("option('rooms'"))
        listed = options.read_text(encoding="utf-8")
        options.write_text(re.sub(r"^option\('rooms'.*\n", lambda _: line, listed, flags=re.M),
                           encoding="utf-8")
        build = ". tools/packages.sh; . tools/build.sh; build_kind rooms-bikes xanh"
        done = subprocess.run(["bash", "-c", build], cwd=cls.tree, capture_output=True, text=True,
                              timeout=900)
        if done.returncode != 0:
            raise AssertionError(f"the room of the guide does not build:\n{done.stdout[-4000:]}\n"
                                 f"{done.stderr[-4000:]}")
        cls.before = os.environ.get("XANH_BIN")
        os.environ["XANH_BIN"] = str(cls.tree / "build/rooms-bikes/xanh")
        cls.server = xanh.Server()
        cls.client = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()
        if cls.before is None:
            del os.environ["XANH_BIN"]
        else:
            os.environ["XANH_BIN"] = cls.before

    # ---- what the guide promises about its source ----

    def test_it_is_short_and_touches_its_own_folder_only(self):
        files = room_files()
        self.assertTrue(files)
        for name in files:
            self.assertTrue(name.startswith(FOLDER + "/"), name)
            self.assertFalse((xanh.ROOT / name).exists(), f"{name} is part of the project")
        lines = sum(text.count("\n") for name, text in files.items() if name.endswith((".c", ".h")))
        self.assertLessEqual(lines, C_LINES_MAX)
        self.assertIn(f"It is {lines} lines of C", GUIDE.read_text(encoding="utf-8"))

    def test_the_list_names_the_projects_rooms_and_the_new_one(self):
        def rooms(tree):
            return subprocess.run(["python3", "tools/rooms.py", "--list"], cwd=tree, check=True,
                                  capture_output=True, text=True).stdout.split()
        self.assertEqual(rooms(self.tree), rooms(xanh.ROOT) + ["bikes"])

    def test_its_layout_is_that_of_the_project(self):
        for name, text in room_files().items():
            for number, line in enumerate(text.split("\n"), 1):
                self.assertLessEqual(len(line), 100, f"{name}:{number}")
                self.assertEqual(line, line.rstrip(), f"{name}:{number}")
                self.assertNotIn("\t", line, f"{name}:{number}")

    def test_the_room_stands_alone(self):
        rooms = self.client.get("/api/v1/meta").expect(200)["rooms"]
        self.assertEqual([room["name"] for room in rooms], ["core", "bikes"])

    # ---- what the room does ----

    def stand(self, code):
        return self.client.make("/api/v1/core/places", code=code, name=code, kind="site")

    def bike(self, code, stand, **fields):
        return self.client.make("/api/v1/bikes/bikes", code=code, place=stand["id"], **fields)

    def verb(self, bike, verb, *statuses, **body):
        return self.client.post(f"/api/v1/bikes/bikes/{bike['id']}/{verb}", body).expect(*statuses)

    def test_the_commands_of_the_guide_work(self):
        script = next(text for _, name, text in blocks() if name == "try")
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script],
                              cwd=xanh.temporary_folder(), capture_output=True, text=True,
                              env={**os.environ, "URL": self.server.url.rstrip("/")}, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("xe-1", done.stdout)
        claim = self.client.get("/api/v1/core/claims").expect(200)["items"][0]
        told = json.loads(done.stdout[done.stdout.rindex("{"):])
        self.assertEqual((claim["state"], claim["value"]), ("declared", told["repairs"]))
        self.assertGreaterEqual(told["repairs"], 1)
        claim = self.client.get(f"/api/v1/core/claims/{claim['id']}").expect(200)
        self.assertIn("/bikes/reports/condition", claim["evidence"][0]["reference"])
        again = {"party": claim["party"], "from": "2000-01-01", "to": "2100-01-01"}
        self.assertEqual(self.client.post("/api/v1/bikes/do/claim_repairs", again).status, 409)

    def test_a_verb_keeps_state_and_part_together(self):
        bike = self.bike("walk-1", self.stand("walk"))
        self.verb(bike, "repair", 409, work="x", cost=1)
        self.assertEqual(self.verb(bike, "report", 400)["field"], "fault")
        broken = self.verb(bike, "report", 200, fault="đứt xích")
        self.assertEqual((broken["state"], len(broken["repairs"])), ("broken", 1))
        self.assertEqual(self.verb(bike, "repair", 400, work="x", cost=-1)["field"], "cost")
        ready = self.verb(bike, "repair", 200, work="thay xích", cost=85000)
        repair = ready["repairs"][0]
        self.assertEqual((ready["state"], repair["work"], repair["cost"]),
                         ("ready", "thay xích", 85000))
        self.assertEqual(repair["done"], ready["seen"])

    def test_a_rider_may_report_and_not_repair(self):
        bike = self.bike("rider-1", self.stand("rider"))
        rider = self.server.client(self.server.key("resident-7"))
        path = f"/api/v1/bikes/bikes/{bike['id']}"
        rider.post(f"{path}/report", {"fault": "xẹp lốp"}).expect(200)
        self.assertEqual(rider.post(f"{path}/repair", {"work": "x", "cost": 1}).status, 403)
        rider.close()

    def test_what_nobody_saw_is_missing(self):
        stand = self.stand("share")
        for number, seen in enumerate(("2026-06-01", "2026-06-02", "2020-01-01", None)):
            self.bike(f"share-{number}", stand, **({"seen": seen} if seen else {}))
        self.verb(self.client.by_code("/api/v1/bikes/bikes", "share-1"), "report", 200, fault="x")
        found = self.client.get("/api/v1/indicators/bikes.ready_share", place=stand["id"],
                                from_="2026-01-01", to="2027-01-01").expect(200)
        self.assertEqual((found["value"], found["numerator"], found["denominator"],
                          found["missing"]), (25, 1, 4, 2))
        empty = self.client.get("/api/v1/indicators/bikes.ready_share",
                                place=self.stand("empty")["id"], **EVER).expect(200)
        self.assertEqual((empty["has_value"], empty["denominator"]), (False, 0))

    def test_the_query_counts_repairs(self):
        stand = self.stand("query")
        bike = self.bike("query-1", stand)
        for _ in range(2):
            self.verb(bike, "report", 200, fault="x")
            self.verb(bike, "repair", 200, work="y", cost=0)
        rows = self.client.get("/api/v1/bikes/reports/condition", place=stand["id"], **EVER)
        self.assertEqual([(row["code"], row["condition"], row["repairs"])
                          for row in rows.expect(200)["items"]], [("query-1", "ready", 2)])
        text = self.client.get("/api/v1/bikes/reports/condition.csv", place=stand["id"], **EVER)
        self.assertEqual(len(text.expect(200).decode().strip().splitlines()), 2)

    def test_another_rooms_change_wakes_the_job(self):
        stand, open_stand = self.stand("closing"), self.stand("staying")
        bikes = [self.bike(f"closing-{number}", stand) for number in range(3)]
        other = self.bike("staying-1", open_stand)
        self.verb(bikes[2], "report", 200, fault="x")
        place = self.client.get(f"/api/v1/core/places/{stand['id']}").expect(200)
        self.client.patch(f"/api/v1/core/places/{stand['id']}", {"valid_to": "2020-01-01"},
                          place["version"]).expect(200)

        def states():
            found = [self.client.get(f"/api/v1/bikes/bikes/{bike['id']}").expect(200)["state"]
                     for bike in (*bikes, other)]
            return found == ["stored", "stored", "broken", "ready"] or found
        deadline = time.monotonic() + 20
        while states() is not True and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertIs(states(), True)
        history = self.client.get(f"/api/v1/bikes/bikes/{bikes[0]['id']}/history").expect(200)
        self.assertIn("store", json.dumps(history))
        self.assertEqual(self.verb(bikes[0], "put_out", 200)["state"], "ready")


if __name__ == "__main__":
    unittest.main()
