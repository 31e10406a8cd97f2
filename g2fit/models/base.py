"""Base class of the models: named parameters in, named predictions out, for a batch of points."""

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from g2fit.core.aliases import current_options
from g2fit.core.errors import ModelError, nearest
from g2fit.core.html import html_table, html_text
from g2fit.core.types import BoolArray, FloatArray, ReasonArray

__all__ = ["UNUSED", "VALID", "Model", "Options", "Quantity", "Ridge"]

#: Reason code of a point (or solution) whose predictions exist.
VALID = 0
#: Reason code of a row without a solution: a point has fewer solutions than `Model.solutions`.
UNUSED = -1


@dataclass(frozen=True)
class Quantity:
    """A parameter of a model or a quantity that it predicts.

    Attributes
    ----------
    name : str
        ASCII name, the usual one of the literature.
    latex : str
        LaTeX label without dollar signs.
    unit : str
        ``"GeV"``, or empty for a pure number.
    description : str
        One line of text.
    derived : bool
        Whether results contain the quantity for every draw and summaries list it.
    sm : float or None
        Standard Model value of an observable; None for a quantity that does not exist in the Standard Model.
    """

    name: str
    latex: str
    unit: str = ""
    description: str = ""
    derived: bool = True
    sm: float | None = None


@dataclass(frozen=True)
class Ridge:
    """A narrow ridge of the posterior: given the other parameters, one measurement fixes this one.

    Attributes
    ----------
    parameter : str
        Name of the parameter, which is positive.
    observable : str
        Name of the measured observable.
    form : {"pole", "power"}
        How the observable depends on the parameter, see `Model.ridge_centres`.
    thin : float
        Significance of the measurement, |value|/error, above which the sampler's coordinates straighten the ridge.
    """

    parameter: str
    observable: str
    form: Literal["pole", "power"] = "pole"
    thin: float = 8.0


