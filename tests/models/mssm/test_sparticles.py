"""Masses and mixing of the light supersymmetric particles, and the lifetime of a wino."""

from __future__ import annotations

import numpy as np
import pytest

from g2fit.models import get_model
from g2fit.models.mssm.predictions import SPARTICLE_OBSERVABLES
from g2fit.models.mssm.spectrum import higgs_vevs
from g2fit.models.mssm.wino import wino_lifetime, wino_splitting

NAMES = [quantity.name for quantity in SPARTICLE_OBSERVABLES]
POINT_II = [1500.0, 600.0, -5e5, 70.0, 6e3, 6e3, 700.0, 700.0]


def spectra(size: int, seed: int):
    rng = np.random.default_rng(seed)
    gauginos = 10 ** rng.uniform(2.0, 3.5, (size, 2)) * rng.choice([-1.0, 1.0], (size, 2))
    higgsino = 10 ** rng.uniform(2.0, 5.0, (size, 1)) * rng.choice([-1.0, 1.0], (size, 1))
    return np.hstack([gauginos, higgsino, rng.uniform(2.0, 60.0, (size, 1)), 10 ** rng.uniform(2.5, 4.0, (size, 4))])


def test_neutralinos_and_charginos_by_numpy():
    model = get_model("mssm", delta="full", amu="full", sparticles=True, vacuum="off")
    theta = spectra(400, 1)
    found = model.predict(theta)
    g_Y, g_2, v = model.setting.couplings
    valid = np.flatnonzero(found["reason"] == 0)
    assert len(valid) > 200
    for i in valid:
        M1, M2, mu, tan_beta = theta[i, :4]
        v_d, v_u = higgs_vevs(tan_beta, v)
        a, b = np.array([-g_Y * v_d, g_2 * v_d]) / np.sqrt(2), np.array([g_Y * v_u, -g_2 * v_u]) / np.sqrt(2)
        neutral = np.array([[M1, 0, a[0], b[0]], [0, M2, a[1], b[1]], [a[0], a[1], 0, -mu], [b[0], b[1], -mu, 0]])
        masses, states = np.linalg.eigh(neutral)
        lightest = np.argmin(abs(masses))
        assert found["m_N1"][i] == pytest.approx(abs(masses[lightest]), rel=1e-9, abs=1e-9)
        shares = states[:2, lightest] ** 2
        assert [found["bino_N1"][i], found["wino_N1"][i]] == pytest.approx(shares, abs=1e-6)
        _, singular, right = np.linalg.svd(np.array([[M2, g_2 * v_u], [g_2 * v_d, mu]]))
        assert found["m_C1"][i] == pytest.approx(singular[1], rel=1e-9, abs=1e-9)
        assert found["wino_C1"][i] == pytest.approx(right[1, 0] ** 2, abs=1e-6)


@pytest.mark.parametrize("options", [{}, {"trilinear": True}, {"d_terms": False}, {"branch": "all"}])
def test_sleptons_by_numpy(options):
    """Sneutrinos, and the share of the left: eigenvectors of the mass matrix at the Yukawa coupling of the point."""
    model = get_model("mssm", sparticles=True, vacuum="off", **options)
    theta = spectra(300, 2)
    if "trilinear" in options:
        theta = np.hstack([theta, np.full((300, 2), 3e3)])
    found = {name: values.reshape(300, -1) for name, values in model.predict(theta).items()}
    g_Y, g_2, v = model.setting.couplings
    compared = 0
    for i, s in zip(*np.nonzero(found["reason"] == 0), strict=True):
        for k, (lepton, slepton) in enumerate((("e", "sel"), ("mu", "smu"))):
            mL, mR = theta[i, 4 + 2 * k : 6 + 2 * k]
            v_d, v_u = higgs_vevs(theta[i, 3], v)
            D = 0.25 * (v_u**2 - v_d**2) * model.options.d_terms
            y = found[f"y_{lepton}"][i, s]
            off = y * ((3e3 if "trilinear" in options else 0.0) * v_d - theta[i, 2] * v_u)
            diagonal = mL**2 + (g_2**2 - g_Y**2) * D + (y * v_d) ** 2, mR**2 + 2 * g_Y**2 * D + (y * v_d) ** 2
            masses2, states = np.linalg.eigh(np.array([[diagonal[0], off], [off, diagonal[1]]]))
            assert found[f"m_{slepton}_1"][i, s] == pytest.approx(np.sqrt(masses2[0]), rel=1e-7)
            assert found[f"left_{slepton}_1"][i, s] == pytest.approx(states[0, 0] ** 2, abs=1e-6)
            assert found[f"m_snu_{lepton}"][i, s] == pytest.approx(np.sqrt(mL**2 - (g_Y**2 + g_2**2) * D))
        masses = [found[name][i, s] for name in ("m_sel_1", "m_smu_1", "m_snu_e", "m_snu_mu")]
        assert found["m_slepton"][i, s] == min(masses)
        assert found["dm_slepton"][i, s] == min(masses) - found["m_N1"][i, s]
        compared += 1
    assert compared > 50


