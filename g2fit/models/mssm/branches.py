"""All Yukawa couplings that reproduce a lepton mass: the roots of y (1 + Delta(y^2)) = y_tree below the tachyon edge.

Let F(y^2) = 1 + Delta(y^2), and take F(0) > 0 (for F(0) < 0 exchange the signs of y below). The light slepton
mass falls with y^2, hence the size of the bino diagram grows and grows ever faster, up to the edge y_max where a
slepton becomes massless.

- Delta < 0: y F is concave for y > 0 and has two roots or none there (one if it is still above y_tree at the edge);
  -y F is convex once positive and has one root at y < 0 if it exceeds y_tree at the edge. Up to three branches.
- Delta > 0: y F rises, one branch or none.

The *natural* branch is the smallest root on the side of F(0)'s sign: the one that decoupling leads to. Where its pair
has merged and vanished it does not exist. Roots found in this order have growing |y|. Because the chords of a concave
function lie above it further on, the secant steps from y_tree/F(0) never jump over the first root: they converge to
it, or they prove that there is none.

With the complete self-energy, light higgsinos whose couplings are |y| >> 4 pi can bend y F once more and add pairs of
roots there. Those are beyond perturbation theory and not looked for; below |y| = 4 pi dense scans find no other root.
"""

from __future__ import annotations

import math

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.spectrum import Sleptons, yukawa_edge
from g2fit.models.mssm.yukawa import Threshold, one_plus_delta, one_plus_delta_at_edge

__all__ = ["MAX_BRANCHES", "find_branches"]

#: Neutralinos of the complete threshold correction, or None for the bino diagram.
Terms = FloatArray | None
#: Largest number of roots.
MAX_BRANCHES = 3
#: The last secant step taken is this small; the root is then exact to rounding.
LAST_STEP = 1e-10
#: Steps before a search gives up; near a merging pair of roots the convergence is linear (factor 2 a step).
MAX_STEPS = 80


@scalar
def _first_root(
    y_tree: float,
    y_edge: float,
    F_0: float,
    generation: Sleptons,
    threshold: Threshold,
    terms: FloatArray | None,
) -> float:
    """|y| of the smallest root on the side of F(0)'s sign, or NaN if the secant steps find none."""
    sign = 1.0 if F_0 >= 0.0 else -1.0
    y2_before, G_before = 0.0, sign * F_0
    y = y_tree / G_before
    if not y < y_edge:
        y = 0.999 * y_edge
    for _ in range(MAX_STEPS):
        y2 = y * y
        G = sign * one_plus_delta(y2, generation, threshold, terms)
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
    a: float,
    b: float,
    side: float,
    y_tree: float,
    generation: Sleptons,
    threshold: Threshold,
    terms: FloatArray | None,
) -> float:
    """|y| in [a, b] with side |y| F(y^2) = y_tree, where the two sides differ in sign (Illinois false position).

    `b` may be the edge, where only the sign of the function is used.
    """
    f_a = side * a * one_plus_delta(a * a, generation, threshold, terms) - y_tree
    if f_a == 0.0:
        return a
    f_b = side * b * one_plus_delta_at_edge(b * b, generation, threshold, terms) - y_tree
    kept = 0
    for step in range(MAX_STEPS):
        c = 0.5 * (a + b) if step % 4 == 3 else (a * f_b - b * f_a) / (f_b - f_a)
        f_c = side * c * one_plus_delta(c * c, generation, threshold, terms) - y_tree
        if abs(f_c) <= 1e-16 * y_tree or b - a <= 4e-16 * b:
            return c
        if (f_c > 0.0) == (f_a > 0.0):
            a, f_a = c, f_c
            if kept == 1:
                f_b *= 0.5
            kept = 1
        else:
            b, f_b = c, f_c
            if kept == -1:
                f_a *= 0.5
            kept = -1
    return 0.5 * (a + b)


@scalar
def find_branches(
    y_tree: float,
    generation: Sleptons,
    threshold: Threshold,
    terms: FloatArray | None,
    everything: bool,
    roots: FloatArray,
) -> tuple[int, bool]:
    """Find the Yukawa couplings of one lepton.

    Parameters
    ----------
    y_tree : float
        Yukawa coupling without threshold correction, > 0.
    generation : Sleptons
        Its slepton mass matrix.
    threshold : Threshold
        Prefactors of the threshold correction.
    terms : (6, 4) array or None
        Neutralinos of the complete threshold correction, None for the bino diagram.
    everything : bool
        Whether to compute all roots, or only the natural one.
    roots : (3,) array
        Receives the roots by growing |y|: all of them, or the natural one if it exists.

    Returns
    -------
    count : int
        Number of roots, also of those not computed; -1 for a tachyonic slepton at y = 0.
    natural : bool
        Whether the natural branch exists; it is then the first root.
    """
    y_edge = yukawa_edge(generation)
    if math.isnan(y_edge):
        return -1, False
    F_0 = one_plus_delta(0.0, generation, threshold, terms)
    sign = 1.0 if F_0 >= 0.0 else -1.0
    if y_edge == math.inf:  # |mu| is so small that Delta is a few per cent at most: one root
        roots[0] = sign * _first_root(y_tree, y_edge, F_0, generation, threshold, terms)
        return (1, True) if math.isfinite(roots[0]) else (0, False)

    G_edge = sign * one_plus_delta_at_edge(y_edge * y_edge, generation, threshold, terms)
    above_at_edge = y_edge * G_edge >= y_tree
    falling = G_edge < abs(F_0)
    y = math.nan
    if falling or above_at_edge:
        y = _first_root(y_tree, y_edge, F_0, generation, threshold, terms)
        if math.isnan(y) and above_at_edge:
            y = _root_between(0.0, y_edge, sign, y_tree, generation, threshold, terms)
    natural = not math.isnan(y)
    count = 0
    if natural:
        roots[0] = sign * y
        count = 1
        if not above_at_edge:  # the concave function has come down again before the edge
            if everything:
                roots[1] = sign * _root_between(y * (1.0 + 1e-9), y_edge, sign, y_tree, generation, threshold, terms)
            count = 2
    if -y_edge * G_edge >= y_tree:
        if everything:
            roots[count] = -sign * _root_between(0.0, y_edge, -sign, y_tree, generation, threshold, terms)
        count += 1
    return count, natural
