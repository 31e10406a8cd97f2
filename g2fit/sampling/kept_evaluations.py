"""Predictions at the points that a run has evaluated, so that a result of these points needs no further evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.posterior.evaluation import Evaluated
from g2fit.sampling.journal import Journal

__all__ = ["KeptEvaluations", "packed"]


def packed(theta: FloatArray, found: Evaluated) -> FloatArray:
    """Points (N, D) and all that their evaluation gave, as rows (N, W) of numbers."""
    parts = [theta, found.predictions, found.terms, found.reason.astype(float), found.log_prior, found.log_likelihood]
    return np.concatenate([part.reshape(len(theta), -1) for part in parts], axis=1)


class KeptEvaluations:
    """Evaluations in journals with rows of `packed`, by their points.

    Points are compared bit by bit; one that is missing is evaluated.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    paths : sequence of Path
        Files of the journals; they need not exist.
    key : str
        Fingerprint of the run.
    """

    def __init__(self, posterior: Posterior, paths: Sequence[Path], key: str) -> None:
        model, self.dimension = posterior.model, posterior.dimension
        self._solutions, self._observables = model.solutions, len(model.observables)
        self._terms = len(posterior.likelihood.names)
        width = self.dimension + self._solutions * (self._observables + self._terms + 1) + 2
        rows = [kept.reshape(-1, width) for path in paths for kept in Journal(path, key).kept()]
        self._rows = np.concatenate(rows) if rows else np.empty((0, width))
        self._place = {row[: self.dimension].tobytes(): place for place, row in enumerate(self._rows)}

    def evaluated(self, theta: FloatArray, evaluate: Callable[[FloatArray], Evaluated]) -> Evaluated:
        """All that evaluations of points (N, D) give; those that are not known are made by `evaluate`."""
        place = np.array([self._place.get(point.tobytes(), -1) for point in np.ascontiguousarray(theta)], dtype=int)
        rows = self._rows[place] if len(self._rows) else np.empty((len(theta), self._rows.shape[1]))
        missing = np.flatnonzero(place < 0)
        if len(missing):
            rows[missing] = packed(theta[missing], evaluate(theta[missing]))
        sizes = [self.dimension, self._solutions * self._observables, self._solutions * self._terms, self._solutions, 1]
        _, predictions, terms, reason, log_prior, log_likelihood = np.split(rows, np.cumsum(sizes), axis=1)
        return Evaluated(
            predictions.reshape(-1, self._observables),
            terms.reshape(-1, self._terms),
            reason.ravel().astype(np.int8),
            log_prior.ravel(),
            log_likelihood.ravel(),
        )
