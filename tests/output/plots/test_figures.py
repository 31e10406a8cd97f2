"""Figures of a run: what is written, that everything can be read, and that nothing else is changed."""

from __future__ import annotations

import struct
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from g2fit.core.errors import InputError
from g2fit.output.plots import KINDS, draw
from g2fit.output.plots.corner import _outer_labels
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.predictive import _predictions, predictive_figure
from g2fit.output.plots.prior import information_gain
from g2fit.output.plots.several_runs import draw_together
from g2fit.output.plots.style import in_style
from g2fit.output.report import report
from g2fit.output.summary import summarise
from g2fit.results import Result
from g2fit.results.kernel_density import bin_draws, density_1d
from tests.support.cards import VLL, VLL_SIX, short_run


@pytest.fixture(scope="module")
def shown(result: Result) -> FigureData:
    return FigureData(result)


@pytest.fixture(scope="module")
def drawn(shown: FigureData) -> dict[str, Figure]:
    """Every figure, drawn once."""
    figures = {}
    for drawers in KINDS.values():
        for name, figure_of in drawers.items():
            with in_style():
                figure = figure_of(shown)
                assert figure is not None
                figure.canvas.draw()
            figures[name] = figure
    return figures


def test_all_files_are_written_sharp_enough(result: Result) -> None:
    paths = draw(result, None, ["png"]) + draw(result, ["prior", "predictive"], ["pdf"])
    names = [f"{name}.png" for drawers in KINDS.values() for name in drawers]
    assert sorted(p.name for p in paths) == sorted([*names, "prior.pdf", "predictive.pdf"])
    assert sorted(result.folder.figures.iterdir()) == sorted(paths)  # and no temporary file is left
    for path in paths:
        content = path.read_bytes()
        if path.suffix == ".pdf":
            assert content.startswith(b"%PDF")
            assert b"/Type3" not in content  # fonts that journals take
        else:
            width = struct.unpack(">I", content[16:20])[0]
            assert width >= 200 * 3.4


def test_kinds_and_formats_can_be_chosen_and_files_are_reproducible(result: Result) -> None:
    (path,) = draw(result, ["predictive"], ["png"])
    before = path.read_bytes()
    assert draw(result, ["predictive"])[0] == path
    assert path.read_bytes() == before
    assert path.with_suffix(".pdf").exists()


def test_unknown_kind_and_format_name_the_nearest(result: Result) -> None:
    with pytest.raises(InputError, match="did you mean 'corner'"):
        draw(result, ["cornr"])
    with pytest.raises(InputError, match="unknown format 'jpg'"):
        draw(result, None, ["jpg"])


def test_matplotlib_is_as_before(result: Result) -> None:
    import matplotlib.pyplot as plt

    before = dict(matplotlib.rcParams)
    draw(result, ["prior"], ["png"])
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []


def visible_texts(figure: Figure) -> list[Text]:
    """All text of a drawn figure, without the labels of ticks that lie outside of their axes."""
    undrawn = set()
    for axes in figure.axes:
        for axis, ends in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not min(ends) <= tick.get_loc() <= max(ends):
                    undrawn |= {id(tick.label1), id(tick.label2)}
    texts = figure.findobj(Text)
    return [t for t in texts if t.get_visible() and t.get_text().strip() and id(t) not in undrawn]


def test_no_text_leaves_the_figure(drawn: dict[str, Figure]) -> None:
    for name, figure in drawn.items():
        with in_style():
            page = figure.bbox
            for text in visible_texts(figure):
                box = text.get_window_extent()
                inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.width + 1 and box.y1 <= page.height + 1
                assert inside, f"{name}: {text.get_text()!r} at {box}"


def test_long_axis_labels_do_not_touch() -> None:
    with in_style():
        figure = Figure((2.4, 2.4))
        grid = figure.add_gridspec(2, 2, left=0.3, right=0.96, bottom=0.3, top=0.96, wspace=0.06, hspace=0.06)
        panels = [figure.add_subplot(cell) for cell in grid]
        for panel in panels:
            size = panel.bbox.width / figure.dpi
            _outer_labels(
                panel, r"$\mu(h\to\mu\mu) - 1\ [10^{-3}]$", r"$\mu(h\to\mu\mu) - 1\ [10^{-3}]$", size, 0.6, 0.56
            )
        for a, b in ((panels[2].xaxis, panels[3].xaxis), (panels[0].yaxis, panels[2].yaxis)):
            assert not a.label.get_window_extent().overlaps(b.label.get_window_extent())


def test_tick_labels_do_not_touch(drawn: dict[str, Figure]) -> None:
    for name, figure in drawn.items():
        with in_style():
            for axes in figure.axes:
                for axis, low, high in ((axes.xaxis, *axes.get_xlim()), (axes.yaxis, *axes.get_ylim())):
                    ticks = axis.get_major_ticks()
                    drawn = [
                        t.label1 for t in ticks
                        if t.label1.get_visible() and t.label1.get_text() and low <= t.get_loc() <= high
                    ]  # fmt: skip
                    if any(label.get_rotation() for label in drawn):
                        # turned labels: their base lines must keep a line apart
                        places = [axis.get_transform().transform(t.get_loc()) for t in ticks if t.label1 in drawn]
                        ends = axis.get_transform().transform([low, high])
                        length = axes.bbox.width if axis is axes.xaxis else axes.bbox.height
                        gaps = np.diff(sorted(places)) / np.ptp(ends) * length
                        size = max((label.get_fontsize() for label in drawn), default=0.0) * figure.dpi / 72.0
                        assert (gaps * np.sqrt(0.5) > 0.8 * size).all(), f"{name}: {gaps}"
                        continue
                    boxes = [label.get_window_extent() for label in drawn]
                    for i, first in enumerate(boxes):
                        assert not any(first.overlaps(other) for other in boxes[i + 1 :]), f"{name}: {drawn}"


