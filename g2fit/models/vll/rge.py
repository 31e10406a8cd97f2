"""Renormalization group equations of the model at one loop, and their solution as a Taylor series.

The potential is V = -m^2 |H|^2 + lambda |H|^4. In the space of the lepton doublets (l, L) of each generation, the
charged leptons have the vector of Yukawa couplings y = (y_l, Y_R), the neutral ones n = (-Y_L, Y_V'), with the sign of
Y_L of `g2fit.models.vll.mixing`; Y_V is a number. The beta functions below follow from the general ones (Machacek and
Vaughn, Nucl. Phys. B 222 (1983) 83, 236 (1984) 221, 249 (1985) 70); the part of the Standard Model is that of
1307.3536. They depend on the vectors through a = |y|^2, b = |n|^2 and c = y.n only. In these, in d = Y_V^2,
x = y_t^2, in the squares of the gauge couplings and in lambda, they are polynomials of second degree:

    dX/dtau = R X + ...,    tau = ln(mu)/(16 pi^2),    R linear in the other variables.

Each order of a Taylor series is therefore a few Cauchy products. The variable of the series is not tau, in which poles
are close: that of g_3 at low scales, Landau poles at high scales. It is s, d tau = w ds, with dw/ds = -Q w and w = 1 at
the start of the series. The variables X are multiplied by w, which adds -Q to all R. With Q = -14 g_3^2 w, g_3^2 w is
constant and its pole lies at s = -infinity; with Q = kappa T - 14 g_3^2 w, T the `trace`, Landau poles lie at
+infinity.
"""

from math import copysign, pi, sqrt

from g2fit.core.jit import inlined, scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll.partners import Partners

__all__ = ["ORDER", "extend", "extend_common", "largest_yukawa", "polynomial"]

#: Order of the Taylor series.
ORDER = 16
#: Unit of tau: 16 pi^2, also the square of the Yukawa coupling 4 pi.
SIXTEEN_PI2 = 16.0 * pi * pi

# Columns of the table of series. First those that belong to no generation:
#: Squares of y_t, g', g_2 and g_3.
TOP, G1, G2, G3 = 0, 1, 2, 3
#: Quartic coupling of the Higgs boson.
LAMBDA = 4
#: w.
STRETCH = 5
#: Q.
STRETCH_RATE = 6
#: R of the squared top coupling and of lambda.
R_TOP, R_LAMBDA = 7, 8
#: tau - tau at the start of the series, the integral of w.
TAU = 9
#: Start of the first generation, and number of columns of each:
FIRST, COLUMNS = 10, 10
#: a = |y|^2, b = |n|^2, c = y.n and d = Y_V^2; R of each of them; the first components y_l of y and -Y_L of n.
A, B, C, D, R_A, R_B, R_C, R_D, Y, N = range(COLUMNS)

# Rows of the table of series below their orders:
#: Couplings at the end of a step.
AFTER = ORDER + 1
#: ln(mu/GeV) of the thresholds of doublet and singlet of each generation, and y_l^2/|y|^2.
THRESHOLDS = AFTER + 1

#: Coefficient of the beta function of g_3.
B3 = -7.0


@scalar
def b_g_prime(doublets: int) -> float:
    """16 pi^2 dg'/d ln(mu)/g'^3 with a number of vector-like lepton doublets (1307.3536; + 2/3 for each doublet).

    >>> round(6.0 * b_g_prime(0), 12)
    41.0
    """
    return 41.0 / 6.0 + 2.0 / 3.0 * doublets


@scalar
def b_g_2(doublets: int) -> float:
    """16 pi^2 dg_2/d ln(mu)/g_2^3 with a number of vector-like lepton doublets (1307.3536; + 2/3 for each doublet).

    >>> round(6.0 * b_g_2(0), 12)
    -19.0
    """
    return -19.0 / 6.0 + 2.0 / 3.0 * doublets


