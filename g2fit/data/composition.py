"""From a vintage and the choices of a card to the data of a fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.data.dataset import Dataset, Datum, Group, Limit
from g2fit.data.extra import extra_entries
from g2fit.data.loader import load
from g2fit.data.measurement import Block, Measurements, Vintage
from g2fit.data.overlaps import check_overlaps
from g2fit.data.section import DataSection, TheoryUncertainty
from g2fit.data.theory import theory_uncertainty
from g2fit.errors import DataError, nearest

__all__ = ["BLOCKS", "LEVELS", "inherited", "resolve"]

#: Couplings of 2103.12074 that can enter a fit.
BLOCKS = {
    "seed_pair": "bfg2021_seed_pair",
    "conditional3": "bfg2021_conditional3",
    "leptonic10": "bfg2021_leptonic10",
    "pole20": "bfg2021_pole20",
}

#: Levels of the electroweak likelihood: block of couplings, and whether the couplings include the shift of G_F.
#: `seed_cuts` are the limits (17) of 2106.01373 instead of the Gaussian behind them.
LEVELS: dict[str, tuple[str, bool]] = {
    "off": ("", False),
    "seed": ("seed_pair", False),
    "seed_cuts": ("", False),
    "conditional": ("conditional3", False),
    "gf_shift": ("leptonic10", True),
}

#: Short names of the choices of delta_a_e, by the ending of the entry.
SHORT = {"cs": "_cs", "rb": "_rb", "average": "_avg_S"}

SEED_CUTS = ("ewlimit_YL_seed", "ewlimit_YR_seed")
#: What comes first in the likelihood; the rest keeps the order of the vintage.
_ORDER = {"delta_a_e": 0, "delta_a_mu": 1, "R_tau": 2}
NOT_DATA = {"theory": "a prediction", "adjusted": "a least-squares adjustment that contains the other data"}


@dataclass
class _Draft:
    """A fit's entries while they are being chosen; `slot` remembers whose place a replacement took."""

    measurements: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    figure_only: list[str] = field(default_factory=list)
    slot: dict[str, str] = field(default_factory=dict)


def resolve(section: DataSection, base: Path | None = None) -> Dataset:
    """Return the data that a card's section chooses.

    Parameters
    ----------
    section : DataSection
        The ``data:`` section.
    base : Path, optional
        Folder that a relative `extra_file` starts from.

    Raises
    ------
    DataError
        For anything unknown, undecided, or counted twice, naming the entries.

    Examples
    --------
    >>> resolve(DataSection(vintage="seed_2019")).entry_ids
    ('dae_seed2019_cs', 'damu_seed2019')
    """
    shipped = load()
    vintage = inherited(shipped, section.vintage)
    file, extra = extra_entries(section, shipped, base)
    level, block, gf_shift = _electroweak(section, vintage)
    draft = _draft(file, vintage, section, level, block)
    draft.measurements += [name for name in extra if name not in draft.measurements]
    dropped = _exclude(file, draft, section)
    _choose(file, draft, vintage, section, dropped)
    check_overlaps(file, draft.measurements, draft.limits)
    data = {name: _datum(file, name, section) for name in draft.measurements}
    _check_observables(section, data.values())
    groups, single = _group(file, data, draft.slot)
    limits = _limits(file, draft.limits, vintage, section)
    options: dict[str, float | bool] = {"gf_shift": gf_shift}
    if "R_tau_SM" in vintage.options:
        options["R_tau_SM"] = float(vintage.options["R_tau_SM"])
    dataset = Dataset(
        vintage=vintage.name,
        description=vintage.description,
        data=tuple(sorted(single, key=lambda datum: _ORDER.get(datum.observable, len(_ORDER)))),
        groups=groups,
        limits=limits,
        figure_only=tuple(file.entry(name) for name in draft.figure_only),
        options=options,
        electroweak=level,
        ew_block=block,
        centre=section.centre,
        likelihoods=section.likelihoods,
        choices=section.model_dump(mode="json", exclude_defaults=True),
    )
    return replace(dataset, warnings=_warnings(dataset, section))


