"""Every formula at every reference point, near-degenerate masses and masses near m_W included."""

import numpy as np
import pytest

from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll import leading_order as formulas

LEPTONS = ("e", "mu")


def predict(reference, lepton, **options):
    return VectorLikeLeptons(generations=[lepton], **options).predict(reference[lepton].theta)


@pytest.mark.parametrize("lepton", LEPTONS)
def test_the_papers_formulas(reference, lepton):
    exact, ours = reference[lepton].values, predict(reference, lepton)
    with_top = predict(reference, lepton, top_loop=True)
    m_L, m_S, Y_L, Y_R = reference[lepton].theta.T[:4]
    assert not ours["reason"].any()
    checks = {
        f"delta_a_{lepton}": exact["eq12"],
        f"dm_{lepton}_over_m_{lepton}": exact["dm_over_m"],
        "t_L": (Y_L * 174.0 / m_S) ** 2,
        "t_R": (Y_R * 174.0 / m_L) ** 2,
        f"dgL_W_{lepton}": -0.5 * (Y_L * 174.0 / m_S) ** 2,
        "dgL_Z_nu": -0.5 * (Y_L * 174.0 / m_S) ** 2,
        f"dgR_Z_{lepton}": -0.5 * (Y_R * 174.0 / m_L) ** 2,
    }
    for name, value in checks.items():
        np.testing.assert_allclose(ours[name], value, rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(with_top[f"delta_a_{lepton}"] - exact["eq12"], exact["eq14"], rtol=1e-10)
    np.testing.assert_allclose(with_top[f"delta_a_{lepton}"], exact["eq12"] + exact["eq14"], rtol=1e-12)


def test_leading_logarithm(reference):
    model = VectorLikeLeptons()
    c = model.constants
    ours = [
        formulas.delta_a_leading_log(
            Y_L * Y_R, formulas.effective_yukawa(Y_V, Y_Vp, m_S, m_L), m_S, m_L, c.m_mu, c.m_W, c.v
        )
        for m_L, m_S, Y_L, Y_R, Y_V, Y_Vp in reference["mu"].theta
    ]
    np.testing.assert_allclose(ours, reference["mu"].values["eq11"], rtol=1e-12, atol=1e-24)


@pytest.mark.parametrize("lepton", LEPTONS)
def test_exact_loops(reference, lepton):
    exact, theta = reference[lepton].values, reference[lepton].theta
    model = VectorLikeLeptons(generations=[lepton], formula="exact")
    scale = np.abs(exact["total"])
    assert np.all(np.abs(model.predict(theta)[f"delta_a_{lepton}"] - exact["total"]) < 1e-12 * scale)
    for name, value in model.parts(theta).items():
        assert np.all(np.abs(value - exact[name.removeprefix("da_")]) < 1e-12 * scale), name


@pytest.mark.parametrize("lepton", LEPTONS)
@pytest.mark.parametrize("formula", ["improved", "exact"])
def test_exact_couplings(reference, lepton, formula):
    exact, ours = reference[lepton].values, predict(reference, lepton, formula=formula)
    for name in ("dgL_W", "dgL_Z_nu", "dgR_Z"):
        key = name if name == "dgL_Z_nu" else f"{name}_{lepton}"
        np.testing.assert_allclose(ours[key], exact[name], rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(ours[f"mu_h_{lepton}{lepton}"], exact["cos2_R"] ** 2, rtol=1e-12)


@pytest.mark.parametrize("lepton", LEPTONS)
def test_closed_form(reference, lepton):
    exact, theta = reference[lepton].values, reference[lepton].theta
    m_L, m_S, Y_L, Y_R = theta.T[:4]
    c = VectorLikeLeptons().constants
    even = (11 / 6 - 4 / 3 * c.s2_on_shell) * (Y_R / m_L) ** 2 - (Y_L / m_S) ** 2
    even *= getattr(c, f"m_{lepton}") ** 2 / (16 * np.pi**2)
    ours = predict(reference, lepton, formula="improved")[f"delta_a_{lepton}"]
    np.testing.assert_allclose(ours - even, exact["flip_closed"], rtol=1e-10)
    heavy = (m_L > 300) & (m_S > 300)
    distance = np.abs(ours / exact["total"] - 1)
    assert np.median(distance[heavy]) < 5e-3
    assert distance[heavy].max() < 0.25
