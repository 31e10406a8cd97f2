"""Which vector-like lepton: cards and priors of the comparison, the figure's bands, the page."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.constraints.steps import null_card
from analysis.which_vll import __main__ as script
from analysis.which_vll.correlation import K, bands, relation
from analysis.which_vll.models import DATA, MSSM, PAIRS, SCENARIOS, SINGLES, Scenario, card_of
from analysis.which_vll.table import BEST, COLUMNS, Compared, compare, label, markdown, restored
from g2fit import Card, Posterior
from g2fit.inference.evidence import Aim
from g2fit.models import get_model
from g2fit.models.vll.representations.model import VectorLikeRepresentations

#: One round of few draws.
FEW = Aim(10.0, 10.0, 2**15, 2**15, 2**15)
PAGE = "docs/which-vll.md"


@pytest.fixture(scope="module")
def single() -> Compared:
    return compare(Scenario(("E",), "2026"), FEW)


def ranges(card: Card) -> list[tuple[str, float, float]]:
    """Distribution and range of the absolute value of each parameter."""
    found = []
    for parameter in card.parameters:
        assert parameter.prior is not None
        edges = sorted(abs(parameter.prior.arguments[end]) for end in ("min", "max"))
        found.append((parameter.prior.dist, *edges))
    return found


@pytest.mark.parametrize("data", DATA)
def test_all_models_have_the_same_data(data: str) -> None:
    cards = [card_of(Scenario(names, data)) for names in SCENARIOS]
    cards.append(null_card(cards[0]))
    assert len({card.dataset.fingerprint for card in cards}) == 1
    observables = {datum.observable for datum in cards[0].dataset.all_data}
    assert {"delta_a_mu", "mu_h_mumu", "mu_h_gammagamma", "dm_W", "dgL_Z_mu"} <= observables
    for card in cards[:-2]:
        assert card.model.options.gf_shift
        assert card.model.options.oblique


def test_each_representation_has_its_limit() -> None:
    for names in (*PAIRS, *SINGLES):
        terms = card_of(Scenario(names, "2026")).likelihood.names
        assert ("m_L" in terms) == ("L" in names)
        assert ("m_E" in terms) == ("E" in names)
        assert ("m_Sigma0" in terms) == ("Sigma0" in names)
        assert ("U2_N1" in terms) == ("N" in names)
        assert ("m_E1" in terms) == (names not in (("N",), ("L", "N")))


def test_priors_are_equivalent() -> None:
    pairs = {pair: ranges(card_of(Scenario(pair, "2026"))) for pair in PAIRS}
    assert len({tuple(sorted(found)) for found in pairs.values()}) == 1
    for names in SINGLES:
        assert ranges(card_of(Scenario(names, "2026"))) == [("loguniform", 100.0, 1e4), ("loguniform", 0.001, 3.5)]
    flat = ranges(card_of(Scenario(("L", "E"), "2026", "uniform")))
    assert [dist for dist, *_ in flat] == ["loguniform"] * 2 + ["uniform"] * 4
    assert [edges for _, *edges in flat] == [edges for _, *edges in pairs["L", "E"]]
    for pair, found in pairs.items():
        other = card_of(Scenario(pair, "2026", "reversed"))
        assert ranges(other) == found
        changed = [p.name for p, q in zip(other.parameters, card_of(Scenario(pair, "2026")).parameters, strict=True)
                   if p.prior != q.prior]  # fmt: skip
        assert changed == ["Y_Vp" if pair == ("L", "N") else "lambda"]


@pytest.mark.parametrize("names", [("L", "E"), ("Sigma1",)], ids=label)
def test_stable_prior(names: tuple[str, ...]) -> None:
    """It is the prior of the card where both scales are above 10 TeV, and zero elsewhere."""
    plain, stable = (Posterior(card_of(Scenario(names, "2026", prior))) for prior in ("log", "stable"))
    theta = plain.sample_prior(np.random.default_rng(7), 2_000)
    model = get_model("vll", representations=list(names), run_to=1e19)
    scales = model.predict(theta)
    allowed = np.minimum(scales["mu_tunnel"], scales["mu_landau"]) > 1e4
    assert 0.3 < allowed.mean() < 0.99
    np.testing.assert_array_equal(stable.log_prior(theta), np.where(allowed, plain.log_prior(theta), -np.inf))


@pytest.mark.parametrize("pair", PAIRS, ids=label)
def test_signs_of_the_priors(pair: tuple[str, ...]) -> None:
    """For heavy partners Delta a_mu is positive, and the opposite sign of lambda_bar (Y_R) makes it negative.

    Of L and N the part that changes its sign falls as 1/M^4, so that partners must not be too heavy.
    """
    posterior = Posterior(card_of(Scenario(pair, "2026")))
    theta = posterior.priors.sample(np.random.default_rng(3), 500)
    theta[:, :2] = np.random.default_rng(4).uniform(1.0, 2.0, (500, 2)) * (1e3 if pair == ("L", "N") else 1e4)
    theta[:, 2:] = np.sign(theta[:, 2:]) * np.random.default_rng(5).uniform(0.5, 1.0, (500, 4))
    assert (posterior.predict(theta)["delta_a_mu"] > 0.0).all()
    theta[:, 3 if pair == ("L", "N") else 5] *= -1.0
    assert (posterior.predict(theta)["delta_a_mu"] < 0.0).all()
    if pair != ("L", "N"):
        assert (theta[:, 4] * theta[:, 5] > 0.0).all()  # lambda lambda_bar < 0 in the prior of all pairs


def test_the_four_choices_of_signs_cover_all_signs() -> None:
    """Of the sixteen signs of the couplings only two are physical: those of the product and of lambda lambda_bar."""
    rng = np.random.default_rng(1)
    for pair in PAIRS:
        model = VectorLikeRepresentations(representations={"mu": pair}, self_energies=True)
        point = np.r_[800.0, 1500.0, rng.uniform(0.1, 0.5, 4)]
        signs = np.array(np.meshgrid(*[(-1, 1)] * 4)).reshape(4, 16).T
        p = model.predict(np.c_[np.tile(point[:2], (16, 1)), signs * point[2:]])
        D, X, one, bar = signs.T
        for name in ("delta_a_mu", "mu_h_mumu", "mu_h_gammagamma", "T_oblique", "dgL_W_mu"):
            for kind in {(a, b) for a, b in zip(D * X * bar, one * bar, strict=True)}:
                same = p[name][(D * X * bar == kind[0]) & (one * bar == kind[1])]
                np.testing.assert_allclose(same, same[0], rtol=1e-9, atol=1e-16)
        assert len(set(np.round(p["delta_a_mu"] / abs(p["delta_a_mu"]).max(), 9))) == 4


def test_evidence_of_a_single_representation(single: Compared) -> None:
    """Against the mean likelihood of draws of the prior; its coupling to the Higgs boson stays positive."""
    card = card_of(Scenario(("E",), "2026"))
    posterior = Posterior(card)
    theta = posterior.priors.sample(np.random.default_rng(9), 200_000)
    log_likelihood = posterior.log_likelihood(theta)
    null = Posterior(null_card(card)).log_likelihood(np.empty((1, 0)))[0]
    weights = np.exp(log_likelihood - null)
    error = weights.std() / weights.mean() / np.sqrt(len(weights))
    assert single.row.log_b == pytest.approx(np.log(weights.mean()), abs=4 * np.hypot(error, single.row.error))
    assert single.negative == 0.0
    assert -1.5 < single.row.log_b < 0.0


def test_bands_follow_the_relation() -> None:
    edges = 1e-10 * np.array([0.0, 2.0, 4.0, 6.0, 60.0, 61.0])
    found = bands(("L", "Sigma1"), edges, 2**18)
    expected = relation(K["L", "Sigma1"], found.delta_a_mu.values)
    inside = slice(0, 3)
    assert (found.effective[inside] > 500).all()
    assert (found.low < found.middle).values[inside].all()
    assert (found.middle < found.high).values[inside].all()
    np.testing.assert_allclose(found.middle[inside], expected[inside], atol=0.05)
    assert found.effective[-1] < 100
    assert np.isnan(found.middle[-1])


def test_page_agrees(root: Path, single: Compared) -> None:
    text = (root / PAGE).read_text(encoding="utf-8")
    table = text.partition("<!-- tables -->")[2].partition("<!-- end of tables -->")[0]
    printed = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    first = printed[1 : 1 + len(SCENARIOS)]
    assert [row[0] for row in first] == [label(names) for names in SCENARIOS]
    column = 1 + [heading for *_, heading in COLUMNS].index("2026")
    log_b, error = map(float, first[SCENARIOS.index(("E",))][column].split(" ± "))
    assert log_b == pytest.approx(single.row.log_b, abs=0.01 + 4.0 * (error + single.row.error))
    assert len(printed) == 1 + len(SCENARIOS) + len(BEST) * len(SCENARIOS)  # the MSSM is in the first table only
    ours = next(line for line in markdown([single]).splitlines() if line.startswith("| E | ") and "%" in line)
    shown = [row for row in printed if row[0] == "E"][1 + BEST.index("2026")]
    assert float(shown[1]) == pytest.approx(float(ours.split(" | ")[1]), abs=0.15)
    assert "images/which-vll.png" in text


def test_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, single: Compared) -> None:
    mssm = replace(single, scenario=Scenario(MSSM, "2026"), row=replace(single.row, log_b=2.0), negative=float("nan"))
    monkeypatch.setattr(script, "compute", lambda *_: [single, mssm])
    page = tmp_path / "page.md"
    page.write_text("<!-- tables -->\nold\n<!-- end of tables -->\n")
    monkeypatch.setattr(sys, "argv", ["which_vll", "tables", "--out", str(tmp_path), "--page", str(page)])
    script.main()
    assert markdown([single, mssm]) in page.read_text()
    assert "old" not in page.read_text()
    assert "| MSSM | – | +2.00 ± " in page.read_text()
    assert json.loads((tmp_path / "which-vll.json").read_text())[1]["negative"] is None
    stable = replace(single, scenario=Scenario(("E",), "2021", "stable"), row=replace(single.row, log_b=3.0))
    monkeypatch.setattr(script, "compute", lambda _, headings: [stable] if headings == ["2021, stable"] else [])
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--columns", "2021, stable"])
    for _ in range(2):  # columns that are not computed are kept, those that are replace the old ones
        script.main()
        assert markdown([single, mssm, stable]) in page.read_text()
        saved = [restored(fit) for fit in json.loads((tmp_path / "which-vll.json").read_text())]
        assert [fit.scenario for fit in saved] == [single.scenario, mssm.scenario, stable.scenario]
        assert saved[0] == single
        assert np.isnan(saved[1].negative)


def test_figure(tmp_path: Path) -> None:
    script.draw(tmp_path, 1)
    assert (tmp_path / "which-vll.png").stat().st_size > 10_000
    assert len(list(tmp_path.glob("*.nc"))) == len(PAIRS)
