"""The data of a fit: a vintage, as changed by the choices of a card."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.core.errors import DataError, nearest
from g2fit.data.dataset import Dataset, Datum, Group, Limit
from g2fit.data.electroweak import PAPER_CUTS, electroweak_variant
from g2fit.data.extra import extra_entries, inline
from g2fit.data.grids import own_tables
from g2fit.data.loader import load
from g2fit.data.measurement import Measurements, Vintage
from g2fit.data.muon_moment import with_muon_moment
from g2fit.data.overlaps import check_overlaps, tolerated_overlaps, whole_block
from g2fit.data.section import DataSection, Simulated, TheoryUncertainty
from g2fit.data.selection import select
from g2fit.data.theory import theory_uncertainty

__all__ = ["inherited", "resolve"]

#: Observables whose terms come first in the likelihood; the others keep the order of the vintage.
_ORDER = {"delta_a_e": 0, "delta_a_mu": 1, "R_tau": 2}

#: Smallest eigenvalue of a correlation matrix down to which its inverse has no digit.
SINGULAR = 1e-9

#: Kinds of entries that cannot be fitted, with the reason.
_NOT_DATA = {"theory": "a prediction", "adjusted": "a least-squares adjustment that contains the other data"}


def resolve(section: DataSection, base: Path | None = None) -> Dataset:
    """Return the data that the section ``data`` of a card chooses.

    A relative `extra_file` is looked for in the folder `base`, by default the working folder.

    Raises
    ------
    DataError
        If a name is unknown, a choice is left open, or data would be counted twice.

    Examples
    --------
    >>> resolve(DataSection(vintage="paper_2019")).entry_ids
    ('dae_seed2019_cs', 'damu_seed2019')
    """
    shipped = load()
    vintage = inherited(shipped, section.vintage)
    complete = inline(section, base)
    file = extra_entries(complete, shipped)
    extra, caveats = tuple(file.own), list[str]()
    if section.a_mu is not None:
        file, caveats = with_muon_moment(section.a_mu, file)
    grids, curves, file = own_tables(complete.tables or {}, file)
    variant, electroweak = electroweak_variant(section, vintage)
    chosen = select(file, vintage, section, variant, electroweak.block, extra)
    data = {name: _datum(file, name, section) for name in chosen.measurements}
    check_overlaps(file, chosen.measurements, chosen.limits)
    _check_observables(section, data.values())
    groups, single = _group(file, data, chosen.place)
    limits = (*_limits(file, chosen.limits, vintage, section), *curves)
    options: dict[str, float | bool] = {"gf_shift": electroweak.gf_shift}
    if electroweak.oblique:
        options["oblique"] = True
    if any(limit.plane for limit in limits):
        options["sparticles"] = True
    if "R_tau_SM" in vintage.options:
        options["R_tau_SM"] = float(vintage.options["R_tau_SM"])
    dataset = Dataset(
        vintage=vintage.name,
        description=vintage.description,
        data=tuple(sorted(single, key=lambda datum: _ORDER.get(datum.observable, len(_ORDER)))),
        groups=groups,
        limits=limits,
        grids=grids,
        figure_only=tuple(file.entry(name) for name in chosen.figure_only),
        options=options,
        ew_block=electroweak.block,
        centre=section.centre,
        likelihoods=section.likelihoods,
        choices=_choices(section),
    )
    shared = tolerated_overlaps(file, chosen.measurements)
    dataset = replace(dataset, warnings=(*_warnings(dataset, section), *caveats, *shared))
    return dataset if section.simulated is None else _with_simulated(dataset, section.simulated)


def _choices(section: DataSection) -> dict[str, Any]:
    """Return what a card chooses, without the numbers of its tables."""
    choices = section.model_dump(mode="json", exclude_defaults=True)
    for table in choices.get("tables", {}).values():
        table.pop("rows", None)
    return choices


def inherited(file: Measurements, name: str) -> Vintage:
    """Return a vintage together with what it inherits."""
    own = file.vintage(name)
    if not own.inherits:
        return own
    parent = inherited(file, own.inherits)
    own = replace(own, inherits="")
    observables = {file.entry(entry).observable for entry in own.measurements}
    kept = tuple(entry for entry in parent.measurements if file.entry(entry).observable not in observables)
    parts = {
        f.name: (getattr(parent, f.name), getattr(own, f.name)) for f in fields(Vintage) if f.name != "measurements"
    }
    return Vintage(measurements=kept + own.measurements, **{key: _joined(*both) for key, both in parts.items()})


def _joined(inherited: Any, own: Any) -> Any:
    """Join two values of one field of a vintage: lists and mappings are merged, anything else is replaced."""
    if isinstance(own, tuple):
        return inherited + own
    return {**inherited, **own} if isinstance(own, Mapping) else own or inherited


def _datum(file: Measurements, name: str, section: DataSection) -> Datum:
    entry = file.entry(name)
    if entry.is_limit:
        raise DataError(f"{name} is a limit: it can only be a cut or a smooth step, not a Gaussian")
    if entry.kind in _NOT_DATA:
        raise DataError(f"{name} is {_NOT_DATA[entry.kind]}, not a measurement")
    if not entry.is_gaussian:
        raise DataError(f"{name} has no error: it cannot enter a fit")
    observable, plus, minus = entry.observable, entry.plus, entry.minus
    if entry.kind == "projection":
        reading = section.readings.get(name) or next(iter(entry.readings))
        if reading not in entry.readings:
            raise DataError(f"data.readings.{name} = {reading!r}; {nearest(reading, entry.readings)}")
        observable = entry.readings[reading].observable
        plus, minus = plus * entry.readings[reading].scale, minus * entry.readings[reading].scale
    scale = section.error_scale.get(observable, 1.0)
    given = section.theory_uncertainty.get(observable)
    theory = theory_uncertainty(given, observable) if given is not None else TheoryUncertainty()
    return Datum(entry, observable, entry.value, plus * scale, minus * scale, theory)


def _check_observables(section: DataSection, data: Collection[Datum]) -> None:
    """Refuse settings for observables or projections that are not fitted."""
    observables = {datum.observable for datum in data}
    projected = {datum.observable for datum in data if datum.value is None}
    wanted: dict[str, tuple[Mapping[str, Any], set[str]]] = {
        "error_scale": (section.error_scale, observables),
        "theory_uncertainty": (section.theory_uncertainty, observables),
        "centre.observables": (section.centre.observables, projected),
        "readings": (section.readings, {d.entry.id for d in data if d.entry.kind == "projection"}),
    }
    for key, (given, allowed) in wanted.items():
        for name in given:
            if name not in allowed:
                raise DataError(f"data.{key}: {name!r} is not among the data; {nearest(name, allowed)}")


def _group(
    file: Measurements, data: Mapping[str, Datum], place: Mapping[str, str]
) -> tuple[tuple[Group, ...], list[Datum]]:
    """Return the groups of correlated measurements, and the independent measurements."""
    members: dict[str, list[str]] = {}
    for name in data:
        if block := whole_block(file, place.get(name, name)):
            members.setdefault(block.name, []).append(name)
    groups = []
    for block_name, names in members.items():
        block = file.correlations[block_name]
        if len(names) > block.rank:
            raise DataError(
                f"{', '.join(names)}: only {block.rank} of the members of {block_name} are independent; leave one out"
            )
        if len(names) > 1:
            names.sort(key=lambda name: block.members.index(place.get(name, name)))
            correlation = block.correlation(tuple(place.get(name, name) for name in names))
            if not np.linalg.eigvalsh(correlation)[0] > SINGULAR:
                raise DataError(f"the correlation matrix of {', '.join(names)} is not positive definite")
            for name in names:
                if data[name].plus != data[name].minus:
                    raise DataError(
                        f"{name} has the asymmetric error +{data[name].plus:g} -{data[name].minus:g}, but belongs to "
                        f"the correlation block {block_name}, a multivariate Gaussian: give one error, or take it out "
                        "of the block"
                    )
            table = tuple(tuple(row) for row in correlation.tolist())
            groups.append(Group(block.term, block_name, tuple(data[name] for name in names), table))
    grouped = {datum.entry.id for group in groups for datum in group.data}
    return tuple(groups), [datum for name, datum in data.items() if name not in grouped]


def _with_simulated(dataset: Dataset, simulated: Simulated) -> Dataset:
    """Replace the measured values by simulated ones."""
    present = {datum.entry.id for datum in dataset.all_data}
    for name in simulated.values:
        if name not in present:
            raise DataError(f"data.simulated.values: {name!r} is not among the data; {nearest(name, present)}")
    for name in sorted(present - set(simulated.values)):
        raise DataError(f"data.simulated.values lacks {name}: measured and simulated values do not mix")
    warnings = (*dataset.warnings, "the values are simulated, not measured")
    return replace(dataset.with_values(simulated.values), vintage=f"{dataset.vintage} (simulated)", warnings=warnings)


def _limits(file: Measurements, names: list[str], vintage: Vintage, section: DataSection) -> tuple[Limit, ...]:
    choice = section.limits
    if choice.kind == "off":
        names = [name for name in names if name in PAPER_CUTS]
    limits = []
    for name in names:
        entry = file.entry(name)
        role = choice.role or vintage.limit_role
        if not role:
            raise DataError(f"limit {name}: say data.limits.role: prior or likelihood")
        if choice.kind == "smooth" and role == "prior":
            raise DataError(
                f"limit {name}: a smooth step has no edge, so that it cannot have the role prior; "
                "say data.limits.role: likelihood, or kind: hard"
            )
        if not entry.bounds_a_quantity:
            raise DataError(f"limit {name} ({entry.observable}) does not bound a quantity of any model")
        kind = "hard" if choice.kind == "off" else choice.kind
        limits.append(Limit.of(entry, file.tables, kind=kind, role=role, width=choice.width))
    return tuple(limits)


def _warnings(dataset: Dataset, section: DataSection) -> tuple[str, ...]:
    found = [f"the error of {name} is multiplied by {factor:g}" for name, factor in section.error_scale.items()]
    if dataset.ew_block == "pole20":
        found.append(
            "the 20 x 20 correlations are printed to two digits: limits move by about 10 per cent within their "
            "rounding (less than 1 per cent for ew_block: leptonic10)"
        )
    if any(datum.value is None for datum in dataset.all_data):
        found.append("projections are centred on the values of `data.centre`; they are not measurements")
    return tuple(found)
