"""One short run, which has not reached its targets, for all figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from g2fit.card import Card
from g2fit.pipeline import execute
from g2fit.results import Result

CARD = {
    "model": {"name": "vll", "formula": "leading_order"},
    "data": {"vintage": "paper_2021", "gf_shift": False},
    "priors": "../priors/vll-log.yaml",
    "sampler": {"walkers": 64, "ensembles": 4, "seed": 3, "max_steps": 60, "stop": {"ess": 1e6}},
}


@pytest.fixture(scope="package")
def result(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    card = Card.from_dict(CARD, root / "analysis").replace(output=tmp_path_factory.mktemp("runs") / "vll")
    execute(card, workers=1)
    return Result(card.output)
