"""Scales up to which the model makes sense: instability of the Higgs potential and Landau poles of Yukawa couplings.

The couplings of `g2fit.models.vll.rge` run from `START` up to a given scale. Y_R takes part above m_L, Y_L above m_S,
Y_V and Y_V' above both; each has the value of the parameter at its own threshold (at `START` if the threshold is
lower), where couplings are matched at tree level. Three events are looked for:

    mu_zero     lambda = 0: a deeper minimum of the potential appears
    mu_tunnel   lambda = -(2 pi^2/3)/ln(tau_U mu): the vacuum would have decayed within the age of the Universe
    mu_landau   a Yukawa coupling (y_t, y_l, Y_R, Y_L, Y_V' or Y_V) is 4 pi; the pole is less than 0.4 away in ln(mu)

Other representations have the thresholds M_D of lambda_D, M_X of lambda_X, and the larger of both of lambda and
lambda_bar. With several triplets or doublets of hypercharge -3/2 the gauge couplings g' or g_2 grow, too: mu_landau is
then also where one of them is 4 pi, at which the run ends.

Above mu_tunnel lambda does not run any more (Yukawa couplings do not depend on it). A scale beyond the end of the run
is returned as that end.
"""

from math import exp, inf, log, nan

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.vll import rge
from g2fit.models.vll.equations import (
    Equations,
    activate,
    at_an_end,
    columns,
    gauge_coefficients,
    largest_coupling,
    masses_and_couplings,
    no_landau_pole,
    size,
    start,
)
from g2fit.models.vll.partners import OUT_OF_RANGE, VALID, Setting
from g2fit.models.vll.rge import AFTER, FIRST, LAMBDA, ORDER, SIXTEEN_PI2, STRETCH, THRESHOLDS
from g2fit.models.vll.running import LANDAU, TUNNEL, advance, evaluate, s_at

__all__ = ["START", "fill_scales", "prepare", "run_couplings", "write_scales"]

#: Scale in GeV at which the running starts: the mass of the top quark (1307.3536).
START = 173.34
#: MSbar couplings g', g_2, g_3, y_t and lambda at `START` (1307.3536).
G_PRIME, G_2, G_3, Y_TOP, QUARTIC = 0.35830, 0.64779, 1.1666, 0.93690, 0.12604
#: ln(`START`/GeV).
LOG_START = log(START)
#: Index of the end of the run after those of the events, and of the start of the first stored series.
END, STARTS = 3, 4
#: Most steps between two thresholds; a run that needs more gives NaN.
MAX_STEPS = 200
#: Most steps of the Standard Model alone.
MAX_STORED = 32


@scalar
def _start(series: FloatArray, masses: FloatArray, v: float, beta: Equations) -> None:
    """Set the couplings to those of the Standard Model at `START`."""
    series[:] = 0.0
    series[0, rge.TOP] = Y_TOP * Y_TOP
    series[0, rge.G1] = G_PRIME * G_PRIME
    series[0, rge.G2] = G_2 * G_2
    series[0, rge.G3] = G_3 * G_3
    series[0, LAMBDA] = QUARTIC
    series[0, STRETCH] = 1.0
    for g in range(len(masses)):
        start(series, FIRST + g * columns(beta), masses[g] / v, beta)


@scalar
def _copy_orders(series: FloatArray, first: int, target: FloatArray) -> None:
    """Copy the orders of a series from `first` on (element by element, which compiles faster than slices)."""
    for order in range(first, AFTER):
        for column in range(series.shape[1]):
            target[order, column] = series[order, column]


@scalar
def prepare(masses: FloatArray, v: float, run_to: float, beta: Equations) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Run the Standard Model up to `run_to`, and make room for the runs of a batch.

    Parameters
    ----------
    masses
        Masses in GeV of the leptons that have partners, shape (G,).
    v
        Vacuum expectation value in GeV, 174 or so.
    run_to
        End of the run in GeV.
    beta
        Which equations hold, see `g2fit.models.vll.equations`.

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
    width = FIRST + leptons * columns(beta)
    stored = np.zeros((most, ORDER + 1, width))
    marks = np.full(STARTS + MAX_STORED + 1, inf)
    series = np.zeros((THRESHOLDS + 1, width))
    _start(series, masses, v, beta)
    log_mu, log_end = LOG_START, log(run_to)
    b1, b2 = rge.b_g_prime(0), rge.b_g_2(0)
    marks[END] = log_end
    for i in range(most):
        marks[STARTS + i] = log_mu
        _copy_orders(series, 0, stored[i])
        if not log_mu < log_end:
            break
        series[1:] = 0.0
        log_mu = advance(series, leptons, log_mu, log_end, b1, b2, marks, True, beta)
        _copy_orders(series, 1, stored[i])
    return stored, marks, series


