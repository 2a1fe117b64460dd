#!/usr/bin/env python3
"""The same numbers as solve.c, by numpy: how many a second, and what comes out. One line of JSON."""
import json
import time
from fractions import Fraction

import numpy

YEARS, CASES, DAYS = 10, 1000, 365
TURN_S = 0.5


class Numbers:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) & 0xffffffff
        return (self.state >> 8 & 0xffff) * 1000 / 65536


def make_flows():
    numbers = Numbers(7)
    return numpy.array([[-1000 - numbers.next()] + [200 + numbers.next() for _ in range(YEARS)]
                        for _ in range(CASES)])


def make_days():
    numbers, x, y = Numbers(11), [], []
    for i in range(DAYS):
        row = [1, 1000 + numbers.next(), int(i % 7 == 0), i]
        x.append(row)
        y.append(500 + 30 * row[1] - 4000 * row[2] - 2 * row[3] + numbers.next())
    return numpy.array(x, float), numpy.array(y)


def rate(count, call):
    done, begin = 0, time.process_time()
    while time.process_time() - begin < TURN_S:
        call()
        done += count
    return done / (time.process_time() - begin)


def irr(flow):
    """The root nearest to 10 % of the flows' polynomial in 1 / (1 + r)."""
    roots = numpy.roots(flow[::-1])
    rates = 1 / roots[(abs(roots.imag) < 1e-9) & (roots.real > 0)].real - 1
    return rates[numpy.argmin(abs(rates - 0.1))]


def exact(x, y):
    """The coefficients by fractions: the normal equations, solved without any rounding."""
    rows = [[Fraction(float(v)) for v in row] for row in x]
    values = [Fraction(float(v)) for v in y]
    size = len(rows[0])
    a = [[sum(r[i] * r[j] for r in rows) for j in range(size)]
         + [sum(r[i] * v for r, v in zip(rows, values))] for i in range(size)]
    for i in range(size):
        for j in range(size):
            if j != i:
                factor = a[j][i] / a[i][i]
                a[j] = [p - factor * q for p, q in zip(a[j], a[i])]
    return [float(a[i][size] / a[i][i]) for i in range(size)]


def main():
    flows, (x, y) = make_flows(), make_days()
    powers = 1.1 ** -numpy.arange(YEARS + 1)
    result = {
        "npv_each_s": rate(CASES, lambda: [float(numpy.dot(flow, powers)) for flow in flows]),
        "npv_all_s": rate(CASES, lambda: flows @ powers),
        "irr_s": rate(100, lambda: [irr(flow) for flow in flows[:100]]),
        "fit_s": rate(1, lambda: numpy.linalg.lstsq(x, y, rcond=None)),
        "npv_sum": float((flows @ powers).sum()), "irr_sum": float(sum(irr(f) for f in flows)),
        "b": [float(v) for v in numpy.linalg.lstsq(x, y, rcond=None)[0]], "exact": exact(x, y),
        "numpy": numpy.__version__,
    }
    print(json.dumps(result))


main()
