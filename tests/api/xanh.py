"""What the tests of the program share: a server on a temporary folder, HTTP, the command line.

    with Server() as server:
        client = server.client()
        answer = client.get("/healthz")

XANH_BIN names the program (default: build/release/xanh, then build/xanh). Real numbers of answers are
Decimals, so that digits can be compared. Processes are ended by their number.
"""
import atexit
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 60
REQUEST_TIMEOUT_S = 60
GOLDEN = ROOT / "tests" / "golden"


def program():
    given = os.environ.get("XANH_BIN")
    tried = [given] if given else [ROOT / "build" / "release" / "xanh", ROOT / "build" / "xanh"]
    for path in tried:
        if os.access(path, os.X_OK):
            return str(path)
    raise FileNotFoundError(f"no program at {' or '.join(map(str, tried))}; set XANH_BIN")


def is_sanitized():
    """Under a sanitizer everything takes several times as long."""
    with open(program(), "rb") as file:
        return b"__asan_init" in file.read()


def data_folder(part):
    """A folder of measured data, or None where there is none."""
    folder = Path(os.environ.get("XANH_DATA", ROOT.parent / "shared" / "data")) / part
    return folder if folder.is_dir() else None


def temporary_folder():
    folder = tempfile.mkdtemp(prefix="xanh-test-", dir=os.environ.get("XANH_TMP"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def run(*arguments, check=True, stdin=None, env=None, timeout=300, limits=None):
    """Run the program; what it printed is text. check: it must end with 0."""
    done = subprocess.run([program(), *map(str, arguments)], input=stdin, capture_output=True,
                          text=True, env={**os.environ, "LANG": "C", **(env or {})},
                          timeout=timeout, preexec_fn=limits)
    if check and done.returncode != 0:
        raise AssertionError(f"xanh {' '.join(map(str, arguments))} ended with {done.returncode}:\n"
                             f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


def run_json(*arguments, **options):
    return json.loads(run(*arguments, "--json", **options).stdout, parse_float=Decimal)


class Answer:
    """What came back: status, headers (names in lower case), body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body, parse_float=Decimal)

    def expect(self, *statuses):
        """The parsed body, when the status is one of those; 2xx when none is given."""
        if self.status not in statuses and not (not statuses and 200 <= self.status < 300):
            raise AssertionError(f"status {self.status}, not {statuses or '2xx'}: {self.text[:2000]}")
        is_json = "json" in self.headers.get("content-type", "")
        return self.json() if is_json and self.body else self.body


class Client:
    """One connection, for one thread; opened again when the other side closed it."""

    def __init__(self, port, key=None, timeout=REQUEST_TIMEOUT_S):
        self.key, self.port, self.timeout = key, port, timeout
        self.connection = None

    def request(self, method, path, body=None, headers=None, **params):
        """body: bytes or text as it is, everything else as JSON. params: the query."""
        headers = dict(headers or {})
        if self.key:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, default=str)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        query = urllib.parse.urlencode({k.rstrip("_"): v for k, v in params.items()
                                        if v is not None})
        target = path + ("?" + query if query else "")
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                         timeout=self.timeout)
        try:
            self.connection.request(method, target, body, headers)
            answer = self.connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)

    def get(self, path, headers=None, **params):
        return self.request("GET", path, None, headers, **params)

    def post(self, path, body=None, headers=None, **params):
        return self.request("POST", path, {} if body is None else body, headers, **params)

    def patch(self, path, body, version, headers=None):
        return self.request("PATCH", path, body, {"If-Match": f'"{version}"', **(headers or {})})

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    # ---- what most tests begin with ----

    def by_code(self, path, code):
        """The record with this code, or None."""
        answer = self.get(f"{path}/by/code/{urllib.parse.quote(code, safe='/')}")
        return None if answer.status == 404 else answer.expect(200)

    def make(self, path, **fields):
        """The record with fields["code"]; made when there is none."""
        found = self.by_code(path, fields["code"])
        return found or self.post(path, fields).expect(200, 201)

    def make_meter(self, place, name="electricity", quantity="energy.electricity", unit="kWh",
                   kind="register", **fields):
        """A place, its owner, a device and the series "<place>/<name>" of this quantity."""
        core = "/api/v1/core"
        party = self.make(f"{core}/parties", code=place, name=f"Home {place}", kind="household",
                          heads=4)
        spot = self.make(f"{core}/places", code=place, name=f"Home {place}", kind="building",
                         zone="Asia/Ho_Chi_Minh", owner=party["id"])
        kinds = {"water": "water_meter", "electricity": "electricity_meter"}
        device = self.make(f"{core}/devices", code=f"{place}/{name}", name=f"Meter of {place}",
                           kind=kinds.get(name, "other"), place=spot["id"], owner=party["id"])
        seen = self.make(f"{core}/properties", code=quantity, name=quantity, quantity=quantity)
        series = {"code": f"{place}/{name}", "name": f"{name} of {place}", "device": device["id"],
                  "property": seen["id"], "place": spot["id"], "owner": party["id"], "kind": kind,
                  "unit": unit, **fields}
        return self.make(f"{core}/series", **series)


class Server:
    """`xanh serve` on a folder, a temporary one when none is given. limits: run in the new process
    before the program, to set resource limits. asked_port: of HTTP; 0: any that is free."""

    def __init__(self, dir=None, identity="operator", options=(), limits=None, env=None,
                 asked_port=0):
        self.dir = dir or temporary_folder()
        self.identity, self.options, self.limits, self.env = identity, options, limits, env
        self.asked_port = asked_port
        self.process = None
        self.log = None
        atexit.register(self.kill)  # a test that breaks off leaves nothing behind
        self.start()

    def start(self):
        arguments = [program(), "serve", "--dir", self.dir, "--port",
                     str(self.asked_port), "--json", "--as", self.identity, *self.options]
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=self.log,
                                        env={**os.environ, "LANG": "C", **(self.env or {})},
                                        preexec_fn=self.limits)
        guard = threading.Timer(START_TIMEOUT_S, self.process.kill)
        guard.start()
        line = self.process.stdout.readline()
        guard.cancel()
        if not line:
            self.process.wait()
            raise AssertionError(f"xanh serve ended with {self.process.returncode}: {self.said()}")
        said = json.loads(line)
        self.url = said["url"]
        self.port = urllib.parse.urlsplit(self.url).port
        # where it was asked for by --mqtt, --mqtt-tls, --mqtt-ws
        self.mqtt_port, self.mqtt_tls_port, self.mqtt_ws_port = (
            urllib.parse.urlsplit(said[name]).port if name in said else None
            for name in ("mqtt", "mqtt_tls", "mqtt_ws"))
        return self

    def client(self, key=None, timeout=REQUEST_TIMEOUT_S):
        return Client(self.port, key, timeout)

    def key(self, name):
        return run_json("key", name, "--dir", self.dir)["key"]

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]

    def end(self, number):
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"xanh serve did not stop within 60 s: {self.said()}") from None
        finally:
            self.process.stdout.close()
        code, self.process = self.process.returncode, None
        return code

    def stop(self):
        """Asks it to stop; a status other than 0 is a failure."""
        code = self.end(signal.SIGTERM)
        if code != 0:
            raise AssertionError(f"xanh serve ended with {code}: {self.said()}")

    def kill(self):
        self.end(signal.SIGKILL)

    def rss_kib(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def cpu_s(self):
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.kill()


class Events:
    """An event stream being read on a thread; wait(test) gives the first event that passes."""

    def __init__(self, port, key=None, path="/api/v1/events", **params):
        self.items, self.news, self.error = [], threading.Condition(), None
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.connection.request("GET", path + "?" + urllib.parse.urlencode(params),
                                headers=headers)
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            raise AssertionError(f"events: status {self.answer.status}: {self.answer.read()}")
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        event = {}
        try:
            for line in self.answer:
                line = line.decode().rstrip("\r\n")
                if line == "" and event:
                    event["at"] = time.monotonic()
                    with self.news:
                        self.items.append(event)
                        self.news.notify_all()
                    event = {}
                elif line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = event[name] + "\n" + value if name in event else value
        except (OSError, ValueError, AttributeError) as error:
            self.error = error

    def wait(self, test, timeout_s=10):
        deadline = time.monotonic() + timeout_s
        with self.news:
            while True:
                for event in self.items:
                    if test(event):
                        return event
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no such event in {timeout_s} s: {self.items[-5:]}")
                self.news.wait(left)

    def close(self):
        if self.connection.sock is not None:
            try:
                self.connection.sock.shutdown(socket.SHUT_RDWR)  # ends the read on the thread
            except OSError:
                pass  # the other side was first
        self.thread.join(10)
        self.connection.close()


def file_size_limit(bytes_max):
    """For limits=: files may not grow beyond this many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
