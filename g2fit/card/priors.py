"""Proper priors of single parameters, named after distributions of `scipy.stats`."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, erfc, exp, inf, isfinite, log, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g2fit.core.errors import CardError, nearest
from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray

__all__ = ["DISTRIBUTIONS", "Prior", "PriorSet", "make_prior"]

#: Code of the uniform distribution in the compiled kernels.
_UNIFORM = 0
#: Code of the log-uniform distribution.
_LOGUNIFORM = 1
#: Code of the normal distribution.
_NORM = 2
#: Code of all other distributions, which `scipy.stats` computes.
_OTHER = 3
#: Distributions that the compiled kernels compute.
_COMPILED = {"uniform": _UNIFORM, "loguniform": _LOGUNIFORM, "norm": _NORM}
_SQRT2 = sqrt(2.0)
_HALF_LOG_2PI = 0.5 * log(2.0 * pi)

#: Names and arguments of the distributions, as on a card. `min` and `max` bound the support.
DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "uniform": ("min", "max"),
    "loguniform": ("min", "max"),
    "norm": ("loc", "scale"),
    "truncnorm": ("loc", "scale", "min", "max"),
    "lognorm": ("median", "sigma"),
    "halfnorm": ("scale",),
    "beta": ("a", "b", "min", "max"),
    "triang": ("min", "mode", "max"),
}

#: Largest distances of the mean of a truncated normal distribution from its range, and from the ends of that, in
#: standard deviations: quantiles in a farther tail have less than seven digits, and those in the farthest none.
TAIL, WIDEST = 1e3, 1e6

#: Smallest width of a truncated normal distribution in standard deviations: below it, quantiles have less than seven
#: digits of it.
NARROWEST = 1e-9


@dataclass(frozen=True)
class Prior:
    """A proper prior of one parameter.

    Attributes
    ----------
    dist : str
        One of `DISTRIBUTIONS`.
    arguments : dict of str to float
        Its arguments, as on the card.
    minimum, maximum : float
        Bounds of the support.

    Notes
    -----
    The bounds of ``loguniform`` have the same sign; with negative bounds it is log-uniform in the absolute value.

    Examples
    --------
    >>> p = make_prior("mu", {"dist": "loguniform", "min": -1e6, "max": -2e4})
    >>> p.ppf(np.array([0.0, 1.0]))
    array([-1000000.,   -20000.])
    >>> round(float(np.exp(p.logpdf(np.array([-1e5]))[0]) * 1e5 * np.log(50.0)), 12)
    1.0
    """

    dist: str
    arguments: dict[str, float]
    minimum: float
    maximum: float

    @property
    def _frozen(self) -> Any:
        import scipy.stats  # takes most of a second, and few cards need it

        a = self.arguments
        match self.dist:
            case "truncnorm":
                low, high = ((a[k] - a["loc"]) / a["scale"] for k in ("min", "max"))
                return scipy.stats.truncnorm(low, high, loc=a["loc"], scale=a["scale"])
            case "lognorm":
                return scipy.stats.lognorm(a["sigma"], scale=a["median"])
            case "halfnorm":
                return scipy.stats.halfnorm(scale=a["scale"])
            case "beta":
                return scipy.stats.beta(a["a"], a["b"], loc=a["min"], scale=a["max"] - a["min"])
            case "triang":
                width = a["max"] - a["min"]
                return scipy.stats.triang((a["mode"] - a["min"]) / width, loc=a["min"], scale=width)
        raise AssertionError(self.dist)  # the kernels compute the others

    @property
    def code(self) -> int:
        """Code of the distribution in the compiled kernels."""
        return _COMPILED.get(self.dist, _OTHER)

    @property
    def pair(self) -> tuple[float, float]:
        """Arguments for the compiled kernels: mean and standard deviation of ``norm``, otherwise the bounds."""
        if self.dist == "norm":
            return self.arguments["loc"], self.arguments["scale"]
        return self.minimum, self.maximum

    def logpdf(self, x: FloatArray) -> FloatArray:
        """Log density at `x`; -inf outside the support."""
        return self._evaluate("logpdf", x)

    def cdf(self, x: FloatArray) -> FloatArray:
        """Cumulative probability at `x`."""
        return self._evaluate("cdf", x)

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantile of probability `u`."""
        if self.code == _NORM:
            return np.asarray(self.arguments["loc"] + self.arguments["scale"] * _probit(u))
        return self._evaluate("ppf", u)

    def _evaluate(self, function: str, x: FloatArray) -> FloatArray:
        if self.code == _OTHER:
            return np.asarray(getattr(self._frozen, function)(x), dtype=float)
        column = {"logpdf": _logpdf_column, "cdf": _cdf_column, "ppf": _ppf_column}[function]
        values = np.ascontiguousarray(x, dtype=float).reshape(-1)
        out = np.empty_like(values)
        column(values, self.code, *self.pair, out)
        return out.reshape(np.shape(x))


