"""Time per point of the vector-like-lepton predictions, by formula, generations, batch size and number of threads.

    python -m benchmarks.vll_kernels

Every time is the shortest of several repetitions, in microseconds per point.
"""

from __future__ import annotations

import numpy as np

from benchmarks.timing import cold_start, per_point
from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import FloatArray
from g2fit.models.vll import VectorLikeLeptons

#: Time in microseconds per point and generation that is aimed at, in one thread and batches of 1e5, by formula.
TARGETS = {"leading_order": 0.12, "improved": 0.15, "exact": 0.25}


def sample(n: int, generations: int, seed: int = 0) -> FloatArray:
    """Draw log-uniform masses of 100 GeV to 10 TeV and couplings of 0.01 to 1 with both signs."""
    rng = np.random.default_rng(seed)
    masses = 10.0 ** rng.uniform(2, 4, (n, generations, 2))
    couplings = 10.0 ** rng.uniform(-2, 0, (n, generations, 4)) * rng.choice([-1, 1], (n, generations, 4))
    return np.ascontiguousarray(np.concatenate([masses, couplings], axis=2).reshape(n, -1))


def cost(model: VectorLikeLeptons, n: int, threads: int | None = None) -> float:
    """Microseconds per point for a batch of n points."""
    return per_point(model, sample(n, len(model.options.generations)), threads)


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
        print(f"{formula:13} {cold_start('vll', {'formula': formula}):9.1f}")


if __name__ == "__main__":
    main()
