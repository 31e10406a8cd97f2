"""Limits in which the result is known: heavy partners, no phases, no couplings, and exact symmetries."""

from math import pi

import numpy as np
import pytest

from g2fit.models import get_model
from g2fit.models.constants import HBAR_C, LOOP_FACTOR
from g2fit.models.vll.flavour.decays import WIDTHS
from g2fit.models.vll.representations.fields import PAIRS

POINT = [900.0, 1200.0, 0.3, -0.2, 0.5, 0.7]
#: What is predicted only with real couplings and partners of one lepton: states named by their content.
BY_CONTENT = {"m_L", "m_L32", "m_E", "m_Sigma0", "m_Sigma1", "U2_N1", "U2_N2"}


@pytest.mark.parametrize("heavy", ["mu", "tau"])
def test_decay_to_a_photon_through_a_heavy_neutral_singlet(heavy):
    """BR = 3 alpha/(8 pi) |lambda_e lambda_l|^2 (v/M)^4 for the leptonic width G_F^2 m^5/(192 pi^3)."""
    model = get_model("vll", representations=["N"], flavour_mixing=True, generations=["e", heavy])
    M, couplings, c = 1e6, (0.3, 0.2), model.constants
    m = getattr(c, f"m_{heavy}")
    A = model.amplitudes([[M, *couplings]]).sum(axis=2)[0, 0]
    assert A[0, 1].real == pytest.approx(-LOOP_FACTOR * m * 0.06 / M**2, rel=1e-5)
    assert abs(A[1, 0] / A[0, 1]) == pytest.approx(c.m_e / m, rel=1e-4)
    prediction = model.predict([[M, *couplings]])[f"B_{heavy}_e_gamma"][0]
    leptonic = m**5 / (1536.0 * pi**3 * c.v**4)  # G_F = 1/(2 sqrt 2 v^2)
    expected = 3.0 * c.alpha_0 / (8.0 * pi) * 0.06**2 * (c.v / M) ** 4
    assert prediction * getattr(WIDTHS, heavy) / leptonic == pytest.approx(expected, rel=1e-4)
    if heavy == "mu":  # its width is the leptonic one up to QED corrections of 0.4 %
        assert WIDTHS.mu / leptonic == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("pair", "k"), [*zip(list(PAIRS)[1:], (1, 5, 1, 9, 5), strict=True)])
def test_moments_of_heavy_partners(pair, k):
    """Delta a - 2 i m d/e = -k/(16 pi^2) m m_LX/v^2, with a complex tree-level mass m_LX and kappa = 1 + 2 m_LX/m."""
    model = get_model("vll", representations=pair, phases=True)
    c, M, phase = model.constants, 3e4, 0.8
    values = {name: x[0] for name, x in model.predict([[M, 1.3 * M, 1.0, 1.0, 0.5, 1.0, phase, 0.3]]).items()}
    m, kappa = c.m_mu, values["kappa_mu"] + 1j * values["kappa_tilde_mu"]
    A = values["delta_a_mu"] / m - 2j * values["d_mu"] / HBAR_C
    tree = 0.5 * (kappa - 1.0)
    np.testing.assert_allclose(A, -k * LOOP_FACTOR * m * tree / c.v**2, rtol=1e-2)
    assert abs(tree) > 1e-3
    sign = -1.0 if pair == ("L_3/2", "Sigma1") else 1.0
    assert np.angle(sign * tree) == pytest.approx(phase, abs=1e-2)


@pytest.mark.parametrize("pair", PAIRS)
def test_phases_of_zero_are_real_couplings(pair):
    options = {"representations": {"mu": pair}, "self_energies": True}
    model = get_model("vll", **options, phases=True)
    real = get_model("vll", **options)
    ours, exact = model.predict([[*POINT, 0.0, 0.0]]), real.predict([POINT])
    assert set(exact) - BY_CONTENT <= set(ours)
    for name in set(exact) - BY_CONTENT:
        np.testing.assert_allclose(ours[name], exact[name], rtol=1e-9, atol=1e-12 if "oblique" in name else 0.0)
    assert ours["d_mu"][0] == ours["kappa_tilde_mu"][0] == 0.0


