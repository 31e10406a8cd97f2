"""The point of largest likelihood: its parameters, predictions and pulls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior

__all__ = ["BestFit", "describe_point"]


@dataclass(frozen=True)
class BestFit:
    """The point of largest likelihood.

    Attributes
    ----------
    parameters : dict of str to float
        The sampled parameters.
    log_likelihood : float
        Its log likelihood, normalised.
    predictions : dict of str to float
        Observables and derived quantities of its best solution.
    pulls : dict of str to float
        For each Gaussian term, signed deviation in standard deviations (for a block, the root of its chi squared).
    """

    parameters: dict[str, float]
    log_likelihood: float
    predictions: dict[str, float]
    pulls: dict[str, float]


def describe_point(posterior: Posterior, theta: FloatArray) -> BestFit:
    """Predictions and pulls of one point, for its most likely solution."""
    point = np.atleast_2d(theta)
    inputs, rows = posterior.solutions(point)
    total = np.sum(np.nan_to_num(list(posterior.terms(point).values()), nan=-np.inf, neginf=-np.inf), axis=0).reshape(
        -1
    )
    best = int(np.argmax(total))
    pulls = posterior.likelihood.pulls(rows[best : best + 1], inputs)
    return BestFit(
        parameters=dict(zip(posterior.names, map(float, point[0]), strict=True)),
        log_likelihood=float(posterior.log_likelihood(point)[0]),
        predictions={q.name: float(rows[best, j]) for j, q in enumerate(posterior.model.observables)},
        pulls={name: float(value[0]) for name, value in pulls.items()},
    )
