"""Yukawa couplings of points side by side: the stages of `yukawa_solutions` for the level ``full``.

The smallest root with the sign of F(0) is searched for all points together. What few points need, other roots and
searches that take many steps, is left to the functions for single points.
"""

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.models.mssm.lanes import (
    CHARGINO,
    CHARGINO_LOOP,
    COUPLINGS,
    EDGES,
    ELECTROWEAKINOS,
    IRREGULAR,
    LANES,
    LEPTON,
    M2_1,
    M2_2,
    ROOTS,
    SEARCH,
    SLEPTONS,
    SOLUTIONS,
    THRESHOLD,
    Y2,
    Y_TREE,
    F,
    LeptonLanes,
    rounded_up,
)
from g2fit.models.mssm.lepton_solutions import code_within, describe, problem_of
from g2fit.models.mssm.loop_functions import loop_I, loop_I_of_distinct
from g2fit.models.mssm.rows import SOLUTION_SIZE, put, take
from g2fit.models.mssm.setting import NO_NATURAL, NO_YUKAWA, OK, Setting
from g2fit.models.mssm.spectrum import Electroweakinos, Lepton, Sleptons, slepton_masses, yukawa_edge
from g2fit.models.mssm.threshold_corrections import (
    TermTable,
    Threshold,
    are_close,
    chargino_strength,
    heavy_at_edge,
    one_plus_delta_close,
    one_plus_delta_full,
    read_terms,
    threshold_of,
    tree_yukawa,
)
from g2fit.models.mssm.workspace import CONSTANT
from g2fit.models.mssm.yukawa_solutions import (
    Edges,
    Search,
    advance,
    begin,
    complete_branches,
    continue_search,
    count_roots,
    misses_first_root,
)

__all__ = ["describe_solutions", "find_yukawas"]

#: Steps of the search for all points together; the few searches that take more go on one by one.
COMMON_STEPS = 8


@kernel
def _begin(rows: FloatArray, inos: FloatArray, n: int) -> None:
    """Fill threshold corrections but for the sleptons' part, and go to y = 0, where F is computed next."""
    if rows.shape[1] != LANES or inos.shape[1] != LANES:
        return
    for lane in range(n):
        electroweakinos = Electroweakinos(*take(inos, ELECTROWEAKINOS, lane, 4))
        sleptons = Sleptons(*take(rows, SLEPTONS, lane, 5))
        v, m = inos[COUPLINGS + 2, lane], rows[LEPTON, lane]
        rows[Y_TREE, lane] = tree_yukawa(m, electroweakinos.tan_beta, v)
        rows[EDGES, lane] = yukawa_edge(sleptons)
        strength = chargino_strength(electroweakinos, sleptons, inos[COUPLINGS + 1, lane])
        put(rows, CHARGINO, lane, strength)
        loop, distinct = loop_I_of_distinct(strength[1], strength[2], strength[3])
        rows[CHARGINO_LOOP, lane] = loop
        rows[IRREGULAR, lane] = 0.0 if distinct else 1.0
    for lane in range(n):
        if rows[IRREGULAR, lane] != 0.0:
            rows[CHARGINO_LOOP, lane] = loop_I(
                rows[CHARGINO + 1, lane], rows[CHARGINO + 2, lane], rows[CHARGINO + 3, lane]
            )
    for lane in range(n):
        sleptons = Sleptons(*take(rows, SLEPTONS, lane, 5))
        chargino = rows[CHARGINO, lane] * rows[CHARGINO_LOOP, lane]
        put(rows, THRESHOLD, lane, threshold_of(sleptons, inos[CONSTANT, lane], chargino))
        m2_1, m2_2 = slepton_masses(0.0, sleptons)
        put(rows, Y2, lane, (0.0, m2_1, m2_2))


@kernel
def _one_plus_delta(rows: FloatArray, inos: FloatArray, n: int) -> None:
    """Compute F = 1 + Delta for the squares of Yukawa coupling and slepton masses in the rows Y2, M2_1 and M2_2."""
    if rows.shape[1] != LANES or inos.shape[1] != LANES:
        return
    for lane in range(n):
        y2, m2_1, m2_2 = rows[Y2, lane], rows[M2_1, lane], rows[M2_2, lane]
        sleptons, threshold = Sleptons(*take(rows, SLEPTONS, lane, 5)), Threshold(*take(rows, THRESHOLD, lane, 4))
        rows[F, lane] = one_plus_delta_full(y2, m2_1, m2_2, sleptons, threshold, read_terms(inos, lane))
        rows[IRREGULAR, lane] = 1.0 if are_close(m2_1, m2_2) else 0.0
    for lane in range(n):
        if rows[IRREGULAR, lane] != 0.0:
            y2, m2_1, m2_2 = rows[Y2, lane], rows[M2_1, lane], rows[M2_2, lane]
            sleptons, threshold = Sleptons(*take(rows, SLEPTONS, lane, 5)), Threshold(*take(rows, THRESHOLD, lane, 4))
            rows[F, lane] = one_plus_delta_close(y2, m2_1, m2_2, sleptons, threshold, read_terms(inos, lane))


@kernel
def _go_to_edge(rows: FloatArray, n: int) -> None:
    """Keep F(0), and go to the edge."""
    if rows.shape[1] != LANES:
        return
    for lane in range(n):
        y_edge = rows[EDGES, lane]
        y2 = y_edge * y_edge
        rows[EDGES + 1, lane] = rows[F, lane]
        put(rows, Y2, lane, (y2, 0.0, heavy_at_edge(y2, Sleptons(*take(rows, SLEPTONS, lane, 5)))))


