"""Renormalization group equations of partners in any representation, and their solution as a Taylor series.

The beta functions are those of `g2fit.models.vll.representations.beta_functions`, the method and the columns that
belong to no generation those of `g2fit.models.vll.rge`. The squares A_i of the Yukawa couplings, u = y lambda_X and
v = lambda_D lambda obey equations of second degree:

    dA_i/dtau = R_i A_i + 2 c_i u v,
    du/dtau = (R_y + R_X) u/2 + (c_y A_X + c_X A_y) v,    dv/dtau = (R_D + R_DX) v/2 + (c_D A_DX + c_DX A_D) u,

with R_i linear in the A_j and in the squared gauge couplings. With Q = kappa (T + g'^2 + g_2^2) - 14 g_3^2 w poles of
the gauge couplings g' and g_2 are moved to infinity, too.
"""

from math import copysign, sqrt

from g2fit.core.jit import inlined, scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll.representations.beta_functions import BAR, DX, Beta, D, X, Y
from g2fit.models.vll.rge import (
    B3,
    FIRST,
    G1,
    G2,
    G3,
    LAMBDA,
    R_LAMBDA,
    R_TOP,
    SIXTEEN_PI2,
    STRETCH_RATE,
    TOP,
    extend_common,
    polynomial,
    rate_quartic,
    rate_top,
)

__all__ = [
    "COLUMNS",
    "PER_GENERATION",
    "activate",
    "extend",
    "gauge_pole",
    "largest_coupling",
    "no_landau_pole",
    "size",
]

# Columns of each generation, relative to its first one:
#: The squared couplings A_i, in the order of `g2fit.models.vll.representations.beta_functions`.
A = 0
#: u = y lambda_X and v = lambda_D lambda.
U, V = 5, 6
#: R_i; the R of u and v; the factors of v in du and of u in dv; sum_j q_ij A_j.
R, R_U, R_V, K_U, K_V, F = 7, 12, 13, 14, 15, 16
#: Number of columns.
COLUMNS = 21
#: Numbers that describe the partners of a generation: M_D and M_X in GeV, and five couplings, see `activate`.
PER_GENERATION = 7


@scalar
def trace(series: FloatArray, beta: Beta, k: int) -> float:
    """T = 3 y_t^2 + the sum of t_i A_i over couplings and generations, at order k."""
    total: float = 3.0 * series[k, TOP]
    for g in range(len(beta.trace)):
        for i in range(5):
            total += beta.trace[g, i] * series[k, FIRST + g * COLUMNS + A + i]
    return total


@scalar
def size(series: FloatArray, beta: Beta, k: int) -> float:
    """T + g'^2 + g_2^2 at order k, which has the poles of all couplings that can have one."""
    total: float = trace(series, beta, k) + series[k, G1] + series[k, G2]
    return total


@scalar
def largest_coupling(series: FloatArray, beta: Beta, s: float, order: int) -> float:
    """Largest squared Yukawa coupling, g'^2 or g_2^2 at s, times w."""
    largest = max(polynomial(series, TOP, s, order), polynomial(series, G1, s, order), polynomial(series, G2, s, order))
    for g in range(len(beta.trace)):
        for i in range(5):
            largest = max(largest, polynomial(series, FIRST + g * COLUMNS + A + i, s, order))
    return largest


@scalar
def gauge_pole(series: FloatArray) -> bool:
    """Whether g' or g_2 is larger than 4 pi, close to its pole."""
    return bool(series[0, G1] > SIXTEEN_PI2 or series[0, G2] > SIXTEEN_PI2)


@scalar
def no_landau_pole(series: FloatArray, T: float, remaining: float, b1: float, b2: float, beta: Beta) -> bool:
    """Whether no coupling can reach 4 pi within an interval of tau, for coefficients b1 and b2 of g'^3 and g_2^3.

    The gauge couplings run as 1/g^2 = 1/g_0^2 - 2 b tau, and dT/dtau < growth T^2.
    """
    yukawas = SIXTEEN_PI2 * (1.0 - beta.growth * T * remaining) > T
    first = SIXTEEN_PI2 * (1.0 - 2.0 * b1 * series[0, G1] * remaining) > series[0, G1]
    return yukawas and first and SIXTEEN_PI2 * (1.0 - 2.0 * b2 * series[0, G2] * remaining) > series[0, G2]


@scalar
def activate(series: FloatArray, i: int, couplings: FloatArray, log_mu: float, t_D: float, t_X: float) -> None:
    """Let the couplings of a generation take part whose threshold is at ln(mu).

    Parameters
    ----------
    series
        Table of series, whose row 0 has the couplings.
    i
        Its first column of the generation.
    couplings
        y in units of that without partners, which applies from the lower threshold on, lambda_X, lambda_D, lambda and
        lambda_bar.
    log_mu, t_D, t_X
        ln(mu/GeV) here, and at the thresholds of D and X.
    """
    if log_mu == min(t_D, t_X):
        series[0, i + A + Y] *= couplings[Y] * couplings[Y]
    if log_mu == t_D:
        series[0, i + A + D] = couplings[D] * couplings[D]
    if log_mu == t_X:
        series[0, i + A + X] = couplings[X] * couplings[X]
    if log_mu == max(t_D, t_X):
        series[0, i + A + DX] = couplings[DX] * couplings[DX]
        series[0, i + A + BAR] = couplings[BAR] * couplings[BAR]
        u, v = couplings[Y] * couplings[X], couplings[D] * couplings[DX]
        series[0, i + U] = copysign(sqrt(series[0, i + A + Y] * series[0, i + A + X]), u)
        series[0, i + V] = copysign(sqrt(series[0, i + A + D] * series[0, i + A + DX]), v)


