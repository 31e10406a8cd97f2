"""Construction of the likelihood from data, model and cuts."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from g2fit.core.errors import DataError
from g2fit.core.types import FloatArray
from g2fit.data import Dataset, Datum, Grid, Group, Limit
from g2fit.data.dataset import term_names
from g2fit.likelihoods.grids import GridBuilder
from g2fit.likelihoods.likelihood import Compared, Likelihood
from g2fit.likelihoods.planes import PlaneBuilder
from g2fit.likelihoods.plugins import CustomLikelihood, load_custom
from g2fit.likelihoods.standard_model import sm_value
from g2fit.likelihoods.tables import Source, Tables, find, required, source_of
from g2fit.models.base import Model

__all__ = ["build_terms", "region_sources"]


def build_terms(
    dataset: Dataset,
    model: Model,
    cuts: Mapping[str, Mapping[str, Any]] | None = None,
    custom: Sequence[CustomLikelihood] = (),
) -> Likelihood:
    """Return the likelihood of a data set in a model, with the cuts of card and priors among its terms.

    Observables that the model does not predict take their Standard Model values. The `cuts` have ``min``, ``max`` and
    ``role`` by the name of a parameter or observable. The functions `custom` are terms beside those that the data name.

    Raises
    ------
    DataError
        If an observable is predicted neither by the model nor by the Standard Model, if the model lacks the quantity of
        a cut, or if model and data differ in `gf_shift` or `oblique`.
    """
    _check_shifts(dataset, model)
    builder = _Builder(dataset, model)
    for datum, name in zip(dataset.data, builder.labels, strict=False):
        builder.add_datum(name, datum)
    for group in dataset.groups:
        builder.add_group(group)
    for limit in dataset.limits:
        builder.add_limit(limit)
    for grid in dataset.grids:
        builder.add_grid(grid)
    for name, cut in (cuts or {}).items():
        builder.add_cut(name, cut)
    return builder.likelihood(custom)


class _Builder:
    """The terms collected so far and their tables of numbers."""

    def __init__(self, dataset: Dataset, model: Model) -> None:
        self.dataset = dataset
        self.model = model
        self.labels = term_names(dataset.all_data)
        self.tables = Tables()
        self.planes = PlaneBuilder()
        self.grids = GridBuilder()
        self.terms: list[tuple[str, str]] = []
        self.compared: list[Compared] = []
        self.sm_valued: list[str] = []
        self.not_applicable: list[str] = []
        self.centre = _centre(dataset, model)

    def add_datum(self, name: str, datum: Datum) -> None:
        """Add an independent measurement."""
        item = self._compare(name, name, datum)
        theory = datum.theory.from_prediction
        where = f"data.theory_uncertainty.{datum.observable}"
        size = None if theory is None else required(self.model, theory, where)[0]
        self.tables.add_gaussian(len(self.terms), item.source, datum, item.value, size)
        self.terms.append((name, "likelihood"))

    def add_group(self, group: Group) -> None:
        """Add correlated measurements."""
        for datum in group.data:
            if datum.theory.relative or datum.theory.from_prediction:
                raise DataError(
                    f"data.theory_uncertainty.{datum.observable}: {datum.entry.id} belongs to the correlation block "
                    f"{group.block}, where only `absolute` is possible"
                )
        start = len(self.compared)
        items = [self._compare(self.labels[start + i], group.term, datum) for i, datum in enumerate(group.data)]
        self.tables.add_block(len(self.terms), [i.source for i in items], group, [i.value for i in items])
        self.terms.append((group.term, "likelihood"))

    def _compare(self, name: str, term: str, datum: Datum) -> Compared:
        source, is_sm = source_of(self.model, datum.observable, self.dataset.options)
        if is_sm:
            self.sm_valued.append(datum.observable)
        value = datum.value
        if value is None:
            value = self.centre.get(datum.observable)
        if value is None:
            value = sm_value(datum.observable, self.dataset.options)
        self.compared.append(Compared(name, term, datum, value, source))
        return self.compared[-1]

    def add_limit(self, limit: Limit) -> None:
        """Add the terms of a limit: one for each quantity of the model, or its region; or note that there is none."""
        before = len(self.terms)
        if limit.plane is None:
            self._add_bounds(limit)
        elif sources := region_sources(limit, self.model):
            self.planes.add(before, limit, limit.plane, sources)
            self.terms.append((limit.entry.id, limit.role))
        if len(self.terms) == before:
            quantities = ", ".join(application.quantity for application in limit.applies_to)
            self.not_applicable.append(f"{limit.entry.id} ({quantities})")

    def _add_bounds(self, limit: Limit) -> None:
        """Add a term for each quantity of the model that a limit bounds."""
        for application in limit.applies_to:
            own = limit.entry.status == "user"
            if own:  # what the card brings is not left out
                required(self.model, application.quantity, f"data.tables.{limit.entry.id}")
            found = find(self.model, application.quantity) if application.concerns(self.model.name) else None
            if found is None:
                continue
            source, quantity = found
            rivals = [rival[0] for name in application.lightest_of if (rival := find(self.model, name))]
            if limit.bound is None:
                where = f"limit {limit.entry.id} on {application.quantity}, against"
                abscissa, _ = required(self.model, application.against, where)
                self.tables.add_curve(len(self.terms), source, abscissa, limit, rivals)
            else:
                low, high = (limit.bound, math.inf) if limit.side == "lower" else (-math.inf, limit.bound)
                width = limit.width * abs(limit.bound) if limit.kind == "smooth" else None
                self.tables.add_cut(len(self.terms), source, (low, high), width=width, rivals=rivals, absolute=True)
            name = limit.entry.id if own else self._free(quantity.name, limit.entry.id)
            self.terms.append((name, limit.role))

    def add_grid(self, grid: Grid) -> None:
        """Add a tabulated function of quantities of the model."""
        sources = [required(self.model, name, f"data.tables.{grid.entry.id}")[0] for name in grid.names]
        self.grids.add(len(self.terms), grid, sources)
        self.terms.append((grid.entry.id, grid.role))

    def add_cut(self, name: str, cut: Mapping[str, Any]) -> None:
        """Add a cut of the card or prior file."""
        role, low, high = cut.get("role"), cut.get("min"), cut.get("max")
        if role not in ("prior", "likelihood"):
            raise DataError(f"cuts.{name}.role = {role!r}; allowed: prior, likelihood")
        if low is None and high is None:
            raise DataError(f"cuts.{name} needs `min` or `max`")
        bounds = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
        if not bounds[0] < bounds[1]:
            raise DataError(f"cuts.{name}: min = {bounds[0]:g} must be below max = {bounds[1]:g}")
        source, quantity = required(self.model, name, f"cuts.{name}")
        self.tables.add_cut(len(self.terms), source, bounds)
        self.terms.append((self._free(quantity.name, "cut"), role))

    def _free(self, name: str, ending: str) -> str:
        """Name of a new term: with an ending if another term has the name."""
        return f"{name}_{ending}" if any(name == other for other, _ in self.terms) else name

    def likelihood(self, own: Sequence[CustomLikelihood]) -> Likelihood:
        """Return the likelihood; custom likelihoods are its last terms."""
        custom = (*(load_custom(name) for name in self.dataset.likelihoods), *own)
        terms = [*self.terms, *((term.name, "likelihood") for term in custom)]
        names, roles = tuple(name for name, _ in terms), tuple(role for _, role in terms)
        duplicates = sorted({name for name in names if names.count(name) > 1})
        if duplicates:
            raise DataError(f"two terms of the likelihood are called {duplicates[0]!r}: rename or remove one")
        return Likelihood(
            names=names,
            roles=roles,
            dataset=self.dataset,
            model=self.model,
            tables=self.tables.arrays(),
            planes=self.planes.arrays(),
            grids=self.grids.arrays(),
            compared=tuple(self.compared),
            custom=custom,
            sm_valued=tuple(dict.fromkeys(self.sm_valued)),
            not_applicable=tuple(self.not_applicable),
        )


def region_sources(limit: Limit, model: Model) -> dict[str, Source] | None:
    """Where the quantities of a region come from, by name; None if the model has none of what the search looks for.

    Raises
    ------
    DataError
        If the model could predict them, but its options leave them out.
    """
    if limit.plane is None or not any(application.concerns(model.name) for application in limit.applies_to):
        return None
    found = {name: find(model, name) for name in limit.plane.channel.quantities}
    lacking = [name for name, place in found.items() if place is None]
    if lacking and "sparticles" in type(model.options).model_fields:
        raise DataError(
            f"limit {limit.entry.id} needs {', '.join(lacking)}: the option sparticles of model {model.name!r} must be "
            "true"
        )
    return None if lacking else {name: place[0] for name, place in found.items() if place is not None}


def _check_shifts(dataset: Dataset, model: Model) -> None:
    """Refuse a model whose couplings contain other effects than those that the data ask for."""
    if not any(datum.observable.startswith("dg") for datum in dataset.all_data):
        return
    for name in ("gf_shift", "oblique"):
        uses, asked = getattr(model.options, name, None), bool(dataset.options.get(name, False))
        if uses is not None and bool(uses) != asked:
            raise DataError(
                f"model option {name} = {uses} contradicts the data (vintage {dataset.vintage!r}, {name} = {asked}): "
                "choose it under `data`"
            )


def _centre(dataset: Dataset, model: Model) -> dict[str, float]:
    """Central values of the projections by observable, where they are not the Standard Model's."""
    values: dict[str, float] = {}
    if dataset.centre.point is not None:
        theta = _point(dataset.centre.point, model)
        out = np.empty((model.solutions, len(model.observables)))
        reason = np.empty(model.solutions, dtype=np.int8)
        model.evaluate(theta, out, reason)
        for datum in dataset.all_data:
            if datum.value is None:
                source, _ = source_of(model, datum.observable, dataset.options)
                values[datum.observable] = float(source.of(theta, out[:1])[0])
        if not all(math.isfinite(value) for value in values.values()):
            raise DataError(
                f"data.centre.point is not a valid point of {model.name!r}: {model.reasons[int(reason[0])]}"
            )
    return values | dataset.centre.observables


def _point(values: Mapping[str, float], model: Model) -> FloatArray:
    """Return parameters given by name as a (1, P) array."""
    theta = np.full((1, len(model.parameters)), np.nan)
    for name, value in values.items():
        source, quantity = required(model, name, "data.centre.point")
        if quantity not in model.parameters:
            raise DataError(
                f"data.centre.point: {name} is predicted by model {model.name!r}, not one of its parameters"
            )
        theta[0, source.column] = value
    missing = [p.name for p, value in zip(model.parameters, theta[0], strict=True) if math.isnan(value)]
    if missing:
        raise DataError(f"data.centre.point lacks {', '.join(missing)}")
    return theta
