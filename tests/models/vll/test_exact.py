"""The exact one loop against a brute-force evaluation, and its limits."""

import mpmath
import numpy as np
import pytest
from mpmath import matrix, mpf

from g2fit.models.constants import LOOP_FACTOR, get_constants
from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll.exact import light_higgs_loop


def standard_model_loops(m_l, c):
    """Standard Model contributions of the W, Z and Higgs loops to a_l, in the normalisation of the module."""
    scale = LOOP_FACTOR * (m_l / c.v) ** 2
    gR = c.s2_on_shell
    gL = gR - 0.5
    Z = -4.0 * scale * (2.0 / 3.0 * (gL**2 + gR**2) - 2.0 * gL * gR)
    h = -0.5 * scale * light_higgs_loop(m_l, c.m_h) * (m_l / c.m_h) ** 2
    return 5.0 / 3.0 * scale, Z, h


def loop_functions(x):
    """F and G of W, Z and Higgs boson as they stand in the literature."""
    L, d = mpmath.log(x), 1 - x
    return {
        "F_W": -(4 * x**4 - 49 * x**3 + 78 * x**2 - 43 * x + 18 * x**3 * L + 10) / (6 * d**4),
        "G_W": -(x**3 - 12 * x**2 + 15 * x + 6 * x**2 * L - 4) / d**3,
        "F_Z": (5 * x**4 - 14 * x**3 + 39 * x**2 - 38 * x - 18 * x**2 * L + 8) / (12 * d**4),
        "G_Z": (x**3 + 3 * x - 6 * x * L - 4) / (2 * d**3),
        "F_h": -(x**3 - 6 * x**2 + 3 * x + 6 * x * L + 2) / (6 * d**4),
        "G_h": (x**2 - 4 * x + 2 * L + 3) / d**3,
    }


def brute_force(point, c):
    """Diagonalise the mass matrices numerically and sum over mass eigenstates, at m_l^2/M^2 -> 0 in the loops."""
    m_L, m_S, Y_L, Y_R, Y_V, Y_Vp = map(mpf, point)
    m, v, W, Z, h = (mpf(value) for value in (c.m_mu, c.v, c.m_W, c.m_Z, c.m_h))
    s2 = 1 - (W / Z) ** 2
    light, tiny = mpf(0), mpf(10) ** -60
    y_v = m * mpmath.sqrt((Y_R**2 * v**2 + m_L**2 - m**2) / (m_L**2 - m**2))

    def diagonalise(M):
        values, U = mpmath.eigsy(M * M.T)
        masses = [mpmath.sqrt(abs(value)) for value in values]
        V = [[sum(M[k, j] * U[k, i] for k in range(M.rows)) / masses[i] if masses[i] > tiny else 0
              for i in range(M.rows)] for j in range(M.cols)]  # fmt: skip
        return masses, U, V

    m_c, U_c, V_c = diagonalise(matrix([[y_v, 0], [Y_R * v, m_L]]))
    m_n, U_n, V_n = diagonalise(matrix([[0, -Y_L * v], [m_L, Y_Vp * v], [Y_V * v, m_S]]))
    assert abs(m_c[0] / m - 1) < mpf(10) ** -30
    assert m_n[0] < mpf(10) ** -20
    total = mpf(0)
    for i in range(3):
        gL = sum(U_n[k, i] * U_c[k, 0] for k in (0, 1)) * W / v
        gR = V_n[0][i] * V_c[1][0] * W / v if i else light
        f = loop_functions((m_n[i] / W) ** 2) if i else {"F_W": -mpf(10) / 6, "G_W": mpf(4)}
        total -= m / (16 * mpmath.pi**2 * W**2) * (m * (gL**2 + gR**2) * f["F_W"] + m_n[i] * gL * gR * f["G_W"])
    g = mpmath.sqrt(2) * Z / v
    for j in range(2):
        # T3 = -1/2 for both left-handed states and for the right-handed doublet.
        gL = g * ((s2 - mpf(1) / 2) * (j == 0))
        gR = g * (s2 * (j == 0) - V_c[1][0] * V_c[1][j] / 2)
        f = loop_functions((m_c[j] / Z) ** 2) if j else {"F_Z": mpf(2) / 3, "G_Z": mpf(-2)}
        total -= m / (8 * mpmath.pi**2 * Z**2) * (m * (gL**2 + gR**2) * f["F_Z"] + m_c[j] * gL * gR * f["G_Z"])
        lam = [[(U_c[0, a] * y_v / v * V_c[0][b] + U_c[1, a] * Y_R * V_c[0][b]) for b in range(2)] for a in range(2)]
        f = loop_functions((m_c[j] / h) ** 2)
        yukawas = m * (lam[0][j] ** 2 + lam[j][0] ** 2) * f["F_h"] + m_c[j] * lam[0][j] * lam[j][0] * f["G_h"]
        total -= m / (32 * mpmath.pi**2 * h**2) * yukawas
    return total - mpf(sum(standard_model_loops(c.m_mu, c)))


