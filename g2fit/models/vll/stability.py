"""Scales up to which the model makes sense: instability of the Higgs potential and Landau poles of Yukawa couplings.

The couplings of `g2fit.models.vll.rge` run from `START` up to a given scale. Y_R takes part above m_L, Y_L above m_S,
Y_V and Y_V' above both; each has the value of the parameter at its own threshold (at `START` if the threshold is
lower), where couplings are matched at tree level. Three events are looked for:

    mu_zero     lambda = 0: a deeper minimum of the potential appears
    mu_tunnel   lambda = -(2 pi^2/3)/ln(tau_U mu): the vacuum would have decayed within the age of the Universe
    mu_landau   a Yukawa coupling (y_t, y_l, Y_R, Y_L, Y_V' or Y_V) is 4 pi; the pole is less than 0.4 away in ln(mu)

Above mu_tunnel lambda does not run any more (Yukawa couplings do not depend on it). A scale beyond the end of the run
is returned as that end.
"""

from math import copysign, exp, inf, log, nan, sqrt

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll import rge
from g2fit.models.vll.partners import Partners, Setting, read
from g2fit.models.vll.rge import COLUMNS, FIRST, LAMBDA, ORDER, SIXTEEN_PI2, STRETCH, trace
from g2fit.models.vll.running import AFTER, LANDAU, TUNNEL, advance, evaluate, largest_yukawa, s_at

__all__ = ["START", "fill_scales", "prepare", "run_couplings"]

#: Scale in GeV at which the running starts: the mass of the top quark (1307.3536).
START = 173.34
#: MSbar couplings g', g_2, g_3, y_t and lambda at `START` (1307.3536).
G_PRIME, G_2, G_3, Y_TOP, QUARTIC = 0.35830, 0.64779, 1.1666, 0.93690, 0.12604
#: ln(`START`/GeV).
LOG_START = log(START)
#: Row of the table of series for ln(mu/GeV) at m_L and at m_S, and y_l^2/|y|^2.
THRESHOLDS = AFTER + 1
#: Index of the end of the run after those of the events, and of the start of the first stored series.
END, STARTS = 3, 4
#: Most steps between two thresholds; a run that needs more gives NaN.
MAX_STEPS = 200
#: Most steps of the Standard Model alone.
MAX_STORED = 32


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
    leptons, most = len(masses), MAX_STORED if run_to > START else 1
    stored = np.zeros((most, ORDER + 1, FIRST + leptons * COLUMNS))
    marks = np.full(STARTS + MAX_STORED + 1, inf)
    series = np.zeros((THRESHOLDS + 1, FIRST + leptons * COLUMNS))
    _start(series, masses, v)
    log_mu, log_end = LOG_START, log(run_to)
    marks[END] = log_end
    for i in range(most):
        marks[STARTS + i] = log_mu
        if not log_mu < log_end:
            stored[i] = series[:AFTER]
            break
        first = series[0].copy()
        series[1:] = 0.0
        log_mu = advance(series, leptons, log_mu, log_end, 0, marks, 0, True)
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
    s = s_at(Q, (log_mu - marks[STARTS + step]) / SIXTEEN_PI2)
    evaluate(stored[step], leptons, s, ORDER, series, 0)
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
    return SIXTEEN_PI2 * (1.0 - 5.0 * T * remaining) > T


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
        log_mu = values[base + event]
        if log_mu >= marks[END]:
            values[base + event] = setting.run_to
        else:
            values[base + event] = min(exp(log_mu), setting.run_to) if log_mu < inf else nan


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
            if log_mu in (t_L, t_S):
                doublets += _activate(series, i, read(point, g, masses[g], setting), log_mu, t_L, t_S)
            if log_mu < t_L < log_next:
                log_next = t_L
            if log_mu < t_S < log_next:
                log_next = t_S
        if landau and found[base + LANDAU] == inf and largest_yukawa(series, leptons, 0.0, 0) >= SIXTEEN_PI2:
            found[base + LANDAU] = log_mu
        steps = 0
        while log_mu < log_next:
            if found[base + TUNNEL] < inf:
                remaining = (log_end - log_mu) / SIXTEEN_PI2
                if found[base + LANDAU] < inf or not landau:
                    return
                if log_next == log_end and _no_landau_pole(trace(series, leptons, 0), remaining):
                    return
            log_mu = advance(series, leptons, log_mu, log_next, doublets, found, base, landau)
            steps += 1
            if steps == MAX_STEPS or not log_mu <= log_next:
                found[base : base + 3] = nan
                return
