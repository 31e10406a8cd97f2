"""All Yukawa couplings that reproduce a lepton mass: the roots of y (1 + Delta(y^2)) = y_tree below the tachyon edge.

Let F(y^2) = 1 + Delta(y^2), and take F(0) > 0 (for F(0) < 0 exchange the signs of y below). The mass of the lighter
slepton falls with y^2; the bino diagram therefore grows, faster and faster, up to the edge y_max at which a slepton
becomes massless.

- Delta < 0: y F is concave for y > 0 and has two roots or none there (one if it is still above y_tree at the edge);
  -y F is convex once positive and has one root at y < 0 if it exceeds y_tree at the edge. Up to three solutions.
- Delta > 0: y F rises; one solution or none.

The *natural* solution, or branch, is the smallest root with the sign of F(0): the one that is connected with
decoupling. It ceases to exist where it merges with the second root. Roots found in this order have growing |y|. The
chords of a concave function lie above it further on; the secant steps from y_tree/F(0) therefore never jump over the
first root: they converge to it, or they prove that there is none.

With the complete self-energy, light higgsinos whose couplings are |y| >> 4 pi can bend y F once more and add pairs of
roots there. Those are beyond perturbation theory and not searched; below |y| = 4 pi dense scans find no other root.
"""

import math

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.root_finding import Bracket, converged, narrowed, trial
from g2fit.models.mssm.spectrum import Sleptons, yukawa_edge
from g2fit.models.mssm.threshold_corrections import Terms, Threshold, one_plus_delta, one_plus_delta_at_edge

__all__ = ["MAX_BRANCHES", "find_branches"]

#: Largest number of solutions of a lepton.
MAX_BRANCHES = 3
#: Relative size of the secant step after which the search ends; the root is then exact to rounding.
LAST_STEP = 1e-10
#: Steps after which a search gives up; near a merging pair of roots the error only halves with each step.
MAX_STEPS = 80


@scalar
def _first_root(
    y_tree: float, y_edge: float, F_0: float, sleptons: Sleptons, threshold: Threshold, terms: Terms
) -> float:
    """|y| of the smallest root on the side of F(0)'s sign, or NaN if the secant steps find none."""
    sign = 1.0 if F_0 >= 0.0 else -1.0
    y2_before, G_before = 0.0, sign * F_0
    y = y_tree / G_before
    if not y < y_edge:
        y = 0.999 * y_edge
    for _ in range(MAX_STEPS):
        y2 = y * y
        G = sign * one_plus_delta(y2, sleptons, threshold, terms)
        slope = G + 2.0 * y2 * (G - G_before) / (y2 - y2_before)  # of y G, G'(y^2) being the secant's
        if not slope > 0.0:
            return math.nan
        step = (y_tree - y * G) / slope
        if abs(step) <= LAST_STEP * y:
            return y + step
        y2_before, G_before = y2, G
        if y + step >= y_edge:
            return math.nan
        y = max(y + step, 0.1 * y)
    return math.nan


@scalar
def _root_between(
    a: float, b: float, side: float, y_tree: float, sleptons: Sleptons, threshold: Threshold, terms: Terms
) -> float:
    """|y| in [a, b] with side |y| F(y^2) = y_tree, which lies between the values at a and b; b may be the edge."""
    f_a = side * a * one_plus_delta(a * a, sleptons, threshold, terms) - y_tree
    if f_a == 0.0:
        return a
    f_b = side * b * one_plus_delta_at_edge(b * b, sleptons, threshold, terms) - y_tree
    bracket = Bracket(a, b, f_a, f_b, 0)
    for step in range(MAX_STEPS):
        c = trial(bracket, step % 4 == 3)
        f_c = side * c * one_plus_delta(c * c, sleptons, threshold, terms) - y_tree
        if converged(bracket, f_c, 1e-16 * y_tree):
            return c
        bracket = narrowed(bracket, c, f_c)
    return trial(bracket, True)


@scalar
def find_branches(
    y_tree: float, sleptons: Sleptons, threshold: Threshold, terms: Terms, everything: bool, roots: FloatArray
) -> tuple[int, bool]:
    """Find the Yukawa couplings that give one lepton its mass; `y_tree` > 0 is without threshold correction.

    `roots`, of length 3, receives them by growing |y|: with `everything` all of them, else the natural one if it
    exists. Returned are the number of roots, also of those not computed (-1 for a tachyonic slepton at y = 0), and
    whether the natural solution exists, which is then the first root.
    """
    y_edge = yukawa_edge(sleptons)
    if math.isnan(y_edge):
        return -1, False
    F_0 = one_plus_delta(0.0, sleptons, threshold, terms)
    sign = 1.0 if F_0 >= 0.0 else -1.0
    if y_edge == math.inf:  # |mu| is so small that Delta is a few per cent at most: one root
        roots[0] = sign * _first_root(y_tree, y_edge, F_0, sleptons, threshold, terms)
        return (1, True) if math.isfinite(roots[0]) else (0, False)

    G_edge = sign * one_plus_delta_at_edge(y_edge * y_edge, sleptons, threshold, terms)
    above_at_edge = y_edge * G_edge >= y_tree
    falling = G_edge < abs(F_0)
    y = math.nan
    if falling or above_at_edge:
        y = _first_root(y_tree, y_edge, F_0, sleptons, threshold, terms)
        if math.isnan(y) and above_at_edge:
            y = _root_between(0.0, y_edge, sign, y_tree, sleptons, threshold, terms)
    natural = not math.isnan(y)
    count = 0
    if natural:
        roots[0] = sign * y
        count = 1
        if not above_at_edge:  # the concave function has come down again before the edge
            if everything:
                roots[1] = sign * _root_between(y * (1.0 + 1e-9), y_edge, sign, y_tree, sleptons, threshold, terms)
            count = 2
    if -y_edge * G_edge >= y_tree:
        if everything:
            roots[count] = -sign * _root_between(0.0, y_edge, -sign, y_tree, sleptons, threshold, terms)
        count += 1
    return count, natural
