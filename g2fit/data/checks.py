"""Checks of what was read from a file or a card."""

from collections.abc import Collection, Mapping
from typing import Any

from g2fit.core.errors import DataError, nearest

__all__ = ["check_keys", "place_of"]


def check_keys(item: object, allowed: Collection[str], where: str, needed: Collection[str] = ()) -> None:
    """Refuse anything but a mapping with allowed keys, among them all that are needed."""
    if not isinstance(item, Mapping):
        raise DataError(f"{where}: expected a mapping, found {item!r}")
    for key in item:
        if key not in allowed:
            raise DataError(f"{where}: unknown key {key!r}; {nearest(str(key), allowed)}")
    for key in needed:
        if key not in item:
            raise DataError(f"{where}: {key!r} is missing")


def place_of(problem: Mapping[str, Any]) -> list[str]:
    """Keys that lead to a problem that pydantic found, without what only pydantic knows of.

    >>> place_of({"loc": ("data", "a_mu", "sm", "<numbers>", "error")})
    ['data', 'a_mu', 'sm', 'error']
    >>> place_of({"loc": ("data", "<b>"), "type": "extra_forbidden"})
    ['data', '<b>']
    """
    parts = [str(part) for part in problem["loc"]]
    users = len(parts) - 1 if problem.get("type") == "extra_forbidden" else None  # a key of the user, whatever it is
    return [part for i, part in enumerate(parts) if i == users or (part != "[key]" and not part.startswith("<"))]
