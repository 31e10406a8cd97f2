"""The model of the how-to: known limits, known points, and invalid ones."""

from __future__ import annotations

import doctest
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.integrate import quad

from g2fit.core.errors import ModelError


@pytest.fixture(scope="module")
def example(root: Path) -> ModuleType:
    spec = spec_from_file_location("dark_photon", root / "examples/own_model/dark_photon.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def test_doctest(example: ModuleType) -> None:
    result = doctest.testmod(example)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("r", [0.05, 1.0, 20.0])
def test_loop_function(example: ModuleType, r: float) -> None:
    expected, _ = quad(lambda z: 2 * z * (1 - z) ** 2 / ((1 - z) ** 2 + r * r * z), 0, 1, epsrel=1e-12, limit=500)
    np.testing.assert_allclose(example.loop(np.array([r])), expected, rtol=1e-9)


def test_limits(example: ModuleType) -> None:
    np.testing.assert_allclose(example.loop(np.array([0.0])), 1.0, rtol=1e-6)
    np.testing.assert_allclose(example.loop(np.array([1e5])) * 1e10, 2.0 / 3.0, rtol=1e-6)


def test_points(example: ModuleType) -> None:
    prediction = example.DarkPhoton().predict([[0.2, 1e-3], [0.0, 1e-3]])
    assert prediction["reason"].tolist() == [0, 1]
    assert np.isnan(prediction["delta_a_mu"][1])
    assert 0.0 < prediction["delta_a_e"][0] < prediction["delta_a_mu"][0]
    assert example.DarkPhoton(electron=False).predict([[0.2, 1e-3]])["delta_a_e"][0] == 0.0
    with pytest.raises(ModelError, match="allowed: electron"):
        example.DarkPhoton(elektron=False)
