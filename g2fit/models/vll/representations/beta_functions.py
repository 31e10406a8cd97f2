r"""Coefficients of the one-loop beta functions of partners in any representation.

The Yukawa couplings of a pair are y (of l and e), lambda_X (l X), lambda_D (D e), lambda (D X) and lambda_bar (D X, of
the opposite chirality), see `g2fit.models.vll.representations.fields`. The first four form a cycle l - e - D - X - l:
the signs of the fields can be chosen such that only that of their product counts. With A_i the squared couplings, in
this order, the general formulas (Machacek and Vaughn, Nucl. Phys. B 222 (1983) 83, 236 (1984) 221, 249 (1985) 70) give

    16 pi^2 d lambda_i/d ln(mu) = lambda_i [T - 3 g'^2 (Y^2 + Y'^2) - 3 g_2^2 (C + C') + sum_j S_ij A_j/t_i]
                                  + (c/t_i) product of the other three couplings of the cycle,
    T = 3 y_t^2 + sum_i t_i A_i,

where Y, C and Y', C' are hypercharge and Casimir operator of the two fermions, t_i is 1 for a singlet or no X at the
vertex and 3/4 for a triplet, and S is symmetric. The quartic coupling of V = -m^2 |H|^2 + lambda_H |H|^4 has

    16 pi^2 d lambda_H/d ln(mu) = 24 lambda_H^2 + 4 T lambda_H + terms with gauge couplings (1307.3536)
                                  - 2 [3 y_t^4 + sum_ij q_ij A_i A_j + q y lambda_X lambda_D lambda],

and a Dirac field of n states adds (4/3) n Y^2 to the coefficient of g'^3, and 2/3 (doublet) or 8/3 (triplet) to that of
g_2^3. lambda_bar has no field in common with the other couplings.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.models.vll.representations.fields import REPRESENTATIONS, pair_of

__all__ = ["BAR", "DX", "Beta", "D", "X", "Y", "gauge_contribution", "make_beta"]

#: Places of the couplings y, lambda_X, lambda_D, lambda and lambda_bar.
Y, X, D, DX, BAR = range(5)
#: Hypercharges of l and e.
_Y_L, _Y_E = -0.5, -1.0
#: Casimir operator of SU(2) by number of states.
_CASIMIR: Final = {1: 0.0, 2: 0.75, 3: 2.0}
#: Index of SU(2) times 4/3, by number of states.
_B_2: Final = {1: 0.0, 2: 2.0 / 3.0, 3: 8.0 / 3.0}
#: S for two couplings of l, or of D, with e and with X: half the self-energy and, for N and Sigma0, the vertex.
_LEPTON_X: Final = {"N": 0.5 - 2.0, "E": 0.5 + 1.0, "Sigma0": 0.375 + 1.5, "Sigma1": 0.375}
#: S for the couplings y and lambda_D of e: self-energies and, for L_3/2, the vertex.
_LEPTON_D: Final = {"L": 1.0 + 0.5, "L_3/2": 1.0 + 2.0}
#: For each pair: S for the couplings lambda_X and lambda of X, and c.
_PAIR: Final = {
    ("L", "N"): (1.5, 0.5 - 2.0),
    ("L", "E"): (1.5, 0.5 + 1.0),
    ("L_3/2", "E"): (3.0, 1.0 + 2.0),
    ("L", "Sigma0"): (15.0 / 32.0, 0.375 + 1.5),
    ("L", "Sigma1"): (15.0 / 32.0, 0.375),
    ("L_3/2", "Sigma1"): (-3.0 / 16.0, -1.5),
}
#: 2 q_ij for two couplings of l, or of D, with e and with X.
_QUARTIC_X: Final = {"N": 0.0, "E": 2.0, "Sigma0": 1.0, "Sigma1": 0.5}
#: For each pair: 2 q_ij for the couplings lambda_X and lambda of X, and q.
_QUARTIC_PAIR: Final = {
    ("L", "N"): (2.0, 0.0),
    ("L", "E"): (2.0, 4.0),
    ("L_3/2", "E"): (2.0, 4.0),
    ("L", "Sigma0"): (0.625, 2.0),
    ("L", "Sigma1"): (0.625, 1.0),
    ("L_3/2", "Sigma1"): (0.125, -1.0),
}


class Beta(NamedTuple):
    """Coefficients of the beta functions; the first axis of each array is the generation.

    - ``trace``: t_i, shape (G, 5); ``rates``: S_ij/t_i, shape (G, 5, 5); ``cycle``: c/t_i, shape (G, 4);
    - ``gauge``: coefficients of -g'^2 and -g_2^2, shape (G, 5, 2);
    - ``quartic``: q_ij, shape (G, 5, 5), and ``loop``: q, shape (G,);
    - ``b``: contributions of D and X to the coefficients of g'^3 and g_2^3, shape (G, 2, 2);
    - ``growth``: a number with dT/dtau < growth T^2, tau = ln(mu)/(16 pi^2).
    """

    trace: FloatArray
    rates: FloatArray
    cycle: FloatArray
    gauge: FloatArray
    quartic: FloatArray
    loop: FloatArray
    b: FloatArray
    growth: float


def gauge_contribution(representation: str) -> tuple[float, float]:
    """Contributions of a Dirac field to 16 pi^2 dg/d ln(mu)/g^3 of g' and g_2 (Machacek and Vaughn).

    >>> gauge_contribution("E")
    (1.3333333333333333, 0.0)
    >>> gauge_contribution("Sigma0")
    (0.0, 2.6666666666666665)
    """
    states, hypercharge = REPRESENTATIONS[representation]
    return 4.0 / 3.0 * states * hypercharge * hypercharge, _B_2[states]


def _symmetric(size: int, entries: dict[tuple[int, int], float]) -> FloatArray:
    """A symmetric matrix from the entries on and above the diagonal."""
    matrix = np.zeros((size, size))
    for (i, j), value in entries.items():
        matrix[i, j] = matrix[j, i] = value
    return matrix


def _of_pair(doublet: str, partner: str) -> tuple[FloatArray, FloatArray, FloatArray, float, FloatArray, float]:
    """t_i, S_ij, the coefficients of -g'^2 and -g_2^2, c, q_ij and q of a pair."""
    states, Y_X = REPRESENTATIONS[partner]
    Y_D = REPRESENTATIONS[doublet][1]
    triplet = states == 3
    with_X, own, own_quartic = (0.75, 15.0 / 32.0, 0.3125) if triplet else (1.0, 1.5, 1.0)
    trace = np.array([1.0, with_X, 1.0, with_X, with_X])
    S_XX, c = _PAIR[doublet, partner]
    l_X, l_D = _LEPTON_X[partner], _LEPTON_D[doublet]
    diagonal = {(Y, Y): 1.5, (X, X): own, (D, D): 1.5, (DX, DX): own, (BAR, BAR): own}
    S = _symmetric(5, diagonal | {(Y, X): l_X, (D, DX): l_X, (Y, D): l_D, (X, DX): S_XX})
    squared = np.array([_Y_L**2 + _Y_E**2, _Y_L**2 + Y_X**2, Y_D**2 + _Y_E**2, Y_D**2 + Y_X**2, Y_D**2 + Y_X**2])
    casimir = _CASIMIR[2] + np.array([0.0, 1.0, 0.0, 1.0, 1.0]) * _CASIMIR[states]
    q_X, (q_XX, q) = _QUARTIC_X[partner], _QUARTIC_PAIR[doublet, partner]
    diagonal = {(Y, Y): 1.0, (X, X): own_quartic, (D, D): 1.0, (DX, DX): own_quartic, (BAR, BAR): own_quartic}
    quartic = _symmetric(5, diagonal | {(Y, X): q_X / 2.0, (D, DX): q_X / 2.0, (Y, D): 1.0, (X, DX): q_XX / 2.0})
    return trace, S, 3.0 * np.array([squared, casimir]).T, c, quartic, q


