"""How the benchmarks of speed measure time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from g2fit.core.parallel.threads import map_rows
from g2fit.core.types import FloatArray
from g2fit.models.base import Model


def shortest(
    function: Callable[[], object], seconds: float = 0.3, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Shortest duration of a call in seconds, among the repetitions that fit into the given time (at least three)."""
    function()
    times: list[float] = []
    start = clock()
    while len(times) < 3 or clock() - start < seconds:
        begin = clock()
        function()
        times.append(clock() - begin)
    return min(times)


def per_point(model: Model, theta: FloatArray, threads: int | None = None) -> float:
    """Microseconds per point of a model, with one call for all points, or with chunks of rows shared by threads."""
    n, slots = len(theta), model.solutions
    out, reason = np.empty((n * slots, len(model.observables))), np.empty(n * slots, dtype=np.int8)

    def rows(start: int, stop: int) -> None:
        model.evaluate(theta[start:stop], out[start * slots : stop * slots], reason[start * slots : stop * slots])

    if threads is None:
        return shortest(lambda: rows(0, n)) / n * 1e6
    return shortest(lambda: map_rows(rows, n, threads), seconds=2.0) / n * 1e6


def cold_start(name: str, options: dict[str, object]) -> float:
    """Seconds until the first prediction of a model in a new process, with an empty cache of compiled kernels."""
    code = (
        "import time, numpy as np; from g2fit.models import get_model; m = get_model({!r}, **{!r});"
        "t = time.perf_counter(); m.predict(np.full((1, len(m.parameters)), 1e3)); print(time.perf_counter() - t)"
    )
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-c", code.format(name, options)],
            env=os.environ | {"G2FIT_CACHE_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(run.stdout)
