"""Searches with all their draws, as outside of tests."""

from collections.abc import Iterator

import pytest

from tests.support.cards import whole_searches


@pytest.fixture(scope="package", autouse=True)
def searches() -> Iterator[None]:
    """Explore with all draws: explorations are what is tested here."""
    with whole_searches():
        yield
