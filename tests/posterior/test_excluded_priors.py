"""Warnings of priors that limits of the data squeeze, and of results beyond the validity of a model's options."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.cli.display import show_check
from g2fit.inference.comparison.prior_sensitivity import find_prior_files, with_priors
from g2fit.pipeline import beyond_validity, execute
from g2fit.posterior.check import PASSES, PASSES_OF_CUTS, check_card
from g2fit.posterior.excluded_priors import excluded_priors

HEAVY = {"prior": {"dist": "loguniform", "min": 700, "max": 1e4}}
COUPLING = {"prior": {"dist": "loguniform", "min": 0.01, "max": 1}}
VLL = {"m_L": HEAVY, "m_S": HEAVY, "Y_L": COUPLING, "Y_R": COUPLING, "Y_V": COUPLING, "Y_Vp": COUPLING}
#: Bino level with higgsinos that are as light as everything else; one measurement is enough.
LIGHT = {"prior": {"dist": "loguniform", "min": 500, "max": 3000}}
BINO = {
    "model": {"name": "mssm", "delta": "bino", "amu": "bino"},
    "data": {"vintage": "paper_2019", "exclude": ["delta_a_e"]},
    "parameters": {"M1": LIGHT, "M2": 500, "mu": LIGHT, "tan_beta": 40, "mL_e": 2000, "mR_e": 2000, "mL_mu": LIGHT}
    | {"mR_mu": LIGHT},
}


def vll(vintage: str = "paper_2021", **parameters: Any) -> Posterior:
    """Vector-like leptons, of which the data of 2021 want m_L > 650 GeV."""
    raw = {"model": {"name": "vll", "formula": "leading_order"}, "data": {"vintage": vintage}}
    return Posterior(Card.from_dict({**raw, "parameters": VLL | parameters}))


def draws(posterior: Posterior) -> np.ndarray:
    return posterior.sample_prior(np.random.default_rng(1), 4000)


def test_priors_within_the_limits_cause_no_warning() -> None:
    posterior = vll()
    assert excluded_priors(posterior, draws(posterior)) == []


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"m_L": 500}, "m_L = 500 is fixed beyond the limit m_L > 650 GeV (mL_seed2021)"),
        ({"m_L": "m_S", "m_S": 500}, "m_L = 500 is fixed beyond the limit m_L > 650 GeV (mL_seed2021)"),
        (
            {"m_L": {"prior": {"dist": "uniform", "min": 100, "max": 600}}},
            "the whole prior of m_L, 100 to 600, lies beyond the limit m_L > 650 GeV (mL_seed2021)",
        ),
    ],
)
def test_values_and_priors_beyond_a_limit_are_named(parameters: dict[str, Any], text: str) -> None:
    (found,) = excluded_priors(vll(**parameters))
    assert found.startswith(text)


def test_a_limit_that_removes_nearly_all_of_the_prior_is_named() -> None:
    """The limit at 650 GeV removes 97.8 % of a uniform prior up to 662 GeV, and 94 % of one up to 685 GeV."""
    for end, expected in ((662.5, "97.8%"), (685.1, "")):
        posterior = vll(m_L={"prior": {"dist": "uniform", "min": 100, "max": end}})
        assert excluded_priors(posterior) == []
        found = excluded_priors(posterior, draws(posterior))
        assert len(found) == bool(expected)
        for text in found:
            share = float(text.split("removes ")[1].split("%")[0])
            assert text.startswith("the limit on m_L alone removes ")
            assert share == pytest.approx(97.8, abs=1.0)


@pytest.mark.parametrize(("kind", "values", "expected"), [("chi2", (0, 400), 0), ("cls", (0.9, 0.0), 1)])
def test_a_tabulated_likelihood_is_no_limit(
    tmp_path: Path, kind: str, values: tuple[float, float], expected: int
) -> None:
    """It may be as precise as a measurement, which is no limit either; a tabulated limit is one."""
    (tmp_path / "mine.csv").write_text(f"700,{values[0]}\n720,{values[1]}\n1e4,{values[1]}\n")
    table = {"table": "mine.csv", "kind": kind, "x": "m_S", "outside": "excluded", "reference": "me"}
    raw = {"model": {"name": "vll", "formula": "leading_order"}, "parameters": VLL}
    card = Card.from_dict({**raw, "data": {"vintage": "paper_2019", "tables": {"mine": table}}}, tmp_path)
    posterior = Posterior(card)
    found = [text for text in excluded_priors(posterior, draws(posterior)) if "limit on mine" in text]
    assert len(found) == expected


def test_a_limit_that_depends_on_other_masses(root: Path) -> None:
    """The limit on the wino holds where it is the lightest: the shipped priors leave its mass free."""
    raw = Card.load(root / "analysis/latest-cs-mssm.yaml").resolved()
    posterior = Posterior(Card.from_dict(raw))
    assert excluded_priors(posterior) == []
    raw["parameters"]["M2"] = {"value": 600}
    (text,) = excluded_priors(Posterior(Card.from_dict(raw)))
    assert text.startswith("M2 = 600 is fixed beyond the limit M2 > 660 GeV")
    assert text.endswith("which holds where it is below M1, mu, m_sel_1, m_smu_1")


@pytest.mark.parametrize("name", ["latest-cs-mssm", "latest-cs-vll", "latest-rb-vll-emu", "vll-2026", "vll-3gen-2026"])
def test_no_shipped_prior_lies_beyond_a_limit(name: str, root: Path) -> None:
    card = Card.load(root / f"analysis/{name}.yaml")
    files = find_prior_files(card)
    assert files
    for file in files:
        assert excluded_priors(Posterior(with_priors(card, file))) == []


def test_check_and_run_warn(tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    raw = {"model": {"name": "vll", "formula": "leading_order"}, "data": {"vintage": "paper_2021"}}
    sampler = {"ensembles": 4, "walkers": 32, "max_steps": 100, "stop": {"ess": 1e9}}
    narrow = {"m_L": {"prior": {"dist": "uniform", "min": 600, "max": 652}}}
    card = Card.from_dict({**raw, "parameters": VLL | narrow, "sampler": sampler, "output": "out"}, tmp_path)
    report = check_card(card, draws=2000)
    assert report["warnings"][-1].startswith("the limit on m_L alone removes 9")
    show_check(report, False)
    assert "note: the limit on m_L alone removes 9" in capsys.readouterr().out
    with caplog.at_level(logging.WARNING, "g2fit"):
        execute(card, workers=1)
    (record,) = caplog.records
    assert "the limit on m_L alone removes 9" in record.getMessage()


def test_light_higgsinos_are_beyond_the_bino_levels(tmp_path: Path, capsys: Any) -> None:
    sampler = {"ensembles": 4, "walkers": 32, "max_steps": 100, "stop": {"ess": 1e9}}
    card = Card.from_dict({**BINO, "sampler": sampler, "output": "out"}, tmp_path)
    report = check_card(card, draws=2000)
    ((text, share),) = report["beyond"].items()
    assert "delta: bino, amu: bino leave out winos and higgsinos" in text
    assert share > 0.9
    show_check(report, False)
    assert "of the allowed prior: |mu| is below" in " ".join(capsys.readouterr().out.split())
    execute(card, workers=1)
    (sentence,) = beyond_validity(card)
    assert sentence.startswith("beyond the validity of the options, the best fit and ")
    assert sentence.endswith(f"% of the posterior: {text}")


def test_few_draws_of_which_none_is_allowed_say_nothing(tmp_path: Path) -> None:
    """Nothing is averaged over them."""
    limit = {"cuts": {"mu": {"max": 1.0, "role": "likelihood"}}}
    report = check_card(Card.from_dict({**BINO, **limit, "output": "out"}, tmp_path), draws=50)
    assert (report["accepted"], report["beyond"], report["best_log_likelihood"]) == (0.0, {}, None)


def test_a_check_evaluates_each_draw_as_often_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The evaluations of `Posterior` and of the model alone, with and without cuts of the prior that leave all."""
    passes: list[int] = []
    for owner, name in ((Posterior, "_evaluated"), (Posterior, "predict")):
        made = getattr(owner, name)

        def counted(self: Posterior, theta: np.ndarray, *more: str, made: Any = made) -> Any:
            passes.append(len(theta))
            return made(self, theta, *more)

        monkeypatch.setattr(owner, name, counted)
    monkeypatch.setattr("g2fit.posterior.check._affordable", lambda posterior, draws: draws)
    raw = {"model": {"name": "vll", "formula": "leading_order"}, "data": {"vintage": "paper_2021"}, "parameters": VLL}
    for cuts, expected in (({}, PASSES), ({"m_L": {"min": 1.0, "role": "prior"}}, PASSES + PASSES_OF_CUTS)):
        passes.clear()
        check_card(Card.from_dict({**raw, "cuts": cuts}, tmp_path), draws=2000)
        assert sum(size == 2000 for size in passes) == expected
