"""Tests of densities use the whole ones."""

from collections.abc import Iterator

import pytest

from tests.support.cards import whole_planes


@pytest.fixture(autouse=True)
def planes() -> Iterator[None]:
    """Take the planes of the package."""
    with whole_planes():
        yield
