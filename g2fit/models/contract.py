"""What a model of a user must keep to, checked where it is made and whenever it predicts."""

import re
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from g2fit.core.errors import ModelError
from g2fit.core.labels import check_label
from g2fit.core.own_code import errors_explained
from g2fit.core.types import BoolArray, FloatArray, ReasonArray
from g2fit.models.base import UNUSED, VALID, Model, Options, Quantity, Ridge
from g2fit.models.wrapped import Wrapped

__all__ = ["RESERVED", "GuardedModel", "check_name", "guarded", "is_own", "numbers_of"]

#: Reason of a point that a model calls valid although a prediction is NaN or infinite.
NOT_FINITE = "not_finite"

#: Most reasons, solutions of a point, and parameters or observables of a model.
MAX_REASONS, MAX_SOLUTIONS, MAX_QUANTITIES = 120, 64, 1000

#: Names of parameters and observables: they become names of variables and columns in files.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

#: Names of other variables, dimensions and columns in results, scans and tables, which no quantity can have.
RESERVED = frozenset({
    "chain", "confirmed", "credible_mass", "data", "delta_chi2", "draw", "ladder", "log_likelihood", "log_prior",
    "log_weight", "measurement", "minus_log_posterior", "point", "pull", "reason", "solution", "step", "term", "walker",
    "weight",
})  # fmt: skip

#: Reason code with which an array is filled before a model fills it.
UNFILLED = -128

_LOCKS: dict[type, threading.RLock] = {}


def is_own(kind: type) -> bool:
    """Whether a class is not of this package, but of a user or another package."""
    return not kind.__module__.startswith("g2fit.")


def guarded(kind: type[Model], options: Mapping[str, Any], where: str) -> Model:
    """Make a model; one that is not of this package is checked here and, as `GuardedModel`, whenever it predicts.

    `where` names the class in errors.
    """
    if not (isinstance(kind, type) and issubclass(kind, Model)):
        raise ModelError(f"{where}: is not a class derived from g2fit.models.Model")
    if not is_own(kind):
        return kind.variant(options)(**options)
    name = getattr(kind, "name", None)
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        raise ModelError(f"{where}: name = {name!r} must be letters, digits and underscores, such as 'dark_photon'")
    if not (isinstance(kind.Options, type) and issubclass(kind.Options, BaseModel)):
        raise ModelError(f"{where}: Options must be a class derived from g2fit.models.Options, not {kind.Options!r}")
    if kind.predict is Model.predict and kind.evaluate is Model.evaluate:
        raise ModelError(f"{where}: overrides neither predict(theta) nor evaluate(theta, out, reason)")
    with errors_explained(where, _file_of(kind)):
        model = kind.variant(options)(**options)
    return GuardedModel(model, where)


def _file_of(kind: type) -> Path | None:
    import sys

    place = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return None if place is None else Path(place)


