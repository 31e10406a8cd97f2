"""One short run, which has not reached its targets, for all figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from g2fit.results import Result
from tests.support.cards import VLL_SIX, short_run


@pytest.fixture(scope="package")
def result(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("runs") / "vll"
    return short_run(VLL_SIX, root, folder, walkers=64, max_steps=60, proposal="auto")
