"""The equations that `g2fit.models.vll.running` and `g2fit.models.vll.stability` solve, for one model or the other.

Each function has two forms: that of `g2fit.models.vll.rge` for [L, N], and that of
`g2fit.models.vll.representations.rge` for partners in any representation. The type of `beta` decides between them when
a kernel is compiled: None for [L, N], otherwise the coefficients of the beta functions. The partners of a point are its
parameters for [L, N], otherwise M_D, M_X and the couplings of `g2fit.models.vll.representations.rge.activate` for one
generation after the other.
"""

from g2fit.core.jit import inlined, scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll import rge
from g2fit.models.vll.partners import Setting, read
from g2fit.models.vll.representations import rge as general
from g2fit.models.vll.representations.beta_functions import Beta
from g2fit.models.vll.rge import FIRST, THRESHOLDS

__all__ = [
    "Equations",
    "activate",
    "at_an_end",
    "columns",
    "extend",
    "gauge_coefficients",
    "largest_coupling",
    "masses_and_couplings",
    "no_landau_pole",
    "rescale_components",
    "size",
    "start",
]

Equations = Beta | None


@scalar
def columns(beta: Equations) -> int:
    """Number of columns of each generation in the table of series."""
    if beta is None:
        return rge.COLUMNS
    return general.COLUMNS


@scalar
def start(series: FloatArray, i: int, y: float, beta: Equations) -> None:
    """Set the coupling of a lepton without partners, whose generation has its first column at `i`."""
    if beta is None:
        series[0, i + rge.Y] = y
    series[0, i + rge.A] = y * y  # the same column for both


@scalar
def size(series: FloatArray, leptons: int, k: int, beta: Equations) -> float:
    """Order k of the sum of squared couplings that may have a Landau pole, with the weights of the `trace`."""
    if beta is None:
        return rge.trace(series, leptons, k)
    return general.size(series, beta, k)


@scalar
def largest_coupling(series: FloatArray, leptons: int, s: float, order: int, beta: Equations) -> float:
    """Largest squared coupling that may have a Landau pole at s, times w."""
    if beta is None:
        return rge.largest_yukawa(series, leptons, s, order)
    return general.largest_coupling(series, beta, s, order)


@inlined
def extend(
    series: FloatArray,
    leptons: int,
    k: int,
    kappa: float,
    b1: float,
    b2: float,
    with_lambda: bool,
    components: bool,
    beta: Equations,
) -> None:
    """Compute order k + 1 of all series from the orders up to k; see `g2fit.models.vll.rge.extend`."""
    if beta is None:
        rge.extend(series, leptons, k, kappa, b1, b2, with_lambda, components)
    else:
        general.extend(series, k, kappa, b1, b2, with_lambda, beta)


@scalar
def rescale_components(series: FloatArray, leptons: int, row: int, root: float, beta: Equations) -> None:
    """Multiply what is a coupling, not its square, by the root of w."""
    if beta is None:
        for g in range(leptons):
            i = FIRST + g * rge.COLUMNS
            series[row, i + rge.Y] *= root
            series[row, i + rge.N] *= root


@scalar
def masses_and_couplings(
    partners: FloatArray, g: int, m_l: float, setting: Setting, beta: Equations
) -> tuple[float, float, float]:
    """Masses of doublet and partner of a generation in GeV, and the sum of their squared Yukawa couplings."""
    if beta is None:
        p = read(partners, g, m_l, setting)
        return p.m_L, p.m_S, p.Y_L * p.Y_L + p.Y_R * p.Y_R + p.Y_V * p.Y_V + p.Y_Vp * p.Y_Vp
    i = g * general.PER_GENERATION
    y = partners[i + 2] * m_l / setting.v
    total = y * y
    for j in range(i + 3, i + 7):
        total += partners[j] * partners[j]
    return partners[i], partners[i + 1], total


@scalar
def activate(
    series: FloatArray, g: int, partners: FloatArray, m_l: float, setting: Setting, log_mu: float, beta: Equations
) -> None:
    """Let the couplings of a generation take part whose threshold is at ln(mu)."""
    i = FIRST + g * columns(beta)
    t_D, t_X = series[THRESHOLDS, i], series[THRESHOLDS, i + 1]
    if beta is None:
        share = series[THRESHOLDS, i + 2]
        p = read(partners, g, m_l, setting)
        series[THRESHOLDS, i + 2] = rge.activate(series, i, p, share, log_mu, t_D, t_X)
    else:
        couplings = partners[g * general.PER_GENERATION + 2 : (g + 1) * general.PER_GENERATION]
        general.activate(series, i, couplings, log_mu, t_D, t_X)


@scalar
def gauge_coefficients(series: FloatArray, leptons: int, log_mu: float, beta: Equations) -> tuple[float, float]:
    """Coefficients of g'^3 and g_2^3 above ln(mu), with all partners whose threshold is not higher."""
    doublets, b1, b2 = 0, 0.0, 0.0
    for g in range(leptons):
        i = FIRST + g * columns(beta)
        if beta is None:
            doublets += 1 if series[THRESHOLDS, i] <= log_mu else 0
        else:
            for field in range(2):
                if series[THRESHOLDS, i + field] <= log_mu:
                    b1 += beta.b[g, field, 0]
                    b2 += beta.b[g, field, 1]
    return rge.b_g_prime(doublets) + b1, rge.b_g_2(doublets) + b2


@scalar
def no_landau_pole(
    series: FloatArray, total: float, leptons: int, log_mu: float, log_end: float, beta: Equations
) -> bool:
    """Whether no coupling can reach 4 pi between two scales.

    `total` is a sum of squared Yukawa couplings that is not less than T at any threshold.
    """
    remaining = (log_end - log_mu) / rge.SIXTEEN_PI2
    if beta is None:
        return rge.no_landau_pole(total, remaining)
    b1, b2 = gauge_coefficients(series, leptons, log_end, beta)
    return general.no_landau_pole(series, total, remaining, b1, b2, beta)


@scalar
def at_an_end(series: FloatArray, beta: Equations) -> bool:
    """Whether the couplings cannot run any further: g' or g_2 is close to its pole, which [L, N] does not have."""
    if beta is None:
        return False
    return general.gauge_pole(series)
