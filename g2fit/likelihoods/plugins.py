"""Custom likelihoods: functions of a card's Python files, or of other packages that provide an entry point."""

import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import entry_points

import numpy as np

from g2fit.core.errors import DataError, ModelError, nearest
from g2fit.core.own_code import OwnCode, errors_explained
from g2fit.core.types import FloatArray
from g2fit.likelihoods.standard_model import sm_value
from g2fit.models.contract import numbers_of

__all__ = ["GROUP", "Columns", "CustomLikelihood", "available", "custom_of_file", "load_custom"]

#: Group of the entry points of custom likelihoods.
GROUP = "g2fit.likelihoods"

#: Held while a function is called that is not thread-safe.
_ONE_AT_A_TIME = threading.RLock()


class Columns(dict[str, FloatArray]):
    """Parameters and predictions of points by name, for a custom likelihood, which cannot change them.

    An observable that the model does not predict has its Standard Model value, as in all other likelihoods.

    Attributes
    ----------
    unknown : list of str
        What was asked for and is neither known to the model nor to the Standard Model.

    Examples
    --------
    >>> columns = Columns({"x": np.ones(2)}, 2)
    >>> columns["mu_h_mumu"], columns["x"]
    (array([1., 1.]), array([1., 1.]))
    """

    def __init__(
        self, values: Mapping[str, FloatArray], rows: int, options: Mapping[str, float | bool] | None = None
    ) -> None:
        super().__init__(values)
        self.rows, self.options = rows, options
        self.unknown: list[str] = []
        for column in self.values():
            column.flags.writeable = False

    def __missing__(self, name: str) -> FloatArray:
        try:
            value = sm_value(name, self.options)
        except DataError:
            self.unknown.append(name)
            raise KeyError(f"{name} is predicted neither by the model nor by the Standard Model") from None
        return np.broadcast_to(value, (self.rows,))


@dataclass(frozen=True)
class CustomLikelihood:
    """A term of the likelihood that a user or another package provides.

    Attributes
    ----------
    function : callable
        Takes a mapping of names to parameters and predictions, each of shape (M,), and returns the log likelihood of
        shape (M,); NaN means -inf.
    origin : str
        Name and version of the package, or name of the file.
    """

    name: str
    function: Callable[[Mapping[str, FloatArray]], FloatArray]
    origin: str

    @property
    def thread_safe(self) -> bool:
        """Whether several threads may call the function at the same time: its attribute of that name says so."""
        return getattr(self.function, "thread_safe", False) is True

    def __call__(self, columns: Columns, rows: int) -> FloatArray:
        """Log likelihood (rows,) of points, given as `Columns`.

        Raises
        ------
        DataError
            If the function fails or returns something else than real numbers below infinity, one for each row.
        """
        where = f"likelihood {self.name!r} of {self.origin}"
        try:
            with errors_explained(where), nullcontext() if self.thread_safe else _ONE_AT_A_TIME:
                found = self.function(columns)
            numbers = numbers_of(found, (rows,), f"{where} returned values")
        except ModelError as error:
            raise DataError(str(error)) from None
        if np.isposinf(numbers).any():
            raise DataError(f"{where} returned infinity; a log likelihood is a number or -infinity")
        return np.where(np.isnan(numbers), -np.inf, numbers)


def custom_of_file(name: str, code: OwnCode) -> CustomLikelihood:
    """Return the custom likelihood that a card names with a function of the user's."""
    function = code.load()
    if not callable(function):
        raise DataError(f"likelihoods.{name}: {code.name} of {code.file} is not a function")
    return CustomLikelihood(name, function, code.file.name if code.file else "this session")


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
            with errors_explained(f"likelihood {name!r} of {point.value}"):
                function = point.load()
            if not callable(function):
                raise DataError(f"likelihood {name!r}: {point.value} is not callable")
            origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
            return CustomLikelihood(name, function, origin)
    raise DataError(f"no installed package provides the likelihood {name!r}; {nearest(name, available())}")
