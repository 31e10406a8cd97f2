"""Figs 2, 5 and 6 of 2106.01373: data, landmarks, drawings."""

import runpy
import sys

import matplotlib
import numpy as np
import pytest
import xarray as xr

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from analysis.reproduction.vll import figure_maps as maps
from analysis.reproduction.vll import figures, reproduction
from analysis.reproduction.vll.landmarks import covered, mass_at_limit
from analysis.reproduction.vll.mass_plane import Corner, MassPlane, future_corners, paper_corners
from analysis.reproduction.vll.statements import face_value_limit
from g2fit.models.vll import VectorLikeLeptons

AXIS = maps.mass_axis(n=31)
CORNERS = paper_corners() | future_corners(paper_corners()["ew"], "coupling", "absolute")
LABELS = {name: corner.label for name, corner in CORNERS.items()}


@pytest.fixture(scope="module")
def records():
    return reproduction.all_records()


def test_landmarks(records):
    """Within 1 %: crossings of the diagonal and largest masses, for both panels and every reading."""
    found = [record for record in records if record.place in ("Fig 5", "Fig 6") and "shift of G_F" not in record.note]
    assert len(found) == 48
    for record in found:
        assert record.ours == pytest.approx(record.printed, rel=0.01), record


def test_what_differs_from_the_paper_is_known(records):
    differing = {(record.place, record.quantity) for record in records if not record.agrees}
    fermi = {(record.place, record.quantity) for record in records if record.note.startswith("with the shift of G_F")}
    assert {place for place, _ in fermi} == {"eq (17)", "Fig 5"}
    assert differing - fermi == {
        ("eq (14)", "(14)/(12) at m_S = m_L = 1000 GeV"),
        ("eq (14)", "(14)/(12) at m_S = m_L = 1500 GeV"),
        ("eq (18)", "t_L, chi2 worse by 4"),
        ("sec. II", "factor with which two loops equal eq (12) at m_S = m_L = 1500 GeV"),
        ("sec. III", "largest t_L with R_tau at its face value, 1 sigma"),
        ("sec. III", "mu_tunnel where P = 1 and m_S = m_L, GeV, Y_V = 1, Y_V' = 0"),
        ("sec. IV", "limit on t_L with t_e = t_mu over that with t_e = 0"),
    }


def test_face_value_of_tau_decays():
    """Nothing is left within one standard deviation, not even t_L = 0; 2.1e-3 within two."""
    assert face_value_limit(1.0) < 0.0
    assert face_value_limit(2.0) == pytest.approx(2.1e-3, abs=0.05e-3)


def test_unit_product_of_couplings_is_unstable_but_long_lived(records):
    """5.0 to 12.7 TeV for lambda = 0, 10 to 32 TeV for the tunnelling bound (independent integration)."""
    ends = [r.ours / 1e3 for r in records if "along the lines P = 1" in r.quantity]
    assert ends == [pytest.approx(x, rel=0.01) for x in (5.0, 12.7, 10.0, 32.0)]


def test_couplings_for_the_hierarchy_of_lepton_masses(records):
    roots = {r.quantity: r.ours for r in records if r.quantity.endswith("^(1/3)")}
    assert roots == {
        "(m_e/m_mu)^(1/3)": pytest.approx(0.169, abs=1e-3),
        "(m_mu/m_tau)^(1/3)": pytest.approx(0.390, abs=1e-3),
    }


def test_fermi_shift_closes_the_diagonal(records):
    """595 GeV with twenty couplings, 660 with ten, against 650 of the direct search; off it a region survives."""
    found = {record.note: record.ours for record in records if record.note.endswith("the LHC excludes 650")}
    assert sorted(found.values()) == [pytest.approx(595.0, rel=0.01), pytest.approx(660.0, rel=0.01)]
    survivors = [record.ours for record in records if record.note.endswith("a region survives")]
    assert min(survivors) > 900.0


def test_table_marks_what_differs(records):
    table = reproduction.as_table(records).splitlines()
    assert len(table) == len(records) + 2
    assert sum("**differs**" in row for row in table) == sum(not record.agrees for record in records)


def test_integrand_of_figure_2():
    data = maps.loop_integrand(1e3, n=8001)
    log_u = np.log(data.u.values)
    first = log_u < np.log(1e3)
    area = data.attrs["lobe_area"]
    assert np.trapezoid(data.integrand[first], log_u[first]) == pytest.approx(area, rel=2e-3)
    assert abs(np.trapezoid(data.integrand, log_u)) < 1e-3 * area
    assert (np.sign(data.integrand.values) == np.where(first, 1, -1)).mean() > 0.999


