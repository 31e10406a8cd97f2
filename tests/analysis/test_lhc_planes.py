"""The figure and the table of the LHC's regions, from a short run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from analysis.lhc_planes import REGIONS, draws_of, main, shares
from g2fit import Card
from g2fit.data import load
from tests.support.cards import prior, short_run

CARD: dict[str, Any] = {
    "model": {"name": "mssm", "delta": "bino", "amu": "bino"},
    "data": {"vintage": "paper_2019"},
    "parameters": {
        "M1": prior(20, 400, "uniform"),
        "M2": prior(500, 900, "uniform"),
        "mu": prior(-5e4, -2e4, "loguniform"),
        "tan_beta": prior(20, 60, "uniform"),
        "mL_e": 2000.0,
        "mR_e": 2000.0,
        "mL_mu": prior(500, 3000, "loguniform"),
        "mR_mu": prior(500, 3000, "loguniform"),
    },
}


def test_figure_and_table(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = short_run(CARD, root, tmp_path / "run")
    draws = draws_of(run)
    np.testing.assert_allclose(draws.column("m_smu_1"), run.draws("m_smu_1").ravel(), rtol=1e-12)
    np.testing.assert_allclose(draws.column("delta_a_mu"), run.draws("delta_a_mu").ravel(), rtol=1e-12)
    found = shares(draws)
    kinds = [share for name, share in found.items() if name.startswith("LSP")]
    assert sum(kinds) == pytest.approx(1.0)
    assert found["LSP: bino"] == np.mean((draws.column("m_slepton") > draws.column("m_N1"))
                                         & (draws.column("bino_N1") > 0.9))  # fmt: skip
    assert found["LSP: bino"] > 0.5
    assert {name for name, entry in load().entries.items() if entry.plane} <= set(found)
    assert main([str(tmp_path / "run"), "--out", str(tmp_path / "out")]) == 0
    assert "| LSP: bino |" in capsys.readouterr().out
    assert "| slepton_LR_atlas139 |" in (tmp_path / "out" / "lhc-planes.md").read_text()
    picture = imread(tmp_path / "out" / "lhc-planes.png")
    assert picture.std() > 0.05
    assert (tmp_path / "out" / "lhc-planes.pdf").stat().st_size > 5000


def test_regions_of_the_figure_are_shipped() -> None:
    planes = {name: entry.plane for name, entry in load().entries.items() if entry.plane is not None}
    assert set(REGIONS) <= set(planes)
    assert all(planes[name].channel.y == "m_N1" for name in REGIONS)


def test_the_cards_differ_in_data_and_cut_only(root: Path) -> None:
    for element in ("cs", "rb"):
        plain, planes = (Card.load(root / "analysis" / f"latest-{element}-mssm{end}.yaml") for end in ("", "-planes"))
        assert [p.prior for p in plain.sampled] == [p.prior for p in planes.sampled]
        assert list(planes.cuts) == ["dm_slepton"]
        assert planes.model.options == plain.model.options.model_copy(update={"sparticles": True})
        names = {limit.entry.id for limit in plain.dataset.limits} - {limit.entry.id for limit in planes.dataset.limits}
        assert names == {"slepton_cms2024", "wino_disapp_atlas2022"}
        assert {d.entry.id for d in plain.dataset.all_data} == {d.entry.id for d in planes.dataset.all_data}
