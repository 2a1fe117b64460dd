"""A stranger's bills: four layouts of workbooks, what is asked, what is wrong, what is found; taken,
taken back, killed in the middle; files that mean harm."""
import datetime
import os
import threading
import unittest

from sheets import workbook
from xanh import Server, run, temporary_folder

TIERS = [(50, 1984), (50, 2050), (100, 2380), (100, 2998), (100, 3350), (None, 3460)]


def bill_of(kwh):
    """Six tiers as of Decision 1279/QD-BCT, VAT 8 %, rounded half up: by hand, in whole dong."""
    net, left = 0, kwh
    for size, price in TIERS:
        part = left if size is None else min(left, size)
        net += part * price
        left -= part
    return (net * 108 + 50) // 100


def vietnamese(number):
    return f"{number:,}".replace(",", ".")


USE = [312, 300, 400, 420, 500, 640]


def rows_by_month():
    """A row a month: readings, use, amount; a title above, a total below."""
    rows = [["BẢNG THEO DÕI TIỀN ĐIỆN"], [], ["Tháng", "Chỉ số cũ", "Chỉ số mới",
                                               "Điện tiêu thụ (kWh)", "Thành tiền"]]
    shown = 1000
    for month, kwh in enumerate(USE, 6):
        rows.append([f"{month:02d}/2025", shown, shown + kwh, kwh, bill_of(kwh)])
        shown += kwh
    rows.append(["Cộng", None, None, sum(USE), sum(map(bill_of, USE))])
    return workbook({"Điện": rows})


def months_across():
    head = ["Năm 2025"] + [f"T{month}" for month in range(1, 13)]
    kwh = [None] * 5 + USE + [None]
    money = [bill_of(part) if part else None for part in kwh]
    water = [12, 11, 13, 12, 14, 15, 15, 16, 14, 13, 12, 12]
    return workbook({"Tổng hợp": [["Theo dõi điện nước gia đình"], [], head, ["Điện (kWh)", *kwh],
                                  ["Tiền điện (đồng)", *money], ["Nước (m3)", *water]]})


def english_periods():
    """Title rows, a header of two rows with merged cells, dates as dates, a total."""
    rows = [["Sample Trading Ltd"], ["Electricity bills"], [],
            ["Billing period", None, "Usage", "Amount", "Note"],
            ["From", "To", "(kWh)", "(VND)", None]]
    for month, kwh in enumerate(USE, 6):
        first = datetime.date(2025, month, 1)
        last = datetime.date(2025, month + 1, 1) - datetime.timedelta(days=1)
        rows.append([first, last, kwh, f"{bill_of(kwh):,}", None])
    rows.append(["Total", None, sum(USE), f"{sum(map(bill_of, USE)):,}"])
    return workbook({"Bills": (rows, ["A4:B4"])})


def a_sheet_a_year():
    """T1 to T12 down, numbers as text, blank rows; in 2025 the months are serial numbers of days."""
    rows_2024 = [["Hộ ông Mẫu"], [], ["Tháng", "Số điện", "Số tiền"]]
    rows_2025 = [["Hộ ông Mẫu"], [], ["Tháng", "Số điện", "Số tiền"]]
    for month in range(1, 13):
        rows_2024 += [[f"T{month}", vietnamese(1000 + month) + ",5", None], []]
    for month, kwh in enumerate(USE, 6):
        serial = (datetime.date(2025, month, 1) - datetime.date(1899, 12, 30)).days
        rows_2025.append([serial, f"{kwh},0", vietnamese(bill_of(kwh))])
    return workbook({"2024": rows_2024, "Năm 2025": rows_2025})


def look(client, body, **params):
    return client.request("POST", "/api/v1/bring", body, **params).expect(200)


def kinds(answer, kind):
    return [finding for finding in answer["findings"] if finding["kind"] == kind]