@scalar
def rate_top(x: float, T: float, g1: float, g2: float, g3: float) -> float:
    """16 pi^2 d ln(y_t)/d ln(mu) from y_t^2, the trace T, g'^2, g_2^2 and g_3^2 (1307.3536).

    >>> round(rate_top(0.8778, 2.6334, 0.1284, 0.4196, 1.3610), 4)
    -8.0639
    """
    return 1.5 * x + T - 17.0 / 12.0 * g1 - 2.25 * g2 - 8.0 * g3


@scalar
def rate_charged(a: float, T: float, g1: float, g2: float) -> float:
    """16 pi^2 d ln|y|/d ln(mu) of the charged leptons if c = 0, from |y|^2, T, g'^2 and g_2^2 (Machacek and Vaughn).

    In general dy is this rate times y, minus (3/2) c n.

    >>> round(rate_charged(1.0, 3.6334, 0.1284, 0.4196), 4)
    3.7078
    """
    return 1.5 * a + T - 3.75 * g1 - 2.25 * g2


@scalar
def rate_neutral(b: float, T: float, g1: float, g2: float) -> float:
    """16 pi^2 d ln|n|/d ln(mu) of the neutral leptons if c = 0, and of Y_V, from its square, T, g'^2 and g_2^2.

    In general dn is this rate times n, minus (3/2) c y (Machacek and Vaughn).

    >>> round(rate_neutral(1.0, 3.6334, 0.1284, 0.4196), 4)
    4.093
    """
    return 1.5 * b + T - 0.75 * g1 - 2.25 * g2


@scalar
def rate_quartic(quartic: float, T: float, g1: float, g2: float) -> float:
    """R of the beta function of lambda: 24 lambda + 4 T - 3 g'^2 - 9 g_2^2 (1307.3536).

    >>> round(rate_quartic(0.12604, 2.6334, 0.1284, 0.4196), 4)
    9.397
    """
    return 24.0 * quartic + 4.0 * T - 3.0 * g1 - 9.0 * g2


@scalar
def source_quartic(fourth: float, g1_g1: float, g1_g2: float, g2_g2: float) -> float:
    """Part of the beta function of lambda without lambda: -2 [3 y_t^4 + |y|^4 + |n|^4 + Y_V^4] + that of gauge bosons.

    The arguments are the sum in the bracket, and the products of g'^2 and g_2^2 (1307.3536).

    >>> round(source_quartic(2.3116, 0.0165, 0.0539, 0.1760), 4)
    -4.3786
    """
    return -2.0 * fourth + 0.375 * g1_g1 + 0.75 * g1_g2 + 1.125 * g2_g2


@scalar
def trace(series: FloatArray, leptons: int, k: int) -> float:
    """T = 3 y_t^2 + the sum of |y|^2 + |n|^2 + Y_V^2 over the generations, at order k."""
    total: float = 3.0 * series[k, TOP]
    for g in range(leptons):
        i = FIRST + g * COLUMNS
        total += series[k, i + A] + series[k, i + B] + series[k, i + D]
    return total


@inlined
def _extend_gauge(series: FloatArray, k: int) -> tuple[float, float, float, float]:
    """Order k of Q times the squared gauge couplings and w, with the square of g_3^2."""
    s1, s2, s3, sw = 0.0, 0.0, 0.0, 0.0
    for j in range(k + 1):
        Q = series[k - j, STRETCH_RATE]
        s1 += series[j, G1] * Q
        s2 += series[j, G2] * Q
        s3 += series[j, G3] * (Q - 2.0 * B3 * series[k - j, G3])
        sw += series[j, STRETCH] * Q
    return s1, s2, s3, sw


