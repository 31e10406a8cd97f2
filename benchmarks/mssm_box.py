"""Evaluate the MSSM at many points of an absurdly wide box: no exception, no hang, no unexplained NaN.

    python -m benchmarks.mssm_box [POINTS]

By default 1e7 points, shared among the configurations of `tests.support.mssm_box`. Prints the slowest chunk and the
number of points with each reason code; the exit code is 1 if a prediction violates what must hold everywhere.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import numpy as np

from g2fit.models import get_model
from tests.support.mssm_box import CONFIGURATIONS, draw, examine

#: Points that are evaluated together.
CHUNK = 4_000


def main() -> int:
    """Evaluate the points; return the exit code."""
    points = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    rng = np.random.default_rng(20260)
    failed = False
    for name, options, share in CONFIGURATIONS:
        model = get_model(name, **options)
        examine(model, draw(model, 10, rng))  # compiles the kernels
        total: Counter[str] = Counter()
        faults: list[str] = []
        n, slowest, start = max(1, int(points * share)), 0.0, time.perf_counter()
        for first in range(0, n, CHUNK):
            size = min(CHUNK, n - first)
            begin = time.perf_counter()
            counted, found = examine(model, draw(model, size, rng))
            slowest = max(slowest, (time.perf_counter() - begin) / size)
            total += counted
            faults += found
        seconds = time.perf_counter() - start
        print(f"{name} {options}: {n} points in {seconds:.0f} s, slowest chunk {slowest * 1e6:.1f} us per point")
        print("   " + ", ".join(f"{reason} {count}" for reason, count in total.most_common()))
        for fault in faults[:10]:
            print(f"   FAULT: {fault}")
        failed |= bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
