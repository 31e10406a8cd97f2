"""Loop functions of the MSSM, each of which broadcasts over arrays.

F_1^N ... F_2^C are those of the one-loop a_l (hep-ph/0609168), F_3^N ... F_4^C those of its photonic two-loop
corrections (1003.5820); all are 1 at x = 1, where x is the squared mass of the gaugino or higgsino over that of the
slepton. For |ln x| < 0.55 they are Taylor series in ln x with exact coefficients.
"""

import math

import g2fit.models.mssm.loop_functions as functions
from g2fit.core.jit import ufunc

__all__ = ["F1C", "F1N", "F2C", "F2N", "F3C", "F3N", "F4C", "F4N", "I", "Li2", "f_N"]


@ufunc
def I(x: float, y: float, z: float) -> float:  # noqa: E743
    """Loop function of the bino threshold correction, eq. 2.3 of 1906.08768.

    ``I = -[x y ln(x/y) + y z ln(y/z) + z x ln(z/x)] / [(x-y)(y-z)(z-x)] = int_0^oo t dt / [(t+x)(t+y)(t+z)]``

    The paper prints this formula, with its leading minus; its limit I(x, x, x) = 1/2x^2 is a misprint of 1/(2x).

    Parameters
    ----------
    x, y, z : array_like
        Masses squared, >= 0; at most one of them zero.

    Returns
    -------
    array
        Symmetric, positive, homogeneous of degree -1; 1/(2x) for equal arguments. Relative error below 1e-13.

    Examples
    --------
    >>> round(float(I(2.0, 2.0, 2.0)), 12)
    0.25
    >>> round(float(I(0.08769939331008951, 0.008037019897897135, 8.046496713540195)), 12)
    0.538382308368
    """
    return functions.loop_I(x, y, z)


@ufunc
def f_N(x: float, y: float) -> float:
    """Loop function of the bino-slepton contribution to a_l, 1309.3065.

    ``f_N = x y { (-3+x+y+xy)/[(x-1)^2 (y-1)^2] + 2x ln x/[(x-y)(x-1)^3] - 2y ln y/[(x-y)(y-1)^3] }``, which is
    ``-(x y/3) [F_2^N(x) - F_2^N(y)]/(x - y)``.

    Parameters
    ----------
    x, y : array_like
        Slepton masses squared over M1^2, > 0.

    Returns
    -------
    array
        Symmetric and positive, f_N(1, 1) = 1/6. Relative error below 1e-12.

    Examples
    --------
    >>> round(float(f_N(1.0, 1.0)), 15)
    0.166666666666667
    >>> round(float(f_N(8.910907340373527, 9.000016413777262)), 13)
    0.5627569730218
    """
    return functions.loop_fN(x, y)


@ufunc
def F1N(x: float) -> float:
    """Neutralino loop without chirality flip, eq. 49 of hep-ph/0609168.

    ``F_1^N = 2 [1 - 6x + 3x^2 + 2x^3 - 6x^2 ln x]/(1-x)^4`` for x >= 0.

    >>> round(float(F1N(2.0)), 12)
    0.728935333123
    """
    return 2.0 if x == 0.0 else functions.neutralino_functions(x, math.log(x))[0]


@ufunc
def F2N(x: float) -> float:
    """Neutralino loop with chirality flip, eq. 49 of hep-ph/0609168.

    ``F_2^N = 3 [1 - x^2 + 2x ln x]/(1-x)^3`` for x >= 0.

    >>> round(float(F2N(2.0)), 12)
    0.682233833281
    """
    return 3.0 if x == 0.0 else functions.neutralino_functions(x, math.log(x))[1]


@ufunc
def F1C(x: float) -> float:
    """Chargino loop without chirality flip, eq. 49 of hep-ph/0609168.

    ``F_1^C = 2 [2 + 3x - 6x^2 + x^3 + 6x ln x]/(1-x)^4`` for x >= 0.

    >>> round(float(F1C(2.0)), 12)
    0.635532333439
    """
    return 4.0 if x == 0.0 else functions.chargino_functions(x, math.log(x))[0]


@ufunc
def F2C(x: float) -> float:
    """Chargino loop with chirality flip, eq. 49 of hep-ph/0609168.

    ``F_2^C = 3 [-3 + 4x - x^2 - 2 ln x]/[2 (1-x)^3]`` for x > 0.

    >>> round(float(F2C(2.0)), 12)
    0.57944154168
    """
    return math.inf if x == 0.0 else functions.chargino_functions(x, math.log(x))[1]


@ufunc
def F3N(x: float) -> float:
    """Photonic two-loop companion of `F1N`, 1003.5820.

    ``F_3^N = 4 [(1-x)(-97x^2 - 529x + 2) + 6x^2 (13x + 81) ln x + 108x (7x + 4) Li2(1-x)]/[105 (1-x)^4]``, x >= 0.

    >>> round(float(F3N(2.0)), 12)
    1.000005094285
    """
    return 8.0 / 105.0 if x == 0.0 else functions.neutralino_functions(x, math.log(x))[2]


@ufunc
def F4N(x: float) -> float:
    """Photonic two-loop companion of `F2N`, 1003.5820.

    ``F_4^N = -9 [(x+3)(x ln x + x - 1) + (6x + 2) Li2(1-x)]/[4 (1-x)^3]`` for x >= 0.

    >>> round(float(F4N(2.0)), 12)
    0.938100009739
    """
    return 6.75 - 0.75 * math.pi**2 if x == 0.0 else functions.neutralino_functions(x, math.log(x))[3]


@ufunc
def F3C(x: float) -> float:
    """Photonic two-loop companion of `F1C`, 1003.5820.

    ``F_3^C = 4 [(1-x)(151x^2 - 335x + 592) + 6 (21x^3 - 108x^2 - 93x + 50) ln x - 54x (x^2 - 2x - 2) ln^2 x
    - 108x (x^2 - 2x + 12) Li2(1-x)]/[141 (1-x)^4]`` for x > 0.

    >>> round(float(F3C(2.0)), 12)
    1.306643072277
    """
    return -math.inf if x == 0.0 else functions.chargino_functions(x, math.log(x))[2]


@ufunc
def F4C(x: float) -> float:
    """Photonic two-loop companion of `F2C`, 1003.5820.

    ``F_4^C = -9 [8 (x^2 - 3x + 2) + (11x^2 - 40x + 5) ln x - 2 (x^2 - 2x - 2) ln^2 x
    - 4 (x^2 - 2x + 9) Li2(1-x)]/[122 (1-x)^3]`` for x > 0.

    >>> round(float(F4C(2.0)), 12)
    0.740881671756
    """
    return -math.inf if x == 0.0 else functions.chargino_functions(x, math.log(x))[3]


@ufunc
def Li2(z: float) -> float:
    """Dilogarithm ``-int_0^z ln(1-t)/t dt`` for real z <= 1 (NaN above, where it is complex).

    >>> round(float(Li2(1.0)), 12), round(float(Li2(-1e6)), 9)
    (1.644934066848, -97.079099055)
    """
    if z > 0.5:  # 1 - z is exact, ln(1 - z) would not be for small z
        if z == 1.0:
            return math.pi**2 / 6.0
        return functions.li2_of_one_minus(1.0 - z, math.log(1.0 - z))
    return functions.li2_of_one_minus(1.0 - z, math.log1p(-z))
