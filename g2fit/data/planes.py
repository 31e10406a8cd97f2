"""Limits of collider searches that are regions in a plane of two quantities, such as the masses of slepton and LSP."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from g2fit.core.errors import DataError, nearest
from g2fit.data.checks import check_keys

__all__ = ["Channel", "Condition", "Plane", "State", "Sum", "parse_channels", "parse_plane"]

#: Row of a region: a mass, and the lower and upper ends of intervals of the second coordinate.
type Row = tuple[float, ...]


@dataclass(frozen=True)
class Sum:
    """A quantity of a model plus a number; the name is empty for a number alone."""

    name: str
    offset: float = 0.0

    def __str__(self) -> str:
        """Return the sum as it is written.

        >>> str(Sum("m_smu_1", 91.2)), str(Sum("", 0.9))
        ('m_smu_1 + 91.2', '0.9')
        """
        number = f"{self.offset:g}"
        return number if not self.name else self.name if self.offset == 0.0 else f"{self.name} + {number}"


@dataclass(frozen=True)
class Condition:
    """Something that a search assumes, in words and as an inequality: ``larger > smaller``."""

    says: str
    larger: Sum
    smaller: Sum

    def __str__(self) -> str:
        """Return the inequality."""
        return f"{self.larger} > {self.smaller}"


@dataclass(frozen=True)
class State:
    """A particle that is produced: the quantity that is its mass, and when the particle is this state."""

    mass: str
    where: tuple[Condition, ...]


@dataclass(frozen=True)
class Channel:
    """What a search assumes: the particles that are produced, how they decay, and the coordinates of its plane.

    Each of the `states` is a tuple of alternatives. A region excludes a point if, for each of them, the mass of one
    alternative and the second coordinate lie in it, and if all conditions in `where` hold. The second coordinate is
    the quantity `y`, or with `splitting` the mass of the state minus `y`.

    For sleptons of several kinds this is strict enough whatever their masses: the limit for equal masses says that
    the sum of all signals is too large at either of their masses, and each kind contributes a fixed share of the sum.

    With `open_below` the lower ends of a region are where the map of the search ends. With `own_scale` the width of a
    smooth step in the second coordinate is relative to that one, otherwise to the mass.
    """

    name: str
    model: str
    process: str
    states: tuple[tuple[State, ...], ...]
    y: str
    where: tuple[Condition, ...]
    splitting: bool = False
    open_below: bool = False
    own_scale: bool = False

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of all quantities of the model that the channel needs."""
        alternatives = [state for group in self.states for state in group]
        conditions = [*self.where, *(condition for state in alternatives for condition in state.where)]
        sums = [part.name for condition in conditions for part in (condition.larger, condition.smaller)]
        return tuple(dict.fromkeys([*(state.mass for state in alternatives), self.y, *filter(None, sums)]))


@dataclass(frozen=True)
class Plane:
    """A region that a search excludes at 95 % confidence level: a channel, and rows in the order of the mass.

    At the mass of a row it is excluded that the second coordinate lies in one of the row's intervals; between rows
    their ends are interpolated, see `g2fit.likelihoods.regions`.
    """

    channel: Channel
    rows: tuple[Row, ...]
    assumption: str
    check: str

    @property
    def content(self) -> list[Any]:
        """All that the likelihood depends on."""
        return [self.rows, {key: value for key, value in asdict(self.channel).items() if key != "process"}]


def _names(item: Any, known: Mapping[str, Any], where: str) -> Any:
    """Return what a list of names stands for."""
    for name in item:
        if name not in known:
            raise DataError(f"{where} = {name!r}; {nearest(str(name), known)}")
    return tuple(known[name] for name in item)


def parse_sum(text: str, where: str) -> Sum:
    """Read a name, a number, or a name plus a number.

    >>> parse_sum("m_smu_1 + 91.2", "here"), parse_sum("0.9", "here")
    (Sum(name='m_smu_1', offset=91.2), Sum(name='', offset=0.9))
    """
    parts = re.fullmatch(r"\s*(?:([A-Za-z]\w*)\s*(?:\+\s*([\d.]+))?|([\d.]+))\s*", text)
    if parts is None:
        raise DataError(f"{where}: cannot read {text!r}; allowed: a name, a number, or a name + a number")
    name, added, number = parts.groups()
    return Sum(name or "", float(added or number or 0.0))


def _condition(item: Any, where: str) -> Condition:
    check_keys(item, ("says", "holds"), where, needed=("says", "holds"))
    sides = str(item["holds"]).split(">")
    if len(sides) != 2:
        raise DataError(f"{where}: holds = {item['holds']!r} must be one inequality with >")
    return Condition(item["says"], parse_sum(sides[0], where), parse_sum(sides[1], where))


def parse_channels(content: Mapping[str, Any], where: str) -> dict[str, Channel]:
    """Read the conditions, states and channels of a file of planes; `where` is its name, for error messages."""
    conditions = {name: _condition(item, f"{where}, {name}") for name, item in content["conditions"].items()}
    states: dict[str, tuple[State, ...]] = {}
    for name, alternatives in content["states"].items():
        for item in alternatives:
            check_keys(item, ("mass", "where"), f"{where}, {name}", needed=("mass", "where"))
        states[name] = tuple(
            State(item["mass"], _names(item["where"], conditions, f"{where}, {name}: where")) for item in alternatives
        )
    channels: dict[str, Channel] = {}
    needed, flags = ("process", "states", "where", "y", "model"), ("splitting", "open_below", "own_scale")
    for name, item in content["channels"].items():
        place = f"{where}, {name}"
        check_keys(item, (*needed, *flags), place, needed)
        channels[name] = Channel(
            name=name,
            model=item["model"],
            process=item["process"],
            states=_names(item["states"], states, f"{place}: states"),
            y=item["y"],
            where=_names(item["where"], conditions, f"{place}: where"),
            **{flag: bool(item[flag]) for flag in flags if flag in item},
        )
    return channels


def parse_plane(item: Mapping[str, Any], channels: Mapping[str, Channel], where: str) -> Plane:
    """Read channel, rows, assumption and check of one region; `where` is its place, for error messages."""
    (channel,) = _names([item["channel"]], channels, f"{where}: channel")
    return Plane(channel, _checked_rows(item["rows"], where), item["assumption"], item["check"])


def _checked_rows(rows: Any, where: str) -> tuple[Row, ...]:
    """Refuse rows that are no region."""
    if not isinstance(rows, list) or len(rows) < 2:
        raise DataError(f"{where}: rows must be a list of two or more")
    for row in rows:
        numbers = isinstance(row, list) and all(type(value) in (int, float) for value in row)
        if not numbers or len(row) < 3 or len(row) % 2 == 0:
            raise DataError(f"{where}: the row {row!r} must be [m, low, high, low2, high2 ...]")
        if not all(np.isfinite(row)) or row[0] <= 0.0 or row[1] < 0.0 or np.any(np.diff(row[1:]) <= 0.0):
            raise DataError(f"{where}: in the row {row!r} m must be positive, and the ends must increase from 0 on")
    if np.any(np.diff([row[0] for row in rows]) <= 0.0):
        raise DataError(f"{where}: the masses of the rows must increase")
    return tuple(tuple(float(value) for value in row) for row in rows)
