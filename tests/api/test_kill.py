"""kill -9 in the middle of mixed writes, again and again on one folder: what was acknowledged is there
afterwards, what was never sent is not, and the folder opens each time.

XANH_KILLS      how many kills (default: 200; 25 under a sanitizer)
XANH_KILL_SEED  the first kill's seed, the next ones count up; a failure names the seed of its kill
"""
import gzip
import os
import random
import subprocess
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import xanh

KILLS = int(os.environ.get("XANH_KILLS", 25 if xanh.is_sanitized() else 200))
SEED = int(os.environ.get("XANH_KILL_SEED", 20251121))
READERS_OF_METERS = 3
START = datetime(2025, 1, 1, tzinfo=timezone.utc)
BILLED = "kill-bill/electricity"
END = (OSError, xanh.http.client.HTTPException)  # what a killed server looks like


class Meter:
    """One series, written by one thread. values: of each second since START the texts that were sent,
    oldest first, the count of the acknowledged last one, and so on."""

    def __init__(self, number):
        self.code = f"kill-{number}/electricity"
        self.sent = {}      # second -> texts in the order of sending
        self.acked = {}     # second -> index into sent of the last acknowledged
        self.next = 0
        self.touched = set()  # since the last look

    def batch(self, rng):
        rows = []
        for _ in range(rng.choice((1, 1, 1, 3, 20))):
            if self.next and rng.random() < 0.1:
                second = rng.randrange(max(0, self.next - 50), self.next)
                if any(second == other for other, _ in rows):
                    continue
            else:
                second, self.next = self.next, self.next + 1
            rows.append((second, f"{self.next * 0.01 + rng.random():.{rng.randint(1, 6)}f}"))
        return rows

    def note_sent(self, rows):
        for second, text in rows:
            self.sent.setdefault(second, []).append(text)
            self.touched.add(second)

    def note_acked(self, rows):
        for second, _ in rows:
            self.acked[second] = len(self.sent[second]) - 1

    def faults(self, found):
        """found: second -> text, of all touched seconds."""
        for second in sorted(self.touched | set(found)):
            sent, acked = self.sent.get(second, []), self.acked.get(second)
            text = found.get(second)
            if text is None and acked is not None:
                yield f"{self.code} at {second} s: {sent[acked]} was acknowledged and is gone"
            elif text is not None and text not in sent:
                yield f"{self.code} at {second} s: {text} was never sent"
            elif text is not None and acked is not None and not is_among(text, sent[acked:]):
                yield f"{self.code} at {second} s: {text}, but {sent[acked]} was acknowledged"

    def settle(self, found):
        """What is there now was kept: from here on it counts as acknowledged."""
        for second in self.touched:
            if second in found:
                self.sent[second] = [found[second]]
                self.acked[second] = 0
            else:
                self.sent.pop(second, None)
                self.acked.pop(second, None)
        self.touched.clear()


def is_among(text, sent):
    """The same value with other digits is a duplicate: the digits that came first are kept."""
    return any(Decimal(text) == Decimal(other) for other in sent)


