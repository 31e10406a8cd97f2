"""The chart with ridges: exact maps and Jacobians, the same evidence as without, of every model, level and sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special

from g2fit import Card, Posterior
from g2fit.card.priors import PriorSet, make_prior
from g2fit.posterior.coordinates import Chart
from g2fit.posterior.ridge_map import RidgeMap
from g2fit.sampling.exploration import explore, settings_for

BINO = {"name": "mssm", "delta": "bino", "amu": "bino", "two_loop": "leading_log"}
FULL = {"name": "mssm", "delta": "full", "amu": "full", "two_loop": "photonic"}
ELECTRON = {"delta_a_e": 0.1}
BOTH = {"delta_a_e": 0.1, "delta_a_mu": 0.1}

LEADING_ORDER, EXACT = {"name": "vll"}, {"name": "vll", "formula": "exact"}
PAIR = {**EXACT, "generations": ["e", "mu"]}

CASES: dict[str, tuple[dict[str, Any], dict[str, float], str, dict[str, Any]]] = {
    "bino, electron": (BINO, ELECTRON, "mssm-log", {}),
    "bino, both leptons": (BINO, BOTH, "mssm-log", {}),
    "mia": ({**BINO, "delta": "mia", "amu": "mia"}, ELECTRON, "mssm-log", {}),
    "decoupled": ({**BINO, "delta": "decoupled"}, ELECTRON, "mssm-log", {}),
    "full": (FULL, ELECTRON, "mssm-log", {}),
    "full, both leptons": (FULL, BOTH, "mssm-log", {}),
    "running couplings": ({**BINO, "couplings": "running"}, ELECTRON, "mssm-log", {}),
    "uniform prior": (BINO, ELECTRON, "mssm-uniform", {}),
    "datum of the other sign": (BINO, ELECTRON, "mssm-log", {"delta_a_e": "dae_2020_rb"}),
    "partners, leading order": (LEADING_ORDER, {"delta_a_mu": 1.0}, "vll-log", {"vintage": "paper_2021"}),
    "partners, exact": (EXACT, {"delta_a_mu": 0.3}, "vll-log", {"vintage": "paper_2021"}),
    "partners of both, exact": (PAIR, {"delta_a_e": 0.5, "delta_a_mu": 1.0}, "vll-emu-log", {"vintage": "paper_joint"}),
}


def make(root: Path, case: str) -> Posterior:
    model, scale, priors, data = CASES[case]
    vintage = "wp2020_2021" if "delta_a_e" in data else "paper_2019"
    data = {"vintage": vintage, "error_scale": scale, **data}
    raw = {"model": model, "data": data, "priors": str(root / f"priors/{priors}.yaml"), "output": "x"}
    return Posterior(Card.from_dict(raw))


@pytest.mark.parametrize("case", CASES)
def test_map_and_jacobian(root: Path, case: str) -> None:
    """Forward and back is the identity; the density is N(0, 1) times the Jacobian against the prior's own chart."""
    posterior = make(root, case)
    chart = posterior.coordinates
    assert isinstance(chart, Chart)
    assert len(chart.ridges) == len(CASES[case][1])
    rng = np.random.default_rng(1)
    z = rng.normal(size=(4000, chart.dimension))
    theta, density = np.empty_like(z), np.empty(len(z))
    chart.to_parameters(z, theta, density)
    back = chart.from_parameters(theta)
    assert np.quantile(abs(back - z), 0.999) < 1e-6
    plain = Chart(posterior.priors)
    for ridge in chart.ridges:
        j = ridge.column
        step = 1e-5
        ends = []
        for sign in (1.0, -1.0):
            moved = z.copy()
            moved[:, j] += sign * step
            there = np.empty_like(z)
            chart.to_parameters(moved, there, np.empty(len(z)))
            ends.append(plain.from_parameters(there)[:, j])
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.log((ends[0] - ends[1]) / (2 * step))
        if len(chart.ridges) > 1:
            continue  # the densities of two ridges come as one number
        flat = plain.from_parameters(theta)
        expected = -0.5 * (flat**2).sum(1) - 0.5 * z.shape[1] * np.log(2 * np.pi) + slope
        usable = np.isfinite(expected) & (abs(flat[:, j]) < 5.0)
        assert usable.mean() > 0.9
        assert np.quantile(abs(expected - density)[usable], 0.98) < 1e-3


