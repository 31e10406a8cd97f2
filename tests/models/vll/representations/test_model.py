"""The model with its options: several generations, shifted couplings, invalid points, ridges."""

import copy
import warnings

import numpy as np
import pytest

from g2fit.core.errors import ModelError
from g2fit.models import get_model
from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll.representations.model import VectorLikeRepresentations

POINT = [900.0, 1200.0, 0.3, -0.2, 0.5, 0.7]
SINGLE = [900.0, 0.3]


def point(names):
    return POINT if len(names) == 2 else SINGLE


def test_doublet_and_neutral_singlet_are_the_default():
    for representations in (["L", "N"], ("L", "N"), ["N", "L"]):
        model = get_model("vll", representations=representations, formula="exact")
        assert type(model) is VectorLikeLeptons
        assert model.options == get_model("vll", formula="exact").options
        assert "representations" not in model.options.model_dump()


def test_choice_of_representations(names):
    for given in (list(names), list(names)[::-1]) if set(names) != {"L", "N"} else ():
        model = get_model("vll", representations=given)
        assert type(model) is VectorLikeRepresentations
        assert model.options.representations == names
        assert len(model.parameters) == len(point(names))
        same = copy.deepcopy(model)
        assert same.predict([point(names)]) == model.predict([point(names)])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"representations": ["N", "E"]}, "representations.*allowed are .L, N., .L, E., "),
        ({"representations": "Lambda"}, "allowed are"),
        ({"representations": 3}, "allowed are"),
        ({"representations": ["E"], "top_loop": True}, "unknown option 'top_loop'"),
        ({"representations": ["E"], "formula": "improved"}, "formula"),
        ({"representations": {"e": "E"}, "generations": ["mu"]}, "representations is for e"),
        ({"representations": ["E"], "generations": ["mu", "e"]}, "in the order e, mu, tau"),
        ({"representations": ["E"], "oblique": True, "self_energies": False}, "oblique needs them"),
    ],
)
def test_wrong_options(options, text):
    with pytest.raises(ModelError, match=text):
        get_model("vll", **options)


def test_generations_do_not_mix():
    both = get_model("vll", representations={"mu": ["L", "Sigma1"], "e": "E"}, self_energies=True)
    assert [p.name for p in both.parameters][:3] == ["M_E_e", "lambda_E_e", "M_L_mu"]
    e = get_model("vll", representations="E", generations=["e"], self_energies=True).predict([SINGLE])
    mu = get_model("vll", representations=["L", "Sigma1"], self_energies=True).predict([POINT])
    p = both.predict([SINGLE + POINT])
    for name in ("delta_a_e", "dgL_W_e", "dgL_Z_e", "kappa_e", "m_E1_e"):
        assert p[name][0] == e[name.removesuffix("_e") if name == "m_E1_e" else name][0]
    for name in ("delta_a_mu", "dgL_W_mu", "dgR_Z_mu", "mu_h_mumu"):
        assert p[name][0] == mu[name][0]
    for name in ("S_oblique", "T_oblique", "U_oblique"):
        assert p[name][0] == pytest.approx(e[name][0] + mu[name][0], rel=1e-13)
    assert p["kappa_gamma"][0] - 1 == pytest.approx(e["kappa_gamma"][0] + mu["kappa_gamma"][0] - 2, rel=1e-9)
    assert p["G_mu_ratio"][0] == pytest.approx((1 + e["dgL_W_e"][0]) * (1 + mu["dgL_W_mu"][0]), rel=1e-14)


def test_shifted_couplings(names):
    """At fixed G_mu each Z coupling T3 - Q s2 moves by k (T3 + Q r), with k < 0 for triplets."""
    plain, shifted = (
        get_model("vll", representations={"mu": names}, gf_shift=g).predict([point(names)]) for g in (0, 1)
    )
    k = -0.5 * plain["dgL_W_mu"][0]
    r = 0.2312 / (1 - 2 * 0.2312)
    assert shifted["dgL_Z_mu"][0] - plain["dgL_Z_mu"][0] == pytest.approx(k * (-0.5 - r), rel=1e-9)
    assert shifted["dgL_Z_e"][0] == pytest.approx(k * (-0.5 - r), rel=1e-9)
    assert shifted["dm_W"][0] == pytest.approx(k * r, rel=1e-9)
    if names[0].startswith("Sigma"):
        assert k < 0.0


def test_oblique_parameters_move_the_couplings():
    plain, oblique = (get_model("vll", representations=["L", "Sigma1"], oblique=o).predict([POINT]) for o in (0, 1))
    assert "T_oblique" not in plain
    moved = oblique["dgL_Z_mu"][0] - plain["dgL_Z_mu"][0]
    half_T, s2 = 0.5 / 127.95 * oblique["T_oblique"][0], 0.2312
    S = 0.25 / 127.95 * oblique["S_oblique"][0] / (1 - 2 * s2)
    assert moved == pytest.approx(half_T * (-0.5 - s2 / (1 - 2 * s2)) + S, rel=1e-9)


def test_parts_add_up(names):
    model = get_model("vll", representations={"mu": names})
    parts = model.parts([point(names)])
    total = model.predict([point(names)])["delta_a_mu"][0]
    assert sum(part[0] for part in parts.values()) == pytest.approx(total, rel=1e-13)


def test_reasons(names):
    model = get_model("vll", representations={"mu": names})
    good = np.array(point(names))
    masses = len(names)
    bad = np.tile(good, (4, 1))
    bad[0, -1] = np.nan
    bad[1, 0] = -100.0
    bad[2, :masses], bad[2, masses:] = 0.05, 1e-6
    p = model.predict(bad)
    assert [model.reasons[code] for code in p["reason"][:2]] == ["a parameter is not finite", "a mass is not positive"]
    assert p["reason"][3] == 0
    assert np.isnan(model.parts(bad)["da_Z"]).tolist()[:2] == [True, True]
    if set(names) != {"N"}:
        assert model.reasons[p["reason"][2]] == "a partner is not heavier than its lepton"


