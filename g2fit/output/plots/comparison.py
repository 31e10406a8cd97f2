"""The comparison in one figure: Bayes factors for several priors, their parts, and the effect of each data set."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write, write_text
from g2fit.core.sealed import digest_of_file, read_sealed, write_sealed
from g2fit.inference.comparison import Comparison
from g2fit.output.export.comparison import comparison_table
from g2fit.output.plots.style import BLACK, BLUE, GREY, PAGE, PALETTE, VERMILION, in_style, new_figure, save

__all__ = ["comparison_figure", "require_comparison_folder", "save_comparison"]

#: Entry of ``comparison.json`` with the digests of the files that were written with it.
FILES = "files"

#: Markers of prior sets and of models.
MARKERS = "osD^vP*X"

#: Height of a row, in inches.
ROW = 0.3

#: Edges of the grades of the scale of Kass and Raftery, in ln B.
GRADES = (1.0, 3.0, 5.0)


def save_comparison(
    found: Comparison, folder: str | Path, formats: Sequence[str] = ("png", "pdf"), *, force: bool = False
) -> list[Path]:
    """Write ``comparison.json``, the table ``comparison.tex`` and the figure into a folder; return the files.

    Raises
    ------
    StoreError
        If the folder has one of these files, and not as g2fit wrote it, see `require_comparison_folder`.
    """
    report, path = found.to_dict(), Path(folder) / "comparison.json"
    known = require_comparison_folder(folder, force=force)
    with TemporaryDirectory() as place, in_style():
        table = Path(place) / "comparison.tex"
        write_text(table, comparison_table(report))
        files = [table, *save(comparison_figure(report), table.with_suffix(""), formats)]
        new = {file.name: digest_of_file(file) for file in files}
        both = {name: [*known.get(name, []), digest] for name, digest in new.items()}
        write_sealed(path, report | {FILES: both})  # a command that is killed now can be repeated
        for file in files:
            with atomic_write(path.with_name(file.name)) as temporary:
                temporary.write_bytes(file.read_bytes())
    write_sealed(path, report | {FILES: {name: [digest] for name, digest in new.items()}})
    return [path, *(path.with_name(name) for name in new)]


def require_comparison_folder(folder: str | Path, *, force: bool = False) -> dict[str, list[str]]:
    """Digests of the table and figures of a comparison that a folder has, by name.

    Raises
    ------
    StoreError
        If the folder has a file which `save_comparison` would replace and did not write, unless `force` allows it.
    """
    path = Path(folder) / "comparison.json"
    remedy = "choose another folder (--out), or replace it with --force"
    known: dict[str, list[str]] = {}
    if path.exists() and not force:
        before = read_sealed(path, remedy, former=(None,))
        if "bayes_factors" not in before:
            raise StoreError(f"{path}: is no comparison of g2fit, and is not replaced; {remedy}")
        known = before.get(FILES, {})
    for ending in (".tex", ".png", ".pdf"):
        file = path.with_suffix(ending)
        if file.exists() and not force and digest_of_file(file) not in known.get(file.name, []):
            raise StoreError(f"{file}: is not as `g2fit compare` wrote it, and is not replaced; {remedy}")
    return known


def comparison_figure(report: Mapping[str, Any]) -> Figure:
    """Draw three panels: ln B for each set of priors, its two parts, and ln B without each data set.

    All Bayes factors are against the Standard Model.
    """
    standard = next(label for label, model in report["models"].items() if model["model"] == "sm")
    labels = [label for label in report["models"] if label != standard]
    pieces = [row["piece"] for row in next((report["pieces"][label] for label in labels), [])]
    rows = max(len(labels), 2)
    below = len(pieces)
    top, gap, foot = 0.54, 0.78, 0.42
    height = top + rows * ROW + (gap + below * ROW if below else 0.0) + foot
    figure = new_figure(PAGE, height)
    left, middle, right = 0.16, 0.575, 0.985
    upper = (height - top - rows * ROW) / height
    first = figure.add_axes((left, upper, middle - left - 0.02, rows * ROW / height))
    second = figure.add_axes((middle, upper, right - middle, rows * ROW / height))
    _bayes_factors(first, report, labels, standard)
    _anatomy(second, report, labels, standard)
    figure.text(0.012, 1 - 0.05 / height, f"data {report['data']['vintage']}", va="top", fontsize=8)
    grades = r"shading: $|\ln B| < 1$ bare mention, $< 3$ positive, $< 5$ strong, beyond: very strong (Kass & Raftery)"
    figure.text(middle + 0.41, 1 - 0.05 / height, grades, va="top", ha="right", fontsize=6.4)
    _legend_of_anatomy(figure, middle, height)
    if below:
        third = figure.add_axes((left, foot / height, right - left, below * ROW / height))
        _without(third, report, labels, standard, pieces)
    return figure


def _rows(panel: Axes, names: Sequence[str], *, labelled: bool = True) -> None:
    panel.set_ylim(-0.6, len(names) - 0.4)
    panel.set_yticks(range(len(names)))
    texts = [name if "$" in name else name.replace("_", " ") for name in reversed(names)]
    panel.set_yticklabels(texts if labelled else [])
    panel.tick_params(axis="y", length=0)
    for row in range(1, len(names)):
        panel.axhline(row - 0.5, color=GREY, lw=0.3)


def _grades(panel: Axes) -> None:
    """Shade the grades of the Kass and Raftery scale; the weakest grade is the darkest."""
    for edge, shade in zip(GRADES, (0.2, 0.12, 0.06), strict=True):
        panel.axvspan(-edge, edge, color=GREY, alpha=shade, lw=0, zorder=0)
    panel.axvline(0.0, color=BLACK, lw=0.6, zorder=1)


def _limit_x(
    panel: Axes, values: Sequence[float], ticks: int, left: tuple[float, float], right: tuple[float, float]
) -> None:
    """End the x axis beyond the values at both sides: by a fraction of their range and by a constant."""
    low, high = min(values), max(values)
    panel.set_xlim(low - left[0] * (high - low) - left[1], high + right[0] * (high - low) + right[1])
    panel.xaxis.set_major_locator(MaxNLocator(ticks, integer=True))


def _bayes_factors(panel: Axes, report: Mapping[str, Any], labels: Sequence[str], standard: str) -> None:
    """Draw ln B under the priors of the card (filled) and under other sets of priors (open)."""
    _grades(panel)
    zero = report["models"][standard]["log_z"]
    values = [0.0]
    for index, label in enumerate(labels):
        y = len(labels) - 1 - index
        rows = report["prior_sensitivity"][label]
        shown = [row for row in rows if row["log_z"] is not None and math.isfinite(row["log_z"])]
        spread = [row["log_z"] - zero for row in shown]
        values += spread
        panel.plot([min(spread), max(spread)], [y, y], color=BLUE, lw=0.8, zorder=2)
        for number, (row, value) in enumerate(zip(shown, spread, strict=True)):
            face = BLUE if number == 0 else "white"
            panel.errorbar(value, y, xerr=row["error"], fmt=MARKERS[min(number, 7)], ms=4.5, color=BLUE, mfc=face,
                           mew=0.9, elinewidth=0.9, zorder=4 - (number > 0))  # fmt: skip
            below = y - 0.3 if number % 2 else y + 0.3
            panel.annotate(row["priors"].replace("_", " "), (value, below), fontsize=5.6, color=BLACK, ha="center",
                           va="center", annotation_clip=False)  # fmt: skip
    _limit_x(panel, values, 6, (0.14, 0.8), (0.14, 0.8))
    _rows(panel, labels)
    panel.set_xlabel(r"$\ln B$ against the Standard Model", labelpad=2)
    several = any(len(report["prior_sensitivity"][label]) > 1 for label in labels)
    title = "priors of the card (filled) and others (open)" if several else "priors of the card"
    panel.set_title(title, fontsize=7, pad=3, loc="left")


def _anatomy(panel: Axes, report: Mapping[str, Any], labels: Sequence[str], standard: str) -> None:
    """Draw the gain in ln L at the best fit and the Occam penalty, whose sum is ln B."""
    zero = report["models"][standard]
    ends = [0.0]
    for index, label in enumerate(labels):
        y = len(labels) - 1 - index
        model = report["models"][label]
        gain = model["best_fit"]["log_likelihood"] - zero["log_z"]
        penalty = model["best_fit"]["log_likelihood"] - model["log_z"]
        panel.barh(y + 0.17, gain, 0.3, color=BLUE, lw=0)
        panel.barh(y - 0.17, -penalty, 0.3, left=gain, color=VERMILION, lw=0, hatch="////", ec="white")
        panel.plot([gain - penalty] * 2, [y - 0.34, y + 0.34], color=BLACK, lw=1.2)
        ends += [gain, gain - penalty]
        text = rf"$D = {model['information_gain']:.1f}$, $d = {model['effective_dimension']:.1f}$"
        panel.annotate(text, (gain, y - 0.17), (4, 0), textcoords="offset points", fontsize=6, va="center")
    panel.axvline(0.0, color=BLACK, lw=0.6)
    _limit_x(panel, ends, 6, (0.05, 0.3), (0.32, 0.5))
    _rows(panel, labels, labelled=False)
    panel.set_xlabel(r"$\Delta \ln L$ and $\ln B$", labelpad=2)


def _legend_of_anatomy(figure: Figure, left: float, height: float) -> None:
    handles = [
        Patch(color=BLUE, lw=0),
        Patch(fc=VERMILION, hatch="////", ec="white", lw=0),
        Line2D([], [], color=BLACK, lw=1.2),
    ]
    labels = ["best fit", "Occam penalty", r"$\ln B$"]
    figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(left - 0.012, 1 - 0.24 / height), ncols=3,
                  fontsize=7, handlelength=1.3, columnspacing=1.0, handletextpad=0.5, borderaxespad=0.0)  # fmt: skip


def _without(
    panel: Axes, report: Mapping[str, Any], labels: Sequence[str], standard: str, pieces: Sequence[str]
) -> None:
    """Draw Bayes factors against the Standard Model when one data set is left out."""
    _grades(panel)
    zero = report["models"][standard]["log_z"]
    values = [0.0]
    base = {row["piece"]: row["log_z_others"] for row in report["pieces"][standard]}
    offsets = np.linspace(0.25, -0.25, len(labels)) if len(labels) > 1 else np.zeros(1)
    for index, label in enumerate(labels):
        color, marker = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)]
        full = report["models"][label]["log_z"] - zero
        panel.axvline(full, color=color, lw=0.8, ls=(0, (3, 2)), zorder=1)
        values.append(full)
        for row in report["pieces"][label]:
            y = len(pieces) - 1 - pieces.index(row["piece"]) + offsets[index]
            value = row["log_z_others"] - base[row["piece"]]
            if not math.isfinite(value):
                continue
            values.append(value)
            panel.plot([full, value], [y, y], color=color, lw=0.7, zorder=2)
            panel.plot(value, y, marker, color=color, ms=4, zorder=3)
    _limit_x(panel, values, 10, (0.05, 0.4), (0.05, 0.4))
    latex = {row["piece"]: row["latex"] for label in labels for row in report["pieces"][label] if row["latex"]}
    _rows(panel, ["no " + (f"${latex[name]}$" if name in latex else name) for name in pieces])
    panel.set_xlabel(r"$\ln B$ against the Standard Model, one data set left out", labelpad=2)
    handles = [
        Line2D([], [], color=PALETTE[i % len(PALETTE)], marker=MARKERS[i % len(MARKERS)], ms=4, lw=0.7)
        for i in range(len(labels))
    ]
    handles.append(Line2D([], [], color=GREY, lw=0.8, ls=(0, (3, 2))))
    names = [*(label.replace("_", " ") for label in labels), "all data"]
    panel.legend(handles, names, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=6, fontsize=7, handlelength=1.6,
                 columnspacing=1.2, borderaxespad=0.15)  # fmt: skip
