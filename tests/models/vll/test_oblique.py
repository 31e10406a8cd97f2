"""Oblique parameters of the vector-like leptons against high-precision values and by independent routes."""

import json
from math import log, pi
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll.oblique import pair, slope_at_zero

POINTS = json.loads(Path(__file__).with_name("oblique.json").read_text(encoding="utf-8"))["points"]
NAMES = ("m_L", "m_S", "Y_L", "Y_R", "Y_V", "Y_Vp")
THETA = np.array([[point[name] for name in NAMES] for point in POINTS])


def reference(name):
    return np.array([float(point[name]) for point in POINTS])


@pytest.mark.parametrize("formula", ["leading_order", "improved", "exact"])
def test_high_precision_values(formula):
    found = VectorLikeLeptons(formula=formula).predict(THETA)
    np.testing.assert_allclose(found["T_oblique"], reference("T"), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["S_oblique"], reference("S"), rtol=0, atol=1e-14)
    np.testing.assert_allclose(found["U_oblique"], reference("U"), rtol=0, atol=1e-14)


def test_partners_without_mixing_with_the_lepton():
    theta = THETA.copy()
    theta[:, 2:4] = 0.0
    found = VectorLikeLeptons().predict(theta)
    np.testing.assert_allclose(found["T_oblique"], reference("T_heavy"), rtol=0, atol=1e-12)
    masses = np.array([point["m_N"] for point in POINTS], dtype=float)
    np.testing.assert_allclose(np.transpose([found["m_N1"], found["m_N2"]]), masses, rtol=1e-12)


def plain_T(m_L, m_S, Y_L, Y_R, Y_V, Y_Vp, v=174.0, m=0.1056583745, m_Z=91.1876, s2=0.2312):
    """T from singular value decompositions and the loop functions as printed in textbooks."""
    gap = m_L**2 - m**2
    y = np.sqrt(m**2 * (Y_R**2 * v**2 + gap) / gap) / v
    charged = np.array([[y * v, 0.0], [Y_R * v, m_L]])
    neutral = np.array([[0.0, -Y_L * v], [m_L, Y_Vp * v], [Y_V * v, m_S]])
    U, M, V = np.linalg.svd(neutral)
    E_L, m_charged, E_R = np.linalg.svd(charged)
    m_neutral, V_R = np.array([*M, 0.0]), np.vstack([V, np.zeros(2)])

    def loops(a, b):
        if a == b:
            return 0.0, 0.0
        if a * b == 0.0:
            return a**2 + b**2, 0.0
        ratio = log(a / b) * 2.0 / (a**2 - b**2)
        return a**2 + b**2 - 2.0 * a**2 * b**2 * ratio, 2.0 * a * b * ((a**2 + b**2) * ratio - 2.0)

    def sum_over(left, right, first, second):
        total = 0.0
        for i, a in enumerate(first):
            for j, b in enumerate(second):
                plus, minus = loops(a, b)
                total += (left[i, j] ** 2 + right[i, j] ** 2) * plus + 2.0 * left[i, j] * right[i, j] * minus
        return total

    W_L = np.einsum("ai,aj->ij", U[:2], E_L)
    W_R = np.outer(V_R[:, 0], E_R.T[1])
    Z_L = -np.outer(U[2], U[2])
    Z_R = np.outer(V_R[:, 0], V_R[:, 0])
    E_E = np.outer(E_R.T[1], E_R.T[1])
    total = sum_over(W_L, W_R, m_neutral, m_charged) - 0.5 * sum_over(Z_L, Z_R, m_neutral, m_neutral)
    total -= 0.5 * sum_over(np.zeros((2, 2)), E_E, m_charged, m_charged) + m**2
    return total / (16.0 * pi * s2 * (1.0 - s2) * m_Z**2)


def test_T_from_singular_value_decompositions():
    rng = np.random.default_rng(3)
    masses = 10.0 ** rng.uniform(2, 4, (300, 2))
    theta = np.hstack([masses, rng.uniform(-3.5, 3.5, (300, 4))])
    found = VectorLikeLeptons().predict(theta)
    expected = np.array([plain_T(*row) for row in theta])
    np.testing.assert_allclose(found["T_oblique"], expected, rtol=1e-8, atol=1e-8)  # the printed loops cancel


def test_generations_add_up():
    one = VectorLikeLeptons(generations=["mu"]).predict(THETA)
    other = VectorLikeLeptons(generations=["e"]).predict(THETA)
    both = VectorLikeLeptons(generations=["e", "mu"]).predict(np.hstack([THETA, THETA]))
    for name in ("S_oblique", "T_oblique", "U_oblique"):
        np.testing.assert_allclose(both[name], one[name] + other[name], rtol=1e-12)


def test_parameters_vanish_without_couplings_and_decouple():
    model = VectorLikeLeptons()
    names = ("S_oblique", "T_oblique", "U_oblique")
    free = model.predict([[900.0, 700.0, 0.0, 0.0, 0.0, 0.0]])
    assert [abs(free[name][0]) < 1e-15 for name in names] == [True, True, True]
    heavy = model.predict([[900.0 * 10.0**n, 700.0 * 10.0**n, 0.3, 0.3, 1.0, 0.5] for n in (1, 2)])
    for name in ("S_oblique", "T_oblique"):
        assert heavy[name][0] / heavy[name][1] == pytest.approx(100.0, rel=0.1)


def test_mixing_of_heavy_neutrinos_with_the_lepton():
    """Unitarity: the couplings of all neutral states to W and lepton have the square 1 (right-handed ones left out)."""
    found = VectorLikeLeptons(formula="exact").predict(THETA)
    total = (1.0 + found["dgL_W_mu"]) ** 2 + found["U2_N1"] + found["U2_N2"]
    np.testing.assert_allclose(total, 1.0, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (1.0, 1.2), (1.0, 1.33), (1.0, 1.34), (0.02, 3.0)])
def test_slope_of_a_loop_is_its_integral(a, b):
    """The derivative at q^2 = 0 from the integrals over the Feynman parameter x, at the renormalisation scale 1."""

    def same(x):
        m2 = x * b + (1.0 - x) * a
        return x * (1.0 - x) * (log(m2) + 0.5)

    def opposite(x):
        return x * (1.0 - x) / (x * b + (1.0 - x) * a)

    found = slope_at_zero(1.0, 0.0, log(a * b), pair(a, b, log(a), log(b)))
    expected = quad(same, 0.0, 1.0, epsabs=1e-14, epsrel=1e-14)[0]
    assert found == pytest.approx(expected, abs=1e-12)
    found = -slope_at_zero(0.0, 1.0, log(a * b), pair(a, b, log(a), log(b)))
    expected = quad(opposite, 0.0, 1.0, epsabs=1e-14, epsrel=1e-14)[0]
    assert found == pytest.approx(expected, abs=1e-12)
