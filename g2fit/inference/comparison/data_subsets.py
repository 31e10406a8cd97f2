r"""Tension between data sets, and the prediction of each data set from the others.

For two data sets A and B, and both together,

.. math:: \ln R = \ln Z_{AB} - \ln Z_A - \ln Z_B,\quad \ln I = D_A + D_B - D_{AB},\quad \ln S = \ln R - \ln I

with the information gain D (Kullback-Leibler divergence from prior to posterior). The suspiciousness S does not depend
on the width of the prior (Handley & Lemos, 1902.04029). With the effective dimension d of each fit, twice the variance
of ln L (Handley & Lemos, 1903.06682), and :math:`d = d_A + d_B - d_{AB}`, the quantity :math:`d - 2 \ln S` follows
:math:`\chi^2_d` if the data sets agree. This holds for Gaussian posteriors and is a guide for others.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.special

from g2fit.card import Card
from g2fit.core.errors import G2fitError
from g2fit.core.types import FloatArray
from g2fit.data import Dataset, Datum, Group
from g2fit.data.dataset import term_names
from g2fit.inference.evidence.estimate import Aim
from g2fit.inference.evidence.importance import Importance, importance_sampling
from g2fit.inference.evidence.recycled import from_exploration
from g2fit.inference.evidence.run import BRANCH, chart_posterior
from g2fit.inference.evidence.target import PosteriorTarget
from g2fit.inference.tasks import TaskRunner
from g2fit.likelihoods.kernel import CONSTANT
from g2fit.posterior import Posterior
from g2fit.sampling.ladder.weights import weighted_rows

__all__ = ["Subset", "data_sets_of", "fit_subset", "held_out_p", "is_constant", "posterior_draws", "split", "tension"]

#: Precision and numbers of draws of the fits to subsets, which need less precision than the fit to all data.
AIM = Aim(error=0.01, limit=0.02, first=2**16, cheap=2**17, most=2**21)

#: Number of mixtures to fit.
FITS = 2

#: Number of draws for predictive p-values.
DRAWS = 4_000


@dataclass(frozen=True)
class Subset:
    """Result of a fit to some of the data; numbers in pairs are a value and its error.

    Logarithm of the evidence, posterior mean of ln L, effective dimension, equally weighted draws (N, D) of the
    parameters, and warnings of the estimator.
    """

    log_z: tuple[float, float]
    log_likelihood: tuple[float, float]
    dimension: float
    theta: FloatArray | None = None
    warnings: tuple[str, ...] = ()

    @property
    def gain(self) -> float:
        """Information gain."""
        return self.log_likelihood[0] - self.log_z[0]


def data_sets_of(dataset: Dataset) -> dict[str, Datum | Group]:
    """Single measurements and correlation blocks by the name of their term."""
    names = term_names(dataset.all_data)
    found: dict[str, Datum | Group] = dict(zip(names, dataset.data, strict=False))
    return found | {group.term: group for group in dataset.groups}


def split(card: Card, name: str) -> tuple[Card, Card]:
    """Card with the data set `name` alone, and card with all others.

    Limits, tables and cuts of role prior belong to both; those of role likelihood, and custom likelihoods, belong to
    the others.
    """
    data = card.dataset
    chosen = data_sets_of(data)[name]
    alone = dataclasses.replace(
        data,
        data=tuple(datum for datum in data.data if datum is chosen),
        groups=tuple(group for group in data.groups if group is chosen),
        limits=tuple(limit for limit in data.limits if limit.role == "prior"),
        grids=tuple(grid for grid in data.grids if grid.role == "prior"),
        likelihoods=(),
    )
    others = dataclasses.replace(
        data,
        data=tuple(datum for datum in data.data if datum is not chosen),
        groups=tuple(group for group in data.groups if group is not chosen),
    )
    cuts = {key: cut for key, cut in card.cuts.items() if cut.role == "prior"}
    only = dataclasses.replace(card, dataset=alone, cuts=cuts, own_likelihoods={})
    return only, dataclasses.replace(card, dataset=others)


def is_constant(posterior: Posterior, name: str) -> bool:
    """Whether the model leaves all predictions of a term at their Standard Model values."""
    return all(item.source.kind == CONSTANT for item in posterior.likelihood.compared if item.term == name)


def fit_subset(card: Card, seed: int, workers: int) -> Subset:
    """Evidence, mean of ln L and effective dimension of a fit to a card with some of the data.

    Where the likelihood is evaluated seldom, they are those of an exploration.
    """
    if not card.sampled:
        value = float(Posterior(card).log_likelihood(np.empty((1, 0)))[0])
        return Subset((value, 0.0), (value, 0.0), 0.0, np.empty((1, 0)))
    posterior = chart_posterior(card)
    try:
        if card.sampler.calls == "few":
            found = from_exploration(posterior, seed, workers)
        else:
            stream, runner = np.random.SeedSequence(seed, spawn_key=(BRANCH, 200)), TaskRunner(workers)
            found = importance_sampling(PosteriorTarget(posterior), stream, runner=runner, aim=AIM, fits=FITS)
    except G2fitError as error:
        return Subset((-math.inf, 0.0), (math.nan, 0.0), math.nan, warnings=(str(error),))
    details = found.estimate.details
    return Subset(
        (found.estimate.log_z, found.estimate.error),
        (details["mean_log_likelihood"], details["mean_log_likelihood_error"]),
        details["effective_dimension"],
        posterior_draws(posterior, found, DRAWS, np.random.default_rng(seed)),
        found.estimate.warnings,
    )


def posterior_draws(posterior: Posterior, found: Importance, n: int, rng: np.random.Generator) -> FloatArray:
    """Equally weighted draws of the parameters from weighted ones, shape (n, D)."""
    z = np.ascontiguousarray(found.z[weighted_rows(found.log_weight, n, rng)])
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(n))
    return theta


def held_out_p(posterior: Posterior, name: str, theta: FloatArray, rng: np.random.Generator) -> float:
    """p-value of a data set under its prediction from the others.

    For a single measurement this is the two-sided tail probability of the measured value under the predictive
    distribution, for a correlation block the mean probability of a larger chi squared. The `posterior` is that of all
    data, and `theta` (N, D) are draws of the fit without the data set; one solution of each draw is chosen at random,
    as likely as it is without the data set.
    """
    others = Posterior(split(posterior.card, name)[1]) if posterior.model.solutions > 1 else posterior
    inputs, rows = posterior.solutions(theta, others.draw_solutions(theta, rng))
    valid = np.isfinite(rows).all(axis=1)
    rows, inputs = rows[valid], inputs[valid]
    members = [item for item in posterior.likelihood.compared if item.term == name]
    if members[0].name == name:
        below = float(_cumulative(posterior, members[0].datum, name, rows, inputs).mean())
        return 2.0 * min(below, 1.0 - below)
    chi2 = posterior.likelihood.chi2(rows, inputs)[name]
    return float(scipy.special.chdtrc(len(members), chi2).mean())


def _cumulative(posterior: Posterior, datum: Datum, name: str, rows: FloatArray, inputs: FloatArray) -> FloatArray:
    """Probability of a smaller value than the measured one, for each prediction: that of the two half Gaussians.

    Values below the prediction have the upward error, those above it the downward one, see `log_gaussian`.
    """
    pull = posterior.likelihood.pulls(rows, inputs)[name]
    theory = posterior.likelihood.theory_errors(rows, inputs)[datum.entry.id]
    below, above = np.hypot(datum.plus, theory), np.hypot(datum.minus, theory)
    half = 2.0 * np.where(pull < 0.0, below, above) / (below + above)
    return np.asarray(half * scipy.special.ndtr(pull) + np.where(pull < 0.0, 0.0, 1.0 - half))


def tension(name: str, alone: Subset, others: Subset, both: Subset, held_out: float | None) -> dict[str, Any]:
    """Tension between a data set and the others, and how well the others predict it.

    Returns
    -------
    dict
        ``log_predictive``: ln Z with the data set minus ln Z without it, its log predictive density given the others;
        ``held_out_p`` (see `held_out_p`); ``log_r``, ``log_s``, ``dimension``, ``p_value`` and ``sigma`` of the
        tension (None where the data set and the others constrain nothing in common, or where the posterior is so far
        from Gaussian that their effective dimension is not positive); errors as ``…_error``; ``warnings``.
    """
    log_s = both.log_likelihood[0] - alone.log_likelihood[0] - others.log_likelihood[0]
    dimension = alone.dimension + others.dimension - both.dimension
    p = float(scipy.special.chdtrc(dimension, dimension - 2.0 * log_s)) if dimension > 0.0 else None
    return {
        "piece": name,
        "log_z_alone": alone.log_z[0],
        "log_z_others": others.log_z[0],
        "log_predictive": both.log_z[0] - others.log_z[0],
        "log_predictive_error": math.hypot(both.log_z[1], others.log_z[1]),
        "held_out_p": held_out,
        "log_r": both.log_z[0] - alone.log_z[0] - others.log_z[0],
        "log_r_error": math.hypot(both.log_z[1], alone.log_z[1], others.log_z[1]),
        "information": alone.gain + others.gain - both.gain,
        "log_s": log_s,
        "log_s_error": math.hypot(both.log_likelihood[1], alone.log_likelihood[1], others.log_likelihood[1]),
        "dimension": dimension,
        "p_value": p,
        "sigma": None if p is None else -float(scipy.special.ndtri(0.5 * p)),
        "warnings": [
            f"{what}: {text}" for what, part in (("alone", alone), ("left out", others)) for text in part.warnings
        ],
    }
