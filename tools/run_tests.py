#!/usr/bin/env python3
"""Run test programs side by side; say only what failed, how much passed, and what was slow.

    run_tests.py [--jobs N] [--results FILE] [--label TEXT] --meson BUILD SUITE...
    run_tests.py [--jobs N] [--results FILE] [--label TEXT] --scripts COMMAND FILE...

With --meson the tests of a build folder that are in one of the suites; with --scripts each FILE is
run by COMMAND. A program's own counts are read from what it prints (cmocka, Python's unittest, node's
TAP, a last line `N passed, N failed`); a program that prints none counts as one test. FILE gets a
line `label TAB name TAB seconds TAB passed TAB failed` for each program. Exit code 1 when one failed.
"""
import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time

DEFAULT_TIMEOUT_S = 300
OUTPUT_MAX_CHARS = 12000

COUNTS = [  # what is printed, and how to read (passed, failed) from it
    (re.compile(r"^(\d+) passed, (\d+) failed", re.M), lambda m: (int(m[1]), int(m[2]))),
    (re.compile(r"^# pass (\d+)\n# fail (\d+)", re.M), lambda m: (int(m[1]), int(m[2]))),
]
CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.M)
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] (\d+) test", re.M)
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in", re.M)
UNITTEST_BAD = re.compile(r"(?:failures|errors)=(\d+)")
CMOCKA_NOISE = re.compile(r"^\[( RUN      |       OK |==========|  PASSED  )\].*\n", re.M)


def read_counts(output, exit_code):
    """(passed, failed) of one program; a bad exit code is at least one failure."""
    passed, failed = 1, 0
    for pattern, read in COUNTS:
        found = list(pattern.finditer(output))
        if found:
            passed, failed = read(found[-1])
            break
    else:
        if CMOCKA_PASSED.search(output):
            passed = sum(int(n) for n in CMOCKA_PASSED.findall(output))
            failed = sum(int(n) for n in CMOCKA_FAILED.findall(output))
        elif UNITTEST_RAN.search(output):
            ran = sum(int(n) for n in UNITTEST_RAN.findall(output))
            failed = sum(int(n) for n in UNITTEST_BAD.findall(output))
            passed = ran - failed
        elif exit_code != 0:
            passed = 0
    if exit_code != 0 and failed == 0:
        failed = 1
    return passed, failed


def run(test):
    """Run one test in a process group of its own, so that what it left behind is ended too."""
    started = time.monotonic()
    env = {**os.environ, **test["env"]}
    process = subprocess.Popen(test["cmd"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL, env=env, cwd=test["workdir"],
                               start_new_session=True)
    note = ""
    try:
        output, _ = process.communicate(timeout=test["timeout"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        note = f"\nstopped after {test['timeout']} s\n"
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    text = output.decode("utf-8", "replace") + note
    passed, failed = read_counts(text, process.returncode)
    return {"name": test["name"], "seconds": time.monotonic() - started, "passed": passed,
            "failed": failed, "output": text, "exit_code": process.returncode}


def meson_tests(build, suites):
    listing = json.loads(subprocess.run(["meson", "introspect", "--tests", build], check=True,
                                        capture_output=True).stdout)
    for test in listing:
        names = {suite.split(":")[-1] for suite in test["suite"]}
        if names & set(suites):
            yield {"name": test["name"], "cmd": test["cmd"], "env": test["env"],
                   "workdir": test["workdir"], "timeout": test["timeout"] or DEFAULT_TIMEOUT_S}


def script_tests(command, files, timeout_s):
    for path in files:
        yield {"name": os.path.relpath(path), "cmd": command.split() + [path], "env": {},
               "workdir": None, "timeout": timeout_s}


def show_failure(result):
    text = CMOCKA_NOISE.sub("", result["output"])
    if len(text) > OUTPUT_MAX_CHARS:
        text = "[...]\n" + text[-OUTPUT_MAX_CHARS:]
    print(f"---- {result['name']} failed (exit code {result['exit_code']})\n{text.rstrip()}\n")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=int, default=DEFAULT_TIMEOUT_S, help="seconds a script may take")
    parser.add_argument("--results")
    parser.add_argument("--label", default="")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--meson", nargs="+", metavar=("BUILD", "SUITE"))
    mode.add_argument("--scripts", nargs="+", metavar=("COMMAND", "FILE"))
    options = parser.parse_args()
    if options.meson:
        tests = list(meson_tests(options.meson[0], options.meson[1:]))
    else:
        tests = list(script_tests(options.scripts[0], options.scripts[1:], options.timeout))
    lines, passed, failed = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, test) for test in tests]):
            result = done.result()
            passed += result["passed"]
            failed += result["failed"]
            lines.append(f"{options.label}\t{result['name']}\t{result['seconds']:.2f}\t"
                         f"{result['passed']}\t{result['failed']}\n")
            if result["failed"]:
                show_failure(result)
    if options.results:
        with open(options.results, "a", encoding="utf-8") as file:
            file.writelines(lines)
    print(f"{options.label}: {passed} passed, {failed} failed in {len(tests)} programs")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
