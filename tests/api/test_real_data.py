"""Measured files in and out again: every reading keeps the file's digits, none is lost, none is new,
and the total is the exactly rounded sum."""
import csv
import gzip
import math
import shutil
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import xanh

FOLDER = xanh.data_folder("energy")
RELATIVE = 1e-12


class File:
    """A file with one column of times and one column for each series."""

    def __init__(self, name, zone_hours, format):
        self.path = FOLDER / name
        self.zone = timezone(timedelta(hours=zone_hours))
        with gzip.open(self.path, "rt", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        self.columns = rows[0][1:]
        self.times = [datetime.strptime(row[0], format).replace(tzinfo=self.zone)
                      .astimezone(timezone.utc) for row in rows[1:]]
        self.values = {name: [row[at + 1] for row in rows[1:]]
                       for at, name in enumerate(self.columns)}


def plain(text):
    """The same digits, all of them, without the power of ten that a few fields have ("8e-05")."""
    return format(Decimal(text), "f")


def exported(folder, series):
    """[(time, text of the value)] of what the program gives back, in order."""
    lines = xanh.run("export", "--series", series, "--dir", folder).stdout.splitlines()
    rows = list(csv.DictReader(lines))
    return [(datetime.fromisoformat(row["time"].replace("Z", "+00:00")), row["value"])
            for row in rows]


@unittest.skipUnless(FOLDER, "no measured data: XANH_DATA names no folder with it")
class RealData(unittest.TestCase):
    def setUp(self):
        self.dir = xanh.temporary_folder()

    def taken(self, file, zone, place):
        """Imports the file: column -> series, and the answer's counts."""
        arguments = ("import", file.path, "--dir", self.dir, "--zone", zone, "--place", place)
        understood = xanh.run_json(*arguments, "--dry-run")["mapping"]["columns"]
        return ({column["column"]: column["series"] for column in understood},
                xanh.run_json(*arguments, "--yes"))

    def check(self, file, series):
        """Digit by digit, count, first, last, total."""
        server = xanh.Server(self.dir)
        client = server.client()
        for column, code in series.items():
            with self.subTest(column=column):
                texts, back = file.values[column], exported(self.dir, code)
                self.assertEqual(len(back), len(texts))
                self.assertEqual([at for at, _ in back], file.times)
                self.assertEqual([text for _, text in back], [plain(text) for text in texts])
                last = client.get("/api/v1/readings/last", series=code).expect(200)["items"][0]
                self.assertEqual(str(last["value"]), plain(texts[-1]))
                first = client.get("/api/v1/readings", series=code, limit=1).expect(200)["items"][0]
                self.assertEqual(str(first["value"]), plain(texts[0]))
        self.check_totals(client, file, series)
        client.close()
        server.stop()

    def check_totals(self, client, file, series):
        """What was used in all is the sum of the amounts, of the powers times half an hour."""
        for column, code in series.items():
            found = client.by_code("/api/v1/core/series", code)
            if found["kind"] not in ("interval", "power"):
                continue
            hours = 1.0 if found["kind"] == "interval" else found["period_s"] / 3600
            exact = math.fsum(float(text) for text in file.values[column]) * hours
            period_s = timedelta(seconds=int(found["period_s"]))
            begin = file.times[0] - (period_s if found.get("stamp") != "start" else timedelta())
            end = file.times[-1] + (period_s if found.get("stamp") == "start" else timedelta())
            use = client.get("/api/v1/use", series=code, from_=begin.isoformat(),
                             to=end.isoformat(), period="day").expect(200)
            self.assertLessEqual(abs(float(use["total"]) - exact), RELATIVE * exact,
                                 f"{column}: {use['total']} {use['unit']}, not {exact!r}")

    def test_ten_homes_of_fontana_read_back_digit_by_digit(self):
        file = File("fontana_homes_1-10.csv.gz", -8, "%Y-%m-%dT%H:%M")
        series, answer = self.taken(file, "-08:00", "fontana")
        self.assertEqual(set(series), set(file.columns))
        self.assertEqual((len(file.times), answer["taken"]), (8760, 8760 * len(file.columns)))
        self.assertEqual((answer["refused"], answer["duplicate"], answer["corrected"]), (0, 0, 0))
        self.check(file, series)

    def test_a_home_of_sydney_reads_back_digit_by_digit(self):
        file = File("ausgrid_home12_2011-2012.csv.gz", 10, "%Y-%m-%d %H:%M:%S")
        series, answer = self.taken(file, "+10:00", "home-12")
        self.assertEqual(set(series), {"GC", "GG"})
        self.assertEqual((len(file.times), answer["taken"]), (17568, 2 * 17568))
        self.assertEqual((answer["refused"], answer["duplicate"], answer["corrected"]), (0, 0, 0))
        self.check(file, series)

    def test_an_import_that_is_undone_leaves_nothing_and_can_be_done_again(self):
        file = File("ausgrid_home12_2011-2012.csv.gz", 10, "%Y-%m-%d %H:%M:%S")
        series, answer = self.taken(file, "+10:00", "home-12")
        undone = xanh.run_json("import", "undo", answer["import"], "--dir", self.dir)
        self.assertEqual(undone["readings"], 2 * 17568)
        self.assertEqual([exported(self.dir, code) for code in series.values()], [[], []])
        series, answer = self.taken(file, "+10:00", "home-12")
        self.assertEqual(answer["taken"], 2 * 17568)
        self.check(file, series)

    def test_what_is_exported_can_be_imported_elsewhere_with_the_same_digits(self):
        file = File("ausgrid_home12_2011-2012.csv.gz", 10, "%Y-%m-%d %H:%M:%S")
        series, _ = self.taken(file, "+10:00", "home-12")
        target = Path(self.dir) / "all.csv"
        xanh.run("export", "--all", "-o", target, "--dir", self.dir)
        other = xanh.temporary_folder()
        shutil.move(target, Path(other) / "home.csv")
        xanh.run("import", Path(other) / "home.csv", "--dir", Path(other) / "data", "--yes")
        for column, code in series.items():
            back = exported(Path(other) / "data", code)
            self.assertEqual([text for _, text in back], file.values[column])
            self.assertEqual([at for at, _ in back], file.times)


if __name__ == "__main__":
    unittest.main()