@pytest.mark.parametrize("options", [{}, {"top_loop": True}, {"formula": "exact"}])
@pytest.mark.parametrize("panel", maps.PANELS)
def test_couplings_of_a_map_give_its_moment(panel, options):
    plane = MassPlane(*panel, options)
    data = maps.fixed_moment(plane, AXIS, AXIS, CORNERS)
    m_S, m_L = np.meshgrid(AXIS, AXIS)
    P = data["product"].values
    exists = np.isfinite(P)
    assert exists.mean() > (0.9 if options.get("top_loop") else 0.999)
    Y_L, Y_R = plane.couplings_of(P[exists], m_S[exists], m_L[exists], CORNERS["ew"])
    model = VectorLikeLeptons(**options)
    ones = np.ones(exists.sum())
    theta = np.c_[m_L[exists], m_S[exists], Y_L, Y_R, panel[0] * ones, panel[1] * ones]
    prediction = model.predict(theta)
    np.testing.assert_allclose(prediction["delta_a_mu"], 1.92e-9, rtol=1e-8)
    np.testing.assert_allclose(prediction["dm_mu_over_m_mu"], data.tuning.values[exists], rtol=1e-10)


def test_room_is_the_ratio_of_products_for_eq_12():
    plane = MassPlane(1.0, 0.0)
    data = maps.fixed_moment(plane, AXIS, AXIS, CORNERS)
    m_S, m_L = np.meshgrid(AXIS, AXIS)
    for name, corner in CORNERS.items():
        np.testing.assert_allclose(
            data[f"room_{name}"], plane.product_at(corner, m_S, m_L) / data["product"], rtol=1e-9
        )


def test_fixed_tuning_map():
    data = maps.fixed_tuning(MassPlane(0.0, 1.0), AXIS, AXIS, CORNERS)
    back = maps.fixed_moment(MassPlane(0.0, 1.0), AXIS[9:10], AXIS[4:5], CORNERS, delta_a=data.moment[4, 9].item())
    assert back.tuning.item() == pytest.approx(-3.0, rel=1e-9)


@pytest.mark.parametrize(
    ("panel", "distances"),
    [((1.0, 0.0), {400: -0.03, 200: -0.13, 100: -0.38}), ((1.0, 1.0), {400: 0.18})],
)
def test_where_eq_12_fails_on_the_diagonal(panel, distances):
    for mass, distance in distances.items():
        data = maps.failure_of_eq12(*panel, np.array([float(mass)]), np.array([float(mass)]))
        assert data.distance.item() == pytest.approx(distance, abs=0.005)


def test_where_eq_12_fails_in_the_allowed_region():
    axis = maps.mass_axis(n=101)
    ranges = []
    for panel in (*maps.PANELS, (1.0, 1.0)):
        data = maps.failure_of_eq12(*panel, axis, axis)
        allowed = data.distance.where((data.room_ew > 1) & (data.m_L > 650))
        ranges.append((allowed.min().item(), allowed.max().item()))
    for low, high in ranges[:2]:
        assert -0.05 < low < -0.03
        assert high < 0.005
    assert 0.18 < ranges[2][1] < 0.25


def test_limits_move_monotonically():
    plane = MassPlane(1.0, 0.0)
    masses = [mass_at_limit(plane, Corner(t, 5.6e-3)) for t in (1e-3, 4e-3, 1.6e-2)]
    assert masses == sorted(masses)
    assert not covered({"ilc": paper_corners()["ew"], "gigaz": paper_corners()["ew"]}, plane)


def test_figures_are_drawn_and_leave_the_style_alone():
    style = dict(plt.rcParams)
    moment = [maps.fixed_moment(MassPlane(*panel), AXIS, AXIS, CORNERS) for panel in maps.PANELS]
    tuning = [maps.fixed_tuning(MassPlane(*panel), AXIS, AXIS, CORNERS) for panel in maps.PANELS]
    failure = [maps.failure_of_eq12(*panel, AXIS, AXIS) for panel in maps.PANELS]
    drawn = [
        figures.figure_2(maps.loop_integrand()),
        figures.figure_5(moment, LABELS),
        figures.figure_6(tuning, LABELS),
        figures.figure_variants([moment, tuning], ["one", "two"], LABELS),
        figures.figure_failure(failure),
    ]
    for figure in drawn:
        figure.canvas.draw()
        assert figure.get_size_inches()[0] in (figures.COLUMN, figures.PAGE)
        plt.close(figure)
    assert dict(plt.rcParams) == style
    legend = [text.get_text() for text in drawn[1].legends[0].get_texts()]
    assert "GigaZ (absolute)" in legend
    assert any("(coupling)" in text for text in legend)


def test_entry_script(root, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["vll", "--out", str(tmp_path), "--points", "11", "--gigaz", "relative"])
    runpy.run_module("analysis.reproduction.vll", run_name="__main__")
    plt.close("all")
    for name in ("fig2", "fig5", "fig5_variants", "fig6", "fig6_variants", "eq12_failure"):
        assert (tmp_path / f"{name}.pdf").stat().st_size > 5000
    with xr.open_dataset(tmp_path / "fig5a.nc", engine="h5netcdf") as data:
        assert data.attrs["t_R_gigaz"] == pytest.approx(9.25e-5, rel=1e-3)
        assert data.room_ew.shape == (11, 11)
    assert "**differs**" in (tmp_path / "reproduction.md").read_text()
