"""A process that is measured: started, its CPU counted, ended by its number."""
import os
import signal
import socket
import subprocess
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def folder_bytes(folder):
    """What the files take on the disk, preallocated and not yet written parts left out."""
    return sum(min(path.stat().st_size, path.stat().st_blocks * 512)
               for path in Path(folder).rglob("*") if path.is_file())


class Process:
    def __init__(self, arguments, log, **options):
        self.log = open(log, "ab")
        self.child = subprocess.Popen([str(a) for a in arguments], stderr=self.log,
                                      stdout=options.pop("stdout", self.log), **options)

    def numbers(self):
        """Of the process and what it started."""
        found, queue = [], [self.child.pid]
        while queue:
            number = queue.pop()
            found.append(number)
            try:
                for task in Path(f"/proc/{number}/task").iterdir():
                    queue += map(int, (task / "children").read_text().split())
            except OSError:
                pass  # it has just ended
        return found

    def cpu_s(self):
        ticks = 0
        for number in self.numbers():
            try:
                stat = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
                ticks += sum(map(int, stat[11:15]))  # its own and that of children that have ended
            except OSError:
                pass
        return ticks / TICKS_PER_S

    def rss_bytes(self):
        total = 0
        for number in self.numbers():
            try:
                lines = Path(f"/proc/{number}/status").read_text().splitlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
        return total

    def is_running(self):
        return self.child.poll() is None

    def end(self, number=signal.SIGTERM, timeout_s=120):
        if self.is_running():
            self.child.send_signal(number)
            try:
                self.child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.log.close()

    def kill(self):
        self.end(signal.SIGKILL)
