"""Sampler space and parameter space: maps with their log-Jacobians, the card's prior being exact in each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import erf, erfc, exp, inf, log, pi, sqrt

import numpy as np
import scipy.special

from g2fit.card.priors import Prior, PriorSet
from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray

__all__ = ["Chart", "Coordinates", "Raw", "Sheet"]

#: Share of a ridge's mass that the map gives to the rest of the prior's range, so that weights stay bounded.
FLOOR = 0.05

_SQRT2, _SQRT_2PI = sqrt(2.0), sqrt(2.0 * pi)


class Coordinates(ABC):
    """A map from sampler coordinates `z` to parameters `theta`."""

    name: str

    def __init__(self, priors: PriorSet) -> None:
        self.priors = priors

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.priors)

    @abstractmethod
    def to_parameters(self, z: FloatArray, theta: FloatArray, log_density: FloatArray) -> None:
        """Fill `theta` (N, D) from `z` (N, D), and `log_density` (N,) with the prior's log density in `z`.

        That density is the card's prior times the Jacobian of the map.
        """

    @abstractmethod
    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Inverse map, shape (N, D)."""

    def from_uniform(self, u: FloatArray, theta: FloatArray, log_weight: FloatArray) -> None:
        """Fill `theta` (N, D) from `u` (N, D), spread evenly over the unit cube, and its log weight (N,).

        Points with these weights follow the prior, whatever the map does.
        """
        self.priors.from_uniform(u, theta)
        log_weight[:] = 0.0


class Raw(Coordinates):
    """The parameters themselves."""

    name = "raw"

    def to_parameters(self, z: FloatArray, theta: FloatArray, log_density: FloatArray) -> None:
        """Copy `z`; the density is the prior's own."""
        theta[:] = z
        self.priors.log_prior(theta, log_density)

    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Copy `theta`."""
        return np.array(theta)


@dataclass(frozen=True)
class Sheet:
    """A ridge of the posterior that the chart straightens.

    Attributes
    ----------
    column : int
        Sampled parameter p that the ridge confines.
    prior : Prior
        Its prior: uniform or log-uniform over positive values.
    datum, error : float
        The measurement A and its error.
    power : bool
        Whether a is a power of p, or else has a pole.
    centres : callable
        ``centres(theta, position, slope)`` fills, for each point, where in ln p the observable a has the value A and
        the slope there, of ``A/a - 1`` or for a power of ``ln a``; slope 0 where there is no ridge.
    """

    column: int
    prior: Prior
    datum: float
    error: float
    power: bool
    centres: Callable[[FloatArray, FloatArray, FloatArray], None]


class Chart(Coordinates):
    r"""Coordinates in which the prior is a standard normal, or nearly so: :math:`z_j = \Phi^{-1}(F_j(\theta_j))`.

    The support has no edges in these coordinates, scales over decades become equal, and the same proposal serves
    every prior.

    A parameter p that a `Sheet` confines has another map in place of the prior's cumulative distribution t, given the
    other parameters. With :math:`r = 1 + \kappa (\ln p - s_0)`, the observable is about A/r and its deviation from
    the datum :math:`x = (A/r - A)/\sigma`; for a power, :math:`1/r = e^{\kappa (\ln p - s_0)}`. The map spreads

    .. math:: F(t) = b\,t + R\,\Phi(x(t)), \qquad b = e^{-A^2/2\sigma^2} + f R,

    evenly, R being the mass of the ridge under the prior and f a small floor. It is the cumulative distribution of
    a good approximation to the posterior, in closed form; the density carries its exact derivative, so that the
    posterior is that of the card whatever the quality of :math:`s_0` and :math:`\kappa`.

    Parameters
    ----------
    priors : PriorSet
        The card's priors.
    sheets : sequence of Sheet
        Ridges; none for a plain chart.
    """

    name = "chart"

    def __init__(self, priors: PriorSet, sheets: Sequence[Sheet] = ()) -> None:
        super().__init__(priors)
        self.sheets = tuple(sheets)

    def to_parameters(self, z: FloatArray, theta: FloatArray, log_density: FloatArray) -> None:
        """Map through the normal distribution, and the priors' quantiles or the sheets' maps."""
        self.priors.from_probit(z, theta, log_density)
        for sheet in self.sheets:
            self._onto(sheet, scipy.special.ndtr(z[:, sheet.column]), theta, log_density)

    def from_uniform(self, u: FloatArray, theta: FloatArray, log_weight: FloatArray) -> None:
        """As `to_parameters` of the normal quantiles of `u`, but for the density of these."""
        super().from_uniform(u, theta, log_weight)
        for sheet in self.sheets:
            self._onto(sheet, u[:, sheet.column], theta, log_weight)

    def _onto(self, sheet: Sheet, u: FloatArray, theta: FloatArray, log_weight: FloatArray) -> None:
        """Replace the sheet's parameter by its map of `u` (N,), and add to the log weight."""
        position, slope = np.empty(len(theta)), np.empty(len(theta))
        sheet.centres(theta, position, slope)
        arguments = (sheet.prior.code, *sheet.prior.pair, sheet.datum, sheet.error, sheet.power, position, slope)
        _onto_sheet(u, *arguments, theta[:, sheet.column], log_weight)

    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Map through the cumulative distributions."""
        points = np.ascontiguousarray(theta, dtype=float)
        z = self.priors.to_probit(points)
        for sheet in self.sheets:
            position, slope = np.empty(len(points)), np.empty(len(points))
            sheet.centres(points, position, slope)
            arguments = (sheet.prior.code, *sheet.prior.pair, sheet.datum, sheet.error, sheet.power, position, slope)
            u = np.empty(len(points))
            t = sheet.prior.cdf(points[:, sheet.column])
            _from_sheet(t, *arguments, u)
            z[:, sheet.column] = scipy.special.ndtri(u)
        return z


@scalar
def _quantile(t: float, code: int, low: float, high: float) -> tuple[float, float]:
    """Log of p and d ln p/dt at the prior's cumulative probability t, for a uniform (0) or log-uniform prior."""
    if code == 0:
        p = low + (high - low) * t
        return log(p), (high - low) / p
    span = log(high / low)
    return log(low) + span * t, span


