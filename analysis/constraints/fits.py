"""Evidence, best fit and surviving share of the posterior for each constraint.

The evidence is from prior Monte Carlo, or where this is not precise enough from importance sampling; the weighted draws
also give the share of each posterior that the next constraint allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.constraints.steps import ANALYSIS, MSSM, ORDER, STEPS, card_of, null_card
from g2fit import Card, Posterior
from g2fit.core.types import BoolArray, FloatArray
from g2fit.inference.evidence import Aim, importance_sampling, prior_monte_carlo
from g2fit.inference.evidence.importance import Importance
from g2fit.inference.evidence.run import chart_posterior
from g2fit.inference.evidence.target import PosteriorTarget
from g2fit.inference.profile.best_fit import best_fits

__all__ = ["Fit", "Recorder", "Row", "fitted", "mssm_row", "rows_of", "survivors"]

#: Largest rise of chi2 of Gaussian terms above the Standard Model that counts as allowed.
RISE = 4.0
#: Draws whose weight is smaller than the largest by more than this (in ln) are not kept.
NEGLIGIBLE = 14.0
#: Precision of importance sampling.
FINE = Aim(error=0.005, limit=0.01, first=2**16, cheap=2**18, most=2**20)


class Recorder(PosteriorTarget):
    """Target of prior Monte Carlo that keeps the draws with their weights."""

    def __init__(self, posterior: Posterior) -> None:
        super().__init__(posterior)
        self._kept: list[tuple[FloatArray, FloatArray]] = []
        self._largest = -np.inf
        self._log_weight = posterior.log_weight
        self.log_weight = self._record

    def _record(self, u: FloatArray) -> FloatArray:
        values = self._log_weight(u)
        self._largest = max(self._largest, float(values.max()))
        kept = values > self._largest - NEGLIGIBLE
        self._kept.append((u[kept], values[kept]))
        return values

    def draws(self) -> tuple[FloatArray, FloatArray]:
        """Draws of the parameters (N, D) and their weights (N,), whose sum is one."""
        u, log_weight = (np.concatenate(arrays) for arrays in zip(*self._kept, strict=True))
        kept = log_weight > self._largest - NEGLIGIBLE
        points, weight = np.ascontiguousarray(u[kept]), np.exp(log_weight[kept] - self._largest)
        theta = np.empty_like(points)
        self.posterior.coordinates.from_uniform(points, theta, np.empty(len(points)))
        return theta, weight / weight.sum()


def importance_draws(posterior: Posterior, found: Importance) -> tuple[FloatArray, FloatArray]:
    """Draws of the parameters (N, D) of importance sampling and their weights (N,), whose sum is one."""
    kept = found.log_weight > found.log_weight.max() - NEGLIGIBLE
    z, weight = np.ascontiguousarray(found.z[kept]), np.exp(found.log_weight[kept] - found.log_weight.max())
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    return theta, weight / weight.sum()


def survivors(new: Posterior, old: Posterior, theta: FloatArray) -> BoolArray:
    """Return whether each point, allowed by the posterior `old`, survives what `new` adds.

    Limits and cuts of `new` must hold. Of its Gaussian terms, those count that `old` has not, and the electroweak
    couplings if their variant has changed: the sum of their chi2 must be less than `RISE` above that of the Standard
    Model.
    """
    terms = new.terms(theta)
    inputs, rows = new.solutions(theta)
    chi2 = new.likelihood.chi2(rows, inputs)
    null = Posterior(null_card(new.card)).likelihood.chi2(np.empty((1, 0)), np.empty((1, 0)))
    before = old.card.dataset
    same = dict(before.options) == dict(new.card.dataset.options)
    same &= before.ew_block == new.card.dataset.ew_block
    known = set(old.likelihood.names) - (set() if same else {"electroweak"})
    rise = sum((chi2[name] - null[name] for name in chi2 if name not in known), start=np.zeros(len(theta)))
    hard = [values for name, values in terms.items() if name not in chi2]
    return np.asarray(np.all(np.isfinite(hard), axis=0) & (rise < RISE)) if hard else np.asarray(rise < RISE)


@dataclass(frozen=True)
class Row:
    """The fit with all constraints up to a step.

    Attributes
    ----------
    data, model, step : str
        Keys of `DATA`, `MODELS` and `STEPS`.
    survives : list of float
        Share of the posterior of the row above that the constraint allows, with its error; empty for the first row.
    log_b, error : float
        Logarithm of the Bayes factor against the Standard Model, with its error; the prior is normalised to the part
        that its cuts allow.
    prior_fraction : float
        Share of the prior that its cuts allow.
    delta_chi2 : float
        chi2 of the Standard Model minus that of the best fit.
    best : dict
        Parameters and predictions of the best fit.
    method : str
        ``prior`` or ``bridge``, see `g2fit.inference.evidence`.
    effective, draws : float
        Effective and total number of draws.
    difference : float
        Of both methods, in standard errors; zero if only one was used.
    """

    data: str
    model: str
    step: str
    survives: list[float]
    log_b: float
    error: float
    prior_fraction: float
    delta_chi2: float
    best: dict[str, float] = field(default_factory=dict)
    method: str = "prior"
    effective: float = 0.0
    draws: int = 0
    difference: float = 0.0


@dataclass(frozen=True)
class Fit:
    """A row of the table, its posterior, and weighted draws of it."""

    row: Row
    posterior: Posterior
    theta: FloatArray
    weight: FloatArray


def fitted(key: tuple[str, str, str], card: Card, aim: Aim) -> Fit:
    """Return the row of a card, without `survives`, and draws of its posterior."""
    posterior = chart_posterior(card)
    recorder = Recorder(posterior)
    found = prior_monte_carlo(recorder, np.random.SeedSequence(1), aim=aim)
    theta, weight = recorder.draws()
    difference = 0.0
    if found.error > aim.limit:
        better = importance_sampling(PosteriorTarget(posterior), np.random.SeedSequence(2), aim=FINE, fits=2)
        error = float(np.hypot(found.error, better.estimate.error))
        difference = (found.log_z - better.estimate.log_z) / error
        found = better.estimate
        theta, weight = importance_draws(posterior, better)
    null = float(Posterior(null_card(card)).log_likelihood(np.empty((1, 0)))[0])
    best = best_fits(posterior, draws=theta[np.argsort(weight)[-5_000:]], seed=1)[0]
    row = Row(
        *key,
        survives=[],
        log_b=found.log_z - null,
        error=found.error,
        prior_fraction=found.prior_fraction[0],
        delta_chi2=2.0 * (best.log_likelihood - null),
        best=best.parameters | best.predictions,
        method=found.name,
        effective=float(1.0 / np.sum(weight**2)),
        draws=found.draws,
        difference=difference,
    )
    return Fit(row, posterior, theta, weight)


def rows_of(data: str, model: str, aim: Aim, steps: Sequence[str] = ORDER) -> Iterator[Row]:
    """Yield the rows of vector-like leptons for one data set; rows above those of `steps` must be among them."""
    reference = Posterior(card_of(data, model, STEPS[ORDER.index("neutrinos")]))
    above: dict[str, Fit] = {}
    for step in (STEPS[ORDER.index(name)] for name in steps):
        if step.name == "direct" and data == "papers":
            continue
        new = above[step.name] = fitted((data, model, step.name), card_of(data, model, step), aim)
        exact = reference.predict([[new.row.best[name] for name in reference.names]])
        new.row.best.update({name: float(exact[name][0]) for name in ("T_oblique", "mu_tunnel")})
        if step.above:
            old = above[step.above]
            allowed = survivors(new.posterior, old.posterior, old.theta)
            share = float(old.weight @ allowed)
            new.row.survives.extend([share, float(np.sqrt(np.sum((old.weight * (allowed - share)) ** 2)))])
        yield new.row


def mssm_row(data: str, aim: Aim) -> Row:
    """Return the row of the MSSM, with the limits of its card."""
    return fitted((data, "MSSM", "card"), Card.load(ANALYSIS / f"{MSSM[data]}.yaml"), aim).row
