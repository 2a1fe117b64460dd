"""The stores that are compared. Each is started on loopback with a folder of its own, takes the same
batches, and answers the same questions. A store that reads line protocol gets it; the others get the
same readings as a table.
"""
import datetime
import http.client
import json
import os
import shutil
import sys
import time
import urllib.parse
from pathlib import Path

from feed import BEGIN_S, DAY_S
from process import Process, folder_bytes, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "api"))
os.environ.setdefault("XANH_BIN", str(ROOT / "build" / "release" / "xanh"))
import xanh  # noqa: E402 # needs the path

PYTHON = ROOT / "build" / "peers" / "bin" / "python"
WAIT_S = 120


class Missing(Exception):
    """The store is not on this machine, or has no such setting."""


def instant(at_s):
    return datetime.datetime.fromtimestamp(at_s, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


class Connection:
    """HTTP to loopback, kept open."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def send(self, method, path, body=None, headers=None):
        self.http.request(method, path, body, headers or {})
        answer = self.http.getresponse()
        read = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path[:200]}: status {answer.status}: {read[:500]!r}")
        return read

    def close(self):
        self.http.close()


class Peer:
    """What a store must do. folder: its own; feed: what is sent."""
    name = ""
    settings = ("default",)

    def __init__(self, feed, folder, setting):
        self.feed, self.folder, self.setting = feed, Path(folder), setting
        self.process = None
        self.port = 0
        self.connection = None

    @classmethod
    def version(cls):
        """Raises Missing when the store is not there."""
        raise NotImplementedError

    # ---- running ----

    def arguments(self):
        raise NotImplementedError

    def is_ready(self):
        raise NotImplementedError

    def start(self):
        """Returns the seconds until it answered."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        begin = time.perf_counter()
        self.process = Process(self.arguments(), self.folder.parent / f"{self.name}.log",
                               cwd=self.folder.parent)
        while True:
            try:
                if self.is_ready():
                    return time.perf_counter() - begin
            except (OSError, RuntimeError, ValueError, http.client.HTTPException):
                self.drop_connection()
            if not self.process.is_running() or time.perf_counter() - begin > WAIT_S:
                raise RuntimeError(f"{self.name} does not start: see {self.process.log.name}")
            time.sleep(0.002)

    def ask(self, method, path, body=None, **parameters):
        self.connection = self.connection or Connection(self.port)
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        return self.connection.send(method, path + query, body)

    def drop_connection(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def stop(self):
        self.drop_connection()
        if self.process is not None:
            self.process.end()

    def kill(self):
        self.drop_connection()
        self.process.kill()

    def cpu_s(self):
        return self.process.cpu_s()

    def size_bytes(self):
        return folder_bytes(self.folder)

    # ---- loading ----

    def prepare(self):
        """Tables, series: what has to be there before the first reading."""

    def connect(self):
        return Connection(self.port)

    def send(self, connection, number):
        """One batch; returns when it is acknowledged."""
        raise NotImplementedError

    def settle(self):
        """What it would do in its own time: flush, merge."""

    # ---- questions ----

    def day_sums(self):
        """The sum of all meters' readings by day."""
        raise NotImplementedError

    def day_truth(self):
        return self.feed.day_truth()

    def month(self):
        """(count, sum) of all readings of the first meter in the first 30 days, read one by one."""
        raise NotImplementedError

    def last(self):
        """(count, sum) of the last readings of all meters."""
        raise NotImplementedError

    def count(self):
        raise NotImplementedError


# ---- VictoriaMetrics ----

class VictoriaMetrics(Peer):
    name = "VictoriaMetrics"
    settings = ("default",)  # it has no log; no setting makes a write durable when acknowledged

    @classmethod
    def version(cls):
        return package_version("victoria-metrics", "victoria-metrics")

    def arguments(self):
        return ["victoria-metrics", f"-storageDataPath={self.folder}", "-retentionPeriod=100y",
                f"-httpListenAddr=127.0.0.1:{self.port}", "-loggerLevel=ERROR",
                "-search.maxPointsPerTimeseries=1000000", "-search.maxUniqueTimeseries=2000000",
                "-search.maxSeries=2000000"]

    def is_ready(self):
        return self.ask("GET", "/health") == b"OK"

    def send(self, connection, number):
        connection.send("POST", "/write", self.feed.lines[number])

    def settle(self):
        self.ask("GET", "/internal/force_flush")
        time.sleep(6)  # parts in memory go to the disk within 5 s

    def query(self, path, **parameters):
        return json.loads(self.ask("GET", "/api/v1/" + path, nocache=1, **parameters))["data"]

    def day_sums(self):
        days = len(self.feed.truth.day_sums)
        found = self.query("query_range", query="sum(sum_over_time(energy_value[1d]))",
                           start=BEGIN_S + DAY_S - 0.001, end=BEGIN_S + days * DAY_S - 0.001,
                           step="1d")["result"]
        return [float(value) for _, value in found[0]["values"]] if found else []

    def month(self):
        begin_s, end_s = self.feed.month_s
        body = self.ask("GET", "/api/v1/export", start=begin_s, end=end_s - 0.001,
                        **{"match[]": f'energy_value{{series="{self.feed.name_of(0)}"}}'})
        values = [v for line in body.splitlines() for v in json.loads(line)["values"]]
        return len(values), sum(values)

    def last(self):
        days = len(self.feed.truth.day_sums)
        found = self.query("query", query="last_over_time(energy_value[30d])",
                           time=BEGIN_S + days * DAY_S)["result"]
        return len(found), sum(float(series["value"][1]) for series in found)

    def count(self):
        days = self.feed.days + 2
        found = self.query("query", query=f"sum(count_over_time(energy_value[{days}d]))",
                           time=BEGIN_S + days * DAY_S - 0.001)["result"]
        return int(found[0]["value"][1]) if found else 0


# ---- InfluxDB ----

class InfluxDB(Peer):
    name = "InfluxDB"
    settings = ("default",)  # its log is synced before each answer: the default is the most durable

    @classmethod
    def version(cls):
        return package_version("influxdb", "influxd")

    def arguments(self):
        config = self.folder.parent / "influxdb.conf"
        config.write_text(
            f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n'
            f'[meta]\ndir = "{self.folder}/meta"\n'
            f'[data]\ndir = "{self.folder}/data"\nwal-dir = "{self.folder}/wal"\n'
            f'max-series-per-database = 0\nquery-log-enabled = false\n'
            f'[monitor]\nstore-enabled = false\n'
            f'[http]\nbind-address = "127.0.0.1:{self.port}"\nlog-enabled = false\n'
            f'max-body-size = 0\n[logging]\nlevel = "error"\n')
        return ["influxd", "-config", config]

    def is_ready(self):
        self.ask("GET", "/ping")
        return True

    def prepare(self):
        self.ask("POST", "/query", q="CREATE DATABASE bench")

    def send(self, connection, number):
        connection.send("POST", "/write?db=bench&precision=ns", self.feed.lines[number])

    def query(self, text):
        result = json.loads(self.ask("GET", "/query", db="bench", epoch="s", q=text))["results"][0]
        if "error" in result:
            raise RuntimeError(result["error"])
        return result.get("series", [])

    def settle(self):
        time.sleep(10)

    def day_sums(self):
        days = len(self.feed.truth.day_sums)
        series = self.query(f"SELECT sum(value) FROM energy WHERE time >= {BEGIN_S}s AND "
                            f"time < {BEGIN_S + days * DAY_S}s GROUP BY time(1d)")
        return [row[1] for row in series[0]["values"]] if series else []

    def month(self):
        begin_s, end_s = self.feed.month_s
        series = self.query(f"SELECT value FROM energy WHERE \"series\" = '{self.feed.name_of(0)}' "
                            f"AND time >= {begin_s}s AND time < {end_s}s")
        values = [row[1] for row in series[0]["values"]] if series else []
        return len(values), sum(values)

    def last(self):
        series = self.query("SELECT last(value) FROM energy GROUP BY \"series\"")
        return len(series), sum(one["values"][0][1] for one in series)

    def count(self):
        series = self.query("SELECT count(value) FROM energy")
        return series[0]["values"][0][1] if series else 0


# ---- stores that are asked in SQL ----

class SqlPeer(Peer):
    """Table reading(meter, ts, value)."""

    def rows(self, sql):
        """Lists of numbers."""
        raise NotImplementedError

    def day_sql(self):
        return "SELECT toDate(ts) AS day, sum(value) FROM reading GROUP BY day ORDER BY day"

    def last_sql(self):
        return "SELECT count(), sum(v) FROM (SELECT argMax(value, ts) AS v FROM reading GROUP BY meter)"

    def day_sums(self):
        return [row[-1] for row in self.rows(self.day_sql())]

    def month(self):
        begin_s, end_s = self.feed.month_s
        rows = self.rows(f"SELECT value FROM reading WHERE meter = 0 AND ts >= '{instant(begin_s)}' "
                         f"AND ts < '{instant(end_s)}' ORDER BY ts")
        return len(rows), sum(row[0] for row in rows)

    def last(self):
        count, total = self.rows(self.last_sql())[0]
        return int(count), total

    def count(self):
        return int(self.rows("SELECT count(*) FROM reading")[0][0])


class MergeTreePeer(SqlPeer):
    """ClickHouse's: what merges have replaced stays on the disk for 8 minutes and is not counted."""
    def stop(self):
        if self.process is not None and self.process.is_running():
            self.active_bytes = self.rows("SELECT sum(bytes_on_disk) FROM system.parts WHERE active "
                                          "AND table = 'reading'")[0][0]
        super().stop()

    def size_bytes(self):
        return self.active_bytes


class ClickHouse(MergeTreePeer):
    name = "ClickHouse"
    settings = ("default",)  # this version has no setting that syncs what was inserted

    @classmethod
    def version(cls):
        return package_version("clickhouse-server", "clickhouse-server")

    def arguments(self):
        config = self.folder.parent / "clickhouse.xml"
        config.write_text(
            f"<yandex><logger><level>error</level><log>{self.folder}/log</log>"
            f"<errorlog>{self.folder}/err</errorlog></logger><http_port>{self.port}</http_port>"
            f"<listen_host>127.0.0.1</listen_host><path>{self.folder}/</path>"
            f"<tmp_path>{self.folder}/tmp/</tmp_path><mark_cache_size>1073741824</mark_cache_size>"
            f"<timezone>UTC</timezone><users_config>{config}</users_config>"
            f"<profiles><default/></profiles><default_profile>default</default_profile>"
            f"<default_database>default</default_database><quotas><default/></quotas>"
            f"<users><default><password/><profile>default</profile><quota>default</quota>"
            f"<networks><ip>127.0.0.1</ip></networks></default></users></yandex>\n")
        return ["clickhouse-server", f"--config-file={config}"]

    def is_ready(self):
        return self.ask("GET", "/ping").startswith(b"Ok")

    def prepare(self):
        self.ask("POST", "/", "CREATE TABLE reading (meter UInt32, ts DateTime, value Float64) ENGINE = "
                 "MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (meter, ts)")

    def send(self, connection, number):
        connection.send("POST", "/?query=INSERT%20INTO%20reading%20FORMAT%20TabSeparated",
                        self.feed.tables[number])

    def settle(self):
        self.ask("POST", "/", "OPTIMIZE TABLE reading FINAL")

    def rows(self, sql):
        data = json.loads(self.ask("POST", "/", sql + " FORMAT JSONCompact"))["data"]
        return [[cell if isinstance(cell, float) or "-" in str(cell) else float(cell)
                 for cell in row] for row in data]


class Embedded(SqlPeer):
    """A store that is a library: it runs in a process of its own, asked over a pipe."""
    library = ""

    @classmethod
    def version(cls):
        if not PYTHON.exists():
            raise Missing(f"{cls.library} is not in build/peers (README.md says how to put it there)")
        child = os.popen(f"'{PYTHON}' -c 'import {cls.library}; print({cls.library}.__version__)' "
                         "2>/dev/null")
        text = child.read().strip()
        if child.close() or not text:
            raise Missing(f"{cls.library} is not in build/peers")
        return text

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        tables = self.folder.parent / "tables"
        if not tables.exists():
            self.feed.write_tables(tables)
        begin = time.perf_counter()
        self.process = Process([PYTHON, Path(__file__).with_name("embedded.py"), self.library,
                                self.folder, tables, self.setting],
                               self.folder.parent / f"{self.name}.log", stdin=-1, stdout=-1, text=True)
        self.call("ready")
        return time.perf_counter() - begin

    def call(self, what, *arguments):
        pipe = self.process.child
        pipe.stdin.write(json.dumps([what, *arguments]) + "\n")
        pipe.stdin.flush()
        line = pipe.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended: see {self.process.log.name}")
        answer = json.loads(line)
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def prepare(self):
        self.call("prepare")

    def load(self, begin, end, connections):
        """Batches by its own threads: a pipe would be the bottleneck."""
        self.call("load", begin, end, connections)

    def settle(self):
        self.call("settle")

    def rows(self, sql):
        return self.call("rows", sql)

    def stop(self):
        if self.process is not None and self.process.is_running():
            self.process.child.stdin.close()
            self.process.child.wait(WAIT_S)
        super().stop()


class DuckDB(Embedded):
    name = "DuckDB"
    library = "duckdb"
    settings = ("default",)  # each commit is synced: the default is the most durable

    def day_sql(self):
        return "SELECT sum(value) FROM reading GROUP BY ts::DATE ORDER BY ts::DATE"

    def last_sql(self):
        return "SELECT count(*), sum(v) FROM (SELECT arg_max(value, ts) AS v FROM reading GROUP BY meter)"


class ChDB(MergeTreePeer, Embedded):
    name = "chdb"
    library = "chdb"
    settings = ("default", "durable")


# ---- Xanh ----

class Xanh(Peer):
    name = "Xanh"
    settings = ("default",)  # acknowledged is on disk; nothing is more durable

    @classmethod
    def version(cls):
        try:
            return xanh.run("version").stdout.split()[1]
        except (FileNotFoundError, AssertionError) as error:
            raise Missing(str(error)) from None

    def arguments(self):
        return [xanh.program(), "serve", "--dir", self.folder, "--port", self.port, "--as", "operator"]

    def is_ready(self):
        return b"ok" in self.ask("GET", "/healthz")

    def prepare(self):
        core = "/api/v1/core/"
        self.ask("POST", core + "places", json.dumps(
            {"code": "bench", "name": "Bench", "kind": "ward", "zone": "UTC"}))
        self.ask("POST", core + "properties", json.dumps(
            {"code": "energy.electricity", "name": "Electricity", "quantity": "energy.electricity"}))
        names = [self.feed.name_of(meter) for meter in range(self.feed.meters)]
        self.table(core + "devices.csv", "code,name,kind,place",
                   [f"{name},{name},electricity_meter,bench" for name in names])
        self.table(core + "series.csv", "code,name,device,property,place,kind,unit,period_s",
                   [f"{name},{name},{name},energy.electricity,bench,register,kWh,{self.feed.step_s}"
                    for name in names])

    def table(self, path, head, lines):
        for begin in range(0, len(lines), 5000):
            text = "\n".join([head, *lines[begin:begin + 5000]]) + "\n"
            self.connection = self.connection or Connection(self.port)
            self.connection.send("POST", path, text.encode(), {"Content-Type": "text/csv"})

    def send(self, connection, number):
        connection.send("POST", "/write?precision=ns", self.feed.lines[number])

    def settle(self):
        """A backup holds what a flush writes; the log, reserved in large files, is not in it."""
        copy = self.folder.parent / "copy"
        xanh.run("backup", copy, "--dir", self.folder)
        self.copied_bytes = folder_bytes(copy / "readings")

    def size_bytes(self):
        return self.copied_bytes

    def day_sums(self):
        """The city's consumption by day: sums of a register mean nothing to whoever asks Xanh."""
        days = len(self.feed.use_truth())
        answer = json.loads(self.ask("GET", "/api/v1/use", place="bench", period="day",
                                     quantity="energy.electricity", to=instant(
                                         BEGIN_S + days * DAY_S)[:10],
                                     **{"from": instant(BEGIN_S)[:10]}))
        return [window["amount"] for window in answer["windows"]]

    def day_truth(self):
        return self.feed.use_truth()

    def month(self):
        begin_s, end_s = self.feed.month_s
        body = self.ask("GET", "/api/v1/readings", series=self.feed.name_of(0), format="csv",
                        to=instant(end_s).replace(" ", "T") + "Z", limit=100000,
                        **{"from": instant(begin_s).replace(" ", "T") + "Z"})
        values = [float(line.split(b",")[2]) for line in body.splitlines()[1:]]
        return len(values), sum(values)

    def last(self):
        raise NotImplementedError  # there is no one request for it; see the bench in process

    def count(self):
        for line in self.ask("GET", "/metrics").splitlines():
            if line.startswith(b"xanh_store_readings "):
                return int(line.split()[1])
        return 0


def package_version(package, program):
    if shutil.which(program) is None and not Path(f"/usr/sbin/{program}").exists():
        raise Missing(f"no {program} here: apt-get install {package}")
    child = os.popen(f"dpkg-query -W -f '${{Version}}' {package} 2>/dev/null")
    text = child.read().strip()
    child.close()
    return text or "?"


ALL = (Xanh, VictoriaMetrics, InfluxDB, ClickHouse, DuckDB, ChDB)
