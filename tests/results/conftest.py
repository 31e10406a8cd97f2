"""Tests of densities use the whole ones."""

from collections.abc import Iterator

import pytest

from tests.support.cards import whole_densities


@pytest.fixture(autouse=True)
def whole() -> Iterator[None]:
    """Take the densities of the package."""
    with whole_densities():
        yield
