"""Beta functions and scales of the Higgs potential, against the general formulas with explicit components."""

from functools import cached_property
from itertools import permutations
from math import log, pi

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from g2fit import Card, Posterior
from g2fit.core.jit import kernel
from g2fit.models import get_model
from g2fit.models.vll import VectorLikeLeptons, rge
from g2fit.models.vll.representations import rge as general
from g2fit.models.vll.representations.beta_functions import make_beta
from g2fit.models.vll.representations.fields import PAIRS, REPRESENTATIONS, pair_of
from g2fit.models.vll.representations.model import VectorLikeRepresentations
from g2fit.models.vll.stability import fill_scales, prepare

LN = ("L", "N")
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=complex)
#: The Higgs doublet in four real fields, and its conjugate i sigma2 phi*.
PHI = np.concatenate([np.eye(2), 1j * np.eye(2)], axis=1) / np.sqrt(2)
CONJUGATE = np.array([[0, 1], [-1, 0]]) @ PHI.conj()


def isospin(states):
    """Generators of SU(2) in real components of a multiplet."""
    if states == 3:
        return np.array([[[-0.5j * (a - b) * (b - c) * (c - a) for c in range(3)] for b in range(3)] for a in range(3)])
    return SIGMA / 2 if states == 2 else np.zeros((3, 1, 1), dtype=complex)


