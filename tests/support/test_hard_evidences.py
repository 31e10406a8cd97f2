"""The stated evidences, against grids in two dimensions and draws of other programs in the full number of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.special
from scipy import stats

from g2fit.core.types import FloatArray
from tests.support import hard_evidences as hard
from tests.support.known_evidences import Box, banana, funnel, with_cut

TWO_DIMENSIONS: dict[str, Callable[[], Box]] = {
    "correlated": lambda: hard.correlated(2),
    "standard": lambda: hard.standard(2),
    "rosenbrock": lambda: hard.rosenbrock(2),
    "log-gamma": lambda: hard.log_gamma(2),
    "shells": lambda: hard.shells(2),
    "eggbox": hard.eggbox,
    "wide-mode": lambda: hard.unequal_modes(2),
    "narrow-mode": lambda: hard.unequal_modes(2, 0.02),
    "funnel": lambda: funnel(1),
    "banana": banana,
}


@pytest.mark.parametrize("name", TWO_DIMENSIONS)
def test_grid(name: str) -> None:
    """The mean over the midpoints of 2000 x 2000 cells."""
    box = TWO_DIMENSIONS[name]()
    side = (np.arange(2000) + 0.5) / 2000
    rows = [box.log_weight(np.column_stack([np.full(2000, u), side])) for u in side]
    assert abs(scipy.special.logsumexp(rows) - np.log(2000.0**2) - box.log_z) < 1e-5


def test_grid_with_a_cut() -> None:
    """The stated evidence is the mean over the allowed half of the box; a grid over the box has a diagonal wall."""
    box = with_cut()
    side = (np.arange(2000) + 0.5) / 2000
    rows = [box.log_weight(np.column_stack([np.full(2000, u), side])) for u in side]
    mean = scipy.special.logsumexp(rows) - np.log(2000.0**2)
    assert abs(mean - (box.log_z + np.log(0.5))) < 0.005


def test_grid_in_three_dimensions() -> None:
    """Rosenbrock's valley with two bends, where it is not negligible."""
    box = hard.rosenbrock(3)
    sides = [np.linspace(-2.6, 2.6, 261), np.linspace(-2.6, 4.9, 376), np.linspace(-5.0, 5.0, 501)]
    total, y, z = 0.0, *np.meshgrid(*sides[1:], indexing="ij")
    for x in sides[0]:
        total += np.exp(box.log_likelihood(np.column_stack([np.full(y.size, x), y.ravel(), z.ravel()]))).sum()
    assert abs(np.log(total * 0.02**3 / 1e3) - box.log_z) < 1e-3


def mean_weight(box: Box, theta: FloatArray, log_q: FloatArray) -> tuple[float, float]:
    """Log of the mean of likelihood times prior over the density q of independent draws, and its standard error."""
    u = (theta - box.low) / (box.high - box.low)
    inside = ((u > 0.0) & (u < 1.0)).all(axis=1)
    log_weight = np.full(len(theta), -np.inf)
    log_weight[inside] = box.log_weight(u[inside]) - log_q[inside] - np.log(box.high - box.low).sum()
    w = np.exp(log_weight - box.log_z)
    return float(np.log(w.mean()) + box.log_z), float(w.std() / w.mean() / np.sqrt(len(w)))


