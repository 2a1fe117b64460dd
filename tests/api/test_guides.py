"""The commands of the guides are run, and print what the guides say.

A guide is a page of docs/guide, or README.md. Its blocks are run in order, in a folder of the guide's
own, in which `xanh` and build/release/xanh are the program:

    ```sh run      a block that must end with 0
    ```sh fails    a block whose last command must not
    ```sh serve    one line, `xanh serve ...`: stays until the guide ends; its port is free to choose
    ```text        right behind one of the first two: what it prints; runs of blanks count as one,
                   each line stands in the output, in this order; a line "..." stands for any

Other blocks are only read. 127.0.0.1:8080 is the guide's server, `--mqtt 1883` and `-p 1883` its
port of MQTT.
"""
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import xanh

BLOCK = re.compile(r"^```([a-z ]*)\n(.*?)^```$", re.M | re.S)
BLOCK_TIMEOUT_S = 120
START_TIMEOUT_S = 60


def flat(text):
    return re.sub(r"[^\S\n]+", " ", text)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def steps_of(page):
    """(kind, text, what is shown or None, line) of each block that is run."""
    text = page.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    for at, block in enumerate(blocks):
        if block[1] not in ("sh run", "sh fails", "sh serve"):
            continue
        follows = blocks[at + 1] if at + 1 < len(blocks) else None
        is_shown = (follows is not None and follows[1] == "text"
                    and text[block.end():follows.start()].strip() == "")
        yield (block[1].split()[1], block[2], follows[2] if is_shown else None,
               text[:block.start()].count("\n") + 1)


class Guide:
    """A folder in which the blocks of one page are run, and its server."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="xanh-guide-",
                                                  dir=os.environ.get("XANH_TMP"))
        self.port, self.mqtt_port = free_port(), free_port()
        self.server = None
        for path in ("bin/xanh", "work/build/release/xanh"):
            link = Path(self.folder.name) / path
            link.parent.mkdir(parents=True)
            link.symlink_to(Path(xanh.program()).resolve())
        self.env = {**os.environ, "LANG": "C", "PATH":
                    f"{self.folder.name}/bin{os.pathsep}{os.environ['PATH']}"}
        self.env.pop("XANH_DIR", None)

    def popen(self, block):
        block = block.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        for option in ("--mqtt", "-p"):
            block = block.replace(f"{option} 1883", f"{option} {self.mqtt_port}")
        return subprocess.Popen(["bash", "-euo", "pipefail", "-c", block], env=self.env, text=True,
                                cwd=f"{self.folder.name}/work", stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, block):
        process = self.popen(block)
        try:
            out, _ = process.communicate(timeout=BLOCK_TIMEOUT_S)
        finally:
            process.kill()
        return process.returncode, out

    def serve(self, line):
        self.stop()
        self.server = self.popen(f"exec {line.strip()} --port {self.port}")
        client = xanh.Client(self.port)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                client.get("/healthz").expect(200)
                break
            except OSError:
                if time.monotonic() > deadline or self.server.poll() is not None:
                    raise AssertionError(f"{line.strip()} does not answer") from None
                time.sleep(0.05)
        client.close()

    def stop(self):
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            self.server.communicate(timeout=60)
            self.server = None

    def close(self):
        self.stop()
        self.folder.cleanup()


class Guides(unittest.TestCase):
    maxDiff = None

    def check_shown(self, shown, out, where):
        at, text = 0, flat(out)
        for line in shown.splitlines():
            wanted = flat(line).strip()
            if wanted in ("", "..."):
                continue
            found = text.find(wanted, at)
            self.assertGreaterEqual(found, 0, f"{where}: does not print\n{line}\nbut\n{out}")
            at = found + len(wanted)

    def check_page(self, page):
        guide = Guide()
        self.addCleanup(guide.close)
        count = 0
        for kind, text, shown, line in steps_of(page):
            where = f"{page.relative_to(xanh.ROOT)}:{line}"
            count += 1
            if kind == "serve":
                guide.serve(text)
                continue
            status, out = guide.run(text)
            self.assertEqual(status == 0, kind == "run", f"{where}: ended with {status}\n{out}")
            if shown is not None:
                self.check_shown(shown, out, where)
        guide.close()
        return count

    def test_every_command_of_the_guides_works_and_prints_what_they_say(self):
        pages = [xanh.ROOT / "README.md", *sorted((xanh.ROOT / "docs" / "guide").glob("*.md"))]
        counts = {}
        for page in pages:
            name = str(page.relative_to(xanh.ROOT))
            with self.subTest(page=name):
                counts[name] = self.check_page(page)
        for name in ("README.md", *(f"docs/guide/{topic}.md"
                                    for topic in ("start", "import", "own-data", "bills", "data-quality", "industry", "targets", "operate", "api", "lines",
                                                 "devices", "mapping", "mqtt",
                                                 "sensorthings"))):
            self.assertGreater(counts.get(name, 0), 0, f"nothing of {name} is run")


if __name__ == "__main__":
    unittest.main()
