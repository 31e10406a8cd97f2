"""Loop functions against references of 25 digits and more."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from g2fit.models.mssm import I, f_N


@pytest.mark.parametrize("name", ["I", "f_N"])
def test_reference_values(reference, name):
    function = {"I": I, "f_N": f_N}[name]
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