def test_the_option_changes_nothing_else():
    theta = spectra(500, 3)
    for name, options in (("mssm", {}), ("mssm", {"branch": "all"}), ("mssm", {"delta": "full", "amu": "full"})):
        plain, more = get_model(name, **options), get_model(name, sparticles=True, **options)
        before, after = plain.predict(theta), more.predict(theta)
        for quantity in before:
            np.testing.assert_array_equal(before[quantity], after[quantity])
        assert set(after) - set(before) == set(NAMES)
        invalid = after["reason"] != 0
        assert invalid.any()
        assert all(np.isnan(after[quantity][invalid]).all() for quantity in NAMES)
        finite = {quantity for quantity in NAMES if np.isfinite(after[quantity][~invalid]).all()}
        assert set(NAMES) - finite <= {"tau_C1"}
        assert np.all(after["dm_C1"][np.isinf(after["tau_C1"])] <= 0.0)  # the chargino is lighter than the neutralino
    plain, more = (get_model("mssm_higgs_mediation", vacuum="off", sparticles=on) for on in (False, True))
    point = [3.5e5, 80.0, 280.0, 1600.0, 600.0]
    before, after = plain.predict(point), more.predict(point)
    for quantity in before:
        np.testing.assert_array_equal(before[quantity], after[quantity])
    assert after["m_C1"][after["reason"] == 0] == pytest.approx(600.0, abs=0.01)


def test_pure_states():
    """Bino, wino and higgsino: the lightest neutralino has the smallest of the three masses."""
    model = get_model("mssm", sparticles=True, vacuum="off")
    heavy = [3e4, 3e4, 3e4, 3e4]
    found = model.predict([[300, 2e4, 3e4, 5, *heavy], [2e4, 300, 3e4, 5, *heavy], [2e4, 3e4, 300, 5, *heavy]])
    assert found["m_N1"] == pytest.approx(300.0, rel=2e-3)
    assert found["bino_N1"][0] > 0.999
    assert found["wino_N1"][1] > 0.999
    assert found["bino_N1"][2] + found["wino_N1"][2] < 1e-3
    assert found["wino_C1"] == pytest.approx([1.0, 1.0, 0.0], abs=1e-3)
    assert found["tau_C1"][0] < 1e-9


def test_a_wino_lives_for_a_fifth_of_a_nanosecond():
    """160 to 165 MeV, of which the mixing with a Higgsino of 20 TeV and more is next to nothing."""
    found = get_model("mssm", delta="full", amu="full", sparticles=True).predict(POINT_II)
    assert found["dm_C1"][0] == pytest.approx(wino_splitting(600.0), abs=1e-4)
    assert found["tau_C1"][0] == pytest.approx(0.2, abs=0.005)
    m = np.geomspace(300.0, 3000.0, 50)
    splittings = np.array([wino_splitting(x) for x in m])
    assert np.all((splittings > 161.0) & (splittings < 165.0))
    assert [wino_splitting(x) for x in (1.0, 1e5)] == [wino_splitting(100.0), wino_splitting(4000.0)]
    lifetimes = np.array([wino_lifetime(x) for x in np.linspace(1.0, 400.0, 400)])
    assert np.all(np.diff(lifetimes) < 0.0)
    assert wino_lifetime(0.0) == np.inf
    # tree-level mixing with a light Higgsino shortens the life: the limit for 0.2 ns does not hold any more
    mixed = get_model("mssm", sparticles=True, vacuum="off").predict([5e3, 600.0, 900.0, 5.0, *[3e3] * 4])
    assert mixed["dm_C1"][0] > 170.0


def test_absurd_points_have_no_masses_and_no_warnings():
    rng = np.random.default_rng(4)
    theta = 10 ** rng.uniform(-8.0, 12.0, (2000, 8)) * rng.choice([-1.0, 1.0], (2000, 8))
    theta[:, 3:] = abs(theta[:, 3:])
    theta[::50, 0] = 0.0
    theta[1::50, 2] = np.nan
    found = get_model("mssm", delta="full", amu="full", sparticles=True).predict(theta)
    valid = found["reason"] == 0
    assert 0 < valid.sum() < 2000
    for name in set(NAMES) - {"tau_C1"}:
        assert np.isfinite(found[name][valid]).all(), name
        assert np.isnan(found[name][~valid]).all(), name
    assert not np.isnan(found["tau_C1"][valid]).any()