def _largest_growth(trace: FloatArray, S: FloatArray, c: float) -> float:
    """A number with dT/dtau < growth T^2 if gauge couplings, which slow the growth, are left out.

    dT/dtau = 2 T^2 + 2 sum_ij S_ij A_i A_j + 8 c product + 9 y_t^4. Each S_ij A_i A_j is at most max(S_ij/(t_i t_j)) of
    t_i A_i t_j A_j, and the product of four couplings, by the means, at most (sum t_i A_i/4)^2/sqrt(product of t_i).
    """
    product: float = abs(c) / np.sqrt(np.prod(trace[:4]))
    largest: float = (S / np.outer(trace, trace)).max()
    return 2.0 + 2.0 * largest + 0.5 * product


def make_beta(generations: Sequence[tuple[str, ...]]) -> Beta:
    """Return the coefficients for the representations of each generation, a pair or a single one.

    What does not exist has no couplings, and only the contributions to the running of gauge couplings are left out.

    >>> make_beta([("L", "E")]).b[0].round(4).tolist()
    [[0.6667, 0.6667], [1.3333, 0.0]]
    """
    pairs = [pair_of(names) for names in generations]
    columns = zip(*(_of_pair(*pair) for pair in pairs), strict=True)
    trace, S, gauge, c, quartic, loop = (np.array(column) for column in columns)
    b = np.zeros((len(generations), 2, 2))
    for g, names in enumerate(generations):
        for i, name in enumerate(pairs[g]):
            if name in names:
                b[g, i] = gauge_contribution(name)
    return Beta(
        trace=trace,
        rates=S / trace[:, :, None],
        cycle=c[:, None] / trace[:, :4],
        gauge=gauge,
        quartic=quartic,
        loop=loop,
        b=b,
        growth=max(map(_largest_growth, trace, S, c)),
    )
