r"""The representations of vector-like leptons that mix with one generation, and their charges.

Six representations of SU(2) x U(1) have a Yukawa coupling with a lepton of the Standard Model and the Higgs doublet
(0803.4008): the singlets N and E, the doublets L (hypercharge -1/2) and L_3/2 (-3/2), and the triplets Sigma0 and
Sigma1 (hypercharges 0 and -1). All are Dirac fields, and lepton number is conserved. A doublet D and a singlet or
triplet X also couple to each other, as one of six pairs:

    -L = y l phi e + lambda_X l X phi^ + lambda_D D phi^ e + lambda D X phi^ + lambda_bar (D X)(opposite chirality) phi^
         + M_D D D + M_X X X + h.c.,

with <phi> = v = 174 GeV, phi^ = phi or its conjugate as the charges require, and the triplets X = sigma^a X^a/2.
Mass matrices, with rows for the left-handed and columns for the right-handed fields and a = y v:

    Q = -1  (l, D, X):        [[a, 0, a_1 lambda_X v], [lambda_D v, M_D, b_1 lambda v], [0, b_1 lambda_bar v, M_X]]
    Q =  0  (nu, D, X | D, X):  [[0, a_0 lambda_X v], [M_D, b_0 lambda v], [b_0 lambda_bar v, M_X]]
    Q = -2  (D, X):           [[M_D, b_2 lambda v], [b_2 lambda_bar v, M_X]]

A single representation is a pair whose other field has no couplings: this field is degenerate and then changes nothing.
"""

from math import sqrt
from typing import Final, NamedTuple

__all__ = ["PAIRS", "REPRESENTATIONS", "Content", "Point", "content_of", "pair_of"]

_ROOT: Final = sqrt(2.0)

#: Representations by name: number of states in the multiplet, hypercharge.
REPRESENTATIONS: Final = {
    "N": (1, 0.0),
    "E": (1, -1.0),
    "L": (2, -0.5),
    "L_3/2": (2, -1.5),
    "Sigma0": (3, 0.0),
    "Sigma1": (3, -1.0),
}


class Content(NamedTuple):
    """Numbers that distinguish the pairs of a doublet D and a singlet or triplet X.

    - ``a_1`` ... ``b_2``: coefficients of the mass matrices, see `g2fit.models.vll.representations.fields`;
    - ``T_D``, ``T_X``: isospin of the states with Q = -1, and ``N_D``, ``N_X``: isospin of the neutral states minus
      1/2, the isospin of the neutrino (0 if there is no such state);
    - ``W_D``, ``W_X``: couplings of the W boson to the states with Q = 0 and -1 in units of that of l and nu, and
      ``WW_D``, ``WW_X``: to those with Q = -1 and -2. The signs belong to those of the mass matrices;
    - ``D_charged`` ... ``X_plus``: which states exist, ``double`` with Q = -2 and ``plus`` with Q = +1.
    """

    a_1: float
    b_1: float
    a_0: float
    b_0: float
    b_2: float
    T_D: float
    T_X: float
    N_D: float
    N_X: float
    W_D: float
    W_X: float
    WW_D: float
    WW_X: float
    D_charged: bool
    X_charged: bool
    D_neutral: bool
    X_neutral: bool
    D_double: bool
    X_double: bool
    X_plus: bool


def _content(doublet: str, partner: str) -> Content:
    """Return the numbers of a pair, from the isospins of its fields and the products of their Yukawa couplings."""
    low, triplet = doublet == "L", partner.startswith("Sigma")
    middle, edge = 0.5, 1.0 / _ROOT  # of a triplet in the matrix sigma^a X^a/2
    a_1, b_1, a_0, b_0, b_2 = {
        ("L", "N"): (0.0, 0.0, 1.0, 1.0, 0.0),
        ("L", "E"): (1.0, 1.0, 0.0, 0.0, 0.0),
        ("L_3/2", "E"): (1.0, 1.0, 0.0, 0.0, 0.0),
        ("L", "Sigma0"): (edge, edge, middle, middle, 0.0),
        ("L", "Sigma1"): (-middle, -middle, edge, edge, 0.0),
        ("L_3/2", "Sigma1"): (-middle, middle, edge, 0.0, edge),
    }[doublet, partner]
    return Content(
        a_1=a_1,
        b_1=b_1,
        a_0=a_0,
        b_0=b_0,
        b_2=b_2,
        T_D=-0.5 if low else 0.5,
        T_X=-1.0 if partner == "Sigma0" else 0.0,
        N_D=0.0,
        N_X={"N": -0.5, "E": 0.0, "Sigma0": -0.5, "Sigma1": 0.5}[partner],
        W_D=1.0 if low else 0.0,
        W_X={"Sigma0": _ROOT, "Sigma1": -_ROOT}.get(partner, 0.0),
        WW_D=0.0 if low else 1.0,
        WW_X=_ROOT if partner == "Sigma1" else 0.0,
        D_charged=True,
        X_charged=partner != "N",
        D_neutral=low,
        X_neutral=triplet or partner == "N",
        D_double=not low,
        X_double=partner == "Sigma1",
        X_plus=partner == "Sigma0",
    )


#: The pairs that have Yukawa couplings with each other, by the names of doublet and partner.
PAIRS: Final = {
    names: _content(*names)
    for names in (
        ("L", "N"),
        ("L", "E"),
        ("L_3/2", "E"),
        ("L", "Sigma0"),
        ("L", "Sigma1"),
        ("L_3/2", "Sigma1"),
    )
}


#: What remains of a pair if only its doublet or only its partner exists.
_NO_D: Final = {"D_charged": False, "D_neutral": False, "D_double": False, "T_D": 0.0, "W_D": 0.0, "WW_D": 0.0}
_NO_X: Final = {
    "X_charged": False,
    "X_neutral": False,
    "X_double": False,
    "X_plus": False,
    "T_X": 0.0,
    "N_X": 0.0,
    "W_X": 0.0,
    "WW_X": 0.0,
}


def content_of(names: tuple[str, ...]) -> Content:
    """Return the numbers of a pair of representations, or of a single one.

    >>> content_of(("L",)).X_charged, content_of(("E",)).X_charged
    (False, True)
    """
    content = PAIRS[pair_of(names)]
    if len(names) == 2:
        return content
    return Content(**{**content._asdict(), **(_NO_X if names[0].startswith("L") else _NO_D)})


def pair_of(names: tuple[str, ...]) -> tuple[str, str]:
    """Return the pair of which these representations are both or one.

    >>> pair_of(("Sigma1",)), pair_of(("L_3/2", "E"))
    (('L', 'Sigma1'), ('L_3/2', 'E'))
    """
    for pair in (("L", "E"), *PAIRS):
        if set(names) <= set(pair):
            return pair
    raise KeyError(names)


class Point(NamedTuple):
    """Parameters of a pair at one point, and the mass of its lepton: masses, and couplings times v, in GeV."""

    lambda_X: float
    lambda_D: float
    lambda_: float
    lambda_bar: float
    M_D: float
    M_X: float
    m: float