def normals(mean: FloatArray, covariance: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    law = stats.multivariate_normal(mean, covariance)
    x = law.rvs(20_000, random_state=rng)
    return x, law.logpdf(x)


@pytest.mark.parametrize("dimension", [5, 10, 20, 30])
def test_correlated(dimension: int) -> None:
    covariance = np.full((dimension, dimension), 0.95) + 0.05 * np.eye(dimension)
    box = hard.correlated(dimension)
    log_z, error = mean_weight(box, *normals(np.zeros(dimension), covariance, np.random.default_rng(1)))
    assert error < 1e-4
    assert abs(log_z - box.log_z) < 1e-4


@pytest.mark.parametrize("dimension", [10, 20, 30, 50])
def test_standard(dimension: int) -> None:
    box = hard.standard(dimension)
    log_z, error = mean_weight(box, *normals(np.zeros(dimension), np.eye(dimension), np.random.default_rng(2)))
    assert error < 1e-6
    assert abs(log_z - box.log_z) < 1e-6


@pytest.mark.parametrize(("dimension", "width"), [(10, 0.05), (4, 0.02), (10, 0.035)])
def test_unequal_modes(dimension: int, width: float) -> None:
    box = hard.unequal_modes(dimension, width)
    one, two = np.full(dimension, 0.3), np.where(np.arange(dimension) % 3 == 2, 0.2, 0.8)
    laws = [stats.multivariate_normal(one, 0.05**2), stats.multivariate_normal(two, width**2)]
    rng = np.random.default_rng(3)
    x = np.where(
        rng.random(20_000)[:, None] < 0.5, *(law.rvs(20_000, random_state=rng) for law in laws)
    )  # half from each mode
    log_z, error = mean_weight(box, x, np.logaddexp(*(law.logpdf(x) for law in laws)) - np.log(2.0))
    assert error < 0.01
    assert abs(log_z - box.log_z) < 4.0 * error
    share = float(np.exp(box.log_likelihood(two[None])[0] - laws[1].logpdf(two)))
    assert abs(share - 0.03) < 1e-6


@pytest.mark.parametrize("dimension", [10, 20, 30])
def test_log_gamma(dimension: int) -> None:
    """scipy's own LogGamma distribution, at draws of it."""
    box, rng, n = hard.log_gamma(dimension), np.random.default_rng(4), 20_000
    skewed = [stats.loggamma(1.0, loc=loc, scale=1 / 30) for loc in (1 / 3, 2 / 3)]
    normal = [stats.norm(loc, 1 / 30) for loc in (1 / 3, 2 / 3)]
    x, log_q = np.empty((n, dimension)), np.zeros(n)
    for j in range(dimension):
        laws = (skewed, normal)[j] if j < 2 else (skewed if j < (dimension + 2) // 2 else normal)[1:]
        pick = rng.integers(len(laws), size=n)
        x[:, j] = np.choose(pick, [law.rvs(n, random_state=rng) for law in laws])
        log_q += scipy.special.logsumexp([law.logpdf(x[:, j]) for law in laws], axis=0) - np.log(len(laws))
    log_z, error = mean_weight(box, x, log_q)
    assert error < 1e-4
    assert abs(log_z - box.log_z) < 1e-4


@pytest.mark.parametrize("dimension", [2, 5, 10])
def test_shells(dimension: int) -> None:
    """Draws of direction and radius: the density per volume of both is N(r) / (S_D r^(D-1)), half on each shell."""
    box, rng, n = hard.shells(dimension), np.random.default_rng(5), 200_000
    direction = rng.standard_normal((n, dimension))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    law = stats.norm(2.0, 0.1)
    r = law.rvs(n, random_state=rng)
    surface = 2.0 * np.pi ** (dimension / 2) / scipy.special.gamma(dimension / 2)
    x = direction * r[:, None]
    x[:, 0] += rng.choice([-3.5, 3.5], n)
    log_q = law.logpdf(r) - np.log(2.0 * surface) - (dimension - 1) * np.log(r)
    log_z, error = mean_weight(box, x, log_q)
    assert error < 2e-3
    assert abs(log_z - box.log_z) < 4.0 * error


def test_funnel() -> None:
    """In ten dimensions, whose wide end the walls cut off."""
    box, rng, n = funnel(9), np.random.default_rng(6), 200_000
    v = rng.normal(0.0, 1.5, n)
    x = rng.standard_normal((n, 9)) * np.exp(0.5 * v)[:, None]
    log_q = stats.norm.logpdf(v, scale=1.5) + stats.norm.logpdf(x, scale=np.exp(0.5 * v)[:, None]).sum(axis=1)
    log_z, error = mean_weight(box, np.column_stack([v, x]), log_q)
    assert error < 2e-3
    assert abs(log_z - box.log_z) < 4.0 * error


def follow(dimension: int, n: int, rng: np.random.Generator) -> float:
    """Unbiased estimate of Rosenbrock's Z 10^D: each next coordinate is drawn about the square of the last."""
    x, z = rng.uniform(-5.0, 5.0, n), 10.0
    for _ in range(dimension - 1):
        w = np.exp(-((1.0 - x) ** 2)) * (np.abs(x) <= 5.0) * np.sqrt(np.pi / 100.0)
        z *= w.mean()
        steps = (np.arange(n) + rng.random()) / n  # systematic resampling
        x = x[np.minimum(np.searchsorted(np.cumsum(w) / w.sum(), steps), n - 1)] ** 2 + rng.normal(0.0, 0.005**0.5, n)
    return float(z * (np.abs(x) <= 5.0).mean())


@pytest.mark.parametrize("dimension", [4, 10])
def test_rosenbrock(dimension: int) -> None:
    rng = np.random.default_rng(7)
    z = np.array([follow(dimension, 50_000, rng) for _ in range(48)])
    error = z.std(ddof=1) / z.mean() / np.sqrt(len(z))
    assert error < 0.006
    assert abs(np.log(z.mean()) - dimension * np.log(10.0) - hard.rosenbrock(dimension).log_z) < 4.0 * error