class Layouts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.public = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.public.close()
        cls.server.stop()

    def check_equal(self, answer):
        """All six bills come out to the dong, and 400 kWh is 1,160,460."""
        bills = [bill for bill in answer["bills"] if bill["check"] == "equal"]
        self.assertEqual(len(bills), len(USE), answer["faults"])
        self.assertEqual([bill["quantity"] for bill in bills], USE)
        by_kwh = {bill["quantity"]: bill["computed"] for bill in bills}
        self.assertEqual(by_kwh[400], 1160460)
        found = kinds(answer, "equal")[0]
        self.assertIn("đúng với hoá đơn", found["sentence_vi"])
        self.assertIn("exactly as the bill says", found["sentence_en"])
        self.assertTrue(all(row["code"] for row in found["rows"]))

    def test_a_row_a_month(self):
        answer = look(self.public, rows_by_month(), file="dien.xlsx")
        self.assertEqual(answer["fault_count"], 0, answer["faults"])
        self.assertEqual(answer["sheets"][0]["totals"], 1)
        roles = [column["role"] for column in answer["sheets"][0]["columns"]]
        self.assertEqual(roles, ["month", "first", "last", "quantity", "amount"])
        self.check_equal(answer)

    def test_months_across(self):
        answer = look(self.public, months_across())
        self.assertEqual(answer["sheets"][0]["layout"], "across")
        self.assertEqual(answer["fault_count"], 0, answer["faults"])
        self.assertEqual(sum(bill["medium"] == "water" for bill in answer["bills"]), 12)
        self.check_equal(answer)

    def test_english_with_merged_headers_and_a_total(self):
        answer = look(self.public, english_periods())
        self.assertEqual(answer["fault_count"], 0, answer["faults"])
        self.assertEqual(answer["bills"][0]["period_from"], "2025-06-01")
        self.assertEqual(answer["bills"][0]["period_to"], "2025-07-01")
        self.check_equal(answer)

    def test_a_sheet_a_year(self):
        answer = look(self.public, a_sheet_a_year())
        self.assertEqual(answer["fault_count"], 0, answer["faults"])
        self.assertEqual(len(answer["bills"]), 18)
        self.assertEqual(str(answer["bills"][0]["quantity"]), "1001.5")
        self.check_equal(answer)
        self.assertEqual(len(kinds(answer, "trend")), 1)
        self.assertEqual(kinds(answer, "hole")[0]["number"], 5)

    def test_csv_is_read_as_a_workbook_is(self):
        text = "Tháng;Điện (kWh);Tiền\n6/2025;400;1.160.460\n7/2025;312,5;\n8/2025;1.050,25;\n"
        answer = look(self.public, text)
        self.assertEqual([str(bill["quantity"]) for bill in answer["bills"]],
                         ["400", "312.5", "1050.25"])

    def test_every_row_that_is_not_understood_is_told_with_its_cell(self):
        rows = [["Tháng", "Điện (kWh)", "Tiền điện"], ["6/2025", 400, 1160460],
                ["tháng mười ba", 100, 200000], ["8/2025", "nhiều", 200000], ["9/2025", 100, -5],
                ["6/2025", 400, 1160460]]
        answer = look(self.public, workbook({"S": rows}))
        self.assertEqual([(fault["cell"], fault["kind"], fault["value"]) for fault in answer["faults"]],
                         [("A3", "not_month", "tháng mười ba"), ("B4", "not_number", "nhiều"),
                          ("C5", "negative", "-5"), ("A6", "twice", "")])
        self.assertEqual(answer["faults"][3]["other"], "A2")
        for fault in answer["faults"]:
            self.assertTrue(fault["do_vi"] and fault["do_en"])
        self.assertEqual(len(answer["bills"]), 1)

    def test_what_is_ambiguous_is_asked_not_guessed(self):
        text = "Tháng,Lượng nước (m3)\nT1,\"1.234\"\nT2,\"2.345\"\n"
        answer = look(self.public, text)
        self.assertEqual({question["id"] for question in answer["questions"]}, {"year"})
        answer = look(self.public, text, year=2025)
        self.assertEqual({question["id"] for question in answer["questions"]}, {"decimal"})
        self.assertEqual(answer["bills"], [])
        comma = look(self.public, text, year=2025, decimal=",")
        point = look(self.public, text, year=2025, decimal=".")
        self.assertEqual((comma["questions"], point["questions"]), ([], []))
        self.assertEqual([str(bill["quantity"]) for bill in comma["bills"]], ["1234", "2345"])
        self.assertEqual([str(bill["quantity"]) for bill in point["bills"]], ["1.234", "2.345"])

    def test_the_user_says_what_a_column_is(self):
        text = "Tháng,Điện,x\n6/2025,400,1\n7/2025,410,2\n"
        answer = look(self.public, text)
        self.assertEqual({question["id"] for question in answer["questions"]}, {"column"})
        answer = look(self.public, text, roles="B:quantity:electricity")
        self.assertEqual([bill["quantity"] for bill in answer["bills"]], [400, 410])
        self.assertEqual(answer["sheets"][0]["columns"][1]["why_en"], "as you chose")

    def test_a_bill_that_differs_comes_first_with_its_price_rows(self):
        rows = [["Month", "Electricity (kWh)", "Amount (VND)"], ["06/2025", 400, 1160460],
                ["07/2025", 300, 900000]]
        answer = look(self.public, workbook({"S": rows}))
        first = answer["findings"][0]
        self.assertEqual((first["kind"], first["number"]), ("differs", 900000 - bill_of(300)))
        self.assertIn("E-R-2025-05-10-1", [row["code"] for row in first["rows"]])

    def test_a_tariff_may_be_said(self):
        rows = [["Month", "Electricity (kWh)", "Amount (VND)"], ["06/2025", 400, 1160460]]
        answer = look(self.public, workbook({"S": rows}), tariff="evn-business-lt6kv")
        self.assertEqual([tariff["code"] for tariff in answer["tariffs"] if tariff["is_chosen"]],
                         ["evn-business-lt6kv"])
        self.public.request("POST", "/api/v1/bring", b"x", tariff="none-such").expect(404)

    def test_prices_that_are_not_known_are_said_to_be_unknown(self):
        rows = [["Month", "Electricity (kWh)", "Amount (VND)"], ["06/2025", 400, 1160460],
                ["06/2011", 400, 700000]]
        answer = look(self.public, workbook({"S": rows}))
        self.assertEqual(kinds(answer, "no_price")[0]["number"], 1)
        self.assertEqual(answer["bills"][0]["check"], "no_price")

    def test_a_file_without_bills_has_no_finding(self):
        answer = look(self.public, "Tên,Tuổi\nAn,12\nBình,13\n")
        self.assertEqual((answer["bills"], answer["findings"]), ([], []))

    def test_a_file_of_readings_is_told_from_bills(self):
        text = "hour_ending,load_kwh_1,temp_c\n2025-06-01 01:00,0.82,27.4\n2025-06-01 02:00,0.79,27.1\n"
        answer = look(self.public, text, file="street.csv")
        self.assertEqual([series["code"] for series in answer["readings"]["series"]],
                         ["street-1/electricity", "street/temperature"])
        self.assertEqual(answer["readings"]["time"], "hour_ending")
        days = "".join(f"2025-06-{day:02d},{day}\n" for day in range(1, 20))
        answer = look(self.public, "Date,Electricity (kWh)\n" + days, file="home.csv")
        self.assertEqual(answer["readings"]["series"][0]["code"], "home/electricity")
        self.assertEqual((answer["bills"], answer["faults"]), ([], []))
        self.assertIsNone(look(self.public, rows_by_month())["readings"])

    def test_files_that_mean_harm_are_refused(self):
        bomb = workbook({"S": [["A" * 1000] * 200 for _ in range(400)]})
        wide = workbook({"S": [list(range(300))]})
        many = workbook({f"S{i}": [[1]] for i in range(201)})
        for body, statuses in ((b"", (400,)), (b"PK\x03\x04junk", (400, 415)), (b"\xd0\xcf\x11\xe0" * 9, (400, 415)),
                               (b"\xff\xfeT\x00h\x00", (400,)), (wide, (413,)), (many, (413,)), (bomb, (413,)),
                               (b"\"never closed", (400,)), (bytes(range(256)) * 50, (400, 413, 415))):
            answer = self.public.request("POST", "/api/v1/bring", body)
            self.assertIn(answer.status, statuses, body[:20])
            self.assertTrue(answer.json()["detail"])
        too_long = self.public.request("POST", "/api/v1/bring", b"a" * ((16 << 20) + 1))
        self.assertEqual(too_long.status, 413)
        self.public.close()
        self.public.get("/healthz").expect(200)

    def test_wishes_that_mean_nothing_are_refused(self):
        for params in ({"step": "eat"}, {"decimal": ";"}, {"year": 25}, {"sheet": 99},
                       {"medium": "sand"}, {"roles": "A=month"}):
            answer = self.public.request("POST", "/api/v1/bring", rows_by_month(), **params)
            self.assertEqual(answer.status, 400, params)
            self.assertEqual(answer.json()["field"], list(params)[0])