def inherited(file: Measurements, name: str) -> Vintage:
    """Return a vintage with what it inherits."""
    own = file.vintage(name)
    if not own.inherits:
        return own
    parent = inherited(file, own.inherits)
    observables = {file.entry(entry).observable for entry in own.measurements}
    kept = tuple(entry for entry in parent.measurements if file.entry(entry).observable not in observables)
    return replace(
        parent,
        name=own.name,
        description=own.description,
        inherits="",
        measurements=kept + own.measurements,
        blocks=parent.blocks + own.blocks,
        limits=parent.limits + own.limits,
        limit_role=own.limit_role or parent.limit_role,
        projections=parent.projections + own.projections,
        figure_only=parent.figure_only + own.figure_only,
        choose_one={**parent.choose_one, **own.choose_one},
        replace={**parent.replace, **own.replace},
        options={**parent.options, **own.options},
    )


def _electroweak(section: DataSection, vintage: Vintage) -> tuple[str, str, bool]:
    """Level, block of couplings, and whether the couplings include the shift of G_F."""
    given = section.electroweak
    level = given or str(vintage.options.get("electroweak", "off"))
    if level not in LEVELS:
        raise DataError(f"data.electroweak = {level!r}; {nearest(level, LEVELS)}")
    block, shift = LEVELS[level]
    if given is None:
        shift = bool(vintage.options.get("gf_shift", shift))
    if section.ew_block is not None:
        if section.ew_block not in BLOCKS:
            raise DataError(f"data.ew_block = {section.ew_block!r}; {nearest(section.ew_block, BLOCKS)}")
        if level == "seed_cuts":
            raise DataError("data.electroweak = 'seed_cuts' are limits without a block: leave data.ew_block out")
        if level == "off":
            level = "gf_shift" if section.gf_shift in (None, True) else "seed"
            shift = level == "gf_shift"
        block = section.ew_block
    if section.gf_shift is not None:
        if given == "gf_shift" and not section.gf_shift:
            raise DataError("data.electroweak = 'gf_shift' contradicts data.gf_shift = false")
        shift = section.gf_shift
    return level, block, shift


def _draft(file: Measurements, vintage: Vintage, section: DataSection, level: str, block: str) -> _Draft:
    draft = _Draft(figure_only=list(vintage.figure_only))
    draft.measurements += [*vintage.measurements, *vintage.projections]
    for name, members in vintage.blocks:
        if name not in BLOCKS.values():  # those of the electroweak fit follow from the level
            draft.measurements += members or file.correlations[name].members
    if block:
        draft.measurements += file.correlations[BLOCKS[block]].members
    draft.limits += vintage.limits
    if level == "seed_cuts":
        draft.limits += SEED_CUTS
    for name in section.include:
        entry = file.entry(name)
        if name in draft.measurements or name in draft.limits:
            raise DataError(f"data.include: {name} is already in vintage {vintage.name!r}")
        (draft.limits if entry.is_limit else draft.measurements).append(name)
    for name in [n for n in draft.measurements if file.entry(n).is_limit and file.entry(n).kind == "projection"]:
        draft.measurements.remove(name)
        draft.limits.append(name)
    for source, replacements in (("", vintage.replace), ("data.replace", section.replace)):
        for old, new in replacements.items():
            _replace(file, draft, old, new, source)
    return draft


def _replace(file: Measurements, draft: _Draft, old: str, new: str, source: str) -> None:
    before, after = file.entry(old), file.entry(new)
    if old not in draft.measurements:
        if source:  # a vintage may replace a member of a block that the card then narrowed
            raise DataError(f"{source}: {old} is not among the data; {nearest(old, draft.measurements)}")
        return
    if not after.is_gaussian:
        raise DataError(f"{source or 'replace'}: {new} is a limit, not a measurement that could replace {old}")
    if before.observable != after.observable:
        raise DataError(f"{source}: {old} measures {before.observable}, but {new} measures {after.observable}")
    draft.measurements[draft.measurements.index(old)] = new
    draft.slot[new] = draft.slot.get(old, old)


