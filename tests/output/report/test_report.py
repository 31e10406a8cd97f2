"""What a report says, and that it is one sound HTML file whatever the names are."""

from __future__ import annotations

import base64
import io
import itertools
import json
import logging
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from PIL import Image

from g2fit.card import Card
from g2fit.core.errors import G2fitError, InputError
from g2fit.core.netcdf import write_netcdf
from g2fit.inference.profile.plane import load_scan
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.report import comparison, figures, report
from g2fit.output.report.comparison import Comparing
from g2fit.output.report.figures import Picture, encode
from g2fit.output.report.labels import label
from g2fit.output.report.reported_run import ReportedRun
from g2fit.output.summary import summarise
from g2fit.results import Result
from g2fit.sampling.run_folder import RunFolder
from tests.output.report.conftest import CARD

#: Elements without content.
VOID = frozenset({"br", "img", "input", "link", "meta", "wbr"})

NASTY = "<img src=x onerror=alert(1)>&\"'"


class Document(HTMLParser):
    """Elements, their attributes and the visible text; fails where a tag is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"
        if tag not in ("a", "sup", "code", "strong", "i", "span"):
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.text += data

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def document(page: Path) -> Document:
    return Document(page.read_text(encoding="utf-8"))


def test_file_is_sound_and_small(page: Path, document: Document) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert len(text) < 10_000_000
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]  # and no temporary file is left
    assert document.of("script", "iframe", "object", "embed", "base", "form") == []
    assert not [name for _, attributes in document.elements for name in attributes if name.startswith("on")]


def test_nothing_is_fetched(page: Path, document: Document) -> None:
    addresses = [
        a[key] for _, a in document.elements for key in ("src", "href", "srcset", "data", "action") if key in a
    ]
    assert addresses
    papers = ("https://arxiv.org/abs/", "https://doi.org/")  # places to go to, which are not fetched
    assert all(address and address.startswith(("data:", "#", *papers)) for address in addresses)
    assert {name for name, a in document.elements if str(a.get("href")).startswith(papers)} == {"a"}
    style = re.search(r"<style>(.*?)</style>", page.read_text(encoding="utf-8"), re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert "default-src 'none'" in str(document.of("meta")[1]["content"])


def test_names_are_escaped(page: Path, document: Document) -> None:
    assert NASTY in document.text
    assert "bridge <sampling>" in document.text
    text = page.read_text(encoding="utf-8")
    assert "<img src=x" not in text
    assert "<sampling>" not in text


def test_links_lead_somewhere_and_identifiers_are_unique(document: Document) -> None:
    identifiers = [a["id"] for _, a in document.elements if "id" in a]
    assert len(set(identifiers)) == len(identifiers)
    links = [link for a in document.of("a") if (link := str(a["href"])).startswith("#")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(identifiers)


def test_papers_are_links(page: Path, document: Document) -> None:
    links = {str(a["href"]) for a in document.of("a")}
    assert "https://arxiv.org/abs/2106.01373" in links
    bare = re.sub(r"<a [^>]*>[^<]*</a>", "", page.read_text(encoding="utf-8"))
    assert not re.search(r"arXiv:\d", bare)


def test_headings_go_down_by_one_level(document: Document) -> None:
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(lower <= higher + 1 for higher, lower in itertools.pairwise(levels))


def test_figures_have_texts_and_tables_captions(document: Document) -> None:
    figures = document.of("img")
    assert len(figures) >= 6
    for figure in figures:
        assert len(str(figure["alt"])) > 40
        image = Image.open(io.BytesIO(base64.b64decode(str(figure["src"]).partition(",")[2])))
        assert (str(image.width), str(image.height)) == (figure["width"], figure["height"])
        assert image.width >= 1000
    assert any("Plane of m_L and Y_R" in str(figure["alt"]) for figure in figures)
    tags = [tag for tag, _ in document.elements]
    assert tags.count("caption") == tags.count("table") == tags.count("thead") > 5
    assert all(a.get("scope") in ("row", "col") for a in document.of("th"))
    assert all(a.get("aria-label") or a.get("aria-hidden") for a in document.of("svg"))


def test_report_says_what_was_done(run: Result, document: Document) -> None:
    text = document.text
    assert f"Not converged: smallest effective sample size {run.verdict.ess:.0f} ({run.verdict.ess_name}" in text
    assert "target 1000000" in text
    assert f"largest R-hat {run.verdict.rhat:.4f}" in text
    for words in (
        "paper_2021",
        "formula: leading_order",
        "loguniform: min 100, max 10000",
        "fixed to 500",
        "equal to Y_V",
    ):
        assert words in text
    for row in run.card.dataset.table():
        assert row["entry"] in text
        assert row["role"] == "figure only" or row["reference"] in text
    assert "2021-04" in text
    assert "2.51 × 10−9" in text.replace("\xa0", " ")
    assert str(run.manifest["fingerprint"]) in text
    assert str(run.manifest["data_fingerprint"]) in text
    assert run.manifest["platform"] in text
    assert f"numpy {run.manifest['versions']['numpy']}" in text
    assert "max_steps: 40" in text  # of the card
    assert "Limits that bound nothing" not in text  # there is none here


def test_report_has_the_numbers(run: Result, document: Document) -> None:
    text = document.text.replace("\xa0", " ")
    draws = run.draws("m_L")
    low, high = np.quantile(draws, [0.15865, 0.84135])
    assert f"{np.median(draws):.4g} {low:.0f} … {high:.0f}" in text
    best = ReportedRun(run.folder.path, 1, "x").best
    assert list(best.data) == ["delta_a_mu", "R_tau", "dgL_W_mu", "dgR_Z_mu"]
    for name, datum in best.data.items():
        assert best.pulls[name] == pytest.approx((datum["value"] - datum["predicted"]) / datum["error"])
        assert f"{best.pulls[name]:+.2f}".replace("-", "\N{MINUS SIGN}") in text
    for name in ("delta_a_mu", "R_tau"):
        assert best.chi2[name] == pytest.approx(best.pulls[name] ** 2)
    assert f"ln L = {best.log_likelihood:.6g}" in text
    assert "31.250 ± 0.004" in text
    assert "agree: they differ by +0.001 ± 0.006" in text
    assert "3.25 nat" in text


def test_report_cites_formulas_data_and_programs(document: Document) -> None:
    for eprint in ("2106.01373", "2103.12074", "1202.3665"):
        assert f"eprint = {{{eprint}}}" in document.text
    assert document.text.count("eprint = {2106.01373}") == 1


# Several runs -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def summary(run: Result) -> dict[str, object]:
    return summarise(run)


@pytest.fixture
def drawn_once(summary: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures and summaries that cost nothing."""

    def one(shown: object) -> list[Picture]:
        return [Picture("corner", "corner", "alternative", "caption", Figure(figsize=(1.0, 1.0)))]

    monkeypatch.setattr("g2fit.output.report.reported_run.pictures_of", one)
    monkeypatch.setattr("g2fit.output.report.reported_run.summarise", lambda result, levels: summary)


