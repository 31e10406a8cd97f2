"""Scales up to which the model makes sense: instability of the Higgs potential and Landau poles of Yukawa couplings.

The couplings of `g2fit.models.vll.rge` run from `START` up to a given scale. Y_R takes part above m_L, Y_L above m_S, Y_V
and Y_V' above both; each has the value of the parameter at its own threshold (at `START` if the threshold is lower), where
couplings are matched at tree level. Three events are looked for:

    mu_zero     lambda = 0: a deeper minimum of the potential appears
    mu_tunnel   lambda = -(2 pi^2/3)/ln(tau_U mu): the vacuum would have decayed within the age of the Universe
    mu_landau   a Yukawa coupling (y_t, y_l, Y_R, Y_L, Y_V' or Y_V) is 4 pi; the pole is less than 0.4 away in ln(mu)

Above mu_tunnel lambda does not run any more (Yukawa couplings do not depend on it). A scale beyond the end of the run is
returned as that end.
"""

from math import copysign, exp, inf, log, nan, pi, sqrt

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll import rge
from g2fit.models.vll.partners import Partners, Setting, read
from g2fit.models.vll.rge import (
    FIRST,
    LAMBDA,
    ORDER,
    COLUMNS,
    SIXTEEN_PI2,
    STRETCH,
    STRETCH_RATE,
    TAU,
    extend,
    polynomial,
    trace,
)

__all__ = ["AGE", "START", "fill_scales", "prepare", "tunnelling_bound"]

#: Scale in GeV at which the running starts: the mass of the top quark (1307.3536).
START = 173.34
#: MSbar couplings g', g_2, g_3, y_t and lambda at `START` (1307.3536).
G_PRIME, G_2, G_3, Y_TOP, QUARTIC = 0.35830, 0.64779, 1.1666, 0.93690, 0.12604
#: Age of the Universe in 1/GeV: 13.8e9 years of 365.25 days, and the reduced Planck constant in GeV s.
AGE = 13.8e9 * 365.25 * 86400.0 / 6.582119569509066e-25
#: ln(AGE/(1/GeV)).
LOG_AGE = log(AGE)
#: -8 pi^2/3 divided by 4, the power of the scale in the decay probability: numerator of `tunnelling_bound`.
TUNNELLING = -2.0 * pi * pi / 3.0
#: ln(`START`/GeV).
LOG_START = log(START)

#: Relative error of T and absolute error of lambda that one step may have.
TOLERANCE = 1e-10
#: Precision with which events are located, in units of the step.
PRECISION = 1e-10
#: Growth of T, in units of T, above which a step is taken in the stretched variable.
FAST = 0.25
#: Row of the table of series for the couplings at the end of a step.
AFTER = ORDER + 1
#: Row of the table of series for ln(mu/GeV) at the thresholds.
THRESHOLDS = ORDER + 2
#: Most steps between two thresholds; a run that needs more gives NaN.
MAX_STEPS = 200
#: Most steps of the Standard Model alone.
MAX_STORED = 32
#: Events, and their place in arrays of scales.
ZERO, TUNNEL, LANDAU = 0, 1, 2
#: Index of the end of the run after those of the events, and of the start of the first stored series.
END, STARTS = 3, 4


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
def _largest(series: FloatArray, leptons: int, s: float, order: int) -> float:
    """Largest squared Yukawa coupling at s, times w."""
    largest = polynomial(series, rge.TOP, s, order)
    for g in range(leptons):
        i = FIRST + g * COLUMNS
        y, n = polynomial(series, i + rge.Y, s, order), polynomial(series, i + rge.N, s, order)
        largest = max(largest, y * y, polynomial(series, i + rge.A, s, order) - y * y)
        largest = max(largest, n * n, polynomial(series, i + rge.B, s, order) - n * n)
        largest = max(largest, polynomial(series, i + rge.D, s, order))
    return largest