class Taking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.operator = cls.server.client(cls.server.key("operator"))
        cls.resident = cls.server.client(cls.server.key("resident-7"))
        cls.public = cls.server.client()
        cls.operator.make_meter("home-7")

    @classmethod
    def tearDownClass(cls):
        for client in (cls.operator, cls.resident, cls.public):
            client.close()
        cls.server.stop()

    def bills(self, client, import_id):
        return client.get("/api/v1/core/own_bills", import_=import_id).expect(200)["items"]

    def test_the_public_looks_and_keeps_nothing(self):
        look(self.public, rows_by_month())
        answer = self.public.request("POST", "/api/v1/bring", rows_by_month(), step="take")
        self.assertEqual(answer.status, 403)

    def test_bills_are_kept_and_taken_back(self):
        body = rows_by_month()
        answer = self.operator.request("POST", "/api/v1/bring", body, step="take", file="a.xlsx",
                                       place="home-7").expect(201)
        kept = self.bills(self.operator, answer["import"])
        self.assertEqual(len(kept), len(USE))
        self.assertEqual(kept[0]["medium"], "electricity")
        self.assertEqual(kept[0]["tariff"], "evn-residential")
        self.assertEqual((kept[0]["meter_first"], kept[0]["meter_last"]), (1000, 1312))
        self.assertEqual(kept[0]["cell"], "Điện!A4")
        made = self.operator.get(f"/api/v1/core/imports/{answer['import']}").expect(200)
        self.assertEqual((made["state"], made["taken"], made["file"]), ("done", len(USE), "a.xlsx"))
        again = self.operator.request("POST", "/api/v1/bring", body, step="take")
        self.assertEqual(again.status, 409)
        self.assertEqual(look(self.operator, body)["taken_before"], answer["import"])
        undone = self.operator.post(f"/api/v1/bring/{answer['import']}/undo").expect(200)
        self.assertEqual(undone["bills"], len(USE))
        self.assertEqual(self.bills(self.operator, answer["import"]), [])
        self.assertEqual(self.operator.post(f"/api/v1/bring/{answer['import']}/undo").status, 409)
        self.assertEqual(look(self.operator, body)["taken_before"], 0)

    def test_a_resident_keeps_its_own_and_nobody_elses(self):
        answer = self.resident.request("POST", "/api/v1/bring", english_periods(),
                                       step="take").expect(201)
        kept = self.bills(self.resident, answer["import"])
        party = self.operator.by_code("/api/v1/core/parties", "home-7")
        self.assertEqual({bill["party"] for bill in kept}, {party["id"]})
        self.assertEqual(self.public.post(f"/api/v1/bring/{answer['import']}/undo").status, 404)
        others = self.operator.request("POST", "/api/v1/bring", months_across(),
                                       step="take").expect(201)
        self.assertEqual(self.bills(self.resident, others["import"]), [])
        self.assertEqual(self.resident.post(f"/api/v1/bring/{others['import']}/undo").status, 404)
        self.operator.make_meter("home-8")
        refused = self.resident.request("POST", "/api/v1/bring", a_sheet_a_year(), step="take",
                                        party="home-8")
        self.assertIn(refused.status, (403, 404))
        made = self.resident.post("/api/v1/core/imports", {"file": "x"})
        self.assertEqual(made.status, 403)
        undone = self.resident.post(f"/api/v1/bring/{answer['import']}/undo").expect(200)
        self.assertEqual(undone["bills"], len(USE))

    def test_long_names_and_notes_are_cut_between_characters(self):
        rows = "Tháng,Điện (kWh),Ghi chú\n" + "".join(
            f"{month}/2025,5,{'x' * month}{'ệ' * 400}\n" for month in range(1, 5))
        answer = self.operator.request("POST", "/api/v1/bring", rows, step="take",
                                       file="ộ" * 80 + ".csv").expect(201)
        made = self.operator.get(f"/api/v1/core/imports/{answer['import']}").expect(200)
        self.assertEqual(made["file"], "ộ" * 66)
        notes = [bill["note"] for bill in self.bills(self.operator, answer["import"])]
        self.assertEqual(sorted(map(len, notes)), [334, 334, 335, 336])

    def test_a_file_of_which_nothing_is_understood_is_not_kept(self):
        answer = self.operator.request("POST", "/api/v1/bring", "a,b\n1,2\n", step="take")
        self.assertEqual(answer.status, 400)

    def test_the_command_takes_back_what_the_page_took(self):
        answer = self.operator.request("POST", "/api/v1/bring", "Tháng,Điện (kWh)\n1/2025,5\n",
                                       step="take").expect(201)
        run("import", "undo", answer["import"], "--dir", self.server.dir)
        self.assertEqual(self.bills(self.operator, answer["import"]), [])


