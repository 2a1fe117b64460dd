"""Bills as a user meets them: every golden bill by the command line and through the API, and the bill
of a meter whose reading is corrected afterwards."""
import csv
import gzip
import re
import unittest
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

import xanh

FILES = ("energy_bills.txt", "water_bills.txt")
# How a field of the action is written on the command line.
OPTIONS = {"on": "--on", "from": "--from", "to": "--to", "quantity": "--quantity",
           "peak": "--peak", "normal": "--normal", "off_peak": "--off-peak", "heads": "--heads",
           "load_kw": "--load", "days": "--days", "hours": "--hours"}
LINE = re.compile(r"(?:(?P<quantity>\S+) (?:x|% of) (?P<by>\S+) = )?(?P<amount>\S+) "
                  r"\[(?P<row>\S+)\](?: (?P<from>\S+)\.\.(?P<to>[0-9.]*)(?= |$))?")


class Case:
    def __init__(self, file):
        self.file, self.name, self.tariff = file, "", ""
        self.given, self.out, self.lines, self.sentences = {}, {}, {}, {}
        self.error, self.says = "", ""

    def __str__(self):
        return f"{self.file}: {self.name}"


def pairs(text):
    return dict(item.split("=", 1) for item in text.split())


def golden_cases():
    cases = []
    for file in FILES:
        case = None
        for line in (xanh.GOLDEN / file).read_text(encoding="utf-8").splitlines():
            key, _, rest = line.partition(": ")
            if not line or line.startswith("#"):
                continue
            if key == "case":
                case = Case(file)
                cases.append(case)
                case.name = rest
            elif key == "tariff":
                case.tariff = rest
            elif key == "in":
                case.given = pairs(rest)
            elif key == "out":
                case.out.update(pairs(rest))
            elif key.startswith("line "):
                case.lines[int(key[5:])] = rest
            elif key[:3] in ("vi ", "en "):
                case.sentences[(int(key[3:]), "sentence_" + key[:2])] = rest
            elif key.startswith("document "):
                case.sentences[(int(key[9:]), "document")] = rest
            elif key in ("error", "says"):
                setattr(case, key, rest)
    return cases


def same(value, expected):
    if expected in ("true", "false"):
        return value is (expected == "true")
    if value is None or isinstance(value, bool):
        return value is None and expected == ""
    try:
        return Decimal(str(value)) == Decimal(expected)
    except ArithmeticError:
        return str(value) == expected