@inlined
def _extend_components(series: FloatArray, leptons: int, k: int) -> None:
    """Compute order k + 1 of the first components of y and n."""
    for g in range(leptons):
        i = FIRST + g * COLUMNS
        Ry, cn, Rn, cy = 0.0, 0.0, 0.0, 0.0
        for j in range(k + 1):
            y, n, c = series[j, i + Y], series[j, i + N], series[k - j, i + C]
            Ry += series[k - j, i + R_A] * y
            Rn += series[k - j, i + R_B] * n
            cy += c * y
            cn += c * n
        series[k + 1, i + Y] = (0.5 * Ry - 1.5 * cn) / (k + 1)
        series[k + 1, i + N] = (0.5 * Rn - 1.5 * cy) / (k + 1)


@inlined
def extend_common(
    series: FloatArray, k: int, kappa: float, b1: float, b2: float, with_lambda: bool, fourth: float
) -> None:
    """Compute order k + 1 of the series that belong to no generation.

    `fourth` is order k of the sum of fourth powers of Yukawa couplings in `source_quartic`; the rates of order k have
    been computed. The other arguments are those of `extend`.
    """
    top, quartic, g11, g12, g22 = 0.0, 0.0, 0.0, 0.0, 0.0
    step = 1.0 / (k + 1)
    for j in range(k + 1):
        top += series[j, TOP] * series[k - j, R_TOP]
        quartic += series[j, LAMBDA] * series[k - j, R_LAMBDA]
        g11 += series[j, G1] * series[k - j, G1]
        g12 += series[j, G1] * series[k - j, G2]
        g22 += series[j, G2] * series[k - j, G2]
    series[k + 1, TOP] = top * step
    series[k + 1, LAMBDA] = (quartic + source_quartic(fourth, g11, g12, g22)) * step if with_lambda else 0.0
    if kappa == 0.0:  # Q is constant
        Q = series[0, STRETCH_RATE]
        Q_g1, Q_g2, Q_g3, Q_w = Q * series[k, G1], Q * series[k, G2], 0.0, Q * series[k, STRETCH]
    else:
        Q_g1, Q_g2, Q_g3, Q_w = _extend_gauge(series, k)
    series[k + 1, G1] = (2.0 * b1 * g11 - Q_g1) * step
    series[k + 1, G2] = (2.0 * b2 * g22 - Q_g2) * step
    series[k + 1, G3] = -Q_g3 * step
    series[k + 1, STRETCH] = -Q_w * step
    series[k + 1, TAU] = series[k, STRETCH] * step


@scalar
def extend(
    series: FloatArray, leptons: int, k: int, kappa: float, b1: float, b2: float, with_lambda: bool, components: bool
) -> None:
    """Compute order k + 1 of all series in s from the orders up to k.

    With R_a and R_b for a and b, da = R_a a - 3 c^2, db = R_b b - 3 c^2, dc = [(R_a + R_b)/2 - (3/2)(a + b)] c.

    Parameters
    ----------
    series
        Taylor coefficients of the variables, shape (`ORDER` + 1, `FIRST` + `leptons` * `COLUMNS`).
    leptons
        Number of generations.
    k
        Last order that is known.
    kappa
        0, or about dT/dtau/T^2 where T grows rapidly.
    b1, b2
        Coefficients of the beta functions of g' and g_2.
    with_lambda
        Whether lambda runs.
    components
        Whether the components of y and n are wanted.
    """
    T, g1, g2 = trace(series, leptons, k), series[k, G1], series[k, G2]
    Q = kappa * T + 2.0 * B3 * series[k, G3]
    step = 1.0 / (k + 1)
    series[k, STRETCH_RATE] = Q
    series[k, R_TOP] = 2.0 * rate_top(series[k, TOP], T, g1, g2, series[k, G3]) - Q
    series[k, R_LAMBDA] = rate_quartic(series[k, LAMBDA], T, g1, g2) - Q
    fourth = 0.0
    for g in range(leptons):
        i = FIRST + g * COLUMNS
        a, b = series[k, i + A], series[k, i + B]
        R_a = 2.0 * rate_charged(a, T, g1, g2) - Q
        R_b = 2.0 * rate_neutral(b, T, g1, g2) - Q
        series[k, i + R_A] = R_a
        series[k, i + R_B] = R_b
        series[k, i + R_C] = 0.5 * (R_a + R_b) - 1.5 * (a + b)
        series[k, i + R_D] = 2.0 * rate_neutral(series[k, i + D], T, g1, g2) - Q
        Ra, Rb, Rc, Rd, cc = 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(k + 1):
            a, b, c, d = series[j, i + A], series[j, i + B], series[j, i + C], series[j, i + D]
            fourth += a * series[k - j, i + A] + b * series[k - j, i + B] + d * series[k - j, i + D]
            Ra += series[k - j, i + R_A] * a
            Rb += series[k - j, i + R_B] * b
            Rc += series[k - j, i + R_C] * c
            Rd += series[k - j, i + R_D] * d
            cc += series[k - j, i + C] * c
            if g == 0:
                fourth += 3.0 * series[j, TOP] * series[k - j, TOP]
        series[k + 1, i + A] = (Ra - 3.0 * cc) * step
        series[k + 1, i + B] = (Rb - 3.0 * cc) * step
        series[k + 1, i + C] = Rc * step
        series[k + 1, i + D] = Rd * step
    extend_common(series, k, kappa, b1, b2, with_lambda, fourth)
    if components:
        _extend_components(series, leptons, k)