class Command(unittest.TestCase):
    """`xanh import` of the same files, without a server."""

    def setUp(self):
        self.folder = temporary_folder()
        self.dir = os.path.join(self.folder, "data")

    def file(self, body):
        path = os.path.join(self.folder, "bills.xlsx")
        with open(path, "wb") as file:
            file.write(body)
        return path

    def test_every_layout_is_shown_and_taken(self):
        for body, count in ((rows_by_month(), 6), (months_across(), 18), (english_periods(), 6),
                            (a_sheet_a_year(), 18)):
            told = run("import", self.file(body), "--dir", self.dir, "--yes", "--lang", "vi").stdout
            self.assertIn("đúng với hoá đơn", told)
            self.assertIn(f"đã lưu {count} hoá đơn", told)

    def test_a_look_makes_no_folder(self):
        told = run("import", self.file(rows_by_month()), "--dir", self.dir, "--dry-run").stdout
        self.assertIn("6 bills understood, 0 cells not", told)
        self.assertFalse(os.path.exists(self.dir))

    def test_what_is_asked_is_said_by_options(self):
        path = os.path.join(self.folder, "short.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("Tháng,Lượng nước (m3),Tiền nước\nT1,\"1.234\",\nT2,\"2.345\",\n")
        told = run("import", path, "--dir", self.dir, "--dry-run").stdout
        self.assertIn("--year 2025", told)
        told = run("import", path, "--dir", self.dir, "--year", 2025, "--decimal", "point", "--yes").stdout
        self.assertIn("2 bills kept", told)


