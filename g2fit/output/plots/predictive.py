"""Predictive figure: predictions of the posterior against every datum, in standard deviations of the datum."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from g2fit.core.errors import DataError
from g2fit.core.types import FloatArray
from g2fit.likelihoods.kernel import CONSTANT
from g2fit.likelihoods.standard_model import sm_value
from g2fit.models.base import Quantity
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.style import BLACK, BLUE, COLUMN, GREY, VERMILION, best_marker, new_figure, wrapped
from g2fit.results.axis_scales import Axis, make_axis
from g2fit.results.kernel_density import bin_draws, density_1d, is_spread

__all__ = ["predictive_figure"]

#: Draws of the posterior that are used.
DRAWS = 4000

#: Height of a row, in inches.
ROW = 0.56

#: Largest deviation that is shown, in standard deviations.
REACH = 8.0


def predictive_figure(data: FigureData) -> Figure | None:
    """Draw the distributions of predictions and replicated data against datum and Standard Model; None without data."""
    likelihood = data.posterior.likelihood
    observed, items = likelihood.observed(), {item.name: item for item in likelihood.compared}
    if not observed or not data.result.parameter_names:
        return None
    predicted, deviations = _predictions(data)
    header = wrapped("; ".join(data.about[:2]), 72)
    top, bottom, left, right = 0.66 + 0.13 * len(header), 0.4, 0.66, 0.1
    figure = new_figure(COLUMN, top + bottom + ROW * len(observed))
    height = figure.get_size_inches()[1]
    panel = figure.add_axes((left / COLUMN, bottom / height, 1 - (left + right) / COLUMN, 1 - (top + bottom) / height))
    noise = np.random.default_rng(0).normal(size=DRAWS)
    best = {name: -pull for name, pull in data.best.pulls.items()}
    reach, labels = 2.0, list[str]()
    for row, (name, (value, error)) in enumerate(observed.items()):
        base = len(observed) - 1 - row
        draws = deviations[name]
        item = items[name]
        label = _label(data, item.datum.observable)
        standard = _standard_model(data, item.datum.observable) - value
        standard /= math.hypot(item.datum.plus if standard > 0.0 else item.datum.minus, item.datum.theory.absolute)
        _violin(panel, base, draws, draws + noise[: len(draws)])
        panel.plot(standard, base + 0.12, "D", color="white", mec=BLACK, mew=0.8, ms=3.6, zorder=5, clip_on=False)
        panel.plot(best[name], base + 0.12, "P", color=VERMILION, ms=4.5, mec="white", mew=0.4, zorder=6)
        is_predicted = item.source.kind != CONSTANT
        shown = np.append(predicted[name] if is_predicted else value, [value - error, value + error])
        axis = make_axis(name, label, "", shown, linear=True)
        text = _numbers(axis, value, error, predicted[name] if is_predicted else None)
        across = panel.get_yaxis_transform()
        panel.text(0.985, base + 0.72, text, fontsize=6.8, ha="right", va="center", transform=across)
        if name != item.datum.observable or not label:  # which of several data, or what has no symbol
            panel.text(0.015, base + 0.72, name, fontsize=5.5, ha="left", va="center", transform=across)
        labels.append(f"${label}$" if label else "")
        ends = (standard, best[name], *np.quantile(draws, [0.005, 0.995]))
        reach = max(reach, *(abs(v) for v in ends if math.isfinite(v)))
    reach = min(reach, REACH) + 0.6
    panel.axvspan(-1.0, 1.0, color=GREY, alpha=0.2, lw=0, zorder=0)
    panel.axvline(0.0, color=GREY, lw=0.8, zorder=0)
    panel.set(xlim=(-reach, reach), ylim=(-0.12, len(observed) - 0.08), yticks=np.arange(len(observed)) + 0.3)
    panel.set_yticklabels(labels[::-1], fontsize=8.5)
    panel.tick_params(axis="y", length=0)
    for row in range(1, len(observed)):
        panel.axhline(row - 0.1, color=GREY, lw=0.3)
    panel.set_xlabel(r"(prediction $-$ measured) / $\sigma$", labelpad=2)
    handles = [Patch(fc=to_rgba(BLUE, 0.5), ec=BLUE, lw=0.8), Line2D([], [], color=BLUE, lw=0.8, ls=(0, (2, 1.5))),
               Patch(color=GREY, alpha=0.35, lw=0), best_marker(),
               Line2D([], [], marker="D", color="white", mec=BLACK, ls="", ms=3.6)]  # fmt: skip
    names = ["prediction", "replicated datum", r"datum $\pm1\sigma$", "best fit", "Standard Model"]
    anchor = (-0.005, 1 - (0.2 + 0.13 * len(header)) / height)
    figure.legend(handles, names, loc="upper left", ncols=3, bbox_to_anchor=anchor, fontsize=7.2,
                  handlelength=1.3, columnspacing=1.0, handletextpad=0.5, labelspacing=0.25)  # fmt: skip
    lines = [*header, "numbers: measured | predicted (median and 68.27 %)"]
    figure.text(0.02, 1 - 0.06 / height, "\n".join(lines), va="top", fontsize=7.2, linespacing=1.25)
    return figure


def _predictions(data: FigureData) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Predictions and (prediction - measured)/error of each datum, for evenly chosen draws."""
    posterior = data.posterior
    size = len(data.result.theta)
    chosen = np.linspace(0, size - 1, min(DRAWS, size)).astype(int)
    theta = data.result.theta[chosen]
    inputs, rows = posterior.solutions(theta)
    solution = data.result.by_step(data.result.array("sample_stats", "solution")).ravel()[chosen]
    take = np.arange(len(theta)) * posterior.model.solutions + solution
    predicted = posterior.likelihood.predicted(rows, inputs)
    pulls = posterior.likelihood.pulls(rows, inputs)
    return {name: v[take] for name, v in predicted.items()}, {name: -v[take] for name, v in pulls.items()}


