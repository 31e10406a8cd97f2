"""Loop functions against 150-digit arithmetic of the printed forms, against series and an integral."""

import warnings

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from g2fit.models.vll import L4, F, loops

mpmath.mp.dps = 150  # the printed forms cancel up to seven powers of NUDGE
#: Keeps the printed forms, which are 0/0 there, off exact degeneracies; far below double precision.
NUDGE = mpf(10) ** -20


def printed_F(x, y):
    """Eq (12) of 2106.01373 as it is printed."""
    x, y = mpf(x), mpf(y)
    if x == y:
        y *= 1 + NUDGE
    x, y = (z * (1 + 3 * NUDGE) if abs(z - 1) < NUDGE else z for z in (x, y))
    return (
        x**3 * y * mpmath.log(x) / ((y - x) * (x - 1) ** 3)
        + x * y**3 * mpmath.log(y) / ((x - y) * (y - 1) ** 3)
        - x * y * (3 * x * y - x - y - 1) / (2 * (y - 1) ** 2 * (x - 1) ** 2)
    )


def worst(ours, exact, *arguments):
    return max(abs(float(a / b - 1)) for a, b in zip(ours, map(exact, *arguments), strict=True))


def arguments(lowest, highest, n=300, seed=1):
    """Pairs of numbers over a range of decades, half of them close to each other."""
    rng = np.random.default_rng(seed)
    x = 10.0 ** rng.uniform(lowest, highest, n)
    near = x * (1.0 + 10.0 ** rng.uniform(-15, -0.3, n) * rng.choice([-1, 1], n))
    y = np.where(rng.random(n) < 0.5, 10.0 ** rng.uniform(lowest, highest, n), near)
    return x, np.where(rng.random(n) < 0.05, x, y)


@pytest.mark.parametrize("decades", [(-6, 8), (-1, 1), (-0.3, 0.3), (-0.02, 0.02)])
def test_F_everywhere(decades):
    x, y = arguments(*decades)
    assert worst(F(x, y), printed_F, x, y) < 5e-13


@pytest.mark.parametrize("x", [1.0, 1 + 1e-15, 1 - 1e-9, 1.349999, 1.350001, 0.6499999, 0.65000001, 1.5, 0.5])
@pytest.mark.parametrize("ratio", [1.0, 1 + 3e-16, 1 - 1e-8, 0.899999, 0.900001, 1.0999999, 1.11112, 100.0])
def test_F_across_the_borders_of_its_forms(x, ratio):
    assert worst([F(x, x * ratio)], printed_F, [x], [x * ratio]) < 5e-13


def test_F_of_reference_points(reference):
    m_L, m_S = reference["mu"].theta.T[:2] / 80.379
    np.testing.assert_allclose(F(m_S**2, m_L**2), reference["mu"].values["F"], rtol=1e-12)


def test_F_is_the_integral():
    x, y = 2.5, 77.0
    exact = x * y * mpmath.quad(lambda u: u**2 / ((1 + u) ** 3 * (u + x) * (u + y)), [0, 1, 10, 100, mpmath.inf])
    assert abs(F(x, y) / float(exact) - 1) < 1e-14


def test_F_limits():
    assert float(F(1.0, 1.0)) == pytest.approx(1 / 12, rel=1e-15)
    x, y = 1e9, 4e10
    assert float(F(x, y)) == pytest.approx((y * np.log(x) - x * np.log(y)) / (y - x) - 1.5, rel=1e-7)


def printed_L4(m_S, m_L, Lambda):
    a, b, c = mpf(m_S) ** 2, mpf(m_L) ** 2, mpf(Lambda) ** 2
    if a == b:
        b *= 1 + NUDGE
    return (a * mpmath.log(c / a) - b * mpmath.log(c / b)) / (a - b)