@scalar
def _margin(series: FloatArray, s: float, order: int, log_mu: float, tunnelling: bool) -> tuple[float, float]:
    """w times lambda at s, or minus the `tunnelling_bound`, and the derivative; ln(mu) is that at s = 0."""
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
def _landau(series: FloatArray, leptons: int, h: float, order: int) -> float:
    """The s in (0, h) at which the largest Yukawa coupling is 4 pi (regula falsi, Illinois variant)."""
    low, high = 0.0, h
    f_low = SIXTEEN_PI2 - _largest(series, leptons, low, order)
    f_high = SIXTEEN_PI2 * polynomial(series, STRETCH, high, order) - _largest(series, leptons, high, order)
    side = 0
    for _ in range(100):
        s = (low * f_high - high * f_low) / (f_high - f_low)
        if not low < s < high:
            break
        f = SIXTEEN_PI2 * polynomial(series, STRETCH, s, order) - _largest(series, leptons, s, order)
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
def _s_at(Q: float, tau: float) -> float:
    """The s at tau, for constant Q."""
    return -log(1.0 - Q * tau) / Q


@scalar
def _expand(
    series: FloatArray, leptons: int, remaining: float, doublets: int, with_lambda: bool, components: bool
) -> tuple[float, float, int]:
    """Compute the series from the couplings in row 0.

    Return tau at the end of the step, at most `remaining`, s there, and the order up to which the series are needed.
    """
    b1, b2 = rge.b_g_prime(doublets), rge.b_g_2(doublets)
    extend(series, leptons, 0, 0.0, b1, b2, with_lambda, components)
    T, Q = trace(series, leptons, 0), series[0, STRETCH_RATE]
    growth = trace(series, leptons, 1) / T + Q  # dT/dtau/T
    kappa, h = 0.0, _s_at(Q, remaining)
    if growth * remaining > FAST:
        kappa = growth / T
        h = -log(min(max(1.0 - growth * remaining, T / (2.0 * SIXTEEN_PI2)), 0.5)) / growth
        extend(series, leptons, 0, kappa, b1, b2, with_lambda, components)
    order, power, error, last = 1, h, inf, inf
    while order < ORDER and not (error < TOLERANCE and last < 10.0 * TOLERANCE):
        extend(series, leptons, order, kappa, b1, b2, with_lambda, components)
        order += 1
        power *= h
        last = error
        error = max(abs(trace(series, leptons, order)) / T, abs(series[order, LAMBDA])) * power
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
def _step(
    series: FloatArray,
    leptons: int,
    log_mu: float,
    log_next: float,
    doublets: int,
    found: FloatArray,
    base: int,
    components: bool,
) -> float:
    """Make one step from ln(mu) towards `log_next`, note the events on the way; return ln(mu) after it."""
    remaining = (log_next - log_mu) / SIXTEEN_PI2
    with_lambda = found[base + TUNNEL] == inf
    tau, h, order = _expand(series, leptons, remaining, doublets, with_lambda, components)
    _evaluate(series, leptons, h, order, series, AFTER)
    if with_lambda:
        if found[base + ZERO] == inf:
            s = _first_crossing(series, h, order, log_mu, False)
            if s < inf:
                found[base + ZERO] = log_mu + SIXTEEN_PI2 * polynomial(series, TAU, s, order)
        if found[base + ZERO] < inf:
            s = _first_crossing(series, h, order, log_mu, True)
            if s < inf:
                found[base + TUNNEL] = log_mu + SIXTEEN_PI2 * polynomial(series, TAU, s, order)
                series[AFTER, LAMBDA] = tunnelling_bound(found[base + TUNNEL])
    else:
        series[AFTER, LAMBDA] = series[0, LAMBDA]
    if components and found[base + LANDAU] == inf and trace(series, leptons, AFTER) > SIXTEEN_PI2:
        w = polynomial(series, STRETCH, h, order)
        if _largest(series, leptons, h, order) >= SIXTEEN_PI2 * w:
            s = _landau(series, leptons, h, order)
            found[base + LANDAU] = log_mu + SIXTEEN_PI2 * polynomial(series, TAU, s, order)
    for column in range(FIRST + leptons * COLUMNS):
        series[0, column] = series[AFTER, column]
    return log_next if tau == remaining else log_mu + SIXTEEN_PI2 * tau