def test_figure_says_what_it_shows(shown: FigureData, drawn: dict[str, Figure]) -> None:
    text = "\n".join(shown.about)
    assert "vll" in text
    assert "paper_2021" in text
    assert "NOT CONVERGED" in text  # the targets of this run are out of reach
    legend = [t.get_text() for t in drawn["corner"].legends[0].get_texts()]
    assert "68.27 % credible region" in legend
    assert "95.45 % credible region" in legend
    assert "best fit" in legend


def test_quantities_that_repeat_each_other_are_shown_once(shown: FigureData) -> None:
    # at leading order, R_tau and dgL_W_mu are functions of t_L alone
    chosen, repeats = shown.distinct(["t_L", "dgL_W_mu", "R_tau", "delta_a_mu"], [], 8)
    assert chosen == ["t_L", "delta_a_mu"]
    assert repeats == {"dgL_W_mu": "t_L", "R_tau": "t_L"}


def test_deviations_are_prediction_minus_datum_over_error(shown: FigureData) -> None:
    predicted, deviations = _predictions(shown)
    value, error = 2.51e-9, 0.59e-9
    assert deviations["delta_a_mu"] == pytest.approx((predicted["delta_a_mu"] - value) / error)
    stored = shown.result.draws("delta_a_mu").ravel()
    assert np.isin(predicted["delta_a_mu"], stored).all()


def test_two_data_of_one_observable_and_one_that_is_not_predicted(root: Path, tmp_path: Path) -> None:
    """Each datum has the symbol of its observable and its own name; what is not predicted says so, with its numbers."""
    ratio = {"observable": "R_tau", "value": 0.97, "error": 0.01, "reference": "me"}
    pion = {"observable": "g_mu_over_g_e_pi", "value": 1.001, "error": 0.003, "reference": "me"}
    own = {
        "mine": ratio,
        "pion": pion,
        "moment": {**ratio, "observable": "delta_a_e", "value": 3e-13, "error": {"plus": 2.2e-13, "minus": 1e-13}},
    }
    card = {**VLL_SIX, "data": {"vintage": "paper_2021", "gf_shift": False, "extra_measurements": own}}
    shown = FigureData(short_run(card, root, tmp_path / "own"))
    with in_style():
        figure = predictive_figure(shown)
        assert figure is not None
        figure.canvas.draw()
    texts = [text.get_text() for text in visible_texts(figure)]
    symbol = shown.quantities["R_tau"].latex
    assert texts.count(f"${symbol}$") == 2
    assert {"mine", "Rtau_mue_seed", "delta_a_e"} <= set(texts)
    assert "(1.000 | " not in "".join(texts)
    (moment,) = [text for text in texts if "not predicted" in text.replace("\\ ", " ") and "10^{-13}" in text]
    assert "3.0 \\pm 1.6" in moment
    # the Standard Model, which gives 0, lies below the measurement: at its downward error
    diamonds = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert min(diamonds, key=lambda x: abs(x + 3.0)) == pytest.approx(-3.0)
    assert not any("0.000000" in text or "$-0^" in text for text in texts)
    assert report([shown.result.folder.path]).exists()


def test_information_gain_of_known_densities() -> None:
    rng = np.random.default_rng(1)
    prior = density_1d(bin_draws(rng.random(40_000), 0.0, 1.0))
    half = density_1d(bin_draws(0.25 + 0.5 * rng.random(40_000), 0.25, 0.75))
    assert information_gain(half, prior) == pytest.approx(np.log(2.0), abs=0.02)
    assert information_gain(prior, prior) == pytest.approx(0.0, abs=1e-12)


def test_trace_of_a_run_without_its_chains(result: Result, tmp_path: Path) -> None:
    for name in ("card.yaml", "manifest.json", "result.nc"):
        (tmp_path / name).write_bytes((result.folder.path / name).read_bytes())
    copied = FigureData(Result(tmp_path))
    with in_style():
        figure = KINDS["trace"]["trace"](copied)
    assert figure is not None
    assert len(figure.axes) == 2 * len(copied.parameters)


@pytest.mark.filterwarnings("error::UserWarning")
def test_trace_of_one_step(root: Path, tmp_path: Path) -> None:
    result = short_run(VLL, root, tmp_path, max_steps=1)
    assert [path.name for path in draw(result, ["trace"], ["png"])] == ["trace.png"]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    "narrow", [{"dist": "norm", "loc": 1e6, "scale": 1e-9}, {"dist": "uniform", "min": 900, "max": 900 + 1e-13}]
)
def test_parameters_that_hardly_vary_are_left_out(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, narrow: dict[str, object]
) -> None:
    fixed = {"m_S": 500, "Y_L": 0.05, "Y_R": 0.1, "Y_V": 0.1, "Y_Vp": "Y_V"}
    card = {**VLL, "parameters": {"m_L": {"prior": narrow}, **fixed}}
    result = short_run(card, root, tmp_path / "run", proposal="auto")
    with caplog.at_level("INFO", logger="g2fit"):
        assert [path.name for path in draw(result, None, ["png"])] == ["predictive.png"]
    assert "left out of figures: m_L, which hardly varies" in caplog.text
    with pytest.raises(InputError, match=r"m_L (varies by too little|takes too few values) to have a density"):
        draw_together([result], "m_L")
    assert "constraint" not in summarise(result)["quantities"]["m_L"]
    assert report([result.folder.path]).exists()
