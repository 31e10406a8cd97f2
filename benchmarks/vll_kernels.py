"""Time per point of the vector-like-lepton predictions, by formula, generations, batch size and number of threads.

    python -m benchmarks.vll_kernels

Every time is the shortest of several repetitions, in microseconds per point. The exit code is 1 if a time exceeds its
target.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.timing import cold_start, per_point, shortest
from g2fit import Card, Posterior
from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import FloatArray
from g2fit.models.vll import VectorLikeLeptons

#: Time in microseconds per point and generation that is aimed at, in one thread and batches of 1e5, by formula.
TARGETS = {"leading_order": 0.12, "improved": 0.15, "exact": 0.25}

#: Additions to the predictions of the muon's partners, as options of the model; scales are in GeV.
ADDITIONS: dict[str, dict[str, object]] = {
    "[mu]": {},
    "+ G_F, top": {"gf_shift": True, "top_loop": True},
    "+ G_F, STU": {"gf_shift": True, "oblique": True},
    "+ h loop": {"gf_shift": True, "oblique": True, "higgs_loop": True},
    "to 10 TeV": {"gf_shift": True, "oblique": True, "higgs_loop": True, "run_to": 1e4},
    "to 1e19 GeV": {"gf_shift": True, "oblique": True, "higgs_loop": True, "run_to": 1e19},
}

#: Cards, and the time in microseconds per log likelihood of a draw of its priors (before cuts) that is aimed at.
CARDS = {"vll-2026-any-vacuum": 0.3, "vll-2026": 2.0, "latest-cs-vll": 2.0}

ROOT = Path(__file__).resolve().parent.parent


def sample(n: int, generations: int, seed: int = 0) -> FloatArray:
    """Draw log-uniform masses of 100 GeV to 10 TeV and couplings of 0.01 to 1 with both signs."""
    rng = np.random.default_rng(seed)
    masses = 10.0 ** rng.uniform(2, 4, (n, generations, 2))
    couplings = 10.0 ** rng.uniform(-2, 0, (n, generations, 4)) * rng.choice([-1, 1], (n, generations, 4))
    return np.ascontiguousarray(np.concatenate([masses, couplings], axis=2).reshape(n, -1))


def cost(model: VectorLikeLeptons, n: int, threads: int | None = None) -> float:
    """Microseconds per point for a batch of n points."""
    return per_point(model, sample(n, len(model.options.generations)), threads)


def additions() -> bool:
    """Print the cost of predictions by what they include; return whether the formulas alone meet their targets."""
    print("one thread, batch of 1e5, us per point and generation")
    head = [*ADDITIONS, "[e, mu]", "[e, mu, tau]", "target"]
    print(f"{'formula':13} " + " ".join(f"{name:>12}" for name in head))
    passed = True
    for formula, target in TARGETS.items():
        models = [VectorLikeLeptons(formula=formula, **options) for options in ADDITIONS.values()]
        models += [VectorLikeLeptons(formula=formula, generations=g) for g in (["e", "mu"], ["e", "mu", "tau"])]
        times = [cost(model, 100_000) / len(model.options.generations) for model in models]
        passed &= times[0] <= target
        print(f"{formula:13} " + " ".join(f"{time:12.3f}" for time in (*times, target)))
    return passed


def likelihoods() -> bool:
    """Print the cost of the log likelihood of whole cards; return whether it meets the targets."""
    print("\none thread, batch of 1e5, us per log likelihood of draws of the priors, before cuts and after them")
    print(f"{'card':24} {'before':>8} {'after':>8} {'target':>8}")
    passed = True
    for name, target in CARDS.items():
        posterior = Posterior(Card.load(ROOT / f"analysis/{name}.yaml"))
        posterior.compile()
        before = posterior.priors.sample(np.random.default_rng(0), 100_000)
        after = posterior.sample_prior(np.random.default_rng(0), 100_000)
        calls = [partial(posterior.log_likelihood, theta) for theta in (before, after)]
        times = [shortest(call, clock=time.thread_time) / len(before) * 1e6 for call in calls]
        passed &= times[0] <= target
        print(f"{name:24} {times[0]:8.3f} {times[1]:8.3f} {target:8.2f}")
    return passed


def main() -> None:
    """Print all tables."""
    passed = all([additions(), likelihoods()])
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
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