def _quantity(data: FigureData, observable: str) -> Quantity | None:
    return data.quantities.get(data.posterior.model.aliases.get(observable, observable))


def _label(data: FigureData, observable: str) -> str:
    """Symbol of an observable; empty if the model does not predict it."""
    quantity = _quantity(data, observable)
    return quantity.latex if quantity is not None else ""


def _standard_model(data: FigureData, observable: str) -> float:
    """Standard Model value of an observable; NaN for one that only the model has, such as a parameter."""
    quantity = _quantity(data, observable)
    if quantity is not None and quantity.sm is not None:
        return quantity.sm
    try:
        return sm_value(observable, data.posterior.card.dataset.options)
    except DataError:
        return math.nan


def _violin(panel: Axes, base: float, draws: FloatArray, replicated: FloatArray) -> None:
    """Draw half violins of predictions and replicated data, each 0.55 high."""
    for values, style in ((draws, "-"), (replicated, (0, (2, 1.5)))):
        if not is_spread(values):
            continue
        x, density = density_1d(bin_draws(values)).closed()
        y = base + 0.55 * density / density.max()
        if values is draws:
            panel.fill_between(x, base, y, color=BLUE, alpha=0.45, lw=0)
        panel.plot(x, y, color=BLUE, lw=0.8, ls=style)
    low, middle, high = np.quantile(draws, [0.15865, 0.5, 0.84135])
    panel.plot([low, high], [base - 0.03] * 2, color=BLUE, lw=1.6, solid_capstyle="butt")
    panel.plot(middle, base - 0.03, "o", color=BLUE, ms=2.4)


def _numbers(axis: Axis, value: float, error: float, predicted: FloatArray | None) -> str:
    """Format the measured value and the central 68.27 % of the predictions; None if the model has no prediction."""
    sigma = error / 10.0**axis.exponent
    digits = int(np.clip(1 - np.floor(np.log10(sigma)), 0, 6))
    measured = f"{_fixed(float(axis.show(value)), digits)} \\pm {_fixed(sigma, digits)}"
    if predicted is None:
        posterior = r"\mathrm{not\ predicted}"
    else:
        low, middle, high = axis.show(np.quantile(predicted, [0.15865, 0.5, 0.84135]))
        posterior = f"{_fixed(middle, digits)}^{{+{_fixed(high - middle, digits)}}}_{{-{_fixed(middle - low, digits)}}}"
    power = rf"\ \times10^{{{axis.exponent}}}" if axis.exponent else ""
    shift = f"{axis.shift:g} + " if axis.shift else ""
    return f"{shift}(${measured}$ | ${posterior}$)${power}$" if power or shift else f"${measured}$ | ${posterior}$"


def _fixed(number: float, digits: int) -> str:
    """Format a number with some decimals, without the sign of a negative zero.

    >>> _fixed(-0.04, 1), _fixed(-0.06, 1)
    ('0.0', '-0.1')
    """
    text = f"{number:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0.0 else text
