"""Simulated measurements for a given true point of a model."""

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.errors import DataError
from g2fit.data import Dataset, Datum
from g2fit.likelihoods.build import build_terms
from g2fit.models.base import Model

__all__ = ["check_simulable", "simulate"]


def simulate(
    dataset: Dataset, model: Model, theta: ArrayLike, rng: np.random.Generator, *, solution: int = 0
) -> Dataset:
    """Draw every measured value from its distribution at a true point.

    Errors, correlations, theory uncertainties and limits are unchanged. If `theta` was drawn from the prior, fits of
    the simulated data are calibrated: over many repetitions the rank of the true parameter among the posterior draws
    is uniform (simulation-based calibration). Limits are not random data: they must have the role prior, and `theta`
    must be drawn from the prior that they leave.

    `theta` (P,) is the true point, `solution` the index of the true solution for models with several per point.

    Raises
    ------
    DataError
        If the point has no prediction, or the data set has custom likelihoods, whose data are unknown.
    """
    check_simulable(dataset)
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
    sizes = {name: float(errors[0]) for name, errors in likelihood.theory_errors(row, points).items()}
    values = {d.entry.id: _draw(d, predicted[d.entry.id], sizes[d.entry.id], rng) for d in dataset.data}
    for group in dataset.groups:
        mean = np.array([predicted[datum.entry.id] for datum in group.data])
        covariance = group.covariance + np.diag([sizes[datum.entry.id] ** 2 for datum in group.data])
        drawn = mean + np.linalg.cholesky(covariance) @ rng.standard_normal(len(mean))
        values |= {datum.entry.id: float(value) for datum, value in zip(group.data, drawn, strict=True)}
    return dataset.with_values(values)


def check_simulable(dataset: Dataset) -> None:
    """Refuse a data set with likelihoods that are known for the measured data alone: functions and tables."""
    unknown = [*dataset.likelihoods, *(grid.entry.id for grid in dataset.grids if grid.threshold is None)]
    if unknown:
        raise DataError(f"no data can be simulated for the likelihood {unknown[0]!r}: leave it out")


def _draw(datum: Datum, predicted: float, theory: float, rng: np.random.Generator) -> float:
    """Draw from the density of `g2fit.likelihoods.gaussian.log_gaussian`, which consists of two half Gaussians."""
    below, above = np.hypot(datum.plus, theory), np.hypot(datum.minus, theory)
    size = abs(rng.standard_normal())
    return float(predicted - below * size if rng.random() < below / (below + above) else predicted + above * size)
