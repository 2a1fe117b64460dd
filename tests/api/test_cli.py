"""The command line as a user meets it: help, wrong input, languages, one owner of a folder and others
at its socket, files that are read, taken back and read again, workbooks, copies, the demonstration."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import zipfile
from decimal import Decimal
from pathlib import Path

import xanh

INVALID, NOT_FOUND, CONFLICT = 2, 4, 6


def fails(*arguments, status, **options):
    """The problem that the program ends with."""
    done = xanh.run(*arguments, "--json", check=False, **options)
    if done.returncode != status or done.stdout:
        raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stderr)


def write(folder, name, text):
    path = Path(folder) / name
    path.write_text(text, encoding="utf-8")
    return path


class Words(unittest.TestCase):
    """What needs no data folder."""

    def test_every_command_explains_itself_with_an_example(self):
        overview = xanh.run("help").stdout
        guide = xanh.run("help", "--markdown").stdout
        commands = [line.split()[0] for line in overview.split("Commands\n")[1].split("\n\n")[0]
                    .splitlines()]
        self.assertIn("bill", commands)
        for command in commands:
            explained = xanh.run(command, "--help").stdout
            self.assertEqual(explained, xanh.run("help", command).stdout)
            self.assertIn(f"xanh {command}", explained)
            self.assertIn(f"## xanh {command}", guide)
        self.assertIn("Các lệnh", xanh.run("help", "--lang", "vi").stdout)

    def test_a_slip_is_answered_with_the_nearest_name(self):
        self.assertIn("did you mean 'bill'?", fails("bil", status=INVALID)["detail"])
        self.assertIn("did you mean '--kwh'?", fails("bill", "--kwhh", 3, status=INVALID)["detail"])
        problem = fails("bill", "--tariff", "evn-residental", "--kwh", 3, status=NOT_FOUND)
        self.assertIn("did you mean 'evn-residential'?", problem["detail"])

    def test_wrong_input_names_option_value_and_limit(self):
        problem = fails("bill", "--tariff", "evn-residential", "--on", "2025-02-30", status=INVALID)
        self.assertEqual((problem["field"], problem["value"]), ("on", "2025-02-30"))
        problem = fails("serve", "--port", 70000, status=INVALID)
        self.assertEqual((problem["field"], problem["limit"]), ("port", "from 0 to 65535"))
        problem = fails("bill", "--tariff", "hanoi-household", "--kwh", 3, status=INVALID)
        self.assertEqual((problem["field"], problem["limit"], problem["unit"]), ("kwh", "m3", "kWh"))
        self.assertEqual(fails("bill", "--tariff", "evn-residential", "--kwh", -1,
                               status=INVALID)["code"], "INVALID")

    def test_a_question_without_its_series_names_the_option(self):
        for kind in ("last", "readings"):
            problem = fails("query", kind, status=INVALID)
            self.assertEqual(problem["field"], "series")
            self.assertEqual(problem["detail"], f"xanh query {kind} needs --series")
        problem = fails("query", "use", status=INVALID)
        self.assertEqual(problem["detail"], "xanh query use needs --series or --place")

    def test_an_error_is_one_sentence_and_prints_no_half_answer(self):
        done = xanh.run("bill", "--tariff", "evn-residential", "--kwh", "x", check=False)
        self.assertEqual((done.returncode, done.stdout), (INVALID, ""))
        self.assertTrue(done.stderr.startswith("xanh: --kwh 'x' is not a number"))
        self.assertNotIn("\033", done.stderr)

    def test_a_bill_speaks_the_readers_language(self):
        arguments = ("bill", "--tariff", "evn-residential", "--on", "2025-06-15", "--kwh", "400")
        self.assertIn("1,160,460 ₫", xanh.run(*arguments).stdout)
        told = xanh.run(*arguments, "--lang", "vi").stdout
        self.assertIn("1.160.460 ₫", told)
        self.assertIn("0,6592 tCO2/MWh, 2023: thông báo của Cục Biến đổi khí hậu", told)
        self.assertIn("1.160.460 ₫", xanh.run(*arguments, env={"LANG": "vi_VN.UTF-8"}).stdout)
        self.assertIn("\033[", xanh.run(*arguments, "--color", "always").stdout)

    def test_a_bill_without_a_meter_is_quick(self):
        took_s = []  # the quickest is the program's own: the machine may have other work
        for _ in range(10):
            begun = time.monotonic()
            xanh.run("bill", "--tariff", "evn-residential", "--on", "2025-06-15", "--kwh", "400")
            took_s.append(time.monotonic() - begun)
        self.assertLess(min(took_s), 0.5 if xanh.is_sanitized() else 0.05)

    def test_a_reader_that_goes_away_is_no_fault(self):
        done = subprocess.run(f"'{xanh.program()}' help --markdown | head -c 10",
                              shell=True, capture_output=True, check=True)
        self.assertEqual(done.stderr, b"")

    def test_a_folder_that_is_not_there_is_not_made_by_a_question(self):
        folder = Path(xanh.temporary_folder()) / "none"
        problem = fails("query", "rooms", "--dir", folder, status=NOT_FOUND)
        self.assertEqual(problem["field"], "dir")
        self.assertFalse(folder.exists())


class Imports(unittest.TestCase):
    def setUp(self):
        self.dir = xanh.temporary_folder()
        self.data = Path(self.dir) / "data"

    def take(self, path, *options):
        return xanh.run_json("import", path, "--dir", self.data, "--yes", *options)

    def values(self, series, *options):
        answer = xanh.run_json("query", "readings", "--series", series, "--dir", self.data, *options)
        return [str(item["value"]) for item in answer["items"]]

    def test_nothing_is_written_unless_confirmed(self):
        path = write(self.dir, "a.csv", "time,kwh\n2025-06-01 00:00,1\n")
        self.assertEqual(fails("import", path, "--dir", self.data, status=INVALID)["field"], "yes")
        understood = xanh.run_json("import", path, "--dir", self.data, "--dry-run")
        self.assertEqual(understood["rows"], 1)
        self.assertFalse(self.data.exists())

    def test_wrong_rows_are_told_by_line_and_the_others_are_taken(self):
        path = write(self.dir, "home.csv",
                     "time,kwh\n2025-06-01 00:00,1.50\nyesterday,2\n2025-06-01 02:00,abc\n"
                     "2025-06-01 03:00,\n2025-06-01 04:00,\"3,5\"\n2025-06-01 05:00,4\n"
                     + "".join(f"2025-06-02 {h:02d}:00,1\n" for h in range(24)))
        answer = self.take(path)
        self.assertEqual((answer["rows"], answer["taken"], answer["empty"], answer["refused"]),
                         (30, 26, 1, 3))
        self.assertEqual(sorted(row["line"] for row in answer["refusals"]), [3, 4, 6])
        self.assertEqual(self.values("home/electricity")[:2], ["1.50", "4"])

    def test_the_same_file_again_says_so_and_finds_its_readings_known(self):
        path = write(self.dir, "home.csv", "time,kwh\n2025-06-01 00:00,1\n2025-06-01 01:00,2\n")
        first = self.take(path)["import"]
        problem = fails("import", path, "--dir", self.data, "--yes", status=CONFLICT)
        self.assertIn(f"import {first}", problem["detail"])
        again = self.take(path, "--again")
        self.assertEqual((again["taken"], again["duplicate"]), (0, 2))

    def test_tables_have_no_columns_of_what_cannot_be_shown(self):
        self.take(write(self.dir, "home.csv", "time,kwh\n2025-06-01 00:00,1\n"))
        head, *rooms = xanh.run("query", "rooms", "--dir", self.data).stdout.split("\n\n")[1].split("\n")
        self.assertEqual(head.split(), ["name", "label_vi", "label_en"])
        self.assertTrue(rooms[0].startswith("core "))

    def test_an_import_is_taken_back_and_what_it_corrected_stands_again(self):
        one = write(self.dir, "one.csv", "time,kwh\n2025-06-01 00:00,1.0\n2025-06-01 01:00,2.0\n")
        two = write(self.dir, "two.csv", "time,kwh\n2025-06-01 01:00,9.9\n2025-06-01 02:00,3.0\n")
        self.take(one, "--place", "home")
        answer = self.take(two, "--place", "home")
        self.assertEqual(answer["corrected"], 1)
        self.assertEqual(self.values("home/electricity"), ["1.0", "9.9", "3.0"])
        undone = xanh.run_json("import", "undo", answer["import"], "--dir", self.data)
        self.assertEqual(undone["readings"], 2)
        self.assertEqual(self.values("home/electricity"), ["1.0", "2.0"])
        problem = fails("import", "undo", answer["import"], "--dir", self.data, status=CONFLICT)
        self.assertIn("undone", problem["detail"])
        self.assertEqual(fails("import", "undo", 99, "--dir", self.data,
                               status=NOT_FOUND)["code"], "NOT_FOUND")

    def test_a_column_of_meters_makes_a_series_each(self):
        path = write(self.dir, "meters.csv",
                     "meter;time;kwh\n"
                     "A 1;01/07/2025 00:30;1,5\nB/electricity;01/07/2025 00:30;2,25\n"
                     "A 1;01/07/2025 01:00;1,75\n")
        answer = self.take(path, "--place", "street", "--quantity", "energy.electricity",
                           "--unit", "kWh", "--kind", "interval")
        self.assertEqual(answer["taken"], 3)
        self.assertEqual(self.values("street/a-1"), ["1.5", "1.75"])
        self.assertEqual(self.values("B/electricity"), ["2.25"])

    def test_a_series_that_is_there_is_shown_as_what_it_is(self):
        first = write(self.dir, "home.csv", "time,kwh\n" + "".join(
            f"2025-06-{day:02d} 00:00,{1000 + day}\n" for day in range(1, 8)))
        self.take(first)
        second = write(self.dir, "correction.csv",
                       "time,wh\n2025-06-02 00:00,1500\n2025-06-25 12:00,1400\n")
        look = ("import", second, "--dir", self.data, "--map", "wh=home/electricity", "--dry-run")
        mapping = xanh.run_json(*look)["mapping"]
        self.assertEqual((mapping["columns"][0]["kind"], mapping["columns"][0]["unit"],
                          mapping["period_s"]), ("register", "kWh", 86400))
        shown = xanh.run(*look).stdout
        self.assertIn("stamped at the end of a period of 1 day", shown)
        self.assertIn("warning: home/electricity: the file seems to be in Wh", shown)
        self.assertIn("warning: home/electricity: numbers of the file fall", shown)
        said = xanh.run("import", second, "--place", "home", "--map", "wh=home/electricity",
                        "--kind", "interval", "--dir", self.data, "--dry-run").stdout
        self.assertIn("warning: home/electricity: is there already and stays a series of kind "
                      "register, not interval", said)
        new = xanh.run("import", second, "--dir", self.data, "--dry-run").stdout
        self.assertIn("no steady length", new)
        self.assertNotIn("warning", new)

    def test_an_import_in_order_is_not_late_and_one_behind_it_is(self):
        june = "time,kwh\n" + "".join(f"2025-06-01 {h:02d}:00,1\n" for h in range(0, 24, 2))
        self.assertEqual(self.take(write(self.dir, "home.csv", june))["late"], 0)
        july = june.replace("-06-", "-07-")
        self.assertEqual(self.take(write(self.dir, "later.csv", july), "--place", "home")["late"], 0)
        between = "time,kwh\n2025-06-15 00:00,1\n2025-07-09 00:00,1\n"
        answer = self.take(write(self.dir, "between.csv", between), "--place", "home")
        self.assertEqual((answer["taken"], answer["late"]), (2, 1))
        again = self.take(write(self.dir, "home.csv", june), "--again")
        self.assertEqual((again["duplicate"], again["corrected"]), (12, 0))

    def test_a_file_taken_back_and_read_again_is_no_correction(self):
        path = write(self.dir, "home.csv", "time,kwh\n" + "".join(
            f"2025-06-01 {h:02d}:00,1\n" for h in range(24)))
        xanh.run_json("import", "undo", self.take(path)["import"], "--dir", self.data)
        answer = self.take(path)
        self.assertEqual((answer["taken"], answer["corrected"], answer["late"]), (24, 0, 0))
        use = xanh.run_json("query", "use", "--series", "home/electricity", "--from", "2025-06-01",
                            "--to", "2025-06-02", "--period", "day", "--dir", self.data)
        self.assertNotIn("corrected", json.dumps(use, default=str))

    def test_a_tariff_is_given_to_the_series_that_are_made(self):
        text = "time,kwh,temp_c\n2025-06-01 00:00,1,20\n2025-06-30 00:00,2,21\n"
        path = write(self.dir, "home.csv", text)
        self.assertIn("did you mean 'evn-residential'?", fails(
            "import", path, "--dir", self.data, "--tariff", "evn-residental", "--yes",
            status=NOT_FOUND)["detail"])
        self.assertIn("is for water", fails("import", path, "--dir", self.data, "--tariff",
                                            "hanoi-household", "--yes", status=INVALID)["detail"])
        shown = xanh.run("import", path, "--dir", self.data, "--tariff", "evn-residential",
                         "--yes").stdout
        self.assertIn("tariff of home/electricity: evn-residential", shown)
        self.assertNotIn("tariff of home/temperature", shown)
        series = xanh.run_json("query", "records", "core/series", "--dir", self.data)["items"]
        self.assertEqual({one["code"]: one["tariff"] for one in series},
                         {"home/electricity": "evn-residential", "home/temperature": None})
        self.take(write(self.dir, "other.csv", text + "2025-06-30 12:00,3,21\n"))
        bill = ("bill", "--series", "other/electricity", "--month", "2025-06", "--dir", self.data)
        self.assertIn("--tariff CODE", fails(*bill, status=INVALID)["detail"])
        told = xanh.run(*bill, check=False).stderr
        self.assertIn("evn-residential", told)
        self.assertNotIn("hanoi-household", told)

    def test_dates_and_times_of_day_in_columns_of_their_own(self):
        path = write(self.dir, "shop.csv",
                     "meter;date;hour;kwh\nA;01/07/2025;1;1,5\nA;01/07/2025;2;2,25\n"
                     "A;01/07/2025;24;3\n")
        self.assertEqual(self.take(path)["taken"], 3)
        answer = xanh.run_json("query", "readings", "--series", "shop/a", "--dir", self.data)
        self.assertEqual([(item["time"], str(item["value"])) for item in answer["items"]],
                         [("2025-07-01T01:00:00+07:00", "1.5"), ("2025-07-01T02:00:00+07:00", "2.25"),
                          ("2025-07-02T00:00:00+07:00", "3")])
        path = write(self.dir, "mall.csv", "day,start,kwh\n2025-07-01,0:30,1\n2025-07-01,25:00,2\n"
                     + "".join(f"2025-07-02,{h}:00,1\n" for h in range(20)))
        answer = self.take(path, "--map", "time=day,clock=start")
        self.assertEqual((answer["taken"], answer["refused"]), (21, 1))
        self.assertEqual(answer["refusals"][0]["value"], "2025-07-01 25:00")

    def test_a_table_that_is_not_understood_says_how_to_turn_it(self):
        path = write(self.dir, "wide.csv", "code,01/07/2025,02/07/2025,03/07/2025\nA,1,2,3\nB,4,5,6\n")
        self.assertIn("turn the table", fails("import", path, "--dir", self.data, "--dry-run",
                                              status=INVALID)["detail"])
        path = write(self.dir, "list.csv", "code;name;old;new\nA;An;100;150\nB;Binh;200;260\n")
        self.assertIn("old and new figures", fails("import", path, "--dir", self.data, "--dry-run",
                                                   status=INVALID)["detail"])

    def test_a_workbook_is_read_sheet_by_sheet(self):
        path = Path(self.dir) / "home.xlsx"
        workbook(path, [["time", "kwh"], ["2025-06-01T00:30", 1.25], ["2025-06-01T01:00", 1.5]])
        self.assertEqual(self.take(path)["taken"], 2)
        self.assertEqual(self.values("home/electricity"), ["1.25", "1.5"])
        self.assertEqual(fails("import", path, "--sheet", 2, "--dir", self.data, "--yes",
                               status=INVALID)["code"], "INVALID")

    def test_an_import_that_is_killed_can_be_taken_back(self):
        rows = "".join(f"m{i % 50},{1718409600 + i // 50 * 60},{i % 97}.{i % 10}\n"
                       for i in range(1_000_000))
        path = write(self.dir, "large.csv", "meter,time,kwh\n" + rows * 8)  # some seconds
        process = subprocess.Popen([xanh.program(), "import", path, "--dir", self.data, "--yes",
                                    "-v", "--json"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "readings" in line and not line.startswith("0 %"):
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        records = xanh.run_json("query", "records", "core/imports", "--dir", self.data)["items"]
        self.assertEqual([record["state"] for record in records], ["running"])
        xanh.run_json("import", "undo", records[0]["id"], "--dir", self.data)
        self.assertEqual(xanh.run_json("check", "--dir", self.data)["count"], 0)
        answer = self.take(path)
        self.assertEqual(answer["taken"] + answer["duplicate"] + answer["corrected"], 8_000_000)

    def test_being_asked_to_stop_keeps_what_was_taken_as_a_failed_import(self):
        rows = "".join(f"m{i % 50},{1718409600 + i // 50 * 60},{i % 97}.{i % 10}\n"
                       for i in range(1_000_000))
        path = write(self.dir, "large.csv", "meter,time,kwh\n" + rows * 8)  # some seconds
        process = subprocess.Popen([xanh.program(), "import", path, "--dir", self.data, "--yes",
                                    "-v", "--json"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "readings" in line and not line.startswith("0 %"):
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        process.wait(60)
        process.stderr.close()
        self.assertEqual(process.returncode, 7, rest)
        record = xanh.run_json("query", "records", "core/imports", "--dir", self.data)["items"][0]
        self.assertEqual(record["state"], "failed")
        undone = xanh.run_json("import", "undo", record["id"], "--dir", self.data)
        self.assertEqual(undone["readings"], record["taken"])


def workbook(path, rows):
    """The smallest workbook with one sheet: texts inline, numbers as they are."""
    def cell(column, row, value):
        name = f"{chr(65 + column)}{row}"
        if isinstance(value, str):
            return f'<c r="{name}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{name}"><v>{value}</v></c>'
    lines = "".join(f'<row r="{number}">' + "".join(cell(c, number, v) for c, v in enumerate(row))
                    + "</row>" for number, row in enumerate(rows, 1))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml":
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
            f'"/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName='
            f'"/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels":
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml":
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" '
            f'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels":
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml":
            f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


class Owner(unittest.TestCase):
    """One process owns a folder; others come through its socket."""

    def test_commands_answer_the_same_with_and_without_an_owner(self):
        with xanh.Server(identity="public") as server:
            client = server.client(server.key("operator"))
            client.make_meter("home-7")
            client.post("/api/v1/readings", [
                {"series": "home-7/electricity", "time": f"2025-06-{day:02d}T00:00:00+07:00",
                 "value": day * 10} for day in range(1, 30)]).expect()
            questions = [
                ("query", "use", "--series", "home-7/electricity", "--from", "2025-06-01",
                 "--to", "2025-06-20", "--period", "day"),
                ("query", "readings", "--series", "home-7/electricity"),
                ("bill", "--series", "home-7/electricity", "--from", "2025-06-01", "--to",
                 "2025-06-20", "--tariff", "evn-residential"),
                ("query", "records", "core/places", "--param", "kind=province"),
            ]
            exported = ("export", "--series", "home-7/electricity", "--dir", server.dir)
            during = [xanh.run_json(*q, "--dir", server.dir) for q in questions]
            file = xanh.run(*exported).stdout
            dir = server.dir
        after = [xanh.run_json(*q, "--dir", dir) for q in questions]
        for one, other in zip(during, after):
            for answer in (one, other):
                answer.pop("as_known", None)
            self.assertEqual(one, other)
        self.assertEqual(file, xanh.run(*exported).stdout)
        self.assertEqual(len(file.splitlines()), 30)

    def test_a_second_server_is_told_who_owns_the_folder(self):
        with xanh.Server() as server:
            problem = fails("serve", "--dir", server.dir, "--port", 0, status=7)
            self.assertIn(str(server.process.pid), problem["detail"])

    def test_an_import_goes_through_the_owner_and_its_page_sees_it(self):
        with xanh.Server() as server:
            path = write(xanh.temporary_folder(), "home.csv",
                         "time,kwh\n2025-06-01T00:00+07:00,1\n2025-06-01T01:00+07:00,2\n")
            xanh.run_json("import", path, "--dir", server.dir, "--yes")
            last = server.client().get("/api/v1/readings/last", series="home/electricity").expect()
            self.assertEqual(last["items"][0]["value"], 2)

    def test_what_is_for_the_socket_is_not_for_the_port(self):
        with xanh.Server() as server:
            client = server.client(server.key("operator"))
            for path in ("backup", "check", "meters", "imports/1/undo", "imports/1/finish",
                         "jobs/x.y/run"):
                answer = client.post(f"/api/v1/{path}", {"to": "/tmp/never"})
                self.assertEqual(answer.status, 403, path)

    def test_an_unused_socket_is_no_owner(self):
        with xanh.Server() as server:
            dir = server.dir
            server.kill()
            server.start()
            server.kill()
            self.assertTrue(os.path.exists(os.path.join(dir, "xanh.sock")))
            self.assertEqual(xanh.run_json("check", "--dir", dir)["count"], 0)
            self.assertFalse(os.path.exists(os.path.join(dir, "xanh.sock")))
            server.start()

    def test_a_copy_made_while_serving_opens_by_itself(self):
        target = Path(xanh.temporary_folder()) / "copy"
        with xanh.Server() as server:
            server.client().make_meter("home-7")
            server.client().post("/api/v1/readings",
                                 {"series": "home-7/electricity", "value": 1.5}).expect()
            made = xanh.run_json("backup", target, "--dir", server.dir)
            self.assertEqual(made["readings"], 1)
            fails("backup", target, "--dir", server.dir, status=CONFLICT)
        self.assertEqual(xanh.run_json("check", "--dir", target)["count"], 0)
        last = xanh.run_json("query", "last", "--series", "home-7/electricity", "--dir", target)
        self.assertEqual(last["items"][0]["value"], Decimal("1.5"))
        self.assertEqual(os.stat(target / "keys.json").st_mode & 0o077, 0)

    def test_a_copy_is_verified_and_becomes_a_new_folder(self):
        folder = Path(xanh.temporary_folder())
        path = write(folder, "home.csv", "time,kwh\n2025-06-01 00:00,1.50\n2025-06-01 01:00,2\n")
        xanh.run_json("import", path, "--dir", folder / "data", "--yes")
        xanh.run_json("backup", folder / "copy", "--dir", folder / "data")
        problem = fails("restore", folder / "copy", "--dir", folder / "data", status=CONFLICT)
        self.assertIn("there already", problem["detail"])
        self.assertIn("no copy", fails("restore", folder, "--dir", folder / "new",
                                       status=NOT_FOUND)["detail"])
        self.assertEqual(sorted(p.name for p in folder.iterdir()), ["copy", "data", "home.csv"])
        made = xanh.run_json("restore", folder / "copy", "--dir", folder / "new")
        self.assertEqual((made["series"], made["readings"]), (1, 2))
        answer = xanh.run_json("query", "readings", "--series", "home/electricity", "--dir",
                               folder / "new")
        self.assertEqual([str(item["value"]) for item in answer["items"]], ["1.50", "2"])
        with open(folder / "copy" / "records.db", "r+b") as file:
            file.seek(40 * 4096)
            file.write(b"\xff" * 4096)
        done = xanh.run("restore", folder / "copy", "--dir", folder / "third", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((folder / "third").exists())

    def test_jobs_are_listed_and_one_is_run(self):
        with xanh.Server() as server:
            jobs = xanh.run_json("job", "--dir", server.dir)["items"]
            for job in jobs[:1]:
                xanh.run_json("job", job["name"], "--dir", server.dir)
            fails("job", "no.such", "--dir", server.dir, status=NOT_FOUND)


class Demo(unittest.TestCase):
    def test_a_demonstration_has_history_goes_on_live_and_takes_a_strangers_reading(self):
        dir = xanh.temporary_folder()
        for _ in range(2):  # the second time it goes on where it ended
            process = subprocess.Popen(
                [xanh.program(), "demo", "--dir", dir, "--port", "0", "--homes", "7", "--days", "40",
                 "--every", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={**os.environ, "LANG": "C"})
            port, line = None, ""
            for line in process.stdout:
                if "curl" in line:
                    port = int(line.split("127.0.0.1:")[1].split("/")[0])
                if "xanh import" in line:
                    break
            client = xanh.Client(port)
            if client.get("/api/v1/use", series="home-6/electricity", period="day").status == 404:
                self.skipTest("no room simulates")
            # home 7 reads at its half hours, the others every second
            before = last_of(client, "home-6/electricity")
            deadline = time.monotonic() + 20
            while last_of(client, "home-6/electricity")["seq"] == before["seq"]:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.2)
            self.assertIn("simulated", before["quality"])
            client.post("/api/v1/readings", {"series": "home/electricity", "value": 1234.5}).expect()
            self.assertEqual(last_of(client, "home/electricity")["value"], Decimal("1234.5"))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0)
            process.stdout.close()


    def test_a_demonstration_that_is_stopped_goes_on_and_finds_another_port(self):
        dir = xanh.temporary_folder()
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            command = [xanh.program(), "demo", "--dir", dir, "--port", str(port), "--homes", "7",
                       "--days", "200", "--every", "1"]
            for stop_s in (0.3, 1, 2):
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.PIPE, text=True)
                time.sleep(stop_s)
                process.send_signal(signal.SIGINT)
                told = process.communicate(timeout=30)[1]
                self.assertEqual(process.returncode, 0, told)
                self.assertIn(f"port {port} is taken; using ", told)
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
            for line in process.stdout:
                if "xanh import" in line:
                    break
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0)
            process.stdout.close()
        answer = xanh.run_json("query", "readings", "--series", "home-2/electricity", "--order",
                               "asc", "--dir", dir, "--corrected", "--limit", 1000)
        times = [item["time"] for item in answer["items"]]
        self.assertEqual(len(times), len(set(times)))
        self.assertFalse([item for item in answer["items"] if "late" in item["quality"]])


def last_of(client, series):
    return client.get("/api/v1/readings/last", series=series).expect()["items"][0]


if __name__ == "__main__":
    unittest.main()