class Components:
    """The model in left-handed Weyl fields and real scalars, for which Machacek and Vaughn state the beta functions.

    Right-handed fields are conjugated. The top quark takes part with three colours, leptons by generation.
    """

    def __init__(self, generations):
        self.generations, self.fields, self.size = generations, {}, 0
        for colour in range(3):
            self.add(("q", colour), 2, 1 / 6, False)
            self.add(("t", colour), 1, 2 / 3, True)
        for g, (doublet, partner) in enumerate(generations):
            self.add(("l", g), 2, -0.5, False)
            self.add(("e", g), 1, -1.0, True)
            for name, field in (("D", doublet), ("X", partner)):
                self.add((name + "L", g), *REPRESENTATIONS[field], False)
                self.add((name + "R", g), *REPRESENTATIONS[field], True)

    def add(self, name, states, hypercharge, right):
        self.fields[name] = (self.size, states, hypercharge, right)
        self.size += states

    def put(self, Y, left, right, vertex):
        """Add a term -(left-handed)bar_i vertex_ija (right-handed)_j h_a."""
        (i, m, *_), (j, n, *_) = self.fields[left], self.fields[right]
        Y[:, i : i + m, j : j + n] += vertex.conj().transpose(2, 0, 1)
        Y[:, j : j + n, i : i + m] += vertex.conj().transpose(2, 1, 0)

    def yukawas(self, y_t, couplings):
        """Y^a_jk of -(1/2) Y^a_jk psi_j psi_k h_a, for y_t and rows of y, lambda_X, lambda_D, lambda, lambda_bar."""
        Y = np.zeros((4, self.size, self.size), dtype=complex)
        for colour in range(3):
            self.put(Y, ("q", colour), ("t", colour), y_t * CONJUGATE[:, None, :])
        for g, (doublet, partner) in enumerate(self.generations):
            y, lambda_X, lambda_D, lambda_, lambda_bar = couplings[g]
            (_, Y_D), (states, Y_X) = REPRESENTATIONS[doublet], REPRESENTATIONS[partner]

            def vertex(difference, states=1):
                higgs = PHI if difference == 0.5 else CONJUGATE
                return higgs[:, None, :] if states == 1 else np.einsum("bij,ja->iba", SIGMA / 2, higgs)

            self.put(Y, ("l", g), ("e", g), y * vertex(0.5))
            self.put(Y, ("l", g), ("XR", g), lambda_X * vertex(-0.5 - Y_X, states))
            self.put(Y, ("DL", g), ("e", g), lambda_D * vertex(Y_D + 1.0))
            self.put(Y, ("DL", g), ("XR", g), lambda_ * vertex(Y_D - Y_X, states))
            self.put(Y, ("XL", g), ("DR", g), lambda_bar * vertex(Y_D - Y_X, states).conj().transpose(1, 0, 2))
        return Y

    def generators(self):
        """Generators of U(1) and SU(2), shapes (1, n, n) and (3, n, n)."""
        first, second = (np.zeros((k, self.size, self.size), dtype=complex) for k in (1, 3))
        for i, states, hypercharge, right in self.fields.values():
            block = slice(i, i + states)
            first[0, block, block] = (-hypercharge if right else hypercharge) * np.eye(states)
            second[:, block, block] = -isospin(states).conj() if right else isospin(states)
        return first, second

    def colour(self):
        """Casimir operator of SU(3)."""
        casimir = np.zeros(self.size)
        for (name, _), (i, states, *_) in self.fields.items():
            casimir[i : i + states] = 4 / 3 if name in "qt" else 0.0
        return np.diag(casimir)

    @cached_property
    def casimirs(self):
        """Casimir operators of U(1), SU(2) and SU(3)."""
        return [sum(t @ t for t in group) for group in self.generators()] + [self.colour()]

    def beta_yukawas(self, Y, g1, g2, g3):
        """16 pi^2 dY^a/d ln(mu)."""
        dagger = Y.conj().transpose(0, 2, 1)
        self_energy = sum(dagger[a] @ Y[a] for a in range(4))
        scalar = np.einsum("aij,bji->ab", dagger, Y)
        scalar = (scalar + scalar.T) / 2
        casimir = sum(g * g * C for g, C in zip((g1, g2, g3), self.casimirs, strict=True))
        return np.array(
            [
                0.5 * (self_energy.T @ Y[a] + Y[a] @ self_energy)
                + 2 * sum(Y[b] @ dagger[a] @ Y[b] for b in range(4))
                + sum(scalar[a, b] * Y[b] for b in range(4))
                - 3 * (casimir.T @ Y[a] + Y[a] @ casimir)
                for a in range(4)
            ]
        )

    def beta_gauge(self):
        """16 pi^2 dg/d ln(mu)/g^3 of g' and g_2."""
        first, second = (np.trace(group[0] @ group[0]).real for group in self.generators())
        leptons = 3 - len(self.generations)
        others = [
            (2, 1 / 6, 6),
            (1, 2 / 3, 6),
            (1, 1 / 3, 9),
            (2, 1 / 2, leptons),
            (1, 1.0, leptons),
        ]  # states, Y, number
        first += sum(states * Y * Y * number for states, Y, number in others)
        second += sum(0.5 * number for states, _, number in others if states == 2)
        return 2 / 3 * first + 1 / 3 * 2 * 0.25, -22 / 3 + 2 / 3 * second + 1 / 3 * 0.5

    @staticmethod
    def quartic(value):
        """lambda_abcd of V = lambda (h_a h_a/2)^2 = lambda_abcd h_a h_b h_c h_d/4!."""
        one = np.eye(4)
        return (
            2
            * value
            * sum(np.einsum(f"{p},{q}->abcd", one, one) for p, q in (("ab", "cd"), ("ac", "bd"), ("ad", "bc")))
        )

    def beta_quartic(self, value, Y, g1, g2):
        """16 pi^2 d lambda_abcd/d ln(mu)."""

        def symmetric(tensor):
            return sum(tensor.transpose(p) for p in permutations(range(4)))

        full = np.vstack([PHI, PHI.conj()])
        theta = []
        for coupling, generator in ((g1, np.eye(2) / 2), *((g2, s / 2) for s in SIGMA)):
            both = np.block([[generator, np.zeros((2, 2))], [np.zeros((2, 2)), -generator.conj()]])
            theta.append(coupling * np.linalg.solve(full, both @ full))
        tensor, dagger = self.quartic(value), Y.conj().transpose(0, 2, 1)
        anti = np.array([[A @ B + B @ A for B in theta] for A in theta])
        products = np.einsum("aij,bjk->abik", Y, dagger)  # in pairs: at once, the trace takes a thousand times as long
        loops = symmetric(np.einsum("abik,cdki->abcd", products, products)) / 4
        self_energy = np.trace(dagger[0] @ Y[0]).real + np.trace(Y[0] @ dagger[0]).real
        return (
            symmetric(np.einsum("abef,efcd->abcd", tensor, tensor)) / 8
            - 4 * loops
            + 2 * self_energy * tensor
            - 12 * sum(t @ t for t in theta)[0, 0] * tensor
            + 3 * symmetric(np.einsum("ABab,ABcd->abcd", anti, anti)) / 8
        )


@kernel
def first_order(series, beta, b1, b2):
    general.extend(series, 0, 0.0, b1, b2, True, beta)


