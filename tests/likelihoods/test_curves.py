"""Limits whose bound is a curve, such as the squared mixing of a heavy neutral lepton against its mass."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from g2fit.core.errors import DataError
from g2fit.data import DataSection, listing, load, resolve
from g2fit.data.curves import check_curve
from g2fit.data.measurement import Application
from g2fit.likelihoods import build_terms
from g2fit.models import get_model
from g2fit.models.base import Model, Quantity

HNL = [name for name in load().entries if name.startswith("hnl_")]


class Neutral(Model):
    """Two heavy neutral states, whose masses and mixings are given."""

    name: ClassVar[str] = "vll"
    parameters = tuple(Quantity(name, name) for name in ("m_1", "m_2", "u_1", "u_2"))
    observables = tuple(Quantity(name, name) for name in ("m_N1", "m_N2", "U2_N1", "U2_N2"))
    aliases: ClassVar = {
        f"{name}_{lepton}": name for name in ("m_N1", "m_N2", "U2_N1", "U2_N2") for lepton in ("mu", "e")
    }

    def evaluate(self, theta, out, reason):
        out[:] = theta
        reason[:] = 0


def terms(section, theta, model=None, change=None):
    model = model or Neutral()
    dataset = resolve(DataSection(**{"vintage": "paper_2019", "limits": {"role": "likelihood"}} | section))
    likelihood = build_terms(dataset if change is None else change(dataset), model)
    theta = np.atleast_2d(np.asarray(theta, dtype=float))
    out = np.full((len(theta), len(likelihood.names)), 7.0)
    likelihood.evaluate(theta, theta.copy(), out)
    return likelihood, dict(zip(likelihood.names, out.T, strict=True))


def bound(name: str, m):
    """Bound by NumPy: linear in the logarithms, infinite outside."""
    x, y = load().tables[load().entries[name].curve][1].T
    inside = np.exp(np.interp(np.log(m), np.log(x), np.log(y)))
    return np.where((m >= x[0]) & (m <= x[-1]), inside, np.inf)


def random_points(seed: int, size: int = 5000):
    rng = np.random.default_rng(seed)
    m = 10 ** rng.uniform(-0.5, 4.5, (size, 2))
    return np.hstack([m, 10 ** rng.uniform(-7.0, 0.3, (size, 2)) * rng.choice([-1, 1], (size, 2))])


@pytest.mark.parametrize("name", HNL)
def test_hard_limit_against_numpy(name):
    theta = random_points(len(name))
    likelihood, log_likelihood = terms({"include": name}, theta)
    assert likelihood.names[-2:] == ("U2_N1", "U2_N2")
    for i in (0, 1):
        u, limit = np.abs(theta[:, 2 + i]), bound(name, theta[:, i])
        assert np.all(np.abs(u / limit - 1) > 1e-9)
        expected = np.where(u <= limit, 0.0, -np.inf)
        assert np.isneginf(expected).any()
        np.testing.assert_array_equal(log_likelihood[f"U2_N{i + 1}"], expected)


@pytest.mark.parametrize("name", HNL)
def test_smooth_limit_against_numpy(name):
    theta = random_points(2 * len(name))
    section = {"include": name, "limits": {"kind": "smooth", "width": 0.2, "role": "likelihood"}}
    _, log_likelihood = terms(section, theta)
    for i in (0, 1):
        limit = bound(name, theta[:, i])
        outside = np.isinf(limit)
        z = (1.0 - np.abs(theta[:, 2 + i]) / np.where(outside, 1.0, limit)) / 0.2
        expected = np.where(outside, 0.0, stats.norm.logcdf(z))
        np.testing.assert_allclose(log_likelihood[f"U2_N{i + 1}"], expected, rtol=1e-9, atol=1e-14)


def test_rows_jumps_and_ends():
    """At its rows the bound is the printed one; at a jump the second row counts; beyond the ends there is no limit."""
    rows = load().tables["hnl_e_cms2024"][1]
    repeated = np.flatnonzero(np.diff(rows[:, 0]) == 0.0)
    assert len(repeated) == 2
    kept = np.delete(rows, repeated, axis=0)
    for factor, value in ((1 - 1e-9, 0.0), (1 + 1e-9, -np.inf)):
        theta = np.column_stack([kept[:, 0], kept[:, 0], kept[:, 1] * factor, np.zeros(len(kept))])
        np.testing.assert_array_equal(terms({"include": "hnl_e_cms2024"}, theta)[1]["U2_N1"], value)
    ends = [[rows[0, 0] * (1 - 1e-12), 1, 5, 0], [rows[-1, 0] * (1 + 1e-12), 1, 5, 0]]
    np.testing.assert_array_equal(terms({"include": "hnl_e_cms2024"}, ends)[1]["U2_N1"], 0.0)
    just_below = [[rows[repeated[0], 0] * (1 - 1e-12), 1, 4e-4, 0]]  # 3.2e-4 on the left, no limit on the right
    np.testing.assert_array_equal(terms({"include": "hnl_e_cms2024"}, just_below)[1]["U2_N1"], -np.inf)


def test_nan_is_excluded_everywhere():
    theta = [[np.nan, 1, 0, 0], [50.0, 1, np.nan, 0], [1e6, 1, np.nan, 0], [1e6, 1, 1, 0]]
    for kind in ("hard", "smooth"):
        section = {"include": "hnl_mu_cms2024", "limits": {"kind": kind, "role": "likelihood"}}
        np.testing.assert_array_equal(terms(section, theta)[1]["U2_N1"], [-np.inf, -np.inf, -np.inf, 0.0])


def test_lower_limit_and_conditions():
    """A lower limit is the mirror image, and `lightest_of` holds for curves as for numbers."""

    def change(dataset):
        (limit,) = dataset.limits
        application = Application("vll", "U2_N1_mu", ("u_2",), "m_N1_mu")
        return replace(dataset, limits=(replace(limit, side="lower", applies_to=(application,)),))

    theta = random_points(5)
    expected = np.where(np.abs(theta[:, 2]) >= bound("hnl_mu_cms2024", theta[:, 0]), 0.0, -np.inf)
    expected[np.isinf(bound("hnl_mu_cms2024", theta[:, 0]))] = 0.0
    expected[np.abs(theta[:, 2]) >= np.abs(theta[:, 3])] = 0.0
    assert 0 < np.isneginf(expected).sum() < len(theta)
    _, log_likelihood = terms({"include": "hnl_mu_cms2024"}, theta, change=change)
    np.testing.assert_array_equal(log_likelihood["U2_N1"], expected)


def test_limits_of_several_experiments_stand_side_by_side():
    include = ("hnl_mu_cms2024", "hnl_mu_atlas2025", "hnl_mu_cms2024_B")
    theta = random_points(6)
    likelihood, log_likelihood = terms({"include": include}, theta)
    names = [name for name in likelihood.names if name.startswith("U2_N1")]
    assert names == ["U2_N1", "U2_N1_hnl_mu_atlas2025", "U2_N1_hnl_mu_cms2024_B"]
    total = sum(log_likelihood[name] for name in names)
    allowed = np.all([np.abs(theta[:, 2]) <= bound(name, theta[:, 0]) for name in include], axis=0)
    np.testing.assert_array_equal(total == 0.0, allowed)


def test_models_without_the_quantities_are_not_limited():
    class Other(Neutral):
        aliases: ClassVar = {}

    likelihood, _ = terms({"include": "hnl_mu_cms2024"}, random_points(1, 3), Other())
    assert likelihood.not_applicable == ("hnl_mu_cms2024 (U2_N1_mu, U2_N2_mu)",)
    assert "U2_N1" not in likelihood.names


def test_model_without_the_abscissa_is_refused():
    class Half(Neutral):
        aliases: ClassVar = {"U2_N1_mu": "U2_N1"}

    with pytest.raises(DataError, match=r"limit hnl_mu_cms2024 on U2_N1_mu, against: .*'m_N1_mu'"):
        terms({"include": "hnl_mu_cms2024"}, random_points(1, 3), Half())


def test_published_numbers_of_the_same_searches():
    """PDG 2026 rounds the curves to one digit: within its mass ranges the strongest bound is that number."""
    m = np.linspace(20.0, 60.0, 401)
    assert float(f"{bound('hnl_mu_cms2024', m).min():.0g}") in (2e-6, 3e-6)
    assert float(f"{bound('hnl_e_cms2024', m).min():.0g}") == 4e-6
    assert float(f"{bound('hnl_mu_cms2024', 100.0):.0g}") == 1e-3
    assert float(f"{bound('hnl_e_cms2024', 99.78):.0g}") == 9e-4
    assert bound("hnl_mu_atlas2024_top", m).min() < 1e-4
    assert bound("hnl_mu_cms2024", 80.0) == 1.0
    assert np.all(bound("hnl_mu_cms2024", np.linspace(150.0, 1500.0, 1351)) > 2.89e-3)  # t_L of the electroweak fit
    # abstract of 2508.20929: strongest from 15 to 30 GeV, weakest in the whole range
    for name, strongest, weakest in (("hnl_e_atlas2025", 1.1e-5, 8e-5), ("hnl_mu_atlas2025", 5e-6, 5e-5)):
        limits = bound(name, np.linspace(15.0, 30.0, 301))
        assert limits.min() == pytest.approx(strongest, rel=0.08)
        assert load().tables[name][1][1:, 1].max() == pytest.approx(weakest, rel=0.06)


def test_fingerprint_depends_on_the_curve_only_where_there_is_one():
    without = resolve(DataSection(vintage="paper_2021"))
    assert without.fingerprint == "ebfc6f84bc81" + without.fingerprint[12:]
    one = resolve(DataSection(vintage="paper_2021", include="hnl_mu_cms2024"))
    (*others, limit) = one.limits
    changed = replace(limit, curve=((1.0, 0.5), *limit.curve[1:]))
    assert len({data.fingerprint for data in (without, one, replace(one, limits=(*others, changed)))}) == 3


def test_listings_show_the_range_and_the_table():
    fields = {row["field"]: row["value"] for row in listing("hnl_mu_cms2024")}
    assert fields["value"] == "< 2.49e-06 to 1"
    assert fields["bounds"] == "U2_N1_mu(m_N1_mu) (vll), U2_N2_mu(m_N2_mu) (vll)"
    assert fields["curve"] == "table hnl_mu_cms2024, 31 rows for m_N from 10.06 to 1501; no limit outside"
    table = resolve(DataSection(vintage="paper_2021", include="hnl_mu_cms2024")).table()
    row = next(row for row in table if row["entry"] == "hnl_mu_cms2024")
    assert (row["observable"], row["value"]) == ("U2_N1_mu(m_N1_mu), U2_N2_mu(m_N2_mu)", "< 2.49e-06 to 1")
    assert row["role"] == "hard limit (likelihood)"
    assert next(row for row in listing("all") if row["entry"] == "hnl_e_cms2024")["value"] == "< 4.17e-06 to 1.88"


GOOD = load().entries["hnl_mu_cms2024"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"curve": "hnl_mu_cms2023"}, "file.yaml, mine: curve = 'hnl_mu_cms2023' is no table; did you mean 'hnl_mu_"),
        ({"curve": ""}, "`against: m_N1_mu` needs a `curve`"),
        ({"value": 0.1}, "whose value is null"),
        ({"kind": "measurement"}, "for lower and upper limits"),
        ({"applies_to": (Application("vll", "U2_N1_mu"),)}, "applies_to U2_N1_mu lacks `against`"),
        ({"curve": "wide"}, "needs two columns"),
        ({"curve": "short"}, "two rows or more"),
        ({"curve": "negative"}, "holds -1; allowed: positive numbers"),
        ({"curve": "backward"}, "must increase"),
        ({"curve": "thrice"}, "must increase"),
        ({"curve": "jump_at_the_end"}, "must increase"),
    ],
)
def test_a_wrong_curve_is_refused(change, message):
    two = ("m", "bound")
    tables = dict(load().tables) | {
        "wide": (("m", "bound", "error"), np.ones((3, 3))),
        "short": (two, np.array([[1.0, 1.0]])),
        "negative": (two, np.array([[1.0, 1.0], [2.0, -1.0]])),
        "backward": (two, np.array([[1.0, 1.0], [3.0, 1.0], [2.0, 1.0], [4.0, 1.0]])),
        "thrice": (two, np.array([[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [2.0, 3.0], [4.0, 1.0]])),
        "jump_at_the_end": (two, np.array([[1.0, 1.0], [2.0, 1.0], [2.0, 2.0]])),
    }
    check_curve(GOOD, tables, "file.yaml, mine")
    with pytest.raises(DataError) as error:
        check_curve(replace(GOOD, **change), tables, "file.yaml, mine")
    assert message in str(error.value)
    assert str(error.value).startswith("file.yaml, mine: ")


@pytest.mark.parametrize("generations", [["mu"], ["e"], ["e", "mu", "tau"]])
def test_vector_like_leptons_are_limited(generations):
    """The model has the quantities under the names of the limits, for one generation and for several."""
    model = get_model("vll", generations=generations)
    theta = np.tile([2000.0, 100.0, 0.1, 0.01, 0.1, 0.1], (1, len(generations)))
    predictions, reason = np.empty((1, len(model.observables))), np.empty(1, dtype=np.int8)
    model.evaluate(theta, predictions, reason)
    assert not reason.any()
    limits = {"include": ["hnl_mu_cms2024", "hnl_e_cms2024"], "limits": {"role": "likelihood"}}
    likelihood = build_terms(resolve(DataSection(vintage="paper_2019", **limits)), model)
    out = np.empty((1, len(likelihood.names)))
    likelihood.evaluate(theta, predictions, out)
    values = dict(zip((q.name for q in model.observables), predictions[0], strict=True))
    names = [name for name in likelihood.names if name.startswith("U2_N")]
    limited = [lepton for lepton in generations if lepton != "tau"]
    assert len(names) == 2 * len(limited)
    for lepton in limited:
        ending = f"_{lepton}" if len(generations) > 1 else ""
        for i in (1, 2):
            mixing, mass = values[f"U2_N{i}{ending}"], values[f"m_N{i}{ending}"]
            expected = 0.0 if mixing <= bound(f"hnl_{lepton}_cms2024", mass) else -np.inf
            assert out[0, likelihood.names.index(f"U2_N{i}{ending}")] == expected
        assert out[0, likelihood.names.index(f"U2_N1{ending}")] == -np.inf


def test_the_global_fit_and_the_searches_exclude_each_other():
    overlaps = load().overlaps
    for one, other in (("hnl_mu_cms2024", "UmuN2_globalfit_2023"), ("hnl_mu_cms2024", "UmuN2_cms2024_mW")):
        assert any(overlap.conflict(one, other) for overlap in overlaps)
    with pytest.raises(DataError, match="does not bound a quantity of any model"):
        resolve(DataSection(vintage="paper_2021", include="UmuN2_globalfit_2023"))