def log_evidence(posterior: Posterior, chart: Chart, seed: int) -> tuple[float, float, float]:
    posterior.coordinates = chart
    settings = settings_for("many", chart.dimension, None)
    found = explore(chart.dimension, [np.random.SeedSequence(seed)], settings, lambda _, z: posterior.log_density(z))
    mixture = found.mixtures[0].defended()
    x = mixture.sample(np.random.default_rng(seed + 100), 60_000)
    log_weight = posterior.log_density(x) - mixture.log_density(x)
    top = log_weight.max()
    w = np.exp(log_weight - top)
    return float(np.log(w.mean()) + top), float(w.std() / w.mean() / np.sqrt(len(w))), float(found.efficiencies[0])


def test_ridges_that_depend_on_each_other() -> None:
    """As with two loops, whose logarithms know all masses: each ridge moves with both parameters."""
    priors = [make_prior(name, {"dist": "loguniform", "min": 1.0, "max": 1e4}) for name in "ab"]

    def centres(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return 0.5 * np.log(theta).sum(axis=1), np.ones(len(theta))

    ridges = [RidgeMap(column, priors[column], 1.0, 0.03, False, centres) for column in (0, 1)]
    chart = Chart(PriorSet(priors), ridges)
    z = np.random.default_rng(5).normal(size=(1000, 2))
    theta, density = np.empty_like(z), np.empty(len(z))
    chart.to_parameters(z, theta, density)
    before = theta.copy()
    assert chart.from_parameters(theta) == pytest.approx(z, abs=1e-6)
    assert (theta == before).all()


@pytest.mark.parametrize("case", CASES)
def test_the_unit_cube_is_another_name_for_the_same_map(root: Path, case: str) -> None:
    posterior = make(root, case)
    u = np.random.default_rng(2).random((4000, posterior.dimension))
    z = scipy.special.ndtri(u)
    one, two, density, weight = np.empty_like(z), np.empty_like(z), np.empty(len(z)), np.empty(len(z))
    posterior.coordinates.to_parameters(z, one, density)
    posterior.coordinates.from_uniform(u, two, weight)
    np.testing.assert_allclose(two, one, rtol=1e-9)
    normal = -0.5 * (z * z).sum(1) - 0.5 * posterior.dimension * np.log(2.0 * np.pi)
    np.testing.assert_allclose(weight, density - normal, rtol=0, atol=1e-7)
    expected = posterior.log_density(z) - normal
    near = expected > expected.max() - 50.0
    np.testing.assert_allclose(posterior.log_weight(u)[near], expected[near], rtol=0, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_density_is_normalised(root: Path, case: str) -> None:
    """The density of the chart integrates to one, as the prior's does, whatever the ridges' centres are."""
    chart = make(root, case).coordinates
    z = np.random.default_rng(0).normal(size=(60_000, chart.dimension))
    theta, density = np.empty_like(z), np.empty(len(z))
    chart.to_parameters(z, theta, density)
    weight = np.exp(density + 0.5 * (z * z).sum(1) + 0.5 * z.shape[1] * np.log(2 * np.pi))
    assert abs(weight.mean() - 1.0) < 4.5 * weight.std() / np.sqrt(len(z))


@pytest.mark.parametrize("case", ["bino, electron", "full", "partners, leading order", "partners, exact"])
def test_ridge_is_found_and_the_evidence_is_that_of_the_prior(root: Path, case: str) -> None:
    """A plain prior sample, stratified in the ridge's parameter, agrees with importance sampling in the chart."""
    posterior = make(root, case)
    chart = posterior.coordinates
    assert isinstance(chart, Chart)
    log_z, error, efficiency = log_evidence(posterior, chart, 3)
    assert efficiency > 0.2
    rng = np.random.default_rng(5)
    column, strata, draws = chart.ridges[0].column, 100, 6000
    total = np.empty(draws)
    theta = posterior.priors.sample(rng, draws)
    ridge = chart.ridges[0]
    grid = ridge.prior.ppf((np.arange(strata) + rng.random((draws, strata))) / strata)
    points = np.repeat(theta, strata, axis=0)
    points[:, column] = grid.ravel()
    likelihood = np.exp(posterior.log_likelihood(points) - log_z)
    total = likelihood.reshape(draws, strata).mean(axis=1)
    truth, spread = total.mean(), total.std() / np.sqrt(draws)
    assert abs(truth - 1.0) < 4.0 * np.hypot(spread, error)
    assert spread < 0.25