def copies(run: Result, folder: Path) -> list[Path]:
    places = [folder / "a" / "same", folder / "b" / "same"]
    for place in places:
        shutil.copytree(run.folder.path, place)
    return places


def test_two_runs_are_compared_by_their_evidences(run: Result, drawn_once: None, tmp_path: Path) -> None:
    one, two = copies(run, tmp_path)
    content = json.loads((two / "evidence.json").read_text())
    content["log_z"] = content["estimators"]["bridge"]["log_z"] = 28.75
    (two / "evidence.json").write_text(json.dumps(content))
    document = Document(report([one, two], tmp_path).read_text(encoding="utf-8"))
    assert (tmp_path / "report.html").is_file()
    assert "a/same against b/same 2.500 ± 0.006 positive, for" in document.text
    assert "b/same against a/same" not in document.text
    assert document.text.count("eprint = {2106.01373}") == 1


def test_evidence_of_something_else_is_left_out(run: Result, drawn_once: None, tmp_path: Path) -> None:
    one, two = copies(run, tmp_path)
    content = json.loads((two / "evidence.json").read_text())
    content["manifest"]["fingerprint"] = "0" * 64
    (two / "evidence.json").write_text(json.dumps(content))
    (one / "evidence.json").unlink()
    document = Document(report([one, two], tmp_path / "out.html").read_text(encoding="utf-8"))
    assert "was computed by other code, or belongs to another card or to other data; it is left out" in document.text
    assert "31.250" not in document.text
    assert f"g2fit evidence {one} does it" in document.text.replace("  ", " ")
    assert "No Bayes factors" in document.text


