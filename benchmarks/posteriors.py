"""Posteriors of whole runs against importance sampling from the prior, which shares no code with the sampler.

    python -m benchmarks.posteriors [CARD …] [--draws 20000000]

For every parameter the mean and the 16, 50 and 84 % quantiles of the run are compared with those of weighted prior
draws. The last column is the difference in units of the combined Monte Carlo standard error; the exit code is 1 if one
exceeds four.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import scipy.special

from g2fit import Card, Posterior, Result
from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import FloatArray
from g2fit.pipeline import execute
from g2fit.sampling.diagnostics import autocorrelation_time

#: Quantiles that are compared.
PROBABILITIES = (0.16, 0.50, 0.84)

#: Draws of the prior that are evaluated together.
CHUNK = 500_000

#: Draws whose log likelihood is this much below the largest have no weight.
NEGLIGIBLE = 30.0


def weighted_draws(posterior: Posterior, draws: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Prior draws with a likelihood that is not negligible, shape (N, D), and their log likelihoods, shape (N,)."""
    rng = np.random.default_rng(seed)
    kept, found, top = [], [], -np.inf
    for _ in range(-(-draws // CHUNK)):
        theta = posterior.sample_prior(rng, CHUNK)
        log_likelihood = posterior.log_likelihood(theta)
        top = max(top, float(log_likelihood.max()))
        some = log_likelihood > top - NEGLIGIBLE
        kept.append(theta[some])
        found.append(log_likelihood[some])
    return np.concatenate(kept), np.concatenate(found)


def weighted_quantile(x: FloatArray, w: FloatArray, probability: float) -> tuple[float, float]:
    """Quantile of weighted draws and its standard error, which follows from the density at the quantile."""
    order = np.argsort(x)
    cumulative = np.cumsum(w[order]) / w.sum()
    value = float(np.interp(probability, cumulative, x[order]))
    error = np.sqrt(np.sum((w * ((x <= value) - probability)) ** 2)) / w.sum()
    return value, error / density(lambda q: float(np.interp(q, cumulative, x[order])), probability)


def chain_quantile(draws: FloatArray, probability: float) -> tuple[float, float]:
    """Quantile of correlated draws (ensembles, steps, walkers) and its standard error."""
    value = float(np.quantile(draws, probability))
    below = (draws <= value).astype(float)
    error = np.sqrt(probability * (1 - probability) * autocorrelation_time(below) / draws.size)
    flat = np.sort(draws.ravel())
    return value, error / density(lambda q: float(np.interp(q * len(flat), np.arange(len(flat)), flat)), probability)


def density(quantile: object, probability: float, step: float = 0.02) -> float:
    """Density at a quantile, the inverse slope of the quantile function."""
    assert callable(quantile)
    return float(2 * step / max(quantile(probability + step) - quantile(probability - step), 1e-300))


def compare(card: Card, draws: int, seed: int = 1) -> float:
    """Print the table of one card; return the largest deviation in standard errors."""
    posterior = Posterior(card, threads=available_cores())
    posterior.compile()
    with tempfile.TemporaryDirectory() as folder:
        execute(card.replace(output=Path(folder) / "run", stop={"ess": 20000, "rhat": 1.01}))
        result = Result(Path(folder) / "run")
    theta, log_likelihood = weighted_draws(posterior, draws, seed)
    w = np.exp(log_likelihood - log_likelihood.max())
    ess = w.sum() ** 2 / (w * w).sum()
    print(f"\n{card.path}: {draws:.3g} prior draws, effective {ess:.0f}; run ESS {result.verdict.ess:.0f}")
    print(f"{'parameter':10s} {'statistic':9s} {'brute force':>14s} {'run':>14s} {'error':>10s} {'sigmas':>7s}")
    worst = 0.0
    for j, name in enumerate(posterior.names):
        x, chain = theta[:, j], result.draws(name)
        mean = float(np.average(x, weights=w))
        error = float(np.sqrt(np.sum((w * (x - mean)) ** 2)) / w.sum())
        chain_error = float(chain.std() * np.sqrt(autocorrelation_time(chain) / chain.size))
        rows = [("mean", mean, float(chain.mean()), np.hypot(error, chain_error))]
        for p in PROBABILITIES:
            (a, da), (b, db) = weighted_quantile(x, w, p), chain_quantile(chain, p)
            rows.append((f"{100 * p:.0f} %", a, b, np.hypot(da, db)))
        for label, a, b, error in rows:
            pull = (b - a) / error
            worst = max(worst, abs(pull))
            print(f"{name:10s} {label:9s} {a:14.6g} {b:14.6g} {error:10.2g} {pull:+7.2f}")
    count = 4 * len(posterior.names)
    expected = scipy.special.ndtri(1 - 0.5 / count)
    print(f"largest deviation {worst:.2f} standard errors (of {count}; about {expected:.1f} are expected)")
    return worst


def main() -> None:
    """Compare the cards of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", nargs="*", default=["analysis/vll-2021.yaml", "analysis/mssm-2019.yaml"])
    parser.add_argument("--draws", type=float, default=2e7)
    arguments = parser.parse_args()
    worst = max(compare(Card.load(path), int(arguments.draws)) for path in arguments.cards)
    sys.exit(0 if worst < 4.0 else 1)


if __name__ == "__main__":
    main()
