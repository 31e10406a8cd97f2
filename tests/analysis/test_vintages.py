"""The table of vintages: its numbers by hand where a line suffices, and its three files."""

from __future__ import annotations

import csv
import json
import sys

import numpy as np
import pytest

from analysis import vintages


def test_standard_model_by_hand():
    row = vintages.null_row("paper_2019", "")
    assert row.chi2 == pytest.approx((8.7 / 3.6) ** 2 + (27.4 / 7.3) ** 2, rel=1e-12)
    row = vintages.null_row("paper_2021", "")
    residual = np.array([-2.7 / 2.6, 0.0])
    coupling = residual @ np.linalg.solve([[1.0, -0.16], [-0.16, 1.0]], residual)
    tau = (0.9762160037 - 0.9726) / 0.002774907
    assert row.chi2 == pytest.approx((25.1 / 5.9) ** 2 + tau**2 + coupling, rel=1e-9)
    choices = {choice: vintages.null_row("wp2025", choice) for choice in ("cs", "rb", "average")}
    assert {name: round(row.terms["delta_a_e"], 2) for name, row in choices.items()} == {
        "cs": 13.30, "rb": 6.03, "average": 0.17}  # fmt: skip
    assert {row.data for row in choices.values()} == {15}


def test_statistics_of_weighted_draws():
    x = np.random.default_rng(1).normal(size=200_000)
    found = vintages.statistics(x, np.exp(0.5 * x))  # shifts a normal distribution by a half
    assert found["mean"] == pytest.approx(0.5, abs=5 * found["error"])
    assert found["sd"] == pytest.approx(1.0, abs=0.01)
    assert (found["low"], found["high"]) == pytest.approx((-0.5, 1.5), abs=0.02)
    assert 0.002 < found["error"] < 0.004


@pytest.mark.slow
def test_models_on_the_data_of_2019(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["vintages.py", "--vintage", "paper_2019", "--out", str(tmp_path)])
    vintages.main()
    rows = {row["model"]: row for row in json.loads((tmp_path / "vintages.json").read_text())}
    assert rows["vll"]["chi2"] == pytest.approx((8.7 / 3.6) ** 2, abs=1e-3)  # no partners of the electron
    assert rows["mssm"]["chi2"] == pytest.approx(0.0, abs=1e-3)  # both anomalies fitted
    for row in (rows["vll"], rows["mssm"]):
        assert row["ess"] > 5_000
        moment = row["quantities"]["delta_a_mu"]
        assert abs(moment["mean"] - 2.74e-9) < 7.3e-10
    text = (tmp_path / "vintages.md").read_text()
    assert "| paper_2019 | 2 | 19.93 (5.84, 14.09) |" in text
    with (tmp_path / "vintages.csv").open() as file:
        table = list(csv.DictReader(file))
    assert {row["quantity"] for row in table if row["model"] == "mssm"} == set(rows["mssm"]["quantities"])