@kernel
def _begin_search(rows: FloatArray, n: int) -> None:
    """Keep F at the edge, and begin the search for the first root."""
    if rows.shape[1] != LANES:
        return
    for lane in range(n):
        y_tree, edges = rows[Y_TREE, lane], Edges(rows[EDGES, lane], rows[EDGES + 1, lane], rows[F, lane])
        rows[EDGES + 2, lane] = edges.F_edge
        search = begin(edges, y_tree)
        put(rows, SEARCH, lane, search)
        y2 = search.y * search.y
        m2_1, m2_2 = slepton_masses(y2, Sleptons(*take(rows, SLEPTONS, lane, 5)))
        put(rows, Y2, lane, (y2, m2_1, m2_2))


@kernel
def _advance(rows: FloatArray, n: int) -> bool:
    """Take a step of every search; return whether one goes on."""
    if rows.shape[1] != LANES:
        return False
    for lane in range(n):
        y_tree, y_edge, F_0 = rows[Y_TREE, lane], rows[EDGES, lane], rows[EDGES + 1, lane]
        G = rows[F, lane] if F_0 >= 0.0 else -rows[F, lane]
        search = advance(Search(*take(rows, SEARCH, lane, 5)), G, y_tree, y_edge)
        put(rows, SEARCH, lane, search)
        y2 = search.y * search.y
        m2_1, m2_2 = slepton_masses(y2, Sleptons(*take(rows, SLEPTONS, lane, 5)))
        put(rows, Y2, lane, (y2, m2_1, m2_2))
    searching = 0.0
    for lane in range(n):
        searching = max(searching, rows[SEARCH + 4, lane])
    return searching > 0.0


@kernel
def _count(rows: FloatArray, problem: IntArray, number: IntArray, natural: BoolArray, everything: bool, n: int) -> bool:
    """Set the first root, the number of roots, and what is wrong; return whether a search has to be completed."""
    if rows.shape[1] != LANES or problem.shape[0] != LANES or number.shape[0] != LANES or natural.shape[0] != LANES:
        return False
    for lane in range(n):
        sleptons = Sleptons(*take(rows, SLEPTONS, lane, 5))
        edges, y_tree = Edges(*take(rows, EDGES, lane, 3)), rows[Y_TREE, lane]
        root, searching = rows[SEARCH + 3, lane], rows[SEARCH + 4, lane]
        rows[ROOTS, lane] = root if edges.F_0 >= 0.0 else -root
        is_natural = root == root
        count = count_roots(is_natural, edges, y_tree)
        natural[lane] = is_natural
        number[lane] = count
        incomplete = everything | (searching > 0.0) | misses_first_root(root, edges, y_tree)
        rows[IRREGULAR, lane] = 1.0 if incomplete else 0.0
        problem[lane] = problem_of(problem[lane], sleptons, count, is_natural, everything)
    irregular = 0.0
    for lane in range(n):
        irregular = max(irregular, rows[IRREGULAR, lane])
    return irregular > 0.0


@scalar
def _complete(lepton: LeptonLanes, lane: int, everything: bool) -> None:
    """Complete the search for the roots at one point, see `complete_branches`."""
    rows = lepton.rows
    sleptons, threshold = Sleptons(*take(rows, SLEPTONS, lane, 5)), Threshold(*take(rows, THRESHOLD, lane, 4))
    terms = TermTable(lepton.inos, lane)
    edges, y_tree = Edges(*take(rows, EDGES, lane, 3)), rows[Y_TREE, lane]
    search = continue_search(Search(*take(rows, SEARCH, lane, 5)), edges, y_tree, sleptons, threshold, terms)
    count, natural = complete_branches(
        search.root, edges, y_tree, sleptons, threshold, terms, everything, rows[ROOTS:SOLUTIONS, lane]
    )
    lepton.number[lane], lepton.natural[lane] = count, natural
    lepton.problem[lane] = problem_of(OK, sleptons, count, natural, everything)


@kernel
def find_yukawas(lepton: LeptonLanes, count: int, everything: bool) -> None:
    """Find the solutions of the first `count` points, see `lepton_solutions.solve_lepton`."""
    rows, inos, n = lepton.rows, lepton.inos, rounded_up(count)
    _begin(rows, inos, n)
    for step in range(COMMON_STEPS + 2):
        _one_plus_delta(rows, inos, n)
        if step == 0:
            _go_to_edge(rows, n)
        elif step == 1:
            _begin_search(rows, n)
        elif not _advance(rows, n):
            break
    if _count(rows, lepton.problem, lepton.number, lepton.natural, everything, n):
        for lane in range(count):
            if rows[IRREGULAR, lane] != 0.0 and lepton.problem[lane] in (OK, NO_YUKAWA, NO_NATURAL):
                _complete(lepton, lane, everything)


@kernel
def _describe(rows: FloatArray, branch: int, codes: IntArray, setting: Setting, n: int) -> None:
    """Describe the solutions of number `branch`."""
    eta, vacuum = setting.eta, setting.vacuum
    place = SOLUTIONS + SOLUTION_SIZE * branch
    if rows.shape[1] != LANES or codes.shape[1] != LANES:
        return
    for lane in range(n):
        soft, sleptons = Lepton(*take(rows, LEPTON, lane, 4)), Sleptons(*take(rows, SLEPTONS, lane, 5))
        solution = describe(rows[ROOTS + branch, lane], rows[Y_TREE, lane], soft, sleptons, eta)
        put(rows, place, lane, solution)
        codes[branch, lane] = code_within(solution, vacuum)


@kernel
def describe_solutions(lepton: LeptonLanes, count: int, branches: int, setting: Setting) -> None:
    """Describe the solutions of the first `count` points but for their moments, and set their codes."""
    for branch in range(branches):
        _describe(lepton.rows, branch, lepton.codes, setting, rounded_up(count))
