"""The likelihood of a data set in a model, a product of named terms, for batches of points."""

import math
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.data import Dataset, Datum
from g2fit.likelihoods.grids import GridTables, evaluate_grids
from g2fit.likelihoods.kernel import TermTables, evaluate_terms
from g2fit.likelihoods.planes import PlaneTables, evaluate_planes
from g2fit.likelihoods.plugins import Columns, CustomLikelihood
from g2fit.likelihoods.tables import Source, required
from g2fit.models.base import Model

__all__ = ["Compared", "Likelihood"]


@dataclass(frozen=True)
class Compared:
    """A measurement, its own name and that of its term, its value in the fit, and the source of its prediction."""

    name: str
    term: str
    datum: Datum
    value: float
    source: Source


@dataclass(frozen=True, eq=False, repr=False)
class Likelihood:
    """Log likelihood of each term for a batch of points.

    Attributes
    ----------
    names : tuple of str
        Names of the terms: observables, correlation blocks (``electroweak``, ``tau_lfu``), bounded quantities.
    roles : tuple of str
        Role of each term, ``likelihood`` or ``prior``. Measurements enter as normalised densities; limits and cuts are
        at most 0, and -inf where they exclude a point.
    dataset, model : Dataset, Model
        The data, and the model that they are compared with.
    tables : TermTables
        The terms as tables of numbers, for the compiled loops.
    planes : PlaneTables, optional
        The regions in planes, which a loop of their own evaluates.
    grids : GridTables, optional
        The tabulated functions, likewise.
    compared : tuple of Compared
        Every measurement with the source of its prediction.
    custom : tuple of CustomLikelihood
        The last terms, which users and other packages provide.
    sm_valued : tuple of str
        Observables that the model does not predict: they take their Standard Model values.
    not_applicable : tuple of str
        Limits that bound no quantity of this model, with the quantities that they bound in others.

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

    names: tuple[str, ...]
    roles: tuple[str, ...]
    dataset: Dataset
    model: Model
    tables: TermTables
    planes: PlaneTables | None
    grids: GridTables | None
    compared: tuple[Compared, ...]
    custom: tuple[CustomLikelihood, ...]
    sm_valued: tuple[str, ...]
    not_applicable: tuple[str, ...]

    def evaluate(self, theta: FloatArray, predictions: FloatArray, out: FloatArray) -> None:
        """Fill `out` (N * S, T) with the log likelihood of each term, columns as `names`; -inf for a NaN prediction.

        `theta` (N, P) are points, columns as the model's `parameters`, and `predictions` (N * S, Q) the output of
        `Model.evaluate` with S solutions per point.
        """
        evaluate_terms(theta, predictions, self.model.solutions, out, *self.tables)
        if self.planes is not None:
            evaluate_planes(theta, predictions, self.model.solutions, out, *self.planes)
        if self.grids is not None:
            evaluate_grids(theta, predictions, self.model.solutions, out, *self.grids)
        if self.custom:
            repeated = np.repeat(theta, self.model.solutions, axis=0)
            values = {q.name: repeated[:, i] for i, q in enumerate(self.model.parameters)}
            values |= {q.name: predictions[:, i] for i, q in enumerate(self.model.observables)}
            columns = Columns(values, len(out), self.dataset.options)
            for term in self.custom:
                out[:, self.names.index(term.name)] = term(columns, len(out))

    def predicted(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """Predictions that are compared with data, shape (M,), by the name of the measurement (see `observed`).

        `predictions` (M, Q) is the output of `Model.evaluate`; the points `theta` (N, P) are needed, here and below, if
        an observable is a parameter.
        """
        rows, points = _aligned(predictions, theta)
        return {item.name: item.source.of(points, rows) for item in self.compared}

    def observed(self) -> dict[str, tuple[float, float]]:
        """Measured value and error of each measurement, with the absolute theory uncertainty in the error.

        A measurement is named by its observable, or by its entry where several have the same observable.
        """
        return {
            item.name: (item.value, math.hypot(item.datum.error, item.datum.theory.absolute)) for item in self.compared
        }

    def pulls(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """Pull (measured - predicted)/error of each measurement, shape (M,).

        The error is the one on the side of the prediction, with the theory uncertainty. Correlations are ignored, see
        `chi2`.
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
        """Theory uncertainty of each measurement, by entry, shape (M,)."""
        rows, points = _aligned(predictions, theta)
        sizes = {}
        for item in self.compared:
            theory = item.datum.theory
            size = np.hypot(theory.absolute, theory.relative * item.source.of(points, rows))
            if theory.from_prediction is not None:
                source, _ = required(self.model, theory.from_prediction, "data.theory_uncertainty")
                size = np.hypot(size, source.of(points, rows))
            sizes[item.datum.entry.id] = size
        return sizes

    def chi2(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """Chi squared of each Gaussian term, correlations included, shape (M,).

        It is -2 ln(L/L_max), L_max being the likelihood where the prediction agrees with the measurement.
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


def _aligned(predictions: FloatArray, theta: FloatArray | None) -> tuple[FloatArray, FloatArray | None]:
    """Return predictions and, for each of their rows, the parameters of its point."""
    rows = np.atleast_2d(predictions)
    if theta is None:
        return rows, None
    points = np.atleast_2d(theta)
    return rows, np.repeat(points, len(rows) // len(points), axis=0)
