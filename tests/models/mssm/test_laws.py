"""Laws that hold at every point: decoupling, signs, scaling; and no surprises in an absurdly wide box."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from g2fit.models import get_model
from g2fit.models.mssm import Mssm, loops
from g2fit.models.mssm.spectrum import Couplings, run_couplings
from tests.support.mssm_box import CONFIGURATIONS, draw, examine

FULL = Mssm(delta="full", amu="full", two_loop="photonic", vacuum="off")
ONE_LOOP = Mssm(delta="full", amu="full", two_loop="none", vacuum="off")
BINO = Mssm(delta="bino", amu="bino", two_loop="none", vacuum="off")
MIA = Mssm(delta="mia", amu="mia", two_loop="none", vacuum="off")

mass = st.floats(2.0, 4.0).map(lambda x: 10.0**x)
sign = st.sampled_from([-1.0, 1.0])
tan_beta = st.floats(2.0, 80.0)
point = st.tuples(mass, mass, mass, tan_beta, mass, mass, mass, mass)


def valid(prediction):
    return prediction["reason"][0] == 0


@settings(max_examples=60, deadline=None)
@given(point, sign, sign)
def test_everything_decouples(theta, sign_M1, sign_mu):
    """With all masses up by 100, a_l falls like 1/M^2, Delta stays, up to terms of order v/M and logarithms."""
    start = np.array(theta)
    start[0] *= sign_M1
    start[2] *= sign_mu
    start[4:] += 300.0  # sleptons clear of the D-terms
    scale = np.array([100.0, 100.0, 100.0, 1.0, 100.0, 100.0, 100.0, 100.0])
    first, second = ONE_LOOP.predict(start * scale), ONE_LOOP.predict(start * scale**2)
    if not (valid(first) and valid(second)):
        return
    for lepton in ("e", "mu"):
        assert abs(second[f"delta_a_{lepton}"][0]) < 1e-9
        conditioned = [p[f"delta_a_{lepton}"][0] * (1 + p[f"Delta_{lepton}"][0]) for p in (first, second)]
        largest = max(abs(conditioned[0]), 1e-3 * abs(first[f"y_{lepton}"][0]) ** 2 / start[4:].min() ** 2)
        assert abs(conditioned[1] * 1e4 - conditioned[0]) < 0.2 * largest + 1e-30
        assert second[f"Delta_{lepton}"][0] == pytest.approx(first[f"Delta_{lepton}"][0], abs=5e-3)


@settings(max_examples=60, deadline=None)
@given(point, sign, sign)
def test_moments_vanish_with_heavy_superpartners(theta, sign_M1, sign_mu):
    heavy = np.array(theta) * [1e4, 1e4, 1e4, 1.0, 1e4, 1e4, 1e4, 1e4]
    heavy[0] *= sign_M1
    heavy[2] *= sign_mu
    prediction = FULL.predict(heavy)
    if valid(prediction):
        assert abs(prediction["delta_a_mu"][0] * (1 + prediction["Delta_mu"][0])) < 1e-13
        assert abs(prediction["delta_a_e"][0] * (1 + prediction["Delta_e"][0])) < 3e-18


@settings(max_examples=60, deadline=None)
@given(point, sign, sign)
def test_signs_of_the_bino_diagram(theta, sign_M1, sign_mu):
    """Delta has the sign of mu M1, and a_l (1 + Delta_l) too."""
    signed = np.array(theta)
    signed[0] *= sign_M1
    signed[2] *= sign_mu
    for model in (MIA, BINO):
        prediction = model.predict(signed)
        if valid(prediction):
            for lepton in ("e", "mu"):
                delta, a = prediction[f"Delta_{lepton}"][0], prediction[f"delta_a_{lepton}"][0]
                assert delta * sign_M1 * sign_mu > 0
                assert a * (1 + delta) * sign_M1 * sign_mu > 0
                assert prediction[f"y_{lepton}"][0] * (1 + delta) > 0


@settings(max_examples=60, deadline=None)
@given(point, sign, sign)
def test_flipping_all_signs_of_mass_parameters_changes_nothing(theta, sign_M1, sign_mu):
    """(M1, M2, mu) -> -(M1, M2, mu) is a redefinition of fields."""
    signed = np.array(theta)
    signed[0] *= sign_M1
    signed[2] *= sign_mu
    flipped = signed * [-1, -1, -1, 1, 1, 1, 1, 1]
    for model in (FULL, BINO):
        first, second = model.predict(signed), model.predict(flipped)
        assert first["reason"][0] == second["reason"][0]
        if valid(first):
            for name in ("Delta_e", "Delta_mu", "delta_a_e", "delta_a_mu", "m_sel_1", "m_smu_1"):
                assert second[name][0] == pytest.approx(first[name][0], rel=1e-7), name


@settings(max_examples=60, deadline=None)
@given(point, sign, st.floats(0.5, 20.0))
def test_scaling_in_the_mass_insertion_approximation(theta, sign_mu, scale):
    """All masses times s: Delta stays, a_l falls by s^2 (eqs. 2.2 and 2.5 of 1906.08768)."""
    signed = np.array(theta)
    signed[2] *= sign_mu
    signed[4:] += 300.0
    scaled = signed * [scale, scale, scale, 1, scale, scale, scale, scale]
    first, second = MIA.predict(signed), MIA.predict(scaled)
    if valid(first) and valid(second):
        for lepton in ("e", "mu"):
            assert second[f"Delta_{lepton}"][0] == pytest.approx(first[f"Delta_{lepton}"][0], rel=1e-11)
            products = [p[f"delta_a_{lepton}"][0] * (1 + p[f"Delta_{lepton}"][0]) for p in (first, second)]
            assert products[1] * scale**2 == pytest.approx(products[0], rel=1e-11)


@settings(max_examples=60, deadline=None)
@given(point, sign)
def test_equal_soft_masses_relate_the_leptons(theta, sign_mu):
    """Eq. 1.3: with the same soft masses a_e (1 + Delta_e)/m_e^2 is that of the muon."""
    signed = np.array(theta)
    signed[2] *= sign_mu
    signed[6:8] = signed[4:6]
    prediction = MIA.predict(signed)
    if valid(prediction):
        ratio = (MIA.constants.m_e / MIA.constants.m_mu) ** 2
        e, mu = (prediction[f"delta_a_{name}"][0] * (1 + prediction[f"Delta_{name}"][0]) for name in ("e", "mu"))
        assert e / mu == pytest.approx(ratio, rel=1e-10)
        assert prediction["y_e_over_y_mu"][0] == pytest.approx(prediction["y_e"][0] / prediction["y_mu"][0], rel=1e-10)


def test_levels_agree_where_mixing_and_winos_do_not_matter():
    """Heavy, weakly mixed sleptons a light wino and a decoupled higgsino leave the bino diagram."""
    theta = [1000.0, 20.0, -2e6, 10.0, 2e4, 3e4, 2.5e4, 1.5e4]
    values = {
        level: Mssm(delta=level, amu="mia", two_loop="none").predict(theta)
        for level in ("mia", "bino", "decoupled", "full")
    }
    for name in ("Delta_e", "Delta_mu"):
        reference = values["bino"][name][0]
        for level in values:
            assert values[level][name][0] == pytest.approx(reference, rel=0.01), (name, level)
    full = Mssm(delta="mia", amu="full", two_loop="none").predict(theta)
    assert full["delta_a_mu"][0] == pytest.approx(values["mia"]["delta_a_mu"][0], rel=0.01)


def test_degenerate_charginos_are_the_limit_of_nearly_degenerate_ones():
    """At tan(beta) = 1 and mu = -M2 both charginos have exactly the same mass."""
    exact = ONE_LOOP.predict([200.0, 400.0, -400.0, 1.0, 500.0, 600.0, 500.0, 600.0])
    close = ONE_LOOP.predict([200.0, 400.0, -400.0 * (1 + 1e-7), 1.0 + 1e-7, 500.0, 600.0, 500.0, 600.0])
    for name in ("delta_a_e", "delta_a_mu", "Delta_e"):
        assert exact[name][0] == pytest.approx(close[name][0], rel=1e-5)


def test_running_couplings_follow_the_standard_model():
    """One-loop values against two-loop running of the couplings MSbar at m_Z."""
    for scale, g_Y, g_2 in ((1000.0, 0.36215, 0.63853), (5000.0, 0.36555, 0.63051)):
        ours = run_couplings(Couplings(0.35723, 0.65097, 174.1), scale / 91.1879)
        assert [ours.g_Y, ours.g_2] == pytest.approx([g_Y, g_2], rel=2e-3)
        assert ours.v == 174.1


@pytest.mark.parametrize("configuration", range(len(CONFIGURATIONS)))
def test_absurdly_wide_box(configuration):
    """Finite predictions at valid points, NaN and a reason at all others; exact degeneracies included."""
    name, options, share = CONFIGURATIONS[configuration]
    model = get_model(name, **options)
    counted, faults = examine(model, draw(model, max(400, int(6000 * share)), np.random.default_rng(configuration)))
    assert faults == []
    assert counted["valid"] > 100
    assert "bad_parameters" not in counted


def test_loop_functions_fall_with_their_argument():
    x = np.geomspace(1e-4, 1e4, 400)
    for name in ("F1N", "F2N", "F1C", "F2C"):
        values = getattr(loops, name)(x)
        assert (np.diff(values) < 0).all()
        assert (values > 0).all()