def _exclude(file: Measurements, draft: _Draft, section: DataSection) -> set[str]:
    """Drop what `exclude` names; returns the names that matched nothing yet."""
    unmatched = set()
    for name in section.exclude:
        hits = [m for m in draft.measurements if name in _handles(file, m, draft.slot)]
        bounds = [m for m in draft.limits if name in _limit_handles(file, m)]
        draft.measurements = [m for m in draft.measurements if m not in hits]
        draft.limits = [m for m in draft.limits if m not in bounds]
        if not hits and not bounds:
            unmatched.add(name)
    return unmatched


def _handles(file: Measurements, name: str, slot: Mapping[str, str]) -> set[str]:
    entry = file.entry(name)
    block = _root_block(file, slot.get(name, name))
    return {name, entry.observable} | ({block.term, block.name} if block else set())


def _limit_handles(file: Measurements, name: str) -> set[str]:
    entry = file.entry(name)
    return {name, entry.observable} | {application.quantity for application in entry.applies_to}


def _root_block(file: Measurements, name: str) -> Block | None:
    """The block that an entry belongs to (sub-blocks come after the block they are part of)."""
    return next((block for block in file.correlations.values() if name in block.members), None)


def _choose(file: Measurements, draft: _Draft, vintage: Vintage, section: DataSection, dropped: set[str]) -> None:
    """Add the entry of each `choose_one` that the card names."""
    offered = dict(vintage.choose_one)
    asked = section.delta_a_e
    wanted = (asked,) if isinstance(asked, str) else (asked or ())
    options = offered.get("delta_a_e", ())
    present = [name for name in draft.measurements if file.entry(name).observable == "delta_a_e"]
    chosen = [_expand(file, name, options or present) for name in wanted]
    if len(chosen) > 1:
        raise DataError(
            f"data.delta_a_e names {chosen[0]} and {chosen[1]}: alpha(Cs) and alpha(Rb) contradict each other, "
            "and both differences contain the same a_e; name exactly one"
        )
    for observable, names in offered.items():
        if observable in dropped:
            dropped.discard(observable)
        elif observable == "delta_a_e" and not chosen and not present:
            short = ", ".join(key for key, ending in SHORT.items() if any(n.endswith(ending) for n in names))
            raise DataError(
                f"vintage {vintage.name!r} asks for a choice of data.delta_a_e: one of {', '.join(names)} "
                f"(in short {short}), or exclude: [delta_a_e]"
            )
    draft.measurements += [name for name in chosen if name not in draft.measurements]
    if dropped:
        known = set().union(*(_handles(file, m, draft.slot) for m in draft.measurements))
        known |= set().union(*(_limit_handles(file, m) for m in draft.limits))
        name = min(dropped)
        raise DataError(f"data.exclude: {name!r} is not among the data of {vintage.name!r}; {nearest(name, known)}")


def _expand(file: Measurements, name: str, options: Iterable[str]) -> str:
    if name in SHORT:
        for option in options:
            if option.endswith(SHORT[name]):
                return option
        raise DataError(f"data.delta_a_e = {name!r} is not offered here; allowed: {', '.join(options) or 'an entry'}")
    if name not in file.entries:
        raise DataError(f"data.delta_a_e = {name!r}; {nearest(name, [*SHORT, *options])}")
    if file.entry(name).observable != "delta_a_e":
        raise DataError(f"data.delta_a_e: {name} measures {file.entry(name).observable}")
    return name


