"""The data of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import numpy as np

from g2fit.core.files import fingerprint_of
from g2fit.core.types import FloatArray
from g2fit.data.curves import Tables, bounds_of
from g2fit.data.loader import load
from g2fit.data.measurement import Application, Measurement
from g2fit.data.planes import Plane
from g2fit.data.section import Centre, TheoryUncertainty

__all__ = ["Dataset", "Datum", "Grid", "Group", "Limit", "entry_row", "term_names"]

#: Sign in front of a lower or upper bound.
_SIGN = {"lower": ">", "upper": "<"}


@dataclass(frozen=True)
class Datum:
    """One Gaussian measurement of an observable.

    The value is None for a projection that is centred on a model point. The upward and downward error `plus` and
    `minus` contain the error scale, but no theory uncertainty.
    """

    entry: Measurement
    observable: str
    value: float | None
    plus: float
    minus: float
    theory: TheoryUncertainty = field(default_factory=TheoryUncertainty)

    @property
    def error(self) -> float:
        """Mean of both errors."""
        return 0.5 * (self.plus + self.minus)


@dataclass(frozen=True)
class Group:
    """Correlated measurements: one multivariate Gaussian."""

    term: str
    block: str
    data: tuple[Datum, ...]
    correlation: tuple[tuple[float, ...], ...]

    @property
    def covariance(self) -> FloatArray:
        """Covariance matrix without theory uncertainties."""
        errors = np.array([datum.error for datum in self.data])
        return np.array(self.correlation) * np.outer(errors, errors)


@dataclass(frozen=True)
class Limit:
    """A ``lower`` or ``upper`` limit on quantities of a model: a ``hard`` cut or a ``smooth`` step.

    Its role is ``prior`` or ``likelihood``; the width of a smooth step is relative to the bound. The bound is None if
    it depends on another quantity: `curve` then has pairs of that quantity and the bound, in increasing order. Between
    them the bound is a power law, and outside of them there is no limit. It is None, too, for a region in a `plane`.
    """

    entry: Measurement
    bound: float | None
    side: str
    applies_to: tuple[Application, ...]
    kind: str
    role: str
    width: float
    curve: tuple[tuple[float, float], ...] = ()
    plane: Plane | None = None

    @classmethod
    def of(cls, entry: Measurement, tables: Tables, *, kind: str, role: str, width: float) -> Self:
        """Return the limit that an entry states; `tables` are those of its file."""
        side = {"upper_limit": "upper", "excluded_region": "outside"}.get(entry.kind, "lower")
        curve = bounds_of(entry, tables)
        return cls(entry, entry.value, side, entry.applies_to, kind, role, width, curve, entry.plane)


@dataclass(frozen=True)
class Grid:
    """A function of one quantity of a model or two, given on a rectangular grid.

    Between the nodes it is linear in each coordinate, or in its logarithm with `log`. Beyond the grid it has its value
    at the nearest edge (`outside` is ``edge``), excludes every point (``excluded``), or none (``allowed``).

    Attributes
    ----------
    entry : Measurement
        Name, source and note.
    names : tuple of str
        The quantities: x, or x and y.
    nodes : tuple of tuple of float
        Nodes of each coordinate, increasing.
    values : tuple of tuple of float
        Log likelihood or CLs: a row for each node of x, a column for each of y (one, if there is no y).
    threshold : float or None
        Points where the function is smaller are excluded, the others allowed; None for a log likelihood.
    log : bool
        Whether the coordinates are interpolated in their logarithms.
    outside, role : str
        See above, and the role of the term.
    """

    entry: Measurement
    names: tuple[str, ...]
    nodes: tuple[tuple[float, ...], ...]
    values: tuple[tuple[float, ...], ...]
    threshold: float | None
    log: bool
    outside: str
    role: str

    @property
    def content(self) -> list[Any]:
        """All that the likelihood depends on."""
        return [self.entry.id, self.names, self.nodes, self.values, self.threshold, self.log, self.outside, self.role]


@dataclass(frozen=True)
class Dataset:
    """The data set of a fit: measurements and limits of a vintage, as changed by a card.

    Attributes
    ----------
    vintage, description : str
        The vintage.
    data : tuple of Datum
        Independent measurements.
    groups : tuple of Group
        Correlated measurements.
    limits : tuple of Limit
        Limits.
    grids : tuple of Grid
        Tabulated likelihoods of the card.
    figure_only : tuple of Measurement
        Entries for figures, never fitted.
    options : mapping
        ``R_tau_SM``, ``gf_shift``, ``oblique`` and ``sparticles``: options of the model that follow from the data.
    ew_block : str
        Correlation block of the electroweak couplings; empty if there is none.
    centre : Centre
        Centre of the projections.
    likelihoods : tuple of str
        Custom likelihoods.
    choices : mapping
        The choices of the card beyond the vintage.
    warnings : tuple of str
        Caveats for the reader of the results.
    """

    vintage: str
    description: str
    data: tuple[Datum, ...] = ()
    groups: tuple[Group, ...] = ()
    limits: tuple[Limit, ...] = ()
    grids: tuple[Grid, ...] = ()
    figure_only: tuple[Measurement, ...] = ()
    options: Mapping[str, float | bool] = field(default_factory=dict)
    ew_block: str = ""
    centre: Centre = field(default_factory=Centre)
    likelihoods: tuple[str, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def all_data(self) -> tuple[Datum, ...]:
        """Every measurement, those in groups included."""
        return self.data + tuple(datum for group in self.groups for datum in group.data)

    @property
    def entries(self) -> tuple[Measurement, ...]:
        """Every entry of the fit, limits and tables included."""
        items: tuple[Datum | Limit | Grid, ...] = (*self.all_data, *self.limits, *self.grids)
        return tuple(item.entry for item in items)

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """Identifiers of `entries`."""
        return tuple(entry.id for entry in self.entries)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that the likelihood depends on: models can be compared if their fingerprints agree."""
        content = {
            "data": [_numbers(datum) for datum in self.data],
            "groups": [[[_numbers(datum) for datum in group.data], group.correlation] for group in self.groups],
            "limits": [
                [limit.entry.id, limit.curve or limit.bound, limit.side, limit.kind, limit.role, limit.width]
                + [_fields(application) for application in limit.applies_to]
                + ([limit.plane.content] if limit.plane else [])
                for limit in self.limits
            ],
            "options": dict(self.options),
            "centre": self.centre.model_dump() if any(datum.value is None for datum in self.all_data) else None,
            "likelihoods": self.likelihoods,
        }
        if self.grids:
            content["grids"] = [grid.content for grid in self.grids]
        return fingerprint_of(content)

    def with_values(self, values: Mapping[str, float]) -> Dataset:
        """Return a copy with other central values, such as simulated ones, by identifier of the entry."""

        def changed(datum: Datum) -> Datum:
            return replace(datum, value=values.get(datum.entry.id, datum.value))

        return replace(
            self,
            data=tuple(changed(datum) for datum in self.data),
            groups=tuple(replace(group, data=tuple(map(changed, group.data))) for group in self.groups),
        )

    def table(self) -> list[dict[str, str]]:
        """Rows of a table of the fit: entry, observable, value, error, unit, date, status, reference, role.

        The role is ``data``, the name of a correlation block, ``hard limit (likelihood)``, ``projection``,
        ``table (likelihood)``, ``figure only`` or ``option``.
        """
        rows = [_row("data", datum) for datum in self.data]
        rows += [_row(f"{group.term} block", datum) for group in self.groups for datum in group.data]
        for limit in self.limits:
            quantities = ", ".join(map(str, limit.applies_to))
            row = entry_row(f"{limit.kind} limit ({limit.role})", limit.entry)
            if limit.plane is None:
                text = _range_text(limit.curve) if limit.bound is None else f"{limit.bound:g}"
                row["value"] = f"{_SIGN[limit.side]} {text}"
            rows.append({**row, "observable": quantities})
        for grid in self.grids:
            size = " x ".join(str(len(axis)) for axis in grid.nodes)
            rows.append(entry_row(f"table ({grid.role})", grid.entry) | {"value": f"table of {size}"})
        rows += [entry_row("figure only", entry) for entry in self.figure_only]
        for name, value in self.options.items():
            text = str(value).lower() if isinstance(value, bool) else f"{value:.10g}"
            rows.append(dict.fromkeys(rows[0], "") | {"entry": name, "value": text, "role": "option"})
        return rows


