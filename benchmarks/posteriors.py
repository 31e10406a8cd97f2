"""Posteriors and evidences of whole runs against importance sampling from the prior, which shares no code with them.

    python -m benchmarks.posteriors [CARD …] [--draws 20000000]

For every parameter the mean and the 16, 50 and 84 % quantiles of the run are compared with those of weighted prior
draws. The last column is the difference in units of the combined Monte Carlo standard error. The mean weight of the
same draws is compared with the evidence, as prior Monte Carlo and bridge sampling estimate it. The exit code is 1 if a
difference of parameters exceeds four standard errors, or one of ln Z exceeds `TOLERANCE` and three standard errors.
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
from g2fit.inference.evidence import Evidence, evidence
from g2fit.pipeline import execute
from g2fit.sampling.diagnostics import autocorrelation_time

#: Cards that are compared by default.
CARDS = ("vll-2021", "mssm-2019", "latest-cs-vll", "latest-rb-vll")

#: Quantiles that are compared.
PROBABILITIES = (0.16, 0.50, 0.84)

#: Draws of the prior that are evaluated together.
CHUNK = 500_000

#: Largest deviation of a parameter that passes, in standard errors.
SIGMAS = 4.0

#: Largest difference of ln Z that passes, unless three standard errors are more.
TOLERANCE = 0.01

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


def mean_weight(log_likelihood: FloatArray, draws: int) -> tuple[float, float]:
    """Logarithm of the mean likelihood of prior draws, the evidence, and its standard error.

    Of the `draws` only those with a likelihood that is not negligible are given.

    >>> value, error = mean_weight(np.log([0.5, 0.7]), 2)
    >>> round(float(np.exp(value)), 12), round(error, 12)
    (0.6, 0.117851130198)
    """
    top = float(log_likelihood.max())
    w = np.exp(log_likelihood - top)
    mean = w.sum() / draws
    return top + float(np.log(mean)), float(np.sqrt((w @ w / draws / mean**2 - 1.0) / draws))


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


def compare(card: Card, draws: int, seed: int = 1) -> bool:
    """Print the tables of one card; return whether the run and its evidence pass."""
    posterior = Posterior(card, threads=available_cores())
    posterior.compile()
    with tempfile.TemporaryDirectory() as folder:
        execute(card.replace(output=Path(folder) / "run", stop={"ess": 20000, "rhat": 1.01}))
        integrals = evidence(Path(folder) / "run")
        theta, log_likelihood = weighted_draws(posterior, draws, seed)
        print(f"\n{card.path}: {draws:.3g} prior draws")
        weights = np.exp(log_likelihood - log_likelihood.max())
        near = compare_parameters(posterior, Result(Path(folder) / "run"), theta, weights) < SIGMAS
    return compare_evidence(integrals, *mean_weight(log_likelihood, -(-draws // CHUNK) * CHUNK)) and near


def compare_parameters(posterior: Posterior, result: Result, theta: FloatArray, w: FloatArray) -> float:
    """Print the table of a run and weighted draws; return the largest deviation in standard errors."""
    ess = w.sum() ** 2 / (w * w).sum()
    print(f"prior draws are worth {ess:.0f} independent ones; run ESS {result.verdict.ess:.0f}")
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


def compare_evidence(integrals: Evidence, truth: float, error: float) -> bool:
    """Print the estimates of ln Z beside that of brute force; return whether all of them agree with it."""
    print(f"{'ln Z':10s} {'':9s} {truth:14.4f} {'':14s} {error:10.2g}")
    passed = True
    for name, estimate in integrals.estimates.items():
        difference, combined = estimate.log_z - truth, float(np.hypot(estimate.error, error))
        passed &= abs(difference) <= max(TOLERANCE, 3.0 * combined)
        print(
            f"{'':10s} {name:9s} {estimate.log_z:14.4f} {difference:+14.4f} {combined:10.2g} "
            f"{difference / combined:+7.2f}  allowed share of the prior {estimate.prior_fraction[0]:.4f}"
        )
    return passed


def main() -> None:
    """Compare the cards of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", nargs="*", default=[f"analysis/{name}.yaml" for name in CARDS])
    parser.add_argument("--draws", type=float, default=2e7)
    arguments = parser.parse_args()
    passed = [compare(Card.load(path), int(arguments.draws)) for path in arguments.cards]
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