def comparison_of(run: Result, name: str) -> dict[str, Any]:
    """``comparison.json`` of a run and the Standard Model, in its layout."""

    def model(kind: str, log_z: float) -> dict[str, object]:
        return {
            "model": kind,
            "options": run.card.model_options if kind == "vll" else {},
            "code": run.manifest["code"],
            "log_z": log_z,
            "error": 0.004 if kind == "vll" else 0.0,
            "best_fit": {"log_likelihood": log_z + 3.0},
            "chi2": {"total": 2.0},
            "data": 4,
            "parameters": 3,
            "aic": -50.0,
            "bic": -51.0,
            "predictive_p": {"total": 0.4},
            "information_gain": 3.25,
            "effective_dimension": 2.5,
        }

    piece = {
        "piece": "R_tau", "latex": r"R_\tau", "log_z_others": None, "log_predictive": 4.5, "log_predictive_error": 0.01,
        "held_out_p": 0.25, "sigma": None,
    }  # fmt: skip
    factor = {"error": 0.004, "verbal": "strong, for", "range": [1.5, 4.25]}
    return {
        "data": {"vintage": "paper_2021", "fingerprint": run.manifest["data_fingerprint"], "entries": []},
        "models": {"sm": model("sm", 27.0), name: model("vll", 31.25)},
        "bayes_factors": [
            {"model": "sm", "against": name, "log_b": -4.25, **factor},
            {"model": name, "against": "sm", "log_b": 4.25, **factor},
        ],
        "prior_sensitivity": {
            "sm": [{"priors": "card", "log_z": 27.0, "error": 0.0}],
            name: [
                {"priors": "card", "log_z": 31.25, "error": 0.004, "description": "the card's own"},
                {"priors": "vll-uniform", "log_z": None, "error": None, "description": "<uniform>"},
            ],
        },
        "pieces": {"sm": [piece], name: [piece]},
        "warnings": ["mind the <gap>"],
    }


def test_comparison_beside_the_run_is_shown(run: Result, drawn_once: None, tmp_path: Path) -> None:
    place, _ = copies(run, tmp_path)
    (place.parent / "comparison.json").write_text(json.dumps(comparison_of(run, "same")))
    document = Document(report([place], tmp_path / "out.html").read_text(encoding="utf-8"))
    text = document.text.replace("\xa0", " ")
    assert "same against sm 4.250 ± 0.004 strong, for 1.5 … 4.25" in text
    assert "same: evidence under other priors" in text
    assert "<uniform>" in text
    assert "same: each data set against the others" in text
    assert "mind the <gap>" in text
    assert [a["alt"] for a in document.of("img")][-1] == (
        "Comparison of the models; ln B against the Standard Model: same +4.25."
    )