def term_names(data: tuple[Datum, ...]) -> list[str]:
    """Names of the terms of measurements: the observable, or the entry where several have the same observable."""
    observables = [datum.observable for datum in data]
    return [d.observable if observables.count(d.observable) == 1 else d.entry.id for d in data]


def entry_row(role: str, entry: Measurement) -> dict[str, str]:
    """Row of a table for one entry."""
    side = entry.kind.partition("_")[0]
    shipped = load().tables  # the curve of a limit of the card is not there; `Dataset.table` knows it
    value = _range_text(bounds_of(entry, shipped)) if entry.curve in shipped else _value_text(entry.value)
    if entry.plane is not None:
        value = f"region, {entry.plane.rows[0][0]:g} to {entry.plane.rows[-1][0]:g} GeV"
    return {
        "entry": entry.id,
        "observable": entry.observable,
        "value": f"{_SIGN[side]} {value}" if side in _SIGN else value,
        "error": _error_text(entry.plus, entry.minus),
        "unit": entry.unit,
        "date": entry.date,
        "status": entry.status,
        "reference": reference_of(entry),
        "role": role,
    }


def reference_of(entry: Measurement) -> str:
    """Papers of an entry, or of the entries that it was computed from."""
    if str(entry.reference):
        return str(entry.reference)
    papers: dict[str, None] = {}
    for parent in entry.sources or [load().entries[name] for name in entry.derived_from]:
        papers[reference_of(parent) if parent.derived_from else str(replace(parent.reference, pdgid=""))] = None
    return ", ".join(papers)