def _probit(u: FloatArray) -> FloatArray:
    """Quantile of the standard normal distribution."""
    import scipy.special  # slow to import; a card that is only read does without

    return np.asarray(scipy.special.ndtri(u), dtype=float)


def make_prior(name: str, entry: dict[str, Any], where: str = "") -> Prior:
    """Return the prior of a parameter from its entry ``{dist: …, min: …}`` on a card.

    Raises
    ------
    CardError
        If the distribution or an argument is unknown, an argument is missing or not finite, or the range is improper.
    """
    place = f"{where}parameters.{name}.prior"
    dist = entry.get("dist")
    if not isinstance(dist, str) or dist not in DISTRIBUTIONS:
        raise CardError(f"{place}.dist = {dist!r} is not a known distribution; {nearest(str(dist), DISTRIBUTIONS)}")
    wanted = DISTRIBUTIONS[dist]
    values: dict[str, float] = {}
    for key, value in entry.items():
        if key == "dist":
            continue
        if key not in wanted:
            raise CardError(f"{place}.{key}: {dist} has no argument {key!r}; {nearest(key, wanted)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise CardError(f"{place}.{key} = {value!r} must be a finite number: an infinite range is not proper")
        values[key] = float(value)
    for key in wanted:
        if key not in values:
            raise CardError(f"{place}.{key} is missing: {dist} takes {', '.join(wanted)}")
    for key in ("scale", "sigma", "a", "b", "median"):
        if key in values and values[key] <= 0:
            raise CardError(f"{place}.{key} = {values[key]:g} must be positive")
    low, high = values.get("min", -inf), values.get("max", inf)
    if not low < high:
        raise CardError(f"{place}: min = {low:g} must be below max = {high:g} (inverted range)")
    if dist == "loguniform" and low <= 0 <= high:
        raise CardError(
            f"{place}: loguniform needs both bounds of one sign and none zero, got {low:g} and {high:g} (not proper)"
        )
    if dist == "loguniform" and not 0.0 < high / low < inf:
        raise CardError(f"{place}: max / min is too large or too small for a number, got {low:g} and {high:g}")
    if dist == "truncnorm":
        loc, scale = values["loc"], values["scale"]
        nearest_edge, farthest = max(low - loc, loc - high, 0.0), max(abs(low - loc), abs(high - loc))
        if high - low < NARROWEST * scale:
            raise CardError(
                f"{place}: a range of less than {NARROWEST:g} times the scale = {scale:g} is too narrow: the prior is "
                "uniform there, use that (dist: uniform)"
            )
        if not (nearest_edge <= TAIL * scale and farthest <= WIDEST * scale):
            raise CardError(
                f"{place}.scale = {scale:g} is too small: loc must lie within {TAIL:g} times the scale of the range, "
                f"and min and max within {WIDEST:g} times the scale of loc"
            )
    if dist == "triang" and not low <= values["mode"] <= high:
        raise CardError(f"{place}.mode = {values['mode']:g} must lie between min and max")
    if dist in ("lognorm", "halfnorm"):
        low = 0.0
    return Prior(dist, values, low, high)


@scalar
def _logpdf(x: float, code: int, a: float, b: float) -> float:
    if code == _NORM:
        z = (x - a) / b
        return -0.5 * z * z - _HALF_LOG_2PI - log(b)
    if not (a <= x <= b):
        return -inf
    if code == _UNIFORM:
        return -log(b - a)
    return -log(abs(x)) - log(abs(log(b / a)))


@scalar
def _ppf(u: float, code: int, a: float, b: float) -> float:
    if code == _UNIFORM:
        return min(max(a + u * (b - a), a), b)
    return min(max(a * exp(u * log(b / a)), a), b)


@scalar
def _from_probit(z: float, code: int, a: float, b: float) -> float:
    """Quantile of probability Phi(z); Phi(z) itself for a distribution that is not compiled."""
    if code == _NORM:
        return a + b * z
    if code == _OTHER:
        return 0.5 * erfc(-z / _SQRT2)
    return _ppf(0.5 * erfc(-z / _SQRT2), code, a, b)


@kernel
def _logpdf_column(x: FloatArray, code: int, a: float, b: float, out: FloatArray) -> None:
    for i in range(x.shape[0]):
        out[i] = _logpdf(x[i], code, a, b)


@kernel
def _ppf_column(u: FloatArray, code: int, a: float, b: float, out: FloatArray) -> None:
    for i in range(u.shape[0]):
        out[i] = _ppf(u[i], code, a, b)


@kernel
def _cdf_column(x: FloatArray, code: int, a: float, b: float, out: FloatArray) -> None:
    for i in range(x.shape[0]):
        if code == _NORM:
            out[i] = 0.5 * (1.0 + erf((x[i] - a) / (b * _SQRT2)))
        elif code == _UNIFORM:
            out[i] = min(max((x[i] - a) / (b - a), 0.0), 1.0)
        elif (x[i] <= 0.0 and a > 0.0) or (x[i] >= 0.0 and a < 0.0):
            out[i] = 0.0 if x[i] < a else 1.0
        else:
            out[i] = min(max(log(x[i] / a) / log(b / a), 0.0), 1.0)


@kernel
def _log_prior_rows(theta: FloatArray, code: NDArray[Any], a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    for i in range(theta.shape[0]):
        total = 0.0
        for j in range(theta.shape[1]):
            if code[j] != _OTHER:
                total += _logpdf(theta[i, j], code[j], a[j], b[j])
        out[i] = total


@kernel
def _probit_rows(
    z: FloatArray, code: NDArray[Any], a: FloatArray, b: FloatArray, theta: FloatArray, out: FloatArray
) -> None:
    for i in range(z.shape[0]):
        total = 0.0
        for j in range(z.shape[1]):
            total -= 0.5 * z[i, j] * z[i, j] + _HALF_LOG_2PI
            theta[i, j] = _from_probit(z[i, j], code[j], a[j], b[j])
        out[i] = total


class PriorSet:
    """Independent priors of the sampled parameters, in the order of the columns of `theta`."""

    def __init__(self, priors: Sequence[Prior]) -> None:
        self.priors = tuple(priors)
        self._code = np.array([p.code for p in priors], dtype=np.int64)
        self._a = np.array([p.pair[0] for p in priors], dtype=float)
        self._b = np.array([p.pair[1] for p in priors], dtype=float)
        self._others = [(j, p) for j, p in enumerate(priors) if p.code == _OTHER]

    def __len__(self) -> int:
        return len(self.priors)

    def log_prior(self, theta: FloatArray, out: FloatArray) -> None:
        """Fill `out` (N,) with the log prior densities of the points `theta` (N, D)."""
        _log_prior_rows(theta, self._code, self._a, self._b, out)
        for j, prior in self._others:
            out += prior.logpdf(theta[:, j])

    def from_probit(self, z: FloatArray, theta: FloatArray, out: FloatArray) -> None:
        """Fill `theta` (N, D) with the points of standard normal `z`, and `out` (N,) with the log density of `z`."""
        _probit_rows(z, self._code, self._a, self._b, theta, out)
        for j, prior in self._others:
            theta[:, j] = prior.ppf(theta[:, j])

    def from_uniform(self, u: FloatArray, theta: FloatArray) -> None:
        """Fill `theta` (N, D) with the points of the uniform variables `u`."""
        for j, prior in enumerate(self.priors):
            theta[:, j] = prior.ppf(u[:, j])

    def to_probit(self, theta: FloatArray) -> FloatArray:
        """Return the standard normal variables of points, shape (N, D): the inverse of `from_probit`."""
        z = np.empty_like(theta)
        for j, prior in enumerate(self.priors):
            z[:, j] = _probit(prior.cdf(theta[:, j]))
        return z

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draw `n` points, shape (n, D)."""
        u = rng.random((n, len(self.priors)))
        theta = np.empty_like(u)
        self.from_uniform(u, theta)
        return theta