class GuardedModel(Wrapped):
    """A model of a user whose every prediction is checked.

    The points that it is given cannot be changed, it is called by one thread at a time unless it declares to be
    ``thread_safe``, its errors become a `ModelError` of one line, and a point that it calls valid although a
    prediction is not finite is invalid with the reason ``not_finite``.
    """

    def __init__(self, inner: Model, where: str) -> None:
        self.where = where
        self._check(inner)
        super().__init__(inner)
        if NOT_FINITE not in self.reasons:
            self.reasons = (*self.reasons, NOT_FINITE)  # type: ignore[misc]
        self._not_finite = self.reasons.index(NOT_FINITE)
        self._predicts = type(inner).evaluate is Model.evaluate
        self._file = _file_of(type(inner))
        self._lock = None if inner.thread_safe is True else _LOCKS.setdefault(type(inner), threading.RLock())

    def _check(self, model: Model) -> None:
        """Check what a model declares."""
        where = self.where
        if not isinstance(getattr(model, "options", None), Options | BaseModel):
            raise ModelError(f"{where}: has no options; its __init__ must call super().__init__(**options)")
        parameters = _quantities(where, "parameters", model.parameters, least=0)
        observables = _quantities(where, "observables", model.observables, least=1)
        twice = sorted(set(parameters) & set(observables))
        if twice:
            raise ModelError(f"{where}: {twice[0]!r} is both a parameter and an observable")
        if isinstance(model.solutions, bool) or not isinstance(model.solutions, int):
            raise ModelError(f"{where}: solutions = {model.solutions!r} must be a whole number")
        if not 1 <= model.solutions <= MAX_SOLUTIONS:
            raise ModelError(f"{where}: solutions = {model.solutions} must be from 1 to {MAX_SOLUTIONS}")
        reasons = model.reasons
        texts = isinstance(reasons, tuple | list) and all(isinstance(reason, str) and reason for reason in reasons)
        if not texts or not 1 <= len(reasons) <= MAX_REASONS or reasons[0] != "valid":
            raise ModelError(
                f"{where}: reasons = {reasons!r} must be a tuple of 1 to {MAX_REASONS} texts, the first 'valid'"
            )
        known = {*parameters, *observables}
        if not isinstance(model.aliases, Mapping) or any(name not in known for name in model.aliases.values()):
            raise ModelError(
                f"{where}: aliases = {model.aliases!r} must map further names to {', '.join(sorted(known))}"
            )
        if not all(isinstance(r, Ridge) and r.parameter in parameters and r.observable in known for r in model.ridges):
            raise ModelError(f"{where}: ridges must be Ridge(parameter, observable) of its own quantities")
        if any(name not in known for name in model.mode_signs):
            raise ModelError(f"{where}: mode_signs = {model.mode_signs!r} must be names of its own quantities")

    @property
    def detailed(self) -> Model:
        """See `Model.detailed`."""
        with errors_explained(self.where, self._file):
            inner = self.inner.detailed
        return self if inner is self.inner else GuardedModel(inner, self.where)

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """See `Model.beyond`."""
        with errors_explained(f"{self.where}: beyond", self._file):
            return self.inner.beyond(_readonly(theta))

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """See `Model.evaluate`.

        Raises
        ------
        ModelError
            If the model fails, or returns something else than it should.
        """
        if self._lock is not None:
            with self._lock:
                self._evaluate(_readonly(theta), out, reason)
        else:
            self._evaluate(_readonly(theta), out, reason)

    def _evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        if self._predicts:
            with errors_explained(f"{self.where}: predict", self._file):
                predictions = self.inner.predict(theta)
            self._fill(predictions, len(theta), out, reason)
        else:
            out[:] = np.nan
            reason[:] = UNFILLED
            with errors_explained(f"{self.where}: evaluate", self._file):
                self.inner.evaluate(theta, out, reason)
            self._check_codes(reason, "evaluate must fill `reason`")
        reason[(reason == VALID) & ~np.isfinite(out).all(axis=1)] = self._not_finite
        out[reason != VALID] = np.nan

    def _fill(self, predictions: Any, points: int, out: FloatArray, reason: ReasonArray) -> None:
        """Copy predictions to the arrays of `evaluate`."""
        called = f"{self.where}: predict"
        if not isinstance(predictions, Mapping):
            raise ModelError(f"{called} returned {_kind(predictions)}; it must return a dict of arrays by observable")
        lacking = [quantity.name for quantity in self.observables if quantity.name not in predictions]
        if lacking:
            given = ", ".join(map(str, predictions)) or "nothing"
            raise ModelError(f"{called} returned no {', '.join(lacking)}; it returned {given}")
        shape = (points,) if self.solutions == 1 else (points, self.solutions)
        rows = out.reshape(points, self.solutions, len(self.observables))
        for column, quantity in enumerate(self.observables):
            values = numbers_of(predictions[quantity.name], shape, f"{called} returned {quantity.name}")
            rows[:, :, column] = values.reshape(points, self.solutions)
        if "reason" in predictions:
            codes = np.asarray(predictions["reason"])
            if codes.dtype.kind not in "iub" or codes.shape != shape:
                raise ModelError(
                    f"{called} returned reason = {_kind(codes)}; whole numbers of shape {shape} are wanted"
                )
            if codes.size and not UNUSED <= codes.min() <= codes.max() < len(self.reasons):
                self._check_codes(codes.ravel(), "")
            reason[:] = codes.reshape(-1)
        else:
            reason[:] = VALID

    def _check_codes(self, codes: NDArray[Any], hint: str) -> None:
        """Check that all codes are those of reasons."""
        wrong = codes[(codes < UNUSED) | (codes >= len(self.reasons))]
        if len(wrong):
            hint = f"; {hint}" if hint and wrong[0] == UNFILLED else ""
            raise ModelError(
                f"{self.where}: reason code {int(wrong[0])} is not one of 0 to {len(self.inner.reasons) - 1} "
                f"({', '.join(self.inner.reasons)}){hint}"
            )