def _row(role: str, datum: Datum) -> dict[str, str]:
    return entry_row("projection" if datum.entry.kind == "projection" else role, datum.entry) | {
        "observable": datum.observable,
        "value": _value_text(datum.value),
        "error": _error_text(datum.plus, datum.minus),
    }


def _value_text(value: float | None) -> str:
    """Format a value with the digits that it was published with; simulated ones have too many.

    >>> _value_text(0.00115965218059), _value_text(2.4134567890123e-09)
    ('0.00115965218059', '2.41346e-09')
    """
    text = "" if value is None else f"{value:.15g}"
    return text if len(text) <= 16 else f"{value:.6g}"


def _range_text(curve: tuple[tuple[float, float], ...]) -> str:
    """Format the range of a bound that depends on another quantity.

    >>> _range_text(((10.0, 2e-5), (50.0, 3e-6), (1000.0, 0.3)))
    '3e-06 to 0.3'
    """
    low, high = min(bound for _, bound in curve), max(bound for _, bound in curve)
    return f"{low:g} to {high:g}" if low < high else f"{low:g}"


def _fields(application: Application) -> dict[str, Any]:
    """Fields of an application as they enter the fingerprint: those of curves only where there is one."""
    content = asdict(application)
    return content if application.against else {key: content[key] for key in content if key != "against"}


def _error_text(plus: float, minus: float) -> str:
    if not np.isfinite(plus):
        return ""
    return f"{plus:.4g}" if plus == minus else f"+{plus:.4g} -{minus:.4g}"


def _numbers(datum: Datum) -> list[Any]:
    return [datum.entry.id, datum.observable, datum.value, datum.plus, datum.minus, *dict(datum.theory).values()]
