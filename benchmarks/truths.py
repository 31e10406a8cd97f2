"""Evidences by brute force: the truths against which the estimators are tested.

    python -m benchmarks.truths [CARD …] [--chart] [--error E] [--seconds S] [--seed N]

Every number is an unbiased average of `Posterior.log_likelihood` over draws of the prior in the raw parameters, without
fit or chart.

For the MSSM, the likelihood at given shared parameters is a product of a factor for the electron and one for the muon,
which is checked first. Each draw of the shared parameters gets the mean of many electron factors times the mean of many
muon factors. The shared parameters are randomised Sobol sequences, whose scatter gives the error.

If electron and muon have no parameters in common, draws for each lepton are chosen in proportion to the likelihood that
they have when the partners of the other lepton decouple, and combined into pairs; the average is corrected for that.

With ``--chart`` the likelihood is averaged over Sobol points in the chart, again without a fit, or in more than ten
dimensions over draws of a mixture (`benchmarks.chart_averages`). This is many times as precise and is the reference of
`benchmarks.calibration` and `benchmarks.targets`; it is stored beside the average in the raw parameters, with which it
must agree. The results are stored in ``benchmarks/truths.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from benchmarks.chart_averages import Fitted, Quadrature
from g2fit import Card, Posterior
from g2fit.core.files import write_text
from g2fit.core.types import FloatArray

HERE = Path(__file__).resolve().parent
STORE = HERE / "truths.json"

#: Cards, and the error of ln Z that is to be reached.
CARDS = {
    "mssm-2019": 0.005,
    "mssm-full-2019": 0.005,
    "ridge": 0.01,
    "ridge-extreme": 0.01,
    "ridge-full": 0.01,
    "ridge-extreme-full": 0.01,
    "joint-mssm": 0.005,
    "vll-2021": 0.005,
    "joint-vll": 0.005,
    "joint-vll-emu": 0.005,
    "vll-emu-joint": 0.005,
    "vll-3gen-2026": 0.015,
    "prototype-1": 0.005,
    "prototype-01": 0.01,
    "prototype-001": 0.01,
}

#: `Product`: draws of the shared parameters in a batch.
SHARED = 1024

#: `Product`: draws of the parameters of each lepton, for each draw of the shared ones, by the ending of their names.
EACH = {"_e": 512, "_mu": 128}

#: `Product`: draws of both leptons among which an allowed one is looked for.
SEARCH = 64

#: Cards for which draws of the prior itself are better than `Pairs`, whose weights have a long tail there.
PLAIN = frozenset({"joint-vll-emu"})

#: Most dimensions in which Sobol points in the chart suffice.
SOBOL = 10

#: `Plain` and `Pairs`: draws in a batch.
BATCH = 2**17

#: Independent averages, whose scatter gives the error; batches are added to them in turn.
REPLICATES = 32

#: `Pairs`: draws of each lepton from which those of a batch are chosen.
SINGLES = 2**19

#: `Pairs`: share of the draws that are chosen independently of their likelihood.
DEFENSIVE_SHARE = 0.05


def find(name: str) -> Path | None:
    """File of a card, or None if there is no such card."""
    return next((p for p in (HERE.parent / f"analysis/{name}.yaml", HERE / f"{name}.yaml") if p.exists()), None)


class Replicates:
    """Independent averages of weights, divided by a common factor to avoid overflow."""

    def __init__(self) -> None:
        self.shift = -np.inf
        self.total, self.n = np.zeros(REPLICATES), np.zeros(REPLICATES)

    def add(self, replicate: int, log_weight: FloatArray) -> None:
        """Add the log weights of further draws to one average; -inf is a weight of zero."""
        self.n[replicate] += len(log_weight)
        top = float(log_weight.max())
        if top > self.shift:
            self.total *= np.exp(self.shift - top)
            self.shift = top
        if np.isfinite(self.shift):
            self.total[replicate] += float(np.exp(log_weight - self.shift).sum())

    def log_mean(self) -> tuple[float, float]:
        """Logarithm of the mean weight and its standard error, which follows from the scatter of the averages."""
        means = self.total / self.n
        mean = means.mean()
        if mean == 0.0:
            return -np.inf, np.inf
        return float(self.shift + np.log(mean)), float(means.std(ddof=1) / np.sqrt(REPLICATES) / mean)


class Plain:
    """Average of the likelihood over draws of the prior."""

    method = "plain"

    def __init__(self, posterior: Posterior, rng: np.random.Generator) -> None:
        self.posterior, self.rng = posterior, rng

    def batch(self, replicate: int) -> tuple[FloatArray, int]:
        """Log likelihoods of a batch, and the number of evaluations."""
        return self.posterior.log_likelihood(self.posterior.priors.sample(self.rng, BATCH)), BATCH


class Product:
    """Average of electron factor times muon factor over draws of the shared parameters.

    For each draw an allowed point of both leptons is looked for. Combined with its muon parameters, further draws of
    the electron parameters give the electron factor, and likewise for the muon. If no allowed point was found, further
    draws of both leptons are combined. Both ways are unbiased, and the choice between them does not depend on the draws
    that are averaged.
    """

    method = "product"

    def __init__(self, posterior: Posterior, rng: np.random.Generator) -> None:
        self.posterior, self.rng = posterior, rng
        self.priors = posterior.priors.priors
        self.electron, self.muon = ([j for j, n in enumerate(posterior.names) if n.endswith(end)] for end in EACH)
        self.shared = [j for j in range(posterior.dimension) if j not in (*self.electron, *self.muon)]
        self.sequences = [qmc.Sobol(max(1, len(self.shared)), scramble=True, rng=rng) for _ in range(REPLICATES)]

    @property
    def possible(self) -> bool:
        """Whether both leptons have parameters of their own, and share some."""
        return bool(self.shared and self.electron and self.muon) and self.posterior.model.name.startswith("mssm")

    def check(self, n: int = 200_000) -> None:
        """Check that L(e, m) L(e', m') = L(e, m') L(e', m) at any shared parameters, where both sides may be zero."""
        theta = self.posterior.priors.sample(self.rng, n)
        other = theta.copy()
        own = self.electron + self.muon
        other[:, own] = self.posterior.priors.sample(self.rng, n)[:, own]
        one, two = theta.copy(), other.copy()
        one[:, self.muon], two[:, self.muon] = other[:, self.muon], theta[:, self.muon]
        straight = self.posterior.log_likelihood(theta) + self.posterior.log_likelihood(other)
        crossed = self.posterior.log_likelihood(one) + self.posterior.log_likelihood(two)
        np.testing.assert_allclose(straight, crossed, rtol=1e-9, atol=1e-6)

    def batch(self, replicate: int) -> tuple[FloatArray, int]:
        """Log of mean electron factor times mean muon factor for draws of the shared parameters; the evaluations."""
        rng = self.rng
        each_e, each_mu = EACH.values()
        shared = np.empty((SHARED, self.posterior.dimension))
        for j, u in zip(self.shared, self.sequences[replicate].random(SHARED).T, strict=True):
            shared[:, j] = self.priors[j].ppf(u)
        tried = self._around(rng, shared, self.electron + self.muon, SEARCH)
        value = self._evaluate(tried)
        best = np.argmax(value, axis=1)
        rows = np.arange(SHARED)
        partner, base = tried[rows, best], value[rows, best]
        found = np.isfinite(base)
        electron = self._evaluate(self._around(rng, partner[found], self.electron, each_e))
        muon = self._evaluate(self._around(rng, partner[found], self.muon, each_mu))
        paired = self._evaluate(self._around(rng, shared[~found], self.electron + self.muon, each_e))
        total = np.empty(SHARED)
        total[found] = _log_mean(electron) + _log_mean(muon) - base[found]
        total[~found] = _log_mean(paired)
        return total, value.size + electron.size + muon.size + paired.size

    def _around(self, rng: np.random.Generator, points: FloatArray, columns: list[int], each: int) -> FloatArray:
        """Copies of points (N, D), shape (N, each, D), in which the given columns are drawn from the prior.

        The first of these columns is stratified, which keeps means unbiased and reduces their variance.
        """
        theta = np.repeat(points[:, None, :], each, axis=1)
        for j in columns:
            u = rng.random((len(points), each))
            if j == columns[0]:
                u = (np.arange(each) + u) / each
            theta[:, :, j] = self.priors[j].ppf(u)
        return theta

    def _evaluate(self, theta: FloatArray) -> FloatArray:
        return self.posterior.log_likelihood(theta.reshape(-1, theta.shape[-1])).reshape(theta.shape[:2])


class Pairs:
    r"""Average over pairs of an electron and a muon that share no parameter.

    .. math:: \langle L(e, m) \rangle = \langle f \rangle \langle g \rangle
        \langle L(e, m) / f(e) g(m) \rangle_{e \sim f, m \sim g}

    holds for any positive f and g. Here they are the likelihood with decoupled partners of the other lepton, plus a
    constant.
    """

    method = "pairs"

    def __init__(self, posterior: Posterior, rng: np.random.Generator) -> None:
        self.posterior, self.rng = posterior, rng
        names = posterior.names
        self.parts = [[j for j, n in enumerate(names) if n.endswith(end)] for end in EACH]
        self.decoupled = np.array([self._weakest(j) for j in range(posterior.dimension)])

    def _weakest(self, j: int) -> float:
        """Value of a parameter at which the partner decouples: the largest mass or smallest coupling of the prior."""
        prior, mass = self.posterior.priors.priors[j], self.posterior.names[j].startswith("m_")
        ends = prior.ppf(np.array([1e-6, 1.0 - 1e-6]))
        return float(ends[np.argmax(np.abs(ends)) if mass else np.argmin(np.abs(ends))])

    @property
    def possible(self) -> bool:
        """Whether every parameter belongs to the partners of either the electron or the muon."""
        both = all(self.parts) and sum(map(len, self.parts)) == self.posterior.dimension
        return both and self.posterior.model.name == "vll"

    def batch(self, replicate: int) -> tuple[FloatArray, int]:
        """Log weights of pairs, whose mean estimates the evidence, and the number of evaluations."""
        theta = np.empty((BATCH, self.posterior.dimension))
        weight = np.zeros(BATCH)
        for columns in self.parts:
            single = np.tile(self.decoupled, (SINGLES, 1))
            single[:, columns] = self.posterior.priors.sample(self.rng, SINGLES)[:, columns]
            log_likelihood = self.posterior.log_likelihood(single)
            share = np.exp(log_likelihood - log_likelihood.max())
            share += DEFENSIVE_SHARE * share.mean()
            chosen = self.rng.choice(SINGLES, BATCH, p=share / share.sum())
            theta[:, columns] = single[chosen][:, columns]
            weight += np.log(share.mean()) - np.log(share[chosen])
        return self.posterior.log_likelihood(theta) + weight, 2 * SINGLES + BATCH


def _log_mean(values: FloatArray) -> FloatArray:
    """Logarithm of the mean of exp(values) over the second axis; -inf if all values are -inf."""
    top = values.max(axis=1)
    found = np.isfinite(top)
    result = np.full(len(values), -np.inf)
    result[found] = top[found] + np.log(np.exp(values[found] - top[found, None]).mean(axis=1))
    return result


def truth(
    card: Card, error: float, seconds: float, seed: int, *, chart: bool = False, plain: bool = False
) -> dict[str, Any]:
    """Average the likelihood until the error is reached or the time is up."""
    posterior = Posterior(card)
    posterior.compile(print)
    rng = np.random.default_rng(seed)
    product, pairs = Product(posterior, rng), Pairs(posterior, rng)
    average: Plain | Product | Pairs | Quadrature | Fitted = Plain(posterior, rng)
    if chart:
        few = posterior.dimension <= SOBOL
        average = Quadrature(posterior, rng, REPLICATES) if few else Fitted(posterior, rng)
    elif product.possible and not plain:
        product.check()
        average = product
    elif pairs.possible and not plain:
        average = pairs
    found, evaluations, begun, spent = Replicates(), 0, time.process_time(), 0.0
    log_z, stated = -np.inf, np.inf
    while not stated < error and spent < seconds:
        for replicate in range(REPLICATES):
            values, count = average.batch(replicate)
            found.add(replicate, values)
            evaluations += count
        log_z, stated = found.log_mean()
        spent = time.process_time() - begun
    fraction, uncertainty = 1.0, 0.0
    if "prior" in posterior.likelihood.roles:
        parts = [posterior.prior_fraction(rng, 1_000_000) for _ in range(20)]
        fraction = float(np.mean([share for share, _ in parts]))
        uncertainty = float(np.sqrt(fraction * (1.0 - fraction) / 20_000_000))
    return {
        "log_z": float(log_z - np.log(fraction)),
        "error": float(np.hypot(stated, uncertainty / fraction)),
        "prior_fraction": [fraction, uncertainty],
        "method": average.method,
        "seed": seed,
        "draws": int(found.n.sum()),
        "evaluations": evaluations,
        "cpu_seconds": round(spent, 1),
        "model": {"name": card.model_name, **card.model_options},
        "data_fingerprint": card.dataset.fingerprint,
    }


def load() -> dict[str, Any]:
    """Stored truths, by card."""
    return dict(json.loads(STORE.read_text(encoding="utf-8"))) if STORE.exists() else {}


def main() -> None:
    """Compute and store the truths of the cards of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", metavar="CARD", help="names of cards; all if none")
    parser.add_argument("--chart", action="store_true", help="compute the precise reference in the chart")
    parser.add_argument("--error", type=float, help="error of ln Z to be reached")
    parser.add_argument("--seconds", type=float, default=1800.0, help="longest time per card")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.nice(10)
    for name in options.cards or CARDS:
        path = find(name)
        if path is None:
            print(f"{name}: no such card in analysis/ or benchmarks/")
            continue
        error = options.error or (0.001 if options.chart else 0.9 * CARDS.get(name, 0.01))
        found = truth(Card.load(path), error, options.seconds, options.seed, chart=options.chart, plain=name in PLAIN)
        print(
            f"{name}: ln Z = {found['log_z']:.4f} ± {found['error']:.4f} ({found['method']}, {found['draws']} draws, "
            f"{found['evaluations']:.3g} evaluations, {found['cpu_seconds']} s)",
            flush=True,
        )
        stored = load()
        if options.chart:
            if name not in stored or stored[name]["data_fingerprint"] != found["data_fingerprint"]:
                raise SystemExit(
                    f"{name}: no truth in raw parameters is stored for these data; compute it first, without --chart"
                )
            kept = ("method", "log_z", "error", "prior_fraction", "draws", "seed", "cpu_seconds")
            stored[name]["chart"] = {key: found[key] for key in kept}
        else:
            stored[name] = found | {key: value for key, value in stored.get(name, {}).items() if key == "chart"}
        write_text(STORE, json.dumps(stored, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
