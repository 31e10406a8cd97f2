"""Credible regions have the parts of the density that the draws come from, not those of their noise."""

from __future__ import annotations

import numpy as np
import pytest

from g2fit.results.kernel_density import BINS_2D, bin_draws, density_1d, density_2d
from g2fit.results.levels import LEVELS, Levels
from g2fit.results.peaks_and_pits import peaks_and_passes
from g2fit.results.smoothing import SmoothHistogram
from g2fit.results.stable_regions import StableRegions, parts_and_gaps
from tests.support.known_densities import LAWS, PLANES, chain, study


def test_known_densities_of_one_quantity() -> None:
    rows = list(study(4000, 4, planes=False))
    assert len(rows) == 2 * len(LAWS)
    for name, wrong, level, mean, _ in rows:
        assert wrong == 0.0, name
        assert mean == pytest.approx(level, abs=0.02), name


@pytest.mark.parametrize("name", ["flat, flat", "Gaussian, two modes"])
def test_known_densities_in_a_plane(name: str) -> None:
    for row, wrong, level, mean, _ in study(4000, 2, planes=True, only=[name]):
        assert wrong == 0.0, row
        assert mean == pytest.approx(level, abs=0.03), row
    assert name in PLANES


def test_a_plain_region_of_a_flat_density_would_follow_the_noise() -> None:
    """What the other tests forbid does happen without a bootstrap."""
    found = []
    for seed in range(4):
        draws = chain(LAWS["flat"], 4000, np.random.default_rng(seed))
        density = density_1d(bin_draws(draws, 0.0, 1.0), 4000.0)
        plain = StableRegions(density.density, density.cell).score(LEVELS[0]) >= 0.0
        found.append(parts_and_gaps(plain[None, :])[0])
        assert len(density.intervals(LEVELS[0])) == 1
    assert max(found) > 1


def test_a_small_mode_is_kept_where_it_is_confirmed() -> None:
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.normal(size=38_000), rng.normal(8.0, 0.3, size=2_000)])
    density = density_1d(bin_draws(x))
    assert [len(density.intervals(level)) for level in (0.6827, 0.98)] == [1, 2]
    few = density_1d(bin_draws(np.concatenate([rng.normal(size=4000), rng.normal(5.0, 0.1, size=4)])))
    assert len(few.intervals(0.9995)) == 1  # four draws are no mode


def test_regions_lie_in_one_another_and_are_always_the_same() -> None:
    laws = LAWS["flat with a cliff"], LAWS["falling"]
    rng = np.random.default_rng(7)
    draws = [bin_draws(chain(law, 4000, rng), *law.ends, BINS_2D) for law in laws]
    inner, outer = (density_2d(*draws, 4000.0).score(level) >= 0.0 for level in LEVELS)
    assert not (inner & ~outer).any()
    again = density_2d(*draws, 4000.0).score(LEVELS[0]) >= 0.0
    assert (inner == again).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("levels", [LEVELS, (0.80, 0.90)])
def test_a_pit_in_a_plateau_costs_no_probability(seed: int, levels: Levels) -> None:
    """A plateau that falls off at one end, with a pit that passes for confirmed though the parts beside it do not."""
    draws = chain(LAWS["flat with a cliff"], 20_000, np.random.default_rng(seed)).ravel()
    pit = np.flatnonzero(np.abs(draws - 0.3) < 0.02)
    draws = np.delete(draws, pit[:: (8, 7, 6, 5)[seed]])
    line = density_1d(bin_draws(draws, 0.0, 1.3), 20_000.0, levels)
    plane = density_2d(bin_draws(draws, 0.0, 1.3, BINS_2D), bin_draws(draws[::-1], 0.0, 1.3, BINS_2D), 20_000.0, levels)
    for density in (line, plane):
        inside = [density.score(level) >= 0.0 for level in levels]
        for cells, level in zip(inside, levels, strict=True):
            assert density.density[cells].sum() * density.cell == pytest.approx(level, abs=0.005)
        assert not (inside[0] & ~inside[1]).any()
        assert (density.score(levels[1])[density.score(levels[0]) > 0.0] > 0.0).all()


def test_standard_error_is_that_of_independent_sets_of_draws() -> None:
    """The bootstrap of one set of draws against the scatter of the densities of many."""
    rng = np.random.default_rng(8)
    edges = np.linspace(-4.0, 4.0, 257)
    covariance = np.diag([0.0, 8.0]) ** 2
    densities, errors = [], []
    for _ in range(60):
        counts = np.histogram(np.clip(rng.normal(size=5000), -3.9, 3.9), edges)[0][None, :].astype(float)
        smooth = SmoothHistogram(counts, covariance, 5000.0)
        densities.append(smooth.density())
        errors.append(smooth.standard_error(densities[-1]))
    bulk = slice(64, 192)  # two standard deviations on both sides
    scatter = np.std(densities, axis=0)[0, bulk]
    assert np.mean(errors, axis=0)[0, bulk] / scatter == pytest.approx(1.0, abs=0.35)
    assert np.mean(np.mean(errors, axis=0)[0, bulk] / scatter) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("correlation", [0.0, 0.97])
def test_a_spike_in_one_cell_keeps_its_share(correlation: float) -> None:
    """Half of the draws in one cell beside a broad cloud, with kernels that are narrower than a cell."""
    counts = np.random.default_rng(10).poisson(5.0, size=(64, 64)).astype(float)
    counts[31, 0] += counts.sum()
    for widths in ((0.6, 2.5), (0.55, 0.55), (0.2, 6.0)):
        covariance = np.outer(widths, widths) * np.array([[1.0, correlation], [correlation, 1.0]])
        density = SmoothHistogram(counts, covariance, counts.sum()).density()
        assert density.min() >= 0.0
        for axis in (0, 1):
            found, raw = (np.cumsum(table.sum(axis) / table.sum()) for table in (density, counts))
            from_the_spike = np.abs(np.arange(64) - (31, 0)[1 - axis])
            beyond = from_the_spike > 4.0 * max(widths[1 - axis], 1.0) + 1.0
            assert np.abs(found - raw)[beyond].max() < 0.05, (widths, axis)


def test_fewer_effective_draws_have_larger_errors() -> None:
    counts = np.random.default_rng(9).poisson(100.0, size=(1, 256)).astype(float)
    few, many = (SmoothHistogram(counts, np.diag([0.0, 8.0]) ** 2, counts.sum() / ratio) for ratio in (16.0, 1.0))
    ratio = few.standard_error(few.density()) / many.standard_error(many.density())
    assert ratio.mean() == pytest.approx(4.0, abs=0.6)


def test_peaks_and_passes_of_a_landscape() -> None:
    y, x = np.mgrid[-2:2:41j, -3:3:61j]
    height = np.exp(-4.0 * ((x + 1.5) ** 2 + y**2)) + 0.5 * np.exp(-4.0 * ((x - 1.5) ** 2 + y**2))
    peaks, passes = peaks_and_passes(height)
    assert len(peaks) == 2
    assert (x.ravel()[peaks], y.ravel()[peaks]) == (pytest.approx([-1.5, 1.5]), pytest.approx([0.0, 0.0], abs=1e-9))
    assert abs(x.ravel()[passes[1]]) < 0.3
    assert y.ravel()[passes[1]] == pytest.approx(0.0, abs=1e-9)
