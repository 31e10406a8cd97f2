"""Bibliography of a fit."""

from __future__ import annotations

import re

import pytest

from g2fit.data import DataSection, load, resolve
from g2fit.models import get_model
from g2fit.output.citations import _known, bibtex, bibtex_of_fits, citations


@pytest.fixture(scope="module")
def fit():
    return get_model("vll", gf_shift=True, oblique=True), resolve(DataSection(vintage="latest_2026_11", delta_a_e="rb"))


def test_several_fits_cite_each_work_once(fit):
    other = get_model("mssm"), resolve(DataSection(vintage="paper_2019"))
    text = bibtex_of_fits([fit, other])
    keys = re.findall(r"@\w+\{(.*),", text)
    assert len(set(keys)) == len(keys)
    assert set(keys) == {key for one in (fit, other) for key in re.findall(r"@\w+\{(.*),", bibtex(*one))}
    assert "% Data: vintage latest_2026_11, paper_2019\n" in text


def test_formulas_data_with_what_they_come_from_and_software(fit):
    text = bibtex(*fit)
    for identifier in (
        "2106.01373",  # formulas
        "2505.21476", "2506.03069",  # prediction and measurement behind the difference
        "10.1038/s41586-020-2964-7", "2209.13084",  # alpha(Rb) and a_e
        "2103.12074", "2207.10756",  # electroweak fit, and where it was transcribed from
        "2411.07143", "1202.3665", "10.21105/joss.01143",
    ):  # fmt: skip
        assert identifier in text
    assert "1812.04130" not in text  # caesium was not chosen
    assert "Muong-2:2025xyk" in text


def test_bibtex_is_well_formed(fit):
    text = bibtex(*fit)
    keys = re.findall(r"^@\w+\{([^,]+),$", text, flags=re.M)
    assert len(keys) == len(set(keys)) == len(citations(*fit))
    assert text.count("{") == text.count("}")
    assert all(re.fullmatch(r"[A-Za-z0-9:.\-/]+", key) for key in keys)


def test_every_vintage_can_be_cited():
    model = get_model("mssm")
    for name, vintage in load().vintages.items():
        choice = "rb" if vintage.choose_one or vintage.inherits else None
        assert "@" in bibtex(model, resolve(DataSection(vintage=name, delta_a_e=choice)))


def test_optional_programs(fit):
    assert "1904.02180" in bibtex(*fit, software=("dynesty",))


def test_latex_can_read_every_record():
    """No special character outside of mathematics, and braces that match."""
    for kind, records in _known().items():
        for name, record in records.items():
            for key in ("author", "title", "collaboration"):
                text = re.sub(r"\$[^$]*\$", "", str(record.get(key, "")))
                assert not re.search(r"[_^&#%$~]", text), (kind, name, text)
                assert text.count("{") == text.count("}"), (kind, name)
                assert text.isascii(), (kind, name, text)


def test_custom_likelihoods_are_named(fit, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("def term(columns): ...\n")
    info = tmp_path / "mine-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text("[g2fit.likelihoods]\nown = mine:term\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    dataset = resolve(DataSection(vintage="paper_2021", likelihoods="own"))
    assert "title = {{mine 2.1}}" in bibtex(fit[0], dataset)