def test_massless_partner():
    """A heavy state is massless where lambda lambda_bar v^2 = M_L M_E."""
    M = 500.0
    coupling = M / 174.0
    p = get_model("vll", representations=["L", "E"]).predict([[M, M, 0.1, 0.1, coupling, coupling]])
    assert p["reason"][0] == 3
    assert np.isnan(p["delta_a_mu"][0])


def wild_box(rng, n, names):
    """Points with masses from 0.1 to 1e9 GeV, equal, nearly equal and at m_W; couplings from 1e-8 to 100, or zero."""
    mass = 10.0 ** rng.uniform(-1, 9, (n, 2))
    mass[: n // 5, 1] = mass[: n // 5, 0]
    near = slice(n // 5, 2 * n // 5)
    mass[near, 1] = mass[near, 0] * (1 + 10.0 ** rng.uniform(-16, -1, len(mass[near])))
    mass[-n // 10 :, 0] = 80.379 * (1 + 10.0 ** rng.uniform(-16, -1, len(mass[-n // 10 :])))
    couplings = 10.0 ** rng.uniform(-8, 2, (n, 4)) * rng.choice([-1, 0, 1], (n, 4), p=[0.48, 0.04, 0.48])
    return np.ascontiguousarray(np.c_[mass, couplings] if len(names) == 2 else np.c_[mass[:, 0], couplings[:, 0]])


def test_a_hundred_thousand_points_of_an_absurd_box(names):
    n = 100_000 if len(names) == 2 else 20_000
    theta = wild_box(np.random.default_rng(5), n, names)
    model = VectorLikeRepresentations(representations=names, self_energies=True)
    out, reason = np.empty((n, len(model.observables))), np.empty(n, dtype=np.int8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.evaluate(theta, out, reason)
    finite = np.isfinite(out).all(axis=1)
    np.testing.assert_array_equal(finite, reason == 0)
    assert np.isnan(out[reason != 0]).all()
    assert (reason == 0).mean() > 0.9
    column = {q.name: out[reason == 0, i] for i, q in enumerate(model.observables)}
    tiny = 1e-12
    for name, low, high in (  # isospins between -1 and 1, and couplings to the W boson of up to sqrt(2)
        ("dgL_W_mu", -1.0 - np.sqrt(2.0), np.sqrt(2.0) - 1.0),
        ("dgL_Z_mu", -0.5, 1.0),
        ("dgR_Z_mu", -1.0, 0.5),
        ("dgL_Z_nu", -0.5, 0.5),
    ):
        assert low - tiny <= column[name].min()
        assert column[name].max() <= high + tiny


@pytest.mark.parametrize(
    "pair", [("L", "E"), ("L_3/2", "E"), ("L", "Sigma0"), ("L", "Sigma1"), ("L_3/2", "Sigma1")], ids="+".join
)
def test_ridge(pair):
    """The ridge leads to points at which Delta a is as measured, with slope 1: a power of lambda of the partner."""
    model = get_model("vll", representations=list(pair))
    (ridge,) = model.ridges
    assert ridge.observable == "delta_a_mu"
    column = [p.name for p in model.parameters].index(ridge.parameter)
    rng = np.random.default_rng(1)
    theta = np.c_[rng.uniform(300.0, 2e3, (200, 2)), rng.uniform(0.05, 0.5, (200, 4))]
    theta[:, 5] *= rng.choice([-1, 1], 200)
    bounds, datum = (np.log(1e-4), np.log(3.0)), 2.5e-9
    position, slope = model.ridge_centres(ridge, theta, bounds, (datum, 4e-10))
    found = slope > 0.0
    assert 0.3 < found.mean() < 0.7  # one sign of lambda_bar
    inside = found & (position > bounds[0]) & (position < np.log(1.5))
    assert inside.sum() > 10
    theta[:, column] = np.exp(position)
    deviation = abs(model.predict(theta[inside])["delta_a_mu"] / datum - 1.0)
    assert np.quantile(deviation, 0.9) < 0.1
    np.testing.assert_allclose(np.median(slope[inside]), 1.0, atol=0.05)


def test_what_the_options_leave_out():
    heavy, light = [2e3, 2e3, 0.1, 0.1, 0.1, 0.1], [400.0, 400.0, 0.1, 0.1, 2.5, -2.5]
    points = np.array([heavy, light])
    found = get_model("vll", representations=["L", "E"]).beyond(points)
    T, vacuum, strong = found
    assert "|T|" in T
    assert found[T].tolist() == [False, True]
    assert found[vacuum].tolist() == [False, True]
    assert found[strong].tolist() == [False, False]
    assert list(get_model("vll", representations=["L", "E"], oblique=True).beyond(points)) == [vacuum, strong]
    assert list(get_model("vll", representations=["L", "E"], run_to=1e4).beyond(points)) == [T]
    assert get_model("vll", representations=["L", "E"], oblique=True, run_to=1e4).beyond(points) == {}


def test_two_photons_above_threshold():
    """Where h -> E E is open, the amplitude has an imaginary part, which adds to the rate."""
    p = get_model("vll", representations=["L", "E"]).predict([[50.0, 60.0, 0.0, 0.0, 0.05, 0.05]])
    assert p["mu_h_gammagamma"][0] > p["kappa_gamma"][0] ** 2
    q = get_model("vll", representations=["L", "E"]).predict([POINT])
    assert q["mu_h_gammagamma"][0] == q["kappa_gamma"][0] ** 2
