"""Replicated data: what other experiments with the same errors would measure, for draws of the posterior."""

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.likelihoods.likelihood import Likelihood

__all__ = ["replicate"]


def replicate(
    likelihood: Likelihood, predictions: FloatArray, theta: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw all measured values from their distributions at many points.

    Each distribution is that of the likelihood: two half Gaussians, or a multivariate Gaussian for correlated
    measurements, theory uncertainties included. Custom likelihoods have no data.

    Parameters
    ----------
    likelihood : Likelihood
        The likelihood.
    predictions : (N, Q) array
        Predictions of one solution of each point.
    theta : (N, P) array
        The points, with columns as the model's `parameters`.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    (N, M) array
        Values of the measurements `Likelihood.compared`; NaN where a prediction is.
    """
    predicted = likelihood.predicted(predictions, theta)
    sizes = likelihood.theory_errors(predictions, theta)
    columns: dict[str, FloatArray] = {}
    for datum in likelihood.dataset.data:
        item = next(item for item in likelihood.compared if item.datum.entry.id == datum.entry.id)
        below, above = (np.hypot(error, sizes[datum.entry.id]) for error in (datum.plus, datum.minus))
        size = np.abs(rng.standard_normal(len(theta)))
        is_below = rng.random(len(theta)) < below / (below + above)
        columns[datum.entry.id] = predicted[item.name] + np.where(is_below, -below, above) * size
    for group in likelihood.dataset.groups:
        items = {item.datum.entry.id: item for item in likelihood.compared if item.term == group.term}
        ids = [datum.entry.id for datum in group.data]
        mean = np.stack([predicted[items[name].name] for name in ids], axis=1)
        absolute = [datum.theory.absolute**2 for datum in group.data]
        root = np.linalg.cholesky(group.covariance + np.diag(absolute))
        drawn = mean + rng.standard_normal(mean.shape) @ root.T
        columns |= dict(zip(ids, drawn.T, strict=True))
    return np.stack([columns[item.datum.entry.id] for item in likelihood.compared], axis=1)
