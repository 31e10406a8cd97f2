"""Loop functions as functions of matrices, against those of the literature at both masses."""

import mpmath
import pytest
from mpmath import mpf

from g2fit.models.vll.representations import functions


def literature(x):
    """F and G of all bosons from k, q, K, S with many digits, which cancel at x = 1."""
    with mpmath.workdps(130):
        x = mpf(x)
        if x == 1:
            x += mpf(10) ** -20
        k = 1 / (2 * (1 - x)) - x / (1 - x) ** 2 - x**2 * mpmath.log(x) / (1 - x) ** 3
        q, K = (3 * k - 1) / (1 - x), (mpf(1) / 2 - k) / x
        S = (mpf(1) / 2 - K) / x
        return {
            "w_loop_neutral": (x * q, 1 + 6 * k),
            "w_loop_doubly": (mpf(10) / 3 + (2 - x) * q, -3 - 12 * K - 6 * k),
            "z_loop": ((5 + 6 * q) / 12, -mpf(1) / 2 - 3 * K),
            "higgs_loop": ((mpf(1) / 6 - K) / (1 - x), -2 * S),
        }


PAIRS = [
    (0.3, 0.4),
    (0.9, 1.3),
    (1.0, 1.0),
    (1.1, 40.0),
    (0.7, 1e4),
    (30.0, 30.5),
    (30.0, 30.0),
    (1e3, 1e5),
    (2e4, 3e4),
]


@pytest.mark.parametrize("name", ["w_loop_neutral", "w_loop_doubly", "z_loop", "higgs_loop"])
@pytest.mark.parametrize("x", PAIRS)
def test_at_both_masses(name, x):
    logs = [float(mpmath.log(value)) for value in x]
    loop = getattr(functions, name)(*x, *logs)
    for value in x:
        F, G = literature(value)[name]
        assert loop.F_base + loop.F_slope * value == pytest.approx(float(F), rel=1e-11, abs=1e-13)
        assert loop.G_base + loop.G_slope * value == pytest.approx(float(G), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("x", PAIRS)
def test_q_of_neutral_fermions(x):
    loop = functions.w_loop_neutral(*x, *[float(mpmath.log(value)) for value in x])
    for value in x:
        xq = float(literature(value)["w_loop_neutral"][0])
        assert (loop.q_base + loop.q_slope * value) * value == pytest.approx(xq, rel=1e-11)


@pytest.mark.parametrize(
    ("name", "F", "G"),
    [("w_loop_doubly", 13 / 3, -12.0), ("z_loop", 2 / 3, -2.0), ("w_loop_neutral", 0.0, 4.0)],
)
def test_light_fermions(name, F, G):
    x = 1e-9
    loop = getattr(functions, name)(x, x, *[float(mpmath.log(x))] * 2)
    assert loop.F_base + loop.F_slope * x == pytest.approx(F, abs=1e-6)
    assert loop.G_base + loop.G_slope * x == pytest.approx(G, abs=1e-6)
