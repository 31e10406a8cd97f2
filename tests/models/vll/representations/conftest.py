import json
from pathlib import Path

import pytest

from g2fit.models.vll.representations.fields import PAIRS, REPRESENTATIONS

#: Every choice of representations: pairs and single ones.
CHOICES = [*PAIRS, *((name,) for name in REPRESENTATIONS)]


def pytest_generate_tests(metafunc):
    """Run tests with the argument `names` for all choices, those with `pair` for all pairs unless they name some."""
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    for argument, values in (("names", CHOICES), ("pair", list(PAIRS))):
        if argument in metafunc.fixturenames and argument not in own:
            metafunc.parametrize(argument, values, ids="+".join)


@pytest.fixture(scope="session")
def reference():
    """Points evaluated with 130 digits, see ``source`` in the file."""
    return json.loads(Path(__file__).with_name("reference.json").read_text())
