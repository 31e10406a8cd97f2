"""The numbers of the page with questions are those that the program computes."""

from __future__ import annotations

import json
import math
import re
import shlex
import sys
from pathlib import Path

import pytest
from scipy.stats import chi2

from g2fit.cli.main import main
from g2fit.data import load
from g2fit.inference.comparison.jeffreys_scale import GRADES


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/faq.md").read_text(encoding="utf-8").replace("−", "-")


def in_units(value: float, power: int, digits: int) -> str:
    """Value in powers of ten."""
    return f"{value / 10.0**power:.{digits}f}"


def test_regions(page: str) -> None:
    one, two = 100 * chi2.cdf(1.0, 2), 100 * chi2.cdf(4.0, 2)
    assert f"only {one:.2f} %" in page
    assert f"only {two:.2f} %" in page
    levels = [chi2.ppf(probability, 2) for probability in (0.6827, 0.9545)]
    assert f"at Δχ² = {levels[0]:.2f} and {levels[1]:.2f} in a plane" in page.replace("\n", " ")
    assert "## 39 or 68 %" in page


def test_odds(page: str) -> None:
    assert f"ln B = 1 is {math.e:.1f} to 1, 3 is {math.exp(3):.0f} to 1, 5 is {math.exp(5):.0f} to 1" in page
    assert f"up to ln 2 = {math.log(2):.2f}" in page
    said = [(float(least), word) for least, word in re.findall(r'from (\d) "([a-z\s]+)"', page)]
    grades = {word: least for least, word in GRADES}
    assert {" ".join(word.split()): least for least, word in said} == {
        word: least for word, least in grades.items() if least
    }
    assert 'below 1 "bare mention"' in page


def test_moment_in_the_mssm(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.findall(r"^g2fit (point mssm .*)$", page, re.MULTILINE)
    shown = re.findall(r"^\| [^|]* \| ([\d.]+)·10⁻¹⁰ \|", page, re.MULTILINE)
    assert len(lines) == len(shown) == 4
    for line, number in zip(lines, shown, strict=True):
        monkeypatch.setattr(sys, "argv", ["g2fit", *shlex.split(line), "--json"])
        with pytest.raises(SystemExit):
            main()
        (solution,) = json.loads(capsys.readouterr().out)["solutions"]
        assert f"{solution['predictions']['delta_a_mu'] * 1e10:.2f}" == number


def test_values_of_the_muon(page: str) -> None:
    rows = re.findall(r"^\| `(damu_\w+)` \| \((\S+) ± (\S+)\)·10⁻¹⁰", page, re.MULTILINE)
    assert len(rows) == 5
    for name, value, error in rows:
        entry = load().entries[name]
        assert tuple(in_units(number, -10, 2) for number in (entry.value, entry.error)) == (value, error), name


def test_values_of_the_electron(page: str) -> None:
    rows = re.findall(r"^\| `delta_a_e: (\w+)` \| \((\S+) ± (\S+)\)·10⁻¹³", page, re.MULTILINE)
    names = {"cs": "dae_2024_cs", "rb": "dae_2024_rb", "average": "dae_2024_avg_S"}
    assert [name for name, _, _ in rows] == list(names)
    entries = [load().entries[names[name]] for name, _, _ in rows]
    assert [tuple(in_units(number, -13, 1) for number in (e.value, e.error)) for e in entries] == [
        row[1:] for row in rows
    ]


def test_sentences_of_other_pages(root: Path, page: str) -> None:
    """Numbers that are quoted stand on the page that derives them."""

    def words(text: str) -> str:
        return " ".join(text.replace("−", "-").split())

    assert "+1.2 with log-uniform and -0.9 with uniform priors" in words(page)
    assert "+1.2 with log-uniform and -0.9 with uniform priors" in words((root / "docs/comparison.md").read_text())
    assert "by 5.5 standard deviations" in words((root / "docs/measurements.md").read_text())
