"""What the options of a model leave out, and scales that are computed further in results than while sampling."""

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.models import get_model
from g2fit.models.vll import VectorLikeLeptons

#: Best fit of the data of 2021: T = 7.9, the vacuum decays at 0.68 TeV.
EXCLUDED = [650.0, 385.827, 0.0349854, 0.118915, 3.5, 3.5]
#: A point of weak coupling.
HARMLESS = [3000.0, 4000.0, 0.05, 0.05, 0.05, 0.05]
POINTS = np.array([EXCLUDED, HARMLESS])


def texts(model):
    return {text: where.tolist() for text, where in model.beyond(POINTS).items()}


def test_a_fit_of_the_paper_is_told_what_it_leaves_out():
    found = texts(VectorLikeLeptons())
    assert len(found) == 4
    assert [where for text, where in found.items() if "formula" not in text] == [[True, False]] * 3
    exact = VectorLikeLeptons(formula="exact").predict(POINTS)["delta_a_mu"]
    formula = VectorLikeLeptons().predict(POINTS)["delta_a_mu"]
    expected = (np.abs(exact / formula - 1.0) > 0.2).tolist()
    assert next(where for text, where in found.items() if "formula" in text) == expected
    assert True in expected


def test_a_complete_fit_leaves_nothing_out():
    assert texts(VectorLikeLeptons(formula="exact", oblique=True, run_to=1e4)) == {}


def test_every_generation_is_compared():
    model = VectorLikeLeptons(generations=["e", "mu"], oblique=True, run_to=1e4)
    found = model.beyond(np.hstack([POINTS, POINTS]))
    assert [text.split()[2] for text in found] == ["delta_a_e", "delta_a_mu"]


CARD = {
    "model": {"name": "vll", "formula": "exact"},
    "data": {"vintage": "paper_2021"},
    "parameters": {
        "m_L": {"prior": {"dist": "loguniform", "min": 100, "max": 1e4}},
        "m_S": {"prior": {"dist": "loguniform", "min": 100, "max": 1e4}},
        **{Y: {"prior": {"dist": "loguniform", "min": 0.01, "max": 3.5}} for Y in ("Y_L", "Y_R", "Y_V", "Y_Vp")},
    },
}


def card(**cuts):
    return Card.from_dict({**CARD, "cuts": cuts})


def test_a_cut_lets_couplings_run_as_far_as_it_needs():
    assert card().model.options.run_to is None
    assert "mu_tunnel" not in {q.name for q in card().model.observables}
    both = card(mu_tunnel={"min": 1e4, "role": "prior"}, mu_landau={"min": 1e5, "role": "likelihood"})
    assert both.model.options.run_to == 1e5
    assert Card.from_dict(both.resolved()).model.options.run_to == 1e5


def test_results_contain_scales_beyond_the_cut():
    posterior = Posterior(card(mu_tunnel={"min": 1e4, "role": "prior"}))
    theta = posterior.sample_prior(np.random.default_rng(5), 400)
    found = posterior.predict(theta)
    assert (found["mu_tunnel"] >= 1e4).all()
    assert len(np.unique(found["mu_tunnel"])) > 100
    full = VectorLikeLeptons(formula="exact", run_to=1e19).predict(theta)
    np.testing.assert_array_equal(found["mu_tunnel"], full["mu_tunnel"])


@pytest.mark.parametrize("bound", [1e3, 1e4, 3e5])
def test_the_cut_is_where_the_scale_says(bound):
    posterior = Posterior(card(mu_tunnel={"min": bound, "role": "prior"}))
    theta = posterior.priors.sample(np.random.default_rng(6), 3000)
    scale = VectorLikeLeptons(formula="exact", run_to=1e19).predict(theta)["mu_tunnel"]
    np.testing.assert_array_equal(np.isfinite(posterior.log_prior(theta)), scale >= bound)
    assert 0.1 < (scale >= bound).mean() < 0.95


def test_the_top_loop_is_no_failure_of_the_formula():
    """The exact result has none; without it formula and exact result agree here to a per mille."""
    point = np.array([[1500.0, 1500.0, 0.6, 0.6, 1.0, 0.0]])
    for top_loop in (False, True):
        found = VectorLikeLeptons(formula="improved", top_loop=top_loop).beyond(point)
        assert [where.tolist() for text, where in found.items() if "formula" in text] == [[False]]


@pytest.mark.parametrize("options", [{}, {"generations": ["e", "mu"]}, {"representations": ["N"]},
                                     {"flavour_mixing": True, "generations": ["e", "mu"]}])  # fmt: skip
def test_w_bosons_that_decay_to_a_neutral_lepton(options):
    model = get_model("vll", **options)
    heavy = np.array([1000.0 if p.unit == "GeV" else 0.01 for p in model.parameters])
    light = np.where(heavy == 1000.0, 50.0, heavy)
    found = {text: where.tolist() for text, where in model.beyond(np.array([heavy, light])).items() if "W b" in text}
    assert list(found.values()) == [[False, True]]
    assert not [text for text in model.beyond(np.array([heavy])) if "W b" in text]
