"""Regions in a plane: what is drawn is what was computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline

from g2fit.core.errors import InputError, StoreError
from g2fit.data.loader import load
from g2fit.inference.profile.line import profile
from g2fit.inference.profile.node_grid import Axis, fixed_surface
from g2fit.inference.profile.plane import scan
from g2fit.likelihoods.regions import cell_rows, is_inside
from g2fit.output.plots.data_limits import limit_overlays, regions_of
from g2fit.output.plots.overlays import Contour, Curve, Side
from g2fit.output.plots.plane import draw_plane, plane_figure
from g2fit.output.plots.profile import draw_profile, profile_figure
from g2fit.output.plots.run_panel import axis_limits
from g2fit.output.plots.style import BLACK, COLUMN, in_style
from g2fit.posterior import Posterior
from g2fit.results import Result, axis_scales
from g2fit.results.levels import LEVELS
from g2fit.results.marginals import Marginals


@pytest.fixture(scope="module")
def plane(result: Result, tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("scan")
    return scan(
        result.card.replace(output=result.folder.path), Axis("m_S", 5), Axis("m_L", 5), workers=1, folder=folder
    )


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.legends[0].get_texts()]


def test_marginal_of_the_run_is_in_the_scan(result: Result, plane: xr.Dataset) -> None:
    region = Marginals(result).two("m_S", "m_L")
    node = plane.isel(m_S=2, m_L=3)
    mass = region.credible_mass(float(node["m_S"]), float(node["m_L"]))
    assert float(node["credible_mass"]) == pytest.approx(float(mass))
    assert (plane["credible_mass"].sel(m_L=100.0) == 1.0).all()  # excluded by the LHC


def test_regions_hold_their_share_of_the_draws(result: Result) -> None:
    region = Marginals(result).two("m_S", "m_L")
    m_S, m_L = (result.draws(name).ravel() for name in ("m_S", "m_L"))
    for level in LEVELS:
        assert region.contains(m_S, m_L, level).mean() == pytest.approx(level, abs=0.03)
    x, y, surface = region.surface(LEVELS[1])
    assert x.min() >= 99.9  # the prior's edge
    assert 649.0 < y[surface.max(axis=1) > 0.0].min() < 660.0  # the limit on m_L, which is not one of the prior


def test_profile_contour_is_where_chi_squared_says(result: Result, plane: xr.Dataset) -> None:
    with in_style():
        figure = plane_figure("m_S", "m_L", [result], scans=[plane])
    lines = [c for c in figure.axes[0].collections if list(getattr(c, "levels", [])) == [2.30, 6.18]]
    assert len(lines) == 1
    x, y = plane["m_S"].values, plane["m_L"].values
    table = plane["delta_chi2"].transpose("m_L", "m_S").values
    for level, path in zip((2.30, 6.18), lines[0].get_paths(), strict=True):
        for vertex in path.vertices:
            # contours cross between a node below and a node above the level
            column = np.clip(np.searchsorted(x, vertex[0]) - 1, 0, len(x) - 2)
            row = np.clip(np.searchsorted(y, vertex[1]) - 1, 0, len(y) - 2)
            around = table[row : row + 2, column : column + 2]
            assert around.min() <= level <= np.where(np.isfinite(around), around, 1e9).max()


def test_everything_asked_for_is_in_the_legend(result: Result, plane: xr.Dataset) -> None:
    marginals = Marginals(result)
    overlays = [
        Contour(plane, "dm_mu_over_m_mu", (-10.0, -1.0)),
        Contour(marginals.mean("m_S", "m_L", "delta_a_mu"), "delta_a_mu", (2e-9,), label="mean"),
        Contour(fixed_surface(Posterior(result.card), "m_S", "m_L", dict.fromkeys(["Y_L", "Y_R", "Y_V", "Y_Vp"], 0.3)),
                "delta_a_mu", (1e-9,), label="fixed"),
        Curve([100.0, 1e4], [650.0, 650.0], "LHC", excluded="below"),
        Curve([300.0, 300.0], [100.0, 1e4], "reach", excluded="left"),
    ]  # fmt: skip
    with in_style():
        figure = plane_figure("m_S", "m_L", [result], scans=[plane], overlays=overlays)
        figure.canvas.draw()
        legend, panel = figure.legends[0].get_window_extent(), figure.axes[0].get_window_extent()
    assert figure.get_size_inches()[0] == COLUMN
    found = texts(figure)
    for label in ("vll, paper_2021", "68.27 % credible", "95.45 % credible", "LHC", "reach", "mean", "fixed",
                  r"$\Delta m_\mu/m_\mu$"):  # fmt: skip
        assert label in found
    assert legend.y0 >= panel.y1  # above the panel, not on it
    assert legend.x1 <= figure.bbox.width


@pytest.mark.parametrize(
    ("side", "inside", "outside"),
    [
        ("below", (1e3, 1500.0), (1e3, 3000.0)),
        ("above", (1e3, 3000.0), (1e3, 1500.0)),
        ("left", (500.0, 1500.0), (2000.0, 1500.0)),
        ("right", (2000.0, 1500.0), (500.0, 1500.0)),
    ],
)
def test_excluded_side_is_shaded(
    result: Result, side: Side, inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    points = ([100.0, 1e4], [2e3, 2e3]) if side in ("below", "above") else ([1e3, 1e3], [650.0, 1e4])
    with in_style():
        figure = plane_figure("m_S", "m_L", [result], overlays=[Curve(*points, "x", side)])
    shade = figure.axes[0].collections[-1].get_paths()[0]
    assert shade.contains_point(inside)
    assert not shade.contains_point(outside)


@pytest.mark.parametrize(
    ("x", "y"),
    [([100.0, 1e4], [650.0, 650.0]), ([300.0, 300.0], [650.0, 1e4]), ([100.0, 1e4], [90.0] * 2), ([2e4] * 2, [1, 9e9])],
    ids=["end", "inside", "below", "beyond"],
)  # fmt: skip
def test_a_curve_is_seen_wherever_it_lies(result: Result, x: list[float], y: list[float]) -> None:
    with in_style():
        figure = plane_figure("m_S", "m_L", [result], overlays=[Curve(x, y, "reach")])
        figure.canvas.draw()
    panel = figure.axes[0]
    (line,) = [one for one in panel.lines if list(np.asarray(one.get_xdata())) == x]
    places = panel.transAxes.inverted().transform(line.get_transform().transform(np.array([x, y]).T))
    along = 0 if x[0] == x[1] else 1  # the coordinate that is constant
    assert 0.02 < places[0, along] < 0.98


def test_axes_end_where_asked(result: Result) -> None:
    with in_style():
        figure = plane_figure("m_S", "m_L", [result], ranges=((200.0, 5e3), None))
        assert figure.axes[0].get_xlim() == pytest.approx((200.0, 5e3))
        figure = profile_figure("delta_a_mu", [result], values=(0.0, 4e-9))
        assert figure.axes[0].get_xlim() == pytest.approx((0.0, 4.0))  # in units of 1e-9
        with pytest.raises(InputError, match="reach: lies nowhere in the figure, where m_S is 200 to 5000"):
            plane_figure(
                "m_S", "m_L", [result], ranges=((200, 5e3), (700, 2e3)), overlays=[Curve([1, 1e5], [650, 650], "reach")]
            )
        with pytest.raises(InputError, match="limits of m_S: 0 to 10; allowed: two different numbers of the sign"):
            plane_figure("m_S", "m_L", [result], ranges=((0.0, 10.0), None))


def colours(figure: Figure) -> set[tuple[int, ...]]:
    """Colours of large parts of the panel."""
    figure.set_dpi(200)
    figure.canvas.draw()
    box = figure.axes[0].get_window_extent()
    image = np.asarray(figure.canvas.buffer_rgba())[::-1][int(box.y0) : int(box.y1), int(box.x0) : int(box.x1), :3]
    values, counts = np.unique(image.reshape(-1, 3), axis=0, return_counts=True)
    return {tuple(map(int, value)) for value, count in zip(values, counts, strict=True) if count > 0.02 * counts.sum()}


def test_what_is_excluded_leaves_the_colours_of_regions(result: Result) -> None:
    with in_style():
        plain = colours(plane_figure("m_S", "m_L", [result]))
        covered = [Curve([100.0, 1e4], [5e3, 5e3], "x", "below", BLACK)]
        assert colours(plane_figure("m_S", "m_L", [result], overlays=covered)) == plain
    assert len(plain) == 3  # two regions and the paper


def test_limits_of_the_data_by_name(result: Result) -> None:
    (curve,) = limit_overlays("ATLAS=vll_mu_doublet_atlas2024", result, "m_S", "m_L")
    assert isinstance(curve, Curve)
    assert (curve.x, list(np.asarray(curve.y)), curve.label, curve.excluded) == (None, [1270.0] * 2, "ATLAS", "below")
    (curve,) = limit_overlays("vll_mu_doublet_atlas2024_direct", result, "m_L", "Y_L")
    assert isinstance(curve, Curve)
    assert (curve.y, curve.excluded) == (None, "left")
    assert curve.label == "vll mu doublet atlas2024 direct (if lighter than m_S_mu)"
    with in_style():
        figure = plane_figure("m_S", "m_L", [result], overlays=limit_overlays("mL_seed2021", result, "m_S", "m_L"))
    assert texts(figure)[-1] == "mL seed2021"
    with pytest.raises(
        InputError, match="is on m_L_mu, it bounds nothing in the plane of Y_L and Y_R; limits that do: n"
    ):
        limit_overlays("vll_mu_doublet_atlas2024", result, "Y_L", "Y_R")
    with pytest.raises(InputError, match="there is no such limit; did you mean 'vll_mu_doublet_atlas2024'"):
        limit_overlays("vll_mu_doublet_atlas2025", result, "m_S", "m_L")


def test_region_of_a_search_is_the_one_of_the_likelihood() -> None:
    """Points of the plane are hatched where the likelihood excludes them."""
    plane = load().entries["slepton_LR_atlas139"].plane
    assert plane is not None
    names = ("m_smu_1", "m_N1")
    for order in (names, names[::-1]):
        (area,) = regions_of(plane, order, dict(zip(names, names, strict=True)), "x", BLACK)
        cells = cell_rows(plane.rows)
        for m, y in [
            (200.0, 50.0),
            (200.0, 130.0),
            (175.0, 8.0),
            (187.5, 8.0),
            (650.0, 300.0),
            (650.0, 380.0),
            (710.0, 5.0),
        ]:
            point = (m, y) if order == names else (y, m)
            assert any(Outline(cell.T).contains_point(point) for cell in area.cells) == is_inside(m, y, cells), (m, y)


def test_legend_with_long_names_covers_nothing(result: Result) -> None:
    with in_style():
        names = [
            f"a run with a very long name, number {i}, that nobody would want to read in a figure" for i in range(3)
        ]
        figure = plane_figure("m_S", "m_L", [result] * 3, labels=names)
        figure.canvas.draw()
        legend, panel = figure.legends[0].get_window_extent(), figure.axes[0].get_window_extent()
        axis = figure.axes[0].yaxis.get_tightbbox()
    assert legend.y0 >= panel.y1
    assert legend.y1 <= figure.bbox.height
    assert legend.x1 <= figure.bbox.width
    assert axis is not None
    assert axis.x0 >= 0.0


def test_one_quantity(result: Result) -> None:
    line = profile(Posterior(result.card), Axis("m_L", 12))
    with in_style():
        figure = profile_figure("m_L", [result], profiles=[line])
    assert texts(figure) == ["vll, paper_2021, marginal", "vll, paper_2021, profile"]
    curve = next(c for c in figure.axes[0].lines if len(c.get_xdata()) == 12)
    assert np.asarray(curve.get_ydata()) == pytest.approx(np.exp(-0.5 * line["delta_chi2"].values))


def test_files_of_several_runs(result: Result, plane: xr.Dataset, tmp_path: Path) -> None:
    paths = draw_plane([result, result], "m_S", "delta_a_mu", labels=["a", "b"], folder=tmp_path, formats=["png"])
    assert [p.name for p in paths] == ["plane-m_S-delta_a_mu.png"]
    paths = draw_profile([result], "delta_a_mu", folder=tmp_path)
    assert [p.name for p in paths] == ["profile-delta_a_mu.png", "profile-delta_a_mu.pdf"]
    assert all(p.stat().st_size > 5000 for p in paths)
    before = [path.read_bytes() for path in paths]
    draw_profile([result], "delta_a_mu", folder=tmp_path)  # replaces its own figures
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_figures_of_other_programs_are_not_replaced(result: Result, tmp_path: Path, ending: str) -> None:
    figure = Figure()
    for stem in ("plane-m_S-m_L", "profile-m_L"):
        figure.savefig(tmp_path / f"{stem}.{ending}")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(StoreError, match=rf"plane-m_S-m_L\.{ending}: is no figure of g2fit"):
        draw_plane([result], "m_S", "m_L", folder=tmp_path)
    with pytest.raises(StoreError, match=rf"profile-m_L\.{ending}: is no figure of g2fit"):
        draw_profile([result], "m_L", folder=tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_bad_requests_say_what_is_wrong(result: Result, plane: xr.Dataset) -> None:
    with pytest.raises(InputError, match="labels"):
        plane_figure("m_S", "m_L", [result], labels=["a", "b"])
    with pytest.raises(InputError, match="is not one of m_S and Y_L"):
        plane_figure("m_S", "Y_L", [result], scans=[plane])
    with pytest.raises(InputError, match="there is no 'nothing'"):
        plane_figure("m_S", "m_L", [result], overlays=[Contour(plane, "nothing", (1.0,))])
    with pytest.raises(InputError, match="runs"):
        plane_figure("m_S", "m_L", [])


def test_values_of_contours_are_drawn_once_and_those_that_are_nowhere_are_noted(
    plane: xr.Dataset, result: Result, caplog: pytest.LogCaptureFixture
) -> None:
    values = plane["dm_mu_over_m_mu"].values
    inside = 0.5 * float(np.nanmin(values) + np.nanmax(values))
    with in_style(), caplog.at_level("INFO", logger="g2fit"):
        overlay = Contour(plane, "dm_mu_over_m_mu", (inside, 1e300, inside))
        figure = plane_figure("m_S", "m_L", [result], overlays=[overlay])
    assert [inside] in [list(c.levels) for c in figure.axes[0].collections if isinstance(c, QuadContourSet)]
    assert "dm_mu_over_m_mu = 1e+300 is nowhere on the plane" in caplog.text


def filled(figure: Figure) -> list[np.ndarray]:
    """Vertices of each filled region."""
    sets = [c for c in figure.axes[0].collections if isinstance(c, QuadContourSet) and c.filled]
    return [np.concatenate([path.vertices for path in item.get_paths()]) for item in sets]


def test_runs_that_show_a_quantity_in_other_units_lie_on_one_axis(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Result(result.folder.path)

    def in_tev(run: Result, name: str) -> axis_scales.Axis:
        axis = axis_scales.axis_of(run, name)
        power = 1.0 if run is result else 1e3
        exponent = axis.exponent if run is result else axis.exponent + 3
        return replace(axis, exponent=exponent, low=axis.low / power, high=axis.high / power)

    monkeypatch.setattr("g2fit.results.marginals.axis_of", in_tev)
    with in_style():
        regions = filled(plane_figure("m_S", "m_L", [result, other], labels=["GeV", "TeV"]))
    assert len(regions) == 4
    for one, two in zip(regions[:2], regions[2:], strict=True):
        assert two == pytest.approx(one, rel=1e-6)


def test_axes_of_both_signs() -> None:
    near_zero = axis_scales.Axis("a", "a", scale="asinh")
    assert axis_limits(near_zero, [], [], (-1.0, 1.0)) == (-1.0, 1.0)
    with pytest.raises(InputError, match=r"limits of a: 1 to 1; allowed: two different numbers$"):
        axis_limits(near_zero, [], [], (1.0, 1.0))
    scans = [xr.Dataset(coords={"mu": [sign * 100.0, sign * 1000.0]}) for sign in (1.0, -1.0)]
    logarithmic = axis_scales.Axis("mu", "\\mu", "GeV", scale="log")
    assert axis_limits(logarithmic, [], scans[:1]) == (100.0, 1000.0)
    with pytest.raises(InputError, match="mu has both signs in these runs or scans"):
        axis_limits(logarithmic, [], scans)


@pytest.mark.parametrize(
    ("axis", "ends", "bound", "excluded"),
    [
        (axis_scales.Axis("m_L", "m_L"), (100.0, 2000.0), 1270.0, "left"),
        (axis_scales.Axis("m_L", "m_L"), (-2000.0, -100.0), -1270.0, "right"),
        (axis_scales.Axis("m_L", "m_L", scale="log", sign=-1), (100.0, 2000.0), -1270.0, "left"),
    ],
)
def test_limit_on_an_absolute_value(
    result: Result,
    monkeypatch: pytest.MonkeyPatch,
    axis: axis_scales.Axis,
    ends: tuple[float, float],
    bound: float,
    excluded: Side,
) -> None:
    monkeypatch.setattr(Marginals, "axis", lambda run, name: axis)
    monkeypatch.setattr(Marginals, "limits", lambda run, name: ends)
    (curve,) = limit_overlays("vll_mu_doublet_atlas2024", result, "m_L", "m_S")
    assert isinstance(curve, Curve)
    assert (list(np.asarray(curve.x)), curve.y, curve.excluded) == ([bound] * 2, None, excluded)
    monkeypatch.setattr(Marginals, "limits", lambda run, name: (-100.0, 100.0))
    if axis.scale == "linear":
        with pytest.raises(InputError, match="but m_L has both signs here"):
            limit_overlays("vll_mu_doublet_atlas2024", result, "m_L", "m_S")
