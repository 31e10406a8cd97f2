"""One short run, which has not reached its targets, for all figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from g2fit.results import Result
from tests.support.cards import VLL_SIX, short_run
from tests.support.shared import shared_folder


@pytest.fixture(scope="package")
def result(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    settings = {"walkers": 64, "max_steps": 60, "proposal": "auto"}
    return Result(shared_folder(tmp_path_factory, "drawn", lambda folder: short_run(VLL_SIX, root, folder, **settings)))
