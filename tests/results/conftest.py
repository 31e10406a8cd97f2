"""Tests of densities use all cells of their grids."""

import pytest

from g2fit.results import kernel_density, marginals


@pytest.fixture(autouse=True)
def all_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marginals, "BINS_2D", kernel_density.BINS_2D)
