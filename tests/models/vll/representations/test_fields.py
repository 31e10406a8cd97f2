"""Mass matrices and charges against the Lagrangian, in which the fields are multiplied as SU(2) multiplets.

Each term contains phi = (phi^+, phi^0) or phi~ = (phi^0*, -phi^-), here without this sign: a vector of which one
component has a vacuum expectation value and the other one is a Goldstone boson. Gauge invariance links their couplings:
T_L M - M T_R is the coupling to the Goldstone boson, in which the bare masses cancel. This identity fails for a wrong
relative sign of two coefficients or W couplings, even where all effects still decouple as they should.
"""

import numpy as np
import pytest

from g2fit.models.vll.representations.fields import PAIRS, REPRESENTATIONS, Point, content_of, pair_of
from g2fit.models.vll.representations.mass_matrix import charged_states, doubly_charged_states, neutral_states
from g2fit.models.vll.representations.states import isospins, raising

V, M_D, M_X = 174.0, 700.0, 900.0
MULTIPLETS = {**REPRESENTATIONS, "l": (2, -0.5), "e": (1, -1.0)}
CHARGES = (1, 0, -1, -2)


def weights(name, charge):
    """State of this charge in a multiplet: a number, a vector, or the matrix sigma^a X^a/2; None if there is none."""
    size, hypercharge = MULTIPLETS[name]
    place = int(size - 1 - 2 * (charge - hypercharge)) // 2  # 0 is the state of the largest charge
    if not 0 <= place < size:
        return None
    edge = np.sqrt(0.5)
    triplet = np.array([[[0, edge], [0, 0]], [[0.5, 0], [0, -0.5]], [[0, 0], [edge, 0]]])
    return {1: np.ones(1), 2: np.eye(2), 3: triplet}[size][place]


def contraction(doublet, partner, higgs):
    """Product of a doublet, a singlet or triplet, and component number `higgs` of the Higgs field."""
    if doublet is None or partner is None:
        return 0.0
    vector = np.eye(2)[higgs]
    return float(doublet @ (partner @ vector if np.ndim(partner) == 2 else partner * vector))


def terms(pair, y):
    """Terms of the Lagrangian: fields, coupling, row and column, whether it has phi~, whether it is conjugated."""
    D, X = pair
    between = pair not in {("L", "E"), ("L", "Sigma1")}
    return [
        ("l", "e", y, 0, 0, False, False),
        ("l", X, 0.3, 0, 2, X in {"N", "Sigma0"}, False),
        (D, "e", -0.4, 1, 0, D == "L_3/2", False),
        (D, X, 0.5, 1, 2, between, False),
        (D, X, 0.7, 2, 1, between, True),
    ]


def from_lagrangian(pair, y):
    """Mass matrices without bare masses, and Goldstone couplings that raise and lower the charge, by (lower) charge."""
    mass, raising, lowering = ({Q: np.zeros((3, 3)) for Q in CHARGES} for _ in range(3))
    for doublet, partner, coupling, row, column, tilde, conjugate in terms(pair, y):
        vacuum, goldstone, size = (0, 1, coupling * V) if tilde else (1, 0, coupling * V)
        for Q in CHARGES:
            mass[Q][row, column] += size * contraction(weights(doublet, Q), weights(partner, Q), vacuum)
            upper, lower = (Q, Q + 1) if tilde else (Q + 1, Q)  # charges of doublet and partner
            value = size * contraction(weights(doublet, upper), weights(partner, lower), goldstone)
            if conjugate:  # the conjugate field transforms with the opposite sign
                (raising if tilde else lowering)[Q][row, column] -= value
            else:
                (lowering if tilde else raising)[Q][row, column] += value
    return mass, raising, lowering


def from_package(pair):
    """Mass matrices by charge, W couplings of the components from the charge Q to Q + 1, and y."""
    content = content_of(pair)
    point = Point(0.3 * V, -0.4 * V, 0.5 * V, 0.7 * V, M_D, M_X, 0.1056583745)
    c, n, d = (f(point, content) for f in (charged_states, neutral_states, doubly_charged_states))
    mass = {
        1: np.diag([0, 0, M_X]),
        0: np.array([[0, 0, n.r], [0, n.p, n.q], [0, n.s, n.t]]),
        -1: np.array([[c.a, 0, c.a1], [c.c1, c.p, c.q], [0, c.s, c.t]]),
        -2: np.array([[0, 0, 0], [0, d.p, d.q], [0, d.s, d.t]]),
    }
    for Q, matrix in mass.items():
        for i, name in enumerate(pair, start=1):
            if weights(name, Q) is None:  # a state without couplings takes the place
                matrix[i, i] = 0.0
                assert not matrix[i].any()
                assert not matrix[:, i].any()
    up = dict(zip(CHARGES, map(np.array, raising(content)), strict=True))
    return mass, up, c.a / V


def test_mass_matrices(pair):
    mass, _, y = from_package(pair)
    expected, _, _ = from_lagrangian(pair, y)
    for Q in CHARGES:
        bare = [M if weights(name, Q) is not None else 0.0 for name, M in zip(pair, (M_D, M_X), strict=True)]
        np.testing.assert_allclose(mass[Q], expected[Q] + np.diag([0.0, *bare]), rtol=1e-14, atol=1e-13, err_msg=Q)


def test_goldstone_bosons(pair):
    mass, up, y = from_package(pair)
    _, raising, lowering = from_lagrangian(pair, y)
    assert any(matrix.any() for matrix in raising.values())
    for Q in CHARGES[1:]:
        T_L, T_R = np.diag(up[Q]), np.diag([0.0, *up[Q][1:]])
        np.testing.assert_allclose(T_L @ mass[Q] - mass[Q + 1] @ T_R, raising[Q], rtol=1e-12, atol=1e-11)
        np.testing.assert_allclose(T_L.T @ mass[Q + 1] - mass[Q] @ T_R.T, lowering[Q], rtol=1e-12, atol=1e-11)


def test_isospin_algebra(names):
    """[T+, T-] = 2 T3 for the W couplings, and T3 = Q - Y, of every component."""
    T3, up = np.array(isospins(content_of(names))), np.array(raising(content_of(names)))
    for i, Q in enumerate(CHARGES):
        raised = up[i] ** 2
        reached = up[i + 1] ** 2 if i < 3 else np.zeros(3)
        np.testing.assert_allclose(reached - raised, 2.0 * T3[i], atol=1e-15)
        for k, name in enumerate(("l", *pair_of(names))):
            exists = (name == "l" or name in names) and weights(name, Q) is not None
            hypercharge = MULTIPLETS[name][1]
            assert T3[i, k] == (Q - hypercharge if exists else 0.0)


def test_pairs_are_all_that_couple():
    """A doublet and a singlet or triplet couple if their hypercharges differ by that of the Higgs field."""
    for name, (size, hypercharge) in REPRESENTATIONS.items():
        if size != 2:
            for doublet in ("L", "L_3/2"):
                couples = abs(hypercharge - REPRESENTATIONS[doublet][1]) == 0.5
                assert ((doublet, name) in PAIRS) == couples


def test_unknown_pair():
    with pytest.raises(KeyError):
        pair_of(("N", "E"))
