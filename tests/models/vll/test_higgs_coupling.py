"""The Higgs coupling against numerical derivatives of the one-loop mass, and against the one-loop vertex itself."""

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.vll import L4
from g2fit.models.vll.higgs_coupling import higgs_coupling, integrals, radiative_mass
from g2fit.models.vll.leading_order import delta_yukawa, effective_yukawa
from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
from g2fit.models.vll.oblique import logarithms
from g2fit.models.vll.partners import Partners

M_MU, M_W, M_H, V = 0.1056583745, 80.379, 125.1, 174.0
POINTS = [
    (1000.0, 1100.0, 0.3, 0.4, 1.0, 0.0),
    (650.0, 650.0, -0.2, 0.19, 0.0, 1.0),
    (700.0, 350.0, -0.2, 0.5, 0.7, -0.9),
    (650.0, 386.0, 0.1, 0.05, 3.5, 3.5),
    (150.0, 2000.0, 1.2, 0.1, -0.3, 0.4),
    (4000.0, 250.0, 0.05, 1.5, 2.0, 3.0),
]


def partners(point, Lambda=1e5, m_l=M_MU):
    return Partners(*point, Lambda, m_l)


def states(p, v=V):
    charged, neutral = charged_mixing(p, v), neutral_mixing(p, v)
    return charged, neutral, logarithms(charged, neutral, np.log(p.m_l**2))


def kappa(p, m_W=M_W, m_h=M_H):
    return higgs_coupling(p, *states(p), m_W, m_h, V)


def loop_part(point, **masses):
    """Return kappa - cos_R^2, the part that the loops add."""
    p = partners(point)
    return kappa(p, **masses) - charged_mixing(p, V).cos_R ** 2


# The integrals


@pytest.mark.parametrize("ratio", [1.0, 1.0 + 1e-9, 1.3, 1.499, 1.501, 2.0, 30.0, 1e4, 1e10])
def test_integrals_by_quadrature(ratio):
    a, b = mpf("0.7"), mpf("0.7") * mpf(ratio)
    with mpmath.workdps(30):
        grid = [0, a, b * 1.01, 100 * b, mpmath.inf]
        for n, ours in enumerate(integrals(float(a), float(b), np.log(float(a)), np.log(float(b)))):
            power = 2 if n else 1

            def integrand(u, n=n, power=power):
                return u**n / ((u + a) * (u + b)) ** power

            assert ours == pytest.approx(float(mpmath.quad(integrand, grid)), rel=1e-12)


# The low-energy theorem: mass matrices at a shifted v, diagonalised numerically


def mass_of_goldstone_loop(point, v):
    """One-loop mass from massless Goldstone bosons: sum over neutral states, MSbar at the scale 1 TeV.

    The right-handed light state is cos_R mu_R - sin_R E_R, and the left-handed one is mu_L.
    """
    m_L, m_S, Y_L, Y_R, Y_V, Y_Vp = map(mpf, point)
    M = mpmath.matrix([[0, -Y_L * v], [m_L, Y_Vp * v], [Y_V * v, m_S]])
    squares, left = mpmath.eigsy(M * M.T)
    cos_R = 1 / mpmath.sqrt(1 + (Y_R * v / m_L) ** 2)
    sin_R = cos_R * Y_R * v / m_L
    total = mpf(0)
    for i in (1, 2):  # the massless state does not flip chirality
        m_V_S = sum(M[k, 1] * left[k, i] for k in range(3))  # mass times right-handed singlet component
        right_vertex = cos_R * Y_R * left[1, i] + sin_R * Y_V * left[2, i]
        B0 = 1 - mpmath.log(squares[i] / 10**6)
        total -= Y_L * m_V_S * right_vertex * B0
    return total / (16 * mpmath.pi**2), cos_R