def _readonly(values: FloatArray) -> FloatArray:
    view = values.view()
    view.flags.writeable = False
    return view


def check_name(name: Any, what: str) -> None:
    """Raise a `ModelError`, which begins with `what`, if a quantity cannot have a name."""
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        raise ModelError(f"{what} must be letters, digits and underscores")
    if name in RESERVED:
        raise ModelError(f"{what} must be another, not {name!r}, which stands for something else in results")


def _quantities(where: str, what: str, given: Any, least: int) -> list[str]:
    """Names of parameters or observables, checked."""
    if not isinstance(given, tuple | list) or not all(isinstance(quantity, Quantity) for quantity in given):
        raise ModelError(f"{where}: {what} must be a tuple of Quantity, not {_kind(given)}")
    if not least <= len(given) <= MAX_QUANTITIES:
        raise ModelError(f"{where}: has {len(given)} {what}; {least} to {MAX_QUANTITIES} are allowed")
    names: list[str] = []
    for quantity in given:
        name = quantity.name
        check_name(name, f"{where}: {what}: name {name!r}")
        if name in names:
            raise ModelError(f"{where}: {what}: {name!r} is there twice")
        texts = (quantity.latex, quantity.unit, quantity.description)
        if not all(isinstance(text, str) and text.isprintable() for text in texts):
            raise ModelError(f"{where}: {what}: latex, unit and description of {name} must be texts of one line")
        if quantity.sm is not None and not (isinstance(quantity.sm, int | float) and np.isfinite(quantity.sm)):
            raise ModelError(f"{where}: {what}: sm = {quantity.sm!r} of {name} must be a finite number or None")
        if quantity.latex:
            check_label(quantity.latex, f"{where}: {what}: latex of {name}")
        names.append(name)
    return names


def numbers_of(values: Any, shape: tuple[int, ...], what: str) -> FloatArray:
    """Convert what a user's function returned to an array of floats of the given shape; `what` names it in errors."""
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise ModelError(f"{what} as {_kind(values)}; real numbers of shape {shape} are wanted")
    if array.shape != shape:
        hint = "; use np.full for a constant" if array.ndim == 0 else ""
        raise ModelError(f"{what} with shape {array.shape} for {shape[0]} points; {shape} is wanted{hint}")
    return array.astype(float, copy=False)


def _kind(value: Any) -> str:
    """What a value is, for messages."""
    if isinstance(value, np.ndarray | np.generic):
        return f"an array of {value.dtype} with shape {np.shape(value)}"
    if value is None:
        return "None"
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        kinds = sorted({type(item).__name__ for item in list(value)[:10]} if isinstance(value, tuple | list) else [])
        return f"a {type(value).__name__}" + (f" of {', '.join(kinds)}" if kinds else "")
    return f"{type(value).__name__} {value!r}"[:100]
