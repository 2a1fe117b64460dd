"""A data folder of each released version opens with today's program and says what it said then."""
import json
import tarfile
import unittest
from pathlib import Path

import xanh

FOLDERS = xanh.ROOT / "tests" / "folders"


def unpack(version):
    folder = Path(xanh.temporary_folder()) / "data"
    with tarfile.open(FOLDERS / f"{version}.tar.xz") as archive:
        archive.extractall(folder)
    return str(folder)


class Folders(unittest.TestCase):
    def look(self, client, then):
        for use in then["uses"]:
            windows = client.get(use["path"]).expect()["windows"]
            self.assertEqual([window["readings"] for window in windows], use["readings"])
            for window, amount in zip(windows, use["amounts"]):
                self.assertAlmostEqual(float(window["amount"]), amount, places=6)
        items = client.get("/api/v1/core/bills", limit=100).expect()["items"]
        bills = {item["number"]: item for item in items}
        for bill in then["bills"]:
            now = bills[bill["number"]]
            for field in ("state", "total", "revision"):
                self.assertEqual(now[field], bill[field])
            self.assertAlmostEqual(float(now["quantity"]), bill["quantity"], places=6)
        for path, count in then["counts"].items():
            there = client.get(f"/api/v1/{path}", limit=1000).expect()["items"]
            self.assertGreaterEqual(len(there), count, path)
        items = client.get(then["readings"]["path"]).expect()["items"]
        self.assertEqual([float(item["value"]) for item in items], then["readings"]["values"])

    def test_each_is_opened_brought_up_to_date_and_says_the_same(self):
        versions = sorted(path.stem for path in FOLDERS.glob("*.json"))
        self.assertTrue(versions)
        for version in versions:
            then = json.loads((FOLDERS / f"{version}.json").read_text())
            folder = unpack(version)
            with self.subTest(version=version):
                for _ in range(2):  # opened again, it is as it was left
                    with xanh.Server(dir=folder) as server:
                        client = server.client()
                        self.look(client, then)
                        client.close()
                self.assertIn("no fault", xanh.run("check", "--dir", folder).stdout)

    def test_a_bill_of_then_comes_out_the_same_when_it_is_computed_now(self):
        with xanh.Server(dir=unpack("0.1.0")) as server:
            client = server.client()
            bill = client.get("/api/v1/bill", series="shop/electricity", month="2025-06").expect()
            self.assertEqual(bill["total"], 1160460)
            client.close()


if __name__ == "__main__":
    unittest.main()
