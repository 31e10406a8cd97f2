"""Reference values, read once."""

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def reference():
    return json.loads((DATA / "mssm.json").read_text())


@pytest.fixture(scope="session")
def gm2calc():
    return json.loads((DATA / "mssm_gm2calc.json").read_text())
