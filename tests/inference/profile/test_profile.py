"""Profile likelihoods against dense scans, and scans that go on where they were stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from g2fit.card import Card
from g2fit.core.errors import InputError, StoreError
from g2fit.inference.profile.best_fit import best_fits
from g2fit.inference.profile.line import line_path, profile, scan_line
from g2fit.inference.profile.maximise import Surface
from g2fit.inference.profile.node_grid import Axis, fixed_surface, grid_values, nearby_nodes
from g2fit.inference.profile.plane import ScanProgress, load_scan, scan, scan_path
from g2fit.posterior import Posterior


def vll_card(root: Path, output: Path) -> Card:
    """Four parameters, so that a dense scan of the other two is cheap."""
    raw = {
        "model": {"name": "vll", "formula": "leading_order"},
        "data": {"vintage": "paper_2021", "gf_shift": False},
        "priors": "../priors/vll-log.yaml",
        "parameters": {"Y_V": 1.0, "Y_Vp": 0.3},
        "sampler": {"walkers": 64},
    }
    return Card.from_dict(raw, root / "analysis").replace(output=output)


@pytest.fixture(scope="module")
def card(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Card:
    return vll_card(root, tmp_path_factory.mktemp("scan"))


@pytest.fixture(scope="module")
def posterior(card: Card) -> Posterior:
    posterior = Posterior(card)
    posterior.compile()
    return posterior


LIMITS = (100.0, 5000.0)
PLANE = (Axis("m_S", 6, LIMITS), Axis("m_L", 7, (600.0, 5000.0)))


@pytest.fixture(scope="module")
def whole(card: Card) -> xr.Dataset:
    """A scan of the masses in one go."""
    return scan(card, *PLANE, workers=1)


def densely(posterior: Posterior, m_S: float, m_L: float) -> float:
    """Largest log likelihood over both Yukawa couplings, by three nested grids."""
    low, high = np.log([0.01, 0.01]), np.log([3.5, 3.5])
    best = -np.inf
    for _ in range(5):
        axes = [np.linspace(a, b, 121) for a, b in zip(low, high, strict=True)]
        table = np.exp(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)).reshape(-1, 2).clip(0.01, 3.5)
        theta = np.empty((len(table), 4))
        theta[:, :2], theta[:, 2:] = (m_L, m_S), table
        value = posterior.log_likelihood(theta) + np.where(np.isfinite(posterior.log_prior(theta)), 0.0, -np.inf)
        best = max(best, float(value.max()))
        if best == -np.inf:
            return best
        centre, half = np.log(table[np.argmax(value)]), 0.06 * (high - low)
        low, high = np.maximum(centre - half, np.log(0.01)), np.minimum(centre + half, np.log(3.5))
    return best


def test_maxima_agree_with_a_dense_scan(posterior: Posterior, whole: xr.Dataset) -> None:
    assert posterior.names == ["m_L", "m_S", "Y_L", "Y_R"]
    table = whole["log_likelihood"].transpose("m_L", "m_S").values
    for row, m_L in enumerate(whole["m_L"].values):
        for column, m_S in enumerate(whole["m_S"].values):
            dense = densely(posterior, m_S, m_L)
            if dense == -np.inf:
                assert table[row, column] == -np.inf
                assert m_L < 650.0
            else:
                assert 2.0 * table[row, column] == pytest.approx(2.0 * dense, abs=1e-3)
    assert whole.attrs["improved"] == 0
    assert whole.attrs["confirmed"] > 0.95


def test_what_is_stored_are_the_maxima(posterior: Posterior, whole: xr.Dataset) -> None:
    stacked = whole.stack(node=("m_L", "m_S"))
    theta = np.stack([stacked[name].values for name in posterior.names], axis=1)
    allowed = np.isfinite(stacked["log_likelihood"].values)
    assert 0 < allowed.sum() < allowed.size
    value = posterior.log_likelihood(theta[allowed])
    assert value == pytest.approx(stacked["log_likelihood"].values[allowed], abs=1e-9)
    predicted = posterior.predict(theta[allowed])
    assert stacked["delta_a_mu"].values[allowed] == pytest.approx(predicted["delta_a_mu"], rel=1e-9)
    assert np.isnan(stacked["delta_a_mu"].values[~allowed]).all()
    assert whole["delta_chi2"].values.min() == 0.0


def test_best_fit_is_no_worse_than_any_node(posterior: Posterior, whole: xr.Dataset) -> None:
    (best,) = best_fits(posterior)
    assert best.log_likelihood >= whole.attrs["max_log_likelihood"] - 1e-4
    grid = profile(posterior, Axis("m_S", 25))
    assert grid.attrs["max_log_likelihood"] == pytest.approx(best.log_likelihood, abs=5e-3)
    assert grid["delta_chi2"].min() == 0.0


def test_profile_of_one_parameter_is_the_envelope_of_the_plane(posterior: Posterior, whole: xr.Dataset) -> None:
    one = profile(posterior, Axis("m_S", 6, LIMITS), seed=5)
    assert one["m_S"].values == pytest.approx(whole["m_S"].values)
    envelope = whole["log_likelihood"].max("m_L").values
    assert (one["log_likelihood"].values >= envelope - 5e-4).all()


def test_interrupted_scan_goes_on_and_is_the_same(root: Path, tmp_path: Path, whole: xr.Dataset) -> None:
    card = vll_card(root, tmp_path)
    calls = []

    def interrupt(progress: ScanProgress) -> None:
        calls.append(progress.done)
        if progress.done >= 24:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(card, *PLANE, workers=1, report=interrupt)
    tiles = sorted(tmp_path.glob(".scan-*/*.npz"))
    assert tiles
    tiles[0].write_bytes(tiles[0].read_bytes()[:100])  # and one is cut off
    calls.clear()
    again = scan(card, *PLANE, workers=2, report=lambda p: calls.append(p.done))
    assert max(calls) == 42
    xr.testing.assert_identical(again, whole)
    assert not list(tmp_path.glob(".scan-*"))
    calls.clear()
    xr.testing.assert_equal(scan(card, *PLANE, report=lambda p: calls.append(p.done)), whole)
    assert not calls  # it was read
    xr.testing.assert_equal(load_scan(scan_path(tmp_path, "m_S", "m_L")), whole)


def test_maxima_are_exchanged_over_two_nodes() -> None:
    near = nearby_nodes((4, 5), 2)
    assert near.shape == (20, 24)
    assert set(near[7]) == set(range(20)) - {7}  # all but itself
    assert sorted(nearby_nodes((7,), 2)[3]) == [1, 2, 4, 5]
    assert sorted(nearby_nodes((7,), 2)[0]) == [0, 0, 1, 2]  # at the rim


def test_bad_requests_say_what_is_wrong(card: Card, posterior: Posterior, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'm_L'"):
        scan(card, Axis("m_S", 5), Axis("mL", 5))
    with pytest.raises(InputError, match="two different"):
        scan(card, Axis("m_S", 5), Axis("m_S", 5))
    with pytest.raises(InputError, match="at least two"):
        scan(card, Axis("m_S", 1), Axis("m_L", 5))
    with pytest.raises(InputError, match="support"):
        grid_values(posterior, Axis("m_S", 5, (10.0, 1000.0)))
    with pytest.raises(InputError, match="missing: Y_R"):
        fixed_surface(posterior, "m_S", "m_L", {"Y_L": 0.1})
    with pytest.raises(StoreError, match=r"scan-a-b\.nc"):
        load_scan(tmp_path / "scan-a-b.nc")


def test_surface_with_fixed_parameters(posterior: Posterior) -> None:
    surface = fixed_surface(posterior, "m_S", "m_L", {"Y_L": 0.1, "Y_R": 0.2}, nx=4, ny=3)
    point = surface.isel(m_S=2, m_L=1)
    theta = [[float(point["m_L"]), float(point["m_S"]), 0.1, 0.2]]
    assert float(point["delta_a_mu"]) == pytest.approx(posterior.predict(theta)["delta_a_mu"][0])
    assert float(point["log_likelihood"]) == pytest.approx(posterior.log_likelihood(theta)[0])


def test_best_fit_of_every_branch(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several electron Yukawa couplings can give the electron mass; each of these branches has its own best fit."""
    import g2fit.inference.profile.best_fit

    monkeypatch.setattr(g2fit.inference.profile.best_fit, "POPULATIONS", 3)
    monkeypatch.setattr(g2fit.inference.profile.best_fit, "GLOBAL", 80)
    raw = {
        "model": {"name": "mssm", "delta": "bino", "amu": "bino", "two_loop": "leading_log", "branch": "all"},
        "data": {"vintage": "paper_2019"},
        "priors": "../priors/mssm-log.yaml",
        "parameters": {"M1": 2736, "mu": -25539, "tan_beta": 40.6, "mL_mu": 1350, "mR_mu": 7255},
    }
    posterior = Posterior(Card.from_dict(raw, root / "analysis"))
    overall, *branches = best_fits(posterior)
    assert len(branches) >= 2
    assert overall.log_likelihood == pytest.approx(max(b.log_likelihood for b in branches), abs=1e-4)
    values = [Surface(posterior).by_solution(np.array([list(b.parameters.values())]))[0] for b in branches]
    for branch, value in zip(branches, values, strict=True):
        assert np.isclose(value, branch.log_likelihood, rtol=0, atol=1e-9).any()
    y_e = [b.predictions["y_e"] for b in branches]
    assert len({round(y, 8) for y in y_e}) == len(y_e)


def test_a_finer_profile_is_kept(card: Card, tmp_path: Path) -> None:
    fine = scan_line(card, Axis("m_S", 5), tmp_path)
    written = line_path(tmp_path, "m_S").read_bytes()
    again = scan_line(card, Axis("m_S", 3), tmp_path, finer=True)
    assert again.attrs["key"] == fine.attrs["key"]
    assert line_path(tmp_path, "m_S").read_bytes() == written
    assert scan_line(card, Axis("m_S", 3), tmp_path).sizes["m_S"] == 3
    assert scan_line(card, Axis("m_S", 4), tmp_path, finer=True).sizes["m_S"] == 4
    other = card.replace(output=tmp_path)
    line_path(tmp_path, "m_S").write_bytes(written)
    assert scan_line(other, Axis("m_S", 3, (100.0, 200.0)), finer=True).sizes["m_S"] == 3  # a part of the range


def test_a_scan_where_nothing_is_allowed(card: Card, posterior: Posterior) -> None:
    with pytest.raises(
        InputError, match=r"nothing is allowed at any of the 3 points of this scan: m_L from 100 to 300"
    ):
        profile(posterior, Axis("m_L", 3, (100.0, 300.0)))
