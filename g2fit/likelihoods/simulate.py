"""Simulated data: what the experiments could have measured at a given point of a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.errors import DataError
from g2fit.data import Dataset, Datum
from g2fit.likelihoods.build import build_terms
from g2fit.models.base import Model

__all__ = ["simulate"]


def simulate(
    dataset: Dataset, model: Model, theta: ArrayLike, rng: np.random.Generator, *, solution: int = 0
) -> Dataset:
    """Draw every measured value from the likelihood of a point.

    Errors, correlations, theory uncertainties and limits stay as they are. A fit of the result with the model and
    priors that `theta` was drawn from is calibrated: over many repetitions the rank of the true parameter among the
    posterior draws is uniform (simulation-based calibration). Limits are no random data: give them the role prior,
    and draw `theta` from the prior that they leave.

    Parameters
    ----------
    dataset : Dataset
        Real data or projections.
    model : Model
        The model.
    theta : (P,) array_like
        The true point.
    rng : numpy.random.Generator
        Source of random numbers.
    solution : int
        Which solution is true, for a model with several.

    Raises
    ------
    DataError
        If the point has no prediction, or the fit has terms of third parties, whose data are not known.
    """
    if dataset.likelihoods:
        raise DataError(f"no data can be simulated for the likelihood {dataset.likelihoods[0]!r}: leave it out")
    likelihood = build_terms(dataset, model)
    points = model.as_points(theta)
    if len(points) != 1:
        raise DataError(f"simulate takes one point, got {len(points)}")
    out = np.empty((model.solutions, len(model.observables)))
    reason = np.empty(model.solutions, dtype=np.int8)
    model.evaluate(points, out, reason)
    row = out[solution : solution + 1]
    if reason[solution] != 0:
        raise DataError(f"no data can be simulated: {model.reasons[int(reason[solution])]}")
    predicted = {item.datum.entry.id: float(item.source.of(points, row)[0]) for item in likelihood.compared}
    sizes = likelihood.theory_errors(row, points)
    values = {}
    for datum in dataset.data:
        identifier = datum.entry.id
        values[identifier] = _draw(datum, predicted[identifier], float(sizes[identifier][0]), rng)
    for group in dataset.groups:
        mean = np.array([predicted[datum.entry.id] for datum in group.data])
        covariance = group.covariance + np.diag([float(sizes[datum.entry.id][0]) ** 2 for datum in group.data])
        drawn = mean + np.linalg.cholesky(covariance) @ rng.standard_normal(len(mean))
        values |= {datum.entry.id: float(value) for datum, value in zip(group.data, drawn, strict=True)}
    return dataset.with_values(values)


def _draw(datum: Datum, predicted: float, theory: float, rng: np.random.Generator) -> float:
    """Draw from the density of `g2fit.likelihoods.gaussian.log_gaussian`: two half Gaussians."""
    below, above = np.hypot(datum.plus, theory), np.hypot(datum.minus, theory)
    size = abs(rng.standard_normal())
    return float(predicted - below * size if rng.random() < below / (below + above) else predicted + above * size)
