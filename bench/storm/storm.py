"""The storm: many devices over MQTT, HTTP and a bridge, on a disk whose syncs are slow, while queues run
full, the broker is killed, Xanh is killed and Xanh stands still. Nothing that was acknowledged may be
lost, the order within a series holds, and what comes twice is recognised.

    storm = Storm(SMALL)
    storm.run()
    storm.table()      # rows for people
    storm.faults()     # [] when all is well

What was acknowledged is what the publishers say (`xanh simulate devices --acks`), what is kept is what
the server tells afterwards; the number that an Observation's id holds is its place in the series' order.
The disk is slow once all devices are known: the first reading of a device that is new waits for records
about it, one device after the other, and that is not what is asked here.

A broker that is killed loses what it has not written to its folder: so its publishers are held, it has
read all that they sent, it writes, and then it is killed.
"""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "api"))
import mqtt  # noqa: E402
import xanh  # noqa: E402

SEQ_MASK = (1 << 30) - 1
ACK_BYTES = 57          # a line of an acks file, about
PAGE = 100_000
FLOOD_SERIES = "flood/temperature"


@dataclass(frozen=True)
class Part:
    """One way of sending: so many devices, so many readings of each, so many messages a second."""
    devices: int
    each: int
    rate: int
    seed: int

    @property
    def events(self):
        return self.devices * self.each


@dataclass(frozen=True)
class Plan:
    mqtt: Part
    http: Part
    bridge: Part
    flood: int                   # messages that one client sends without waiting
    broker_down_s: float
    still_s: float
    sync_ms: int = 200
    patience_s: int = 1200

    def parts(self):
        return {"mqtt": self.mqtt, "http": self.http, "bridge": self.bridge}


SMALL = Plan(mqtt=Part(200, 255, 4500, 11), http=Part(100, 20, 200, 12),
             bridge=Part(20, 300, 600, 13), flood=1_000, broker_down_s=0.5, still_s=0.5)
FULL = Plan(mqtt=Part(2000, 798, 5600, 11), http=Part(300, 500, 500, 12),
            bridge=Part(60, 2000, 400, 13), flood=4_000, broker_down_s=5, still_s=3)


def slow_sync():
    """The library beside the program (bench/storm/slow_sync.c)."""
    path = Path(xanh.program()).resolve().parent / "bench" / "slow_sync.so"
    if not path.is_file():
        raise FileNotFoundError(f"no {path}: build all of the folder of the program")
    return path


@dataclass
class Sender:
    """`xanh simulate devices`, in a process of its own."""
    name: str
    part: Part
    process: subprocess.Popen
    acks: Path
    told: dict = field(default_factory=dict)

    def acknowledged_about(self):
        return self.acks.stat().st_size // ACK_BYTES if self.acks.exists() else 0

    def finish(self, patience_s):
        out, said = self.process.communicate(timeout=patience_s)
        if self.process.returncode != 0:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}: {said}")
        self.told = json.loads(out)


@dataclass
class Outcome:
    """What became of what one way's publishers saw acknowledged."""
    acknowledged: int = 0        # different ones
    lost: int = 0
    changed: int = 0
    disordered: int = 0
    twice: int = 0
    first: str = ""              # the first fault, in words

    def blame(self, kind, what):
        setattr(self, kind, getattr(self, kind) + 1)
        self.first = self.first or f"{kind}: {what}"

    def faults(self):
        return self.lost + self.changed + self.disordered + self.twice


class Watch(threading.Thread):
    """Reads /metrics several times a second. highest: of gauges; total(): of counters, over restarts
    of the server, but for what happened between the last look and the kill."""

    GAUGES = ("xanh_mqtt_paused_clients", "xanh_mqtt_waiting_messages", "xanh_mqtt_queued_messages",
              "xanh_store_queue_rows")
    COUNTERS = ("xanh_mqtt_slow_disconnected_total", "xanh_mqtt_dropped_total",
                'xanh_ingest_readings_total{fate="duplicate"}')

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.is_over = port, threading.Event()
        self.highest, self.now, self.before = {}, {}, {}

    @staticmethod
    def read(client):
        text = client.get("/metrics").expect(200).decode()
        found = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text, re.M)
        return {name: float(value) for name, value in found}

    def take(self, seen):
        for name in self.GAUGES:
            self.highest[name] = max(self.highest.get(name, 0), int(seen.get(name, 0)))
        for name in self.COUNTERS:
            value = int(seen.get(name, 0))
            if value < self.now.get(name, 0):  # begun anew
                self.before[name] = self.before.get(name, 0) + self.now[name]
            self.now[name] = value

    def run(self):
        client = xanh.Client(self.port)
        while not self.is_over.wait(0.1):
            try:
                self.take(self.read(client))
            except xanh.http.client.HTTPException:
                client.close()
            except OSError:
                client.close()  # it was killed
        client.close()

    def total(self, name):
        return self.before.get(name, 0) + self.now.get(name, 0)


