"""What the parts of the measurements share: tables, times, the demonstration as a process."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "api"))
os.environ.setdefault("XANH_BIN", str(ROOT / "build" / "release" / "xanh"))
import xanh  # noqa: E402 # needs the path

WAIT_S = 600
CLOCK = "2026-11-25"


def title(text):
    print(f"\n## {text}\n", flush=True)


def table(*heads):
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def folder_bytes(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def timed(call):
    begin = time.perf_counter()
    result = call()
    return (time.perf_counter() - begin) * 1000, result


class Process:
    """What a process has used, by its number."""

    def __init__(self, number):
        self.folder = Path(f"/proc/{number}")

    def cpu_ms(self):
        return sum(float((task / "schedstat").read_text().split()[0])
                   for task in (self.folder / "task").iterdir()) / 1e6

    def cpu_whole_s(self):
        """With the threads that have ended; only to a hundredth of a second."""
        return sum(map(int, (self.folder / "stat").read_text().split(") ")[1].split()[11:13])) / 100

    def memory_mib(self, which):
        text = (self.folder / "status").read_text()
        return int(re.search(rf"{which}:\s+(\d+)", text)[1]) / 1024


class Demo:
    """`xanh demo` on a folder: a visitor's, with 300 homes and a year, unless told otherwise."""

    def __init__(self, folder=None, homes=300, days=365):
        self.is_own = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="xanh-place-"))
        self.log = tempfile.TemporaryFile()
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [xanh.program(), "demo", "--dir", self.folder / "data", "--port", "0", "--mqtt", "0",
             "--homes", str(homes), "--days", str(days), "--every", "3600", "--clock", CLOCK],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, "LANG": "C"})
        told = re.search(r"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        self.url_s = time.perf_counter() - begin
        if not told:
            raise SystemExit(f"xanh demo ended with {self.process.wait()}: {self.said()}")
        self.port, self.used = int(told[1]), Process(self.process.pid)
        self.client = xanh.Client(self.port, timeout=WAIT_S)
        self.client.get("/api/v1/programme/do/place_standing").expect(200)
        self.answer_s = time.perf_counter() - begin
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        while self.get("programme/do/place_standing").get("target_count") != 5:
            time.sleep(0.02)
        self.standing_s = time.perf_counter() - begin
        while self.client.get("/api/v1/demo").expect(200)["making"] is not None:
            time.sleep(0.02)
        self.made_s = time.perf_counter() - begin

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]

    def stop(self):
        """How long it took."""
        self.client.close()
        begin = time.perf_counter()
        self.process.terminate()
        self.process.wait(60)
        return time.perf_counter() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        if self.is_own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def calm(self):
        """Waits until nothing is done behind the pages: the quality of new readings is looked at."""
        last = self.used.cpu_ms()
        for _ in range(120):
            time.sleep(0.5)
            now = self.used.cpu_ms()
            if now - last < 5:
                return
            last = now

    def get(self, path, **params):
        return self.client.get(f"/api/v1/{path}", **params).expect(200)

    def by_code(self, path, code):
        return self.client.by_code(f"/api/v1/{path}", code)

    def measure(self, name, path, times, **params):
        """A row: first, p50, p99, the server's CPU for one, bytes."""
        first, answer = timed(lambda: self.client.get(f"/api/v1/{path}", **params))
        answer.expect(200)
        begin = self.used.cpu_ms()
        took = [timed(lambda: self.client.get(f"/api/v1/{path}", **params))[0] for _ in range(times)]
        cpu = (self.used.cpu_ms() - begin) / times
        row(name, f"{first:.1f}", f"{percentile(took, 0.5):.2f}", f"{percentile(took, 0.99):.1f}",
            f"{cpu:.2f}", f"{len(answer.body):,}")
        return answer


MEASURED = ("what", "first ms", "p50 ms", "p99 ms", "CPU ms of the server", "bytes")