def stamp(second):
    return (START + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")


def encode(code, rows, rng):
    """The rows in one of the formats: body, headers."""
    kind = rng.choice(("json", "array", "ndjson", "csv", "csv.gz"))
    objects = [f'{{"series":"{code}","time":"{stamp(second)}","value":{text}}}'
               for second, text in rows]
    if kind == "json" and len(rows) == 1:
        body, content = objects[0], "application/json"
    elif kind in ("json", "array"):
        body, content = f"[{','.join(objects)}]", "application/json"
    elif kind == "ndjson":
        body, content = "\n".join(objects) + "\n", "application/x-ndjson"
    else:
        lines = "".join(f"{code},{stamp(second)},{text}\n" for second, text in rows)
        body, content = "series,time,value\n" + lines, "text/csv"
    headers = {"Content-Type": content}
    if kind == "csv.gz":
        headers["Content-Encoding"] = "gzip"
        return gzip.compress(body.encode(), 1), headers
    return body, headers


class Record:
    """A device: the contents that it may have now, by version; the acknowledged one first."""

    def __init__(self, code):
        self.code, self.id, self.may_be = code, None, {}


class Round:
    """The writers of the time between two kills."""

    def __init__(self, test, seed):
        self.test, self.seed, self.errors = test, seed, []
        rngs = [random.Random(f"{seed} {n}") for n in range(READERS_OF_METERS + 1)]
        self.threads = [threading.Thread(target=self.guarded, args=(self.write_readings, rng, meter))
                        for rng, meter in zip(rngs, test.meters)]
        self.threads.append(threading.Thread(target=self.guarded, args=(self.write_records, rngs[-1])))

    def guarded(self, work, *arguments):
        client = self.test.server.client(timeout=20)
        try:
            work(client, *arguments)
        except END:
            pass
        except Exception as error:  # pylint: disable=broad-except # told by the round
            self.errors.append(f"seed {self.seed}: {error!r}")
        client.close()

    def write_readings(self, client, rng, meter):
        while True:
            rows = meter.batch(rng)
            body, headers = encode(meter.code, rows, rng)
            meter.note_sent(rows)
            answer = client.post("/api/v1/readings", body, headers).expect(200)
            if answer["refused"] or len(answer["rows"]) != len(rows):
                raise AssertionError(f"refused: {answer}")
            meter.note_acked(rows)

    def write_records(self, client, rng):
        while True:
            choice = rng.random()
            if choice < 0.05:
                self.issue_bill(client, rng)
            elif choice < 0.4 or not self.test.records:
                self.post_record(client, rng)
            else:
                self.patch_record(client, rng)

    def post_record(self, client, rng):
        record = Record(f"kill/{len(self.test.records)}")
        fields = {"code": record.code, "name": f"n{rng.random()}", "kind": "other",
                  "place": self.test.place}
        record.may_be = {0: None, 1: fields["name"]}
        self.test.records.append(record)
        self.test.touched.add(record)
        made = client.post("/api/v1/core/devices", fields).expect(201)
        record.id, record.may_be = made["id"], {1: fields["name"]}

    def patch_record(self, client, rng):
        record = rng.choice(self.test.records[-40:])
        if record.id is None:
            return
        version, name = max(record.may_be), f"n{rng.random()}"
        record.may_be[version + 1] = name
        self.test.touched.add(record)
        got = client.patch(f"/api/v1/core/devices/{record.id}", {"name": name}, version).expect(200)
        if got["version"] != version + 1:
            raise AssertionError(f"{record.code}: version {got['version']} after {version}")
        record.may_be = {version + 1: name}

    def issue_bill(self, client, rng):
        self.test.register += Decimal(rng.randrange(1, 30)) / 10
        row = {"series": BILLED, "time": "2025-07-01T00:00:00+07:00", "value": 0}
        body = xanh.json.dumps(row).replace('"value": 0', f'"value": {self.test.register}')
        client.post("/api/v1/readings", body, {"Content-Type": "application/json"}).expect(200)
        bill = client.post("/api/v1/bill", {"series": BILLED, "month": "2025-06",
                                            "reason": "read again"}).expect(200, 201)
        self.test.bills[bill["id"]] = (bill["number"], bill["total"])

    def run(self, seconds):
        for thread in self.threads:
            thread.start()
        time.sleep(seconds)
        ended = self.test.server.process.poll()
        self.test.server.kill()
        for thread in self.threads:
            thread.join()
        if ended is not None:
            self.errors.append(f"it ended by itself with {ended}: {self.test.server.said()}")


class Kill(unittest.TestCase):
    def setUp(self):
        self.server = xanh.Server()
        self.addCleanup(lambda: self.server.kill())
        client = self.server.client()
        self.meters = [Meter(number) for number in range(READERS_OF_METERS)]
        for meter in self.meters:
            client.make_meter(meter.code.split("/")[0])
        client.make_meter(BILLED.split("/")[0], tariff="evn-residential")
        self.place = client.by_code("/api/v1/core/places", "kill-0")["id"]
        self.register = Decimal("1100.0")
        for day, value in (("2025-06-01", "1000.0"), ("2025-06-16", "1050.0")):
            client.post("/api/v1/readings", {"series": BILLED, "time": f"{day}T00:00:00+07:00",
                                             "value": float(value)}).expect(200)
        self.records, self.touched, self.bills = [], set(), {}
        client.close()

    # ---- looking ----

    def readings(self, client, meter, first, last):
        """second -> text of what is in force from first to last."""
        found, after = {}, None
        while True:
            page = client.get("/api/v1/readings", series=meter.code, from_=stamp(first),
                              to=stamp(last + 1), limit=10000, after=after).expect(200)
            for item in page["items"]:
                at = datetime.fromisoformat(item["time"].replace("Z", "+00:00"))
                second = round((at - START).total_seconds())
                self.assertNotIn(second, found, f"{meter.code}: two in force at {item['time']}")
                found[second] = str(item["value"])
            after = page.get("next")
            if not after:
                return found

    def look_at_readings(self, client):
        for meter in self.meters:
            if not meter.touched:
                continue
            first, last = min(meter.touched), max(meter.touched)
            found = self.readings(client, meter, first, last)
            self.assertEqual(list(meter.faults(found))[:5], [])
            meter.settle(found)

    def look_at_record(self, client, record):
        found = client.by_code("/api/v1/core/devices", record.code)
        version = found["version"] if found else 0
        self.assertIn(version, record.may_be, f"{record.code}: version {version} is there")
        self.assertEqual(found and found["name"], record.may_be[version], record.code)
        record.may_be = {version: record.may_be[version]}
        if found is None:
            self.records.remove(record)
            return
        record.id = found["id"]
        history = client.get(f"/api/v1/core/devices/{record.id}/history").expect(200)["items"]
        self.assertEqual(sorted(item["version"] for item in history),
                         list(range(1, version + 1)), record.code)

    def look_at_bills(self, client):
        items, after = [], None
        while not items or after:
            page = client.get("/api/v1/core/bills", limit=200, after=after).expect(200)
            items, after = items + page["items"], page["next"]
            if not items:
                break
        there = {bill["id"]: bill for bill in items}
        for number, (name, total) in self.bills.items():
            self.assertIn(number, there, f"bill {name} was acknowledged and is gone")
            self.assertEqual((there[number]["number"], there[number]["total"]), (name, total))
        self.assertEqual(sorted(bill["revision"] for bill in items), list(range(1, len(items) + 1)))
        states = [bill["state"] for bill in sorted(items, key=lambda bill: bill["revision"])]
        self.assertEqual(states, ["superseded"] * (len(items) - 1) + ["issued"] * bool(items))

    def look(self):
        client = self.server.client()
        self.look_at_readings(client)
        for record in sorted(self.touched, key=lambda record: record.code):
            self.look_at_record(client, record)
        self.touched.clear()
        self.look_at_bills(client)
        client.close()

    def look_at_everything(self):
        for meter in self.meters:
            meter.touched = set(meter.sent)
        self.touched = set(self.records)
        self.look()

    def days(self):
        client = self.server.client()
        try:
            return [client.get("/api/v1/use", series=meter.code, from_="2025-01-01",
                               to="2025-02-01", period="day").expect(200)["windows"]
                    for meter in self.meters]
        finally:
            client.close()

    # ---- killing ----

    def kill_while_opening(self, rng):
        with open(os.devnull, "wb") as nowhere:
            opening = subprocess.Popen([xanh.program(), "serve", "--dir", self.server.dir, "--port",
                                        "0"], stdout=nowhere, stderr=nowhere)
        time.sleep(rng.random() * 0.08)
        opening.kill()
        opening.wait()

    def kill_once(self, seed):
        rng = random.Random(seed)
        round_ = Round(self, seed)
        round_.run(rng.uniform(0.02, 0.3))
        self.assertEqual(round_.errors, [], f"XANH_KILL_SEED={seed} XANH_KILLS=1")
        if rng.random() < 0.1:
            self.kill_while_opening(rng)
        begin = time.monotonic()
        self.server.start()
        self.start_s.append(time.monotonic() - begin)
        self.look()

    def test_no_kill_takes_away_what_was_acknowledged(self):
        self.start_s = []
        print(f"XANH_KILL_SEED={SEED} XANH_KILLS={KILLS}", flush=True)
        for seed in range(SEED, SEED + KILLS):
            try:
                self.kill_once(seed)
            except BaseException:
                print(f"failed: XANH_KILL_SEED={seed} XANH_KILLS=1", flush=True)
                raise
        self.look_at_everything()
        days = self.days()
        self.server.stop()
        os.remove(os.path.join(self.server.dir, "derived.db"))
        self.server.start()
        self.assertEqual(self.days(), days, "consumption was kept that readings do not give")
        self.server.stop()
        self.assertEqual(xanh.run_json("check", "--dir", self.server.dir)["count"], 0)
        count = sum(len(meter.acked) for meter in self.meters)
        print(f"{KILLS} kills: {count} readings, {len(self.records)} records, {len(self.bills)} "
              f"bills; opening took {max(self.start_s):.2f} s at most")
        self.assertGreater(count, KILLS)
        self.assertGreater(len(self.records), KILLS // 2)


if __name__ == "__main__":
    unittest.main()