@pytest.mark.parametrize(
    "point",
    [
        (1000.0, 1100.0, 0.3, 0.4, 1.0, 0.0),
        (700.0, 350.0, -0.2, 0.5, 0.7, -0.9),
        (300.0, 300.0, 0.3, 0.4, 0.0, 1.0),
        (150.0, 2000.0, 1.2, 0.1, -0.3, 0.4),
    ],
)
def test_sum_over_mass_eigenstates(point):
    constants = get_constants("paper_2021")
    with mpmath.workdps(70):
        exact = float(brute_force(point, constants))
    ours = VectorLikeLeptons(formula="exact").predict([point])["delta_a_mu"][0]
    assert ours == pytest.approx(exact, rel=1e-9)


def test_standard_model_loops():
    c = get_constants("paper_2021")
    W, Z, h = standard_model_loops(c.m_mu, c)
    assert (W, Z, h) == (
        pytest.approx(3.892e-9, rel=2e-4),
        pytest.approx(-1.941e-9, rel=2e-4),
        pytest.approx(2.16e-14, rel=2e-3),
    )


@pytest.mark.parametrize(("Y_V", "Y_Vp"), [(1.0, 0.0), (0.0, 1.0), (0.5, -0.8)])
def test_odd_part_goes_to_equation_12(Y_V, Y_Vp):
    """Eq (12) falls as 1/M^4 but the even part as 1/M^2: only the part odd in Y_L has the limit."""
    exact, leading_order = VectorLikeLeptons(formula="exact"), VectorLikeLeptons()
    points = [[8e5, 5e5, sign * 0.3, 0.4, Y_V, Y_Vp] for sign in (1, -1)]
    plus, minus = exact.predict(points)["delta_a_mu"]
    eq12 = leading_order.predict(points)["delta_a_mu"][0]
    assert 0.5 * (plus - minus) == pytest.approx(eq12, rel=1e-6)
    assert abs(0.5 * (plus + minus)) > 10 * abs(eq12)


def test_even_part_at_large_masses():
    exact, improved = (VectorLikeLeptons(formula=f) for f in ("exact", "improved"))
    points = [[4e4, 3e4, sign * 0.3, 0.4, 1.0, 0.5] for sign in (1, -1)]
    assert exact.predict(points)["delta_a_mu"].sum() == pytest.approx(
        improved.predict(points)["delta_a_mu"].sum(), rel=1e-3
    )


def test_exact_couplings_in_an_expansion():
    """To leading order in Y_L the W coupling feels Y_V while the Z coupling of the neutrino does not."""
    m_L, m_S, Y_L, Y_V, Y_Vp, v = 900.0, 700.0, 1e-4, 0.8, -0.6, 174.0
    ours = VectorLikeLeptons(formula="exact").predict([[m_L, m_S, Y_L, 0.0, Y_V, Y_Vp]])
    t = (Y_L * v / m_S) ** 2 / (1 - Y_V * Y_Vp * v**2 / (m_S * m_L)) ** 2
    assert ours["dgL_Z_nu"][0] == pytest.approx(-t / 2, rel=1e-6)
    assert ours["dgL_W_mu"][0] == pytest.approx(-t / 2 * (1 + (Y_V * v / m_L) ** 2), rel=1e-6)


def test_parts_add_up_and_are_named_by_generation():
    rng = np.random.default_rng(3)
    theta = np.tile([900.0, 700.0, 0.3, 0.2, 0.5, -0.4], (5, 2)) * rng.uniform(0.5, 2, (5, 12))
    model = VectorLikeLeptons(formula="exact", generations=["e", "mu"])
    parts, prediction = model.parts(theta), model.predict(theta)
    assert set(parts) == {f"da_{part}_{lepton}" for part in ("W_flip", "W_cons", "Z", "h") for lepton in ("e", "mu")}
    for lepton in ("e", "mu"):
        total = sum(value for name, value in parts.items() if name.endswith(f"_{lepton}"))
        np.testing.assert_allclose(total, prediction[f"delta_a_{lepton}"], rtol=1e-14)
    theta[2, 0] = -1.0
    assert np.isnan(model.parts(theta)["da_Z_e"][2])
