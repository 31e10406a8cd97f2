"""Heavy partners: coefficients of the leading terms, in which wrong signs of triplets show; and exact relations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from g2fit.models.constants import LOOP_FACTOR, get_constants
from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll.representations.model import VectorLikeRepresentations

C = get_constants("paper_2021")
S2 = C.s2_on_shell

#: Coefficient of the mass from the mixing, and W, W with charge -2, Z, h parts of the moment in its units.
ODD = {
    ("L", "E"): (1, -1, 0, 1 / 2, 3 / 2),
    ("L_3/2", "E"): (1, 0, 3, 1 / 2, 3 / 2),
    ("L", "Sigma0"): (1 / 2, -1 / 2, 0, 1 / 4, 3 / 4),
    ("L", "Sigma1"): (1 / 4, 1 / 4, 3 / 2, 1 / 8, 3 / 8),
    ("L_3/2", "Sigma1"): (-1 / 4, 0, -3 / 4, -1 / 8, -3 / 8),
}
#: W, W with charge -2, Z and h parts of the moment, even in the couplings.
EVEN = {
    "N": (-1, 0, 0, 0),
    "E": (-5 / 3, 0, 11 / 12 + 4 * S2 / 3, 7 / 12),
    "L": (-1 / 3, 0, 19 / 12 - 4 * S2 / 3, 7 / 12),
    "L_3/2": (0, 2 / 3, -17 / 12 + 4 * S2 / 3, 7 / 12),
    "Sigma0": (1 / 12, 0, -3 / 8 - 2 * S2 / 3, 7 / 24),
    "Sigma1": (5 / 12, 1 / 3, 11 / 48 + S2 / 3, 7 / 48),
}
#: Shifts of dgL_W, dgL_Z, dgR_Z, dgL_Z_nu and kappa, and T, by the mixing.
SHIFTS = {
    "N": (-1 / 2, 0, 0, -1 / 2, 0, 1),
    "E": (-1 / 2, 1 / 2, 0, 0, -1, 1),
    "L": (0, 0, -1 / 2, 0, -1, 4 / 3),
    "L_3/2": (0, 0, 1 / 2, 0, -1, 4 / 3),
    "Sigma0": (1 / 8, -1 / 4, 0, -1 / 8, -1 / 2, 19 / 48),
    "Sigma1": (1 / 8, 1 / 8, 0, 1 / 4, -1 / 4, 19 / 48),
}
#: Ratio of the moment to the mass from the mixing, see `test_moment_from_the_mass`.
K = {("L", "E"): 1, ("L_3/2", "E"): 5, ("L", "Sigma0"): 1, ("L", "Sigma1"): 9, ("L_3/2", "Sigma1"): 5}
PARTS = ("da_W", "da_WW", "da_Z", "da_h")


@pytest.mark.parametrize("lepton", ["e", "mu"])
@pytest.mark.parametrize("pair", ODD, ids="+".join)
def test_odd_part_of_the_moment(pair, lepton):
    """The part that flips with lambda_D, for any ratio of the masses and any lambda."""
    model, m = VectorLikeRepresentations(representations=pair, generations=[lepton]), getattr(C, f"m_{lepton}")
    M_D, M_X, D, X, bar = 3e6, 5e6, 0.4, 0.3, -0.7
    theta = [[M_D, M_X, sign * D, X, 0.6, bar] for sign in (1, -1)]
    odd = {name: 0.5 * (part[0] - part[1]) for name, part in (model.parts(theta) | model.predict(theta)).items()}
    P = X * D * bar * C.v**3 / (M_D * M_X)
    of_mass, *parts = ODD[pair]
    assert odd[f"m_mixing_over_m_{lepton}"] * m == pytest.approx(of_mass * P, rel=1e-6)
    unit = -m * P * LOOP_FACTOR / C.v**2
    for name, expected in zip(PARTS, parts, strict=True):
        assert odd[name] / unit == pytest.approx(expected, abs=1e-4)
    # The Higgs loop has a relative correction (m/m_h)^2 ln(m/m_h)^2.
    assert sum(parts) / of_mass == K[pair]


@pytest.mark.parametrize("pair", K, ids="+".join)
def test_moment_from_the_mass(pair):
    """Delta a = -k m m_mixing/(16 pi^2 v^2), and m_mixing = -1.075 m/k, mu(h -> mu mu) = (1 - 2.15/k)^2 at 2.51e-9."""
    model = VectorLikeRepresentations(representations=pair)
    M, of_mass = 1e5, ODD[pair][0]
    wanted = -2.51e-9 * C.v**2 / (K[pair] * C.m_mu * LOOP_FACTOR)
    coupling = wanted / of_mass * M * M / C.v**3
    p = model.predict([[M, M, 0.5, 0.5, 0.0, 4.0 * coupling]])
    assert p["delta_a_mu"][0] == pytest.approx(2.51e-9, rel=2e-3)
    assert p["mu_h_mumu"][0] == pytest.approx((1.0 - 2.15 / K[pair]) ** 2, rel=1e-2)


@pytest.mark.parametrize("lepton", ["e", "mu"])
@pytest.mark.parametrize("name", EVEN)
def test_even_part_of_the_moment(name, lepton):
    M, coupling = 3e5, 0.4
    parts = VectorLikeRepresentations(representations=[name], generations=[lepton]).parts([[M, coupling]])
    unit = (getattr(C, f"m_{lepton}") * coupling / M) ** 2 * LOOP_FACTOR
    for part, expected in zip(PARTS, EVEN[name], strict=True):
        assert parts[part][0] / unit == pytest.approx(expected, abs=4e-5)


@pytest.mark.parametrize("name", SHIFTS)
def test_shifts(name):
    M, coupling = 2e5, 0.4
    p = VectorLikeRepresentations(representations=[name]).predict([[M, coupling]])
    t = (coupling * C.v / M) ** 2
    observables = ("dgL_W_mu", "dgL_Z_mu", "dgR_Z_mu", "dgL_Z_nu")
    ours = [p[key][0] / t for key in observables] + [(p["kappa_mu"][0] - 1) / t]
    np.testing.assert_allclose(ours, SHIFTS[name][:-1], atol=1e-6)


@pytest.mark.parametrize("name", SHIFTS)
def test_T(name):
    M = 2e4
    T = VectorLikeRepresentations(representations=[name], oblique=True).predict([[M, 1.0]])["T_oblique"][0]
    unit = C.v**4 / (16 * np.pi * C.s2_eff * (1 - C.s2_eff) * C.m_Z**2 * M**2)
    assert T / unit == pytest.approx(SHIFTS[name][-1], rel=2e-3)


def couplings(smallest=0.01):
    return st.floats(smallest, 1.5).flatmap(lambda size: st.sampled_from([size, -size]))


points = st.tuples(st.floats(110.0, 5e3), st.floats(110.0, 5e3), *[couplings()] * 4)


def compare_with_the_exact_model(theta):
    """Assert that [L, N] agrees with the exact model, to 1e-12 of the largest part where parts cancel."""
    general = VectorLikeRepresentations(representations=["L", "N"], self_energies=True, gf_shift=True)
    own = VectorLikeLeptons(formula="exact", gf_shift=True)
    M_D, M_X, D, X, between, bar = theta = np.transpose(theta)
    its = np.transpose([M_D, M_X, -X, D, bar, between])
    p, q = general.predict(theta.T), own.predict(its)
    largest = np.max(np.abs(list(own.parts(its).values())), axis=0)
    assert (abs(p["delta_a_mu"] - q["delta_a_mu"]) <= 1e-12 * largest).all()
    shared = {quantity.name for quantity in general.observables} & {quantity.name for quantity in own.observables}
    assert {"dgL_W_mu", "dgR_Z_mu", "dgL_Z_nu", "mu_h_mumu", "m_N1", "m_N2", "dm_W", "dgL_Z_b"} <= shared
    for name in shared - {"delta_a_mu", "S_oblique", "T_oblique", "U_oblique"}:
        least = 1e-13 if name.startswith("U2_") else 1e-16  # squared mixings are computed as parts of their sum
        np.testing.assert_allclose(p[name], q[name], rtol=1e-12, atol=least, err_msg=name)
    # Parts of T are as large as (M/m_Z)^2, and cancel.
    part = (np.maximum(M_D, M_X) / C.m_Z) ** 2
    assert (abs(p["T_oblique"] - q["T_oblique"]) <= 1e-14 * part).all()


@given(points)
def test_doublet_and_neutral_singlet_agree_with_the_exact_model(point):
    compare_with_the_exact_model([point])


def test_agreement_with_the_exact_model_at_draws_and_reference_points(reference):
    rng, n = np.random.default_rng(3), 20_000
    masses, sizes = 10.0 ** rng.uniform(2, 4, (n, 2)), 10.0 ** rng.uniform(-3, 0.5, (n, 4))
    compare_with_the_exact_model(np.c_[masses, sizes * rng.choice([-1, 1], (n, 4))])
    at = [p["at"] for p in reference["points"] if (p["representations"], p["lepton"]) == (["L", "N"], "mu")]
    assert len(at) > 10
    compare_with_the_exact_model(at)


def test_S_and_U_of_heavy_partners():
    """Finite differences contain (m_Z/M)^2 of the doublet of mass M, which the derivatives of the exact model do not.

    A Dirac fermion with the vector coupling g adds -(4/15) g^2 q^2/M^2 to 16 pi^2 [Pi(q^2) - Pi(0)]/q^2.
    """
    rng, n = np.random.default_rng(4), 200
    M, couplings, none = rng.uniform(5e3, 2e4, (n, 2)), rng.uniform(0.5, 1.5, (n, 2)), np.full(n, 1e-9)
    p = VectorLikeRepresentations(representations=["L", "N"], self_energies=True).predict(
        np.c_[M, none, none, couplings]
    )
    q = VectorLikeLeptons(formula="exact").predict(np.c_[M, none, none, couplings[:, ::-1]])
    ZZ, WW = 0.25 + (0.5 - C.s2_eff) ** 2, 0.5 * (C.m_W / C.m_Z) ** 2
    unit = -4.0 / (15.0 * np.pi) * (C.m_Z / M[:, 0]) ** 2
    np.testing.assert_allclose(p["S_oblique"] - q["S_oblique"], ZZ * unit, rtol=1e-2)
    np.testing.assert_allclose(p["U_oblique"] - q["U_oblique"], (WW - ZZ) * unit, rtol=1e-2)


@given(point=points)
@settings(max_examples=20, deadline=None)
def test_rephasing(pair, point):
    """Only the signs of lambda_D lambda_X lambda_bar and lambda lambda_bar are physical: flip D, X, and l with e."""
    flips = [(1, 1, 1, 1), (-1, 1, -1, -1), (1, -1, -1, -1), (-1, -1, 1, 1)]
    theta = [[*point[:2], *np.multiply(point[2:], signs)] for signs in flips]
    p = VectorLikeRepresentations(representations=pair, self_energies=True).predict(theta)
    for name, value in p.items():
        np.testing.assert_allclose(value, value[0], rtol=1e-9, atol=1e-11 if "oblique" in name else 0.0, err_msg=name)