@scalar
def _evaluate(source: FloatArray, leptons: int, s: float, order: int, series: FloatArray, row: int) -> None:
    """Evaluate series at s and divide by w; write the couplings to a row of `series`."""
    columns = FIRST + leptons * COLUMNS
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
    for g in range(leptons):
        i = FIRST + g * COLUMNS
        series[row, i + rge.Y] *= root
        series[row, i + rge.N] *= root


@scalar
def _start(series: FloatArray, masses: FloatArray, v: float) -> None:
    """Set the couplings to those of the Standard Model at `START`."""
    series[:] = 0.0
    series[0, rge.TOP] = Y_TOP * Y_TOP
    series[0, rge.G1] = G_PRIME * G_PRIME
    series[0, rge.G2] = G_2 * G_2
    series[0, rge.G3] = G_3 * G_3
    series[0, LAMBDA] = QUARTIC
    series[0, STRETCH] = 1.0
    for g in range(len(masses)):
        y = masses[g] / v
        series[0, FIRST + g * COLUMNS + rge.Y] = y
        series[0, FIRST + g * COLUMNS + rge.A] = y * y


@scalar
def prepare(masses: FloatArray, v: float, run_to: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Run the Standard Model up to `run_to`, and make room for the runs of a batch.

    Parameters
    ----------
    masses
        Masses in GeV of the leptons that have partners, shape (G,).
    v
        Vacuum expectation value in GeV, 174 or so.
    run_to
        End of the run in GeV.

    Returns
    -------
    stored
        Series of the Standard Model, shape (step, order, column).
    marks
        Values of ln(mu/GeV): of the three events in the Standard Model, of the end of the run, and of the start of each
        stored series; inf if there is none.
    series
        Room for the series of one step, see `g2fit.models.vll.rge.extend`.
    """
    leptons = len(masses)
    stored = np.zeros((MAX_STORED, ORDER + 1, FIRST + leptons * COLUMNS))
    marks = np.full(STARTS + MAX_STORED + 1, inf)
    series = np.zeros((THRESHOLDS + 1, FIRST + leptons * COLUMNS))
    _start(series, masses, v)
    log_mu, log_end = LOG_START, log(run_to)
    marks[END] = log_end
    for i in range(MAX_STORED):
        marks[STARTS + i] = log_mu
        if not log_mu < log_end:
            stored[i] = series[:AFTER]
            break
        first = series[0].copy()
        series[1:] = 0.0
        log_mu = _step(series, leptons, log_mu, log_end, 0, marks, 0, True)
        stored[i] = series[:AFTER]
        stored[i, 0] = first
    return stored, marks, series


@scalar
def _start_at(
    stored: FloatArray, marks: FloatArray, series: FloatArray, leptons: int, log_mu: float, found: FloatArray, base: int
) -> None:
    """Set couplings and events to those of the Standard Model at ln(mu)."""
    step = 0
    while marks[STARTS + step + 1] <= log_mu:
        step += 1
    Q = 2.0 * rge.B3 * stored[step, 0, rge.G3]
    s = _s_at(Q, (log_mu - marks[STARTS + step]) / SIXTEEN_PI2)
    _evaluate(stored[step], leptons, s, ORDER, series, 0)
    for event in range(3):
        found[base + event] = marks[event] if marks[event] <= log_mu else inf


@scalar
def _activate(series: FloatArray, i: int, p: Partners, log_mu: float, t_L: float, t_S: float) -> int:
    """Let the couplings of a generation take part whose threshold is at ln(mu); return the number of new doublets.

    Below the higher threshold y and n do not change their direction: y_l^2/|y|^2 is kept from m_L on.
    """
    a, b = series[0, i + rge.A], series[0, i + rge.B]
    share = series[THRESHOLDS, i + 2] if log_mu > t_L else 1.0
    y, y_R, n, n_V = sqrt(share * a), copysign(sqrt((1.0 - share) * a), p.Y_R), copysign(sqrt(b), -p.Y_L), 0.0
    if log_mu == t_L:
        y_R = p.Y_R
    if log_mu == t_S:
        n = -p.Y_L
    if log_mu == max(t_L, t_S):
        n_V = p.Y_Vp
        series[0, i + rge.D] = p.Y_V * p.Y_V
    a = y * y + y_R * y_R
    series[THRESHOLDS, i + 2] = y * y / a
    series[0, i + rge.A] = a
    series[0, i + rge.B] = n * n + n_V * n_V
    series[0, i + rge.C] = y * n + y_R * n_V
    series[0, i + rge.Y] = y
    series[0, i + rge.N] = n
    return 1 if log_mu == t_L else 0


@scalar
def _no_landau_pole(T: float, remaining: float) -> bool:
    """Whether no Yukawa coupling can reach 4 pi within an interval of tau, as dT/dtau < 5 T^2.

    For y_t d(3 y_t^2) < 2 (T + T/2) 3 y_t^2, for y and n, without their common term -3 c^2 each, 2 (T + 3 T/2) times
    the square.
    """
    return T < SIXTEEN_PI2 * (1.0 - 5.0 * T * remaining)


@scalar
def fill_scales(
    point: FloatArray,
    masses: FloatArray,
    setting: Setting,
    stored: FloatArray,
    marks: FloatArray,
    series: FloatArray,
    values: FloatArray,
    base: int,
) -> None:
    """Write mu_zero, mu_tunnel and mu_landau of a point, in GeV, to three places of a row of values.

    Parameters
    ----------
    point
        Parameters of the partners, valid by `g2fit.models.vll.partners.check`.
    masses
        Masses in GeV of the leptons that have partners, shape (G,).
    setting
        Constants and switches.
    stored, marks, series
        What `prepare` returns for the same masses; scales beyond its end are returned as that end. A run that fails
        gives NaN.
    values, base
        Row of values, and the index of mu_zero in it.
    """
    run_couplings(point, masses, setting, stored, marks, series, values, base)
    for event in range(3):
        values[base + event] = exp(min(values[base + event], marks[END]))


@scalar
def run_couplings(
    point: FloatArray,
    masses: FloatArray,
    setting: Setting,
    stored: FloatArray,
    marks: FloatArray,
    series: FloatArray,
    found: FloatArray,
    base: int,
) -> None:
    """Run the couplings from the lowest threshold of a point, and write ln(mu) of the events; see `fill_scales`."""
    leptons = len(masses)
    log_mu = log_end = marks[END]
    total = 0.0
    for g in range(leptons):
        p, i = read(point, g, masses[g], setting), FIRST + g * COLUMNS
        series[THRESHOLDS, i] = max(log(p.m_L), LOG_START)
        series[THRESHOLDS, i + 1] = max(log(p.m_S), LOG_START)
        log_mu = min(log_mu, series[THRESHOLDS, i], series[THRESHOLDS, i + 1])
        total += p.Y_L * p.Y_L + p.Y_R * p.Y_R + p.Y_V * p.Y_V + p.Y_Vp * p.Y_Vp
    _start_at(stored, marks, series, leptons, log_mu, found, base)
    total += trace(series, leptons, 0)
    landau = not _no_landau_pole(total, (log_end - log_mu) / SIXTEEN_PI2)
    doublets = 0
    while log_mu < log_end:
        log_next = log_end
        for g in range(leptons):
            i = FIRST + g * COLUMNS
            t_L, t_S = series[THRESHOLDS, i], series[THRESHOLDS, i + 1]
            if log_mu == t_L or log_mu == t_S:
                doublets += _activate(series, i, read(point, g, masses[g], setting), log_mu, t_L, t_S)
            if log_mu < t_L < log_next:
                log_next = t_L
            if log_mu < t_S < log_next:
                log_next = t_S
        if landau and found[base + LANDAU] == inf and _largest(series, leptons, 0.0, 0) >= SIXTEEN_PI2:
            found[base + LANDAU] = log_mu
        steps = 0
        while log_mu < log_next:
            if found[base + TUNNEL] < inf:
                remaining = (log_end - log_mu) / SIXTEEN_PI2
                if found[base + LANDAU] < inf or not landau:
                    return
                if log_next == log_end and _no_landau_pole(trace(series, leptons, 0), remaining):
                    return
            log_mu = _step(series, leptons, log_mu, log_next, doublets, found, base, landau)
            steps += 1
            if steps == MAX_STEPS or not log_mu <= log_next:
                found[base : base + 3] = nan
                return
