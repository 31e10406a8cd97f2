"""Higgs mediation: soft masses of sleptons as functions of the Yukawa coupling, and all self-consistent couplings.

The soft masses grow with the Yukawa coupling y (eq. 3.2 of 1906.08768). F = 1 + Delta, which depends on y^2 only,
therefore starts far from 1 where sleptons are light and tends to 1 where they are heavy; in between, left-right mixing
may make a slepton a tachyon. A lepton of tree-level coupling y_tree has a solution wherever y F(y^2), y > 0, equals
+y_tree (coupling y) or -y_tree (coupling -y). F is the same function for every lepton: it is sampled once, on a
logarithmic grid that is refined at every tachyon edge and ends where F remains close to 1. Each change of sign then
yields a root, and extrema that come close to +-y_tree are searched for pairs of roots.
"""

import math
from typing import NamedTuple

import numpy as np

import g2fit.models.mssm.threshold_corrections as corrections
from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.root_finding import Bracket, converged, narrowed, trial
from g2fit.models.mssm.setting import BINO, DECOUPLED, MIA
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, are_physical, higgs_vevs, sleptons_of
from g2fit.models.mssm.threshold_corrections import Terms

__all__ = ["CAPACITY", "MAX_MEDIATED", "Mediation", "find_mediated_branches", "mediated_lepton", "sample"]

#: Largest number of solutions of a lepton; no point with more is known, and one in 10^4 has four.
MAX_MEDIATED = 4
#: Largest number of samples of F.
CAPACITY = 600
#: Ratio of consecutive Yukawa couplings of the grid.
RATIO = 1.15
#: Largest Yukawa coupling of the grid: 4 pi, where perturbation theory ends.
Y_PERTURBATIVE = 4.0 * math.pi
#: Largest number of steps of the search for a root.
MAX_STEPS = 100
#: Golden section, (sqrt(5) - 1)/2.
GOLDEN = 0.6180339887498949
#: Relative distances to a tachyon edge at which samples are added.
EDGE_DISTANCES = np.array([3e-2, 1e-2, 1e-3, 1e-4, 1e-6, 0.0])


class Mediation(NamedTuple):
    """What F depends on besides y: flavour-blind parameters, level of Delta, expansion of the soft masses in y^2."""

    electroweakinos: Electroweakinos
    couplings: Couplings
    d: float  # GeV
    y_max: float  # largest y of the expansion
    delta: int
    m_W: float
    m_Z: float
    constant: float  # the neutralinos' part of the offset of `full_threshold`
    slopes: FloatArray  # coefficients of c_L (GeV^2) as a polynomial in y^2/y_max^2


@scalar
def mediated_lepton(m: float, y2: float, mediation: Mediation) -> Lepton:
    """Lepton of mass m with the soft masses at Yukawa coupling squared y2, eqs. 3.1 and 3.2 of 1906.08768.

    ``mL^2 = d^2 + c_L y^2, mR^2 = d^2 + 2 c_L y^2``; in the leading-logarithmic approximation c_L is a constant.
    """
    x = y2 / (mediation.y_max * mediation.y_max)
    c_L = 0.0
    for n in range(mediation.slopes.size - 1, -1, -1):
        c_L = c_L * x + mediation.slopes[n]
    d2 = mediation.d * mediation.d
    # Where d is larger than m_bar the running lowers masses squared, even below zero. They are set to zero here; the
    # D-terms then make the sneutrino a tachyon, and the point is rejected.
    return Lepton(m, math.sqrt(max(d2 + c_L * y2, 0.0)), math.sqrt(max(d2 + 2.0 * c_L * y2, 0.0)), 0.0)


