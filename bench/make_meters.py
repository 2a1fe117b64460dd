#!/usr/bin/env python3
"""Write a long CSV of electricity registers: series,time,value.

    make_meters.py METERS STEP_MINUTES DAYS [SEED] > meters.csv

Every value is a pure function of seed, meter and time: a daily curve with an evening peak, scaled per
meter, added up as a meter's display with three decimals. The year is 2025, the zone UTC+7.
"""
import math
import sys
from datetime import datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=7))


def main():
    meters, step_minutes, days = (int(text) for text in sys.argv[1:4])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    steps = days * 24 * 60 // step_minutes
    start = datetime(2025, 1, 1, tzinfo=ZONE)
    stamps = [(start + timedelta(minutes=step_minutes * (i + 1))).isoformat() for i in range(steps)]
    curve = []
    for i in range(steps):
        hour = (i + 1) * step_minutes / 60 % 24
        evening = math.exp(-((hour - 20) ** 2) / 8)
        curve.append((0.15 + 0.9 * evening) * step_minutes / 60)
    out = sys.stdout
    out.write("series,time,value\n")
    for meter in range(1, meters + 1):
        scale = 0.4 + ((meter * 2654435761 + seed) % 1000) / 700
        total = 0.0
        lines = []
        for stamp, amount in zip(stamps, curve):
            total += amount * scale
            lines.append(f"meter-{meter:04d}/electricity,{stamp},{total:.3f}\n")
        out.writelines(lines)


if __name__ == "__main__":
    main()
