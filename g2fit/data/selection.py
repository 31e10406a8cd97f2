"""Choice of the entries of a fit by vintage and card, as identifiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from g2fit.core.errors import DataError, nearest
from g2fit.data.electroweak import BLOCKS, PAPER_CUTS
from g2fit.data.measurement import Measurements, Vintage
from g2fit.data.muon_moment import DIFFERENCE
from g2fit.data.overlaps import whole_block
from g2fit.data.section import DataSection

__all__ = ["SHORT", "Selection", "select"]

#: Short names of the choices of delta_a_e to the endings of their entries.
SHORT = {"cs": "_cs", "rb": "_rb", "average": "_avg_S"}


@dataclass
class Selection:
    """Identifiers of the entries of a fit: those to fit, those that bound a quantity, and those that are only drawn.

    An entry in `place` takes over the correlations of the entry that it replaces.
    """

    measurements: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    figure_only: list[str] = field(default_factory=list)
    place: dict[str, str] = field(default_factory=dict)


def select(
    file: Measurements, vintage: Vintage, section: DataSection, variant: str, block: str, extra: Sequence[str]
) -> Selection:
    """Return the entries of a vintage (inheritance resolved) after the choices of the card."""
    chosen = _of_vintage(file, vintage, variant, block)
    for name in section.include:
        if name in chosen.measurements or name in chosen.limits:
            raise DataError(f"data.include: {name} is already in vintage {vintage.name!r}")
        (chosen.limits if file.entry(name).is_limit else chosen.measurements).append(name)
    for old, new in vintage.replace.items():
        if old in chosen.measurements:  # not if the card narrowed the block that holds it
            _replace(file, chosen, old, new, f"vintage {vintage.name!r}")
    for old, new in section.replace.items():
        if old not in chosen.measurements:
            file.entry(old)
            raise DataError(f"data.replace: {old} is not among the data; {nearest(old, chosen.measurements)}")
        _replace(file, chosen, old, new, "data.replace")
    chosen.measurements += [name for name in extra if name not in chosen.measurements]
    _choose_electron(file, chosen, vintage, section)
    _exclude(file, chosen, vintage, section)
    if DIFFERENCE in file.own:
        _take_difference(file, chosen)
    return chosen


def _take_difference(file: Measurements, chosen: Selection) -> None:
    """Put the difference of the card in the place of the package's values of delta_a_mu."""
    kept = [n for n in chosen.measurements if n in file.own or file.entry(n).observable != "delta_a_mu"]
    places = [i for i, n in enumerate(chosen.measurements) if n not in kept]
    kept.insert(places[0] if places else len(kept), DIFFERENCE)
    chosen.measurements = kept


def _of_vintage(file: Measurements, vintage: Vintage, variant: str, block: str) -> Selection:
    chosen = Selection(measurements=list(vintage.measurements), figure_only=list(vintage.figure_only))
    for name, members in vintage.blocks:
        if name not in BLOCKS.values():  # the couplings follow from the variant
            chosen.measurements += members or file.correlations[name].members
    if block:
        chosen.measurements += file.correlations[BLOCKS[block]].members
    for name in vintage.projections:
        (chosen.limits if file.entry(name).is_limit else chosen.measurements).append(name)
    chosen.limits += vintage.limits
    if variant == "paper_cuts":
        chosen.limits += PAPER_CUTS
    return chosen


def _replace(file: Measurements, chosen: Selection, old: str, new: str, where: str) -> None:
    before, after = file.entry(old), file.entry(new)
    if not after.is_gaussian:
        raise DataError(f"{where}: {new} is a limit, not a measurement that could replace {old}")
    if before.observable != after.observable:
        raise DataError(f"{where}: {old} measures {before.observable}, but {new} measures {after.observable}")
    chosen.measurements[chosen.measurements.index(old)] = new
    chosen.place[new] = chosen.place.get(old, old)


def _choose_electron(file: Measurements, chosen: Selection, vintage: Vintage, section: DataSection) -> None:
    """Add the measurement of delta_a_e that the card names, if the vintage leaves the choice open."""
    offered = vintage.choose_one.get("delta_a_e", ())
    present = [name for name in chosen.measurements if file.entry(name).observable == "delta_a_e"]
    asked = section.delta_a_e
    wanted = (asked,) if isinstance(asked, str) else (asked or ())
    if len(wanted) > 1:
        one, other = (_find_ending(name, offered) or name for name in wanted[:2])
        raise DataError(
            f"data.delta_a_e names {one} and {other}: alpha(Cs) and alpha(Rb) contradict each other, and both "
            "differences contain the same a_e; name exactly one"
        )
    names = [_expand(file, name, offered or present) for name in wanted]
    left_out = "delta_a_e" in section.exclude
    if names and left_out:
        raise DataError(f"data.delta_a_e names {names[0]}, but data.exclude leaves delta_a_e out")
    if offered and not names and not present and not left_out:
        short = ", ".join(key for key, ending in SHORT.items() if any(name.endswith(ending) for name in offered))
        raise DataError(
            f"vintage {vintage.name!r} asks for a choice of data.delta_a_e: one of {', '.join(offered)} "
            f"(in short {short}), or exclude: [delta_a_e]"
        )
    chosen.measurements += [name for name in names if name not in chosen.measurements]


def _find_ending(name: str, offered: Sequence[str]) -> str | None:
    """Return the offered entry that a short name stands for."""
    return next((option for option in offered if name in SHORT and option.endswith(SHORT[name])), None)


def _expand(file: Measurements, name: str, offered: Sequence[str]) -> str:
    """Return the entry of delta_a_e behind a name on the card."""
    entries = [entry.id for entry in file.entries.values() if entry.observable == "delta_a_e"]
    found = _find_ending(name, offered) or name
    if found not in entries:
        choices = [*(key for key in SHORT if _find_ending(key, offered)), *(offered or entries)]
        raise DataError(f"data.delta_a_e = {name!r} is not offered here; {nearest(name, choices)}")
    return found


def _exclude(file: Measurements, chosen: Selection, vintage: Vintage, section: DataSection) -> None:
    """Remove what `exclude` names: entries, observables, terms or bounded quantities.

    Entries of the card are removed by names of the card alone: their own, or that of their correlation matrix.
    """
    names = {name: _names(file, name, chosen.place) for name in (*chosen.measurements, *chosen.limits)}
    known = set().union(*names.values(), vintage.choose_one)
    for word in section.exclude:
        if word not in known:
            raise DataError(f"data.exclude: {word!r} is not among the data of {vintage.name!r}; {nearest(word, known)}")
    left_out = set(section.exclude)
    chosen.measurements = [name for name in chosen.measurements if not names[name] & left_out]
    chosen.limits = [name for name in chosen.limits if not names[name] & left_out]


def _names(file: Measurements, name: str, place: Mapping[str, str]) -> set[str]:
    entry, block = file.entry(name), whole_block(file, place.get(name, name))
    if name in file.own:
        return {name} | ({block.name} if block and block.status == "user" else set())
    bounded = {application.quantity for application in entry.applies_to}
    return {name, entry.observable} | bounded | ({block.term} if block else set())
