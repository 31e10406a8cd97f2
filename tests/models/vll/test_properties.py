"""Laws that hold at every point: signs, symmetries, scaling, decoupling, and no surprise in a wide box."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from g2fit.models.vll import VectorLikeLeptons

FORMULAS = ("leading_order", "improved", "exact")
MODEL = {formula: VectorLikeLeptons(formula=formula) for formula in FORMULAS}

masses = st.floats(50.0, 2e4)
couplings = st.floats(0.01, 2.0).flatmap(lambda size: st.sampled_from([size, -size]))
points = st.tuples(masses, masses, couplings, couplings, couplings, couplings)


def predict(formula, *rows):
    return MODEL[formula].predict(np.array(rows))


def flipped(point, *which):
    return tuple(-value if i in which else value for i, value in enumerate(point))


@given(points)
def test_moment_and_mass_shift_have_opposite_signs(point):
    """Because F > 0, and the logarithm of eq (4) below the cut-off."""
    p = predict("leading_order", point)
    assume(p["delta_a_mu"][0] != 0.0)
    assert np.sign(p["delta_a_mu"][0] * p["dm_mu_over_m_mu"][0]) == -1.0


@given(points)
def test_sign_of_the_product_flips_both(point):
    Y_L, Y_R = 2, 3
    p = predict("leading_order", point, flipped(point, Y_L), flipped(point, Y_R), flipped(point, Y_L, Y_R))
    for name in ("delta_a_mu", "dm_mu_over_m_mu"):
        np.testing.assert_array_equal(p[name], p[name][0] * np.array([1, -1, -1, 1]))


@pytest.mark.parametrize("formula", FORMULAS)
@given(point=points)
def test_rephasing_leaves_everything_unchanged(formula, point):
    """Signs of fields that keep the masses: S and S^c; L and L^c; the lepton doublet and singlet.

    The invariants are the signs of Y_L Y_R Y_V, Y_L Y_R Y_V' and their product, Y_V Y_V'.
    """
    Y_L, Y_R, Y_V, Y_Vp = 2, 3, 4, 5
    same = predict(
        formula, point, flipped(point, Y_L, Y_V, Y_Vp), flipped(point, Y_R, Y_V, Y_Vp), flipped(point, Y_L, Y_R)
    )
    del same["Y_L_Y_R"]
    for name, value in same.items():
        np.testing.assert_allclose(value, value[0], rtol=1e-12, err_msg=name)


@given(points)
def test_relative_sign_of_the_doublet_couplings_is_physical(point):
    m_L, m_S, _, _, Y_V, Y_Vp = point
    p = predict("leading_order", point, flipped(point, 5))["delta_a_mu"]
    a, b = Y_V * m_S / m_L, Y_Vp
    assume(abs(a + b) > 1e-6 and abs(a - b) > 1e-6)
    assert p[0] / p[1] == pytest.approx((a + b) / (a - b), rel=1e-9)


@given(points, st.floats(0.1, 3.0))
def test_leading_order_scales_with_the_couplings(point, factor):
    m_L, m_S, Y_L, Y_R, Y_V, Y_Vp = point
    singlet = (m_L, m_S, factor * Y_L, Y_R, Y_V, Y_Vp)
    doublet = (m_L, m_S, Y_L, Y_R, factor * Y_V, factor * Y_Vp)
    p = predict("leading_order", point, singlet, doublet)
    alone = predict("leading_order", (m_L, m_S, Y_L, Y_R, Y_V, 0.0), (m_L, m_S, Y_L, Y_R, 0.0, Y_Vp))
    for name in ("delta_a_mu", "dm_mu_over_m_mu"):  # the terms with Y_V and Y_V' may cancel
        rounding = 1e-12 * factor * abs(alone[name]).max()
        np.testing.assert_allclose(p[name][1:], factor * p[name][0], rtol=1e-12, atol=rounding)
    assert p["t_L"][1] == pytest.approx(factor**2 * p["t_L"][0], rel=1e-12)


@pytest.mark.parametrize("formula", FORMULAS)
@given(point=points)
@settings(max_examples=30)
def test_decoupling(formula, point):
    """Heavy partners leave no trace: what is left is eq (12), ~ 1/M^4, and an even part ~ (m_mu Y/M)^2/(4 pi)^2."""
    heavy = tuple(200.0 * value for value in point[:2]) + point[2:]
    p, eq12 = predict(formula, heavy), predict("leading_order", heavy)["delta_a_mu"][0]
    m_L, m_S, Y_L, Y_R = heavy[:4]
    even = (0.1056583745 / (4 * np.pi)) ** 2 * ((Y_L / m_S) ** 2 + 2 * (Y_R / m_L) ** 2)
    assert abs(p["delta_a_mu"][0]) <= 1.1 * (abs(eq12) + even) + 1e-3 * even
    for name in ("dgL_W_mu", "dgL_Z_nu", "dgR_Z_mu"):
        assert abs(p[name][0]) <= 1e-3
    assert p["R_tau"][0] == pytest.approx(0.9726, abs=3e-3)


@given(points)
def test_couplings_only_lose(point):
    """Mixing with a singlet or with a field of opposite isospin can only reduce these couplings."""
    for formula in FORMULAS:
        p = predict(formula, point)
        for name in ("dgL_W_mu", "dgL_Z_nu", "dgR_Z_mu"):
            assert p[name][0] <= 0.0


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_million_points_of_an_absurd_box(formula):
    rng = np.random.default_rng(11)
    n = 1_000_000 if formula == "exact" else 300_000
    mass = 10.0 ** rng.uniform(-1, 9, (n, 2))
    mass[: n // 5, 1] = mass[: n // 5, 0]
    near = slice(n // 5, 2 * n // 5)
    mass[near, 1] = mass[near, 0] * (1 + 10.0 ** rng.uniform(-16, -1, n // 5))
    mass[-n // 10 :, 0] = 80.379 * (1 + 10.0 ** rng.uniform(-16, -1, n // 10))
    theta = np.c_[mass, 10.0 ** rng.uniform(-8, 2, (n, 4)) * rng.choice([-1, 0, 1], (n, 4), p=[0.48, 0.04, 0.48])]
    model = VectorLikeLeptons(formula=formula, gf_shift=True, top_loop=True)
    out, reason = np.empty((n, len(model.observables))), np.empty(n, dtype=np.int8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.evaluate(theta, out, reason)
    finite = np.isfinite(out).all(axis=1)
    np.testing.assert_array_equal(finite, reason == 0)
    light = theta[:, 0] <= model.constants.m_mu
    np.testing.assert_array_equal(reason == 3, light)
    assert (reason != 0).sum() - light.sum() <= 1e-4 * n
