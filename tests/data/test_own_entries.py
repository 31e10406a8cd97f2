"""Measurements of a card: never taken away by names of the package, overlap declared by entry, correlated pairs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from g2fit import Card
from g2fit.core.errors import CardError, DataError
from g2fit.data import DataSection, resolve
from g2fit.likelihoods import build_terms
from g2fit.models.sm import StandardModel


def own(observable="delta_a_mu", value=1e-9, error=4e-10, **more):
    return {"observable": observable, "value": value, "error": error, "reference": "me", **more}


def pair(rho, **entries):
    return {"members": list(entries), "matrix": [[1, rho], [rho, 1]]}


def ids(**choices):
    return resolve(DataSection(**{"vintage": "paper_2019", **choices})).entry_ids


def test_exclude_takes_away_entries_of_the_package_alone():
    entries = {"one": own(), "two": own(value=2e-9)}
    mine = {"mine": pair(0.5, **entries)}
    given = {"extra_measurements": entries, "extra_correlations": mine}
    assert set(ids(exclude="delta_a_mu", **given)) == {"dae_seed2019_cs", "one", "two"}
    assert set(ids(exclude=["delta_a_mu", "one"], **given)) == {"dae_seed2019_cs", "two"}
    assert set(ids(exclude=["delta_a_mu", "mine"], **given)) == {"dae_seed2019_cs"}


def test_exclude_in_a_file_of_two_correlated_anomalies(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "measurements:\n"
        "  one: {observable: delta_a_mu, value: 1.0e-9, error: 4.0e-10, reference: me}\n"
        "  two: {observable: delta_a_mu, value: 2.0e-9, error: 5.0e-10, reference: me}\n"
        "correlations:\n  mine: {members: [one, two], matrix: [[1, 0.5], [0.5, 1]]}\n"
    )
    section = DataSection(vintage="paper_2019", exclude=("delta_a_mu", "delta_a_e"), extra_file="own.yaml")
    likelihood = build_terms(resolve(section, tmp_path), StandardModel())
    assert likelihood.names == ("mine",)
    out = np.empty((1, 1))
    likelihood.evaluate(np.empty((1, 0)), np.empty((1, 0)), out)
    covariance = np.array([[16.0, 10.0], [10.0, 25.0]])
    expected = multivariate_normal.logpdf([10.0, 20.0], [0.0, 0.0], covariance) + 2 * np.log(1e10)
    assert out[0, 0] == pytest.approx(expected, rel=1e-12)


def test_an_own_value_of_the_electron_needs_no_choice():
    entries = {"mine": own("delta_a_e", 1e-13, 2e-13)}
    dataset = resolve(DataSection(vintage="wp2025", exclude=("delta_a_e",), extra_measurements=entries))
    assert [datum.entry.id for datum in dataset.all_data if datum.observable == "delta_a_e"] == ["mine"]


def test_names_of_the_packages_overlaps_do_not_concern_own_entries():
    """The pattern ``damu_*`` of the file, or ``MW_*``, is about its own entries."""
    assert "MW_mine" in ids(extra_measurements={"MW_mine": own("dm_W", 0, 1e-4)})
    assert "damu_mine" in ids(exclude="delta_a_mu", extra_measurements={"damu_mine": own()})


def test_overlap_is_declared_by_entry():
    mine = own("delta_a_mu", overlaps=[])
    assert {"damu_seed2019", "mine"} <= set(ids(extra_measurements={"mine": mine}))
    block = {"both": {"members": ["mine", "damu_seed2019"], "matrix": [[1, 0.3], [0.3, 1]]}}
    assert "mine" in ids(extra_measurements={"mine": own()}, extra_correlations=block)
    mine["overlaps"] = ["damu_seed2019"]
    assert "mine" in ids(extra_measurements={"mine": mine}, extra_correlations=block)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"extra_measurements": {"mine": own()}}, "damu_seed2019 and mine cannot enter one fit: both are values of"),
        (
            {"exclude": "delta_a_mu", "extra_measurements": {"one": own(), "two": own()}},
            "one and two cannot enter one fit: both are values of delta_a_mu, and differences with the same prediction",
        ),
        (
            {"extra_measurements": {"mine": own("dm_W", 0, 1e-4, overlaps="damu_seed2019")}},
            "mine says that it overlaps",
        ),
        (
            {"extra_measurements": {"mine": own("dm_W", 0, 1e-4, overlaps="damu_sed2019")}},
            "did you mean 'damu_seed2019'",
        ),
        ({"extra_measurements": {"x": own("dm_W", 0, 1e-300)}}, "between 1e-100 and 1e[+]100"),
        (
            {
                "extra_measurements": {"x": own("dm_W", 0, {"plus": 1e-4, "minus": 2e-4}), "y": own("dm_W", 0, 1e-4)},
                "extra_correlations": {"both": pair(0.5, x=0, y=0)},
            },
            "x has the asymmetric error [+]0.0001 -0.0002, but belongs to the correlation block both",
        ),
        (
            {
                "extra_measurements": {"x": own("dm_W", 0, 1e-4), "y": own("dm_W", 0, 1e-4)},
                "extra_correlations": {"both": pair(1 - 1e-12, x=0, y=0)},
            },
            "x, y is not positive definite",
        ),
        (
            {
                "extra_measurements": {"x": own("dm_W", 0, 1e-4), "y": own("dm_W", 0, 1e-4)},
                "extra_correlations": {"both": {"members": ["x", "x"], "matrix": [[1, 1], [1, 1]]}},
            },
            "a member stands there twice",
        ),
        (
            {
                "extra_measurements": {"x": own("dm_W", 0, 1e-4), "y": own("dm_W", 0, 1e-4)},
                "extra_correlations": {"both": {"members": ["x", "y"], "matrix": [[1, 0], [0]]}},
            },
            "must be 2 x 2",
        ),
    ],
)  # fmt: skip
def test_refusals(choices, words):
    with pytest.raises(DataError, match=words):
        ids(**choices)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"extra_measurements": {"[/]x": own()}}, "'[/]x': a name begins with a letter"),
        ({"extra_measurements": {"x": own("[/]R")}}, "data.extra_measurements.x.observable = '[/]R'"),
        ({"extra_measurements": {"x": own(error=True)}}, "data.extra_measurements.x.error = True"),
        ({"extra_measurements": {"x": own(error={"stat": True})}}, "stat must be a number, not True"),
        ({"extra_measurements": {"x": own(value=True)}}, "data.extra_measurements.x.value = True"),
        ({"error_scale": {"delta_a_mu": True}}, "data.error_scale.delta_a_mu = True"),
        ({"limits": {"kind": "smooth", "width": True}}, "data.limits.width = True"),
        ({"theory_uncertainty": {"delta_a_mu": {"absolute": True}}}, "absolute = True"),
        ({"extra_correlations": {"[b]": {"members": ["a"], "matrix": [[1]]}}}, "'[b]': a name begins"),
    ],
)
def test_refusals_of_the_card(data, words):
    with pytest.raises(CardError) as caught:
        Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "paper_2019", **data}})
    assert words in str(caught.value)


@pytest.mark.parametrize("changes", [{"error": 1e-300}, {"error": 1e200}, {"value": 1e200}])
def test_numbers_beyond_the_range_of_squares_are_refused_in_a_block(changes: dict[str, float]) -> None:
    """Their squares are 0 or infinite in the covariance matrix."""
    own = {"observable": "R_W_mu_e", "value": 1.0, "error": 0.1, "reference": "x", **changes}
    section = DataSection.model_validate(
        {
            "vintage": "paper_2021",
            "extra_measurements": {"a": own, "b": {**own, "observable": "R_W_tau_e"}},
            "extra_correlations": {"c": {"members": ["a", "b"], "matrix": [[1, 0.5], [0.5, 1]]}},
        }
    )
    with pytest.raises(DataError, match=r"data\.extra_measurements\.a: .* = 1e[-+](200|300) must be a"):
        resolve(section)