class Killed(unittest.TestCase):
    def test_an_import_killed_in_the_middle_is_taken_back(self):
        days = [f"{from_},{to},{100 + i}" for i, (from_, to) in enumerate(
            ((datetime.date(2000, 1, 1) + datetime.timedelta(days=i),) * 2) for i in range(4000))]
        body = "From,To,Electricity (kWh)\n" + "\n".join(days)
        with Server() as server:
            client = server.client()
            taker = threading.Thread(target=self.take, args=(server.client(), body))
            taker.start()
            while not client.get("/api/v1/core/own_bills", limit=1).expect(200)["items"]:
                pass
            server.kill()
            taker.join()
            client.close()
            server.start()
            client = server.client()
            made = client.get("/api/v1/core/imports").expect(200)["items"][0]
            undone = client.post(f"/api/v1/bring/{made['id']}/undo").expect(200)
            self.assertGreater(undone["bills"], 0)
            self.assertEqual(client.get("/api/v1/core/own_bills").expect(200)["items"], [])
            made = client.get(f"/api/v1/core/imports/{made['id']}").expect(200)
            self.assertEqual(made["state"], "undone")
            client.close()

    @staticmethod
    def take(client, body):
        try:
            client.request("POST", "/api/v1/bring", body, step="take")
        except Exception:  # the server is killed under it
            pass
        client.close()


if __name__ == "__main__":
    unittest.main()
