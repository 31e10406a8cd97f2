"""What one process finds, for comparison with clusters."""

from __future__ import annotations

from typing import Any

import pytest

from g2fit import Card
from g2fit.inference.evidence import evidence
from g2fit.inference.profile.plane import Axis, scan
from g2fit.pipeline import execute
from tests.support.cards import whole_densities, whole_searches
from tests.support.runs import DISTRIBUTED, digest, write_card

#: Length of the runs.
STEPS = 250


@pytest.fixture(scope="package")
def steps() -> int:
    return STEPS


@pytest.fixture(scope="package")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of one process."""
    folder = tmp_path_factory.mktemp("here")
    card = Card.load(write_card(folder, STEPS, "local"))
    with whole_densities(), whole_searches():  # as other processes have them
        execute(card, workers=1)
        evidence(folder / "out", methods=["bridge"], workers=1)
        scan(card, Axis("m_L", 8), Axis("m_S", 12), workers=1)
    return {verb: digest(verb, folder / "out") for verb in DISTRIBUTED}
