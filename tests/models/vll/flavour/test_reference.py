"""Complex couplings, and leptons that share partners, at points evaluated with 130 digits."""

import cmath

import numpy as np
import pytest

from g2fit.models import get_model
from g2fit.models.constants import HBAR_C

PARTS = ("W", "WW", "Z", "h")
TAU = {"m_tau": 1.77686}
#: The weak mixing angle of the reference values, in S, T and U too.
ON_SHELL = {"s2_eff": 1.0 - (80.379 / 91.1876) ** 2}


@pytest.fixture(scope="module")
def complex_points(reference):
    """For each pair: predictions with phases, complex amplitudes, reference values."""
    result = []
    for point in reference["complex"]:
        couplings = {name: complex(*value) for name, value in point["couplings"].items()}
        X, D, one, bar = (couplings[name] for name in ("lambda_X", "lambda_D", "lambda", "lambda_bar"))
        phases = cmath.phase(X * D * bar), cmath.phase(one * bar)
        theta = [*point["masses"], abs(D), abs(X), abs(one), abs(bar), *phases]
        model = get_model(
            "vll", representations=point["representations"], phases=True, self_energies=True, constants=ON_SHELL
        )
        ours = {name.removesuffix("_mu"): value[0] for name, value in model.predict([theta]).items()}
        y = (1.0 - ours["m_mixing_over_m"]) * model.constants.m_mu / model.constants.v
        ours |= {"y": y, "mu_h": ours["mu_h_mumu"]}
        result.append((ours, model.amplitudes([theta])[0, 0, :, 0, 0] * model.constants.m_mu, point["values"]))
    assert len(result) == 6
    return result


@pytest.mark.parametrize("name", ["dgL_W", "dgL_Z", "dgR_Z", "dgL_Z_nu", "mu_h"])
def test_couplings(complex_points, name):
    for ours, _, exact in complex_points:
        assert ours[name] == pytest.approx(exact[name], rel=1e-12, abs=0.0)


def test_yukawa_and_higgs_couplings(complex_points):
    for ours, _, exact in complex_points:
        assert ours["y"] == pytest.approx(exact["y"][0], rel=1e-12)
        for name, value in zip(("kappa", "kappa_tilde"), exact["kappa"], strict=True):
            assert abs(ours[name] - value) <= 1e-12 * abs(complex(*exact["kappa"]))


def test_moments(complex_points):
    m = 0.1056583745
    for ours, parts, exact in complex_points:
        largest = max(abs(complex(exact[f"da_{part}"], m * exact[f"ImA_{part}"])) for part in PARTS)
        for part, value in zip(PARTS, parts, strict=True):
            assert abs(value - complex(exact[f"da_{part}"], m * exact[f"ImA_{part}"])) <= 1e-11 * largest
        assert abs(ours["delta_a"] - exact["delta_a"]) <= 1e-11 * largest
        assert abs(ours["d"] / HBAR_C - exact["edm"]) <= 1e-11 * largest / m
        assert ours["d"] != 0.0


def test_oblique_parameters(complex_points):
    for ours, _, exact in complex_points:
        assert ours["S_oblique"] == pytest.approx(exact["S"], abs=1e-5)
        assert ours["U_oblique"] == pytest.approx(exact["U"], abs=1e-5)
        assert ours["T_oblique"] == pytest.approx(exact["T"], abs=1e-10)


@pytest.mark.parametrize("name", ["kappa_gamma", "mu_h_gammagamma"])
def test_two_photons(complex_points, name):
    for ours, _, exact in complex_points:
        assert ours[name] == pytest.approx(exact[name], rel=1e-10)


def test_flavour_mixing(reference):
    assert len(reference["mixing"]) == 18
    for point in reference["mixing"]:
        names, leptons = point["representations"], point["leptons"]
        model = get_model("vll", representations=names, flavour_mixing=True, generations=leptons, constants=TAU)
        couplings = [*point["lambda_D"], *point["lambda_X"]]
        couplings += [point["lambda"], point["lambda_bar"]] if len(names) == 2 else []
        theta = [[*point["masses"], *couplings]]
        A = model.amplitudes(theta)[0, 0].sum(axis=0)
        exact, values = np.array(point["A"]), {name: value[0] for name, value in model.predict(theta).items()}
        # A mass eigenstate can change its sign: then both elements off the diagonal do.
        exact[0, 1], exact[1, 0] = np.sign(exact[0, 1]) * np.sign(A[0, 1].real) * np.array([exact[0, 1], exact[1, 0]])
        np.testing.assert_allclose(A.real, exact, rtol=1e-8)
        np.testing.assert_array_equal(A.imag, 0.0)
        constants = model.constants
        for i, lepton in enumerate(leptons):
            m = getattr(constants, f"m_{lepton}")
            assert values[f"delta_a_{lepton}"] == pytest.approx(point["delta_a"][i], rel=1e-8)
            y = (1.0 - values[f"m_mixing_over_m_{lepton}"]) * m / constants.v
            assert y == pytest.approx(point["y"][i][i], rel=1e-12)
        total, m = exact[0, 1] ** 2 + exact[1, 0] ** 2, getattr(constants, f"m_{leptons[1]}")
        width = 6.582119569e-25 / {"mu": 2.1969811e-6, "tau": 2.9029085e-13}[leptons[1]]
        rate = constants.alpha_0 * m**3 * total / 16.0 / width
        assert values[f"B_{leptons[1]}_{leptons[0]}_gamma"] == pytest.approx(rate, rel=1e-8)
