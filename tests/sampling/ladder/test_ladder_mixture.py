"""Mixtures, warps and fits of the ladder: normalised densities, draws that follow them, exact special cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.em import fit_mixture, nearest_centres
from g2fit.sampling.ladder.fitter import Fitter, Points
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.warp import Warp

WARP = Warp(np.array([0.2, -0.5]), np.array([0.7, 1.3]), np.array([0.4, -0.3]), np.array([0.9, 1.2]))


def two(warp: Warp | None) -> Mixture:
    cholesky = np.array([[[0.5, 0.0], [0.3, 0.4]], [[1.0, 0.0], [-0.2, 0.6]]])
    return Mixture(np.array([0.3, 0.7]), np.array([[0.5, -0.3], [-0.4, 0.2]]), cholesky, warp)


def test_jacobian_of_a_warp_is_that_of_differences() -> None:
    z = np.random.default_rng(1).normal(size=(50, 2))
    _, log_jacobian = WARP.forward(z)
    h = 1e-6
    slopes = [
        (WARP.forward(z + h * e)[0] - WARP.forward(z - h * e)[0])[:, i] / (2 * h) for i, e in enumerate(np.eye(2))
    ]
    np.testing.assert_allclose(log_jacobian, np.log(slopes[0] * slopes[1]), atol=1e-7)


def test_inverse_of_a_warp() -> None:
    z = np.random.default_rng(2).normal(size=(50, 2)) * 5
    np.testing.assert_allclose(WARP.inverse(WARP.forward(z)[0]), z, rtol=1e-10, atol=1e-10)


def test_moments_of_the_prior_in_warped_coordinates() -> None:
    y, _ = WARP.forward(np.random.default_rng(3).standard_normal((400_000, 2)))
    mean, variance = WARP.prior_moments()
    np.testing.assert_allclose(mean, y.mean(0), atol=0.02)
    np.testing.assert_allclose(variance, y.var(0), rtol=0.05)


def test_a_warp_straightens_skewness() -> None:
    rng = np.random.default_rng(4)
    x = np.exp(0.6 * rng.normal(size=(4000, 1)))
    y, _ = Warp.fit(x, np.full(4000, 1 / 4000), 4000.0).forward(x)
    skewness = [abs(np.mean(((v - v.mean()) / v.std()) ** 3)) for v in (x, y)]
    assert skewness[1] < 0.2 < 1.0 < skewness[0]


@pytest.mark.parametrize("warp", [None, WARP])
def test_density_is_normalised(warp: Warp | None) -> None:
    axis = np.linspace(-40, 40, 2001)
    total = 0.0
    for x in axis:
        total += np.exp(two(warp).log_density(np.column_stack([np.full(len(axis), x), axis]))).sum()
    assert total * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=1e-4)


def test_density_is_that_of_scipy() -> None:
    x, mixture = np.random.default_rng(5).normal(size=(100, 2)), two(None)
    each = [
        w * multivariate_normal(m, c @ c.T).pdf(x)
        for w, m, c in zip(mixture.weights, mixture.means, mixture.cholesky, strict=True)
    ]
    np.testing.assert_allclose(mixture.log_density(x), np.log(sum(each)), atol=1e-10)
    np.testing.assert_allclose(mixture.log_components(x), np.log(each).T, atol=1e-10)


@pytest.mark.parametrize("warp", [None, WARP])
@pytest.mark.parametrize("rho", [0.3, 1.0])
def test_draws_and_moves_follow_the_density(warp: Warp | None, rho: float) -> None:
    """The mean of (normal density) / (mixture density) over draws is 1, also after moves that leave it invariant."""
    rng, mixture = np.random.default_rng(6), two(warp)
    x = mixture.sample(rng, 200_000)
    for points in (x, mixture.crank_nicolson(x, rho, rng)):
        for centre in (np.array([0.5, -0.3]), np.array([-0.5, 0.3])):
            weight = np.exp(log_normal((points - centre) / 0.3) - 2 * np.log(0.3) - mixture.log_density(points))
            assert weight.mean() == pytest.approx(1.0, abs=4 * weight.std() / np.sqrt(len(x)))


def test_cooling_a_gaussian_likelihood_is_exact() -> None:
    """Likelihood N(m, s^2): at beta the posterior has the precision 1 + beta/s^2."""

    def at(beta: float) -> tuple[FloatArray, FloatArray]:
        precision = 1.0 + beta / np.array([0.1, 0.3]) ** 2
        return beta * np.array([1.0, -2.0]) / np.array([0.1, 0.3]) ** 2 / precision, np.diag(precision**-0.5)

    mean, root = at(0.1)
    cold = Mixture(np.ones(1), mean[None], root[None]).cooled(5.0)
    mean, root = at(0.5)
    np.testing.assert_allclose(cold.means[0], mean, rtol=1e-12)
    np.testing.assert_allclose(cold.cholesky[0], root, atol=1e-12)


def test_fit_of_one_component_has_the_weighted_moments() -> None:
    rng = np.random.default_rng(7)
    x, w = rng.normal(size=(3000, 3)) @ np.diag([1.0, 0.1, 3.0]) + 5.0, rng.random(3000)
    w /= w.sum()
    fit = fit_mixture(x, w, 1e9, np.ones((3000, 1)))
    np.testing.assert_allclose(fit.means[0], w @ x, rtol=1e-12)
    np.testing.assert_allclose(fit.covariances[0], np.cov(x.T, aweights=w, ddof=0), rtol=1e-5, atol=1e-6)


def test_weights_of_points_are_as_good_as_copies() -> None:
    rng = np.random.default_rng(8)
    x = np.concatenate([rng.normal(size=(400, 2)), rng.normal(size=(200, 2)) * 0.3 + 4.0])
    copies = rng.integers(1, 4, 600)
    start = np.eye(2)[nearest_centres(x, copies / copies.sum(), rng.random(2))]
    one = fit_mixture(x, copies / copies.sum(), 300.0, start)
    many = fit_mixture(
        np.repeat(x, copies, axis=0), np.full(copies.sum(), 1 / copies.sum()), 300.0, np.repeat(start, copies, axis=0)
    )
    assert len(one.weights) == 2
    np.testing.assert_allclose(one.covariances, many.covariances, atol=1e-6)
    np.testing.assert_allclose(np.sort(one.weights), [1 / 3, 2 / 3], atol=0.05)


def test_a_single_point_is_fitted_with_the_width_of_the_prior() -> None:
    fit = fit_mixture(np.ones((1, 3)), np.ones(1), 1.0, np.ones((1, 1)))
    assert np.all(np.diag(fit.covariances[0]) > 0.5)
    np.testing.assert_allclose(fit.means[0], 1.0)


def test_a_stream_is_fitted_to_the_others() -> None:
    """Each stream lies elsewhere; its mixture knows only where the others are."""
    rng = np.random.default_rng(9)
    parts = []
    for i in range(4):
        x = rng.normal(size=(500, 2)) * 0.1 + 10.0 * np.eye(4)[i, :2] * (i < 2) - 10.0 * np.eye(4)[i, 2:] * (i >= 2)
        parts.append(Points(x, np.full(500, 1.0), log_normal(x)))
    for i, mixture in enumerate(Fitter(2, rng, most=8, warp=False, points=4000, wide=0.0).fit(parts)):
        level = [float(np.mean(mixture.log_density(part.x))) for part in parts]
        assert np.argmin(level) == i
