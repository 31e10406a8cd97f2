"""Limits of LHC and LEP on vector-like leptons in each representation, and what is said of those that do not hold."""

from __future__ import annotations

import json

import numpy as np
import pytest

from g2fit import Card
from g2fit.core.errors import DataError
from g2fit.data import DataSection, resolve
from g2fit.likelihoods import build_terms
from g2fit.models import get_model
from g2fit.posterior.check import check_card


def likelihood_of(representations, include, **options):
    section = DataSection(vintage="paper_2019", include=include, limits={"role": "likelihood"})
    return build_terms(resolve(section), get_model("vll", representations=representations, **options))


def allowed(representations, theta, include, **options):
    """Whether each point passes all limits."""
    likelihood = likelihood_of(representations, include, **options)
    theta = np.asarray(theta, dtype=float)
    predictions = np.empty((len(theta), len(likelihood.model.observables)))
    likelihood.model.evaluate(theta, predictions, np.empty(len(theta), dtype=np.int8))
    out = np.empty((len(theta), len(likelihood.names)))
    likelihood.evaluate(theta, predictions, out)
    return np.isfinite(out).all(axis=1).tolist()


@pytest.mark.parametrize(
    ("name", "lepton", "entry", "bound"),
    [
        ("L", "mu", "vll_mu_doublet_atlas2024", 1270.0),
        ("L", "e", "vll_e_doublet_atlas2024", 1220.0),
        ("L", "tau", "vll_tau_doublet_cms2022", 1045.0),
        ("L", "mu", "mL_seed2021", 650.0),
        ("E", "mu", "vll_mu_singlet_atlas2024_any", 400.0),
        ("E", "e", "vll_e_singlet_atlas2024_any", 320.0),
        ("Sigma0", "mu", "seesaw3_cms2022_Sigma0", 845.0),
        ("Sigma0", "e", "seesaw3_atlas2020_Sigma0", 790.0),
        *((name, "mu", "vll_charged_lep_l3", 100.8) for name in ("E", "L", "L_3/2", "Sigma0", "Sigma1")),
    ],
)
def test_single_representation(name, lepton, entry, bound):
    theta = [[bound - 1, 1e-3], [bound + 1, 1e-3]]
    assert allowed(name, theta, entry, generations=[lepton]) == [False, True]


def test_a_pair_is_limited_by_the_state_that_is_mostly_the_doublet():
    """The mass of the physical state counts, and that of the singlet does not; far from each other and mixed."""
    small = [1e-3, 1e-3, 1e-3, 1e-3]
    theta = [[1271, 2000, *small], [1269, 2000, *small], [1271, 500, *small], [1269, 500, *small]]
    for pair in (["L", "E"], ["L", "Sigma0"], ["L", "Sigma1"]):
        assert allowed(pair, theta, "vll_mu_doublet_atlas2024") == [True, False, True, False]
    mixed = [[1250, 1200, 1e-3, 1e-3, 2.0, 2.0]]  # the heavy states are split to 877 and 1573 GeV
    p = get_model("vll", representations=["L", "E"]).predict(mixed)
    assert p["m_E1"][0] < 1000.0 < 1500.0 < p["m_L"][0] == p["m_E2"][0]
    assert allowed(["L", "E"], mixed, "vll_mu_doublet_atlas2024") == [True]
    assert allowed(["L", "E"], [[1200, 1250, *mixed[0][2:]]], "vll_mu_doublet_atlas2024") == [False]


def test_a_doublet_decays_directly_where_it_is_lighter_than_its_partner():
    small = [1e-3, 1e-3, 1e-3, 1e-3]
    theta = [[1000, 2000, *small], [1000, 500, *small]]
    for representations in (["L", "E"], ["L", "Sigma1"], {"mu": ["L", "N"]}):
        assert allowed(representations, theta, "vll_mu_doublet_atlas2024_direct") == [False, True]
    assert allowed("L", [[1000, 1e-3]], "vll_mu_doublet_atlas2024_direct") == [False]


def test_doubly_charged_states_are_limited_by_lep():
    """Mixing lets a state of charge -2 be lighter than those of charge -1."""
    point = [[140.0, 140.0, 1e-3, 1e-3, 0.4, 0.4]]
    p = get_model("vll", representations=["L_3/2", "Sigma1"]).predict(point)
    assert p["m_EE1"][0] < 100.8 < p["m_E1"][0]
    assert allowed(["L_3/2", "Sigma1"], point, "vll_charged_lep_l3") == [False]


def test_window_of_the_singlet_that_couples_to_the_tau():
    theta = [[m, 1e-3] for m in (120.0, 126.0, 149.0, 151.0)]
    assert allowed("E", theta, "vll_tau_singlet_cms2022_window", generations=["tau"]) == [True, False, False, True]


def test_heavy_neutrinos():
    """The limits on mixing hold for N, alone or with L, and for no other neutral state."""
    theta = [[300.0, 0.5], [300.0, 0.02]]
    assert allowed("N", theta, "hnl_mu_cms2024") == [False, True]
    theta = [[2000.0, 300.0, 0.0, 0.5, 0.0, 0.0], [2000.0, 300.0, 0.0, 0.02, 0.0, 0.0]]
    assert allowed({"mu": ["L", "N"]}, theta, "hnl_mu_cms2024") == [False, True]
    for other in ("Sigma0", ["L", "Sigma0"], "Sigma1"):
        assert likelihood_of(other, "hnl_mu_cms2024").not_applicable == ("hnl_mu_cms2024 (U2_N1_mu, U2_N2_mu)",)


def test_one_search_is_not_counted_twice():
    for pair in (["vll_L3_lep", "vll_charged_lep_l3"], ["mu_hgammagamma_pdg2026", "mu_hgammagamma_cms2022"]):
        with pytest.raises(DataError, match=r"cannot enter one fit: (they are one search|each contains)"):
            resolve(DataSection(vintage="paper_2019", include=pair, limits={"role": "likelihood"}))
    data = resolve(DataSection(vintage="latest_2026_11", delta_a_e="cs", include="mu_hgammagamma_pdg2026"))
    assert any("h -> gamma gamma and h -> mu mu share" in warning for warning in data.warnings)


def card(representations, priors):
    names = [p.name for p in get_model("vll", representations=representations).parameters]
    ranges = {
        True: {"dist": "loguniform", "min": 100, "max": 1e4},
        False: {"dist": "loguniform", "min": 0.01, "max": 1},
    }
    content = {
        "model": {"name": "vll", "representations": representations},
        "data": {"vintage": "latest_2026_11", "exclude": "delta_a_e", "include": "mu_hgammagamma_pdg2026"},
        "parameters": {name: {"prior": ranges[name.startswith("M_")]} for name in names},
        "output": str(priors),
    }
    return Card.from_dict(content)


@pytest.mark.parametrize("representations", ["E", "L_3/2", ["L", "Sigma0"]])
def test_limits_that_bound_nothing_are_said(representations, tmp_path):
    report = check_card(card(representations, tmp_path), draws=2000)
    has_L = "L" in ([representations] if isinstance(representations, str) else representations)
    unused = {text.partition(" ")[0] for text in report["not_applicable"]}
    expected = {"vll_e_doublet_atlas2024", "slepton_cms2024", "wino_disapp_atlas2022"}
    assert unused == expected | (set() if has_L else {"vll_mu_doublet_atlas2024"})
    assert ("m_L" in report["terms"]) == has_L
    assert "mu_h_gammagamma" in report["terms"]
    json.dumps(report)
