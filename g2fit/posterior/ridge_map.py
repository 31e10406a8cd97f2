"""Straighten a narrow ridge of the posterior: given the other parameters, one measurement fixes this one."""

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, erfc, exp, inf, log, pi, sqrt
from typing import NamedTuple

import numpy as np

from g2fit.card.priors import Prior
from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray

__all__ = ["RidgeMap"]

#: Density of the map off the ridge relative to the prior's, in units of the ridge's mass: it bounds the weights there.
FLOOR = 0.05

#: Added to the density of the map off the ridge, so that it never vanishes.
TINY = 1e-300

#: Most steps of the search for a quantile.
MAX_STEPS = 120

#: Number of Newton steps after which the search for a quantile only bisects.
NEWTON_STEPS = 60

#: Accuracy of a quantile, as a fraction of the total mass.
TOLERANCE = 1e-14

#: Deviation from the measurement, in standard deviations, beyond which the normal density is zero.
FARTHEST = 38.0

_SQRT2 = sqrt(2.0)
_SQRT_2PI = sqrt(2.0 * pi)


class _Ridge(NamedTuple):
    """What the kernels know of a ridge: the code and bounds of the prior, the measurement, the form."""

    code: int
    low: float
    high: float
    measured: float
    error: float
    power: bool


@dataclass(frozen=True)
class RidgeMap:
    r"""Map of the unit interval to a parameter p that one measurement fixes, given the other parameters.

    It replaces the prior's cumulative distribution t. With :math:`r = 1 + \kappa (\ln p - s_0)`, the observable is
    about A/r and its deviation from the measured value A is :math:`x = (A/r - A)/\sigma`; for a power,
    :math:`1/r = e^{\kappa (\ln p - s_0)}`. The map is the inverse of the cumulative distribution

    .. math:: F(t) = b\,t + R\,\Phi(x(t)), \qquad b = e^{-A^2/2\sigma^2} + f R,

    divided by its total, R being the mass of the ridge under the prior and f a small floor. This is a good
    approximation to the posterior, in closed form; the density carries the exact derivative, so that the posterior is
    that of the card however well :math:`s_0` and :math:`\kappa` are known.

    The parameter is the sampled one number `column`, and its `prior` uniform or log-uniform over positive values; A and
    :math:`\sigma` are `measured` and `error`. The observable a is a `power` of p, or has a pole. The function `centres`
    maps points to the value of ln p at which a equals A, and there the derivative with respect to ln p of ``A/a - 1``,
    or of ``ln a`` for a power; slope 0 where there is no ridge.
    """

    column: int
    prior: Prior
    measured: float
    error: float
    power: bool
    centres: Callable[[FloatArray], tuple[FloatArray, FloatArray]]

    def to_parameter(self, u: FloatArray, theta: FloatArray, log_weight: FloatArray) -> None:
        """Replace the parameter's column of `theta` by the map of `u` (N,), and add the map's weight to `log_weight`.

        The weight is the density of the prior over that of the map.
        """
        ridge, position, slope = self._locate(theta)
        _to_parameter(u, ridge, position, slope, theta[:, self.column], log_weight)

    def from_parameter(self, theta: FloatArray) -> FloatArray:
        """Inverse map of the parameter's column of `theta`, shape (N,)."""
        ridge, position, slope = self._locate(theta)
        u = np.empty(len(theta))
        _from_parameter(self.prior.cdf(theta[:, self.column]), ridge, position, slope, u)
        return u

    def _locate(self, theta: FloatArray) -> tuple[_Ridge, FloatArray, FloatArray]:
        """Find where the ridge is, with the parameter at the median of its prior: both directions find the same."""
        own = theta[:, self.column].copy()
        theta[:, self.column] = self.prior.ppf(np.array([0.5]))
        position, slope = self.centres(theta)
        theta[:, self.column] = own
        return _Ridge(self.prior.code, *self.prior.pair, self.measured, self.error, self.power), position, slope


@scalar
def _quantile(t: float, ridge: _Ridge) -> tuple[float, float]:
    """Log of p and d ln p/dt at the prior's cumulative probability t, for a uniform (0) or log-uniform prior."""
    if ridge.code == 0:
        p = ridge.low + (ridge.high - ridge.low) * t
        return log(p), (ridge.high - ridge.low) / p
    span = log(ridge.high / ridge.low)
    return log(ridge.low) + span * t, span