@kernel
def first_order_of_default(series, b1, b2):
    rge.extend(series, 1, 0, 0.0, b1, b2, True, True)


def row_of(couplings, head):
    """Table of series with the couplings of each generation, and y_t, g', g_2, g_3, lambda."""
    series = np.zeros((rge.ORDER + 1, rge.FIRST + len(couplings) * general.COLUMNS))
    series[0, : rge.LAMBDA] = np.square(head[:4])
    series[0, rge.LAMBDA], series[0, rge.STRETCH] = head[4], 1.0
    for g, (y, lambda_X, lambda_D, lambda_, _) in enumerate(couplings):
        i = rge.FIRST + g * general.COLUMNS
        series[0, i : i + 5] = np.square(couplings[g])
        series[0, i + general.U], series[0, i + general.V] = y * lambda_X, lambda_D * lambda_
    return series


def derivatives(series, beta, b1=0.0, b2=0.0):
    """16 pi^2 d/d ln(mu) of everything in row 0 of the table."""
    first_order(series, beta, b1, b2)
    return series[1] + 2.0 * rge.B3 * series[0, rge.G3] * series[0]  # of the variables without w


def random_couplings(rng, generations):
    head = np.append(rng.uniform(0.3, 1.2, 4), 0.2)
    return rng.normal(size=(generations, 5)), head


