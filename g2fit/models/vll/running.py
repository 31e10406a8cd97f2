"""One step of the running couplings: its length, and the events on the way.

The events are mu_zero, mu_tunnel and mu_landau of `g2fit.models.vll.stability`. The Taylor series of a step are
polynomials, so that events are located without more evaluations of the beta functions.
"""

from math import inf, log, pi, sqrt

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll.equations import Equations, extend, largest_coupling, rescale_components, size
from g2fit.models.vll.rge import AFTER, LAMBDA, ORDER, SIXTEEN_PI2, STRETCH, STRETCH_RATE, TAU, polynomial

__all__ = ["LANDAU", "TUNNEL", "ZERO", "advance", "evaluate", "s_at", "tunnelling_bound"]

#: Events, and their place in arrays of scales.
ZERO, TUNNEL, LANDAU = 0, 1, 2
#: Age of the Universe in 1/GeV: 13.8e9 years of 365.25 days, and the reduced Planck constant in GeV s.
AGE = 13.8e9 * 365.25 * 86400.0 / 6.582119569509066e-25
#: ln(AGE/(1/GeV)).
LOG_AGE = log(AGE)
#: Numerator of `tunnelling_bound`.
TUNNELLING = -2.0 * pi * pi / 3.0
#: Relative error of T, and absolute error of lambda, that the last orders of a series may have.
TOLERANCE = 1e-10
#: Precision with which events are located, in units of the step.
PRECISION = 1e-10
#: Growth of T, in units of T, above which Landau poles are moved to infinity.
FAST = 0.25


@scalar
def tunnelling_bound(log_mu: float) -> float:
    """Smallest lambda at which the vacuum outlives the Universe, at the scale mu: -(2 pi^2/3)/ln(tau_U mu).

    The decay probability is of order (tau_U mu)^4 exp(-8 pi^2/(3 |lambda|)), for tau_U = 13.8 Gyr (1307.3536).

    >>> from math import log
    >>> round(tunnelling_bound(log(1e10)), 5)
    -0.05514
    """
    return TUNNELLING / (LOG_AGE + log_mu)


@scalar
def s_at(Q: float, tau: float) -> float:
    """The s at tau, for constant Q."""
    return -log(1.0 - Q * tau) / Q


@scalar
def _margin(series: FloatArray, s: float, order: int, log_mu: float, tunnelling: bool) -> tuple[float, float]:
    """Return w lambda at s, minus w times the `tunnelling_bound` if wanted, and its derivative; ln(mu) at s = 0."""
    value, slope = series[order, LAMBDA], 0.0
    w, w_slope, tau = series[order, STRETCH], 0.0, series[order, TAU]
    for k in range(order - 1, -1, -1):
        slope = slope * s + value
        value = value * s + series[k, LAMBDA]
        w_slope = w_slope * s + w
        w = w * s + series[k, STRETCH]
        tau = tau * s + series[k, TAU]
    if tunnelling:
        bound = tunnelling_bound(log_mu + SIXTEEN_PI2 * tau)
        value -= w * bound
        slope -= w_slope * bound + w * w * SIXTEEN_PI2 * bound * bound / TUNNELLING
    return value, slope


@scalar
def _lowest(series: FloatArray, h: float, order: int, log_mu: float, tunnelling: bool) -> float:
    """The s in (0, h) at which the `_margin` has its minimum, if it falls at 0 and rises at h."""
    low, high = 0.0, h
    for _ in range(60):
        s = 0.5 * (low + high)
        _, slope = _margin(series, s, order, log_mu, tunnelling)
        if slope < 0.0:
            low = s
        else:
            high = s
    return high


@scalar
def _first_crossing(series: FloatArray, h: float, order: int, log_mu: float, tunnelling: bool) -> float:
    """The first s in (0, h) at which the `_margin` is zero; infinity if there is none."""
    value, slope = _margin(series, 0.0, order, log_mu, tunnelling)
    at_h, slope_h = _margin(series, h, order, log_mu, tunnelling)
    low, high = 0.0, h
    if at_h >= 0.0:
        if not slope < 0.0 < slope_h:
            return inf
        high = _lowest(series, h, order, log_mu, tunnelling)
        at_h, _ = _margin(series, high, order, log_mu, tunnelling)
        if at_h >= 0.0:
            return inf
    if value <= 0.0:
        return 0.0
    s = high * value / (value - at_h)
    for _ in range(100):  # Newton's method, or bisection
        value, slope = _margin(series, s, order, log_mu, tunnelling)
        if value > 0.0:
            low = s
        else:
            high = s
        step = value / slope
        if abs(step) <= PRECISION * h:
            return s - step
        s -= step
        if not low < s < high:
            s = 0.5 * (low + high)
    return s


@scalar
def _landing(series: FloatArray, h: float, order: int, remaining: float) -> float:
    """The s in (0, h) at which tau has grown by `remaining` (Newton's method, as tau rises and w is positive)."""
    low, high = 0.0, h
    s = h
    for _ in range(100):
        gap = polynomial(series, TAU, s, order) - remaining
        if gap < 0.0:
            low = s
        else:
            high = s
        step = gap / polynomial(series, STRETCH, s, order)
        if abs(step) <= PRECISION * h:
            return s - step
        s -= step
        if not low < s < high:
            s = 0.5 * (low + high)
    return s


