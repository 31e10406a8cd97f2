"""The likelihood of a data set in a model: named terms over batches of points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from g2fit.data import Dataset, Datum, Group
from g2fit.data.dataset import term_names
from g2fit.errors import DataError
from g2fit.likelihoods.kernel import evaluate_terms
from g2fit.likelihoods.plugins import CustomTerm, load_term
from g2fit.likelihoods.standard_model import sm_value
from g2fit.likelihoods.tables import Source, Tables, find, required, source_of
from g2fit.models.base import Model

__all__ = ["CutLike", "Likelihood", "build_terms"]

FloatArray = NDArray[np.float64]


class CutLike(Protocol):
    """A cut of a card or prior file: bounds (None where there is none) and a role."""

    @property
    def min(self) -> float | None: ...  # noqa: D102
    @property
    def max(self) -> float | None: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class _Compared:
    """A datum, the name of its term, and where its prediction comes from."""

    name: str
    term: str
    datum: Datum
    value: float
    source: Source
    observed_once: bool = True


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

    Examples
    --------
    >>> from g2fit.data import DataSection, resolve
    >>> from g2fit.models.sm import StandardModel
    >>> likelihood = build_terms(resolve(DataSection(vintage="seed_2019")), StandardModel())
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
        compared: list[_Compared],
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
        self._compared = compared
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
        evaluate_terms(theta, predictions, self._model.solutions, *self._tables, out)
        if self._custom:
            columns = self._columns(theta, predictions)
            for term in self._custom:
                score = np.asarray(term.function(columns), dtype=float)
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
        rows = np.atleast_2d(predictions)
        points = None if theta is None else np.repeat(np.atleast_2d(theta), self._model.solutions, axis=0)
        return {item.name: item.source.of(points, rows) for item in self._compared}

    def observed(self) -> dict[str, tuple[float, float]]:
        """Measured value and total error of each datum, named by its observable (or entry, where several share it).

        The error contains the absolute theory uncertainty.
        """
        return {
            item.name: (item.value, math.hypot(item.datum.error, item.datum.theory.absolute)) for item in self._compared
        }

    def pulls(self, predictions: FloatArray, theta: FloatArray | None = None) -> dict[str, FloatArray]:
        """(measured - predicted)/error of each datum, shape (M,).

        The error is that of the side the prediction lies on, with the theory uncertainty; correlations are left out
        (see `chi2`).
        """
        result = {}
        rows = np.atleast_2d(predictions)
        points = None if theta is None else np.repeat(np.atleast_2d(theta), self._model.solutions, axis=0)
        for item in self._compared:
            x = item.source.of(points, rows)
            error = np.where(x > item.value, item.datum.plus, item.datum.minus)
            theory = np.hypot(item.datum.theory.absolute, item.datum.theory.relative * x)
            size = item.datum.theory.from_prediction
            if size is not None:
                theory = np.hypot(theory, required(self._model, size, "theory_uncertainty")[0].of(points, rows))
            result[item.name] = (item.value - x) / np.hypot(error, theory)
        return result

    def chi2(self, theta: FloatArray, predictions: FloatArray) -> dict[str, FloatArray]:
        """chi2 of each Gaussian term, correlations included, shape (M,).

        It is -2 (log likelihood - log normalisation); with relative theory errors the pulls' own normalisation is used.
        """
        pulls = self.pulls(predictions, theta)
        predicted = self.predicted(predictions, theta)
        result = {item.name: pulls[item.name] ** 2 for item in self._compared if item.term == item.name}
        for group in self.dataset.groups:
            members = [item for item in self._compared if item.term == group.term]
            residual = np.array([predicted[item.name] - item.value for item in members])
            covariance = group.covariance + np.diag([item.datum.theory.absolute**2 for item in members])
            result[group.term] = np.einsum("in,in->n", residual, np.linalg.solve(covariance, residual))
        return result

    def _columns(self, theta: FloatArray, predictions: FloatArray) -> dict[str, FloatArray]:
        repeated = np.repeat(theta, self._model.solutions, axis=0)
        columns = {q.name: repeated[:, i] for i, q in enumerate(self._model.parameters)}
        columns |= {q.name: predictions[:, i] for i, q in enumerate(self._model.observables)}
        return columns


def build_terms(
    dataset: Dataset, model: Model, cuts: Mapping[str, CutLike | Mapping[str, Any]] | None = None
) -> Likelihood:
    """Return the likelihood of `dataset` in `model`, with the cuts of the priors.

    Parameters
    ----------
    dataset : Dataset
        Resolved data.
    model : Model
        The model; observables that it does not predict keep their Standard Model value.
    cuts : mapping, optional
        Name of a parameter or observable to its allowed range and role.

    Raises
    ------
    DataError
        For an observable that neither the model nor the Standard Model table knows, a cut on a quantity that the model
        does not have, or a model whose couplings do not match the data's choice of `gf_shift`.
    """
    _check_gf_shift(dataset, model)
    tables = Tables()
    terms: list[tuple[str, str]] = []
    compared: list[_Compared] = []
    sm_valued: list[str] = []
    centre = _centre(dataset, model)
    names = term_names(dataset.all_data)
    for name, datum in zip(names, dataset.data, strict=False):
        item = _compare(name, name, datum, model, dataset, centre, sm_valued)
        theory = datum.theory.from_prediction
        size = None if theory is None else required(model, theory, f"theory_uncertainty of {datum.observable}")[0]
        tables.add_gaussian(len(terms), item.source, datum, item.value, size)
        terms.append((name, "likelihood"))
        compared.append(item)
    grouped = iter(names[len(dataset.data) :])
    for group in dataset.groups:
        _check_theory(group)
        items = [_compare(next(grouped), group.term, d, model, dataset, centre, sm_valued) for d in group.data]
        tables.add_block(len(terms), [item.source for item in items], group, [item.value for item in items])
        terms.append((group.term, "likelihood"))
        compared += items
    not_applicable = _add_limits(dataset, model, tables, terms)
    _add_cuts(cuts or {}, model, tables, terms)
    custom = [load_term(name) for name in dataset.likelihoods]
    terms += [(term.name, "likelihood") for term in custom]
    return Likelihood(dataset, model, tables, terms, compared, custom, sm_valued, not_applicable)


def _check_gf_shift(dataset: Dataset, model: Model) -> None:
    uses = getattr(model.options, "gf_shift", None)
    asked = dataset.options.get("gf_shift")
    has_couplings = any(datum.observable.startswith("dg") for datum in dataset.all_data)
    if uses is not None and asked is not None and has_couplings and bool(uses) != bool(asked):
        raise DataError(
            f"model option gf_shift = {uses} contradicts the data (vintage {dataset.vintage!r}, gf_shift = {asked}): "
            "choose it under `data`"
        )


def _check_theory(group: Group) -> None:
    for datum in group.data:
        if datum.theory.relative or datum.theory.from_prediction:
            raise DataError(f"theory_uncertainty of {datum.observable}: only `absolute` in the block {group.block}")


def _compare(
    name: str,
    term: str,
    datum: Datum,
    model: Model,
    dataset: Dataset,
    centre: Mapping[str, float],
    sm_valued: list[str],
) -> _Compared:
    source, is_sm = source_of(model, datum.observable, dataset.options)
    if is_sm:
        sm_valued.append(datum.observable)
    value = datum.value
    if value is None:
        value = centre.get(datum.observable, sm_value(datum.observable, dataset.options))
    return _Compared(name, term, datum, value, source)


def _centre(dataset: Dataset, model: Model) -> dict[str, float]:
    """Values that projections are centred on, where they are not those of the Standard Model."""
    point = dataset.centre.point
    values: dict[str, float] = {}
    if point is not None:
        theta = np.full((1, len(model.parameters)), np.nan)
        for name, value in point.items():
            source, quantity = required(model, name, "data.centre.point")
            if quantity not in model.parameters:
                raise DataError(f"data.centre.point: {name} is predicted by the model {model.name!r}, not a parameter")
            theta[0, source.column] = value
        missing = [p.name for p, value in zip(model.parameters, theta[0], strict=True) if math.isnan(value)]
        if missing:
            raise DataError(f"data.centre.point lacks {', '.join(missing)}")
        out = np.empty((model.solutions, len(model.observables)))
        reason = np.empty(model.solutions, dtype=np.int8)
        model.evaluate(theta, out, reason)
        for datum in dataset.all_data:
            if datum.value is None:
                source, _ = source_of(model, datum.observable, dataset.options)
                values[datum.observable] = float(source.of(np.repeat(theta, model.solutions, axis=0), out)[0])
        if not all(math.isfinite(value) for value in values.values()):
            raise DataError(
                f"data.centre.point is not a valid point of {model.name!r}: {model.reasons[int(reason[0])]}"
            )
    return values | dataset.centre.observables


def _add_limits(dataset: Dataset, model: Model, tables: Tables, terms: list[tuple[str, str]]) -> list[str]:
    not_applicable = []
    for limit in dataset.limits:
        for application in limit.applies_to:
            found = find(model, application.quantity) if application.concerns(model.name) else None
            if found is None:
                not_applicable.append(f"{limit.entry.id} ({application.quantity})")
                continue
            source, quantity = found
            name = quantity.name
            if any(name == other for other, _ in terms):
                name = f"{name}_{limit.entry.id}"
            low, high = (limit.bound, math.inf) if limit.side == "lower" else (-math.inf, limit.bound)
            width = limit.width * limit.bound if limit.kind == "smooth" else None
            others = [s for s in (find(model, other) for other in application.lightest_of) if s is not None]
            tables.add_cut(len(terms), source, low, high, width, [s for s, _ in others])
            terms.append((name, limit.role))
    return not_applicable


def _add_cuts(
    cuts: Mapping[str, CutLike | Mapping[str, Any]], model: Model, tables: Tables, terms: list[tuple[str, str]]
) -> None:
    for name, cut in cuts.items():
        given = cut if isinstance(cut, Mapping) else {key: getattr(cut, key, None) for key in ("min", "max", "role")}
        role = given.get("role")
        if role not in ("prior", "likelihood"):
            raise DataError(f"cuts.{name}.role = {role!r}; allowed: prior, likelihood")
        low, high = given.get("min"), given.get("max")
        if low is None and high is None:
            raise DataError(f"cuts.{name} needs `min` or `max`")
        source, quantity = required(model, name, f"cuts.{name}")
        bounds = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
        if not bounds[0] < bounds[1]:
            raise DataError(f"cuts.{name}: min = {bounds[0]:g} must be below max = {bounds[1]:g}")
        tables.add_cut(len(terms), source, *bounds, None, [])
        label = quantity.name
        terms.append((f"{label}_cut" if any(label == other for other, _ in terms) else label, role))