@pytest.mark.parametrize("generations", [1, 2])
def test_beta_functions_are_the_general_ones(pair, generations):
    """Each term of the general formulas has the structure of the Lagrangian, with the coefficients of the module."""
    rng = np.random.default_rng(3)
    pairs = [pair, ("L_3/2", "Sigma1")][:generations]
    components = Components(pairs)
    for _ in range(6 // generations**2):
        couplings, head = random_couplings(rng, generations)
        y_t, g1, g2, g3, quartic = head
        found = derivatives(row_of(couplings, head), make_beta(pairs))
        change = np.empty((generations, 5))  # of the couplings, from that of the squares
        for g in range(generations):
            i = rge.FIRST + g * general.COLUMNS
            change[g] = found[i : i + 5] / (2 * couplings[g])
            y, lambda_X, lambda_D, lambda_, _ = couplings[g]
            assert found[i + general.U] == pytest.approx(change[g, 0] * lambda_X + y * change[g, 1], rel=1e-10)
            assert found[i + general.V] == pytest.approx(change[g, 2] * lambda_ + lambda_D * change[g, 3], rel=1e-10)
        Y = components.yukawas(y_t, couplings)
        ours = components.yukawas(found[rge.TOP] / (2 * y_t), change)
        np.testing.assert_allclose(components.beta_yukawas(Y, g1, g2, g3), ours, rtol=0, atol=1e-10)
        tensor = components.beta_quartic(quartic, Y, g1, g2)
        np.testing.assert_allclose(tensor, components.quartic(found[rge.LAMBDA]), rtol=0, atol=1e-10)


def test_gauge_couplings(pair):
    b = make_beta([pair]).b[0].sum(axis=0)
    expected = Components([pair]).beta_gauge()
    assert rge.b_g_prime(0) + b[0] == pytest.approx(expected[0], rel=1e-13)
    assert rge.b_g_2(0) + b[1] == pytest.approx(expected[1], rel=1e-13)


def test_single_representations_have_no_other_field(names):
    b = make_beta([names]).b[0]
    for i, name in enumerate(pair_of(names)):
        assert b[i].any() == (name in names and name != "N" and name in REPRESENTATIONS)
    if len(names) == 1:
        assert np.count_nonzero(b.any(axis=1)) <= 1


def test_growth_bounds_the_traces(pair):
    """dT/dtau < growth T^2 for random couplings, without gauge couplings."""
    beta, rng = make_beta([pair]), np.random.default_rng(4)
    ratios = []
    for _ in range(2000):
        couplings = rng.normal(size=(1, 5)) * 10.0 ** rng.uniform(-1, 0.5, 5)
        series = row_of(couplings, np.array([10.0 ** rng.uniform(-1, 0.5), 0.0, 0.0, 0.0, 0.1]))
        first_order(series, beta, 0.0, 0.0)
        ratios.append(general.trace(series, beta, 1) / general.trace(series, beta, 0) ** 2)
    assert max(ratios) < beta.growth
    assert max(ratios) > 0.4 * beta.growth


def test_doublet_and_neutral_singlet_are_those_of_the_default_model():
    rng, beta = np.random.default_rng(5), make_beta([LN])
    for _ in range(20):
        couplings, head = random_couplings(rng, 1)
        (y, lambda_X, lambda_D, lambda_, lambda_bar) = couplings[0]
        ours = row_of(couplings, head)
        first_order(ours, beta, 7.0, -3.0)
        series = np.zeros((rge.ORDER + 1, rge.FIRST + rge.COLUMNS))
        series[0, : rge.FIRST] = row_of(couplings, head)[0, : rge.FIRST]
        i = rge.FIRST
        series[0, i + rge.A], series[0, i + rge.B] = y**2 + lambda_D**2, lambda_X**2 + lambda_**2
        series[0, i + rge.C], series[0, i + rge.D] = y * lambda_X + lambda_D * lambda_, lambda_bar**2
        series[0, i + rge.Y], series[0, i + rge.N] = y, lambda_X
        first_order_of_default(series, 7.0, -3.0)
        np.testing.assert_allclose(ours[1, : rge.STRETCH + 1], series[1, : rge.STRETCH + 1], rtol=1e-12, atol=1e-12)
        A = ours[1, i : i + 5]
        squares = np.array([A[0] + A[2], A[1] + A[3], ours[1, i + general.U] + ours[1, i + general.V], A[4]])
        np.testing.assert_allclose(squares, series[1, i : i + 4], rtol=1e-12, atol=1e-12)


@kernel
def scales_of(partners, masses, setting, run_to, beta, out):
    stored, marks, series = prepare(masses, setting.v, run_to, beta)
    for n in range(len(partners)):
        fill_scales(partners[n], masses, setting, stored, marks, series, out[n], beta)


def test_scales_of_doublet_and_neutral_singlet_are_those_of_the_default_model():
    rng, n = np.random.default_rng(6), 300
    for leptons in (["mu"], ["e", "mu", "tau"]):
        model, G = VectorLikeLeptons(generations=leptons, run_to=1e19), len(leptons)
        masses, couplings = 10.0 ** rng.uniform(2, 4, (n, G, 2)), rng.uniform(-2, 2, (n, G, 4))
        p = model.predict(np.concatenate([masses, couplings], axis=2).reshape(n, -1))
        Y_L, Y_R, Y_V, Y_Vp = np.moveaxis(couplings, 2, 0)
        partners = np.concatenate([masses, np.stack([np.ones((n, G)), -Y_L, Y_R, Y_Vp, Y_V], axis=2)], axis=2)
        out = np.empty((n, 3))
        beta = make_beta([LN] * G)
        scales_of(partners.reshape(n, -1), model._masses, model._setting, 1e19, beta, out)
        for i, name in enumerate(("mu_zero", "mu_tunnel", "mu_landau")):
            np.testing.assert_allclose(out[:, i], p[name], rtol=3e-7)


def independent_mu_zero(names, theta, y, run_to):
    """mu_zero of a pair whose thresholds are at the start of the run, by `scipy` and the general formulas."""
    components = Components([names])
    basis = [
        components.yukawas(*unit) for unit in zip(np.eye(6)[0], [np.eye(6)[k, 1:][None] for k in range(6)], strict=True)
    ]
    norm = [np.vdot(one, one).real for one in basis]
    b = np.array([*components.beta_gauge(), -7.0])

    def run(t, state):
        g1, g2, g3, quartic, *yukawas = state
        Y = components.yukawas(yukawas[0], [yukawas[1:]])
        change = components.beta_yukawas(Y, g1, g2, g3)
        d = [np.vdot(one, change).real / n for one, n in zip(basis, norm, strict=True)]
        d_quartic = components.beta_quartic(quartic, Y, g1, g2)[0, 0, 0, 0].real / 6
        return np.array([*(b * np.array([g1, g2, g3]) ** 3), d_quartic, *d]) / (16 * pi**2)

    def zero(t, state):
        return state[3]

    start = np.array([0.35830, 0.64779, 1.1666, 0.12604, 0.93690, y, *np.array(theta)[[3, 2, 4, 5]]])
    zero.terminal = True
    run = solve_ivp(run, (log(173.34), log(run_to)), start, "DOP853", events=[zero], rtol=1e-9, atol=1e-11)
    return np.exp(run.t_events[0][0])


@pytest.mark.parametrize("pair", [("L", "E"), ("L_3/2", "Sigma1")], ids="+".join)
def test_against_an_independent_integration(pair):
    theta = [170.0, 170.0, 0.5, -0.4, 0.7, 0.8]
    p = get_model("vll", representations=list(pair), run_to=1e19).predict([theta])
    y = (1 - p["m_mixing_over_m_mu"][0]) * 0.1056583745 / 174.0
    assert p["reason"][0] == 0
    assert p["mu_zero"][0] == pytest.approx(independent_mu_zero(pair, theta, y, 1e19), rel=1e-6)
    assert p["mu_zero"][0] < p["mu_tunnel"][0] <= 1e19


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair != LN], ids="+".join)
def test_scales_beyond_the_end_are_the_end(pair):
    rng = np.random.default_rng(8)
    theta = np.c_[10.0 ** rng.uniform(2.3, 4, (300, 2)), rng.uniform(-2, 2, (300, 4))]
    full, short = (get_model("vll", representations={"mu": list(pair)}, run_to=t).predict(theta) for t in (1e19, 1e5))
    valid = full["reason"] == 0
    assert valid.sum() > 250
    for name in ("mu_zero", "mu_tunnel", "mu_landau"):
        np.testing.assert_allclose(short[name][valid], np.minimum(full[name], 1e5)[valid], rtol=3e-8)
    assert (full["mu_zero"] <= full["mu_tunnel"])[valid].all()


