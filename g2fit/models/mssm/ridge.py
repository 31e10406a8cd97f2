"""Where a slepton mass makes an anomalous magnetic moment what was measured: the centre of a thin ridge.

Near 1 + Delta_l = 0 the moment is a_l = K/(1 + Delta_l): a measurement of it confines 1 + Delta_l to a few per cent or
less, hence one parameter given the others. The function c = A_0/a_l - 1 of s = ln mL_l is smooth through the pole; its
zero and its slope there are all that a sampler needs to straighten the ridge. Inexact values cost it efficiency and
never correctness.
"""

from __future__ import annotations

import math

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.mssm.branches import MAX_BRANCHES
from g2fit.models.mssm.gminus2 import a_bino_mia, delta_qed
from g2fit.models.mssm.kernels import _acceptable, _couplings_of, _read_lepton, _sleptons_of
from g2fit.models.mssm.lepton_solutions import (
    AMU_FULL,
    BRANCH_COLUMNS,
    FULL,
    OK,
    VACUUM,
    A,
    Levels,
    Work,
    anomalous_moment,
    prepare_moment,
    prepare_threshold,
    solve_lepton,
)
from g2fit.models.mssm.spectrum import Gauginos, Lepton
from g2fit.models.mssm.yukawa import delta_mia

__all__ = ["ridge_centres"]

#: How far beyond the prior's edges a centre may lie and still matter, in ln mL.
MARGIN = 0.7

#: Step beyond an undefined point, in errors of the datum, and most of them: what is farther away has no weight.
SKIP, MAX_SKIPS = 0.75, 8

MAX_STEPS = 40


@scalar
def _at(lepton: Lepton, s: float) -> Lepton:
    """Return the lepton with mL = exp(s)."""
    return Lepton(lepton.m, math.exp(s), lepton.mR, lepton.A)


@scalar
def _centred_mia(
    s: float, lepton: Lepton, gauginos: Gauginos, sm: FloatArray, levels: Levels, datum: float
) -> tuple[float, float]:
    """Evaluate c(s) in the mass-insertion approximation, where it is defined everywhere, and g(s) with its zeros.

    Delta_l is a power of the masses far away: g = ln(-Delta_l) - ln(1 - a/A_0) is nearly straight where Delta_l < 0;
    elsewhere c/(1 + |c|) tames the growth of c.
    """
    moved = _at(lepton, s)
    couplings = _couplings_of(moved, sm, levels)
    a = a_bino_mia(moved, gauginos, couplings.g_Y)
    if levels.qed > 0:
        a *= 1.0 - delta_qed(lepton.m, min(moved.mL, moved.mR), sm[5])
    delta = delta_mia(moved, gauginos, couplings)
    c = datum * (1.0 + delta) / a - 1.0
    if delta < 0.0:
        return c, math.log(-delta / max(1.0 - a / datum, 1e-3))
    return c, c / (1.0 + abs(c))


@scalar
def _centred(
    s: float,
    lepton: Lepton,
    gauginos: Gauginos,
    sm: FloatArray,
    levels: Levels,
    datum: float,
    work: Work,
    roots: FloatArray,
    values: FloatArray,
    codes: IntArray,
) -> float:
    """Evaluate c(s) at the levels of the options, on the natural branch; NaN where there is none."""
    moved = _at(lepton, s)
    couplings = _couplings_of(moved, sm, levels)
    generation = _sleptons_of(moved, gauginos, couplings, levels)
    if work is not None and levels.running == 1:
        _prepare(gauginos, moved, sm, levels, work)
    count, natural, problem = solve_lepton(
        moved, gauginos, couplings, generation, sm[7], sm[6], sm[8], levels, work, roots, values, codes
    )
    if problem != OK or count == 0 or not natural or (codes[0] != OK and codes[0] != VACUUM):
        return math.nan
    anomalous_moment(moved, gauginos, couplings, generation, sm[5], levels, work, values[0])
    return float(datum / values[0, A] - 1.0)


@scalar
def _prepare(gauginos: Gauginos, lepton: Lepton, sm: FloatArray, levels: Levels, work: FloatArray) -> None:
    """Neutralinos and charginos of both calculations into the workspace."""
    couplings = _couplings_of(lepton, sm, levels)
    v_d = couplings.v / math.sqrt(1.0 + gauginos.tan_beta * gauginos.tan_beta)
    if levels.delta == FULL:
        prepare_threshold(gauginos, couplings, gauginos.tan_beta * v_d, work)
    if levels.amu == AMU_FULL:
        prepare_moment(gauginos, couplings, v_d, gauginos.tan_beta * v_d, work)