@scalar
def _deviation(s: float, position: float, slope: float, datum: float, error: float, power: bool) -> tuple[float, float]:
    """Deviation x and dx/ds, x growing with s; infinite beyond the pole."""
    if power:
        growing = 1.0 if datum * slope > 0.0 else -1.0
        ratio = exp(slope * (s - position))
        return growing * datum * (ratio - 1.0) / error, abs(datum * slope) * ratio / error
    growing = -1.0 if datum * slope > 0.0 else 1.0
    r = 1.0 + slope * (s - position)
    if r <= 0.0:
        beyond = inf if datum > 0.0 else -inf
        return growing * beyond, 0.0
    return growing * datum * (1.0 / r - 1.0) / error, abs(datum * slope) / (r * r * error)


@scalar
def _normal_cdf(x: float) -> float:
    return 0.5 * erfc(-x / _SQRT2) if x < 0.0 else 0.5 * (1.0 + erf(x / _SQRT2))


@scalar
def _weights(
    code: int, low: float, high: float, datum: float, error: float, position: float, slope: float
) -> tuple[float, float]:
    """Mass of the ridge under the prior, R, and weight b of the even part."""
    span = log(high / low)
    ridge = error * _SQRT_2PI / abs(datum * slope)
    share = ridge / span if code != 0 else ridge * min(max(exp(position), low), high) / (high - low)
    return share, exp(-0.5 * (datum / error) ** 2) + FLOOR * share + 1e-300


@scalar
def _ends(
    low: float, high: float, datum: float, error: float, power: bool, position: float, slope: float
) -> tuple[float, float]:
    """Normal distribution of the deviation at both ends of the prior's range."""
    bottom = _deviation(log(low), position, slope, datum, error, power)[0]
    top = _deviation(log(high), position, slope, datum, error, power)[0]
    return _normal_cdf(bottom), _normal_cdf(top)


@kernel
def _onto_sheet(
    u: FloatArray,
    code: int,
    low: float,
    high: float,
    datum: float,
    error: float,
    power: bool,
    position: FloatArray,
    slope: FloatArray,
    out: FloatArray,
    log_weight: FloatArray,
) -> None:
    for i in range(u.shape[0]):
        if slope[i] == 0.0:
            continue
        share, even = _weights(code, low, high, datum, error, position[i], slope[i])
        bottom, top = _ends(low, high, datum, error, power, position[i], slope[i])
        total = even + share * (top - bottom)
        target = u[i] * total
        a, b = 0.0, 1.0
        # first guess: on the ridge if it holds the target, else on the even part below or above
        s_low, span = _quantile(0.0, code, low, high)[0], log(high / low)
        t = min(max((position[i] - s_low) / span, 0.0), 1.0)
        if target < even * t:
            t = target / even
        elif target > even * t + share * (top - bottom):
            t = (target - share * (top - bottom)) / even
        if not 0.0 < t < 1.0:
            t = 0.5
        derivative = even
        for step in range(120):
            s, ds = _quantile(t, code, low, high)
            x, dx = _deviation(s, position[i], slope[i], datum, error, power)
            derivative = even
            if abs(x) < 38.0:
                derivative += share * exp(-0.5 * x * x) / _SQRT_2PI * dx * ds
            miss = even * t + share * (_normal_cdf(x) - bottom) - target
            if miss > 0.0:
                b = t
            else:
                a = t
            if abs(miss) < 1e-14 * total or b - a < 1e-15:
                break
            new = t - miss / derivative
            if not a < new < b or step > 60:
                new = 0.5 * (a + b)
            if new == t:
                break
            t = new
        out[i] = exp(_quantile(t, code, low, high)[0])
        log_weight[i] += log(total / derivative)


@kernel
def _from_sheet(
    t: FloatArray,
    code: int,
    low: float,
    high: float,
    datum: float,
    error: float,
    power: bool,
    position: FloatArray,
    slope: FloatArray,
    out: FloatArray,
) -> None:
    for i in range(t.shape[0]):
        out[i] = t[i]
        if slope[i] == 0.0:
            continue
        share, even = _weights(code, low, high, datum, error, position[i], slope[i])
        bottom, top = _ends(low, high, datum, error, power, position[i], slope[i])
        x = _deviation(_quantile(t[i], code, low, high)[0], position[i], slope[i], datum, error, power)[0]
        out[i] = (even * t[i] + share * (_normal_cdf(x) - bottom)) / (even + share * (top - bottom))
