"""The muon's anomaly from experiments and a prediction that a card names."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from g2fit.core.errors import CardError, DataError
from g2fit.data import DataSection, load, resolve
from g2fit.data.muon_moment import DIFFERENCE, EXPERIMENTS, PREDICTIONS, average
from g2fit.likelihoods import build_terms
from g2fit.models.sm import StandardModel
from g2fit.output.citations import bibtex


def resolved(a_mu, **choices):
    return resolve(DataSection(vintage="paper_2019", a_mu=a_mu, **choices))


def difference(dataset):
    return next(datum for datum in dataset.all_data if datum.observable == "delta_a_mu")


OWN = {"name": "mine", "value": 1.16592075e-3, "error": {"stat": 3e-10, "syst": 4e-10}, "reference": "a talk"}


def test_average_of_fnal_and_bnl_is_the_published_world_average():
    """2506.03069 prints 1165920715(145)e-12 for FNAL and BNL; its small common errors are not known to us."""
    entries = [load().entries[EXPERIMENTS[name]] for name in ("fnal_2025", "bnl_2006")]
    mean = average(*(np.array([getattr(entry, key) for entry in entries]) for key in ("value", "error")), np.eye(2))
    world = load().entries["amu_exp_2025"]
    assert mean.value == pytest.approx(world.value, abs=1e-12)
    assert mean.error == pytest.approx(world.error, abs=2e-12)


@pytest.mark.parametrize(("sm", "entry"), [("wp2025", "damu_2025_wp2025"), ("bmw_dmz_2026", "damu_2025_bmwdmz2026"),
                                           ("cmd3", "damu_2025_cmd3avg2024"), ("wp2020", "damu_2025_wp2020"),
                                           ("bmw_2020", "damu_2025_bmw2020")])  # fmt: skip
def test_difference_is_that_of_the_file(sm, entry):
    datum = difference(resolved({"experiments": ["world_2025"], "sm": sm}))
    known = load().entries[entry]
    assert datum.value == pytest.approx(known.value, abs=1e-12)
    assert datum.plus == datum.minus == pytest.approx(known.error, abs=1e-12)


def test_short_names_are_entries_of_their_observable():
    entries = load().entries
    assert {entries[name].observable for name in EXPERIMENTS.values()} == {"a_mu"}
    assert {entries[name].observable for name in PREDICTIONS.values()} == {"a_mu_SM"}


def test_likelihood_is_that_of_all_experiments():
    """As a function of the anomaly: each experiment measures a_mu, and the prediction's error is common to all."""
    names, rho = ["fnal_2025", "bnl_2006"], 0.2
    matrix = [[1, 0, rho], [0, 1, 0], [rho, 0, 1]]
    datum = difference(resolved({"experiments": [*names, OWN], "correlation": matrix, "sm": "wp2025"}))
    entries, sm = [load().entries[EXPERIMENTS[name]] for name in names], load().entries[PREDICTIONS["wp2025"]]
    unit = 1e-10
    values = np.array([*(entry.value for entry in entries), OWN["value"]]) / unit
    errors = np.array([*(entry.error for entry in entries), 5e-10]) / unit
    covariance = np.array(matrix) * np.outer(errors, errors) + (sm.error / unit) ** 2
    anomalies = np.array([-3.0, 0.0, 2.0, 9.0])
    full = [multivariate_normal.logpdf(values, np.full(3, sm.value / unit + a), covariance) for a in anomalies]
    ours = -0.5 * ((datum.value / unit - anomalies) / (datum.plus / unit)) ** 2
    np.testing.assert_allclose(np.diff(full), np.diff(ours), rtol=1e-7)


def test_it_takes_the_place_of_the_vintages_value_and_is_cited():
    dataset = resolved({"experiments": ["fnal_2025", OWN], "sm": "cmd3"}, exclude=["delta_a_mu"])
    assert [datum.entry.id for datum in dataset.all_data].count(DIFFERENCE) == 1
    assert "damu_seed2019" not in dataset.entry_ids
    assert build_terms(dataset, StandardModel()).names == ("delta_a_e", "delta_a_mu")
    row = next(row for row in dataset.table() if row["entry"] == DIFFERENCE)
    assert row["reference"] == "arXiv:2506.03069, a talk, arXiv:2401.07204"
    text = bibtex(StandardModel(), dataset)
    assert all(words in text for words in ("2506.03069", "2401.07204", "a talk"))
    assert any(warning.startswith("delta_a_mu = ") for warning in dataset.warnings)
    assert any("not meaningful" in warning for warning in dataset.warnings)


