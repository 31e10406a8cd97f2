"""``make reproduce``: every item of both papers, in three formats that say the same, with the verdicts as they are."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.shared import shared_folder

#: Numbers of the equations of each paper, as its text counts them.
EQUATIONS = {
    "1906.08768": ("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "3.1", "3.2", "3.3", "3.4"),
    "2106.01373": tuple(str(n) for n in range(1, 22)),
}
#: Tables, and figures that show numbers; Figs 1, 3 and 4 of 2106.01373 are Feynman diagrams.
OTHERS = {"1906.08768": {"Fig 1", "Fig 2", "Table 1", "Table 2"}, "2106.01373": {"Fig 2", "Fig 5", "Fig 6"}}
#: What is known to differ and is not our doing: place, start of the quantity, part of the note.
KNOWN = [
    ("eq (1.2)", "Delta a_mu", "1802.02995"),
    ("eq (1.3)", "m_e^2/m_mu^2", "rounds"),
    ("eq (2.3)", "I(x,x,x)", "misprint"),
    ("eq (3.2)", "c_R", "renormalisation group"),
    ("eq (14)", "(14)/(12)", "grows with the masses"),
    ("eq (17)", "t_", "shift of G_F"),
    ("eq (18)", "t_L, chi2 worse by 4", "another criterion"),
    ("Fig 5", "", "shift of G_F"),
    ("sec 2", "selectrons' m2_LR", "never constrained"),
    ("sec 2", "fraction of decays of the heavier smuon", "mixing is maximal"),
    ("sec 2", "a_e at M2", "as large as 1 + Delta_e"),
    ("sec 2", "1 + Delta_e", "3 and 1 per cent"),
    ("sec 2, footnote 6", "scale of the charge-breaking vacuum", "heavy smuons"),
    ("sec 2, footnote 8", "Landau pole of tan(beta) = 80", "10^15.7"),
    ("sec 2, footnote 8", "Landau pole of tan(beta) = 90", "10^12.8"),
    ("sec. II", "factor with which two loops", "falls"),
    ("sec. III", "largest t_L with R_tau at its face value", "not even t_L = 0"),
    ("sec. III", "mu_tunnel where P = 1", "decays"),
    ("sec. IV", "limit on t_L with t_e = t_mu", "twice as strong"),
    ("Table 1, I", "Delta_mu", "no choice of couplings"),
    ("Table 1, I", "Delta_e/Delta_mu", "contradicts eq (2.2)"),
    ("Table 1, I", "a_e (1 + Delta_e)", "agrees without delta_QED"),
    ("Table 2, I", "Delta_mu", "agrees with all diagrams"),
    ("Table 2, II", "", "no such branch"),
    ("Table 2, III", "|y_mu", "contradict eq (2.1)"),
    ("Table 2, III", "Delta_mu", "agrees with g_Y"),
]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "analysis.reproduction", "--out", folder, "--points", "31"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "missing" not in done.stderr

    return shared_folder(tmp_path_factory, "reproduce", make)


@pytest.fixture(scope="module")
def rows(output: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((output / "reproduction.json").read_text())["rows"]
    return found


@pytest.mark.slow
def test_every_item_of_the_papers_has_a_row(rows: list[dict[str, Any]]) -> None:
    for paper, numbers in EQUATIONS.items():
        places = " ".join(row["place"] for row in rows if row["paper"] == paper)
        assert set(re.findall(r"eq \(([\d.]+)\)", places)) == set(numbers)
        assert set(re.findall(r"(?:Fig|Table) \d", places)) == OTHERS[paper]


@pytest.mark.slow
def test_every_tolerance_has_a_reason_and_every_difference_an_explanation(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert row["reason"], row
        assert row["verdict"] == "agrees" or len(row["note"]) > 7, row
        assert row["tolerance"] > 0.0 or row["basis"] in ("statement", "upper bound", "lower bound"), row


@pytest.mark.slow
def test_the_page_has_the_counts_of_the_rows(rows: list[dict[str, Any]], root: Path) -> None:
    text = (root / "docs" / "reproduction.md").read_text(encoding="utf-8")
    sections = r"1906\.08768|2106\.01373|other vector-like leptons"
    found = re.findall(rf"^\| ({sections}) \| (\d+) \| (\d+) \| (\d+) \|$", text, flags=re.MULTILINE)
    for paper, *counts in found:
        verdicts = [row["verdict"] for row in rows if row["paper"] == paper]
        assert [int(n) for n in counts] == [len(verdicts), verdicts.count("agrees"), verdicts.count("differs")], paper
    assert len(found) == 3


@pytest.mark.slow
def test_formats_agree(output: Path, rows: list[dict[str, Any]]) -> None:
    with (output / "reproduction.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["quantity"] for line in lines] == [row["quantity"] for row in rows]
    assert [line["verdict"] for line in lines] == [row["verdict"] for row in rows]
    text = (output / "reproduction.md").read_text()
    table = [line for line in text.splitlines() if re.match(r"\| (eq|Fig|Table|sec|abstract|derived|code)", line)]
    assert len(table) == len(rows)
    assert {len(re.split(r"(?<!\\)\|", line)) for line in table} == {11}
    for stem in re.findall(r"\]\(([^\s)]+)\)", text):
        assert (output / stem).stat().st_size > 5000, stem


@pytest.mark.slow
def test_verdicts_follow_from_the_numbers(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if row["ours"] is not None and row["tolerance_unit"] != "decades":
            scale = abs(row["printed"]) if row["tolerance_unit"] == "relative" else 1.0
            excess = row["ours"] - row["printed"]
            if row["basis"].endswith("bound"):
                excess = max(0.0, excess if row["basis"] == "upper bound" else -excess)
            agrees = abs(excess) <= row["tolerance"] * scale
            assert row["verdict"] == ("agrees" if agrees else "differs"), row


@pytest.mark.slow
def test_nothing_differs_that_is_not_known_to(rows: list[dict[str, Any]]) -> None:
    differing = [row for row in rows if row["verdict"] == "differs"]
    unknown = [
        row
        for row in differing
        if not any(row["place"] == p and row["quantity"].startswith(q) and n in row["note"] for p, q, n in KNOWN)
    ]
    assert not unknown
    stale = [
        (p, q, n)
        for p, q, n in KNOWN
        if not any(row["place"] == p and row["quantity"].startswith(q) and n in row["note"] for row in differing)
    ]
    assert not stale
