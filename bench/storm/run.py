#!/usr/bin/env python3
"""The load that must lose nothing: see storm.py.

    bench/storm/run.py [--small]

All of it: 1,870,000 readings in about five minutes, each sync of the disk 200 ms. --small: 60,000, what
tests/api/test_storm.py does. XANH_BIN names the program; its folder holds bench/slow_sync.so. Needs
mosquitto. Ends with 1 when anything was lost.
"""
import argparse
import sys

import storm


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    one = storm.Storm(storm.SMALL if options.small else storm.FULL,
                      lambda text: print(text, file=sys.stderr, flush=True))
    one.run()
    print(one.table())
    for fault in one.faults():
        print("FAULT:", fault)
    sys.exit(bool(one.faults()))


if __name__ == "__main__":
    main()