def test_experiments_that_disagree_are_named():
    far = {**OWN, "value": 1.16593e-3}
    warnings = resolved({"experiments": ["fnal_2025", far], "sm": "wp2025"}).warnings
    assert any("disagree: chi2/dof" in warning for warning in warnings)
    assert not any("disagree" in w for w in resolved({"experiments": ["fnal_2025", OWN], "sm": "wp2025"}).warnings)


def test_vintages_without_an_anomaly_take_it_too():
    section = DataSection(vintage="paper_2019", exclude=("delta_a_mu",))
    assert resolve(section).entry_ids == ("dae_seed2019_cs",)
    assert difference(resolved({"experiments": ["fnal_2025"], "sm": "wp2025"}, exclude=["delta_a_mu"]))


SM = {"value": 1.16592e-3, "error": 3e-10, "reference": "x"}


@pytest.mark.parametrize(
    ("a_mu", "choices", "words"),
    [
        ({"experiments": ["fnal_2025", "world_2023"], "sm": "wp2025"}, {}, "both contain Run 1 of FNAL"),
        ({"experiments": ["bnl_2006", "amu_exp_bnl2006"], "sm": "wp2025"}, {}, "both contain the measurement of BNL"),
        ({"experiments": ["fnal_2025", "fnal_2025"], "sm": "wp2025"}, {}, "the same one twice"),
        ({"experiments": ["fnal_2026"], "sm": "wp2025"}, {}, "data.a_mu.experiments = 'fnal_2026'; did you mean"),
        ({"experiments": ["ae_exp_2008"], "sm": "wp2025"}, {}, "data.a_mu.experiments = 'ae_exp_2008'"),
        ({"experiments": ["fnal_2025"], "sm": "wp2026"}, {}, "data.a_mu.sm = 'wp2026'; did you mean 'wp2025'"),
        ({"experiments": ["fnal_2025"], "sm": {**SM, "error": {"plus": 1e-10, "minus": 2e-10}}}, {}, "asymmetric"),
        ({"experiments": ["fnal_2025", OWN], "sm": "wp2025", "correlation": [[1]]}, {}, "must be 2 x 2"),
        ({"experiments": ["fnal_2025", OWN], "sm": "wp2025", "correlation": [[1, 1], [1, 1]]}, {}, "positive definite"),
        ({"experiments": [{**OWN, "name": "fnal_2025"}], "sm": "wp2025"}, {}, "the name belongs to another entry"),
        (
            {"experiments": ["fnal_2025"], "sm": SM},
            {"extra_measurements": {"more": {"observable": "delta_a_mu", "value": 1, "error": 1, "reference": "x"}}},
            "damu_card and more cannot enter one fit",
        ),
        (
            {"experiments": ["fnal_2025"], "sm": SM},
            {"extra_measurements": {"damu_card": {"observable": "R_tau", "value": 1, "error": 1, "reference": "x"}}},
            "damu_card is the name of the difference",
        ),
    ],
)
def test_refusals(a_mu, choices, words):
    with pytest.raises(DataError, match=words.replace("(", r"\(")):
        resolved(a_mu, **choices)


@pytest.mark.parametrize(
    ("a_mu", "words"),
    [
        ({"experiments": [], "sm": "wp2025"}, "data.a_mu.experiments"),
        ({"experiments": ["fnal_2025"]}, "data.a_mu.sm is missing"),
        ({"experiments": ["fnal_2025"], "sm": {**SM, "error": True}}, "data.a_mu.sm.error = True"),
        ({"experiments": ["fnal_2025"], "sm": {**SM, "value": True}}, "data.a_mu.sm.value = True"),
        ({"experiments": [{**OWN, "name": "[/]x"}], "sm": "wp2025"}, "data.a_mu.experiments.0.name = '[/]x'"),
    ],
)
def test_refusals_of_the_card(a_mu, words):
    from g2fit import Card

    with pytest.raises(CardError) as caught:
        Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "paper_2019", "a_mu": a_mu}})
    assert words in str(caught.value)
