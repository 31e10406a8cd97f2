"""Posteriors in different coordinates against each other: two-sample tests of every quantity, and mode fractions.

    python -m benchmarks.coordinates [CARD …] [--draws 20000000] [--record FILE]

Each card is sampled in its chart (`auto`), in the plain chart without ridges, in the parameters themselves, and by
rejection from draws of the prior, a method independent of the others. Chains are thinned by their autocorrelation
times, so that the p-values of the Kolmogorov-Smirnov test are valid; for each pair the smallest p-value is printed,
multiplied by the number of tests. A chain that is too short for its autocorrelation time is not compared. Draws of the
prior cannot reach a mode whose share of the prior is too small: points that are more likely than all of these draws are
excluded from the comparison with them, and their share is printed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from pathlib import Path
from typing import Any

import emcee
import numpy as np
from scipy import stats

from benchmarks import recording
from benchmarks.exploring import explored
from benchmarks.posteriors import weighted_draws
from g2fit import Card, Posterior
from g2fit.core.types import FloatArray
from g2fit.posterior.coordinates import Chart
from g2fit.sampling.diagnostics import autocorrelation_time
from g2fit.sampling.ensemble import make_move, prepare

ROOT = Path(__file__).resolve().parent.parent
#: Cards that are compared by default.
CARDS = ("vll-2021", "mssm-2019", "ridge")

#: Ensembles of each chain.
ENSEMBLES = 4

#: Stored steps of a chain in a chart.
STEPS = 600

#: Stored steps of a chain in the parameters themselves, which moves more slowly.
RAW_STEPS = 6000

#: Smallest p-value of a pair, multiplied by the number of tests, that passes.
SMALLEST_P = 0.01


def chain(posterior: Posterior, steps: int, seed: int) -> tuple[FloatArray | None, float]:
    """Independent draws of a chain, shape (N, D), or None if it is too short; its autocorrelation time in steps."""
    kept, exploration = [], explored(posterior, seed)
    for index, child in enumerate(np.random.SeedSequence(seed).spawn(ENSEMBLES)):
        start, proposal = prepare(posterior, child, exploration, index)
        sampler = emcee.EnsembleSampler(
            256, posterior.dimension, posterior.log_density, moves=make_move(proposal), vectorize=True
        )
        sampler.run_mcmc(start, steps, skip_initial_state_check=True)
        z = sampler.get_chain(discard=steps // 5)
        theta = np.empty((z.shape[0] * z.shape[1], z.shape[2]))
        posterior.coordinates.to_parameters(np.ascontiguousarray(z.reshape(theta.shape)), theta, np.empty(len(theta)))
        kept.append(theta.reshape(z.shape))
    draws = np.array(kept)
    tau = max(autocorrelation_time(draws[..., j]) for j in range(draws.shape[-1]))
    if tau * 12 > draws.shape[1]:
        return None, tau
    thinned = draws[:, :: max(1, int(np.ceil(2 * tau)))]
    return np.ascontiguousarray(thinned.reshape(-1, draws.shape[-1])), tau


def rejection(posterior: Posterior, draws: int, seed: int) -> tuple[FloatArray, float]:
    """Draws of the posterior by rejection from draws of the prior, and the largest log likelihood of the latter."""
    theta, log_likelihood = weighted_draws(posterior, draws, seed)
    top = float(log_likelihood.max())
    rng = np.random.default_rng(seed + 1)
    accepted = log_likelihood + rng.exponential(size=len(log_likelihood)) > top  # with probability L/L_max
    return theta[accepted], top


def quantities(posterior: Posterior, theta: FloatArray, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Parameters and predictions of at most 20 000 of the draws."""
    theta = theta[rng.permutation(len(theta))[:20_000]]
    found = dict(zip(posterior.names, theta.T, strict=True))
    derived = [q.name for q in posterior.model.observables if q.derived]
    predictions = posterior.predict(theta)
    return found | {name: np.asarray(predictions[name]) for name in derived}


def compare(one: dict[str, FloatArray], two: dict[str, FloatArray], signs: tuple[str, ...]) -> tuple[str, float]:
    """Name and p-value, times the number of tests, of the quantity or share of a mode that differs most."""
    tests = {name: float(stats.ks_2samp(one[name], two[name], method="asymp").pvalue) for name in one}
    for name in signs:
        counts = np.array([[(x[name] > 0).sum(), (x[name] <= 0).sum()] for x in (one, two)])
        if (counts.sum(axis=0) > 0).all():
            tests[f"sign of {name}"] = float(stats.fisher_exact(counts).pvalue)
    worst = min(tests, key=lambda name: tests[name])
    return worst, min(1.0, tests[worst] * len(tests))


def main() -> None:
    """Print the comparison of every card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", default=list(CARDS))
    parser.add_argument("--draws", type=int, default=20_000_000, help="draws of the prior")
    parser.add_argument("--seed", type=int, default=1)
    recording.add_option(parser)
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    begun = time.monotonic()
    for name in options.cards:
        card = Card.load(ROOT / f"analysis/{name}.yaml")
        auto, plain, raw = Posterior(card), Posterior(card), Posterior(card.replace(coordinates="raw"))
        plain.coordinates = Chart(plain.priors)
        chains = {
            "chart": chain(auto, STEPS, options.seed),
            "plain chart": chain(plain, STEPS, options.seed + 1),
            "raw": chain(raw, RAW_STEPS, options.seed + 2),
        }
        samples = {label: draws for label, (draws, _) in chains.items() if draws is not None}
        rng = np.random.default_rng(options.seed + 4)
        accepted, top = rejection(auto, options.draws, options.seed + 3)
        seen = {label: draws[auto.log_likelihood(draws) <= top] for label, draws in samples.items()}
        beyond = {label: 1.0 - len(seen[label]) / len(draws) for label, draws in samples.items()}
        below = {label: quantities(auto, draws, rng) for label, draws in seen.items()}
        samples["prior"] = accepted
        numbers = {label: quantities(auto, draws, rng) for label, draws in samples.items()}
        print(f"\n{name}")
        for label, (draws, tau) in chains.items():
            size = "too short, not compared" if draws is None else f"{len(draws)} independent draws"
            print(f"  {label:12s} tau {tau:7.1f} stored steps, {size}")
        print(f"  {'prior':12s} {len(samples['prior'])} accepted of {options.draws:.3g}")
        for label, share in beyond.items():
            print(
                f"  {label:12s} {share:.4f} of the draws are more likely than any draw of the prior, ln L > {top:.2f}"
            )
        for sign in auto.model.mode_signs:
            shares = ", ".join(f"{label} {(x[sign] > 0).mean():.4f}" for label, x in numbers.items())
            print(f"  share of {sign} > 0: {shares}")
        for a, b in itertools.combinations(numbers, 2):
            first = below[a] if b == "prior" else numbers[a]
            worst, p = compare(first, numbers[b], auto.model.mode_signs)
            verdict = "agree" if p > SMALLEST_P else "DIFFER"
            pair = {"card": name, "one": a, "two": b, "quantities": len(numbers[a]), "worst": worst, "p": p}
            results.append(pair | {"passed": p > SMALLEST_P})
            print(f"  {a:12s} {b:12s} {len(numbers[a])} quantities, worst {worst}: p = {p:.3f}, {verdict}", flush=True)
    passed = all(pair["passed"] for pair in results)
    recording.write(options.record, {"passed": passed, "seconds": time.monotonic() - begun, "pairs": results})
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
