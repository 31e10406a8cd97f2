"""The model with its options: parameters, wrong options, absurd points, limits as terms of a likelihood."""

import copy

import numpy as np
import pytest

from g2fit import Card
from g2fit.card.schema import DataSection
from g2fit.core.errors import CardError, ModelError
from g2fit.data.composition import resolve
from g2fit.likelihoods.build import build_terms
from g2fit.models import get_model
from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll.flavour.model import VectorLikeFlavour
from g2fit.models.vll.representations.fields import PAIRS
from g2fit.models.vll.representations.model import VectorLikeRepresentations

MIXING = {"representations": ["L", "E"], "flavour_mixing": True, "generations": ["e", "mu", "tau"]}
#: Options of both kinds, and of both at once.
CHOICES = [
    {"phases": True},
    {"phases": True, "generations": ["e", "mu", "tau"]},
    {"flavour_mixing": True, "generations": ["mu", "tau"]},
    {"flavour_mixing": True, "generations": ["e", "mu", "tau"], "phases": True},
]


@pytest.mark.parametrize("options", CHOICES)
def test_options(options):
    model = get_model("vll", **options)  # the default is [L, N]
    assert type(model) is VectorLikeFlavour
    assert model.options.representations == ("L", "N")
    same = copy.deepcopy(model)
    point = [[1000.0 if p.unit == "GeV" else 0.1 for p in model.parameters]]
    assert same.predict(point) == model.predict(point)
    assert not model.predict(point)["reason"].any()


def test_without_the_options():
    off = {"phases": False, "flavour_mixing": False}
    assert type(get_model("vll", **off)) is VectorLikeLeptons
    assert get_model("vll", **off).options == get_model("vll").options
    assert type(get_model("vll", representations="E", **off)) is VectorLikeRepresentations
    for representations in (["L", "N"], ["L", "E"]):
        assert not set(off) & set(get_model("vll", representations=representations).options.model_dump())


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"phases": True, "representations": "E"}, "single representation has no physical phase"),
        ({"phases": True, "representations": {"e": "E", "mu": ["L", "E"]}}, "single representation"),
        ({"flavour_mixing": True}, "at least two of e, mu, tau"),
        ({"flavour_mixing": True, "representations": {"e": "E", "mu": "E"}}, "is a list"),
        ({"flavour_mixing": True, "generations": ["mu", "e"]}, "in the order e, mu, tau"),
        ({"phases": "maybe"}, "phases"),
        ({"phases": True, "top_loop": True}, "unknown option 'top_loop'"),
        ({"phases": True, "representations": ["N", "E"]}, "allowed are .L, N., "),
    ],
)
def test_wrong_options(options, text):
    with pytest.raises(ModelError, match=text):
        get_model("vll", **options)


def test_cut_on_a_scale():
    """Couplings do not run, so that the scale is unknown, like any other name."""
    options = {"representations": ["L", "E"], "phases": True}
    given = {
        "model": {"name": "vll", **options},
        "data": {"vintage": "paper_2021"},
        "parameters": {p.name: {"value": 1.0} for p in get_model("vll", **options).parameters},
        "cuts": {"mu_zero": {"min": 1e6, "role": "prior"}},
        "output": "run",
    }
    with pytest.raises(CardError, match=r"cuts\.mu_zero: model 'vll' has no parameter or observable 'mu_zero'"):
        Card.from_dict(given)


