"""Checks that no data are counted twice."""

from collections.abc import Sequence
from itertools import combinations

from g2fit.core.errors import DataError, nearest
from g2fit.data.measurement import Block, Measurements, Overlap

__all__ = ["check_overlaps", "shared_data", "tolerated_overlaps", "whole_block"]

#: Observables with one experimental value behind all their entries, so that two entries would count it twice.
SINGLE = ("delta_a_e", "delta_a_mu")


def check_overlaps(file: Measurements, measurements: Sequence[str], limits: Sequence[str] = ()) -> None:
    """Refuse entries of one fit that contain the same data: a `DataError` names the first ones."""
    names = [*measurements, *limits]
    for name in file.own:
        for other in file.own[name] or ():
            if other not in file.entries:
                raise DataError(f"{name}: overlaps = {other!r} is no entry; {nearest(other, names)}")
    overlaps = [overlap for overlap in file.overlaps if not overlap.tolerated and overlap.concerns(names)]
    for one, other in combinations(names, 2):
        if reason := _reason(file, overlaps, one, other):
            raise DataError(f"{one} and {other} cannot enter one fit: {reason}")
    shipped = [name for name in names if name not in file.own]
    for overlap in file.overlaps:
        if found := overlap.too_many(shipped):
            raise DataError(f"{', '.join(found)}: only {overlap.at_most} of them are independent; leave one out")


def tolerated_overlaps(file: Measurements, measurements: Sequence[str]) -> list[str]:
    """Return warnings on entries that share a part of their data: the likelihood neglects the correlation.

    It does not where both belong to one correlation block.
    """
    shipped = [name for name in measurements if name not in file.own]
    tolerated = [overlap for overlap in file.overlaps if overlap.tolerated and overlap.concerns(shipped)]
    blocks = {name: whole_block(file, name) for name in shipped}
    pairs = [(a, b) for a, b in combinations(shipped, 2) if blocks[a] is None or blocks[a] is not blocks[b]]
    return list(dict.fromkeys(overlap.why for pair in pairs for overlap in tolerated if overlap.conflict(*pair)))


def whole_block(file: Measurements, name: str) -> Block | None:
    """Return the correlation block of an entry: the complete block, not a part of one."""
    return next((block for block in file.correlations.values() if name in block.members), None)


def shared_data(file: Measurements, one: str, other: str) -> str:
    """Why two entries that come with the package contain the same data; empty if nothing of that kind is known."""
    overlaps = [overlap for overlap in file.overlaps if not overlap.tolerated]
    return _shared(file, overlaps, one, other) if {one, other} <= set(file.entries) else ""


def _shared(file: Measurements, overlaps: Sequence[Overlap], one: str, other: str) -> str:
    for overlap in overlaps:
        if overlap.conflict(one, other):
            return overlap.why
    for child, parent in ((one, other), (other, one)):
        if parent in file.ancestors[child]:
            return f"{child} was computed from {parent}"
    return ""


def _reason(file: Measurements, overlaps: Sequence[Overlap], one: str, other: str) -> str:
    if one == other:
        return "it is the same entry twice"
    if one in file.own or other in file.own:
        return _reason_of_own(file, one, other)
    if shared := _shared(file, overlaps, one, other):
        return shared
    observable = file.entries[one].observable
    if observable == file.entries[other].observable and observable in SINGLE:
        return f"both are values of {observable}, which can be fitted once; `exclude` one of them"
    return ""


def _reason_of_own(file: Measurements, one: str, other: str) -> str:
    """Why an entry of the card cannot stand beside another one: only the card knows what it contains.

    Two entries in a correlation block of the card may overlap, since the matrix accounts for that.
    """
    block = whole_block(file, one)
    if block is not None and other in block.members:
        return ""
    for name, partner in ((one, other), (other, one)):
        if partner in (file.own.get(name) or ()):
            return f"{name} says that it overlaps with it; give their correlation, or `exclude` one of them"
        if partner in file.ancestors[name]:
            return f"{name} was computed from {partner}"
    declared = any(file.own.get(name) is not None for name in (one, other))
    observable = file.entries[one].observable
    if observable in SINGLE and observable == file.entries[other].observable and not declared:
        return (
            f"both are values of {observable}, and differences with the same prediction are correlated; give their "
            "correlation (extra_correlations), say `overlaps: []` if they share nothing, or `exclude` one of them"
        )
    return ""
