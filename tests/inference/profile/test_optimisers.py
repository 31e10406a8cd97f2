"""Optimisers on functions whose minima are known, many searches at once."""

from __future__ import annotations

import numpy as np
import pytest

from g2fit.card.priors import make_prior
from g2fit.inference.profile.maximise import Box
from g2fit.inference.profile.optimisers import evolve, gauss_newton, line_search, nelder_mead


def rosenbrock(points: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Valleys of different depth: search k has its minimum k at (1 + k/10, (1 + k/10)^2)."""
    shift = 0.1 * which
    x, y = points[:, 0] - shift, points[:, 1] - 2.0 * shift * points[:, 0] + shift**2
    return which + (1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2


def test_simplices_find_every_minimum() -> None:
    searches = np.arange(5)
    value, place = nelder_mead(rosenbrock, np.full((5, 2), -0.5), searches, 0.3)
    assert value == pytest.approx(searches, abs=1e-4)
    assert place[:, 0] == pytest.approx(1.0 + 0.1 * searches, abs=1e-2)


def test_simplices_stay_where_the_cost_is_defined() -> None:
    def cost(points: np.ndarray, which: np.ndarray) -> np.ndarray:
        inside = points.sum(axis=1) > 1.0
        return np.where(inside, (points**2).sum(axis=1), np.inf)

    value, place = nelder_mead(cost, np.array([[1.0, 1.5], [-5.0, -5.0]]), np.arange(2), 0.2)
    assert value[0] == pytest.approx(0.5, abs=0.05)
    assert place[0].sum() > 1.0
    assert value[1] == np.inf  # started where nothing is allowed


def narrow_ridge(points: np.ndarray, which: np.ndarray) -> np.ndarray:
    """A measurement of x y z to 1 %, and a hard wall x + y < 1.5; the best point has the least z allowed."""
    x, y, z = points.T
    chi2 = ((x * y * z - 0.25) / 2.5e-3) ** 2 + z
    return np.where(x + y < 1.5, chi2, np.inf)


def test_evolution_slides_along_a_wall_on_a_narrow_ridge() -> None:
    # on the ridge z = 0.25/(x y), least for the largest x y, which the wall limits to 0.75^2
    rng = np.random.default_rng(1)
    value, place = evolve(narrow_ridge, rng.random((3, 48, 3)), 400, rng)
    value, place = nelder_mead(narrow_ridge, place, np.arange(3), 0.05)
    assert value == pytest.approx(0.25 / 0.75**2, abs=1e-3)
    assert place[:, :2].sum(axis=1) == pytest.approx(1.5, abs=0.01)


def test_neighbours_pass_their_finds_on() -> None:
    # a spike that a population hardly finds, but its neighbour was given
    def cost(points: np.ndarray, which: np.ndarray) -> np.ndarray:
        far = ((points - 0.8) ** 2).sum(axis=1)
        return far - 5.0 * np.exp(-((points - 0.123) ** 2).sum(axis=1) / 2e-6)

    rng = np.random.default_rng(2)
    start = 0.5 + 0.3 * rng.random((3, 20, 4))
    start[0, 0] = 0.123
    chain = np.array([[0, 1], [0, 2], [1, 2]])
    assert evolve(cost, start, 120, rng)[0][2] > -1.0
    assert evolve(cost, start, 120, rng, chain)[0][2] < -2.0


def test_gradient_steps_reach_the_data() -> None:
    def pulls(points: np.ndarray, which: np.ndarray) -> np.ndarray:
        return np.stack([(points[:, 0] * points[:, 1] - 2.0) / 1e-3, (points[:, 0] - points[:, 1]) / 1e-2], axis=1)

    def cost(points: np.ndarray, which: np.ndarray) -> np.ndarray:
        return 0.5 * (pulls(points, which) ** 2).sum(axis=1)

    start = np.array([[1.0, 1.2], [2.0, 0.7], [0.3, 0.4]])
    found = gauss_newton(cost, pulls, start, np.arange(3))
    assert cost(found, np.arange(3)) == pytest.approx(0.0, abs=1e-9)
    assert found == pytest.approx(np.sqrt(2.0), abs=1e-6)


def test_line_search_meets_a_ridge() -> None:
    ticks = (np.arange(1000) + 0.5) / 1000
    (found,) = line_search(narrow_ridge, np.array([[0.6, 0.7, 0.1]]), np.array([0]), ticks)
    start = narrow_ridge(np.array([[0.6, 0.7, 0.1]]), np.array([0]))
    assert narrow_ridge(found[None], np.array([0])) < 1e-3 * start
    assert found[:2] == pytest.approx([0.6, 0.7])  # z is the coordinate to move


def test_line_search_takes_small_steps_to_a_near_ridge() -> None:
    def slit(points: np.ndarray, which: np.ndarray) -> np.ndarray:
        return np.where(abs(points[:, 0] - 0.50123) < 2e-5, -1.0, 0.0)  # between any two ticks

    point, ticks = np.array([[0.5, 0.3]]), (np.arange(64) + 0.5) / 64
    assert slit(line_search(slit, point, np.array([0]), ticks), np.array([0])) == 0.0
    (found,) = line_search(slit, point, np.array([0]), ticks, np.array([-1e-3, 0.0, 1.23e-3]))
    assert found == pytest.approx([0.50123, 0.3])


def test_box_covers_every_prior() -> None:
    priors = tuple(
        make_prior("p", entry)
        for entry in (
            {"dist": "uniform", "min": -2, "max": 3},
            {"dist": "loguniform", "min": 1e-3, "max": 1e3},
            {"dist": "loguniform", "min": -1e6, "max": -2e4},
            {"dist": "norm", "loc": 1, "scale": 2},
            {"dist": "truncnorm", "loc": 0, "scale": 1, "min": -1, "max": 50},
            {"dist": "lognorm", "median": 2, "sigma": 0.5},
            {"dist": "halfnorm", "scale": 3},
            {"dist": "beta", "a": 2, "b": 3, "min": 1, "max": 4},
            {"dist": "triang", "min": 0, "mode": 1, "max": 2},
        )
    )
    box = Box(priors)
    u = np.random.default_rng(1).random((100, len(priors)))
    theta = box.to_parameters(u)
    assert box.from_parameters(theta) == pytest.approx(u, abs=1e-9)
    assert all(np.isfinite(prior.logpdf(theta[:, j])).all() for j, prior in enumerate(priors))
    corners = box.to_parameters(np.array([np.zeros(len(priors)), np.ones(len(priors))]))
    assert corners[:, 0] == pytest.approx([-2, 3])
    assert corners[:, 2] == pytest.approx([-1e6, -2e4])
    assert corners[:, 4] == pytest.approx([-1, 8])
