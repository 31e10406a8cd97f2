"""Posteriors in different coordinates against each other: two-sample tests of every quantity, and mode fractions.

    python -m benchmarks.coordinates [CARD …] [--draws 20000000]

One card is sampled in its chart (`auto`), in the plain chart without ridges, in the parameters themselves, and by
rejection from draws of the prior, which shares nothing with the others. Chains are thinned by their autocorrelation
times, so that Kolmogorov-Smirnov's p-values hold; of all of a pair's the smallest is printed, times their number. A
chain too short for its autocorrelation time is no sample, and is left out with a word. Draws of the prior cannot meet a
mode whose share of the prior is too small; what is more likely than all of them is left out of the comparison with
them, and its share printed.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import emcee
import numpy as np
from scipy import stats

from benchmarks.posteriors import weighted_draws
from g2fit import Card, Posterior
from g2fit.core.types import FloatArray
from g2fit.posterior.coordinates import Chart
from g2fit.sampling.diagnostics import autocorrelation_time
from g2fit.sampling.ensemble import make_move, prepare

ROOT = Path(__file__).resolve().parent.parent
CARDS = ("vll-2021", "mssm-2019", "ridge")

#: Ensembles and stored steps of a chain; the raw chain gets more, for want of a better way.
ENSEMBLES, STEPS, RAW_STEPS = 4, 600, 6000

#: Smallest p-value of a pair, times the number of tests, that passes.
LEVEL = 0.01


def chain(posterior: Posterior, steps: int, seed: int) -> tuple[FloatArray | None, float]:
    """Independent draws (N, D) of a chain, or None, and its autocorrelation time in stored steps."""
    kept = []
    for child in np.random.SeedSequence(seed).spawn(ENSEMBLES):
        launch = prepare(posterior, child)
        sampler = emcee.EnsembleSampler(
            256, posterior.dimension, posterior.log_density, moves=make_move(launch.proposal), vectorize=True
        )
        sampler.run_mcmc(launch.state, steps, skip_initial_state_check=True)
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
    """Independent draws of the posterior among those of the prior, and the largest ln L of these."""
    theta, score = weighted_draws(posterior, draws, seed)
    top = float(score.max())
    rng = np.random.default_rng(seed + 1)
    return theta[score + rng.exponential(size=len(score)) > top], top  # with probability L/L_max


def quantities(posterior: Posterior, theta: FloatArray, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Parameters and predictions of at most 20 000 draws, and the mode of each."""
    theta = theta[rng.permutation(len(theta))[:20_000]]
    found = dict(zip(posterior.names, theta.T, strict=True))
    derived = [q.name for q in posterior.model.observables if q.derived]
    predictions = posterior.predict(theta)
    return found | {name: np.asarray(predictions[name]) for name in derived}


def compare(one: dict[str, FloatArray], two: dict[str, FloatArray], signs: tuple[str, ...]) -> tuple[str, float]:
    """Name and p-value (times the number of tests) of the quantity that differs most, mode fractions included."""
    tests = {name: float(stats.ks_2samp(one[name], two[name], method="asymp").pvalue) for name in one}
    for name in signs:
        counts = np.array([[(x[name] > 0).sum(), (x[name] <= 0).sum()] for x in (one, two)])
        if (counts.sum(axis=0) > 0).all():
            tests[f"sign of {name}"] = float(stats.fisher_exact(counts).pvalue)
    worst = min(tests, key=lambda name: tests[name])
    return worst, min(1.0, tests[worst] * len(tests))


def main() -> None:
    """Print the table of every card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", default=list(CARDS))
    parser.add_argument("--draws", type=int, default=20_000_000, help="of the prior")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
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
            size = "too short, left out" if draws is None else f"{len(draws)} independent draws"
            print(f"  {label:12s} tau {tau:7.1f} stored steps, {size}")
        print(f"  {'prior':12s} {len(samples['prior'])} accepted of {options.draws:.3g}")
        for label, share in beyond.items():
            print(f"  {label:12s} {share:.4f} of it is more likely than any draw of the prior, ln L > {top:.2f}")
        for sign in auto.model.mode_signs:
            shares = ", ".join(f"{label} {(x[sign] > 0).mean():.4f}" for label, x in numbers.items())
            print(f"  share of {sign} > 0: {shares}")
        for a, b in itertools.combinations(numbers, 2):
            first = below[a] if b == "prior" else numbers[a]
            worst, p = compare(first, numbers[b], auto.model.mode_signs)
            verdict = "agree" if p > LEVEL else "DIFFER"
            print(f"  {a:12s} {b:12s} {len(numbers[a])} quantities, worst {worst}: p = {p:.3f}, {verdict}", flush=True)


if __name__ == "__main__":
    main()
