"""Trace figure: quantiles of each ensemble step by step, and rank histograms, which show whether ensembles agree."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from g2fit.core.types import FloatArray, IntArray
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.style import GREY, PAGE, PALETTE, new_figure, put_ticks
from g2fit.results.marginals import ranks_of
from g2fit.sampling.draws import LEAST_WALKERS, Part, load_draws

__all__ = ["trace_figure"]

#: Steps that are drawn, and numbers that are read for that: of fewer walkers where there are very many.
STEPS, NUMBERS = 160, 1 << 25

#: Successive weighted draws whose quantiles are drawn, at least, and most such blocks of a stream.
BLOCK, BLOCKS = 50, 40

#: Bins of the rank histograms.
BINS = 20

#: Height of a row, in inches.
ROW = 0.62


def trace_figure(data: FigureData) -> Figure | None:
    """Draw quantiles of the walkers of each ensemble against the step, and rank histograms.

    For weighted draws they are quantiles of successive draws of each stream of the exploration.

    Ensembles that have forgotten their starts lie on top of each other, and in each of them every rank is equally
    likely. None if no parameter varies.
    """
    names = data.parameters
    if not names:
        return None
    steps, chains = _chains(data)
    top, bottom, left, right = 0.62, 0.42, 0.62, 0.1
    figure = new_figure(PAGE, top + bottom + ROW * len(names))
    height = figure.get_size_inches()[1]
    grid = figure.subplots(len(names), 2, squeeze=False, width_ratios=[2.6, 1.0])
    figure.subplots_adjust(left=left / PAGE, right=1 - right / PAGE, bottom=bottom / height, top=1 - top / height,
                           wspace=0.14, hspace=0.14)  # fmt: skip
    discard = data.result.verdict.discard
    for row, name in enumerate(names):
        _trace(grid[row, 0], data, name, steps, chains[:, :, :, data.result.parameter_names.index(name)], discard)
        _ranks(grid[row, 1], data, name)
        for panel in grid[row]:
            panel.tick_params(labelbottom=row == len(names) - 1)
    figure.align_ylabels(grid[:, 0])
    chain, step, group = (
        ("stream", "draw", "successive draws") if data.result.weighted else ("ensemble", "step", "the walkers")
    )
    grid[-1, 0].set_xlabel(step)
    grid[-1, 1].set_xlabel("rank of a draw among all")
    grid[0, 1].set_title(
        f"draws of {'a' if data.result.weighted else 'an'} {chain} over expectation", fontsize=7.5, pad=3
    )
    ensembles = len(chains)
    handles = [Line2D([], [], color=_color(i), lw=1.2) for i in range(min(ensembles, 8))]
    labels = [f"{chain} {i}" for i in range(min(ensembles, 8))]
    anchor = (left / PAGE - 0.012, 1 - 0.2 / height)
    figure.legend(handles, labels, loc="upper left", ncols=len(handles), bbox_to_anchor=anchor, handlelength=1.2,
                  columnspacing=1.0)  # fmt: skip
    figure.text(left / PAGE, 1 - 0.06 / height, "; ".join(data.about), va="top", fontsize=8)
    shaded = "" if data.result.weighted else "; shaded: discarded"
    grid[0, 0].set_title(f"median and 68.27 % range of {group}{shaded}", fontsize=7.5, pad=3, loc="left")
    return figure


def _color(ensemble: int) -> str:
    return PALETTE[ensemble % len(PALETTE)]


def _chains(data: FigureData) -> tuple[IntArray, FloatArray]:
    """Steps, and the parameters of the walkers at these steps, shape (ensembles, steps, walkers, D), from the chains.

    A run that was copied without its chains shows the draws of its result. Weighted draws have no order: blocks of
    successive ones of a stream take the place of the walkers of a step.
    """
    result, posterior = data.result, data.posterior
    if result.weighted:
        values = np.stack([result.draws(name)[:, :, 0] for name in result.parameter_names], axis=-1)
        streams, length, dimension = values.shape
        size = max(min(BLOCK, length), length // BLOCKS)
        blocks = values[:, : length // size * size].reshape(streams, -1, size, dimension)
        return size * np.arange(blocks.shape[1]), blocks
    files = [result.folder.chain(i) for i in range(result.card.sampler.ensembles)]
    if not all(file.path.exists() for file in files):
        values = np.stack([result.draws(name) for name in result.parameter_names], axis=-1)
        steps: IntArray = result.by_step(result.array("sample_stats", "step"))[0, :, 0].astype(np.int64)
        return steps, values
    length = result.verdict.steps
    drawn, walkers = range(0, length, max(1, length // STEPS)), result.card.walkers
    most = max(LEAST_WALKERS, NUMBERS // (len(files) * len(drawn) * posterior.dimension))
    part = Part(drawn, slice(None, None, -(-walkers // most)))
    return np.array(drawn), load_draws(posterior, result.folder, part)


def _trace(panel: Axes, data: FigureData, name: str, steps: IntArray, draws: FloatArray, discard: int) -> None:
    axis = data.marginals.axis(name)
    values = axis.show(draws)
    for ensemble, walkers in enumerate(values):
        low, middle, high = np.quantile(walkers, [0.15865, 0.5, 0.84135], axis=1)
        color = _color(ensemble)
        panel.plot(steps, middle, color=color, lw=0.9)
        for edge in (low, high):
            panel.plot(steps, edge, color=color, lw=0.4)
    panel.set_yscale(**axis.scaling)
    limits = data.marginals.limits(name, 0.9)
    panel.set_ylim(*limits)
    put_ticks(panel.yaxis, axis, limits, 3, 0.06)
    panel.set_xlim(steps[0], max(steps[-1], steps[0] + 1))
    panel.axvspan(steps[0], min(discard, steps[-1]), color=GREY, alpha=0.18, lw=0, zorder=0)
    panel.set_ylabel(axis.label)


def _ranks(panel: Axes, data: FigureData, name: str) -> None:
    draws = data.result.draws(name)
    ensembles = len(draws)
    order = ranks_of(draws).reshape(ensembles, -1) / draws.size
    edges = np.linspace(0.0, 1.0, BINS + 1)
    for ensemble, ranks in enumerate(order):
        count = np.histogram(ranks, edges)[0] * BINS / ranks.size
        panel.stairs(count, edges, color=_color(ensemble), lw=0.8)
    # a bin holds a binomial number of the ensemble's effective draws; the others share in fixing its edges
    effective = data.marginals.effective(name) / ensembles
    spread = 1.96 * np.sqrt((BINS - 1) / effective * (1.0 - 1.0 / ensembles))
    panel.axhspan(1.0 - spread, 1.0 + spread, color=GREY, alpha=0.18, lw=0, zorder=0)
    reach = max(0.3, 2.0 * spread)
    panel.set(xlim=(0.0, 1.0), ylim=(max(0.0, 1.0 - reach), 1.0 + reach), xticks=[0.0, 0.5, 1.0])
    panel.set_xticklabels(["0", "0.5", "1"])