def test_comparison_of_other_runs_is_refused_or_passed_over(run: Result, drawn_once: None, tmp_path: Path) -> None:
    place, _ = copies(run, tmp_path)
    other = comparison_of(run, "another")
    (place / "comparison.json").write_text(json.dumps(other))
    document = Document(report([place], tmp_path / "out.html").read_text(encoding="utf-8"))
    assert "Bayes factors" not in document.text
    with pytest.raises(InputError, match="has no model 'same'; there are: sm, another"):
        report([place], tmp_path / "out.html", comparison=place)
    changed = comparison_of(run, "same")
    changed["data"]["fingerprint"] = "0"  # type: ignore[index]
    (tmp_path / "comparison.json").write_text(json.dumps(changed))
    with pytest.raises(InputError, match="was made with other data than"):
        report([place], tmp_path / "out.html", comparison=tmp_path / "comparison.json")
    (tmp_path / "comparison.json").write_text('{"models": {}}')
    with pytest.raises(InputError, match=r"is not a comparison; `g2fit compare` makes it"):
        report([place], tmp_path / "out.html", comparison=tmp_path)


def test_foreign_comparison_is_left_out_with_a_note(
    run: Result, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Subject:
        result, data_fingerprint = run, run.manifest["data_fingerprint"]

    caplog.set_level(logging.INFO, "g2fit")
    path, name = tmp_path / "comparison.json", run.folder.path.resolve().name
    good = comparison_of(run, name)
    for content in ("[1, 2]", "no JSON", json.dumps(good | {"models": {name: {}}}), json.dumps(good | {"data": {}})):
        path.write_text(content)
        caplog.clear()
        assert Comparing([Subject()], [tmp_path]).report is None  # type: ignore[list-item]
        (message,) = caplog.messages
        assert message.startswith(f"left out: {path}: is not ")
        with pytest.raises(InputError, match="is not "):
            Comparing([Subject()], [], path)  # type: ignore[list-item]
    caplog.clear()
    good["bayes_factors"][1]["log_b"] = None
    path.write_text(json.dumps(good))
    picture = Comparing([Subject()], [tmp_path]).picture  # type: ignore[list-item]
    assert picture is not None
    assert picture.alternative.endswith("ln B against the Standard Model: unknown.")
    assert caplog.messages == []


def planes(place: Path, change: Callable[[xr.Dataset], None], monkeypatch: pytest.MonkeyPatch) -> list[Picture]:
    """Planes that are drawn of a run folder after its scan was changed; the figures are empty."""
    monkeypatch.setattr(figures, "plane_figure", lambda *_, **__: Figure())
    (path,) = place.glob("scan-*.nc")
    scan = load_scan(path)
    change(scan)
    write_netcdf(scan, path)
    return list(figures._planes(FigureData(Result(place))))


def test_scan_of_another_card_is_left_out(run: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own code is not where the card, as text, would lead from the working folder."""
    place, _ = copies(run, tmp_path)

    def another(scan: xr.Dataset) -> None:
        scan.attrs["card"] = scan.attrs["card"].replace("model:\n", "model:\n  file: model.py\n  class: Own\n")
        scan.attrs["posterior"] = "0" * 64

    assert planes(place, another, monkeypatch) == []


def test_own_code_of_a_scan_is_found_from_the_run_folder(tmp_path: Path) -> None:
    """Where two cards differ as texts, as those of former versions do, they are read again."""
    (tmp_path / "own.py").write_text("def mine(delta_a_mu):\n    return 0.0 * delta_a_mu\n")
    raw = {**CARD, "likelihoods": {"mine": {"file": "own.py", "function": "mine"}}}
    card = Card.from_dict(raw, tmp_path).replace(output=tmp_path)
    attributes = {"card": json.dumps(raw)}
    result: Any = SimpleNamespace(folder=RunFolder(tmp_path), card=card, attributes=attributes)
    assert figures._same_target(xr.Dataset(attrs={"card": card.to_yaml()}), result)
    assert not figures._same_target(xr.Dataset(attrs={"card": json.dumps(raw | {"cuts": {}})}), result)


def test_best_node_of_a_scan(
    run: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place, other = copies(run, tmp_path)

    def tied(scan: xr.Dataset) -> None:
        scan["delta_chi2"][:] = 1.0
        scan["delta_chi2"][0, 2] = scan["delta_chi2"][1, 0] = 0.0

    (picture,) = planes(place, tied, monkeypatch)
    (path,) = place.glob("scan-*.nc")
    scan = load_scan(path)
    y, x = scan["delta_chi2"].dims
    first = f"largest at {x} = {float(scan[x][2]):.4g}, {y} = {float(scan[y][0]):.4g}."
    assert first in picture.alternative

    def forbidden(scan: xr.Dataset) -> None:
        scan["delta_chi2"][:] = np.nan

    caplog.set_level(logging.INFO, "g2fit")
    assert planes(other, forbidden, monkeypatch) == []
    assert "no node of the plane is allowed" in caplog.messages[0]


# What cannot be done, and what must not grow --------------------------------------------------------------------------


def test_impossible_reports_are_refused(run: Result, drawn_once: None, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name at least one run"):
        report([], tmp_path / "out.html")
    with pytest.raises(InputError, match="is named twice"):
        report([run.folder.path, run.folder.path.parent / "." / run.folder.path.name], tmp_path / "out.html")
    with pytest.raises(InputError, match="is it a run folder"):
        report([tmp_path], tmp_path / "out.html")
    file = tmp_path / "file"
    file.write_text("old")
    with pytest.raises(G2fitError, match="cannot be written"):
        report([run.folder.path], file / "out.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_broken_evidence_is_named(run: Result, drawn_once: None, tmp_path: Path) -> None:
    place, _ = copies(run, tmp_path)
    content = json.loads((place / "evidence.json").read_text())
    content["estimators"] = {"prior": {}}
    (place / "evidence.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"evidence\.json: is not a file of this version"):
        report([place], tmp_path / "out.html")


def test_many_figures_are_drawn_coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = Figure(figsize=(1.0, 1.0))
    noise.figimage(np.random.default_rng(1).random((300, 300)), resize=False)
    many = [Picture("corner", f"corner-{i}", "alternative", "caption", noise) for i in range(3)]
    sizes = []
    for budget in (10_000_000, 100_000):
        monkeypatch.setattr(figures, "BUDGET", budget)
        found = list(encode(many))
        sizes.append(sum(map(len, found)))
        assert sizes[-1] <= budget
    assert sizes[1] < sizes[0]
    monkeypatch.setattr(figures, "BUDGET", 1000)
    with pytest.raises(InputError, match="3 figures are too many"):
        encode(many)


def test_labels_are_drawings_with_names() -> None:
    drawn = label(r"m_{\tilde\mu_L}", "soft mass")
    assert drawn.startswith("<svg>".rstrip(">"))
    assert 'aria-label="soft mass"' in drawn
    assert label(r"\nonsense{", "plain <name>") == "<i>plain &lt;name&gt;</i>"


def test_comparison_keeps_numbers_that_are_not_finite(run: Result, tmp_path: Path) -> None:
    (tmp_path / "comparison.json").write_text(json.dumps(comparison_of(run, "same")))
    found = comparison._read(tmp_path / "comparison.json")
    assert np.isnan(found["prior_sensitivity"]["same"][1]["log_z"])
    assert found["pieces"]["same"][0]["sigma"] is None


def test_range_over_one_set_of_priors_is_none(run: Result, tmp_path: Path) -> None:
    """As files of earlier versions have it; they do not say either which priors were varied."""
    content = comparison_of(run, "same")
    for row, span in zip(content["bayes_factors"], ([4.25, 4.25], None), strict=True):
        row["range"] = span
    (tmp_path / "comparison.json").write_text(json.dumps(content))
    found = comparison._read(tmp_path / "comparison.json")
    assert [row["range"] for row in found["bayes_factors"]] == [None, None]
    assert found["varied_priors"] == {}
