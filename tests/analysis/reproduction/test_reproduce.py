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

#: What is known to differ and is not our doing: place, start of the quantity, part of the note.
KNOWN = [
    ("eq (1.3)", "m_e^2/m_mu^2", "rounds"),
    ("eq (2.3)", "I(x,x,x)", "misprint"),
    ("eq (3.2)", "c_R", "renormalisation group"),
    ("eq (14)", "(14)/(12)", "significantly smaller"),
    ("eq (17)", "t_", "shift of G_F"),
    ("eq (18)", "t_L, chi2 worse by 4", "another criterion"),
    ("Fig 2, left", "smuons stable above", ""),
    ("Fig 5", "", "shift of G_F"),
    ("sec 2", "largest m2_LR", "never constrained"),
    ("Table 1, I", "Delta_mu", ""),
    ("Table 1, I", "Delta_e/Delta_mu", ""),
    ("Table 1, I", "a_e (1 + Delta_e)", ""),
    ("Table 1, II", "Delta_e", "full"),
    ("Table 1, II", "a_mu (1 + Delta_mu)", "without QED"),
    ("Table 2, I", "Delta_mu", ""),
    ("Table 2, I", "m_sel_2", "bino"),
    ("Table 2, I", "m_stau_1", "full"),
    ("Table 2, I", "|y_e|", "bino"),
    ("Table 2, II", "a_mu (1 + Delta_mu)", "bino"),
    ("Table 2, II", "", "no such branch"),
    ("Table 2, III", "|y_mu|", ""),
    ("Table 2, III", "Delta_mu", "full"),
]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    folder = tmp_path_factory.mktemp("reproduce")
    command = [sys.executable, "-m", "analysis.reproduction", "--out", folder, "--points", "31"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "missing" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def rows(output: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((output / "reproduction.json").read_text())["rows"]
    return found


@pytest.mark.slow
def test_every_item_of_the_papers_has_a_row(rows: list[dict[str, Any]]) -> None:
    equations = {"1906.08768": {"1.3", *(f"2.{n}" for n in range(2, 8)), *(f"3.{n}" for n in range(2, 5))}}
    equations["2106.01373"] = {str(n) for n in (2, 4, 7, 8, *range(11, 22))}
    others = {"1906.08768": {"Fig 1", "Fig 2", "Table 1", "Table 2"}, "2106.01373": {"Fig 2", "Fig 5", "Fig 6"}}
    for paper, wanted in equations.items():
        places = " ".join(row["place"] for row in rows if row["paper"] == paper)
        assert wanted <= set(re.findall(r"eq \(([\d.]+)\)", places))
        assert others[paper] <= set(re.findall(r"(?:Fig|Table) \d", places))


@pytest.mark.slow
def test_formats_agree(output: Path, rows: list[dict[str, Any]]) -> None:
    with (output / "reproduction.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["quantity"] for line in lines] == [row["quantity"] for row in rows]
    assert [line["verdict"] for line in lines] == [row["verdict"] for row in rows]
    text = (output / "reproduction.md").read_text()
    table = [line for line in text.splitlines() if re.match(r"\| (eq|Fig|Table|sec|abstract|derived)", line)]
    assert len(table) == len(rows)
    assert {len(re.split(r"(?<!\\)\|", line)) for line in table} == {10}
    for stem in re.findall(r"\]\(([^\s)]+)\)", text):
        assert (output / stem).stat().st_size > 5000, stem


@pytest.mark.slow
def test_verdicts_follow_from_the_numbers(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if row["ours"] is not None and row["tolerance_unit"] != "decades":
            scale = abs(row["printed"]) if row["tolerance_unit"] == "relative" else 1.0
            agrees = abs(row["ours"] - row["printed"]) <= row["tolerance"] * scale
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
