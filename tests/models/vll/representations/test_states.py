"""Which state a limit of a collider bounds: the content of the heavy states, against a singular value decomposition."""

import numpy as np
import pytest

from g2fit.models import get_model
from g2fit.models.constants import get_constants
from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll.representations.fields import PAIRS
from g2fit.models.vll.representations.model import VectorLikeRepresentations
from g2fit.models.vll.representations.predictions import ascii_name

V = get_constants("paper_2021").v
CHARGED = [pair for pair in PAIRS if pair != ("L", "N")]


def random_points(seed: int, n: int = 2000):
    rng = np.random.default_rng(seed)
    theta = 10.0 ** np.c_[rng.uniform(2, 4, (n, 2)), rng.uniform(-2, 0.5, (n, 4))]
    theta[: n // 3, 1] = theta[: n // 3, 0] * rng.uniform(0.9, 1.1, n // 3)
    theta[:, 2:] *= rng.choice([-1, 1], (n, 4))
    return theta


@pytest.mark.parametrize("pair", CHARGED, ids="+".join)
def test_masses_by_content(pair):
    theta = random_points(1)
    p = VectorLikeRepresentations(representations=pair).predict(theta)
    a_1, b_1 = PAIRS[pair].a_1, PAIRS[pair].b_1
    mostly = np.array([p[f"m_{ascii_name(name)}"] for name in pair]).T
    heavier = 0
    for row, bare, found in zip(theta, p["m_mixing_over_m_mu"], mostly, strict=True):
        if np.isnan(found[0]):
            continue
        M_D, M_X, D, X, lam, bar = row
        a = (1 - bare) * 0.1056583745
        M = np.array([[a, 0, a_1 * X * V], [D * V, M_D, b_1 * lam * V], [0, b_1 * bar * V, M_X]])
        U, masses, W = np.linalg.svd(M)
        content = (U[1, :2] ** 2 + W[:2, 1] ** 2) / 2
        if abs(content[0] - content[1]) < 1e-6:
            continue
        order = np.argsort(-content)  # of the two heavy states, the one with more of the doublet first
        np.testing.assert_allclose(found, masses[order], rtol=1e-9)
        heavier += order[0] == 0
    assert 200 < heavier < len(theta) - 200


@pytest.mark.parametrize("name", ["E", "L", "L_3/2", "Sigma0", "Sigma1"])
def test_single_representation(name):
    p = get_model("vll", representations=name).predict([[900.0, 1.0]])
    assert p[f"m_{ascii_name(name)}"][0] == p["m_E1"][0] > 900.0
    others = {"m_E", "m_L", "m_L32", "m_Sigma0", "m_Sigma1"} - {f"m_{ascii_name(name)}"}
    assert not others & set(p)


def test_squared_mixing_of_heavy_neutrinos():
    """With the map of the parameters [L, N] agrees with the model of 2106.01373; N alone is the limit of a heavy L."""
    theta = random_points(2)
    general = VectorLikeRepresentations(representations={"mu": ["L", "N"]}).predict(theta)
    m_L, m_N, Y_R, minus_Y_L, Y_Vp, Y_V = theta.T
    own = VectorLikeLeptons(formula="exact").predict(np.c_[m_L, m_N, -minus_Y_L, Y_R, Y_V, Y_Vp])
    both = general["U2_N1"] + general["U2_N2"]
    valid = np.isfinite(both) & np.isfinite(own["U2_N1"])
    assert valid.sum() > 1900
    for name in ("U2_N1", "U2_N2"):
        np.testing.assert_allclose(general[name][valid], own[name][valid], rtol=1e-7, atol=1e-12)
    alone = get_model("vll", representations="N").predict([[500.0, 0.3]])
    t = (0.3 * V / 500.0) ** 2
    assert alone["U2_N1"][0] == pytest.approx(t / (1 + t), rel=1e-12)
    assert "U2_N2" not in alone
    nearly = VectorLikeRepresentations(representations={"mu": ["L", "N"]}).predict([[1e6, 500.0, 0, 0.3, 0, 0]])
    assert nearly["U2_N1"][0] == pytest.approx(t / (1 + t), rel=1e-9)


def test_degenerate_neutrinos_share_their_mixing():
    p = VectorLikeRepresentations(representations={"mu": ["L", "N"]}).predict([[700.0, 700.0, 0.0, 1e-9, 0.0, 0.0]])
    assert p["U2_N1"][0] == p["U2_N2"][0] > 0.0
