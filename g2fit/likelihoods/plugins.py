"""Custom likelihoods: functions that other packages provide under an entry point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from g2fit.core.errors import DataError, nearest
from g2fit.core.types import FloatArray

__all__ = ["GROUP", "CustomLikelihood", "available", "load_custom"]

#: Group of the entry points of custom likelihoods.
GROUP = "g2fit.likelihoods"


@dataclass(frozen=True)
class CustomLikelihood:
    """A term of the likelihood that another package provides.

    Attributes
    ----------
    function : callable
        Takes a mapping of names to parameters and predictions, each of shape (M,), and returns the log likelihood of
        shape (M,); NaN means -inf.
    origin : str
        Name and version of the package.
    """

    name: str
    function: Callable[[Mapping[str, FloatArray]], FloatArray]
    origin: str


def available() -> dict[str, str]:
    """Return the names of the custom likelihoods that installed packages provide, and the function of each."""
    return {point.name: point.value for point in entry_points(group=GROUP)}


def load_custom(name: str) -> CustomLikelihood:
    """Load the custom likelihood that a card names under ``data.likelihoods``.

    Raises
    ------
    DataError
        If no installed package provides it, or it is not a function.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            function = point.load()
            if not callable(function):
                raise DataError(f"likelihood {name!r}: {point.value} is not callable")
            origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
            return CustomLikelihood(name, function, origin)
    raise DataError(f"no installed package provides the likelihood {name!r}; {nearest(name, available())}")
