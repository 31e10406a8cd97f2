"""Constraints one after the other: their cards, the surviving share of a posterior, the figure and the page."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from analysis.constraints import __main__ as script
from analysis.constraints.fits import RISE, Row, rows_of, survivors
from analysis.constraints.region import LEVELS, couplings_for_moment, paper_excess, surviving
from analysis.constraints.steps import DATA, MODELS, ORDER, STEPS, card_of, null_card
from analysis.constraints.table import cells, markdown
from g2fit import Card, Posterior
from g2fit.inference.evidence import Aim

#: One round of few draws.
FEW = Aim(10.0, 10.0, 2**15, 2**15, 2**15)
PAGE = "docs/constraints.md"


def step(name: str) -> int:
    return ORDER.index(name)


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    """First rows of the table for the data of the papers."""
    return {row.step: row for row in rows_of("papers", "μ", FEW, ["moments", "doublets", "mixing"])}


@pytest.mark.parametrize(("data", "place"), [("2026, Cs", "latest-cs"), ("2026, Rb", "latest-rb")])
@pytest.mark.parametrize(("model", "name"), [("μ", "vll"), ("e, μ", "vll-emu")])
def test_all_constraints_are_those_of_the_cards(root: Path, data: str, place: str, model: str, name: str) -> None:
    ours, card = card_of(data, model, STEPS[step("neutrinos")]), Card.load(root / f"analysis/{place}-{name}.yaml")
    assert ours.dataset.fingerprint == card.dataset.fingerprint
    assert ours.cuts == card.cuts
    assert ours.model.options == card.model.options
    assert [(p.name, p.prior) for p in ours.parameters] == [(p.name, p.prior) for p in card.parameters]


def test_the_paper_is_the_third_row(root: Path) -> None:
    ours, card = card_of("papers", "μ", STEPS[step("mixing")]), Card.load(root / "analysis/joint-vll.yaml")
    assert ours.dataset.fingerprint == card.dataset.fingerprint
    assert ours.model.options == card.model.options
    assert ours.cuts == card.cuts


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("model", MODELS)
def test_every_step_adds_something(data: str, model: str) -> None:
    cards = [card_of(data, model, s) for s in STEPS if (s.name, data) != ("direct", "papers")]
    seen = {(card.dataset.fingerprint, json.dumps({k: v.min for k, v in card.cuts.items()})) for card in cards}
    assert len(seen) == len(cards)
    for card in cards:
        assert null_card(card).dataset.fingerprint == card.dataset.fingerprint


def test_a_hard_limit_reduces_the_evidence_by_the_surviving_share(rows: dict[str, Row]) -> None:
    share, error = rows["doublets"].survives
    assert share == pytest.approx(np.exp(rows["doublets"].log_b - rows["moments"].log_b), abs=4 * error + 0.01)
    assert 0.2 < share < 0.5
    assert rows["moments"].survives == []


def test_survivors_by_hand() -> None:
    old, new = (Posterior(card_of("2026, Cs", "μ", STEPS[step(name)])) for name in ("stable", "CKM"))
    theta = new.priors.sample(np.random.default_rng(1), 2_000)
    predicted = new.predict(theta)
    datum = next(d for d in new.card.dataset.data if d.observable == "CKM_row_1")
    assert datum.value is not None
    rise = ((predicted["CKM_row_1"] - datum.value) ** 2 - (1.0 - datum.value) ** 2) / datum.error**2
    inside = (predicted["m_N1"] > 0.0) & (predicted["mu_tunnel"] > 1e4) & (predicted["mu_landau"] > 1e4)
    limits = np.all([np.isfinite(v) for k, v in old.terms(theta).items() if k == "m_L"], axis=0)
    expected = (rise < RISE) & inside & limits
    assert 100 < expected.sum() < 1_900
    assert np.array_equal(survivors(new, old, theta), expected)


def test_couplings_survive_only_if_new(rows: dict[str, Row]) -> None:
    """The electroweak couplings count where their variant changes, not where it stays."""
    cards = {name: Posterior(card_of("2026, Cs", "μ", STEPS[step(name)])) for name in ("G_F", "oblique", "higgs")}
    theta = np.array([[3000.0, 300.0, 1e-3, 1e-2, 3.0, 0.01]])  # T is large, and mixing small
    assert cards["oblique"].predict(theta)["T_oblique"][0] > 0.1
    assert not survivors(cards["oblique"], cards["G_F"], theta)[0]
    assert survivors(cards["higgs"], cards["oblique"], theta)[0]


def test_best_fit_of_the_moments(rows: dict[str, Row]) -> None:
    assert rows["moments"].delta_chi2 == pytest.approx((25.1 / 5.9) ** 2, abs=0.01)
    assert rows["moments"].best["delta_a_mu"] == pytest.approx(2.51e-9, rel=1e-3)
    assert rows["doublets"].best["m_L"] >= 650.0
    assert cells(rows["moments"])[5] == "25.10"


def test_the_moment_is_reached() -> None:
    posterior = Posterior(card_of("2026, Cs", "μ", STEPS[step("oblique")]))
    masses = np.array([[1000.0, 500.0], [650.0, 3000.0], [1000.0, 500.0]])
    start = np.array([[0.1, 0.3], [0.3, 0.1], [-0.1, 0.3]])
    theta = couplings_for_moment(posterior, masses, (1.0, 0.0), 1.92e-9, start)
    assert posterior.predict(theta[:2])["delta_a_mu"] == pytest.approx(1.92e-9, rel=2e-5)
    assert theta[:2, 2] / theta[:2, 3] == pytest.approx(start[:2, 0] / start[:2, 1])
    assert np.isfinite(theta[2]).all() == (theta[2, 2] > 0.0)


def test_region_of_the_figure() -> None:
    """At heavy doublets the electroweak fit leaves nothing of Fig 5, and each level only removes points."""
    axis = np.array([150.0, 400.0, 1000.0])
    found = surviving((1.0, 0.0), 1.92e-9, axis, np.geomspace(0.01, 10.0, 12))
    for looser, tighter in pairwise(LEVELS):
        assert (found[looser] <= found[tighter]).all()
    assert found.neutrinos.sel(m_L=150.0, m_S=1000.0) < 0.0
    assert (found.electroweak.sel(m_L=1000.0) > 0.0).all()
    paper = paper_excess((1.0, 0.0), 1.92e-9, axis)
    assert paper["ew"][2, 2] < paper["tau"][2, 2]
    assert paper["ew"][2, 2] < 0.0  # m_L = m_S = 1 TeV is allowed by eq (17)


def test_page_agrees(root: Path, rows: dict[str, Row]) -> None:
    """The first rows of the page are reproduced within their errors."""
    text = (root / PAGE).read_text(encoding="utf-8")
    table = text.partition("<!-- tables -->")[2].partition("<!-- end of tables -->")[0]
    printed = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    first = printed[1 : 1 + len(rows)]
    for row, shown in zip(rows.values(), first, strict=True):
        ours = cells(row)
        assert shown[0] == ours[0]
        log_b, error = (float(number) for number in shown[2].split(" ± "))
        assert log_b == pytest.approx(row.log_b, abs=0.01 + 4.0 * (error + row.error))
        assert float(shown[4]) == pytest.approx(row.delta_chi2, abs=0.11)
        if row.survives:
            assert float(shown[1].split()[0]) == pytest.approx(100 * row.survives[0], abs=4.0)
    titles = {len(line) for line in printed}
    assert titles == {len(ours)}
    assert len(re.findall(r"^Data: ", table, re.M)) == len(DATA) * len(MODELS)


def test_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row("papers", "μ", "moments", [], 1.0, 0.01, 0.9, 18.1,
              {"delta_a_mu": 2e-9, "m_L": 1e3, "m_S": 1e3, "T_oblique": 0.1, "mu_tunnel": 2e6})  # fmt: skip
    other = dataclasses.replace(row, model="MSSM", step="card", best={"delta_a_mu": 2e-9, "delta_a_e": -9e-13})
    monkeypatch.setattr(script, "compute", lambda *_: [row, other])
    page = tmp_path / "page.md"
    page.write_text("<!-- tables -->\nold\n<!-- end of tables -->\n")
    monkeypatch.setattr(sys, "argv", ["constraints", "tables", "--out", str(tmp_path), "--page", str(page)])
    script.main()
    assert markdown([row, other]) in page.read_text()
    assert "old" not in page.read_text()
    assert (tmp_path / "constraints.md").read_text() == markdown([row, other])
    assert json.loads((tmp_path / "constraints.json").read_text())[1]["model"] == "MSSM"
    assert "| > 1000 |" in page.read_text()


def test_figure(tmp_path: Path) -> None:
    script.draw(tmp_path, 3)
    assert (tmp_path / "surviving.png").stat().st_size > 10_000
    assert len(list(tmp_path.glob("*.nc"))) == 4