@scalar
def _mia_root(
    low: float, high: float, lepton: Lepton, gauginos: Gauginos, sm: FloatArray, levels: Levels, datum: float
) -> tuple[float, float]:
    """Return the zero of c in the mass-insertion approximation and the slope there; slope 0 if there is no zero."""
    a, b = low, high
    g_a = _centred_mia(a, lepton, gauginos, sm, levels, datum)[1]
    g_b = _centred_mia(b, lepton, gauginos, sm, levels, datum)[1]
    if not g_a * g_b < 0.0:
        return 0.0, 0.0
    side, s, c = 0, 0.0, 0.0
    for _ in range(MAX_STEPS):
        s = (a * g_b - b * g_a) / (g_b - g_a)
        c, g = _centred_mia(s, lepton, gauginos, sm, levels, datum)
        if abs(c) < 1e-2:
            break
        if g * g_b > 0.0:
            b, g_b = s, g
            if side == 1:
                g_a *= 0.5
            side = 1
        else:
            a, g_a = s, g
            if side == -1:
                g_b *= 0.5
            side = -1
    step = 1e-4
    return s, (_centred_mia(s + step, lepton, gauginos, sm, levels, datum)[0] - c) / step


@scalar
def _centre(
    low: float,
    high: float,
    error: float,
    lepton: Lepton,
    gauginos: Gauginos,
    sm: FloatArray,
    levels: Levels,
    datum: float,
    work: Work,
    roots: FloatArray,
    values: FloatArray,
    codes: IntArray,
) -> tuple[float, float]:
    """Return the zero of c, whose error is given, and the slope there; slope 0 if no zero is found in [low, high]."""
    s, slope = _mia_root(low, high, lepton, gauginos, sm, levels, datum)
    if slope == 0.0:
        return 0.0, 0.0
    f = math.nan
    for _ in range(MAX_SKIPS):
        f = _centred(s, lepton, gauginos, sm, levels, datum, work, roots, values, codes)
        if f == f:
            break
        s += SKIP * error / slope  # mixing has eaten the branch next to the pole
        if not low < s < high:
            return 0.0, 0.0
    if f != f:
        return 0.0, 0.0
    for _ in range(MAX_STEPS):
        if abs(f) < min(0.05 * error, 1e-2):
            break
        new = min(max(s - f / slope, s - 0.5), s + 0.5)
        value = _centred(new, lepton, gauginos, sm, levels, datum, work, roots, values, codes)
        if value != value:
            new = 0.5 * (new + s)
            value = _centred(new, lepton, gauginos, sm, levels, datum, work, roots, values, codes)
            if value != value:
                return 0.0, 0.0
        if new != s and (value - f) * (new - s) * slope > 0.0:
            slope = (value - f) / (new - s)
        s, f = new, value
    return s - f / slope, slope


@kernel
def ridge_centres(
    theta: FloatArray,
    k: int,
    low: float,
    high: float,
    datum: float,
    error: float,
    sm: FloatArray,
    options: IntArray,
    work: FloatArray | None,
    position: FloatArray,
    slope: FloatArray,
) -> None:
    """Find the centre of lepton k's ridge for each point.

    Parameters
    ----------
    theta : (N, P) array
        Points; mL of lepton `k` is ignored.
    k : int
        0 for the electron, 1 for the muon.
    low, high : float
        Range of ln(mL/GeV) under the prior.
    datum, error : float
        Measured anomalous magnetic moment and its error.
    sm, options, work : arrays
        As for `kernels.evaluate`.
    position, slope : (N,) arrays
        Receive ln(mL/GeV) at the centre and the slope of c there; slope 0 if there is no ridge.
    """
    levels = Levels(options[0], options[1], options[2], options[3], 0, 0, options[6], options[7], options[8])
    roots = np.empty(MAX_BRANCHES)
    values = np.empty((MAX_BRANCHES, BRANCH_COLUMNS))
    codes = np.empty(MAX_BRANCHES, dtype=np.int64)
    for i in range(theta.shape[0]):
        point = theta[i]
        position[i] = 0.0
        slope[i] = 0.0
        if not _acceptable(point) or point[0] == 0.0 or point[2] == 0.0:
            continue
        gauginos = Gauginos(point[0], point[1], point[2], point[3])
        lepton = _read_lepton(point, sm, k, levels)
        if work is not None and levels.running == 0:
            _prepare(gauginos, lepton, sm, levels, work)
        position[i], slope[i] = _centre(
            low - MARGIN,
            high + MARGIN,
            error / abs(datum),
            lepton,
            gauginos,
            sm,
            levels,
            datum,
            work,
            roots,
            values,
            codes,
        )
