"""Limits on S, T, U by the electroweak couplings: the linear map, fits by hand, and the table of the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis import oblique_limits
from analysis.oblique_limits import at_zero, electroweak_group, fit, response, reviewed_fit
from g2fit.models import get_model


def test_response_is_that_of_the_model() -> None:
    """Without mixing, every coupling of the model is the response to its own S, T and U."""
    model = get_model("vll", formula="exact", gf_shift=True, oblique=True)
    values = {"m_L": 300.0, "m_S": 700.0, "Y_L": 1e-9, "Y_R": 1e-9, "Y_V": 2.0, "Y_Vp": -1.0}
    predicted = model.predict([[values[p.name] for p in model.parameters]])
    oblique = np.array([predicted[f"{name}_oblique"][0] for name in "STU"])
    assert abs(oblique[1]) > 0.1
    observables = {d.observable for d in electroweak_group("2026", "pole20").data}
    compared = [name for name in observables if name in predicted]
    assert len(compared) == 20
    for name in compared:
        assert float(response(name) @ oblique) == pytest.approx(float(predicted[name][0]), rel=1e-9, abs=1e-15), name


def test_the_mass_of_the_w_boson_alone() -> None:
    group = electroweak_group("2021", "leptonic10")
    datum = next(d for d in group.data if d.observable == "dm_W")
    found = fit(group, only=["dm_W"])
    slope = response("dm_W")[1]
    assert datum.value is not None
    assert found.best[0] == pytest.approx(datum.value / slope)
    assert found.errors[0] == pytest.approx(datum.error / slope)
    assert found.fall == pytest.approx((datum.value / datum.error) ** 2)


def test_a_fit_minimises_chi2() -> None:
    group = electroweak_group("2026", "pole20")
    measured = np.array([d.value for d in group.data], dtype=float)
    slopes = np.array([response(d.observable) for d in group.data])
    weight = np.linalg.inv(group.covariance)

    def chi2(S: float, T: float) -> float:
        residual = measured - slopes @ [S, T, 0.0]
        return float(residual @ weight @ residual)

    found = fit(group, ("S", "T"))
    best = chi2(*found.best)
    assert chi2(0.0, 0.0) - best == pytest.approx(found.fall)
    for k in (0, 1):  # one standard deviation of one parameter, the other one following
        step = found.covariance[:, k] / found.errors[k]
        assert chi2(*(found.best + step)) - best == pytest.approx(1.0)
    one = at_zero(found)
    assert one.best[0] == pytest.approx(fit(group).best[0])
    assert one.errors[0] == pytest.approx(fit(group).errors[0])


def test_fit_of_the_review() -> None:
    found = reviewed_fit()
    assert found.best.tolist() == [-0.05, 0.0]
    assert found.errors == pytest.approx([0.07, 0.06])
    assert found.correlation == pytest.approx(0.93)


def test_table_of_the_page(root: Path) -> None:
    assert oblique_limits.markdown() in (root / "docs/likelihoods.md").read_text(encoding="utf-8")