@scalar
def _F(y: float, mediation: Mediation, terms: Terms) -> float:
    """1 + Delta at Yukawa coupling y; NaN with a tachyon (not at the levels ``mia`` and ``decoupled``)."""
    y2 = y * y
    lepton = mediated_lepton(0.0, y2, mediation)
    electroweakinos, couplings = mediation.electroweakinos, mediation.couplings
    if mediation.delta == MIA:
        return 1.0 + corrections.delta_mia(lepton, electroweakinos, couplings)
    if mediation.delta == DECOUPLED:
        return 1.0 + corrections.delta_decoupled(lepton, electroweakinos, couplings, mediation.m_W, mediation.m_Z)
    sleptons = sleptons_of(lepton, electroweakinos, couplings)
    if not are_physical(sleptons, y2):
        return math.nan
    if terms is None or mediation.delta == BINO:
        threshold = corrections.bino_threshold(electroweakinos, sleptons, couplings.g_Y)
        return corrections.one_plus_delta(y2, sleptons, threshold, None)
    threshold = corrections.full_threshold(electroweakinos, sleptons, couplings, mediation.constant)
    return corrections.one_plus_delta(y2, sleptons, threshold, terms)


@scalar
def _edge(inside: float, outside: float, mediation: Mediation, terms: Terms) -> float:
    """Last y without tachyon between `inside`, without, and `outside`, with a tachyon, exact to rounding."""
    for _ in range(60):
        middle = 0.5 * (inside + outside)
        if middle in (inside, outside):
            break
        lepton = mediated_lepton(0.0, middle * middle, mediation)
        sleptons = sleptons_of(lepton, mediation.electroweakinos, mediation.couplings)
        if are_physical(sleptons, middle * middle):
            inside = middle
        else:
            outside = middle
    return inside


@scalar
def _start_and_narrowest(mediation: Mediation) -> tuple[float, float, float]:
    """The y where F begins to vary, where the mass matrix has its smallest determinant, and from which mixing falls."""
    _, _, mu, tan_beta = mediation.electroweakinos
    v_d, _ = higgs_vevs(tan_beta, mediation.couplings.v)
    mixing = abs(mu) * tan_beta * v_d
    sleptons = sleptons_of(mediated_lepton(0.0, 0.0, mediation), mediation.electroweakinos, mediation.couplings)
    a, b = abs(sleptons.m2_L), abs(sleptons.m2_R)
    c_L, c_R = abs(mediation.slopes[0]) + v_d * v_d, 2.0 * abs(mediation.slopes[0]) + v_d * v_d
    start = 0.03 * min(math.sqrt(min(a, b) / c_R), math.sqrt(a * b) / mixing)
    narrowest = math.sqrt(math.sqrt(a * b / (c_L * c_R)))
    return max(start, 1e-9), narrowest, max(narrowest, mixing / math.sqrt(c_L * c_R))


@scalar
def sample(y_tree: float, mediation: Mediation, terms: Terms, grid: FloatArray) -> int:
    """Sample F for all leptons with tree-level couplings up to `y_tree`; return the number of samples.

    The rows of `grid`, (2, CAPACITY), receive growing y, and F; NaN separates intervals between which there is a
    tachyon.
    """
    y, narrowest, beyond = _start_and_narrowest(mediation)
    before, F_before = 0.0, math.nan
    n = 0
    room = CAPACITY - 2 * EDGE_DISTANCES.size - 2
    for _ in range(CAPACITY):
        if n >= room:
            break
        F = _F(y, mediation, terms)
        if before > 0.0 and math.isnan(F) != math.isnan(F_before):
            inside, outside = (before, y) if math.isnan(F) else (y, before)
            edge = _edge(inside, outside, mediation, terms)
            for k in range(EDGE_DISTANCES.size):
                if inside == before:  # an interval ends: towards its edge
                    near = edge * (1.0 - EDGE_DISTANCES[k])
                else:  # an interval begins: away from its edge
                    near = edge * (1.0 + EDGE_DISTANCES[EDGE_DISTANCES.size - 1 - k])
                if before < near < y or near == edge:
                    grid[0, n], grid[1, n] = near, _F(near, mediation, terms)
                    n += 1
        if not (math.isnan(F) and math.isnan(F_before) and n > 0):
            grid[0, n], grid[1, n] = y, F
            n += 1
        if y >= mediation.y_max:
            break
        if abs(F - 1.0) < 0.1 and y > 1.5 * y_tree and y > 1.5 * beyond:
            break
        before, F_before = y, F
        following = y * RATIO
        if y < narrowest < following:  # otherwise a narrow range of tachyons could hide between two samples
            following = narrowest
        y = min(following, mediation.y_max)
    return n


