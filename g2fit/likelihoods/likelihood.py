"""The likelihood of a data set in a model: named terms over batches of points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from g2fit.core.errors import DataError
from g2fit.core.types import FloatArray
from g2fit.data import Dataset, Datum
from g2fit.likelihoods.kernel import Batch, evaluate_terms
from g2fit.likelihoods.plugins import CustomTerm
from g2fit.likelihoods.tables import Source, Tables, required
from g2fit.models.base import Model

__all__ = ["Compared", "Likelihood"]


@dataclass(frozen=True)
class Compared:
    """A datum, the name of its term, the value it is taken to have, and where its prediction comes from."""

    name: str
    term: str
    datum: Datum
    value: float
    source: Source


class Likelihood:
    """Log likelihood of each term for a batch of points.

    Attributes
    ----------
    names : tuple of str
        Terms: observables, blocks (``electroweak``, ``tau_lfu``), limits and cuts by their quantity.
    roles : tuple of str
        ``likelihood`` or ``prior`` for each term. The terms of role likelihood are normalised densities of the data;
        cuts are 0 or -inf.
    dataset : Dataset
        The data.
    sm_valued : tuple of str
        Observables that the model does not predict and that keep their Standard Model value.
    not_applicable : tuple of str
        Limits that bound nothing in this model.
    compared : tuple of Compared
        Every datum with the source of its prediction.

    Examples
    --------
    >>> from g2fit.data import DataSection, resolve
    >>> from g2fit.likelihoods import build_terms
    >>> from g2fit.models.sm import StandardModel
    >>> likelihood = build_terms(resolve(DataSection(vintage="paper_2019")), StandardModel())
    >>> out = np.empty((1, 2))
    >>> likelihood.evaluate(np.empty((1, 0)), np.empty((1, 0)), out)
    >>> likelihood.names, [round(float(x), 4) for x in out[0]]
    (('delta_a_e', 'delta_a_mu'), [24.8136, 13.0749])
    """

    def __init__(
        self,
        dataset: Dataset,
        model: Model,
        tables: Tables,
        terms: list[tuple[str, str]],
        compared: list[Compared],
        custom: list[CustomTerm],
        sm_valued: list[str],
        not_applicable: list[str],
    ) -> None:
        self.dataset = dataset
        self.names = tuple(name for name, _ in terms)
        self.roles = tuple(role for _, role in terms)
        self.sm_valued = tuple(dict.fromkeys(sm_valued))
        self.not_applicable = tuple(not_applicable)
        self._model = model
        self.compared = tuple(compared)
        self._custom = custom
        self._tables = tables.arrays()
        duplicates = sorted({name for name in self.names if self.names.count(name) > 1})
        if duplicates:
            raise DataError(f"two terms of the likelihood are called {duplicates[0]!r}: rename or remove one")

    def evaluate(self, theta: FloatArray, predictions: FloatArray, out: FloatArray) -> None:
        """Fill the log likelihood of each term.

        Parameters
        ----------
        theta : (N, P) array
            Points, columns as the model's `parameters`.
        predictions : (N * S, Q) array
            As `Model.evaluate` fills them, S solutions a point.
        out : (N * S, T) array
            Filled, columns as `names`; -inf where a prediction is NaN.
        """
        evaluate_terms(Batch(theta, predictions, self._model.solutions), self._tables, out)
        if self._custom:
            columns = self._columns(theta, predictions)
            for term in self._custom:
                score = np.asarray(term.function(columns), dtype=float)
                if score.shape != (len(out),):
                    raise DataError(f"likelihood {term.name!r} returned shape {score.shape}, not {(len(out),)}")
                out[:, self.names.index(term.name)] = np.where(np.isnan(score), -np.inf, score)

    def predicted(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """Predictions that are compared with data, by datum (see `observed`).

        Parameters
        ----------
        predictions : (M, Q) array
            As `Model.evaluate` fills them.
        theta : (N, P) array, optional
            Points; needed if an observable is a parameter.
        """
        rows, points = _aligned(predictions, theta)
        return {item.name: item.source.of(points, rows) for item in self.compared}

    def observed(self) -> dict[str, tuple[float, float]]:
        """Measured value and total error of each datum, named by its observable (or entry, where several share it).

        The error contains the absolute theory uncertainty.
        """
        return {
            item.name: (item.value, math.hypot(item.datum.error, item.datum.theory.absolute)) for item in self.compared
        }

    def pulls(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """(measured - predicted)/error of each datum, shape (M,).

        The error is that of the side the prediction lies on, with the theory uncertainty; correlations are left out
        (see `chi2`).
        """
        rows, points = _aligned(predictions, theta)
        sizes = self.theory_errors(predictions, theta)
        result = {}
        for item in self.compared:
            x = item.source.of(points, rows)
            error = np.where(x > item.value, item.datum.plus, item.datum.minus)
            result[item.name] = (item.value - x) / np.hypot(error, sizes[item.datum.entry.id])
        return result

    def theory_errors(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """Theory uncertainty of each datum, by entry, shape (M,)."""
        rows, points = _aligned(predictions, theta)
        sizes = {}
        for item in self.compared:
            theory = item.datum.theory
            size = np.hypot(theory.absolute, theory.relative * item.source.of(points, rows))
            if theory.from_prediction is not None:
                source, _ = required(self._model, theory.from_prediction, "data.theory_uncertainty")
                size = np.hypot(size, source.of(points, rows))
            sizes[item.datum.entry.id] = size
        return sizes

    def chi2(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """chi2 of each Gaussian term, correlations included, shape (M,).

        It is -2 (log likelihood - log normalisation); with relative theory errors the pulls' own normalisation is used.
        """
        pulls = self.pulls(predictions, theta)
        predicted = self.predicted(predictions, theta)
        result = {item.name: pulls[item.name] ** 2 for item in self.compared if item.term == item.name}
        for group in self.dataset.groups:
            members = [item for item in self.compared if item.term == group.term]
            residual = np.array([predicted[item.name] - item.value for item in members])
            covariance = group.covariance + np.diag([item.datum.theory.absolute**2 for item in members])
            result[group.term] = np.einsum("in,in->n", residual, np.linalg.solve(covariance, residual))
        return result

    def _columns(self, theta: FloatArray, predictions: FloatArray) -> dict[str, FloatArray]:
        _, repeated = _aligned(predictions, theta)
        assert repeated is not None
        columns = {q.name: repeated[:, i] for i, q in enumerate(self._model.parameters)}
        columns |= {q.name: predictions[:, i] for i, q in enumerate(self._model.observables)}
        return columns


def _aligned(predictions: FloatArray, theta: FloatArray | None) -> tuple[FloatArray, FloatArray | None]:
    """Return rows of predictions, and for each the parameters of its point."""
    rows = np.atleast_2d(predictions)
    if theta is None:
        return rows, None
    points = np.atleast_2d(theta)
    return rows, np.repeat(points, len(rows) // len(points), axis=0)
