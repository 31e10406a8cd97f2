"""The slepton mass at which an anomalous magnetic moment is as measured: the centre of a narrow ridge of the posterior.

Near 1 + Delta_l = 0 the moment is a_l = K/(1 + Delta_l). A measurement of it therefore fixes 1 + Delta_l to a few per
cent or better, and with it one parameter, given the others. The function c = A_0/a_l - 1 of s = ln mL_l, with the
measured moment A_0, is smooth through the pole. Its zero and its slope there are all that a sampler needs to
straighten the ridge; errors of either cost efficiency, never correctness.
"""

import math
from typing import NamedTuple

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.gminus2 import a_bino_mia, delta_qed
from g2fit.models.mssm.kernels import (
    acceptable,
    couplings_of,
    electroweakinos_of,
    generation_of,
    lepton_of,
    read_point,
    read_scheme,
)
from g2fit.models.mssm.lepton_solutions import Generation, prepare, solve_lepton, with_moment
from g2fit.models.mssm.root_finding import Bracket, narrowed, trial
from g2fit.models.mssm.rows import Found, put, read_solution, room_for
from g2fit.models.mssm.setting import OK, QED_NONE, VACUUM, OnShell, Setting, TwoLoop, Work
from g2fit.models.mssm.spectrum import Electroweakinos, Lepton
from g2fit.models.mssm.threshold_corrections import delta_mia
from g2fit.models.mssm.two_loop.logarithms import light_logs
from g2fit.models.mssm.workspace import LIGHT_LOGS
from g2fit.models.mssm.yukawa_solutions import MAX_BRANCHES

__all__ = ["ridge_centres"]

#: Distance in ln mL from the prior's range up to which a centre still matters.
MARGIN = 0.7
#: Step from a point without natural solution, in errors of the measurement.
SKIP = 0.75
#: Largest number of such steps: what is farther away has no weight.
MAX_SKIPS = 8
#: Largest number of steps of either search for the zero.
MAX_STEPS = 40
#: Step in ln mL of the difference quotient that gives the slope in the mass-insertion approximation.
DIFFERENCE = 1e-4


class Target(NamedTuple):
    """A lepton whose mL is looked for, its measured moment, and the `coupling_scheme` of the point."""

    lepton: Lepton
    electroweakinos: Electroweakinos
    setting: Setting
    moment: float
    scheme: float


@scalar
def _at(s: float, target: Target, on_shell: OnShell) -> Generation:
    """Generation of the lepton with mL = exp(s)."""
    m, _, mR, A = target.lepton
    lepton = Lepton(m, math.exp(s), mR, A)
    couplings = couplings_of(lepton, target.setting, target.scheme, on_shell)
    return generation_of(lepton, target.electroweakinos, couplings, target.setting)


@scalar
def _centred_mia(s: float, target: Target, on_shell: OnShell) -> tuple[float, float]:
    """Evaluate c(s) in the mass-insertion approximation, where it exists for all s, and a g(s) with the same zeros.

    Far away Delta_l is a power of the masses, so that g = ln(-Delta_l) - ln(1 - a/A_0) is nearly straight where
    Delta_l < 0; elsewhere g = c/(1 + |c|), which grows less than c.
    """
    lepton, electroweakinos, couplings, _ = _at(s, target, on_shell)
    a = a_bino_mia(lepton, electroweakinos, couplings.g_Y)
    if target.setting.qed > QED_NONE:
        a *= 1.0 - delta_qed(lepton.m, min(lepton.mL, lepton.mR), target.setting.alpha)
    delta = delta_mia(lepton, electroweakinos, couplings)
    c = target.moment * (1.0 + delta) / a - 1.0
    if delta < 0.0:
        return c, math.log(-delta / max(1.0 - a / target.moment, 1e-3))
    return c, c / (1.0 + abs(c))


