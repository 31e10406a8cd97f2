"""Targets whose evidence is known, in closed form or from a one-dimensional quadrature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.integrate
import scipy.special
import scipy.stats

from g2fit.core.types import BoolArray, FloatArray


@dataclass
class Box:
    """Likelihood with a uniform prior between `low` and `high`, in coordinates in which the prior is a normal."""

    name: str
    low: FloatArray
    high: FloatArray
    log_likelihood: Callable[[FloatArray], FloatArray]
    log_z: float
    cut: Callable[[FloatArray], BoolArray] | None = None

    @property
    def dimension(self) -> int:
        return len(self.low)

    def theta(self, u: FloatArray) -> FloatArray:
        return self.low + (self.high - self.low) * u

    def log_prior(self, z: FloatArray) -> FloatArray:
        return -0.5 * (z * z).sum(1) - 0.5 * self.dimension * np.log(2 * np.pi)

    def log_density(self, z: FloatArray) -> FloatArray:
        return self.log_prior(z) + self.log_weight(scipy.special.ndtr(z))

    def log_weight(self, u: FloatArray) -> FloatArray:
        theta = self.theta(u)
        value = self.log_likelihood(theta)
        return value if self.cut is None else np.where(self.cut(theta), value, -np.inf)

    def allowed(self, u: FloatArray) -> BoolArray | None:
        return None if self.cut is None else self.cut(self.theta(u))


def log_normal(x: FloatArray, mean: FloatArray | float, sigma: FloatArray | float) -> FloatArray:
    return -0.5 * ((x - mean) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)


def gaussian(dimension: int = 3, sigma: float = 0.3) -> Box:
    """A Gaussian, cut by one wall of a box."""
    centre = np.append(np.full(dimension - 1, 0.5), 4.9)
    low, high = np.full(dimension, -5.0), np.full(dimension, 5.0)
    mass = scipy.special.ndtr((high - centre) / sigma) - scipy.special.ndtr((low - centre) / sigma)
    log_z = float(np.log(mass / (high - low)).sum())
    return Box("gaussian", low, high, lambda t: log_normal(t, centre, sigma).sum(1), log_z)


def two_modes() -> Box:
    """Two thin modes of unequal weight, far apart in four dimensions."""
    one, two, sigma = np.full(4, 0.3), np.array([0.8, 0.8, 0.2, 0.8]), 0.05

    def log_likelihood(t: FloatArray) -> FloatArray:
        return np.logaddexp(
            np.log(0.97) + log_normal(t, one, sigma).sum(1), np.log(0.03) + log_normal(t, two, sigma).sum(1)
        )

    return Box("two modes", np.zeros(4), np.ones(4), log_likelihood, 0.0)


def curved_ridge(sigma: float = 0.02) -> Box:
    """A narrow curved ridge: seven parameters fix the eighth, whose density is normalised, so that ln Z = 0."""

    def log_likelihood(t: FloatArray) -> FloatArray:
        centre = 0.5 + 0.15 * np.sin(2 * np.pi * t[:, 1]) + 0.15 * np.cos(np.pi * t[:, 2] * t[:, 3])
        return log_normal(t[:, 0], centre, sigma)

    return Box("curved ridge", np.zeros(8), np.ones(8), log_likelihood, 0.0)


def banana() -> Box:
    """x2 about x1^2, with the area of a Gaussian."""
    low, high = np.array([-5.0, -6.0]), np.array([5.0, 30.0])

    def log_likelihood(t: FloatArray) -> FloatArray:
        return log_normal(t[:, 0], 0.0, 1.0) + log_normal(t[:, 1], t[:, 0] ** 2, 0.3)

    mass, _ = scipy.integrate.quad(
        lambda x: scipy.stats.norm.pdf(x) * (scipy.special.ndtr((30.0 - x * x) / 0.3) - 0.0), -5.0, 5.0
    )
    return Box("banana", low, high, log_likelihood, float(np.log(mass / np.prod(high - low))))


def funnel(n: int = 3, scale: float = 1.5) -> Box:
    """Neal's funnel: v ~ N(0, scale), x_i ~ N(0, exp(v/2)), in a box that cuts off its wide end."""
    low, high = np.append(-7.0, np.full(n, -8.0)), np.append(7.0, np.full(n, 8.0))

    def log_likelihood(t: FloatArray) -> FloatArray:
        v = t[:, :1]
        return log_normal(v[:, 0], 0.0, scale) + log_normal(t[:, 1:], 0.0, np.exp(0.5 * v)).sum(1)

    def inside(v: float) -> float:
        return float(scipy.stats.norm.pdf(v, scale=scale) * scipy.special.erf(8.0 * np.exp(-0.5 * v) / np.sqrt(2)) ** n)

    mass, _ = scipy.integrate.quad(inside, -7.0, 7.0)
    return Box("funnel", low, high, log_likelihood, float(np.log(mass / np.prod(high - low))))


def with_cut() -> Box:
    """A Gaussian centred where a cut of the prior, x1 < x2, goes through: half of it and half of the prior are left."""
    box = gaussian(2, 0.5)
    centre = np.zeros(2)
    log_z = 2 * np.log(scipy.special.erf(5.0 / 0.5 / np.sqrt(2)) / 10.0)
    return Box(
        "cut", box.low, box.high, lambda t: log_normal(t, centre, 0.5).sum(1), float(log_z), lambda t: t[:, 0] < t[:, 1]
    )


ALL = (gaussian, two_modes, curved_ridge, banana, funnel, with_cut)