@scalar
def _deviation(s: float, ridge: _Ridge, position: float, slope: float) -> tuple[float, float]:
    """Deviation x and dx/ds at s = ln p, x growing with s; infinite beyond the pole."""
    if ridge.power:
        growing = 1.0 if ridge.measured * slope > 0.0 else -1.0
        ratio = exp(slope * (s - position))
        return growing * ridge.measured * (ratio - 1.0) / ridge.error, abs(ridge.measured * slope) * ratio / ridge.error
    growing = -1.0 if ridge.measured * slope > 0.0 else 1.0
    r = 1.0 + slope * (s - position)
    if r <= 0.0:
        beyond = inf if ridge.measured > 0.0 else -inf
        return growing * beyond, 0.0
    return growing * ridge.measured * (1.0 / r - 1.0) / ridge.error, abs(ridge.measured * slope) / (r * r * ridge.error)


@scalar
def _normal_cdf(x: float) -> float:
    return 0.5 * erfc(-x / _SQRT2) if x < 0.0 else 0.5 * (1.0 + erf(x / _SQRT2))


@scalar
def _weights(ridge: _Ridge, position: float, slope: float) -> tuple[float, float]:
    """Mass R of the ridge under the prior, and weight b of the prior off the ridge."""
    span = log(ridge.high / ridge.low)
    width = ridge.error * _SQRT_2PI / abs(ridge.measured * slope)
    if ridge.code != 0:
        mass = width / span
    else:
        mass = width * min(max(exp(position), ridge.low), ridge.high) / (ridge.high - ridge.low)
    return mass, exp(-0.5 * (ridge.measured / ridge.error) ** 2) + FLOOR * mass + TINY


@scalar
def _ends(ridge: _Ridge, position: float, slope: float) -> tuple[float, float]:
    """Normal distribution of the deviation at both ends of the prior's range."""
    bottom = _deviation(log(ridge.low), ridge, position, slope)[0]
    top = _deviation(log(ridge.high), ridge, position, slope)[0]
    return _normal_cdf(bottom), _normal_cdf(top)


@kernel
def _to_parameter(
    u: FloatArray, ridge: _Ridge, position: FloatArray, slope: FloatArray, out: FloatArray, log_weight: FloatArray
) -> None:
    for i in range(u.shape[0]):
        if slope[i] == 0.0:
            continue
        mass, even = _weights(ridge, position[i], slope[i])
        bottom, top = _ends(ridge, position[i], slope[i])
        total = even + mass * (top - bottom)
        target = u[i] * total
        a, b = 0.0, 1.0
        # first guess: on the ridge if it holds the target, else below or above it
        s_low, span = _quantile(0.0, ridge)[0], log(ridge.high / ridge.low)
        t = min(max((position[i] - s_low) / span, 0.0), 1.0)
        if target < even * t:
            t = target / even
        elif target > even * t + mass * (top - bottom):
            t = (target - mass * (top - bottom)) / even
        if not 0.0 < t < 1.0:
            t = 0.5
        derivative = even
        for step in range(MAX_STEPS):
            s, ds = _quantile(t, ridge)
            x, dx = _deviation(s, ridge, position[i], slope[i])
            derivative = even
            if abs(x) < FARTHEST:
                derivative += mass * exp(-0.5 * x * x) / _SQRT_2PI * dx * ds
            miss = even * t + mass * (_normal_cdf(x) - bottom) - target
            if miss > 0.0:
                b = t
            else:
                a = t
            if abs(miss) < TOLERANCE * total or b - a < 1e-15:
                break
            new = t - miss / derivative
            if not a < new < b or step > NEWTON_STEPS:
                new = 0.5 * (a + b)
            if new == t:
                break
            t = new
        out[i] = exp(_quantile(t, ridge)[0])
        log_weight[i] += log(total / derivative)


@kernel
def _from_parameter(t: FloatArray, ridge: _Ridge, position: FloatArray, slope: FloatArray, out: FloatArray) -> None:
    for i in range(t.shape[0]):
        out[i] = t[i]
        if slope[i] == 0.0:
            continue
        mass, even = _weights(ridge, position[i], slope[i])
        bottom, top = _ends(ridge, position[i], slope[i])
        x = _deviation(_quantile(t[i], ridge)[0], ridge, position[i], slope[i])[0]
        out[i] = (even * t[i] + mass * (_normal_cdf(x) - bottom)) / (even + mass * (top - bottom))
