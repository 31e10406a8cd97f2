"""Evidences by brute force, without any fit or chart: the truth that the estimators are measured against.

    python -m benchmarks.truths [CARD …] [--chart] [--error E] [--seconds S] [--seed N]

Every number is an unbiased average of likelihoods over draws of the prior in the parameters themselves, by
`Posterior.log_likelihood` alone. For the MSSM, whose likelihood is a product of an electron and a muon part at given
shared parameters, each draw of the shared parameters gets the mean of many electron parts times the mean of many muon
parts; that the likelihood is such a product is checked first. The shared parameters come from randomised Sobol
sequences, whose scatter gives the error. Where electron and muon share nothing but data, draws of each alone are
paired in proportion to the likelihood that each has beside a decoupled partner of the other, and the average is
divided by that. The results are kept in ``benchmarks/truths.json``.

With ``--chart`` the same cards are averaged over Sobol points in the chart, without a fit: many times as precise, the
reference of `benchmarks.calibration`, and kept beside the average in raw parameters that it is checked against.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from g2fit import Card, Posterior
from g2fit.core.files import write_text
from g2fit.core.types import FloatArray

HERE = Path(__file__).resolve().parent
STORE = HERE / "truths.json"

#: Cards and the error of ln Z that is wanted.
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
    "vll-emu-joint": 0.005,
    "prototype-1": 0.005,
    "prototype-01": 0.01,
    "prototype-001": 0.01,
}

#: Product: draws of the shared parameters in a batch, and of each lepton's parameters for each of them.
SHARED, EACH = 1024, {"_e": 512, "_mu": 128}

#: Pairs among which an allowed one is looked for.
SEARCH = 64

#: Plain average: draws in a batch. Independent averages, of batches in turn, give the error.
BATCH, REPLICATES = 2**17, 32

#: Pairs: draws of each lepton for a batch of pairs, and the share of them chosen without regard to the likelihood.
SINGLES, UNBIDDEN = 2**19, 0.05


def find(name: str) -> Path | None:
    """File of a card, or None if it is not there."""
    return next((p for p in (HERE.parent / f"analysis/{name}.yaml", HERE / f"{name}.yaml") if p.exists()), None)


class Replicates:
    """Independent averages of weights, over a common factor that may grow."""

    def __init__(self) -> None:
        self.shift = -np.inf
        self.total, self.n = np.zeros(REPLICATES), np.zeros(REPLICATES)

    def add(self, replicate: int, log_weight: FloatArray) -> None:
        """Count further draws; -inf is a weight of zero."""
        self.n[replicate] += len(log_weight)
        top = float(log_weight.max())
        if top > self.shift:
            self.total *= np.exp(self.shift - top)
            self.shift = top
        if np.isfinite(self.shift):
            self.total[replicate] += float(np.exp(log_weight - self.shift).sum())

    def log_mean(self) -> tuple[float, float]:
        """Logarithm of the mean and its standard error, from the scatter of the averages."""
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


class Charted:
    """Average of the likelihood over draws of a standard normal in the chart, weighted with the prior's density."""

    method = "chart"

    def __init__(self, posterior: Posterior, rng: np.random.Generator) -> None:
        self.posterior = posterior
        self.sequences = [qmc.Sobol(posterior.dimension, scramble=True, rng=rng) for _ in range(REPLICATES)]

    def batch(self, replicate: int) -> tuple[FloatArray, int]:
        """Log weights of a batch, and the number of evaluations."""
        u = self.sequences[replicate].random(BATCH // 4) + 2.0**-31  # the middle of a cell of Sobol points
        z = np.ascontiguousarray(ndtri(u))
        normal = -0.5 * (z * z).sum(axis=1) - 0.5 * z.shape[1] * np.log(2.0 * np.pi)
        return self.posterior.log_density(z) - normal, len(z)


class Product:
    """Average of electron part times muon part over draws of the shared parameters.

    For each of them an allowed point of both leptons is looked for. With its muon, every further draw of the electron
    shows its part of the likelihood, and with its electron every further draw of the muon. Where no allowed point was
    found, further draws are paired. Both are unbiased, and the choice between them does not look at the draws used.
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
        """L(e, m) L(e', m') = L(e, m') L(e', m) at any shared parameters, where both sides vanish together."""
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
        """Log of mean electron part times mean muon part for draws of the shared parameters, and the evaluations."""
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
        """Points (N, D) to (N, each, D), the given columns drawn from the prior.

        The first of them is spread evenly over its prior, which keeps means unbiased and makes them better.
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

    holds for any positive f and g: the likelihood beside a partner of the other lepton that decouples, and a constant.
    """

    method = "pairs"

    def __init__(self, posterior: Posterior, rng: np.random.Generator) -> None:
        self.posterior, self.rng = posterior, rng
        names = posterior.names
        self.parts = [[j for j, n in enumerate(names) if n.endswith(end)] for end in EACH]
        self.decoupled = np.array([self._weakest(j) for j in range(posterior.dimension)])

    def _weakest(self, j: int) -> float:
        """Largest mass or smallest coupling that the prior holds."""
        prior, mass = self.posterior.priors.priors[j], self.posterior.names[j].startswith("m_")
        ends = prior.ppf(np.array([1e-6, 1.0 - 1e-6]))
        return float(ends[np.argmax(np.abs(ends)) if mass else np.argmin(np.abs(ends))])

    @property
    def possible(self) -> bool:
        """Whether every parameter belongs to the electron's or the muon's partners."""
        both = all(self.parts) and sum(map(len, self.parts)) == self.posterior.dimension
        return both and self.posterior.model.name == "vll"

    def batch(self, replicate: int) -> tuple[FloatArray, int]:
        """Log weights of pairs, whose mean is the evidence's estimate, and the evaluations."""
        theta = np.empty((BATCH, self.posterior.dimension))
        weight = np.zeros(BATCH)
        for columns in self.parts:
            single = np.tile(self.decoupled, (SINGLES, 1))
            single[:, columns] = self.posterior.priors.sample(self.rng, SINGLES)[:, columns]
            score = self.posterior.log_likelihood(single)
            top = score.max()
            share = np.exp(score - top)
            share += UNBIDDEN * share.mean()
            chosen = self.rng.choice(SINGLES, BATCH, p=share / share.sum())
            theta[:, columns] = single[chosen][:, columns]
            weight += np.log(share.mean()) - np.log(share[chosen])
        return self.posterior.log_likelihood(theta) + weight, 2 * SINGLES + BATCH


def _log_mean(values: FloatArray) -> FloatArray:
    """Logarithm of the mean of exp(values) over the second axis; -inf where there is nothing."""
    top = values.max(axis=1)
    found = np.isfinite(top)
    result = np.full(len(values), -np.inf)
    result[found] = top[found] + np.log(np.exp(values[found] - top[found, None]).mean(axis=1))
    return result


def truth(card: Card, error: float, seconds: float, seed: int, chart: bool = False) -> dict[str, Any]:
    """Average until the error is reached or the time is up."""
    posterior = Posterior(card)
    posterior.compile(print)
    rng = np.random.default_rng(seed)
    product, pairs = Product(posterior, rng), Pairs(posterior, rng)
    average: Plain | Product | Pairs | Charted = Plain(posterior, rng)
    if chart:
        average = Charted(posterior, rng)
    elif product.possible:
        product.check()
        average = product
    elif pairs.possible:
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
    """Stored truths by card."""
    return dict(json.loads(STORE.read_text(encoding="utf-8"))) if STORE.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", metavar="CARD", help="names of cards; all if none")
    parser.add_argument("--chart", action="store_true", help="the precise reference in the chart")
    parser.add_argument("--error", type=float, help="error of ln Z to reach")
    parser.add_argument("--seconds", type=float, default=1800.0, help="longest time for a card")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.nice(10)
    for name in options.cards or CARDS:
        path = find(name)
        if path is None:
            print(f"{name}: there is no such card")
            continue
        error = options.error or (0.001 if options.chart else 0.9 * CARDS.get(name, 0.01))
        found = truth(Card.load(path), error, options.seconds, options.seed, options.chart)
        print(f"{name}: ln Z = {found['log_z']:.4f} ± {found['error']:.4f} ({found['method']}, {found['draws']} draws, "
              f"{found['evaluations']:.3g} evaluations, {found['cpu_seconds']} s)", flush=True)  # fmt: skip
        stored = load()
        if options.chart:
            if name not in stored or stored[name]["data_fingerprint"] != found["data_fingerprint"]:
                raise SystemExit(f"{name}: there is no truth in raw parameters beside which this could stand")
            kept = ("log_z", "error", "draws", "seed", "cpu_seconds")
            stored[name]["chart"] = {key: found[key] for key in kept}
        else:
            stored[name] = found | {key: value for key, value in stored.get(name, {}).items() if key == "chart"}
        write_text(STORE, json.dumps(stored, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