def _datum(file: Measurements, name: str, section: DataSection) -> Datum:
    entry = file.entry(name)
    if entry.is_limit or entry.kind in ("lower_limit", "upper_limit"):
        raise DataError(f"{name} is a limit: it can only be a cut or a smooth step, not a Gaussian")
    if entry.kind in NOT_DATA:
        raise DataError(f"{name} is {NOT_DATA[entry.kind]}, not a measurement")
    if not entry.is_gaussian:
        raise DataError(f"{name} has no error: it cannot enter a fit")
    observable, plus, minus = entry.observable, entry.plus, entry.minus
    if entry.kind == "projection":
        reading = section.readings.get(name) or next(iter(entry.readings))
        if reading not in entry.readings:
            raise DataError(f"data.readings.{name} = {reading!r}; {nearest(reading, entry.readings)}")
        observable = entry.readings[reading].observable
        plus = minus = entry.readings[reading].error
    scale = section.error_scale.get(observable, 1.0)
    given = section.theory_uncertainty.get(observable)
    theory = theory_uncertainty(given, observable) if given is not None else TheoryUncertainty()
    return Datum(entry, observable, entry.value, plus * scale, minus * scale, theory)


def _check_observables(section: DataSection, data: Iterable[Datum]) -> None:
    """Refuse settings for observables or projections that are not among the data."""
    data = tuple(data)
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
    file: Measurements, data: Mapping[str, Datum], slot: Mapping[str, str]
) -> tuple[tuple[Group, ...], list[Datum]]:
    """Put correlated entries together, whichever way they were chosen."""
    members: dict[str, list[str]] = {}
    for name in data:
        block = _root_block(file, slot.get(name, name))
        if block is not None:
            members.setdefault(block.name, []).append(name)
    groups = []
    for block_name, names in members.items():
        block = file.correlations[block_name]
        if len(names) > block.rank:
            raise DataError(
                f"{', '.join(names)}: only {block.rank} of the members of {block_name} are independent; leave one out"
            )
        if len(names) > 1:
            names.sort(key=lambda name: block.members.index(slot.get(name, name)))
            correlation = block.correlation(tuple(slot.get(name, name) for name in names))
            if np.linalg.eigvalsh(correlation)[0] <= 0.0:
                raise DataError(f"the correlation matrix of {', '.join(names)} is not positive definite")
            table = tuple(tuple(row) for row in correlation.tolist())
            groups.append(Group(block.term, block_name, tuple(data[name] for name in names), table))
    grouped = {datum.entry.id for group in groups for datum in group.data}
    return tuple(groups), [datum for name, datum in data.items() if name not in grouped]


def _limits(file: Measurements, names: list[str], vintage: Vintage, section: DataSection) -> tuple[Limit, ...]:
    choice = section.limits
    if choice.kind == "off":
        names = [name for name in names if name in SEED_CUTS]
    limits = []
    for name in names:
        entry = file.entry(name)
        role = choice.role or vintage.limit_role
        if not role:
            raise DataError(f"limit {name}: say data.limits.role: prior or likelihood")
        if not entry.applies_to or entry.value is None:
            raise DataError(f"limit {name} ({entry.observable}) does not bound a quantity of any model")
        side = "upper" if entry.kind == "upper_limit" else "lower"
        kind = "hard" if choice.kind == "off" else choice.kind
        limits.append(Limit(entry, entry.value, side, entry.applies_to, kind, role, choice.width))
    return tuple(limits)


def _warnings(dataset: Dataset, section: DataSection) -> tuple[str, ...]:
    found = [f"the error of {name} is multiplied by {factor:g}" for name, factor in section.error_scale.items()]
    if dataset.ew_block == "pole20":
        found.append(
            "the 20 x 20 correlations are printed to two digits: limits move by about 10 per cent within their "
            "rounding (less than 1 per cent for ew_block: leptonic10)"
        )
    if any(datum.value is None for datum in dataset.all_data):
        found.append("projections are centred where `centre` says; they are no data")
    return tuple(found)