@inlined
def _fill_rates(series: FloatArray, g: int, k: int, T: float, Q: float, beta: Beta) -> None:
    """Compute order k of what multiplies the couplings of a generation in their equations."""
    i = FIRST + g * COLUMNS
    for c in range(5):
        rate = T - beta.gauge[g, c, 0] * series[k, G1] - beta.gauge[g, c, 1] * series[k, G2]
        fourth = 0.0
        for d in range(5):
            rate += beta.rates[g, c, d] * series[k, i + A + d]
            fourth += beta.quartic[g, c, d] * series[k, i + A + d]
        series[k, i + R + c] = 2.0 * rate - Q
        series[k, i + F + c] = fourth
    series[k, i + R_U] = 0.5 * (series[k, i + R + Y] + series[k, i + R + X])
    series[k, i + R_V] = 0.5 * (series[k, i + R + D] + series[k, i + R + DX])
    series[k, i + K_U] = beta.cycle[g, Y] * series[k, i + A + X] + beta.cycle[g, X] * series[k, i + A + Y]
    series[k, i + K_V] = beta.cycle[g, D] * series[k, i + A + DX] + beta.cycle[g, DX] * series[k, i + A + D]


@scalar
def extend(series: FloatArray, k: int, kappa: float, b1: float, b2: float, with_lambda: bool, beta: Beta) -> None:
    """Compute order k + 1 of all series in s from the orders up to k.

    Parameters
    ----------
    series
        Taylor coefficients of the variables, with `COLUMNS` for each generation from column `FIRST` on.
    k
        Last order that is known.
    kappa
        0, or about the growth of the `size` divided by its square where it grows rapidly.
    b1, b2
        Coefficients of the beta functions of g' and g_2.
    with_lambda
        Whether lambda runs.
    beta
        Coefficients of the other beta functions.
    """
    T = trace(series, beta, k)
    g1, g2 = series[k, G1], series[k, G2]
    Q = kappa * (T + g1 + g2) + 2.0 * B3 * series[k, G3]
    step = 1.0 / (k + 1)
    series[k, STRETCH_RATE] = Q
    series[k, R_TOP] = 2.0 * rate_top(series[k, TOP], T, g1, g2, series[k, G3]) - Q
    series[k, R_LAMBDA] = rate_quartic(series[k, LAMBDA], T, g1, g2) - Q
    fourth = 0.0
    for j in range(k + 1):
        fourth += 3.0 * series[j, TOP] * series[k - j, TOP]
    for g in range(len(beta.trace)):
        _fill_rates(series, g, k, T, Q, beta)
        i = FIRST + g * COLUMNS
        uv, du, dv = 0.0, 0.0, 0.0
        d0, d1, d2, d3, d4 = 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(k + 1):
            m = k - j
            u, v = series[j, i + U], series[j, i + V]
            a0, a1, a2 = series[j, i + A], series[j, i + A + 1], series[j, i + A + 2]
            a3, a4 = series[j, i + A + 3], series[j, i + A + 4]
            uv += u * series[m, i + V]
            du += series[m, i + R_U] * u + series[m, i + K_U] * v
            dv += series[m, i + R_V] * v + series[m, i + K_V] * u
            d0 += series[m, i + R] * a0
            d1 += series[m, i + R + 1] * a1
            d2 += series[m, i + R + 2] * a2
            d3 += series[m, i + R + 3] * a3
            d4 += series[m, i + R + 4] * a4
            fourth += series[m, i + F] * a0 + series[m, i + F + 1] * a1 + series[m, i + F + 2] * a2
            fourth += series[m, i + F + 3] * a3 + series[m, i + F + 4] * a4
        fourth += beta.loop[g] * uv
        series[k + 1, i + A] = (d0 + 2.0 * beta.cycle[g, 0] * uv) * step
        series[k + 1, i + A + 1] = (d1 + 2.0 * beta.cycle[g, 1] * uv) * step
        series[k + 1, i + A + 2] = (d2 + 2.0 * beta.cycle[g, 2] * uv) * step
        series[k + 1, i + A + 3] = (d3 + 2.0 * beta.cycle[g, 3] * uv) * step
        series[k + 1, i + A + 4] = d4 * step
        series[k + 1, i + U] = du * step
        series[k + 1, i + V] = dv * step
    extend_common(series, k, kappa, b1, b2, with_lambda, fourth)
