"""Best fit: the point of largest likelihood, with its predictions, pulls and chi squared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.types import FloatArray

if TYPE_CHECKING:
    from g2fit.posterior import Posterior

__all__ = ["BestFit", "describe_point"]


@dataclass(frozen=True)
class BestFit:
    """The point of largest likelihood.

    Attributes
    ----------
    parameters : dict of str to float
        The sampled parameters.
    solution : int
        Which solution of the model it is, from 0; always 0 for a model with one solution per point.
    log_likelihood : float
        Log likelihood of this solution, with all normalisations.
    predictions : dict of str to float
        Observables and derived quantities of this solution.
    pulls : dict of str to float
        For each datum, (measured - predicted) / error.
    chi2 : dict of str to float
        Chi squared of each Gaussian term, correlations included.
    data : dict of str to dict
        For each datum, its ``value``, total ``error`` and ``predicted`` value.
    """

    parameters: dict[str, float]
    solution: int
    log_likelihood: float
    predictions: dict[str, float]
    pulls: dict[str, float]
    chi2: dict[str, float]
    data: dict[str, dict[str, float]]


def describe_point(posterior: Posterior, theta: ArrayLike, solution: int | None = None) -> BestFit:
    """Compute predictions, pulls and chi squared of a point, shape (D,) or (1, D), and its most likely solution."""
    point = np.atleast_2d(theta)
    if solution is None:
        solution = int(posterior.most_likely_solution(point)[0][0])
    inputs, rows = posterior.solutions(point)
    row = rows[solution : solution + 1]
    likelihood = posterior.likelihood
    predicted = _numbers(likelihood.predicted(row, inputs))
    return BestFit(
        parameters=dict(zip(posterior.names, map(float, point[0]), strict=True)),
        solution=solution,
        log_likelihood=float(posterior.log_likelihood_by_solution(point)[0, solution]),
        predictions={q.name: float(row[0, j]) for j, q in enumerate(posterior.model.observables)},
        pulls=_numbers(likelihood.pulls(row, inputs)),
        chi2=_numbers(likelihood.chi2(row, inputs)),
        data={
            name: {"value": value, "error": error, "predicted": predicted[name]}
            for name, (value, error) in likelihood.observed().items()
        },
    )


def _numbers(arrays: dict[str, FloatArray]) -> dict[str, float]:
    """The single number in each array."""
    return {name: float(values[0]) for name, values in arrays.items()}
