"""Reference values, read once."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def reference():
    return json.loads((HERE / "reference.json").read_text())


@pytest.fixture(scope="session")
def gm2calc():
    return json.loads((HERE / "gm2calc.json").read_text())