class GoldenBills(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases = golden_cases()
        cls.server = xanh.Server()
        cls.addClassCleanup(cls.server.stop)
        cls.client = cls.server.client()
        cls.addClassCleanup(cls.client.close)

    def check(self, case, bill):
        for name, expected in case.out.items():
            value = len(bill["lines"]) if name == "lines" else bill.get(name)
            self.assertTrue(same(value, expected), f"{case}: {name} is {value}, not {expected}")
        for number, expected in case.lines.items():
            line, told = bill["lines"][number - 1], LINE.match(expected)
            self.assertTrue(same(line["amount"], told["amount"]), f"{case}: line {number}: {line}")
            self.assertEqual(line["row_code"], told["row"], f"{case}: line {number}")
            if told["quantity"] and "% of" not in expected:
                self.assertTrue(same(line["quantity"], told["quantity"]), f"{case}: line {number}")
                self.assertTrue(same(line["price"], told["by"]), f"{case}: line {number}")
        for (number, name), expected in case.sentences.items():
            self.assertEqual(bill["lines"][number - 1][name], expected, str(case))

    def check_error(self, case, problem):
        self.assertEqual(problem["code"], case.error, str(case))
        if problem.get("field") not in case.given or case.says in problem["detail"]:
            self.assertIn(case.says, problem["detail"], str(case))
            return
        # A limit of the field's own is told before the action sees it, with the same facts.
        self.assertEqual(problem["value"], case.given[problem["field"]], str(case))
        self.assertIn(case.given[problem["field"]], problem["detail"], str(case))

    def test_every_golden_bill_comes_out_of_the_api_to_the_dong(self):
        for case in self.cases:
            with self.subTest(case=str(case)):
                fields = {**case.given, "tariff": case.tariff}
                for name in ("quantity", "peak", "normal", "off_peak", "load_kw", "heads", "days"):
                    if name in fields:
                        fields[name] = Number(fields[name])
                answer = self.client.post("/api/v1/core/do/charge", encode(fields),
                                          {"Content-Type": "application/json"})
                if case.error:
                    self.assertIn(answer.status, (400, 404), str(case))
                    self.check_error(case, answer.json())
                else:
                    self.check(case, answer.expect(200))

    def test_the_same_question_may_be_asked_by_get(self):
        bill = self.client.get("/api/v1/core/do/charge", tariff="evn-residential", on="2025-06-15",
                               quantity="400").expect(200)
        self.assertEqual((bill["net"], bill["total"]), (1074500, 1160460))

    def test_every_golden_bill_comes_out_of_the_command_line_to_the_dong(self):
        for case in self.cases:
            with self.subTest(case=str(case)):
                done = xanh.run(*arguments(case), "--json", check=False)
                if case.error:
                    self.assertNotEqual(done.returncode, 0, str(case))
                    problem = xanh.json.loads(done.stderr)
                    if problem["detail"].startswith("--"):  # refused in the line's own words
                        self.assertEqual(problem["code"], case.error, str(case))
                    else:
                        self.check_error(case, problem)
                else:
                    self.assertEqual(done.returncode, 0, f"{case}: {done.stderr}")
                    self.check(case, xanh.json.loads(done.stdout, parse_float=Decimal))

    def test_the_command_line_takes_kwh_and_m3(self):
        bill = xanh.run_json("bill", "--tariff", "evn-residential", "--on", "2025-06-15",
                             "--kwh", "400")
        self.assertEqual((bill["net"], bill["total"]), (1074500, 1160460))
        bill = xanh.run_json("bill", "--tariff", "hcmc-household", "--on", "2026-01-15",
                             "--m3", "1", "--heads", "1")
        self.assertEqual(bill["total_exact"], Decimal("9205.8"))

    def test_oil_equivalent_and_grid_carbon_are_the_official_ones(self):
        """Check values: 6,480,881 kWh are 1000.0 TOE; 1000 MWh of 2023 emitted 659.2 t CO2."""
        toe = self.client.get("/api/v1/energy/do/toe", fuel="electricity",
                              quantity="6480881").expect(200)
        self.assertEqual(Decimal(toe["toe"]).quantize(Decimal("0.1")), Decimal("1000.0"))
        carbon = self.client.get("/api/v1/energy/do/carbon", energy_kwh="1000000",
                                 year=2023).expect(200)
        self.assertEqual(Decimal(carbon["ghg_kgco2"]), Decimal("659200"))
        self.assertEqual((carbon["factor_year"], carbon["is_earlier"]), (2023, False))


class Number(str):
    """The digits of a number, to be written into JSON as they are."""


def encode(fields):
    return "{" + ", ".join(
        f'"{name}": ' + (value if isinstance(value, Number) else xanh.json.dumps(value))
        for name, value in fields.items()) + "}"


def arguments(case):
    given = dict(case.given)
    line = ["bill", "--tariff", case.tariff]
    if "shift_from" in given or "shift_to" in given:
        # The action's own shift is 08:00 to 17:00.
        line.append("--shift=" + given.pop("shift_from", "08:00") + "-"
                    + given.pop("shift_to", "17:00"))
    return line + [f"{OPTIONS[name]}={value}" for name, value in given.items()]


# ---- the bill of a meter ----

ZONE = timezone(timedelta(hours=7))
TIERS = ((50, 1984), (50, 2050), (100, 2380), (100, 2998), (100, 3350), (None, 3460))


def net_vnd(quantity_kwh):
    """Six tiers of 2025-05-10, computed anew."""
    left, net = quantity_kwh, Decimal(0)
    for width, price in TIERS:
        part = left if width is None else min(left, Decimal(width))
        net += part * price
        left -= part
    return net


def whole(amount):
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def measured_month(folder):
    """(time, register in kWh) of June 2025, from thirty measured days of a home, half-hourly kW."""
    with gzip.open(folder / "ausgrid_home12_2011-2012.csv.gz", "rt", encoding="utf-8") as file:
        powers = [row["GC"] for row in csv.DictReader(file)][:30 * 48]
    at, register = datetime(2025, 6, 1, tzinfo=ZONE), Decimal("15000")
    readings = [(at, register)]
    for power_kw in powers:
        at += timedelta(minutes=30)
        register += Decimal(power_kw) / 2
        readings.append((at, register))
    return readings


@unittest.skipUnless(xanh.data_folder("energy"), "no measured data: XANH_DATA names no folder with it")
class BillOfAMeter(unittest.TestCase):
    def setUp(self):
        self.server = xanh.Server()
        self.addCleanup(self.server.stop)
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.series = self.client.make_meter("home-12", tariff="evn-residential")
        self.readings = measured_month(xanh.data_folder("energy"))
        self.send(self.readings)

    def send(self, readings):
        body = "series,time,value\n" + "".join(
            f"home-12/electricity,{at.isoformat()},{value}\n" for at, value in readings)
        answer = self.client.post("/api/v1/readings", body, {"Content-Type": "text/csv"}).expect(200)
        self.assertEqual((answer["taken"] + answer["corrected"], answer["refused"]),
                         (len(readings), 0))
        return answer

    def issue(self, reason):
        return self.client.post("/api/v1/bill", {"series": "home-12/electricity",
                                                 "month": "2025-06", "reason": reason})

    def check_amounts(self, bill, quantity_kwh):
        net = net_vnd(quantity_kwh)
        self.assertEqual(Decimal(bill["quantity"]), quantity_kwh)
        self.assertEqual((bill["net"], bill["total"]), (whole(net), whole(net * Decimal("1.08"))))

    def test_a_corrected_reading_gives_a_new_revision_and_the_old_one_stays_reproducible(self):
        used = (self.readings[-1][1] - self.readings[0][1]).quantize(Decimal("0.001"), ROUND_HALF_UP)
        first = self.issue("monthly bill").expect(200, 201)
        self.check_amounts(first, used)
        self.assertEqual((first["revision"], first["state"]), (1, "issued"))

        answer = self.send([(self.readings[-1][0], self.readings[-1][1] + 10)])
        self.assertEqual(answer["corrected"], 1)
        second = self.issue("the last reading was mistyped").expect(200, 201)
        self.check_amounts(second, used + 10)
        self.assertEqual((second["revision"], second["state"]), (2, "issued"))
        self.assertEqual(second["supersedes"], first["id"])

        kept = self.client.get(f"/api/v1/core/bills/{first['id']}").expect(200)
        self.assertEqual(kept["state"], "superseded")
        self.check_amounts(kept, used)
        self.assertEqual(kept["lines"], first["lines"])

        then = self.client.get("/api/v1/bill", series="home-12/electricity", month="2025-06",
                               as_known=first["as_known"]).expect(200)
        for name in ("quantity", "net", "tax", "total", "net_exact", "total_exact"):
            self.assertEqual(then[name], first[name], name)
        self.assertEqual([(line["sentence_en"], line["amount"]) for line in then["lines"]],
                         [(line["sentence_en"], line["amount"]) for line in first["lines"]])
        now = self.client.get("/api/v1/bill", series="home-12/electricity", month="2025-06")
        self.check_amounts(now.expect(200), used + 10)

    def test_issuing_again_without_a_change_gives_the_same_bill(self):
        first = self.issue("monthly bill").expect(200, 201)
        again = self.issue("monthly bill, asked twice").expect(200)
        self.assertEqual((again["id"], again["revision"]), (first["id"], 1))
        bills = self.client.get("/api/v1/core/bills", series=self.series["id"]).expect(200)
        self.assertEqual(len(bills["items"]), 1)

    def test_a_correction_inside_the_month_leaves_the_bill_of_tiers_as_it_is(self):
        first = self.issue("monthly bill").expect(200, 201)
        at, value = self.readings[700]
        self.send([(at, value + Decimal("0.01"))])
        again = self.issue("after a correction inside the month").expect(200, 201)
        self.assertEqual((again["id"], again["revision"]), (first["id"], 1))

    def test_the_command_line_bills_the_meter_while_it_is_served(self):
        used = (self.readings[-1][1] - self.readings[0][1]).quantize(Decimal("0.001"), ROUND_HALF_UP)
        bill = xanh.run_json("bill", "--series", "home-12/electricity", "--month", "2025-06",
                             "--dir", self.server.dir)
        self.check_amounts(bill, used)


if __name__ == "__main__":
    unittest.main()
