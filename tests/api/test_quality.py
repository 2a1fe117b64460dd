"""Meter data quality from outside: what does not pass a check is found, gaps are estimated and
edits undone, what must be billed again is listed; and measured data with faults put into it."""
import csv
import gzip
import random
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import xanh

CORE = "/api/v1/core"
ZONE = timezone(timedelta(hours=7))
FOLDER = xanh.data_folder("energy")


def text_of(at):
    return at.isoformat()


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class House:
    """A server with a home whose register grows by 1 and 3 in turn, each hour of five weeks of the
    past; hours in `without` are not sent."""

    def __init__(self, without=(), kind="register", identity="operator", **fields):
        self.server = xanh.Server(identity=identity)
        self.client = self.server.client()
        self.series = self.client.make_meter("home-1", kind=kind, period_s=3600, **fields)
        today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        self.first = today - timedelta(days=42)
        self.values = {}
        register = 1000
        for i in range(35 * 24 + 1):
            at = self.first + timedelta(hours=i)
            self.values[at] = register if kind == "register" else 1 + 2 * (i % 2)
            register += 1 + 2 * (i % 2)
        self.send({at: v for at, v in self.values.items() if at not in without})

    def day(self, number):
        return self.first + timedelta(days=number)

    def send(self, values):
        rows = [{"series": self.series["code"], "time": text_of(at), "value": value}
                for at, value in sorted(values.items())]
        answer = self.client.post("/api/v1/readings", {"readings": rows}).expect(200)
        return answer

    def rule(self, **fields):
        rule = {"code": "rule-1", "name": "Electricity", "quantity": "energy.electricity",
                "valid_from": self.first.date().isoformat(), "stuck_hours": 0, "zero_hours": 0,
                **fields}
        return self.client.post(f"{CORE}/vee_rules", rule).expect(201)

    def check(self):
        xanh.run("job", "core.vee", "--dir", self.server.dir)

    def findings(self, **filters):
        return self.client.get(f"{CORE}/vee_findings", limit=1000, **filters).expect(200)["items"]

    def act(self, action, **fields):
        return self.client.post(f"{CORE}/do/{action}", fields)

    def readings(self, begin, end):
        return self.client.get("/api/v1/readings", series=self.series["code"],
                               from_=text_of(begin), to=text_of(end),
                               limit=5000).expect(200)["items"]

    def in_force(self, begin, end):
        return {instant(r["time"]): r for r in self.readings(begin, end)
                if r.get("in_force", True)}

    def use(self, day):
        use = self.client.get("/api/v1/use", series=self.series["code"], period="day",
                              from_=day.date().isoformat(),
                              to=(day + timedelta(days=1)).date().isoformat()).expect(200)
        return use["windows"][0]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.client.close()
        self.server.__exit__(kind)


