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
from typing import NamedTuple

from g2fit.core.jit import embedded, scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.root_finding import Bracket, converged, narrowed, trial
from g2fit.models.mssm.spectrum import Sleptons, yukawa_edge
from g2fit.models.mssm.threshold_corrections import Terms, Threshold, one_plus_delta, one_plus_delta_at_edge

__all__ = [
    "MAX_BRANCHES",
    "Edges",
    "Search",
    "advance",
    "begin",
    "complete_branches",
    "continue_search",
    "count_roots",
    "find_branches",
    "misses_first_root",
]

#: Largest number of solutions of a lepton.
MAX_BRANCHES = 3
#: Relative size of the secant step after which the search ends; the root is then exact to rounding.
LAST_STEP = 1e-10
#: Steps after which a search gives up; near a merging pair of roots the error only halves with each step.
MAX_STEPS = 80


class Edges(NamedTuple):
    """F at both ends of the range of y: at 0, and at the tachyon edge `y_edge` (infinity if there is none)."""

    y_edge: float
    F_0: float
    F_edge: float


@embedded
def G_at_edge(edges: Edges) -> float:
    """F at the edge, times the sign of F(0)."""
    return edges.F_edge if edges.F_0 >= 0.0 else -edges.F_edge


@embedded
def is_above_at_edge(edges: Edges, y_tree: float) -> bool:
    """Whether |y| F(y^2), with the sign of F(0), exceeds y_tree at the edge."""
    return edges.y_edge * G_at_edge(edges) >= y_tree


@embedded
def may_have_first_root(edges: Edges, y_tree: float) -> bool:
    """Whether there may be a root with the sign of F(0): without an edge, for falling F, or if the edge is above it."""
    falling = G_at_edge(edges) < abs(edges.F_0)
    return (edges.y_edge == math.inf) | (falling | is_above_at_edge(edges, y_tree))


@embedded
def has_opposite_root(edges: Edges, y_tree: float) -> bool:
    """Whether there is a root with the sign opposite to F(0)'s, where F has changed its sign before the edge."""
    return -edges.y_edge * G_at_edge(edges) >= y_tree


@embedded
def misses_first_root(y: float, edges: Edges, y_tree: float) -> bool:
    """Whether there is a root with the sign of F(0), which the search has not found as `y` (NaN)."""
    return (edges.y_edge < math.inf) & (y != y) & is_above_at_edge(edges, y_tree)


class Search(NamedTuple):
    """Search for the smallest root on the side of F(0)'s sign by secant steps of G = |F|, as a function of y^2.

    `y` is the next trial, `y2_before` and `G_before` belong to the last one. `searching` is 1 until the search ends;
    `root` is then |y| of the root, or NaN if there is none.
    """

    y: float
    y2_before: float
    G_before: float
    root: float
    searching: float


@embedded
def begin(edges: Edges, y_tree: float) -> Search:
    """Begin the search at the coupling without left-right mixing, if there may be a root."""
    G_0 = abs(edges.F_0)
    y = y_tree / G_0
    needed = may_have_first_root(edges, y_tree)
    return Search(y if y < edges.y_edge else 0.999 * edges.y_edge, 0.0, G_0, math.nan, 1.0 if needed else 0.0)


@embedded
def advance(search: Search, G: float, y_tree: float, y_edge: float) -> Search:
    """Take one secant step from the trial, where the function is G."""
    y, y2_before, G_before, root, searching = search
    y2 = y * y
    slope = G + 2.0 * y2 * (G - G_before) / (y2 - y2_before)  # of y G, G'(y^2) being the secant's
    step = (y_tree - y * G) / slope
    target = y + step
    found = abs(step) <= LAST_STEP * y
    goes_on = (slope > 0.0) & ((not found) & (not target >= y_edge))
    root = target if (slope > 0.0) & found else math.nan
    following = Search(max(target, 0.1 * y), y2, G, root, 1.0 if goes_on else 0.0)
    return following if searching > 0.0 else search


@scalar
def continue_search(
    search: Search, edges: Edges, y_tree: float, sleptons: Sleptons, threshold: Threshold, terms: Terms
) -> Search:
    """Continue a search to its end."""
    for _ in range(MAX_STEPS):
        if search.searching == 0.0:
            break
        F = one_plus_delta(search.y * search.y, sleptons, threshold, terms)
        search = advance(search, F if edges.F_0 >= 0.0 else -F, y_tree, edges.y_edge)
    return search


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


@embedded
def count_roots(natural: bool, edges: Edges, y_tree: float) -> int:
    """Number of roots, given whether there is one with the sign of F(0)."""
    if edges.y_edge == math.inf:  # |mu| is so small that Delta is a few per cent at most: one root
        return 1 if natural else 0
    first = 1 if is_above_at_edge(edges, y_tree) else 2  # the concave function has come down again before the edge
    return (first if natural else 0) + (1 if has_opposite_root(edges, y_tree) else 0)


@scalar
def complete_branches(
    y: float,
    edges: Edges,
    y_tree: float,
    sleptons: Sleptons,
    threshold: Threshold,
    terms: Terms,
    everything: bool,
    roots: FloatArray,
) -> tuple[int, bool]:
    """Complete the search for roots, of which the smallest with the sign of F(0) is `y` (NaN if there is none).

    Returned and written to `roots` is what `find_branches` says.
    """
    y_edge = edges.y_edge
    sign = 1.0 if edges.F_0 >= 0.0 else -1.0
    if misses_first_root(y, edges, y_tree):
        y = _root_between(0.0, y_edge, sign, y_tree, sleptons, threshold, terms)
    natural = not math.isnan(y)
    count = count_roots(natural, edges, y_tree)
    if natural:
        roots[0] = sign * y
    if everything and y_edge < math.inf:
        if natural and not is_above_at_edge(edges, y_tree):
            roots[1] = sign * _root_between(y * (1.0 + 1e-9), y_edge, sign, y_tree, sleptons, threshold, terms)
        if has_opposite_root(edges, y_tree):
            roots[count - 1] = -sign * _root_between(0.0, y_edge, -sign, y_tree, sleptons, threshold, terms)
    return count, natural


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
    F_edge = math.nan
    if y_edge < math.inf:
        F_edge = one_plus_delta_at_edge(y_edge * y_edge, sleptons, threshold, terms)
    edges = Edges(y_edge, F_0, F_edge)
    search = begin(edges, y_tree)
    search = continue_search(search, edges, y_tree, sleptons, threshold, terms)
    return complete_branches(search.root, edges, y_tree, sleptons, threshold, terms, everything, roots)