@scalar
def _centred(s: float, target: Target, work: Work, two_loop: TwoLoop, on_shell: OnShell, found: Found) -> float:
    """Evaluate c(s) at the levels of the options, for the natural solution; NaN where there is none."""
    generation, setting = _at(s, target, on_shell), target.setting
    if setting.running:
        prepare(generation.electroweakinos, generation.couplings, work, two_loop)
    count, natural, problem = solve_lepton(generation, setting, work, found)
    if problem != OK or count == 0 or not natural or (found.codes[0] != OK and found.codes[0] != VACUUM):
        return math.nan
    solution, _ = with_moment(read_solution(found.solutions[0]), generation, setting, work, two_loop)
    return float(target.moment / solution.delta_a - 1.0)


@scalar
def _mia_root(low: float, high: float, target: Target, on_shell: OnShell) -> tuple[float, float]:
    """Return the zero of c in the mass-insertion approximation and the slope there; slope 0 if there is no zero."""
    g_low, g_high = _centred_mia(low, target, on_shell)[1], _centred_mia(high, target, on_shell)[1]
    bracket = Bracket(low, high, g_low, g_high, 0)
    if not bracket.f_a * bracket.f_b < 0.0:
        return 0.0, 0.0
    s, c = 0.0, 0.0
    for _ in range(MAX_STEPS):
        s = trial(bracket, False)
        c, g = _centred_mia(s, target, on_shell)
        if abs(c) < 1e-2:
            break
        bracket = narrowed(bracket, s, g)
    return s, (_centred_mia(s + DIFFERENCE, target, on_shell)[0] - c) / DIFFERENCE


@scalar
def _centre(
    low: float,
    high: float,
    error: float,
    target: Target,
    work: Work,
    two_loop: TwoLoop,
    on_shell: OnShell,
    found: Found,
) -> tuple[float, float]:
    """Return the zero of c, whose error is given, and the slope there; slope 0 if no zero is found in [low, high]."""
    s, slope = _mia_root(low, high, target, on_shell)
    if slope == 0.0:
        return 0.0, 0.0
    f = math.nan
    for _ in range(MAX_SKIPS):
        f = _centred(s, target, work, two_loop, on_shell, found)
        if f == f:
            break
        s += SKIP * error / slope  # next to the pole, left-right mixing may leave no natural solution
        if not low < s < high:
            return 0.0, 0.0
    if f != f:
        return 0.0, 0.0
    for _ in range(MAX_STEPS):
        if abs(f) < min(0.05 * error, 1e-2):
            break
        new = min(max(s - f / slope, s - 0.5), s + 0.5)
        value = _centred(new, target, work, two_loop, on_shell, found)
        if value != value:
            new = 0.5 * (new + s)
            value = _centred(new, target, work, two_loop, on_shell, found)
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
    bounds: tuple[float, float],
    datum: tuple[float, float],
    setting: Setting,
    work: Work,
    two_loop: TwoLoop,
    on_shell: OnShell,
    position: FloatArray,
    slope: FloatArray,
) -> None:
    """Find the centre of the ridge of lepton `k` (0: e, 1: mu) for each point, see `Model.ridge_centres`.

    `position` receives ln(mL/GeV) at the centre and `slope` that of c there, 0 if there is no ridge. `bounds` are those
    of ln(mL/GeV) under the prior. `setting` asks for the natural solution only, without vacuum condition.
    """
    low, high = bounds
    moment, error = datum
    found = room_for(MAX_BRANCHES)
    for i in range(theta.shape[0]):
        point = read_point(theta[i], setting.trilinear)
        position[i] = 0.0
        slope[i] = 0.0
        if not acceptable(point) or point.M1 == 0.0 or point.mu == 0.0:
            continue
        lepton = lepton_of(point, k, setting)
        target = Target(lepton, electroweakinos_of(point), setting, moment, read_scheme(theta[i], on_shell))
        if work is not None and two_loop is not None:
            put(work, LIGHT_LOGS, 0, light_logs(point.mL_e, point.mR_e, point.mL_mu, point.mR_mu))
        if not setting.running:
            prepare(target.electroweakinos, setting.couplings, work, two_loop)
        relative = error / abs(moment)
        position[i], slope[i] = _centre(low - MARGIN, high + MARGIN, relative, target, work, two_loop, on_shell, found)
