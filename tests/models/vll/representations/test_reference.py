"""Every prediction at every reference point: degenerate and hierarchic masses, masses of the bosons, tiny mixing."""

import numpy as np
import pytest

from g2fit.models.constants import get_constants
from g2fit.models.vll.representations.model import VectorLikeRepresentations

PARTS = ("da_W", "da_WW", "da_Z", "da_h")


@pytest.fixture(scope="module", params=["mu", "tau"])
def compared(request, reference):
    """For each choice of representations: kinds of the points, predictions, parts of Delta a_l, reference values."""
    lepton, result = request.param, []
    choices = {tuple(point["representations"]) for point in reference["points"]}
    assert len(choices) == 12
    for names in sorted(choices):
        points = [p for p in reference["points"] if tuple(p["representations"]) == names and p["lepton"] == lepton]
        # The reference values of S, T and U are those of the on-shell weak mixing angle.
        constants = {"m_tau": 1.77686, "s2_eff": get_constants("paper_2021").s2_on_shell}
        model = VectorLikeRepresentations(
            representations=names, generations=[lepton], self_energies=True, constants=constants
        )
        theta = np.array([p["at"] for p in points])
        exact = dict(zip(reference["quantities"], np.array([p["values"] for p in points]).T, strict=True))
        predicted = model.predict(theta) | model.parts(theta)
        ours = {name.removesuffix(f"_{lepton}"): value for name, value in predicted.items()}
        ours["mu_h"] = ours[f"mu_h_{lepton}{lepton}"]
        ours["y"] = (1.0 - ours["m_mixing_over_m"]) * getattr(model.constants, f"m_{lepton}") / model.constants.v
        assert not ours["reason"].any()
        result.append((np.array([p["kind"] for p in points]), theta, ours, exact))
    return result


@pytest.mark.parametrize("name", ["dgL_W", "dgL_Z", "dgR_Z", "dgL_Z_nu", "kappa", "mu_h", "y"])
def test_couplings(compared, name):
    for _, _, ours, exact in compared:
        # y is 1 - m_mixing/m here, which loses digits where they nearly cancel.
        np.testing.assert_allclose(ours[name], exact[name], rtol=1e-12, atol=1e-17 if name == "y" else 0.0)


@pytest.mark.parametrize("name", [*PARTS, "delta_a"])
def test_moment(compared, name):
    for kind, _, ours, exact in compared:
        largest = np.max([abs(exact[part]) for part in PARTS], axis=0)
        tolerance = np.where(kind == "hierarchy", 1e-8, 1e-11) * largest
        assert (abs(ours[name] - exact[name]) <= tolerance).all()


def test_oblique_parameters(compared):
    for _, theta, ours, exact in compared:
        for name in ("S", "U"):
            np.testing.assert_allclose(ours[f"{name}_oblique"], exact[name], rtol=0.0, atol=1e-5)
        light = theta[:, : theta.shape[1] // 3 or 1].max(axis=1) < 1e5
        np.testing.assert_allclose(ours["T_oblique"][light], exact["T"][light], rtol=0.0, atol=1e-10)
        np.testing.assert_allclose(ours["T_oblique"], exact["T"], rtol=0.0, atol=1e-5)


@pytest.mark.parametrize("name", ["kappa_gamma", "mu_h_gammagamma"])
def test_two_photons(compared, name):
    for _, _, ours, exact in compared:
        np.testing.assert_allclose(ours[name], exact[name], rtol=1e-10)
