import json
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference():
    """Points evaluated with 130 digits, see ``source`` in the file."""
    return json.loads(Path(__file__).with_name("reference.json").read_text())