def hours(begin, end):
    count = int((end - begin).total_seconds() // 3600)
    return [begin + timedelta(hours=i) for i in range(count)]


class Gaps(unittest.TestCase):
    def home_with_a_gap(self, **rule):
        """From 06:00 of the 30th day to 18:00 nothing came: the readings of 07:00 to 17:00."""
        begin = datetime.now(ZONE).replace(hour=6, minute=0, second=0, microsecond=0)
        begin += timedelta(days=-42 + 30)
        house = House(without=hours(begin + timedelta(hours=1), begin + timedelta(hours=12)))
        house.rule(**rule)
        house.check()
        return house, begin, begin + timedelta(hours=12)

    def test_a_gap_is_found_once_however_often_it_is_checked(self):
        house, begin, end = self.home_with_a_gap()
        with house:
            [found] = house.findings()
            self.assertEqual(found["check_name"], "gap")
            self.assertEqual(found["state"], "open")
            self.assertEqual((instant(found["time_from"]), instant(found["time_to"])), (begin, end))
            self.assertEqual(found["readings"], 11)
            answer = house.act("vee_check", series=house.series["id"],
                               day_from=house.first.date().isoformat(),
                               day_to=house.day(40).date().isoformat()).expect(200)
            self.assertEqual(answer["findings"], 1)
            self.assertEqual([f["version"] for f in house.findings()], [found["version"]])

    def test_an_estimate_keeps_the_day_and_shares_it_like_the_weeks_before(self):
        house, begin, end = self.home_with_a_gap()
        with house:
            before = house.use(house.day(30))
            done = house.act("vee_estimate", finding=house.findings()[0]["id"]).expect(200)
            self.assertEqual(done["readings"], 11)
            filled = house.in_force(begin + timedelta(hours=1), end)
            self.assertEqual(len(filled), 11)
            for at, reading in filled.items():
                self.assertEqual(Decimal(house.values[at]), Decimal(reading["value"]))
                self.assertIn("estimated", reading["quality"])
            after = house.use(house.day(30))
            self.assertEqual(after["amount"], before["amount"])
            difference = house.values[house.day(31)] - house.values[house.day(30)]
            self.assertEqual(Decimal(after["amount"]), Decimal(difference))
            self.assertIn("estimated", after["flags"])
            [found] = house.findings()
            self.assertEqual(found["state"], "estimated")
            self.assertEqual(found["edit"], done["edit"])
            house.check()
            self.assertEqual([f["state"] for f in house.findings()], ["estimated"])

    def test_a_real_reading_that_comes_later_replaces_the_estimate(self):
        house, begin, end = self.home_with_a_gap()
        with house:
            house.act("vee_estimate", finding=house.findings()[0]["id"]).expect(200)
            late = begin + timedelta(hours=5)
            house.send({late: house.values[late] - 1})
            reading = house.in_force(late, late + timedelta(seconds=1))[late]
            self.assertEqual(reading["value"], house.values[late] - 1)
            self.assertNotIn("estimated", reading["quality"])

    def test_an_estimate_is_taken_back_but_not_what_is_real(self):
        house, begin, end = self.home_with_a_gap()
        with house:
            done = house.act("vee_estimate", finding=house.findings()[0]["id"]).expect(200)
            late = begin + timedelta(hours=5)
            house.send({late: house.values[late] - 1})
            house.act("vee_undo", edit=done["edit"]).expect(200)
            left = house.in_force(begin + timedelta(hours=1), end)
            self.assertEqual(set(left), {late})
            self.assertEqual(left[late]["value"], house.values[late] - 1)
            [found] = house.findings()
            self.assertEqual(found["state"], "open")
            house.act("vee_undo", edit=done["edit"]).expect(409)
            house.check()  # the gap is two gaps now
            self.assertEqual(sorted(f["readings"] for f in house.findings(state="open")), [4, 6])

    def test_a_rule_that_says_so_fills_gaps_by_itself(self):
        house, begin, end = self.home_with_a_gap(estimates=True)
        with house:
            [found] = house.findings()
            self.assertEqual(found["state"], "estimated")
            self.assertEqual(len(house.in_force(begin + timedelta(hours=1), end)), 11)
            edit = house.client.get(f"{CORE}/reading_edits/{found['edit']}").expect(200)
            self.assertEqual((edit["kind"], edit["method"], edit["state"]),
                             ("estimate", "profile", "done"))

    def test_a_gap_longer_than_the_rule_fills_waits_for_a_person(self):
        house, _, _ = self.home_with_a_gap(estimates=True, estimate_hours=10)
        with house:
            self.assertEqual([f["state"] for f in house.findings()], ["open"])

    def test_what_came_late_makes_the_finding_vanish(self):
        house, begin, end = self.home_with_a_gap()
        with house:
            house.send({at: house.values[at] for at in hours(begin + timedelta(hours=1), end)})
            house.check()
            self.assertEqual([f["state"] for f in house.findings()], ["gone"])

    def test_what_a_person_closed_stays_closed(self):
        house, _, _ = self.home_with_a_gap()
        with house:
            [found] = house.findings()
            house.act("vee_accept", finding=found["id"], reason=" ").expect(400, 422)
            house.act("vee_accept", finding=found["id"], reason="power cut, nothing used").expect(200)
            house.act("vee_check", series=house.series["id"],
                      day_from=house.first.date().isoformat(),
                      day_to=house.day(40).date().isoformat()).expect(200)
            [found] = house.findings()
            self.assertEqual((found["state"], found["reason"]),
                             ("accepted", "power cut, nothing used"))
            house.act("vee_estimate", finding=found["id"]).expect(409)

    def test_the_command_lists_findings_and_fills_a_gap(self):
        house, begin, end = self.home_with_a_gap()
        with house:
            folder = ("--dir", house.server.dir)
            shown = xanh.run("quality", *folder).stdout
            self.assertIn(house.series["name"], shown)
            self.assertIn("gap", shown)
            [found] = xanh.run_json("quality", *folder)["items"]
            xanh.run("quality", "--estimate", found["id"], *folder)
            self.assertEqual(house.findings()[0]["state"], "estimated")
            self.assertEqual(xanh.run_json("quality", *folder)["items"], [])
            refused = xanh.run("quality", "--estimate", found["id"], *folder, check=False)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("not open", refused.stderr)


class Edits(unittest.TestCase):
    def test_a_value_is_edited_with_a_reason_and_taken_back(self):
        with House() as house:
            at = house.day(20) + timedelta(hours=8)
            house.act("vee_edit", series=house.series["id"], time_from=text_of(at),
                      value=5).expect(400, 422)
            done = house.act("vee_edit", series=house.series["id"], time_from=text_of(at),
                             value=house.values[at] + 1, reason="read by hand").expect(200)
            reading = house.in_force(at, at + timedelta(seconds=1))[at]
            self.assertEqual(reading["value"], house.values[at] + 1)
            self.assertIn("manual", reading["quality"])
            edit = house.client.get(f"{CORE}/reading_edits/{done['edit']}").expect(200)
            self.assertEqual((edit["reason"], edit["asked_by"], edit["state"]),
                             ("read by hand", "operator", "done"))
            [value] = edit["values"]
            self.assertEqual((value["before"], value["after"]),
                             (house.values[at], house.values[at] + 1))
            house.act("vee_undo", edit=done["edit"]).expect(200)
            reading = house.in_force(at, at + timedelta(seconds=1))[at]
            self.assertEqual(reading["value"], house.values[at])
            self.assertNotIn("manual", reading["quality"])

    def test_an_amount_over_a_span_of_amounts_is_shared_like_the_weeks_before(self):
        with House(kind="interval") as house:
            begin, end = house.day(30), house.day(31)
            house.act("vee_edit", series=house.series["id"], time_from=text_of(begin),
                      time_to=text_of(end), amount=96, reason="estimate of the works").expect(200)
            values = house.in_force(begin + timedelta(seconds=1), end + timedelta(seconds=1))
            self.assertEqual(len(values), 24)
            self.assertEqual(sum(Decimal(r["value"]) for r in values.values()), 96)
            for at, reading in values.items():
                self.assertEqual(Decimal(reading["value"]), 2 * Decimal(house.values[at]))
            self.assertEqual(Decimal(house.use(begin)["amount"]), 96)

    def test_a_register_does_not_end_above_the_reading_behind_it(self):
        with House() as house:
            answer = house.act("vee_edit", series=house.series["id"],
                               time_from=text_of(house.day(30)), time_to=text_of(house.day(31)),
                               amount=10000, reason="too much")
            self.assertEqual(answer.expect(409)["field"], "amount")
            self.assertEqual(house.client.get(f"{CORE}/reading_edits").expect(200)["items"], [])

    def test_who_may_not_write_the_series_edits_nothing(self):
        with House() as house:
            at = house.day(20)
            client = house.server.client()
            answer = client.post(f"{CORE}/do/vee_edit",
                                 {"series": house.series["id"], "time_from": text_of(at),
                                  "value": 1, "reason": "mine"},
                                 headers={"Xanh-View-As": "public"})
            self.assertIn(answer.status, (200, 403, 404))
            if answer.status == 200:  # only a demonstration is looked at through others' eyes
                house.act("vee_undo", edit=answer.json()["edit"]).expect(200)
            guest = house.server.client(key="not-a-key")
            self.assertEqual(guest.post(f"{CORE}/do/vee_edit", {}).status, 401)
            client.close()
            guest.close()

    def test_bills_that_would_come_out_differently_are_listed_and_renewed(self):
        with House(tariff="evn-residential") as house:
            bill = house.client.post("/api/v1/bill", {
                "series": house.series["code"], "from": house.day(1).date().isoformat(),
                "to": house.day(31).date().isoformat()}).expect(200, 201)
            self.assertEqual(house.client.get(f"{CORE}/do/vee_bills").expect(200)["bills"], [])
            at = house.day(3) + timedelta(hours=1)
            later = {t: v + 50 for t, v in house.values.items() if t >= at}
            house.send(later)
            listed = house.client.get(f"{CORE}/do/vee_bills").expect(200)
            self.assertEqual(listed["count"], 1)
            [row] = listed["bills"]
            self.assertEqual(row["number"], bill["number"])
            self.assertNotEqual(row["total"], row["total_now"])
            house.act("vee_renew").expect(200)
            self.assertEqual(house.client.get(f"{CORE}/do/vee_bills").expect(200)["count"], 0)


class Checks(unittest.TestCase):
    def test_a_spike_is_marked_when_it_comes_in_where_the_rule_says_so(self):
        with House(kind="interval") as house:
            house.rule(marks_at_door=True)
            house.check()
            at = house.day(35) + timedelta(hours=1)
            answer = house.send({at: 500, at + timedelta(hours=1): 3})
            self.assertEqual(answer["suspect"], 1)
            self.assertIn("suspect", house.in_force(at, at + timedelta(seconds=1))[at]["quality"])
            house.check()
            self.assertEqual({f["check_name"] for f in house.findings()}, {"spike"})

    def test_a_main_meter_is_held_against_those_behind_it(self):
        with House(is_main=True) as house:
            flat = house.client.make(f"{CORE}/places", code="flat", name="Flat", kind="building",
                                     zone="Asia/Ho_Chi_Minh", parent=house.series["place"])
            device = house.client.make(f"{CORE}/devices", code="flat/m", name="Meter",
                                       kind="electricity_meter", place=flat["id"])
            house.client.make(f"{CORE}/series", code="flat/e", name="Flat", device=device["id"],
                              property=house.series["property"], place=flat["id"],
                              kind="register", unit="kWh", period_s=3600)
            rows = [{"series": "flat/e", "time": text_of(at),
                     "value": v if at <= house.day(20) else
                     house.values[house.day(20)] + (v - house.values[house.day(20)]) / 2}
                    for at, v in house.values.items()]
            house.client.post("/api/v1/readings", {"readings": rows}).expect(200)
            house.rule()
            house.check()
            [found] = house.findings(check_name="sum")
            self.assertEqual(found["series"], house.series["id"])
            self.assertEqual(instant(found["time_from"]), house.day(20))
            self.assertEqual(instant(found["time_to"]), house.day(35))
            self.assertEqual(found["measure"], 50)
            self.assertEqual(found["limit_value"], 10)

    def test_without_a_rule_nothing_is_checked(self):
        with House(without=[]) as house:
            house.check()
            self.assertEqual(house.findings(), [])

    def test_silent_late_and_repeated_are_counted(self):
        with House() as house:
            house.send({house.day(0): house.values[house.day(0)]})
            counts = house.client.get(f"{CORE}/do/vee_counts").expect(200)
            self.assertEqual((counts["series"], counts["silent"]), (1, 1))
            self.assertEqual(counts["duplicate"], 1)

    def test_what_came_before_a_restart_is_checked_after_it(self):
        with House() as house:
            house.rule()
            house.check()
            at = house.day(36)
            house.send({at: house.values[house.day(35)] + 2})
            house.client.close()
            house.server.kill()
            house.server.start()
            house.client = house.server.client()
            house.check()
            [found] = house.findings()
            self.assertEqual((found["check_name"], instant(found["time_to"])), ("gap", at))


# ---- measured data ----

FAULTS_SEED = 20161


def fontana(column):
    with gzip.open(FOLDER / "fontana_homes_1-10.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Decimal(row[column]) for row in rows]


class Faults:
    """Hourly amounts with faults put in: {kind: [(first hour, last hour)]}."""

    def __init__(self, amounts, rand):
        self.amounts, self.put = list(amounts), {}
        size = len(amounts)
        days = rand.sample(range(40, size // 24 - 5), 30)
        usual = sorted(amounts)[size // 2]
        for i, day in enumerate(days):
            hour = day * 24 + rand.randrange(24)
            if any(abs(hour - at) < 96 for spans in self.put.values() for at, _ in spans):
                continue
            kind = ("spike", "gap", "zero", "range", "negative")[i % 5]
            length = {"gap": 12, "zero": 60}.get(kind, 1)
            for at in range(hour, hour + length):
                self.amounts[at] = {"spike": 12 * max(amounts[hour // 24 * 24:][:24] + [usual]),
                                    "gap": None, "zero": Decimal(0), "range": Decimal(10000),
                                    "negative": Decimal(-3)}[kind]
            self.put.setdefault(kind, []).append((hour, hour + length - 1))


@unittest.skipUnless(FOLDER, "no measured data: XANH_DATA names no folder with it")
class RealData(unittest.TestCase):
    """Every fault is found; how often a check cries for nothing is counted and printed."""

    FALSE_ALARMS_MAX = 60  # per home and year; far above what is reached

    def put_in(self, client, code, times, amounts):
        rows = [{"series": code, "time": text_of(at), "value": float(v)}
                for at, v in zip(times, amounts) if v is not None]
        for i in range(0, len(rows), 5000):
            client.post("/api/v1/readings", {"readings": rows[i:i + 5000]}).expect(200)

    def check_home(self, house, name, amounts):
        """The same year twice: as measured, and with faults."""
        begin = datetime(2024, 1, 1, 1, tzinfo=ZONE)
        times = [begin + timedelta(hours=i) for i in range(len(amounts))]
        faults = Faults(amounts, random.Random(FAULTS_SEED + len(name)))
        clean = house.make_meter(f"{name}-clean", kind="interval", period_s=3600)
        faulty = house.make_meter(f"{name}-faulty", kind="interval", period_s=3600)
        self.put_in(house, clean["code"], times, amounts)
        self.put_in(house, faulty["code"], times, faults.amounts)
        return clean, faulty, faults, times

    def overlap(self, found, spans, times):
        begin, end = instant(found["time_from"]), instant(found["time_to"])
        return any(times[a] - timedelta(hours=1) <= end and begin <= times[b] + timedelta(hours=1)
                   for a, b in spans)

    def test_every_fault_put_into_a_year_of_homes_is_found(self):
        with xanh.Server() as server:
            client = server.client()
            homes = [self.check_home(client, f"f{n}", fontana(f"load_kwh_{n}")) for n in (1, 5, 8)]
            client.post(f"{CORE}/vee_rules", {
                "code": "r", "name": "r", "quantity": "energy.electricity",
                "valid_from": "2024-01-01", "range_min": 0, "range_max": 100}).expect(201)
            xanh.run("job", "core.vee", "--dir", server.dir)
            for clean, faulty, faults, times in homes:
                found = client.get(f"{CORE}/vee_findings", series=faulty["id"],
                                   limit=1000).expect(200)["items"]
                for kind, spans in faults.put.items():
                    checks = {"negative": ("negative", "range")}.get(kind, (kind,))
                    mine = [f for f in found if f["check_name"] in checks]
                    for span in spans:
                        self.assertTrue(any(self.overlap(f, [span], times) for f in mine),
                                        f"{faulty['code']}: {kind} at {times[span[0]]} not found")
                spans = [span for all_ in faults.put.values() for span in all_]
                false = [f for f in found if not self.overlap(f, spans, times)]
                alarms = client.get(f"{CORE}/vee_findings", series=clean["id"],
                                    limit=1000).expect(200)["items"]
                print(f"{faulty['code']}: {len(spans)} faults found; for nothing: {len(false)}, "
                      f"as measured {len(alarms)} in a year")
                self.assertLess(len(false), self.FALSE_ALARMS_MAX)
                self.assertLess(len(alarms), self.FALSE_ALARMS_MAX)
            client.close()


if __name__ == "__main__":
    unittest.main()
