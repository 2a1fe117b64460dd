#!/usr/bin/env python3
"""SensorThings measured over HTTP, durable, beside the bare HTTP library in the same run.

    bench/sta/run.py [--seconds 6] [--rounds 3] [--streams 10000] [--rows 1000000]
                     [--part post|array|last]

post    one Observation a request, 50 connections; the bare server suspends each request until fsync
array   CreateObservations, 100,000 rows a request
last    the latest value of every Datastream, one request

XANH_BIN names the program (default: build/release/xanh). Everything happens in a temporary folder and on
loopback. Needs wrk, gcc, libmicrohttpd-dev and libgnutls28-dev for `post`.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "api"))
os.environ.setdefault("XANH_BIN", str(ROOT / "build" / "release" / "xanh"))
import sta  # noqa: E402 # needs the path
import xanh  # noqa: E402

TARGETS = {"post": "60 % of bare", "array": "300,000 observations/s", "last": "50 ms"}
STREAMS_A_THING = 100
POST = ROOT / "bench" / "sta" / "post.lua"


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def table(*heads):
    row(*heads)
    print("|" + "---|" * len(heads))


def make_streams(client, count):
    """Things with Datastreams; ids of all."""
    property_id = client.post("/v1.1/ObservedProperties", sta.observed_property()).expect(201)
    sensor_id = client.post("/v1.1/Sensors", sta.sensor()).expect(201)
    shared = {"Sensor": {"@iot.id": sensor_id["@iot.id"]},
              "ObservedProperty": {"@iot.id": property_id["@iot.id"]}}
    for begin in range(0, count, STREAMS_A_THING):
        names = range(begin, min(begin + STREAMS_A_THING, count))
        client.post("/v1.1/Things", sta.thing(Datastreams=[
            {**sta.datastream(f"t{n}"), **shared} for n in names])).expect(201)
    ids, path = [], "/v1.1/Datastreams?$select=id&$top=10000"
    while path:
        page = client.get(path).expect(200)
        ids += [int(s["@iot.id"]) for s in page["value"]]
        path = page.get("@iot.nextLink")
        path = path and path[path.index("/v1.1"):]
    return ids


def wrk(url, script, seconds, **env):
    done = subprocess.run(["wrk", "-t1", "-c50", f"-d{seconds}s", "--latency", "-s", script, url],
                          capture_output=True, text=True, check=True, env={**os.environ, **env})
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    if bad:
        raise SystemExit(f"wrk: {bad[0]}")
    return (float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]),
            *(re.search(rf"^ +{share}%\s+(\S+)", done.stdout, re.M)[1] for share in (50, 99)))


def bare(folder, seconds, ids):
    """libmicrohttpd and a log, nothing else; the same requests, whose bodies it keeps as they are."""
    spike = ROOT / "bench" / "spike"
    binary = folder / "spike_http"
    subprocess.run(["gcc", "-std=c11", "-O2", "-o", binary, spike / "spike_http.c",
                    spike / "tls_front.c", "-lmicrohttpd", "-lgnutls", "-lpthread"], check=True)
    process = subprocess.Popen([binary, "--log", folder / "log", "--wait", "suspend", "--ring-mib",
                                "64"], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)
    try:
        for line in process.stdout:
            if line.startswith("port "):
                return wrk(f"http://127.0.0.1:{line.split()[1]}", POST, seconds,
                           BENCH_STREAMS=ids, BENCH_PATH="/readings")
        raise SystemExit("the bare server did not start")
    finally:
        process.terminate()
        process.wait()


def measure_post(server, streams, options, folder):
    ids = ",".join(map(str, streams[:400]))
    rates = {"with its entity": [], "return=minimal": [], "bare": []}
    table("one Observation a request, 50 connections", "requests/s", "p50", "p99", "of bare")
    for _ in range(options.rounds):
        peer = bare(folder, options.seconds, ids)
        rates["bare"].append(peer[0])
        for name, env in (("with its entity", {}),
                          ("return=minimal", {"BENCH_PREFER": "return=minimal"})):
            rate = wrk(server.url, POST, options.seconds, BENCH_STREAMS=ids, **env)
            rates[name].append(rate[0])
            row(name, f"{rate[0]:,.0f}", *rate[1:], f"{100 * rate[0] / peer[0]:.0f} %")
        row("bare libmicrohttpd, suspended fsync", f"{peer[0]:,.0f}", *peer[1:], "")
    middle = {name: statistics.median(of) for name, of in rates.items()}
    print()
    for name in ("with its entity", "return=minimal"):
        print(f"{name}: {100 * middle[name] / middle['bare']:.0f} % of bare, by the medians")


def array_body(streams, rows, begin, with_result_time):
    """`rows` rows over all streams, one a second for each."""
    each = max(1, rows // len(streams))
    groups = []
    for stream in streams[:rows // each]:
        lines = []
        for i in range(each):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin + i))
            lines.append([at, round(20 + i / 100, 2)] + ([at] if with_result_time else []))
        groups.append({"Datastream": {"@iot.id": stream},
                       "components": ["phenomenonTime", "result"] +
                                     (["resultTime"] if with_result_time else []),
                       "dataArray@iot.count": each, "dataArray": lines})
    return json.dumps(groups)


def measure_array(client, streams, options):
    print()
    table("CreateObservations", "rows a request", "observations/s")
    for with_result_time in (False, True):
        for per_request in (1000, 100000):
            count = max(1, min(options.rows, per_request * 200) // per_request)
            bodies = [array_body(streams[:100], per_request, 1700000000 + i * per_request,
                                 with_result_time) for i in range(min(count, 10))]
            begin = time.perf_counter()
            done = 0
            for i in range(count):
                answer = client.request("POST", "/v1.1/CreateObservations", bodies[i % len(bodies)],
                                        {"Content-Type": "application/json"})
                if answer.status != 201 or b'"error"' in answer.body:
                    raise SystemExit(f"{answer.status} {answer.text[:300]}")
                done += per_request
            row("phenomenonTime, result" + (", resultTime" if with_result_time else ""),
                f"{per_request:,}", f"{done / (time.perf_counter() - begin):,.0f}")


def measure_last(client, streams):
    body = array_body(streams, len(streams), 1763000000, False)
    client.request("POST", "/v1.1/CreateObservations", body,
                   {"Content-Type": "application/json"}).expect(201)
    print()
    table("the latest value of every Datastream", "streams", "first ms", "least ms", "p50 ms",
          "most ms", "bytes")
    for name, shown, shown_below in (("everything shown", "", ""),
                                     ("$select", "&$select=id", ";$select=result,phenomenonTime")):
        path = (f"/v1.1/Datastreams?$top=10000{shown}&$expand=Observations($top=1;"
                f"$orderby=phenomenonTime%20desc{shown_below})")
        took = []
        for _ in range(30):
            begin = time.perf_counter()
            page = client.get(path)
            took.append((time.perf_counter() - begin) * 1000)
        values = page.expect(200)["value"]
        if len(values) != min(len(streams), 10000) or not all(v["Observations"] for v in values):
            raise SystemExit(f"{len(values)} Datastreams came, not all with an Observation")
        row(name, f"{len(values):,}", f"{took[0]:.0f}", f"{min(took):.0f}",
            f"{sorted(took)[15]:.0f}", f"{max(took[1:]):.0f}", f"{len(page.body):,}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3, help="of post, the peer in each")
    parser.add_argument("--streams", type=int, default=10000)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--part", choices=sorted(TARGETS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xanh-bench-") as folder, \
            xanh.Server(str(Path(folder) / "data")) as server:
        client = server.client()
        begin = time.perf_counter()
        streams = make_streams(client, options.streams)
        print(f"{len(streams)} Datastreams made in {time.perf_counter() - begin:.1f} s; targets: "
              f"{TARGETS}\n")
        if options.part in (None, "post"):
            if shutil.which("wrk"):
                measure_post(server, streams, options, Path(folder))
            else:
                print("post: not measured, no wrk here")
        if options.part in (None, "array"):
            measure_array(client, streams, options)
        if options.part in (None, "last"):
            measure_last(client, streams)
        client.close()


if __name__ == "__main__":
    main()
