"""Loop functions against references of 25 digits and more."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from g2fit.models.mssm import loops
from g2fit.models.mssm.loops import I, f_N


@pytest.mark.parametrize("name", ["I", "f_N"])
def test_reference_values(reference, name):
    function = getattr(loops, name)
    for *arguments, value in reference["loops"][name]:
        ratio = Fraction(float(function(*arguments))) / Fraction(value)
        assert abs(ratio - 1) < 1e-12, arguments


def exact_I(x, y, z):
    """Eq. 2.3 of 1906.08768 in 60 digits, coinciding arguments moved apart by 1e-20."""
    with mpmath.workdps(80):
        x, y, z = (
            mpmath.mpf(x),
            mpmath.mpf(y) * (1 + mpmath.mpf(10) ** -20),
            mpmath.mpf(z) * (1 - mpmath.mpf(10) ** -20),
        )
        numerator = x * y * mpmath.log(x / y) + y * z * mpmath.log(y / z) + z * x * mpmath.log(z / x)
        return -numerator / ((x - y) * (y - z) * (z - x))


def exact_f_N(x, y):
    """The closed form in 120 digits, away from its removable singularities by 1e-20."""
    with mpmath.workdps(140):
        x, y = mpmath.mpf(x) * (1 + mpmath.mpf(10) ** -20), mpmath.mpf(y) * (1 - mpmath.mpf(10) ** -20)
        return (x * y) * (
            (-3 + x + y + x * y) / ((x - 1) ** 2 * (y - 1) ** 2)
            + 2 * x * mpmath.log(x) / ((x - y) * (x - 1) ** 3)
            - 2 * y * mpmath.log(y) / ((x - y) * (y - 1) ** 3)
        )


def near(rng, x):
    """A number far from x, close to it, very close to it, or equal."""
    return float(
        rng.choice(
            [10 ** rng.uniform(-8, 8), x * (1 + rng.uniform(-0.4, 0.4)), x * (1 + 10 ** rng.uniform(-15, -1)), x]
        )
    )


def test_I_near_and_far_from_coinciding_arguments():
    rng = np.random.default_rng(1)
    for _ in range(400):
        x = 10 ** rng.uniform(-8, 8)
        y, z = near(rng, x), near(rng, x)
        assert abs(I(x, y, z) / exact_I(x, y, z) - 1) < 2e-13, (x, y, z)


def test_f_N_near_and_far_from_coinciding_arguments():
    rng = np.random.default_rng(2)
    for _ in range(400):
        x = float(rng.choice([10 ** rng.uniform(-8, 8), near(rng, 1.0)]))
        y = near(rng, x)
        assert abs(f_N(x, y) / exact_f_N(x, y) - 1) < 1e-12, (x, y)


def test_limits():
    assert I(3.0, 3.0, 3.0) == pytest.approx(1 / 6, rel=1e-14)
    assert I(0.0, 2.0, 2.0) == pytest.approx(0.5, rel=1e-14)
    assert I(0.0, 2.0, 5.0) == pytest.approx(np.log(2.0 / 5.0) / -3.0, rel=1e-14)
    assert I(2.0, 7.0, 7.0) == pytest.approx((5.0 - 2.0 * np.log(3.5)) / 25.0, rel=1e-14)
    assert f_N(1.0, 1.0) == pytest.approx(1 / 6, rel=1e-14)


def test_symmetry_and_scaling():
    rng = np.random.default_rng(3)
    x, y, z = 10 ** rng.uniform(-3, 3, (3, 1000))
    for permuted in (I(y, z, x), I(z, x, y), I(y, x, z)):
        np.testing.assert_allclose(permuted, I(x, y, z), rtol=1e-13)
    np.testing.assert_allclose(I(7 * x, 7 * y, 7 * z) * 7, I(x, y, z), rtol=1e-13)
    np.testing.assert_allclose(f_N(x, y), f_N(y, x), rtol=1e-13)
    assert (I(x, y, z) > 0).all()
    assert (f_N(x, y) > 0).all()
    assert I(np.ones((4, 1)), np.ones(3), 1.0).shape == (4, 3)


NAMES = ("F1N", "F2N", "F1C", "F2C", "F3N", "F4N", "F3C", "F4C")


def exact_F(name, x):
    """The closed forms in 120 digits, x = 1 approached to 1e-20."""
    with mpmath.workdps(120):
        x = mpmath.mpf(x) * (1 + mpmath.mpf(10) ** -20)
        log, li2 = mpmath.log(x), mpmath.re(mpmath.polylog(2, 1 - x))
        square = x**2 - 2 * x - 2
        return {
            "F1N": 2 * (1 - 6 * x + 3 * x**2 + 2 * x**3 - 6 * x**2 * log) / (1 - x) ** 4,
            "F2N": 3 * (1 - x**2 + 2 * x * log) / (1 - x) ** 3,
            "F1C": 2 * (2 + 3 * x - 6 * x**2 + x**3 + 6 * x * log) / (1 - x) ** 4,
            "F2C": mpmath.mpf(3) / 2 * (-3 + 4 * x - x**2 - 2 * log) / (1 - x) ** 3,
            "F3N": mpmath.mpf(4)
            / 105
            * ((1 - x) * (-97 * x**2 - 529 * x + 2) + 6 * x**2 * (13 * x + 81) * log + 108 * x * (7 * x + 4) * li2)
            / (1 - x) ** 4,
            "F4N": -mpmath.mpf(9) / 4 * ((x + 3) * (x * log + x - 1) + (6 * x + 2) * li2) / (1 - x) ** 3,
            "F3C": mpmath.mpf(4)
            / 141
            * (
                (1 - x) * (151 * x**2 - 335 * x + 592)
                + 6 * (21 * x**3 - 108 * x**2 - 93 * x + 50) * log
                - 54 * x * square * log**2
                - 108 * x * (x**2 - 2 * x + 12) * li2
            )
            / (1 - x) ** 4,
            "F4C": -mpmath.mpf(9)
            / 122
            * (
                8 * (x**2 - 3 * x + 2)
                + (11 * x**2 - 40 * x + 5) * log
                - 2 * square * log**2
                - 4 * (x**2 - 2 * x + 9) * li2
            )
            / (1 - x) ** 3,
        }[name]


@pytest.mark.parametrize("name", NAMES)
def test_one_and_two_loop_functions(name):
    """1e-12 relative; F4N and F3C pass through zero (at 0.0372 and 0.5102), where it is 1e-13 absolute."""
    rng = np.random.default_rng(4)
    points = [*10 ** rng.uniform(-8, 8, 60), *rng.uniform(0.4, 1.7, 60), *1 + 10 ** rng.uniform(-9, -1, 20), 1.0]
    for x in map(float, points):
        expected = float(exact_F(name, x))
        assert getattr(loops, name)(x) == pytest.approx(expected, rel=1e-12, abs=1e-13 * min(1.0, 1 / x)), x


@pytest.mark.parametrize("name", NAMES)
def test_reference_values_in_double_precision(reference, name):
    for row in reference["loops"]["one_loop"]:
        tolerance = 1e-8 if abs(row["x"] - 1) < 1e-4 and name in ("F3N", "F3C", "F4C") else 1e-10
        assert getattr(loops, name)(row["x"]) == pytest.approx(row[name], rel=tolerance)


def test_values_at_zero_and_one():
    assert [float(getattr(loops, name)(1.0)) for name in NAMES] == [1.0] * 8
    at_zero = [2.0, 3.0, 4.0, np.inf, 8 / 105, 6.75 - 0.75 * np.pi**2, -np.inf, -np.inf]
    assert [float(getattr(loops, name)(0.0)) for name in NAMES] == pytest.approx(at_zero)


def test_dilogarithm():
    rng = np.random.default_rng(5)
    for z in [*-(10 ** rng.uniform(-10, 6, 100)), *rng.uniform(-2, 1, 100), 1.0, 0.0]:
        assert loops.Li2(z) == pytest.approx(float(mpmath.re(mpmath.polylog(2, float(z)))), rel=1e-14), z


def test_two_loop_functions_have_a_regular_series():
    """Leading Taylor coefficients about 1, from the rational arithmetic of the closed forms."""
    step = 1e-3
    leading = {"F3N": 76 / 875, "F4N": 0.0, "F3C": 1059 / 1175, "F4C": -45 / 122}
    for name, slope in leading.items():
        function = getattr(loops, name)
        central = (8 * (function(1 + step) - function(1 - step)) - function(1 + 2 * step) + function(1 - 2 * step)) / 12
        assert central / step == pytest.approx(slope, abs=1e-9)
