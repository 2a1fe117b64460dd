"""Billing runs of parks of many tenants: preview and issue, by wall and by the server's CPU."""
import time
from datetime import datetime, timedelta, timezone

from common import Process, row, table, title, xanh

CORE = "/api/v1/core"
RUNS = "/api/v1/billing/runs"
HANOI = timezone(timedelta(hours=7))
FROM = datetime(2026, 5, 1, tzinfo=HANOI)
DAYS = 34
SLICE = 500


def write(client, kind, columns, rows):
    body = "\n".join(",".join(one) for one in (columns, *rows)) + "\n"
    client.post(f"{CORE}/{kind}.csv", body, {"Content-Type": "text/csv"}).expect(200, 201)


def make(client, count):
    owner = client.make(f"{CORE}/parties", code="park", name="Khu mẫu", kind="park")
    client.make(f"{CORE}/places", code="park", name="Khu mẫu", kind="site", zone="Asia/Ho_Chi_Minh",
                owner=owner["id"])
    client.make(f"{CORE}/properties", code="energy.electricity", name="energy.electricity",
                quantity="energy.electricity")
    codes = [f"t{i:05d}" for i in range(count)]
    everybody = [("main", "main"), *((code, "tenant") for code in codes)]
    write(client, "parties", ("code", "name", "kind"), [(c, f"Công ty {c}", "firm") for c in codes])
    write(client, "devices", ("code", "name", "kind", "place"),
          [(c, c, "electricity_meter", "park") for c, _ in everybody])
    write(client, "series", ("code", "name", "device", "property", "place", "kind", "unit", "tariff",
                             "period_s"),
          [(c, c, c, "energy.electricity", "park", "register", "kWh",
            "evn-residential" if role == "tenant" else "", "86400") for c, role in everybody])
    write(client, "accounts", ("code", "name", "role", "place", "party", "series"),
          [(c, c, role, "park", c if role == "tenant" else "", c) for c, role in everybody])
    send(client, [("main", 11 * count), *((c, 5 + i % 11) for i, c in enumerate(codes))])


def send(client, series):
    for low in range(0, len(series), SLICE):
        readings = [{"series": code, "time": (FROM + timedelta(days=day - 1)).isoformat(),
                     "value": 100 + day * daily}
                    for code, daily in series[low:low + SLICE] for day in range(DAYS)]
        client.post("/api/v1/readings", {"readings": readings}).expect(200)


def reach(client, run, state):
    while client.get(f"{CORE}/billing_runs/{run}").expect(200)["state"] != state:
        time.sleep(0.01)


def measure(client, used, call, state):
    cpu, begin = used.cpu_ms(), time.perf_counter()
    run = call().expect(200, 201, 202)["id"]
    reach(client, run, state)
    return run, time.perf_counter() - begin, (used.cpu_ms() - cpu) / 1000


def billing(sizes):
    title("A billing run: previewed, and issued as bills that are frozen")
    table("accounts", "preview s", "CPU s", "issue s", "CPU s", "bills/s of CPU", "open ms", "adds up")
    for count in sizes:
        with xanh.Server() as server:
            client, used = server.client(), Process(server.process.pid)
            client.timeout = 600
            make(client, count)
            run, preview_s, preview_cpu = measure(
                client, used, lambda: client.post(RUNS, {"place": "park", "month": "2026-05",
                                                         "allocate": "use"}), "previewed")
            _, issue_s, issue_cpu = measure(
                client, used, lambda: client.post(f"{RUNS}/{run}/issue", {}), "issued")
            begin = time.perf_counter()
            whole = client.get(f"{RUNS}/{run}").expect(200)
            open_ms = (time.perf_counter() - begin) * 1000
            is_whole = whole["from_main"] == whole["tenants"] + whole["common"] + whole["losses"]
            bills = sum(1 for line in whole["lines"] if line["bill"])
            row(f"{count:,}", f"{preview_s:.2f}", f"{preview_cpu:.2f}", f"{issue_s:.2f}",
                f"{issue_cpu:.2f}", f"{bills / issue_cpu:,.0f}", f"{open_ms:.0f}",
                "yes" if is_whole and bills == count else "NO")
            client.close()