@scalar
def _landau(series: FloatArray, leptons: int, h: float, order: int, beta: Equations) -> float:
    """The s in (0, h) at which the largest coupling is 4 pi (regula falsi, Illinois variant)."""
    low, high = 0.0, h
    f_low = SIXTEEN_PI2 - largest_coupling(series, leptons, low, order, beta)
    f_high = SIXTEEN_PI2 * polynomial(series, STRETCH, high, order) - largest_coupling(
        series, leptons, high, order, beta
    )
    side = 0
    for _ in range(100):
        s = (low * f_high - high * f_low) / (f_high - f_low)
        if not low < s < high:
            break
        f = SIXTEEN_PI2 * polynomial(series, STRETCH, s, order) - largest_coupling(series, leptons, s, order, beta)
        moved = s - low if f > 0.0 else high - s
        if f == 0.0 or moved < PRECISION * h:
            return s
        if f > 0.0:
            low, f_low = s, f
            f_high = 0.5 * f_high if side == 1 else f_high
            side = 1
        else:
            high, f_high = s, f
            f_low = 0.5 * f_low if side == -1 else f_low
            side = -1
    return high


@scalar
def evaluate(
    source: FloatArray, leptons: int, s: float, order: int, series: FloatArray, row: int, beta: Equations
) -> None:
    """Evaluate series at s and divide by w; write the couplings to a row of `series`."""
    columns = series.shape[1]
    for column in range(columns):
        series[row, column] = source[order, column]
    for k in range(order - 1, -1, -1):
        for column in range(columns):
            series[row, column] = series[row, column] * s + source[k, column]
    series[row, TAU] = 0.0
    inverse = 1.0 / series[row, STRETCH]
    root = sqrt(series[row, STRETCH])
    for column in range(columns):
        series[row, column] *= inverse
    rescale_components(series, leptons, row, root, beta)


@scalar
def _expand(
    series: FloatArray,
    leptons: int,
    remaining: float,
    b1: float,
    b2: float,
    with_lambda: bool,
    components: bool,
    beta: Equations,
) -> tuple[float, float, int]:
    """Compute the series from the couplings in row 0.

    Return tau at the end of the step, at most `remaining`, s there, and the order up to which the series are needed.
    """
    T, growth, kappa, h = size(series, leptons, 0, beta), 0.0, 0.0, 0.0
    order, power, error, last = 0, 1.0, inf, inf
    while order < ORDER and not (error < TOLERANCE and last < 10.0 * TOLERANCE):
        extend(series, leptons, order, kappa, b1, b2, with_lambda, components, beta)
        order += 1
        if h == 0.0:  # the first order decides on the variable
            Q = series[0, STRETCH_RATE]
            growth = size(series, leptons, 1, beta) / T + Q  # dT/dtau/T
            h = s_at(Q, remaining)
            power = h
            if growth * remaining > FAST:
                kappa = growth / T
                h = -log(min(max(1.0 - growth * remaining, T / (2.0 * SIXTEEN_PI2)), 0.5)) / growth
                order, power = 0, 1.0
            continue
        power *= h
        last = error
        error = max(abs(size(series, leptons, order, beta)) / T, abs(series[order, LAMBDA])) * power
    complete = error < TOLERANCE and last < 10.0 * TOLERANCE
    if not complete:
        shrink = min((error / TOLERANCE) ** (-1.0 / order), (last / TOLERANCE) ** (-1.0 / (order - 1)))
        h *= shrink if kappa > 0.0 else min(shrink, 1.0)
        complete = shrink >= 1.0
    if kappa == 0.0 and complete:
        return remaining, h, order
    tau = polynomial(series, TAU, h, order)
    if tau < remaining:
        return tau, h, order
    return remaining, _landing(series, h, order, remaining), order


@scalar
def advance(
    series: FloatArray,
    leptons: int,
    log_mu: float,
    log_next: float,
    b1: float,
    b2: float,
    found: FloatArray,
    components: bool,
    beta: Equations,
) -> float:
    """Make one step from ln(mu) towards `log_next`, note the events on the way; return ln(mu) after it."""
    remaining = (log_next - log_mu) / SIXTEEN_PI2
    with_lambda = found[TUNNEL] == inf
    tau, h, order = _expand(series, leptons, remaining, b1, b2, with_lambda, components, beta)
    evaluate(series, leptons, h, order, series, AFTER, beta)
    if with_lambda:
        if found[ZERO] == inf:
            s = _first_crossing(series, h, order, log_mu, False)
            if s < inf:
                found[ZERO] = log_mu + SIXTEEN_PI2 * polynomial(series, TAU, s, order)
        if found[ZERO] < inf:
            s = _first_crossing(series, h, order, log_mu, True)
            if s < inf:
                found[TUNNEL] = log_mu + SIXTEEN_PI2 * polynomial(series, TAU, s, order)
                series[AFTER, LAMBDA] = tunnelling_bound(found[TUNNEL])
    else:
        series[AFTER, LAMBDA] = series[0, LAMBDA]
    if components and found[LANDAU] == inf and size(series, leptons, AFTER, beta) > SIXTEEN_PI2:
        w = polynomial(series, STRETCH, h, order)
        if largest_coupling(series, leptons, h, order, beta) >= SIXTEEN_PI2 * w:
            s = _landau(series, leptons, h, order, beta)
            found[LANDAU] = log_mu + SIXTEEN_PI2 * polynomial(series, TAU, s, order)
    for column in range(series.shape[1]):
        series[0, column] = series[AFTER, column]
    return log_next if tau == remaining else log_mu + SIXTEEN_PI2 * tau