class Storm:
    def __init__(self, plan, say=lambda text: None):
        self.plan, self.say = plan, say
        self.folder = Path(xanh.temporary_folder())
        self.outcomes, self.senders, self.weather = {}, {}, []
        self.flood_sent = []
        self.recognised = self.repeated = 0

    # ---- who takes part ----

    def start(self):
        self.server = xanh.Server(
            dir=xanh.temporary_folder(), asked_port=mqtt.free_port(),
            options=["--mqtt", str(mqtt.free_port())])
        self.client = self.server.client(timeout=120)
        self.flood_id = self.client.make_meter("flood", "temperature", "air.temperature", "Cel",
                                               "gauge")["id"]
        self.server.stop()
        self.server.env = {"LD_PRELOAD": str(slow_sync()), "XANH_SLOW_DIR": self.server.dir,
                           "XANH_SLOW_MS": str(self.plan.sync_ms),
                           "XANH_SLOW_WHEN": str(self.folder / "slow"),
                           "ASAN_OPTIONS": ":".join(filter(None, [
                               os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))}
        self.client.close()
        self.server.start()
        self.broker = mqtt.Mosquitto(self.server.mqtt_port, in_flight=0)
        self.watch = Watch(self.server.port)
        self.watch.start()
        ports = {"mqtt": self.server.mqtt_port, "http": self.server.port, "bridge": self.broker.port}
        for name, part in self.plan.parts().items():
            self.senders[name] = self.send(name, part, ports[name])

    def send(self, name, part, port):
        acks = self.folder / f"{name}.csv"
        shares = ["--duplicate", "0.02", "--late", "0.01"]
        if name != "bridge":  # what Xanh refuses a broker has acknowledged
            shares += ["--wrong-clock", "0.001"]
        process = subprocess.Popen(
            [xanh.program(), "simulate", "devices", "--count", str(part.devices), "--each",
             str(part.each), "--rate", str(part.rate), "--seed", str(part.seed), "--period", "1",
             "--over", "http" if name == "http" else "mqtt", "--to", f"127.0.0.1:{port}",
             "--connections", str(min(part.devices, 1000)), "--dir", self.server.dir, "--acks", str(acks),
             "--json", *shares],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return Sender(name, part, process, acks)

    # ---- weather ----

    def wait_for(self, what, is_there):
        deadline = time.monotonic() + self.plan.patience_s
        while not is_there():
            for sender in self.senders.values():
                if sender.process.poll() not in (None, 0):
                    sender.finish(1)
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {self.plan.patience_s} s: {what}")
            time.sleep(0.05)

    def wait_until(self, share):
        """Until about this share of what comes over MQTT is acknowledged."""
        sender = self.senders["mqtt"]
        self.wait_for(f"{share:.0%} acknowledged",
                      lambda: sender.acknowledged_about() >= share * sender.part.events)

    def note(self, what, begun):
        self.weather.append((what, f"{time.monotonic() - begun:.1f} s"))
        self.say(f"{what}: {self.weather[-1][1]}")

    def slow_down(self):
        for name, sender in self.senders.items():
            self.wait_for(f"all devices of {name} are known", lambda s=sender:
                          s.acknowledged_about() > 1.1 * s.part.devices)
        (self.folder / "slow").touch()
        self.weather.append(("a sync of the disk takes", f"{self.plan.sync_ms} ms"))

    def fill_queues(self):
        """A subscriber that never acknowledges, and a publisher that never waits."""
        begun = time.monotonic()
        lazy = mqtt.Raw(self.server.mqtt_port)
        lazy.connect("lazy")
        lazy.subscribe("v1.1/Observations")
        flood = mqtt.Raw(self.server.mqtt_port)
        flood.sock.settimeout(self.plan.patience_s)
        flood.connect("flood")
        topic = f"v1.1/Datastreams({self.flood_id})/Observations"
        day = int(time.time()) // 86400 * 86400 - 86400
        for i in range(self.plan.flood):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(day + i))
            self.flood_sent.append((at, str(i)))
        sender = threading.Thread(target=lambda: [
            flood.publish(topic, f'{{"phenomenonTime":"{at}","result":{value}}}', 1, i + 1)
            for i, (at, value) in enumerate(self.flood_sent)], daemon=True)
        sender.start()
        for i in range(self.plan.flood):
            body = flood.expect(mqtt.PUBACK)
            assert int.from_bytes(body[:2], "big") == i + 1, "acknowledged out of order"
        sender.join()
        flood.close()
        self.wait_for("the lazy subscriber is sent away", lambda: self.watch.total(
            "xanh_mqtt_slow_disconnected_total") > 0)
        lazy.close()
        self.note("queues filled: one publisher without end, one subscriber that does not read", begun)

    def broker_has_read_all(self):
        """No bytes of its publishers wait in the broker's sockets."""
        port = f":{self.broker.port:04X}"
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            local, _, state, queues = line.split()[1:5]
            if local.endswith(port) and state == "01" and queues.split(":")[1] != "00000000":
                return False
        return True

    def kill_broker(self):
        begun = time.monotonic()
        held = self.senders["bridge"].process
        held.send_signal(signal.SIGSTOP)
        try:
            self.wait_for("the broker reads all", self.broker_has_read_all)
            self.broker.keep()
            self.broker.kill()
        finally:
            held.send_signal(signal.SIGCONT)
        time.sleep(self.plan.broker_down_s)
        self.broker.start()
        self.note("mosquitto killed, started again", begun)

    def kill_server(self):
        begun = time.monotonic()
        self.server.kill()
        self.server.start()
        self.note("Xanh killed, started again", begun)

    def stand_still(self):
        begun = time.monotonic()
        self.server.process.send_signal(signal.SIGSTOP)
        time.sleep(self.plan.still_s)
        self.server.process.send_signal(signal.SIGCONT)
        self.note("Xanh stands still", begun)

    def run(self):
        begun = time.monotonic()
        try:
            self.start()
            self.slow_down()
            for share, happens in ((0.1, self.fill_queues), (0.35, self.kill_broker),
                                   (0.5, self.kill_server), (0.75, self.stand_still)):
                self.wait_until(share)
                happens()
            for sender in self.senders.values():
                sender.finish(self.plan.patience_s)
            self.took_s = time.monotonic() - begun
            self.say("all sent")
            self.look()
            self.send_again()
        finally:
            self.end()

    def end(self):
        for sender in self.senders.values():
            if sender.process.poll() is None:
                sender.process.kill()
                sender.process.communicate()
        if hasattr(self, "watch"):
            self.watch.is_over.set()
            self.watch.join()
        if hasattr(self, "broker"):
            self.broker.kill()
        if hasattr(self, "server"):
            self.client.close()
            if sys.exc_info()[0] is None:
                self.server.stop()
            else:
                self.server.kill()

    # ---- what became of it ----

    def kept(self, series_id):
        """(time, value as text) in the series' own order."""
        path = (f"/v1.1/Datastreams({series_id})/Observations?$orderby=id&$top={PAGE}"
                "&$select=id,phenomenonTime,result&$resultFormat=dataArray")
        found = self.client.get(path).expect(200)["value"]
        rows = found[0]["dataArray"] if found else []
        names = found[0]["components"] if found else []
        at = [names.index(name) for name in ("id", "phenomenonTime", "result")]
        rows = sorted(([row[i] for i in at] for row in rows), key=lambda row: row[0] & SEQ_MASK)
        return [(when, value) for _, when, value in rows]

    def compare(self, outcome, code, acks, rows):
        """acks: (time, text of the value) in the order in which they were acknowledged."""
        there = {}
        for at, (when, value) in enumerate(rows):
            if when in there:
                outcome.blame("twice", f"{code} at {when}")
            there[when] = (at, value)
        last = -1
        for when, value in dict.fromkeys(acks):
            outcome.acknowledged += 1
            if when not in there:
                outcome.blame("lost", f"{code} at {when}: {value}")
                continue
            at, held = there[when]
            if held != Decimal(value):
                outcome.blame("changed", f"{code} at {when}: {held}, not {value}")
            if at < last:
                outcome.blame("disordered", f"{code} at {when}: number {at} after {last}")
            last = at

    @staticmethod
    def acks_of(path):
        by_series = {}
        with open(path, encoding="ascii") as file:
            next(file)
            for line in file:
                code, when, value = line.rstrip("\n").split(",")
                by_series.setdefault(code, []).append((when, value))
        return by_series

    def outcome_of(self, acks):
        outcome = Outcome()
        for code, sent in acks.items():
            if code not in self.ids:
                self.ids[code] = self.client.by_code("/api/v1/core/series", code)["id"]
            self.compare(outcome, code, sent, self.kept(self.ids[code]))
        return outcome

    def bridge_is_empty(self):
        """What the broker still has to hand on comes meanwhile."""
        self.outcomes["bridge"] = self.outcome_of(self.acks["bridge"])
        return self.outcomes["bridge"].lost == 0

    def look(self):
        self.client.close()
        self.ids = {FLOOD_SERIES: self.flood_id}
        self.acks = {name: self.acks_of(sender.acks) for name, sender in self.senders.items()}
        self.acks["flood"] = {FLOOD_SERIES: self.flood_sent}
        deadline = time.monotonic() + min(self.plan.patience_s, 300)
        while not self.bridge_is_empty() and time.monotonic() < deadline:
            time.sleep(1)
        for name, acks in self.acks.items():
            if name != "bridge":
                self.outcomes[name] = self.outcome_of(acks)

    def send_again(self):
        """Part of it once more: each is acknowledged, recognised, and not kept a second time."""
        duplicates = 'xanh_ingest_readings_total{fate="duplicate"}'
        code, sent = next(iter(self.acks["mqtt"].items()))
        sent = list(dict.fromkeys(sent))[:100]
        rows = len(self.kept(self.ids[code]))
        before = Watch.read(self.client)[duplicates]
        again = mqtt.Raw(self.server.mqtt_port)
        again.connect("again")
        for i, (when, value) in enumerate(sent):
            again.publish(f"v1.1/Datastreams({self.ids[code]})/Observations",
                          f'{{"phenomenonTime":"{when}","result":{value}}}', 1, i + 1, again=True)
        for _ in sent:
            again.expect(mqtt.PUBACK)
        again.close()
        self.repeated = len(sent)
        self.recognised = int(Watch.read(self.client)[duplicates] - before)
        assert len(self.kept(self.ids[code])) == rows, "what came twice was kept twice"

    # ---- how it went ----

    def faults(self):
        found = [f"{name}: {o.first}" for name, o in self.outcomes.items() if o.faults()]
        if not self.watch.highest.get("xanh_mqtt_paused_clients"):
            found.append("no publisher was ever slowed down")
        if not self.watch.total("xanh_mqtt_slow_disconnected_total"):
            found.append("no slow subscriber was sent away")
        if self.recognised != self.repeated or not self.repeated:
            found.append(f"{self.recognised} of {self.repeated} duplicates recognised")
        return found

    def table(self):
        lines = ["| way | devices | sent | acknowledged | different | lost | changed | out of order |"
                 " kept twice | p50 ms | p99 ms |", "|---" * 11 + "|"]
        for name, o in self.outcomes.items():
            told = self.senders[name].told if name in self.senders else {}
            part = self.plan.parts().get(name)
            cells = [name, part.devices if part else 1, told.get("sent", self.plan.flood),
                     told.get("acknowledged", self.plan.flood), o.acknowledged, o.lost, o.changed,
                     o.disordered, o.twice] + [
                round(told[key] / 1000) if key in told else "" for key in ("p50_us", "p99_us")]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
        lines += ["", "| what happened | |", "|---|---|"]
        lines += [f"| {what} | {value} |" for what, value in self.weather]
        lines += [f"| all sent in | {self.took_s:.0f} s |"]
        lines += [f"| {name}, highest | {value} |" for name, value in self.watch.highest.items()]
        lines += [f"| {name} | {self.watch.total(name)} |" for name in Watch.COUNTERS]
        lines += [f"| sent again on purpose, recognised | {self.repeated}, {self.recognised} |"]
        return "\n".join(lines)