@scalar
def _root(a: float, b: float, target: float, mediation: Mediation, terms: Terms) -> float:
    """The y in [a, b] with y F(y^2) = target, which lies between the values at a and b."""
    f_a = a * _F(a, mediation, terms) - target if a > 0.0 else -target
    f_b = b * _F(b, mediation, terms) - target
    bracket = Bracket(a, b, f_a, f_b, 0)
    for step in range(MAX_STEPS):
        c = trial(bracket, step % 5 == 4)
        f_c = c * _F(c, mediation, terms) - target
        if converged(bracket, f_c, 2e-16 * abs(target)):
            return c
        bracket = narrowed(bracket, c, f_c)
    return trial(bracket, True)


@scalar
def _crossing_at_extremum(a: float, b: float, target: float, side: float, mediation: Mediation, terms: Terms) -> float:
    """A y in (a, b) with side (y F - target) < 0, by golden-section search for its minimum; NaN if there is none."""
    ratio = GOLDEN  # of the interval that remains after each step
    y_1, y_2 = b - ratio * (b - a), a + ratio * (b - a)
    g_1 = side * (y_1 * _F(y_1, mediation, terms) - target)
    g_2 = side * (y_2 * _F(y_2, mediation, terms) - target)
    for _ in range(40):
        if g_1 < 0.0:
            return y_1
        if g_2 < 0.0:
            return y_2
        if g_1 < g_2:
            b, y_2, g_2 = y_2, y_1, g_1
            y_1 = b - ratio * (b - a)
            g_1 = side * (y_1 * _F(y_1, mediation, terms) - target)
        else:
            a, y_1, g_1 = y_1, y_2, g_2
            y_2 = a + ratio * (b - a)
            g_2 = side * (y_2 * _F(y_2, mediation, terms) - target)
        if b - a < 1e-8 * b:
            break
    return math.nan


@scalar
def _may_hide_two_roots(g_earlier: float, g: float, g_later: float) -> bool:
    """Whether the middle one of three samples on one side of zero is so close to it that two roots may lie near it."""
    if not (abs(g) < abs(g_earlier) and abs(g) <= abs(g_later) and g_earlier * g_later > 0.0):
        return False
    return abs(g) < max(abs(g_later - g), abs(g_earlier - g))


@scalar
def _insert(y: float, count: int, roots: FloatArray) -> int:
    """Insert a coupling into `roots`, sorted by |y|; return the new count."""
    if count == roots.size or not math.isfinite(y):
        return count
    k = count
    while k > 0 and abs(roots[k - 1]) > abs(y):
        roots[k] = roots[k - 1]
        k -= 1
    roots[k] = y
    return count + 1


@scalar
def find_mediated_branches(
    y_tree: float, n: int, grid: FloatArray, mediation: Mediation, terms: Terms, roots: FloatArray
) -> int:
    """Find all self-consistent Yukawa couplings of a lepton without tachyons; return their number.

    The coupling without threshold correction is `y_tree` > 0, and `grid` has `n` samples, see `sample`. `roots`, of
    length MAX_MEDIATED, receives the couplings by growing |y|.
    """
    count = 0
    for sign in (1.0, -1.0):
        target = sign * y_tree
        before, g_before, g_earlier, earlier = 0.0, -target, math.nan, 0.0
        for i in range(n):
            y = grid[0, i]
            g = y * grid[1, i] - target
            if (g > 0.0 and g_before <= 0.0) or (g <= 0.0 and g_before > 0.0):
                count = _insert(sign * _root(before, y, target, mediation, terms), count, roots)
            elif _may_hide_two_roots(g_earlier, g_before, g):
                side = 1.0 if g > 0.0 else -1.0
                y_across = _crossing_at_extremum(earlier, y, target, side, mediation, terms)
                if not math.isnan(y_across):
                    count = _insert(sign * _root(earlier, y_across, target, mediation, terms), count, roots)
                    count = _insert(sign * _root(y_across, y, target, mediation, terms), count, roots)
            earlier, g_earlier = before, g_before
            before, g_before = y, g
    return count
