"""Time per point of the vector-like-lepton predictions, by formula, generations, batch size and number of threads.

    python -m benchmarks.vll_kernels

Every time is the shortest of several repetitions, in microseconds per point.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from g2fit.core.parallel.threads import available_cores, map_rows
from g2fit.models.vll import VectorLikeLeptons

#: Time in microseconds per point and generation that is aimed at, in one thread and batches of 1e5, by formula.
TARGETS = {"leading_order": 0.12, "improved": 0.15, "exact": 0.25}


def sample(n: int, generations: int, seed: int = 0) -> np.ndarray:
    """Draw log-uniform masses of 100 GeV to 10 TeV and couplings of 0.01 to 1 with both signs."""
    rng = np.random.default_rng(seed)
    masses = 10.0 ** rng.uniform(2, 4, (n, generations, 2))
    couplings = 10.0 ** rng.uniform(-2, 0, (n, generations, 4)) * rng.choice([-1, 1], (n, generations, 4))
    return np.ascontiguousarray(np.concatenate([masses, couplings], axis=2).reshape(n, -1))


def best(function: Callable[[], None], seconds: float = 0.3) -> float:
    """Shortest duration of a call in seconds, among the repetitions that fit into the given time."""
    function()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return min(times)


def cost(model: VectorLikeLeptons, n: int, threads: int | None = None) -> float:
    """Microseconds per point, with one call for the whole batch, or with chunks of rows shared by threads."""
    theta = sample(n, len(model.options.generations))
    out, reason = np.empty((n, len(model.observables))), np.empty(n, dtype=np.int8)

    def rows(start: int, stop: int) -> None:
        model.evaluate(theta[start:stop], out[start:stop], reason[start:stop])

    if threads is None:
        return best(lambda: model.evaluate(theta, out, reason)) / n * 1e6
    return best(lambda: map_rows(rows, n, threads), seconds=2.0) / n * 1e6


def cold_start(formula: str) -> float:
    """Seconds until the first prediction in a new process, with an empty cache of compiled kernels."""
    code = (
        "import time, numpy as np; from g2fit.models.vll import VectorLikeLeptons as V; t = time.perf_counter();"
        f"V(formula={formula!r}).predict(np.ones((1, 6)) * 300); print(time.perf_counter() - t)"
    )
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"G2FIT_CACHE_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(run.stdout)


def main() -> None:
    """Print all tables."""
    print("one thread, batch of 1e5, us per point and generation")
    print(f"{'formula':13} {'[mu]':>8} {'+ G_F, top':>11} {'[e, mu]':>9} {'[e, mu, tau]':>13} {'target':>8}")
    for formula in TARGETS:
        models = [
            VectorLikeLeptons(formula=formula),
            VectorLikeLeptons(formula=formula, gf_shift=True, top_loop=True),
            VectorLikeLeptons(formula=formula, generations=["e", "mu"]),
            VectorLikeLeptons(formula=formula, generations=["e", "mu", "tau"]),
        ]
        a, b, c, d = (cost(model, 100_000) / len(model.options.generations) for model in models)
        print(f"{formula:13} {a:8.3f} {b:11.3f} {c:9.3f} {d:13.3f} {TARGETS[formula]:8.2f}")
    sizes = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
    print("\none thread, [mu], us per point by batch size\n" + " " * 13 + "".join(f"{n:>10}" for n in sizes))
    for formula in TARGETS:
        model = VectorLikeLeptons(formula=formula)
        print(f"{formula:13}" + "".join(f"{cost(model, n):10.3f}" for n in sizes))
    cores = available_cores()
    threads = sorted({1, 2, cores})
    print(
        "\n[mu], batch of 1e6 in chunks of rows, us per point by threads\n"
        + " " * 13
        + "".join(f"{t:>10}" for t in threads)
    )
    for formula in TARGETS:
        model = VectorLikeLeptons(formula=formula)
        times = [cost(model, 1_000_000, t) for t in threads]
        print(f"{formula:13}" + "".join(f"{t:10.3f}" for t in times) + f"   speed-up {times[0] / times[-1]:.2f}")
    print("\nseconds until the first prediction, with nothing compiled")
    for formula in TARGETS:
        print(f"{formula:13} {cold_start(formula):9.1f}")


if __name__ == "__main__":
    main()