@scalar
def polynomial(series: FloatArray, column: int, s: float, order: int) -> float:
    """Value at s of the series in a column, up to an order."""
    total: float = series[order, column]
    for k in range(order - 1, -1, -1):
        total = total * s + series[k, column]
    return total


@scalar
def largest_yukawa(series: FloatArray, leptons: int, s: float, order: int) -> float:
    """Largest squared Yukawa coupling at s, times w."""
    largest = polynomial(series, TOP, s, order)
    for g in range(leptons):
        i = FIRST + g * COLUMNS
        y, n = polynomial(series, i + Y, s, order), polynomial(series, i + N, s, order)
        largest = max(largest, y * y, polynomial(series, i + A, s, order) - y * y)
        largest = max(largest, n * n, polynomial(series, i + B, s, order) - n * n)
        largest = max(largest, polynomial(series, i + D, s, order))
    return largest


@scalar
def no_landau_pole(T: float, remaining: float) -> bool:
    """Whether no Yukawa coupling can reach 4 pi within an interval of tau, as dT/dtau < 5 T^2.

    For y_t d(3 y_t^2) < 2 (T + T/2) 3 y_t^2, for y and n, without their common term -3 c^2 each, 2 (T + 3 T/2) times
    the square.
    """
    return SIXTEEN_PI2 * (1.0 - 5.0 * T * remaining) > T


@scalar
def activate(series: FloatArray, i: int, p: Partners, share: float, log_mu: float, t_L: float, t_S: float) -> float:
    """Let the couplings of a generation take part whose threshold is at ln(mu); return y_l^2/|y|^2.

    Below the higher threshold y and n do not change their direction: the `share` y_l^2/|y|^2 is kept from m_L on.
    """
    a, b = series[0, i + A], series[0, i + B]
    share = share if log_mu > t_L else 1.0
    y, y_R, n, n_V = sqrt(share * a), copysign(sqrt((1.0 - share) * a), p.Y_R), copysign(sqrt(b), -p.Y_L), 0.0
    if log_mu == t_L:
        y_R = p.Y_R
    if log_mu == t_S:
        n = -p.Y_L
    if log_mu == max(t_L, t_S):
        n_V = p.Y_Vp
        series[0, i + D] = p.Y_V * p.Y_V
    a = y * y + y_R * y_R
    series[0, i + A] = a
    series[0, i + B] = n * n + n_V * n_V
    series[0, i + C] = y * n + y_R * n_V
    series[0, i + Y] = y
    series[0, i + N] = n
    return y * y / a