def test_phases_of_several_generations_do_not_mix():
    choice = {"e": ("L", "E"), "mu": ("L", "Sigma1")}
    both = get_model("vll", representations=choice, phases=True, self_energies=True)
    points = {"e": [700.0, 800.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "mu": [900.0, 600.0, 0.3, -0.2, 0.5, 0.7, -1.0, 2.0]}
    together, gamma, S = both.predict([points["e"] + points["mu"]]), 0.0, 0.0
    for lepton, names in choice.items():
        one = get_model("vll", representations=names, generations=[lepton], phases=True, self_energies=True)
        alone = one.predict([points[lepton]])
        for name in (f"delta_a_{lepton}", f"d_{lepton}", f"kappa_tilde_{lepton}"):
            assert together[name][0] == alone[name][0]
        gamma, S = gamma + alone["kappa_gamma"][0] - 1.0, S + alone["S_oblique"][0]
    assert together["kappa_gamma"][0] - 1.0 == pytest.approx(gamma, rel=1e-12)
    assert together["S_oblique"][0] == pytest.approx(S, rel=1e-12)


@pytest.mark.parametrize("options", [*CHOICES, MIXING, {"phases": True, "representations": ["L", "Sigma1"]}])
def test_aliases_lead_to_quantities(options):
    model = get_model("vll", **options)
    assert set(model.aliases.values()) <= {q.name for q in (*model.parameters, *model.observables)}


def test_parts():
    model = get_model("vll", **MIXING)
    point = [[1000.0, 900.0, 1e-4, 0.3, 0.1, 1e-4, 0.2, -0.2, 0.4, -0.5]]
    parts, values = model.parts(point), model.predict(point)
    for lepton in ("e", "mu", "tau"):
        total = sum(parts[f"{name}_{lepton}"][0] for name in ("da_W", "da_WW", "da_Z", "da_h"))
        assert total == pytest.approx(values[f"delta_a_{lepton}"][0], rel=1e-12)
    assert np.isnan(model.parts([[-1.0, *point[0][1:]]])["da_W_e"]).all()


def wild(model, size, random):
    """Points of masses and couplings of very different size, some of them equal or zero."""
    names = [p.name for p in model.parameters]
    points = np.empty((size, len(names)))
    for k, name in enumerate(names):
        if name.startswith("M_"):
            points[:, k] = np.exp(random.uniform(np.log(60.0), np.log(1e7), size))
        elif name.startswith("phase"):
            points[:, k] = random.uniform(-7.0, 7.0, size)
        else:
            points[:, k] = np.exp(random.uniform(np.log(1e-6), np.log(3.5), size)) * random.choice([-1, 1], size)
    couplings = [k for k, name in enumerate(names) if name.startswith("lambda")]
    part = size // 8
    points[:part, 1] = points[:part, 0]
    points[part : 2 * part, couplings[0]] = 0.0
    points[2 * part : 3 * part, couplings[-1]] = points[2 * part : 3 * part, couplings[-2]]
    points[3 * part : 4 * part, couplings] = 0.0
    return points


@pytest.mark.parametrize("pair", PAIRS)
def test_absurd_points(pair):
    random = np.random.default_rng(7)
    for options in CHOICES:
        model = get_model("vll", representations=pair, gf_shift=True, oblique=True, **options)
        points = wild(model, 2000, random)
        points[-6:] = points[0]
        points[-6, 0], points[-5, 0], points[-4, -1] = np.nan, -1.0, np.inf
        points[-3], points[-2], points[-1] = 1e300, 1e-300, 1e155
        out, reason = np.empty((len(points), len(model.observables))), np.empty(len(points), dtype=np.int8)
        model.evaluate(points, out, reason)
        valid = reason == 0
        assert np.isfinite(out[valid]).all()
        assert np.isnan(out[~valid]).all()
        assert valid[:-6].all()  # no partner is light
        assert [model.reasons[code] for code in reason[-6:-3]] == [
            "a parameter is not finite",
            "a mass is not positive",
            "a parameter is not finite",
        ]
        assert (reason[-3:] > 0).all()


LIMITS = {
    "mu_e_gamma_meg2025": "B_mu_e_gamma",
    "tau_mu_gamma_belle2021": "B_tau_mu_gamma",
    "tau_e_gamma_babar2010": "B_tau_e_gamma",
    "de_jila2023": "d_e",
    "dmu_bnl2009": "d_mu",
    "dtau_cms2024": "d_tau",
}


@pytest.mark.parametrize("kind", ["hard", "smooth"])
def test_limits_are_terms(kind):
    limits = {"kind": kind, "role": "likelihood", "width": 0.1}
    section = DataSection(vintage="paper_2021", include=list(LIMITS), limits=limits)
    dataset, model = resolve(section), get_model("vll", **MIXING, phases=True)
    likelihood = build_terms(dataset, model)
    predictions = np.zeros((3, len(model.observables)))
    bounds = {limit.entry.observable: limit.bound for limit in dataset.limits}
    for name in LIMITS.values():
        sign = -1.0 if name.startswith("d_") else 1.0  # limits on dipole moments are on absolute values
        predictions[:, model.column(name)] = bounds[name] * sign * np.array([0.1, 0.9, 2.0])
    out = np.empty((3, len(likelihood.names)))
    likelihood.evaluate(np.zeros((3, len(model.parameters))), predictions, out)
    for name in LIMITS.values():
        term = out[:, likelihood.names.index(name)]
        if kind == "hard":
            np.testing.assert_array_equal(term, [0.0, 0.0, -np.inf])
        else:
            assert term[0] == pytest.approx(0.0, abs=1e-12)
            assert term[1] == pytest.approx(np.log(0.841344746), abs=1e-6)
            assert term[2] < -40.0


def test_limits_do_not_hold_where_nothing_is_predicted():
    section = DataSection(vintage="paper_2021", include="de_jila2023", limits={"role": "likelihood"})
    likelihood = build_terms(resolve(section), get_model("vll", generations=["e", "mu"]))
    assert "de_jila2023 (d_e)" in likelihood.not_applicable


@pytest.mark.parametrize(("representations", "states"), [(["E"], 1), (["L", "E"], 1), (["L", "Sigma1"], 2)])
def test_the_limit_of_lep_bounds_partners_that_leptons_share(representations, states):
    options = {"representations": representations, "flavour_mixing": True, "generations": ["e", "mu"]}
    dataset = resolve(DataSection(vintage="paper_2021", include=["vll_charged_lep_l3"]))
    model = get_model("vll", **options)
    likelihood = build_terms(dataset, model, {})
    assert "vll_charged_lep_l3" not in " ".join(likelihood.not_applicable)
    limits = [likelihood.names.index(name) for name in ("m_E1", "m_EE1") if name in likelihood.names]
    assert len(limits) == states
    theta = np.array([[50.0 if p.unit == "GeV" else 1e-3 for p in model.parameters]])
    out = np.empty((1, len(model.observables)))
    model.evaluate(theta, out, np.empty(1, dtype=np.int8))
    terms = np.empty((1, len(likelihood.names)))
    likelihood.evaluate(theta, out, terms)
    assert terms[0, limits].tolist() == [-np.inf] * states
