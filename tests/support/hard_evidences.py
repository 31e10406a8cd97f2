"""Targets that are hard for samplers, in any dimension, whose evidence is known in closed form or from a quadrature.

Each has a uniform prior in a box, like those of `tests.support.known_evidences`. Its evidence is the likelihood
averaged over that box.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.special

from g2fit.core.types import FloatArray
from tests.support.known_evidences import Box, log_normal


def cube(
    name: str,
    dimension: int,
    bounds: tuple[float, float],
    log_likelihood: Callable[[FloatArray], FloatArray],
    log_z: float,
) -> Box:
    """A box whose sides all have the same bounds."""
    return Box(name, np.full(dimension, bounds[0]), np.full(dimension, bounds[1]), log_likelihood, log_z)


def correlated(dimension: int, rho: float = 0.95) -> Box:
    """A Gaussian of unit variances whose coordinates all have the same correlation, in [-6, 6]^D.

    The walls are six standard deviations away and cut off less than 2e-9 D of it, so that ln Z = -D ln 12. The
    covariance (1 - rho) 1 + rho e e^T, e = (1, ..., 1), has the eigenvalues 1 - rho and, along e, 1 + (D - 1) rho.
    """
    across, along = 1.0 - rho, 1.0 + (dimension - 1) * rho
    norm = 0.5 * ((dimension - 1) * np.log(across) + np.log(along) + dimension * np.log(2.0 * np.pi))

    def log_likelihood(t: FloatArray) -> FloatArray:
        mean = t.mean(axis=1)
        square = ((t - mean[:, None]) ** 2).sum(axis=1) / across + dimension * mean**2 / along
        return np.asarray(-0.5 * square - norm)

    return cube("correlated", dimension, (-6.0, 6.0), log_likelihood, -dimension * np.log(12.0))


def standard(dimension: int) -> Box:
    """A standard normal in [-10, 10]^D, whose walls cut off nothing to machine precision: ln Z = -D ln 20."""
    return cube(
        "standard",
        dimension,
        (-10.0, 10.0),
        lambda t: log_normal(t, 0.0, 1.0).sum(axis=1),
        -dimension * float(np.log(20.0)),
    )


def rosenbrock(dimension: int, nodes: int = 2001) -> Box:
    r"""Rosenbrock's valley, ln L = - sum_i [100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2], in [-5, 5]^D.

    Every factor joins two neighbours, so that the integral is D - 1 integrals over one coordinate, from the last to the
    first: the last one is the integral of a Gaussian,

    .. math:: v_{D-1}(x) = e^{-(1-x)^2} \frac{\sqrt\pi}{20} [\mathrm{erf}(10(5 - x^2)) + \mathrm{erf}(10(5 + x^2))],
        \quad v_i(x) = e^{-(1-x)^2} \int_{-5}^5 e^{-100(y-x^2)^2} v_{i+1}(y)\,dy,

    and the mean of v_1 over the first coordinate, with a factor 1/10 for every other, is Z. The trapezoidal rule
    converges exponentially here, since the integrands vanish at the walls.
    """
    x, step = np.linspace(-5.0, 5.0, nodes, retstep=True)
    slope = np.exp(-((1.0 - x) ** 2))
    kernel = slope[:, None] * np.exp(-100.0 * (x[None, :] - x[:, None] ** 2) ** 2)
    v = (
        slope
        * np.sqrt(np.pi)
        / 20.0
        * (scipy.special.erf(10.0 * (5.0 - x * x)) + scipy.special.erf(10.0 * (5 + x * x)))
    )
    for _ in range(dimension - 2):
        v = kernel @ v * step

    def log_likelihood(t: FloatArray) -> FloatArray:
        here, after = t[:, :-1], t[:, 1:]
        return np.asarray(-(100.0 * (after - here**2) ** 2 + (1.0 - here) ** 2).sum(axis=1))

    return cube("rosenbrock", dimension, (-5.0, 5.0), log_likelihood, np.log(v.sum() * step) - dimension * np.log(10.0))


def log_gamma_density(x: FloatArray, location: float) -> FloatArray:
    """Log density of the LogGamma distribution of shape 1 and scale 1/30: exp(30 (x - location)) is exponential."""
    y = 30.0 * (x - location)
    return np.asarray(y - np.exp(y) + np.log(30.0))


def log_gamma(dimension: int) -> Box:
    """LogGamma and normal distributions in the unit cube, with two peaks each in the first two coordinates.

    Beaujean & Caldwell, arXiv:1304.7808, in the form of Feroz et al., arXiv:1306.2144. All factors are
    normalised. What the walls cut off follows from their cumulative distributions: 1 - exp(-e^y) for a LogGamma with
    y = 30 (x - location). It is e^-10 of the peak at 1/3 and e^-20 of each at 2/3, at the lower wall.
    """
    half = (dimension + 2) // 2

    def log_likelihood(t: FloatArray) -> FloatArray:
        skewed = np.logaddexp(log_gamma_density(t[:, 0], 1 / 3), log_gamma_density(t[:, 0], 2 / 3))
        normal = np.logaddexp(log_normal(t[:, 1], 1 / 3, 1 / 30), log_normal(t[:, 1], 2 / 3, 1 / 30))
        rest = log_gamma_density(t[:, 2:half], 2 / 3).sum(axis=1) + log_normal(t[:, half:], 2 / 3, 1 / 30).sum(axis=1)
        return np.asarray(skewed + normal + rest - 2.0 * np.log(2.0))

    lost = 1.0 - np.exp(-np.exp(np.array([-10.0, -20.0])))
    log_z = np.log1p(-lost.mean()) + (half - 2) * np.log1p(-lost[1])
    return cube("log gamma", dimension, (0.0, 1.0), log_likelihood, log_z)


def shells(dimension: int, radius: float = 2.0, width: float = 0.1, centre: float = 3.5) -> Box:
    """Two thin Gaussian shells about (centre, 0, ..., 0) and its mirror image in [-6, 6]^D, arXiv:0704.3704.

    The shells neither overlap nor reach the walls (five widths away), so that Z is twice the integral of one over its
    radius, S_D int r^(D-1) N(r; radius, width) dr / 12^D, where S_D = 2 pi^(D/2) / Gamma(D/2) is the surface of the
    unit sphere. The integral is a moment of the normal distribution, for which Gauss-Hermite quadrature is exact.
    """
    middle = np.append(centre, np.zeros(dimension - 1))

    def shell(t: FloatArray, about: FloatArray) -> FloatArray:
        return log_normal(np.sqrt(((t - about) ** 2).sum(axis=1)), radius, width)

    node, weight = np.polynomial.hermite_e.hermegauss(dimension)
    moment = weight @ (radius + width * node) ** (dimension - 1) / np.sqrt(2.0 * np.pi)
    surface = np.log(2.0) + 0.5 * dimension * np.log(np.pi) - scipy.special.gammaln(0.5 * dimension)
    return cube(
        "shells",
        dimension,
        (-6.0, 6.0),
        lambda t: np.logaddexp(shell(t, middle), shell(t, -middle)),
        np.log(2.0) + surface + np.log(moment) - dimension * np.log(12.0),
    )


def eggbox(nodes: int = 1000) -> Box:
    """Eighteen equal peaks, ln L = (2 + cos(x/2) cos(y/2))^5 in [0, 10 pi]^2, arXiv:0809.3437.

    The box holds whole half-periods, so that Z is the mean over all pairs of phases in [0, pi], for which the midpoint
    rule converges exponentially.
    """
    c = np.cos((np.arange(nodes) + 0.5) * np.pi / nodes)
    value = (2.0 + c[:, None] * c[None, :]) ** 5
    top = value.max()
    return cube(
        "eggbox",
        2,
        (0.0, 10.0 * np.pi),
        lambda t: (2.0 + np.cos(t[:, 0] / 2.0) * np.cos(t[:, 1] / 2.0)) ** 5,
        top + np.log(np.exp(value - top).mean()),
    )


def unequal_modes(dimension: int, width: float = 0.05, share: float = 0.03) -> Box:
    """A Gaussian of width 0.05 and a second one, of the given width and share of the integral, in the unit cube.

    Both are normalised and at least four widths from the walls. The mass of a coordinate that the walls cut off is
    below 1e-4 of a mode; it is computed from the normal distribution.
    """
    one, two = np.full(dimension, 0.3), np.full(dimension, 0.8)
    two[2::3] = 0.2

    def log_likelihood(t: FloatArray) -> FloatArray:
        return np.logaddexp(
            np.log1p(-share) + log_normal(t, one, 0.05).sum(axis=1),
            np.log(share) + log_normal(t, two, width).sum(axis=1),
        )

    def inside(mean: FloatArray, sigma: float) -> float:
        return float(np.prod(scipy.special.ndtr((1.0 - mean) / sigma) - scipy.special.ndtr(-mean / sigma)))

    log_z = np.log((1.0 - share) * inside(one, 0.05) + share * inside(two, width))
    return cube("unequal modes", dimension, (0.0, 1.0), log_likelihood, log_z)
