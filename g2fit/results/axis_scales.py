"""How a quantity is shown: sign, power of ten, linear or logarithmic, and where its range ends."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, log10
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.core.types import FloatArray

if TYPE_CHECKING:
    from g2fit.results.result import Result, Support

__all__ = ["Axis", "axis_of", "make_axis"]

#: A derived quantity of one sign has a logarithmic axis if its central 95.45 % span more than this factor.
DECADES = 8.0

#: A derived quantity with most draws near zero has a scale that is linear there and logarithmic further out (an inverse
#: hyperbolic sine): if the median of its absolute value is less than this fraction of the value that one in a thousand
#: draws exceeds. For an exponential law it is 0.10.
SPIKE = 0.06


@dataclass(frozen=True)
class Axis:
    r"""One quantity as figures show it.

    A *shown* value is ``sign (value - shift) / 10**exponent``; its *coordinate* is the shown value itself, its natural
    logarithm on a logarithmic axis, or the inverse hyperbolic sine of its ratio to `linear_width` on an axis of scale
    ``asinh``. Densities are densities of the coordinate.

    Examples
    --------
    >>> axis = Axis("delta_a_mu", r"\Delta a_\mu", exponent=-9)
    >>> axis.label
    '$\\Delta a_\\mu$ $[10^{-9}]$'
    >>> [round(float(x), 6) for x in axis.show([2.51e-9, 0.0])]
    [2.51, 0.0]
    """

    name: str
    #: Label without dollar signs.
    latex: str
    unit: str = ""
    scale: Literal["linear", "log", "asinh"] = "linear"
    #: -1 for a negative quantity on a logarithmic axis.
    sign: int = 1
    #: Power of ten that is taken out.
    exponent: int = 0
    #: Taken off a quantity that differs little from it, such as a coupling ratio from 1.
    shift: float = 0.0
    #: Support in shown values, infinite where there is no hard end.
    low: float = -inf
    high: float = inf
    #: Of scale ``asinh``: shown values below it are on the linear part of the axis.
    linear_width: float = 1.0

    def show(self, values: ArrayLike) -> FloatArray:
        """Convert values of the quantity to shown values."""
        return np.asarray(self.sign * (np.asarray(values, dtype=float) - self.shift) / 10.0**self.exponent)

    def value(self, shown: ArrayLike) -> FloatArray:
        """Convert shown values to values of the quantity; the inverse of `show`."""
        return np.asarray(self.sign * np.asarray(shown, dtype=float) * 10.0**self.exponent + self.shift)

    def coordinate(self, shown: ArrayLike) -> FloatArray:
        """Convert shown values to coordinates."""
        values = np.asarray(shown, dtype=float)
        if self.scale == "asinh":
            return np.asarray(np.arcsinh(values / self.linear_width))
        return np.asarray(np.log(values) if self.scale == "log" else values)

    def from_coordinate(self, coordinate: ArrayLike) -> FloatArray:
        """Convert coordinates to shown values; the inverse of `coordinate`."""
        values = np.asarray(coordinate, dtype=float)
        if self.scale == "asinh":
            return np.asarray(self.linear_width * np.sinh(values))
        return np.asarray(np.exp(values) if self.scale == "log" else values)

    @property
    def ends(self) -> tuple[float, float]:
        """Coordinates of the ends of the support."""
        if self.scale != "log":
            low, high = self.coordinate([self.low, self.high])
            return float(low), float(high)
        return (float(np.log(self.low)) if self.low > 0.0 else -inf), float(np.log(self.high))

    @property
    def scaling(self) -> dict[str, Any]:
        """Arguments of `set_xscale` and `set_yscale` of a panel."""
        return {"value": self.scale} | ({"linear_width": self.linear_width} if self.scale == "asinh" else {})

    @property
    def density_per(self) -> str:
        """What the density is a density of, in words."""
        if self.scale == "asinh":
            return f"asinh(value / {self.linear_width * 10.0**self.exponent:.2g})"
        return "logarithm" if self.scale == "log" else "value"

    @property
    def symbol(self) -> str:
        """Symbol of what is shown, as mathtext."""
        text = self.latex
        if self.shift:
            text += f" {-self.shift:+g}".replace("+", "+ ").replace("-", "- ")
        if self.sign < 0:
            compound = any(mark in self.latex.split("/")[0] for mark in "+-") or self.shift
            text = f"-({text})" if compound else f"-{text}"
        return f"${text}$"

    @property
    def label(self) -> str:
        """Symbol with power of ten and unit."""
        power = f"10^{{{self.exponent}}}" if self.exponent and self.unit != "GeV" else ""
        unit = "TeV" if self.unit == "GeV" and self.exponent == 3 else self.unit
        inside = r"\,".join(part for part in (power, rf"\mathrm{{{unit}}}" if unit else "") if part)
        return f"{self.symbol} $[{inside}]$" if inside else self.symbol


def axis_of(result: Result, name: str) -> Axis:
    """Choose the axis of a parameter or derived quantity of a run.

    A parameter is logarithmic where its prior is. A derived quantity is logarithmic where its draws, all of one sign,
    span decades, but not one with a datum, whose error is linear. One with most draws near zero, beside which others
    would be a line, has a scale that is linear near zero and logarithmic further out.
    """
    known = result.describe(name)
    unit = "" if known["units"] == "1" else known["units"]
    draws = result.draws(name).ravel()
    return make_axis(name, known["latex"], unit, draws, support=result.support(name), linear=name in result.observed)


def make_axis(
    name: str, latex: str, unit: str, values: NDArray[Any], *, support: Support | None = None, linear: bool = False
) -> Axis:
    """Choose an axis for draws of a quantity.

    Examples
    --------
    >>> make_axis("a", "a", "", np.array([-1e-9, 2e-9])).exponent
    -9
    >>> make_axis("G", "G", "", np.array([0.9992, 0.9996])).label
    '$G - 1$ $[10^{-4}]$'
    >>> make_axis("c", "c", "", np.linspace(-1.0, 1.0, 999) ** 9).scale
    'asinh'
    """
    if support is not None and support.dist in ("loguniform", "lognorm"):
        sign = -1 if support.maximum <= 0.0 else 1
        low, high = sorted((sign * support.minimum, sign * support.maximum))
        exponent = 3 if unit == "GeV" and np.isfinite(high) and high > 5e4 else 0
        power = 10.0**exponent
        return Axis(name, latex, unit, "log", sign, exponent, low=low / power, high=high / power)
    low, high = np.quantile(values, [0.02275, 0.97725])
    spans = low * high > 0.0 and max(low / high, high / low) > DECADES
    if support is None and not linear and spans and (values > 0.0).all() | (values < 0.0).all():
        return Axis(name, latex, unit, "log", 1 if low > 0.0 else -1)
    shift = 1.0 if not unit and 0.0 < max(abs(low - 1.0), abs(high - 1.0)) < 0.01 else 0.0
    exponent = _exponent(max(abs(low - shift), abs(high - shift)), unit)
    if support is None:
        size = np.abs(values - shift) / 10.0**exponent
        middle, far = (float(end) for end in np.quantile(size, [0.5, 0.999]))
        if 0.0 < middle < SPIKE * far:
            return Axis(name, latex, unit, "asinh", exponent=exponent, shift=shift, linear_width=middle)
    ends = (-inf, inf) if support is None else (support.minimum, support.maximum)
    low, high = ((end - shift) / 10.0**exponent for end in ends)
    return Axis(name, latex, unit, exponent=exponent, shift=shift, low=low, high=high)


def _exponent(size: float, unit: str) -> int:
    if unit == "GeV":
        return 3 if size >= 2e4 else 0
    if not size > 0.0 or 0.02 <= size < 1e4:
        return 0
    return floor(log10(size))