@pytest.mark.parametrize("decades", [(1, 4), (2, 2.1)])
def test_L4_everywhere(decades):
    m_S, m_L = arguments(*decades)
    assert worst(L4(m_S, m_L, 1e5), printed_L4, m_S, m_L, [1e5] * len(m_S)) < 1e-13


def test_broadcasting():
    assert F(np.ones((3, 1)), np.ones(4)).shape == (3, 4)
    assert L4(np.full(2, 1e3), 500.0, 1e5).shape == (2,)


def test_outside_their_domain_the_functions_are_nan_without_warning():
    bad = np.array([-1.0, 0.0, np.inf, np.nan, -np.inf])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(F(bad, 2.0)).all()
        assert np.isnan(F(2.0, bad)).all()
        assert np.isnan(L4(bad, 1.0, 1e5)).all()
        assert np.isnan(L4(1.0, 1.0, bad)).all()
        assert np.isfinite(F(np.array([1e-300, 1e300]), 1.0)).all()


def series(shifts, x):
    """Sum over n of (1-x)^n/prod(n + shift), in closed form by partial fractions, or as the sum near 1."""
    z = 1 - mpf(x)
    return mpmath.nsum(lambda n: z**n / mpmath.fprod(n + s for s in shifts), [0, mpmath.inf])


@pytest.mark.parametrize("x", [0.05, 0.6, 0.649, 0.651, 0.97, 1.0, 1.2, 1.349, 1.351, 1.7])
def test_functions_of_one_mass_are_their_series(x):
    with mpmath.workdps(25):
        log_x = np.log(x)
        k = loops.k(x, log_x)
        G = loops.higgs_G(x, log_x)
        assert k == pytest.approx(float(2 * series((1, 2, 3), x)), rel=1e-13)
        assert loops.k_over_one_minus_x(x, k) == pytest.approx(float(6 * series((2, 3, 4), x)), rel=1e-12)
        assert pytest.approx(float(-2 * series((3,), x)), rel=1e-12) == G
        assert loops.higgs_F(x, G) == pytest.approx(float(-series((3, 4), x)), rel=1e-12)


def printed_Higgs(x):
    x, log = mpf(x), mpmath.log(mpf(x))
    G = (x**2 - 4 * x + 2 * log + 3) / (1 - x) ** 3
    return G, -(x**3 - 6 * x**2 + 3 * x + 6 * x * log + 2) / (6 * (1 - x) ** 4)


@pytest.mark.parametrize("x", [1e-12, 1e-3, 0.3, 0.64, 0.9, 1.1, 1.4, 3.0, 300.0, 1e8])
def test_Higgs_functions_as_printed(x):
    G, F_h = printed_Higgs(x)
    ours = loops.higgs_G(x, np.log(x))
    assert ours == pytest.approx(float(G), rel=1e-12)
    assert loops.higgs_F(x, ours) == pytest.approx(float(F_h), rel=1e-12)


def printed_k(x):
    x = mpf(x) * (1 + 3 * NUDGE) if x == 1 else mpf(x)
    return 1 / (2 * (1 - x)) - x / (1 - x) ** 2 - x**2 * mpmath.log(x) / (1 - x) ** 3


@pytest.mark.parametrize("decades", [(-4, 6), (-0.3, 0.3), (-0.01, 0.01)])
def test_divided_difference_of_q(decades):
    def exact(x, y):
        x, y = mpf(x), mpf(y)
        if x == y:
            y *= 1 + NUDGE
        q = [(3 * printed_k(z) - 1) / (1 - z) for z in (x, y)]
        return (q[0] - q[1]) / (x - y)

    def ours(x, y):
        log_x, log_y = np.log(x), np.log(y)
        q_x, q_y = (loops.k_over_one_minus_x(z, loops.k(z, l)) for z, l in ((x, log_x), (y, log_y)))
        return loops.q_pair(x, y, q_x, q_y, loops.f_tilde(x, y, log_x, log_y))

    x, y = arguments(*decades, n=150)
    assert worst(map(ours, x, y), exact, x, y) < 1e-10