@pytest.mark.parametrize("point", POINTS)
def test_derivative_of_the_mass_in_the_higgs_background(point):
    """Without gauge and quartic couplings kappa is d ln m/d ln v of tree-level mass and loop."""
    with mpmath.workdps(50):
        v, m = mpf(V), mpf(M_MU)
        loop, cos_R = mass_of_goldstone_loop(point, v)
        y = (m - loop) / (cos_R * v)

        def mass(x):
            loop, cos_R = mass_of_goldstone_loop(point, x)
            return y * cos_R * x + loop

        exact = v / m * mpmath.diff(mass, v)
        exact_loop = float(exact - cos_R**2)
    assert loop_part(point, m_W=0.0, m_h=0.0) == pytest.approx(exact_loop, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("point", POINTS)
def test_radiative_mass_is_the_sum_over_states(point):
    p = partners(point, Lambda=1e3)
    with mpmath.workdps(50):
        loop, cos_R = mass_of_goldstone_loop(point, mpf(V))
        # a momentum cut-off lacks the 1 of MSbar, times the tree-level factor P Y_h v/(16 pi^2)
        P_Y_h = p.Y_L * p.Y_R * effective_yukawa(p.Y_V, p.Y_Vp, p.m_S, p.m_L)
        exact = float(loop + cos_R * mpf(P_Y_h) * mpf(V) * mpf(LOOP_FACTOR))
    ours = radiative_mass(p, *states(p), 0.0, V)
    assert ours == pytest.approx(exact, rel=1e-7)


def test_radiative_mass_at_first_order_is_equation_4():
    p, v = partners((1000.0, 1300.0, 0.3, 0.4, 0.8, -0.5), m_l=1e-9), 1e-3
    eq4 = delta_yukawa(p.Y_L * p.Y_R, effective_yukawa(p.Y_V, p.Y_Vp, p.m_S, p.m_L), float(L4(p.m_S, p.m_L, p.Lambda)))
    ours = radiative_mass(p, *states(p, v), 0.0, v)
    assert ours == pytest.approx(v * eq4, rel=1e-9)


# The one-loop vertex at q^2 = m_h^2, in Feynman gauge

_x, _w = np.polynomial.legendre.leggauss(160)
_x, _w = 0.5 * (_x + 1.0), 0.5 * _w
T, W_T = _x**3 * (10.0 - 15.0 * _x + 6.0 * _x**2), _w * 30.0 * (_x * (1.0 - _x)) ** 2


def B0(q2, a, b):
    """Two-point function at squared momentum q2 (MSbar, scale 1 GeV), with squared masses a and b."""
    return -np.sum(W_T * np.log(T * a + (1.0 - T) * b - T * (1.0 - T) * q2))


def C0(between, a, b, q2):
    """Three-point function for massless leptons, with the squared mass `between` in the line that joins them."""
    x, r = T[:, None], T[None, :]
    D = (1.0 - r) * between + r * (x * a + (1.0 - x) * b) - r * r * x * (1.0 - x) * q2
    return -np.sum(np.outer(W_T, W_T) * r / D)


def vertex(point):
    """Return kappa - cos_R^2 from all diagrams that flip chirality and contain a heavy neutral state.

    These are the W and Goldstone loops with one or two neutral states, with the Higgs boson at any of the lines, and
    the transition of the lepton to the heavy charged state on its external line. Couplings are those of the mass
    eigenstates; the leptons are massless and the Higgs boson is on its mass shell.
    """
    m_L, m_S, Y_L, Y_R, Y_V, Y_Vp = point
    W2, q2, g2 = M_W**2, M_H**2, 2.0 * (M_W / V) ** 2
    cos = 1.0 / np.hypot(1.0, Y_R * V / m_L)
    sin = Y_R * V / m_L * cos
    U, heavy, Vt = np.linalg.svd([[0.0, -Y_L * V], [m_L, Y_Vp * V], [Y_V * V, m_S]])
    m = np.append(heavy, 0.0)
    N_R, S_R = np.hstack([Vt.T, np.zeros((2, 1))])
    h = U.T @ np.array([[0.0, -Y_L], [0.0, Y_Vp], [Y_V, 0.0]]) @ np.array([N_R, S_R])  # h nubar_L nu_R
    left_G, left_W = Y_L * S_R, U[0]
    right_G, right_G_E = Y_R * cos * U[1] + Y_V * sin * U[2], Y_R * sin * U[1] - Y_V * cos * U[2]
    right_W, right_W_E = -sin * N_R, cos * N_R
    B = np.array([B0(0.0, x * x, W2) for x in m])
    mass = np.sum((-left_G * right_G + 2.0 * g2 * left_W * right_W) * m * B)
    mass_E = np.sum((-left_G * right_G_E + 2.0 * g2 * left_W * right_W_E) * m * B)
    total = -mass_E * Y_R * cos**2 / m_L
    for i in range(3):
        for j in range(2):
            C = C0(W2, m[i] ** 2, m[j] ** 2, q2)
            if m[i] > 0.0:
                k2 = B0(q2, m[i] ** 2, m[j] ** 2) + W2 * C
                total -= left_G[i] * right_G[j] * (h[j, i] * k2 + h[i, j] * m[i] * m[j] * C)
            k1_k2 = 0.5 * (B[i] + B[j] + (m[i] ** 2 + m[j] ** 2 - q2) * C)
            total += 2.0 * g2 * left_W[i] * right_W[j] * (h[i, j] * k1_k2 + h[j, i] * m[i] * m[j] * C)
        C = C0(m[i] ** 2, W2, W2, q2)
        total -= q2 / V * left_G[i] * right_G[i] * m[i] * C
        total += 4.0 * g2 * W2 / V * left_W[i] * right_W[i] * m[i] * C
        mixed = (2.0 * W2 - m[i] ** 2) * C + 2.0 * B[i] - B0(q2, W2, W2)
        total += 0.5 * g2 * (left_W[i] * right_G[i] + left_G[i] * right_W[i]) * mixed
    return LOOP_FACTOR / M_MU * (V * total - cos**2 * mass)


@pytest.mark.parametrize(("Y_V", "Y_Vp"), [(1.0, 0.5), (0.0, 0.5), (1e-3, 0.0), (0.6, -1.2)])
def test_vertex_at_order_v2_over_M2(Y_V, Y_Vp):
    """What remains of the difference is of the next order."""
    small, large = ((4000.0 * s, 3000.0 * s, 0.3, 0.4, Y_V, Y_Vp) for s in (1.0, 4.0))
    away = [loop_part(point) / vertex(point) - 1.0 for point in (small, large)]
    assert abs(away[1]) < 2e-3
    assert abs(away[1]) < abs(away[0]) / 8.0  # 16, but for logarithms


@pytest.mark.parametrize(
    "point",
    [
        (900.0, 450.0, 0.1, 0.1, 2.0, -2.4),
        (1370.0, 750.0, 0.1, 0.1, 2.35, 2.6),
        (350.0, 890.0, 0.1, 0.1, 1.1, -1.4),
        (1000.0, 1000.0, 0.1, 0.1, 3.0, -2.0),
    ],
)
def test_vertex_at_strong_coupling(point):
    exact = vertex(point)
    assert abs(exact) > 5e-3
    assert loop_part(point) == pytest.approx(exact, rel=0.1)


# Limits


def test_expansion_at_equal_masses():
    M, Y_L, Y_R, Y_V, Y_Vp = 2e5, 0.3, 0.4, 1.2, -0.5
    sum_ = 6.0 * M_W**2 - M_H**2 - V**2 * (Y_L**2 + 2.0 / 3.0 * (Y_V**2 + Y_Vp**2 - Y_V * Y_Vp))
    bracket = (Y_V + Y_Vp) * sum_ + M_H**2 * (2.0 * Y_Vp - Y_V) / 12.0
    expected = -Y_L * Y_R * V * LOOP_FACTOR / (M_MU * M * M) * bracket
    assert loop_part((M, M, Y_L, Y_R, Y_V, Y_Vp)) == pytest.approx(expected, rel=1e-4)
    assert abs(expected) < 1e-6


def test_without_a_radiative_mass_only_mixing_is_left():
    for change in ({"Y_L": 0.0}, {"Y_V": 0.0, "Y_Vp": 0.0}):
        p = partners((700.0, 900.0, 0.3, 0.4, 0.5, 0.6))._replace(**change)
        assert kappa(p) == pytest.approx(charged_mixing(p, V).cos_R ** 2, rel=1e-15)


def test_phases_of_the_fields_and_the_cutoff_do_not_matter():
    p = partners((700.0, 900.0, 0.3, 0.4, 1.5, 0.6))
    value = kappa(p)
    assert kappa(p._replace(Lambda=1e9)) == value
    assert kappa(p._replace(Y_L=-0.3, Y_R=-0.4)) == pytest.approx(value, rel=1e-14)
    assert kappa(p._replace(Y_L=-0.3, Y_V=-1.5, Y_Vp=-0.6)) == pytest.approx(value, rel=1e-14)
    cos_R2 = charged_mixing(p, V).cos_R ** 2
    assert kappa(p._replace(Y_L=-0.3)) - cos_R2 == pytest.approx(cos_R2 - value, rel=1e-10)


def test_continuous_at_equal_masses():
    below, at, above = (kappa(partners((700.0, 700.0 * s, 0.3, 0.4, 0.0, 0.6))) for s in (1 - 1e-9, 1.0, 1 + 1e-9))
    assert (below, above) == (pytest.approx(at, rel=1e-8), pytest.approx(at, rel=1e-8))
