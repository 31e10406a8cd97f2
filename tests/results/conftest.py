"""Tests of densities use all cells of their grids."""

import pytest


@pytest.fixture(scope="package", autouse=True)
def all_cells(every_cell: None) -> None:
    """Take `every_cell` for all tests of this folder."""
