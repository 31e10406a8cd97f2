"""Checks that no data are counted twice."""

from collections.abc import Sequence
from itertools import combinations

from g2fit.core.errors import DataError
from g2fit.data.measurement import Measurements, Overlap

__all__ = ["check_overlaps", "tolerated_overlaps"]

#: Observables with one experimental value behind all their entries, so that two entries would count it twice.
SINGLE = ("delta_a_e", "delta_a_mu")


def check_overlaps(file: Measurements, measurements: Sequence[str], limits: Sequence[str] = ()) -> None:
    """Refuse entries of one fit that contain the same data: a `DataError` names the first two of them."""
    names = [*measurements, *limits]
    overlaps = [overlap for overlap in file.overlaps if not overlap.tolerated and overlap.concerns(names)]
    for one, other in combinations(names, 2):
        if reason := _reason(file, overlaps, one, other):
            raise DataError(f"{one} and {other} cannot enter one fit: {reason}")


def tolerated_overlaps(file: Measurements, measurements: Sequence[str]) -> list[str]:
    """Return warnings on entries that share a small part of their data: the likelihood neglects the correlation."""
    tolerated = [overlap for overlap in file.overlaps if overlap.tolerated and overlap.concerns(measurements)]
    pairs = combinations(measurements, 2)
    return list(dict.fromkeys(overlap.why for pair in pairs for overlap in tolerated if overlap.conflict(*pair)))


def _reason(file: Measurements, overlaps: Sequence[Overlap], one: str, other: str) -> str:
    if one == other:
        return "it is the same entry twice"
    for overlap in overlaps:
        if overlap.conflict(one, other):
            return overlap.why
    for child, parent in ((one, other), (other, one)):
        if parent in file.ancestors[child]:
            return f"{child} was computed from {parent}"
    observable = file.entries[one].observable
    if observable == file.entries[other].observable and observable in SINGLE:
        return f"both are values of {observable}, which can be fitted once; `exclude` one of them"
    return ""
