"""Terms of third parties: a callable behind an entry point of the group ``g2fit.likelihoods``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from g2fit.core.errors import DataError, nearest
from g2fit.core.types import FloatArray

__all__ = ["GROUP", "CustomTerm", "available", "load_term"]

GROUP = "g2fit.likelihoods"


@dataclass(frozen=True)
class CustomTerm:
    """A term of a third party.

    Attributes
    ----------
    function : callable
        Takes the parameters and predictions of a batch, by name, each of shape (M,), and returns the log likelihood,
        shape (M,). NaN counts as -inf.
    origin : str
        Distribution that provides it, with its version.
    """

    name: str
    function: Callable[[Mapping[str, FloatArray]], FloatArray]
    origin: str


def available() -> dict[str, str]:
    """Return the names of the terms that installed packages provide, and where each comes from."""
    return {point.name: point.value for point in entry_points(group=GROUP)}


def load_term(name: str) -> CustomTerm:
    """Load a term that the card names under ``data.likelihoods``."""
    for point in entry_points(group=GROUP):
        if point.name == name:
            function = point.load()
            if not callable(function):
                raise DataError(f"likelihood {name!r}: {point.value} is not callable")
            origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
            return CustomTerm(name, function, origin)
    raise DataError(f"no installed package provides the likelihood {name!r}; {nearest(name, available())}")
