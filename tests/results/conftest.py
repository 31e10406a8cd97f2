"""Tests of densities use all cells of their grids."""

from collections.abc import Iterator

import pytest

from g2fit.results import kernel_density
from tests.support.cards import cells_of_planes


@pytest.fixture(autouse=True)
def every_cell() -> Iterator[None]:
    """Take the planes of the package."""
    with cells_of_planes(kernel_density.BINS_2D):
        yield