def test_doublet_and_neutral_singlet():
    """The pair of 2106.01373, by its own exact formula: lambda_N = -Y_L, lambda_L = Y_R, lambda = Y_V', bar = Y_V."""
    theta = [[900.0, 1200.0, 0.3, -0.2, 0.5, 0.7]]  # m_L, m_S, Y_L, Y_R, Y_V, Y_V'
    exact = get_model("vll", formula="exact").predict(theta)
    ours = get_model("vll", phases=True).predict([[900.0, 1200.0, -0.2, -0.3, 0.7, 0.5, 0.0, 0.0]])
    for name in ("delta_a_mu", "dgL_W_mu", "dgR_Z_mu", "dgL_Z_nu"):
        np.testing.assert_allclose(ours[name], exact[name], rtol=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_symmetries_of_phases(pair):
    model = get_model("vll", representations=pair, phases=True, self_energies=True)
    points = np.array([[*POINT, 0.7, -0.4], [*POINT, -0.7, 0.4], [*POINT, 0.7, -0.4], [*POINT, 0.7, -0.4]])
    points[2, 2], points[2, 6] = -points[2, 2], 0.7 + np.pi  # a sign is a phase of pi
    points[3, 3], points[3, 2] = -points[3, 3], -points[3, 2]  # only products are physical
    values = model.predict(points)
    for name, (one, conjugate, turned, changed) in values.items():
        odd = name in ("d_mu", "kappa_tilde_mu")
        assert conjugate == pytest.approx(-one if odd else one, rel=1e-10, abs=1e-14 if "oblique" in name else 0.0)
        for other in (turned, changed):
            cancels = "oblique" in name or "kappa" in name
            assert other == pytest.approx(one, rel=1e-9, abs=1e-13 if cancels else 0.0)


@pytest.mark.parametrize("pair", PAIRS)
def test_lepton_without_couplings(pair):
    one = get_model("vll", representations={"mu": pair}, self_energies=True)
    both = get_model("vll", representations=pair, flavour_mixing=True, generations=["e", "mu"], self_energies=True)
    M, (D, X), rest = POINT[:2], POINT[2:4], POINT[4:]
    ours, exact = both.predict([[*M, 0.0, D, 0.0, X, *rest]]), one.predict([POINT])
    for name in set(exact) - BY_CONTENT:
        known = {"dgL_Z_nu": "dgL_Z_nu_mu"}.get(name, name)
        np.testing.assert_allclose(ours[known], exact[name], rtol=1e-6, atol=1e-9 if "oblique" in name else 0.0)
    assert ours["B_mu_e_gamma"][0] == ours["B_h_e_mu"][0] == ours["delta_a_e"][0] == 0.0


@pytest.mark.parametrize("name", ["N", "E", "Sigma0", "Sigma1"])
def test_rotation_of_light_leptons(name):
    """Where the masses of the leptons are negligible, only the length of the vector of couplings counts."""
    model = get_model(
        "vll", representations=[name], flavour_mixing=True, generations=["e", "mu", "tau"], self_energies=True
    )
    values = model.predict([[800.0, 1.3, 0.0, 0.4], [800.0, 0.5, -1.2, 0.4]])
    assert abs(values["T_oblique"][0]) > 1e-3
    s2 = model.constants.s2_eff  # this combination of S and U is free of the logarithms of light masses
    values["S_U"] = 2.0 * s2 * values["S_oblique"] - (1.0 - 2.0 * s2) * values["U_oblique"]
    for quantity in ("T_oblique", "S_U", "kappa_gamma"):  # m_mu^2/m_Z^2 = 1.3e-6
        assert values[quantity][1] == pytest.approx(values[quantity][0], rel=1e-5)
    widths = [np.array([(1.0 + values[f"dgL_W_{l}"][i]) ** 2 - 1.0 for l in ("e", "mu", "tau")]) for i in (0, 1)]
    assert widths[1].sum() == pytest.approx(widths[0].sum(), rel=1e-4)
    neutrinos = [sum(values[f"dgL_Z_nu_{l}"][i] for l in ("e", "mu", "tau")) for i in (0, 1)]
    assert neutrinos[1] == pytest.approx(neutrinos[0], rel=1e-12)