@scalar
def _start_at(
    stored: FloatArray,
    marks: FloatArray,
    series: FloatArray,
    leptons: int,
    log_mu: float,
    found: FloatArray,
    beta: Equations,
) -> None:
    """Set couplings and events to those of the Standard Model at ln(mu)."""
    step = 0
    while marks[STARTS + step + 1] <= log_mu:
        step += 1
    Q = 2.0 * rge.B3 * stored[step, 0, rge.G3]
    s = s_at(Q, (log_mu - marks[STARTS + step]) / SIXTEEN_PI2)
    evaluate(stored[step], leptons, s, ORDER, series, 0, beta)
    for event in range(3):
        found[event] = marks[event] if marks[event] <= log_mu else inf


@scalar
def fill_scales(
    partners: FloatArray,
    masses: FloatArray,
    setting: Setting,
    stored: FloatArray,
    marks: FloatArray,
    series: FloatArray,
    scales: FloatArray,
    beta: Equations,
) -> None:
    """Write mu_zero, mu_tunnel and mu_landau of a point, in GeV, to an array of three.

    Parameters
    ----------
    partners
        Valid parameters of the partners, in the form that belongs to `beta`.
    masses
        Masses in GeV of the leptons that have partners, shape (G,).
    setting
        Constants and switches.
    stored, marks, series
        What `prepare` returns for the same masses; scales beyond its end are returned as that end. A run that fails
        gives NaN.
    scales
        Room for the result, shape (3,).
    beta
        Which equations hold, see `g2fit.models.vll.equations`.
    """
    run_couplings(partners, masses, setting, stored, marks, series, scales, beta)
    for event in range(3):
        log_mu = scales[event]
        if log_mu >= marks[END]:
            scales[event] = setting.run_to
        else:
            scales[event] = min(exp(log_mu), setting.run_to) if log_mu < inf else nan


@scalar
def write_scales(scales: FloatArray, wanted: IntArray, row: FloatArray) -> int:
    """Write the scales of a point to the `wanted` columns of its row of predictions, and return the reason code.

    If one of them is not finite, as the run has failed, the whole row becomes NaN.
    """
    code = VALID
    for event in range(3):
        row[wanted[event]] = scales[event]
        if not abs(scales[event]) < inf:
            code = OUT_OF_RANGE
    if code != VALID:
        row[:] = nan
    return code


@scalar
def run_couplings(
    partners: FloatArray,
    masses: FloatArray,
    setting: Setting,
    stored: FloatArray,
    marks: FloatArray,
    series: FloatArray,
    found: FloatArray,
    beta: Equations,
) -> None:
    """Run the couplings from the lowest threshold of a point, and write ln(mu) of the events; see `fill_scales`."""
    leptons, width = len(masses), columns(beta)
    log_mu = log_end = marks[END]
    total = 0.0
    for g in range(leptons):
        i = FIRST + g * width
        m_D, m_X, squares = masses_and_couplings(partners, g, masses[g], setting, beta)
        series[THRESHOLDS, i] = max(log(m_D), LOG_START)
        series[THRESHOLDS, i + 1] = max(log(m_X), LOG_START)
        log_mu = min(log_mu, series[THRESHOLDS, i], series[THRESHOLDS, i + 1])
        total += squares
    _start_at(stored, marks, series, leptons, log_mu, found, beta)
    total += size(series, leptons, 0, beta)
    landau = not no_landau_pole(series, total, leptons, log_mu, log_end, beta)
    while log_mu < log_end:
        log_next = log_end
        for g in range(leptons):
            i = FIRST + g * width
            t_D, t_X = series[THRESHOLDS, i], series[THRESHOLDS, i + 1]
            if log_mu in (t_D, t_X):
                activate(series, g, partners, masses[g], setting, log_mu, beta)
            if log_mu < t_D < log_next:
                log_next = t_D
            if log_mu < t_X < log_next:
                log_next = t_X
        b1, b2 = gauge_coefficients(series, leptons, log_mu, beta)
        if landau and found[LANDAU] == inf and largest_coupling(series, leptons, 0.0, 0, beta) >= SIXTEEN_PI2:
            found[LANDAU] = log_mu
        steps = 0
        while log_mu < log_next:
            if found[TUNNEL] < inf:
                if found[LANDAU] < inf or not landau:
                    return
                T = size(series, leptons, 0, beta)
                if log_next == log_end and no_landau_pole(series, T, leptons, log_mu, log_end, beta):
                    return
            if at_an_end(series, beta):
                return
            log_mu = advance(series, leptons, log_mu, log_next, b1, b2, found, landau, beta)
            steps += 1
            if steps == MAX_STEPS or not log_mu <= log_next:
                found[:3] = nan
                return
