"""What a model is: named parameters in, named predictions out, for a batch of points."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from g2fit.core.errors import ModelError, nearest
from g2fit.core.types import FloatArray, ReasonArray

__all__ = ["UNUSED", "VALID", "Model", "Options", "Quantity", "Ridge"]

#: Reason code of a point (or solution) with predictions.
VALID = 0
#: Reason code of a slot that holds no solution, in models with several solutions a point.
UNUSED = -1


@dataclass(frozen=True)
class Quantity:
    """A parameter, observable or derived quantity.

    Attributes
    ----------
    name : str
        ASCII name, the field's usual one.
    latex : str
        Label without dollar signs.
    unit : str
        ``"GeV"``, or empty for a pure number.
    description : str
        One line.
    derived : bool
        Whether results store it for every draw and summaries list it.
    sm : float or None
        Value of an observable in the Standard Model, None for what does not exist there.
    """

    name: str
    latex: str
    unit: str = ""
    description: str = ""
    derived: bool = True
    sm: float | None = None


@dataclass(frozen=True)
class Ridge:
    """A thin sheet on which a datum confines one parameter, given all the others.

    Attributes
    ----------
    parameter : str
        The confined parameter, positive.
    observable : str
        The datum.
    form : str
        How the observable depends on the parameter: ``"pole"`` or ``"power"``, see `Model.ridge_centres`.
    thin : float
        Standard deviations between the datum and zero from which on samplers should follow the ridge.
    """

    parameter: str
    observable: str
    form: Literal["pole", "power"] = "pole"
    thin: float = 8.0


class Options(BaseModel):
    """Base of a model's options: unknown names and wrong values are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(ABC):
    """A batch of parameter points to predictions.

    A subclass sets `name`, `Options`, and in ``__init__`` (after calling this one) `parameters` and `observables`;
    and overrides either `predict` (the easy way) or `evaluate` (the fast way, used by the samplers).

    Attributes
    ----------
    name : str
        Name in the registry and on run cards.
    options : Options
        The validated options.
    parameters : tuple of Quantity
        Inputs, in the order of the columns of `theta`.
    observables : tuple of Quantity
        Predictions, observable and derived, in the order of the columns of `evaluate`'s output.
    reasons : tuple of str
        What each reason code means; ``reasons[0]`` is ``"valid"``.
    solutions : int
        Largest number of physical solutions of one point.
    aliases : mapping of str to str
        Further names of parameters and observables, e.g. ``{"m_L_mu": "m_L"}``.
    references : tuple of str
        arXiv ids of the formulas.
    ridges : tuple of Ridge
        Thin sheets that samplers should know of, see `ridge_centres`.
    mode_signs : tuple of str
        Observables whose signs tell the modes of a posterior apart; summaries report the share of each.
    """

    name: ClassVar[str]
    Options: ClassVar[type[Options]] = Options
    reasons: ClassVar[tuple[str, ...]] = ("valid",)
    references: ClassVar[tuple[str, ...]] = ()
    parameters: tuple[Quantity, ...] = ()
    observables: tuple[Quantity, ...] = ()
    solutions: int = 1
    aliases: Mapping[str, str] = {}
    ridges: tuple[Ridge, ...] = ()
    mode_signs: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        try:
            self.options = self.Options(**options)
        except ValidationError as error:
            raise ModelError(_option_message(self.name, self.Options, error)) from None

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Predict a batch without allocating.

        Parameters
        ----------
        theta : (N, P) array
            Points, C-contiguous, columns as `parameters`.
        out : (N * solutions, Q) array
            Filled with predictions, columns as `observables`; row ``i * solutions + s`` is solution `s` of point `i`.
            NaN where the solution is invalid.
        reason : (N * solutions,) array of int8
            Filled with reason codes: `VALID`, `UNUSED`, or an index of `reasons`.
        """
        predictions = self.predict(theta)
        rows = out.reshape(-1, self.solutions, len(self.observables))
        for column, quantity in enumerate(self.observables):
            rows[:, :, column] = np.asarray(predictions[quantity.name]).reshape(-1, self.solutions)
        valid = np.isfinite(out).all(axis=1)
        codes = predictions.get("reason")
        reason[:] = np.where(valid, VALID, 1) if codes is None else np.asarray(codes).reshape(-1)

    def ridge_centres(
        self,
        ridge: Ridge,
        theta: FloatArray,
        bounds: tuple[float, float],
        datum: tuple[float, float],
        position: FloatArray,
        slope: FloatArray,
    ) -> None:
        """Say where a ridge lies, for a batch of points; a model that declares `ridges` overrides this.

        Along the parameter p the observable is taken as ``a = A/(1 + slope (ln p - position))`` with the measured
        value A, or for a ridge of the form ``"power"`` as ``a = A exp(slope (ln p - position))``. Errors of either
        number cost efficiency, never correctness.

        Parameters
        ----------
        ridge : Ridge
            One of `ridges`.
        theta : (N, P) array
            Points; the ridge's parameter is ignored.
        bounds : (float, float)
            Range of ln p under the prior.
        datum : (float, float)
            Measured value and error.
        position, slope : (N,) arrays
            Filled; slope 0 where there is no ridge.
        """
        raise NotImplementedError(f"model {self.name!r} declares no ridge {ridge}")

    def predict(self, theta: ArrayLike) -> dict[str, NDArray[Any]]:
        """Predict a batch of points.

        Parameters
        ----------
        theta : (N, P) array_like
            Points, columns as `parameters`.

        Returns
        -------
        dict of str to array
            Every observable, shape (N,), or (N, solutions) for a model with several solutions a point; and
            ``"reason"``, the reason codes (int8, same shape). Invalid points hold NaN.
        """
        points = self.as_points(theta)
        out = np.empty((len(points) * self.solutions, len(self.observables)))
        reason = np.empty(len(out), dtype=np.int8)
        self.evaluate(points, out, reason)
        shape: tuple[int, ...] = (len(points),) if self.solutions == 1 else (len(points), self.solutions)
        result: dict[str, NDArray[Any]] = {
            quantity.name: out[:, column].reshape(shape) for column, quantity in enumerate(self.observables)
        }
        result["reason"] = reason.reshape(shape)
        return result

    def as_points(self, theta: ArrayLike) -> FloatArray:
        """Bring `theta` to a C-contiguous (N, P) array of floats, or say what is wrong with its shape."""
        points = np.ascontiguousarray(np.atleast_2d(np.asarray(theta, dtype=float)))
        if points.ndim != 2 or points.shape[1] != len(self.parameters):
            names = ", ".join(p.name for p in self.parameters)
            raise ModelError(
                f"model {self.name!r} takes {len(self.parameters)} parameters ({names}), got shape {np.shape(theta)}"
            )
        return points

    def column(self, name: str) -> int:
        """Column of observable `name` in `evaluate`'s output."""
        wanted = self.aliases.get(name, name)
        for index, quantity in enumerate(self.observables):
            if quantity.name == wanted:
                return index
        raise ModelError(
            f"model {self.name!r} has no observable {name!r}; {nearest(name, [q.name for q in self.observables])}"
        )


def _option_message(name: str, options: type[Options], error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            problems.append(f"unknown option {key!r}; {nearest(key, options.model_fields)}")
        else:
            problems.append(f"option {key!r} = {item['input']!r}: {item['msg']}")
    return f"model {name!r}: " + "; ".join(problems)