def test_gauge_couplings_grow_with_three_generations_of_large_multiplets():
    """g' of three pairs [L_3/2, Sigma1]: 1/g'^2 falls by 2 b/(16 pi^2) per ln(mu), and nothing is unstable."""
    leptons = ("e", "mu", "tau")
    model = get_model("vll", representations={lepton: ["L_3/2", "Sigma1"] for lepton in leptons}, run_to=1e19)
    p = model.predict([[100.0, 100.0, 1e-3, 1e-3, 1e-3, 1e-3] * 3])
    b = 41 / 6 + 3 * (6 + 4)
    expected = 173.34 * np.exp(16 * pi**2 * (1 / 0.35830**2 - 1 / (4 * pi) ** 2) / (2 * b))
    assert p["mu_landau"][0] == pytest.approx(expected, rel=1e-8)
    assert p["mu_tunnel"][0] == 1e19


def test_no_run_fails(names):
    """Couplings of any size, in one and three generations, give finite scales."""
    rng = np.random.default_rng(9)
    for leptons in (["mu"], ["e", "mu", "tau"]):
        model = VectorLikeRepresentations(representations=dict.fromkeys(leptons, names), run_to=1e19)
        n, G, pair = 1000, len(leptons), len(names) == 2
        masses = 10.0 ** rng.uniform(2, 5, (n, G, 2 if pair else 1))
        couplings = 10.0 ** rng.uniform(-4, 1, (n, G, 4 if pair else 1)) * rng.choice([-1, 1], (n, G, 4 if pair else 1))
        p = model.predict(np.concatenate([masses, couplings], axis=2).reshape(n, -1))
        assert set(np.unique(p["reason"])) <= {0, 3}  # 3: a partner is not heavier than its lepton
        assert (p["reason"] == 0).mean() > 0.5


CARD = {
    "model": {"name": "vll", "representations": ["L", "E"]},
    "data": {"vintage": "paper_2021"},
    "parameters": {
        **{M: {"prior": {"dist": "loguniform", "min": 100, "max": 1e4}} for M in ("M_L", "M_E")},
        **{
            name: {"prior": {"dist": "loguniform", "min": 0.01, "max": 3.5}}
            for name in ("lambda_L", "lambda_E", "lambda", "lambda_bar")
        },
    },
    "cuts": {"mu_tunnel": {"min": 1e4, "role": "prior"}, "mu_landau": {"min": 2e4, "role": "prior"}},
}


def test_cuts_of_a_card():
    posterior = Posterior(Card.from_dict(CARD))
    assert posterior.model.options.run_to == 2e4
    theta = posterior.sample_prior(np.random.default_rng(1), 200)
    p = get_model("vll", representations=["L", "E"], run_to=1e19).predict(theta)
    assert (p["mu_tunnel"] >= 1e4).all()
    assert (p["mu_landau"] >= 2e4).all()
    assert posterior.model.detailed.options.run_to == 1e19
