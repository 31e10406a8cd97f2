"""Figures of a run: corner, trace, prior and predictive, as PNG and PDF in the run's folder."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from g2fit.output.plots.corner import corner_figure, derived_figure
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.predictive import predictive_figure
from g2fit.output.plots.prior import prior_figure
from g2fit.output.plots.style import FORMATS, in_style, known, save
from g2fit.output.plots.trace import trace_figure
from g2fit.results import Result
from g2fit.results.levels import checked_levels

_log = logging.getLogger("g2fit")

__all__ = ["KINDS", "draw", "figures_of"]

#: Kinds of figures, with the figures of each: file name and what draws it (None where there is nothing to draw).
KINDS: dict[str, dict[str, Callable[[FigureData], Figure | None]]] = {
    "corner": {"corner": corner_figure, "corner-derived": derived_figure},
    "trace": {"trace": trace_figure},
    "prior": {"prior": prior_figure},
    "predictive": {"predictive": predictive_figure},
}


def draw(
    result: Result,
    kinds: Sequence[str] | None = None,
    formats: Sequence[str] | None = None,
    levels: Sequence[float] | None = None,
) -> list[Path]:
    """Draw the figures of a run into its folder ``figures``.

    Parameters
    ----------
    result : Result
        The run.
    kinds : sequence of str, optional
        ``corner``, ``trace``, ``prior``, ``predictive``; all of them if None or empty.
    formats : sequence of str, optional
        ``png``, ``pdf``; both if None or empty.
    levels : sequence of float, optional
        Two probabilities of the credible regions; those of the card by default.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        For an unknown kind or format, and for levels that are not two rising probabilities.
    """
    wanted = known("kind of figure", kinds, KINDS)
    endings = known("format", formats, FORMATS)
    regions = None if levels is None else checked_levels(levels)
    _ = result.posterior  # refuses draws of other code
    written: list[Path] = []
    data = FigureData(result, regions)
    constant = [name for name in result.parameter_names if name not in data.parameters]
    if constant:
        _log.info("%s: left out of figures: %s, which hardly varies", result.folder.path, ", ".join(constant))
    for _, name, figure in figures_of(data, wanted):
        with in_style():
            written += save(figure, result.folder.figures / name, endings)
    return written


def figures_of(data: FigureData, kinds: Iterable[str] = KINDS) -> Iterator[tuple[str, str, Figure]]:
    """Draw the figures of some kinds: yields kind, file name and figure of each."""
    for kind in kinds:
        for name, draw_figure in KINDS[kind].items():
            with in_style():
                figure = draw_figure(data)
            if figure is not None:
                yield kind, name, figure