class Options(BaseModel):
    """Base class of the options of a model; unknown names and invalid values are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(ABC):
    """A theory that predicts observables from parameters.

    A subclass sets `name` and `Options`; sets `parameters` and `observables` in ``__init__``, after calling
    ``super().__init__``; and overrides either `predict` (simple) or `evaluate` (fast, what the samplers call). What it
    predicts for a point depends on that point alone, whatever is computed before, at once or in the same batch.

    Options are keyword arguments; values of former versions stay valid (see `g2fit.core.aliases`), and ModelError is
    raised if an option is unknown or its value invalid.

    Attributes
    ----------
    name : str
        Name of the model on cards.
    options : Options
        The validated options.
    parameters : tuple of Quantity
        Parameters, in the order of the columns of `theta`.
    observables : tuple of Quantity
        Predictions, in the order of the columns of `evaluate`'s output.
    reasons : tuple of str
        Text of each reason code; ``reasons[0]`` is ``"valid"``, the others say why a point is invalid.
    solutions : int
        Largest number of solutions of one point.
    aliases : mapping of str to str
        Further names of parameters and observables, such as ``{"m_L_mu": "m_L"}``.
    references : tuple of str
        arXiv ids of the papers with the formulas.
    ridges : tuple of Ridge
        Narrow ridges that the posterior may have, see `ridge_centres`.
    mode_signs : tuple of str
        Observables whose signs distinguish the modes of the posterior; summaries report the share of each mode.
    thread_safe : bool
        Whether several threads may evaluate points at the same time. Otherwise one thread does, and other cores are
        used by processes.
    """

    name: ClassVar[str]
    Options: ClassVar[type[Options]] = Options
    reasons: ClassVar[tuple[str, ...]] = ("valid",)
    references: ClassVar[tuple[str, ...]] = ()
    thread_safe: ClassVar[bool] = False
    parameters: tuple[Quantity, ...] = ()
    observables: tuple[Quantity, ...] = ()
    solutions: int = 1
    aliases: Mapping[str, str] = {}
    ridges: tuple[Ridge, ...] = ()
    mode_signs: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        try:
            self.options = self.Options(**current_options(self.name, options))
        except ValidationError as error:
            raise ModelError(_option_message(self.name, self.Options, error)) from None

    @classmethod
    def variant(cls, options: Mapping[str, Any]) -> "type[Model]":
        """Class of the model with these options; by default this class, whatever the options."""
        return cls

    @classmethod
    def options_of_cuts(cls, cuts: Mapping[str, float]) -> dict[str, Any]:
        """Options that the cuts of a card need, where the card leaves them out; by default none.

        `cuts` are the largest finite bounds of the cuts, by the name of the quantity.
        """
        return {}

    @property
    def implementation(self) -> "type[Model]":
        """Class that has the formulas: that of the object, unless it only passes on what another model predicts."""
        return type(self)

    @property
    def detailed(self) -> "Model":
        """The model for results: the same one, unless it computes some quantities less far while it is sampled."""
        return self

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """Find points at which something that the options leave out matters; by default there is nothing.

        Results state the share of such draws, so that nobody takes a fit for more than it is.

        Parameters
        ----------
        theta : (N, P) array
            Points, with columns as `parameters`.

        Returns
        -------
        dict of str to (N,) array of bool
            Text that describes what matters, and where it does.
        """
        return {}

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Compute the predictions of a batch of points in place.

        Parameters
        ----------
        theta : (N, P) array
            Points, C-contiguous, with columns as `parameters`.
        out : (N * solutions, Q) array
            Receives the predictions, with columns as `observables`; row ``i * solutions + s`` is solution `s` of
            point `i`. NaN where the solution is invalid.
        reason : (N * solutions,) array of int8
            Receives the reason codes: `VALID`, `UNUSED`, or an index of `reasons`.
        """
        predictions = self.predict(theta)
        rows = out.reshape(-1, self.solutions, len(self.observables))
        for column, quantity in enumerate(self.observables):
            rows[:, :, column] = np.asarray(predictions[quantity.name]).reshape(-1, self.solutions)
        valid = np.isfinite(out).all(axis=1)
        codes = predictions.get("reason")
        reason[:] = np.where(valid, VALID, 1) if codes is None else np.asarray(codes).reshape(-1)

    def ridge_centres(
        self, ridge: Ridge, theta: FloatArray, bounds: tuple[float, float], datum: tuple[float, float]
    ) -> tuple[FloatArray, FloatArray]:
        """Locate a ridge for a batch of points; a model with `ridges` overrides this method.

        As a function of the parameter p the observable is approximated by ``a = A/(1 + slope (ln p - position))``,
        where A is the measured value, or by ``a = A exp(slope (ln p - position))`` for a ridge of the form
        ``"power"``. Inaccurate values make the sampler less efficient; they never bias the posterior.

        Parameters
        ----------
        ridge : Ridge
            One of `ridges`.
        theta : (N, P) array
            Points; the value of the ridge's parameter is ignored.
        bounds : (float, float)
            Range of ln p under the prior.
        datum : (float, float)
            Measured value and its error.

        Returns
        -------
        position, slope : (N,) arrays
            The two numbers for each point; the slope is 0 where there is no ridge.
        """
        raise NotImplementedError(f"model {self.name!r} has no ridge {ridge}")

    def predict(self, theta: ArrayLike | None = None, /, **values: ArrayLike) -> dict[str, NDArray[Any]]:
        """Compute the predictions of a batch of points.

        Parameters
        ----------
        theta : (N, P) array_like, optional
            Points, with columns as `parameters`.
        **values : array_like
            Instead of `theta`: each parameter by its name or alias, a number or an array of shape (N,).

        Returns
        -------
        dict of str to array
            Every observable, of shape (N,), or (N, solutions) for a model with several solutions per point; and
            ``"reason"``, the reason codes (int8, same shape). NaN where a point is invalid.

        Raises
        ------
        ModelError
            If a parameter is missing or unknown, or a shape is wrong.
        """
        points = self.as_points(self._by_name(values) if theta is None else theta)
        if theta is not None and values:
            raise ModelError(f"model {self.name!r}: give either an array of points or parameters by name")
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
        """Convert `theta` to a C-contiguous (N, P) array of floats; raise ModelError if its shape is wrong."""
        points = np.ascontiguousarray(np.atleast_2d(np.asarray(theta, dtype=float)))
        if points.ndim != 2 or points.shape[1] != len(self.parameters):
            names = ", ".join(p.name for p in self.parameters)
            raise ModelError(
                f"model {self.name!r} takes {len(self.parameters)} parameters ({names}), got shape {np.shape(theta)}"
            )
        return points

    def _by_name(self, values: Mapping[str, ArrayLike]) -> FloatArray:
        """Points (N, P) of parameters that are given by name."""
        names = [p.name for p in self.parameters]
        given = {self.aliases.get(key, key): value for key, value in values.items()}
        unknown = [key for key in values if self.aliases.get(key, key) not in names]
        if unknown:
            raise ModelError(f"model {self.name!r} has no parameter {unknown[0]!r}; {nearest(unknown[0], names)}")
        missing = [name for name in names if name not in given]
        if missing:
            raise ModelError(f"model {self.name!r}: missing parameter {', '.join(missing)}")
        try:
            columns = np.broadcast_arrays(*(np.asarray(given[name], dtype=float) for name in names))
        except (TypeError, ValueError) as error:
            raise ModelError(
                f"model {self.name!r}: parameters must be numbers or arrays of one length ({error})"
            ) from None
        return np.stack([column.ravel() for column in columns], axis=1) if names else np.empty((1, 0))

    def __repr__(self) -> str:
        return f"<model {self.name}: {len(self.parameters)} parameters, {len(self.observables)} observables>"

    def _repr_html_(self) -> str:
        """Tables of the parameters and observables, for notebooks."""
        rows = {
            title: [(q.name, f"${q.latex}$", q.unit, q.description) for q in quantities]
            for title, quantities in (("parameters", self.parameters), ("observables", self.observables))
        }
        tables = "".join(html_table(title, ("name", "", "unit", ""), found) for title, found in rows.items())
        return f"<p>{html_text(repr(self))}</p>{tables}"

    def column(self, name: str) -> int:
        """Return the column of the observable `name` in `evaluate`'s output."""
        wanted = self.aliases.get(name, name)
        names = [quantity.name for quantity in self.observables]
        if wanted not in names:
            raise ModelError(f"model {self.name!r} has no observable {name!r}; {nearest(name, names)}")
        return names.index(wanted)


def _option_message(name: str, options: type[Options], error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            problems.append(f"unknown option {key!r}; {nearest(key, options.model_fields)}")
        else:
            problems.append(f"option {key!r} = {item['input']!r}: {item['msg']}")
    return f"model {name!r}: " + "; ".join(problems)
