"""Checks of what was read from a file or a card."""

from collections.abc import Collection, Mapping

from g2fit.core.errors import DataError, nearest

__all__ = ["check_keys"]


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
