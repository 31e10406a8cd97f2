"""Regions in planes of masses: what they exclude, when they hold, smooth steps, and the list of limits at a point."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy import stats

from g2fit.core.errors import DataError
from g2fit.data import DataSection, listing, load, resolve
from g2fit.data.loader import parse_planes, shipped
from g2fit.data.planes import parse_sum
from g2fit.likelihoods import build_terms
from g2fit.likelihoods.limits_at_point import limits_at_point, limits_of
from g2fit.likelihoods.regions import cell_rows, cells_of, edges_of, is_inside, scaled_distance
from g2fit.models import get_model
from g2fit.models.base import Model, Quantity

#: Points within 3 % of the edge of each region, by matplotlib.path (`origin` in the file).
POINTS = json.loads(Path(__file__).with_name("plane_points.json").read_text())
PLANES = {name: entry.plane for name, entry in load().entries.items() if entry.plane is not None}
MSSM: dict[str, Any] = {"delta": "full", "amu": "full", "sparticles": True}
#: Quantities at values at which every condition of every channel holds for the first alternative of each state.
HOLDS = {
    "m_slepton": 1e6, "bino_N1": 1.0, "wino_N1": 1.0, "wino_C1": 1.0, "m_C1": 1e6, "m_snu_e": 1.0, "m_snu_mu": 1.0,
    "left_sel_1": 0.97, "left_smu_1": 0.97, "m_sel_1": 1e5, "m_sel_2": 1e5, "m_smu_1": 1e5, "m_smu_2": 1e5,
    "m_N1": 1.0, "tau_C1": 1.0,
}  # fmt: skip


class Spectrum(Model):
    """A spectrum whose masses and mixing are given."""

    name: ClassVar[str] = "mssm"
    observables = tuple(Quantity(name, name, "ns" if name == "tau_C1" else "GeV") for name in HOLDS)
    parameters = observables

    def evaluate(self, theta, out, reason):
        out[:] = theta
        reason[:] = 0


def terms(names, points, **limits):
    """Log likelihood of regions at spectra, given as mappings of what differs from `HOLDS`."""
    section = {"vintage": "paper_2019", "include": names, "limits": {"role": "likelihood", **limits}}
    likelihood = build_terms(resolve(DataSection(**section)), Spectrum())
    theta = np.array([[{**HOLDS, **point}[name] for name in HOLDS] for point in points], dtype=float)
    out = np.full((len(theta), len(likelihood.names)), 7.0)
    likelihood.evaluate(theta, theta.copy(), out)
    return dict(zip(likelihood.names, out.T, strict=True))


def spectrum(name: str, x: float, y: float) -> dict[str, float]:
    """Spectrum at a point of the plane of a region: every particle that is produced has the mass x."""
    channel = PLANES[name].channel
    masses = {group[0].mass: x for group in channel.states}
    return masses | {channel.y: x - y if channel.splitting else y}


def test_every_region_has_points():
    assert set(POINTS) - {"origin"} == set(PLANES)
    assert len(PLANES) == 17


@pytest.mark.parametrize("name", PLANES)
def test_twenty_points_on_each_side(name):
    for side, value in (("excluded", -np.inf), ("allowed", 0.0)):
        points = POINTS[name][side]
        assert len(points) == 20
        found = terms([name], [spectrum(name, *point) for point in points])[name]
        np.testing.assert_array_equal(found, value, err_msg=side)


@pytest.mark.parametrize("name", PLANES)
def test_ends_by_numpy(name):
    """Between two rows with one interval each, its ends are linear in the mass."""
    rows = PLANES[name].rows
    rng = np.random.default_rng(len(name))
    compared = 0
    for first, second in pairwise(rows):
        if len(first) == len(second) == 3 and first[1] <= second[2] and second[1] <= first[2]:
            x = rng.uniform(first[0], second[0], 3)
            low, high = (np.interp(x, (first[0], second[0]), (first[k], second[k])) for k in (1, 2))
            size = 1e-6 * (high + 1.0)
            y = np.concatenate([low - size, low + size, high - size, high + size])
            keep = y > 0.0
            points = [spectrum(name, *point) for point in zip(np.tile(x, 4)[keep], y[keep], strict=True)]
            expected = np.repeat([0.0, -np.inf, -np.inf, 0.0], 3)[keep]
            np.testing.assert_array_equal(terms([name], points)[name], expected)
            compared += 1
    assert compared


@pytest.mark.parametrize("name", PLANES)
def test_rows_themselves_and_beyond_the_ends(name):
    rows = PLANES[name].rows
    step = 1e-9 if PLANES[name].channel.splitting else 0.0  # a difference of masses is rounded
    inside = [(row[0], end - (-1) ** k * step) for row in rows for k, end in enumerate(row) if k]
    assert all(np.isneginf(terms([name], [spectrum(name, *point) for point in inside if point[1] > 0.0])[name]))
    middle = [0.5 * (row[1] + row[2]) for row in (rows[0], rows[-1])]
    beyond = [(rows[0][0] * (1 - 1e-9), middle[0]), (rows[-1][0] * (1 + 1e-9), middle[1])]
    np.testing.assert_array_equal(terms([name], [spectrum(name, *point) for point in beyond])[name], 0.0)


def test_nothing_is_excluded_where_a_row_is_missing():
    """The region of R sleptons of ATLAS has no row at 225 GeV, and those beside it have nothing in common."""
    points = [spectrum("slepton_R_atlas139", 225.0, y) for y in np.linspace(0.5, 224.0, 400)]
    np.testing.assert_array_equal(terms(["slepton_R_atlas139"], points)["slepton_R_atlas139"], 0.0)


def test_published_numbers():
    """Where the regions end for a massless LSP, beside the published numbers (PDG 2026), in GeV.

    The published limits on R are stronger, since that analysis has a map of its own. The ATLAS map ends at 700 GeV.
    """
    published = {
        "slepton_LR_atlas139": (700, 0), "slepton_LR_cms137": (700, -10), "selectron_LR_cms36": (350, 10),
        "selectron_L_cms36": (310, 0), "selectron_R_cms36": (250, -40), "smuon_LR_cms36": (310, 0),
        "smuon_L_cms36": (280, -10), "smuon_R_cms36": (210, -30), "chargino_pair_atlas139": (1000, -50),
        "chargino_neutralino_atlas36": (1125, -25), "wino_track_atlas2022": (660, 0), "wino_track_cms2020": (474, 0),
        "selectron_LR_cms2024": (700, 0), "smuon_LR_cms2024": (700, 0),
    }  # fmt: skip
    for name, (number, difference) in published.items():
        rows = PLANES[name].rows
        last = max(row[0] for row in rows if row[1] <= 7.0 or name.startswith("wino"))
        assert last - number == difference, name
    compressed = max(row[0] for row in PLANES["slepton_compressed_atlas139"].rows)
    assert compressed == pytest.approx(251, abs=1)


def holds(name, **changes):
    x, y = next(point for point in POINTS[name]["excluded"])
    return terms([name], [{**spectrum(name, x, y), **changes}])[name][0] == -np.inf


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("smuon_R_cms36", {"m_slepton": 0.01}),  # a sneutrino or a slepton is the LSP
        ("smuon_R_cms36", {"bino_N1": 0.5}),
        ("smuon_R_cms36", {"m_C1": 20.0}),
        ("smuon_L_cms36", {"left_smu_1": 0.5}),  # strongly mixed: only the limit on R holds
        ("slepton_L_atlas139", {"left_sel_1": 0.5}),
        ("smuon_LR_cms36", {"m_smu_2": 1000.0}),  # heavy, and it decays to the lighter one
        ("slepton_LR_atlas139", {"m_sel_2": 1000.0}),
        ("chargino_pair_atlas139", {"wino_C1": 0.5}),
        ("chargino_pair_atlas139", {"m_snu_mu": 1e4}),
        ("chargino_neutralino_atlas36", {"m_snu_e": 1e4}),
        ("wino_track_atlas2022", {"wino_N1": 0.9}),
        ("wino_track_atlas2022", {"tau_C1": 0.1}),
        ("slepton_compressed_atlas139", {"bino_N1": 0.0}),
    ],
)
def test_a_region_holds_only_under_its_conditions(name, changes):
    assert holds(name)
    assert not holds(name, **changes)


def test_mixing_decides_which_limit_holds():
    """For mixed smuons the limit is that of R, whose cross section is about the smallest."""
    point = {"m_smu_1": 150.0, "m_N1": 20.0}
    for left, expected in ((0.97, (True, True)), (0.93, (False, True)), (0.5, (False, True)), (0.05, (False, True))):
        found = terms(["smuon_L_cms36", "smuon_R_cms36"], [point | {"left_smu_1": left}])
        assert tuple(np.isneginf(found[f"smuon_{side}_cms36"][0]) for side in "LR") == expected
    heavier = {"m_smu_1": 110.0, "m_smu_2": 250.0, "m_N1": 50.0}
    for left, excluded in ((0.0, True), (0.3, False), (1.0, False)):  # the heavier smuon is left-handed, mixed, right
        found = terms(["smuon_L_cms36"], [{**heavier, "left_smu_1": left, "m_N1": 90.0}])["smuon_L_cms36"][0]
        assert np.isneginf(found) == excluded


def test_several_particles_must_all_lie_in_the_region():
    """With equal masses as with different ones; each may be the one that does not."""
    inside = spectrum("slepton_LR_atlas139", 400.0, 100.0)
    points = [inside, {**inside, "m_sel_2": 450.0}]
    points += [{**inside, name: 120.0} for name in ("m_sel_1", "m_sel_2", "m_smu_1", "m_smu_2")]
    found = terms(["slepton_LR_atlas139"], points)["slepton_LR_atlas139"]
    np.testing.assert_array_equal(found, [-np.inf, -np.inf, 0.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("kind", ["hard", "smooth"])
def test_nan_is_excluded(kind):
    points = [{"m_smu_1": 150.0, "m_N1": np.nan}, {"m_smu_1": 1500.0, "m_N1": 1.0}]
    found = terms(["smuon_R_cms36"], points, kind=kind)["smuon_R_cms36"]
    assert found[0] == -np.inf
    assert found[1] == 0.0


@pytest.mark.parametrize("name", ["smuon_L_cms36", "slepton_R_atlas139", "slepton_compressed_atlas139"])
def test_smooth_step_is_the_distance_to_the_edge(name):
    """Against the nearest change of side along rays in many directions."""
    plane, width = PLANES[name], 0.05
    cells = cell_rows(plane.rows)
    for x, y in POINTS[name]["excluded"][:4] + POINTS[name]["allowed"][:4]:
        units = np.array([width * x, width * (y if plane.channel.own_scale else x)])
        inside = is_inside(x, y, cells)
        nearest = math.inf
        starts = {row[0]: row[1] for row in plane.rows}
        radii = np.linspace(0.0, 12.0, 601)
        for angle in np.linspace(0.0, 2 * np.pi, 121):
            along = np.array([x, y]) + np.outer(radii, units * [math.cos(angle), math.sin(angle)])
            sides = [is_inside(*point, cells) for point in along]
            for k in np.flatnonzero(np.array(sides) != inside)[:1]:
                lowest = np.interp(along[k, 0], list(starts), list(starts.values()))
                if not (plane.channel.open_below and abs(along[k, 1] - lowest) < 0.03 * units[1] + 1.0):
                    nearest = min(nearest, float(radii[k]))
        found = terms([name], [spectrum(name, x, y)], kind="smooth", width=width)[name][0]
        expected = stats.norm.logcdf(-nearest if inside else nearest)
        assert found == pytest.approx(expected, rel=0.05, abs=0.03)


def test_smooth_step_far_away_and_at_the_edge():
    edge = {"m_smu_1": 200.0, "m_N1": 118.0}
    deep, far = {"m_smu_1": 200.0, "m_N1": 60.0}, {"m_smu_1": 2000.0, "m_N1": 118.0}
    found = terms(["smuon_L_cms36"], [edge, deep, far], kind="smooth", width=0.01)["smuon_L_cms36"]
    assert found[0] == pytest.approx(math.log(0.5))
    assert found[1] < -100.0
    assert found[2] == 0.0


def test_geometry():
    rows = [(100.0, 0.0, 10.0, 20.0, 30.0), (110.0, 0.0, 30.0), (120.0, 50.0, 60.0)]
    assert cells_of(rows) == [
        (100.0, 110.0, (0.0, 10.0), (0.0, 15.0)),
        (100.0, 110.0, (20.0, 30.0), (15.0, 30.0)),
        (120.0, 120.0, (50.0, 60.0), (50.0, 60.0)),
    ]
    edges = edges_of(rows, open_below=False)
    assert {(100.0, 0.0, 100.0, 10.0), (110.0, 0.0, 110.0, 15.0), (110.0, 15.0, 110.0, 30.0)} <= set(edges)
    assert len(edges) == 4 + 2 + 2 + 1
    assert set(edges) - set(edges_of(rows, open_below=True)) == {(100.0, 0.0, 110.0, 0.0)}
    assert scaled_distance(105.0, 5.0, 1.0, 1.0, np.array(edges)) == 5.0


def test_no_region_leaves_the_data_as_they_are():
    """Neither options nor fingerprints of other data know of the planes; with one, the model predicts the masses."""
    plain = resolve(DataSection(vintage="latest_2026_11", delta_a_e="cs"))
    assert "sparticles" not in plain.options
    with_one = resolve(DataSection(vintage="latest_2026_11", delta_a_e="cs", include="smuon_R_cms36"))
    assert with_one.options["sparticles"] is True
    (limit,) = [limit for limit in with_one.limits if limit.plane]
    other = replace(limit, plane=replace(limit.plane, rows=limit.plane.rows[:-1]))
    changed = replace(with_one, limits=(*with_one.limits[:-1], other))
    assert len({data.fingerprint for data in (plain, with_one, changed)}) == 3
    assert build_terms(plain, get_model("mssm")).planes is None


def test_models_without_the_masses():
    data = resolve(DataSection(vintage="latest_2026_11_planes", delta_a_e="cs"))
    with pytest.raises(DataError, match=r"limit slepton_LR_atlas139 needs .*m_N1.*: the option sparticles"):
        build_terms(data, get_model("mssm", sparticles=False))
    vll = build_terms(data, get_model("vll", gf_shift=True, oblique=True))
    assert "smuon_R_cms36 (smuon_R)" in vll.not_applicable
    assert vll.planes is None
    assert "smuon_R_cms36" in build_terms(data, get_model("mssm_higgs_mediation", sparticles=True)).names


def test_one_search_in_one_form():
    for plane, bound in (
        ("slepton_LR_atlas139", "slepton_atlas2020"),
        ("wino_track_atlas2022", "wino_disapp_atlas2022"),
    ):
        with pytest.raises(DataError, match="cannot enter one fit: they are one search"):
            resolve(DataSection(vintage="paper_2019", include=(plane, bound), limits={"role": "likelihood"}))
    off = resolve(DataSection(vintage="latest_2026_11_planes", delta_a_e="cs", limits="off"))
    assert not off.limits
    assert "sparticles" not in off.options
    one = DataSection(vintage="latest_2026_11_planes", delta_a_e="cs", exclude=("smuon_R", "slepton_LR"))
    assert {limit.entry.id for limit in resolve(one).limits}.isdisjoint({"smuon_R_cms36", "slepton_LR_cms137"})
    with pytest.raises(DataError, match="cannot have the role prior"):
        resolve(DataSection(vintage="paper_2019", include="smuon_R_cms36", limits={"kind": "smooth", "role": "prior"}))


def test_listing_shows_channel_and_check():
    fields = {row["field"]: row["value"] for row in listing("smuon_R_cms36")}
    assert fields["value"] == "region, 110 to 180 GeV"
    assert fields["coordinates"] == "m_smu_1/m_smu_2; m_N1"
    assert "bino_N1 > 0.9" in fields["holds where"]
    assert fields["check"] == "published (PDG 2026) 210 GeV at m_LSP = 0; this interpolation 185"
    row = next(row for row in listing("latest_2026_11_planes") if row["entry"] == "smuon_R_cms36")
    assert row["role"] == "hard limit (likelihood)"


# Limits at a point ----------------------------------------------------------------------------------------------------


def light_spectra(size: int):
    rng = np.random.default_rng(5)
    masses = 10 ** rng.uniform(2.0, 3.0, (size, 4))
    masses[:, 3] = masses[:, 2] * rng.uniform(0.9, 1.1, size)
    gauginos = np.column_stack([rng.uniform(1.0, 600.0, size), rng.uniform(100.0, 1500.0, size)])
    higgsino = np.column_stack([-(10 ** rng.uniform(4.0, 4.7, size)), rng.uniform(2.0, 10.0, size)])
    return np.hstack([gauginos, higgsino, masses])


def test_the_list_agrees_with_the_likelihood():
    model = get_model("mssm", **MSSM)
    data = resolve(DataSection(vintage="latest_2026_11_planes", delta_a_e="cs"))
    likelihood = build_terms(data, model)
    theta = light_spectra(400)
    predictions, reason = np.empty((400, len(model.observables))), np.empty(400, dtype=np.int8)
    model.evaluate(theta, predictions, reason)
    out = np.empty((400, len(likelihood.names)))
    likelihood.evaluate(theta, predictions, out)
    seen = set()
    for row in np.flatnonzero(reason == 0):
        values = dict(zip((q.name for q in model.parameters), theta[row], strict=True))
        values |= dict(zip((q.name for q in model.observables), predictions[row], strict=True))
        for limit in limits_at_point(data.limits, model, values):
            excluded = np.isneginf(out[row, likelihood.names.index(limit["limit"])])
            assert excluded == (limit["status"] == "excluded"), limit
            assert bool(limit["why"]) == (limit["status"] == "does not hold")
            assert limit["margin"] is None or (limit["margin"] < 0.0) == excluded
            seen |= {(limit["limit"], limit["status"])}
    assert {status for _, status in seen} == {"excluded", "allowed", "does not hold"}
    assert len([name for name, status in seen if status == "excluded"]) > 10


def at_point(model, point):
    values = {q.name: value for q, value in zip(model.parameters, point, strict=True)}
    values |= {name: float(found[0]) for name, found in model.predict(point).items() if name != "reason"}
    return values, {row["limit"]: row for row in limits_at_point(limits_of(model), model, values)}


def test_point_II_of_table_1():
    """Of 1906.08768: only the bound on any slepton excludes it. Its lighter smuon is the LSP, and no region holds."""
    model = get_model("mssm", **MSSM)
    values, limits = at_point(model, [1500.0, 600.0, -5e5, 70.0, 6e3, 6e3, 700.0, 700.0])
    assert model.lightest(values).startswith("smuon, 570")
    assert {name for name, row in limits.items() if row["status"] == "excluded"} == {
        "slepton_atlas2020", "slepton_cms2021", "slepton_cms2024",
    }  # fmt: skip
    assert limits["slepton_cms2024"]["margin"] == pytest.approx(570.07 - 700.0, abs=0.01)
    assert "lighter than all sleptons" in limits["wino_track_atlas2022"]["why"]
    heavier, others = at_point(model, [1500.0, 500.0, -5e5, 70.0, 6e3, 6e3, 700.0, 700.0])
    assert model.lightest(heavier).startswith("neutralino, 500 GeV (bino 0.00, wino 1.00")
    assert others["wino_track_atlas2022"]["status"] == "excluded"
    assert others["wino_track_atlas2022"]["margin"] == pytest.approx(-160.0, abs=0.01)
    assert others["wino_track_cms2020"]["margin"] == pytest.approx(26.0, abs=0.01)
    assert "is a bino" in others["smuon_R_cms36"]["why"]


def test_a_sneutrino_lsp_is_said():
    model = get_model("mssm", **MSSM)
    values, limits = at_point(model, [400.0, 800.0, -2e4, 5.0, 2e3, 2e3, 110.0, 2e3])
    assert model.lightest(values).startswith("muon sneutrino")
    assert "all sleptons and sneutrinos (m_slepton > m_N1" in limits["smuon_L_cms36"]["why"]


def test_curves_and_bounds_of_other_models():
    model = get_model("vll")
    values, limits = at_point(model, [2000.0, 100.0, 0.1, 0.01, 0.1, 0.1])
    light, heavy = (row for row in limits_at_point(limits_of(model), model, values) if row["limit"] == "hnl_mu_cms2024")
    bound = 0.00116 * (values["m_N1"] / 100.5) ** (math.log(0.00353 / 0.00116) / math.log(125 / 100.5))
    assert light["margin"] == pytest.approx(bound - values["U2_N1"])
    assert light["status"] == ("excluded" if values["U2_N1"] > bound else "allowed")
    assert heavy["why"].startswith("m_N2_mu = ")
    assert heavy["why"].endswith("is outside of the curve")
    assert limits["vll_mu_doublet_atlas2024"]["margin"] == 2000.0 - 1270.0


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": [[1.0, 2.0, 3.0]]}, "two or more"),
        ({"rows": [[1.0, 2.0], [2.0, 1.0, 3.0]]}, "must be [m, low, high"),
        ({"rows": [[1.0, 2.0, "3"], [2.0, 1.0, 3.0]]}, "must be [m, low, high"),
        ({"rows": [[1.0, 3.0, 2.0], [2.0, 1.0, 3.0]]}, "must increase from 0 on"),
        ({"rows": [[-1.0, 2.0, 3.0], [2.0, 1.0, 3.0]]}, "m must be positive"),
        ({"rows": [[2.0, 1.0, 3.0], [2.0, 1.0, 3.0]]}, "masses of the rows must increase"),
        ({"channel": "smuon_LL"}, "channel = 'smuon_LL'; did you mean 'smuon_L"),
        ({"colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_a_wrong_region_is_refused(change, message):
    content = dict(shipped("planes.yaml"))
    content["planes"] = {"mine": {**content["planes"]["smuon_R_cms36"], **change}}
    with pytest.raises(DataError) as error:
        parse_planes(content, "planes.yaml")
    assert str(error.value).startswith("planes.yaml, mine: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("part", "name", "item", "message"),
    [
        ("conditions", "mine", {"says": "x", "holds": "a < b"}, "one inequality with >"),
        ("conditions", "mine", {"says": "x", "holds": "a > b - 3"}, "cannot read"),
        ("conditions", "mine", {"says": "x"}, "'holds' is missing"),
        ("states", "mine", [{"mass": "m", "where": ["smu_1_lefft"]}], "did you mean 'smu_1_left'"),
        ("channels", "mine", {"process": "x"}, "'states' is missing"),
    ],
)
def test_a_wrong_channel_is_refused(part, name, item, message):
    content = dict(shipped("planes.yaml"))
    content[part] = {**content[part], name: item}
    with pytest.raises(DataError, match=message):
        parse_planes(content, "planes.yaml")


def test_sums():
    assert str(parse_sum("m_smu_1 + 91.2", "here")) == "m_smu_1 + 91.2"
    with pytest.raises(DataError, match="here: cannot read"):
        parse_sum("2 m", "here")
