"""The stored evidences of cards: averages in the parameters themselves and in the chart, which share no draws."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from g2fit import Card
from tests.support import ROOT

TRUTHS: dict[str, Any] = json.loads((ROOT / "benchmarks/truths.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name, truth in TRUTHS.items() if "chart" in truth])
def test_both_averages_agree(name: str) -> None:
    raw, chart = TRUTHS[name], TRUTHS[name]["chart"]
    assert chart["error"] <= 0.01
    assert abs(raw["log_z"] - chart["log_z"]) < 4.0 * np.hypot(raw["error"], chart["error"])


@pytest.mark.parametrize("name", TRUTHS)
def test_truth_belongs_to_the_data_of_the_card(name: str) -> None:
    card = Card.load(ROOT / f"analysis/{name}.yaml")
    assert TRUTHS[name]["data_fingerprint"] == card.dataset.fingerprint
    assert TRUTHS[name]["model"]["name"] == card.model_name
