"""Style of all figures: sizes, fonts, colours, ticks. The global settings of matplotlib are not changed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axis import Axis as MatplotlibAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from g2fit.core.errors import InputError, StoreError, nearest
from g2fit.core.files import atomic_write
from g2fit.results.axis_scales import Axis

__all__ = [
    "BLACK", "BLUE", "COLUMN", "FORMATS", "GREEN", "GREY", "ORANGE", "PAGE", "PALETTE", "PURPLE", "SKY", "VERMILION",
    "asinh_ticks", "best_marker", "in_style", "known", "log_ticks", "new_figure", "number", "put_ticks",
    "require_own_figures", "save", "wrapped",
]  # fmt: skip

#: Width of a column of a two-column journal, in inches.
COLUMN = 3.4

#: Width of a page of a two-column journal, in inches.
PAGE = 7.0

#: Formats of files.
FORMATS = ("png", "pdf")

#: What the figures of g2fit hold, by format; see `save`.
MARKS = {"png": b"tEXtSoftware\0g2fit", "pdf": b"/Creator (g2fit)"}

# The colours of Okabe and Ito, which colour-blind readers can tell apart, and a grey.
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
ORANGE = "#E69F00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
BLACK = "#000000"
GREY = "#7F7F7F"

#: Colours of runs, one after the other.
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, "#999933")

#: Markers of ticks that point inwards, at the lower and at the upper end of the other axis.
MINOR_TICKS = {"x": (2, 3), "y": (1, 0)}

#: Settings of matplotlib for all figures.
SETTINGS = matplotlib.rc_params_from_file(Path(__file__).with_name("g2fit.mplstyle"), use_default_template=False)


def in_style() -> AbstractContextManager[None]:
    """Context in which figures are made; it restores the settings of matplotlib afterwards."""
    return matplotlib.rc_context(SETTINGS)


def new_figure(width: float, height: float) -> Figure:
    """Make a figure without pyplot; width and height in inches."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def known(what: str, names: Sequence[str] | None, allowed: Iterable[str]) -> list[str]:
    """Return `names` without repetitions, or everything `allowed` if there are none; unknown ones are an error."""
    options = list(allowed)
    for name in names or ():
        if name not in options:
            raise InputError(f"unknown {what} {name!r}; {nearest(name, options)}")
    return list(dict.fromkeys(names or options))


def save(figure: Figure, stem: Path, formats: Sequence[str]) -> Iterator[Path]:
    """Write a figure as ``stem.png`` and so on, each atomically; equal figures give equal files."""
    # a stronger compression of PNG files takes a tenth of the time of a figure and saves a tenth of the file
    png = {"metadata": {"Software": "g2fit"}, "pil_kwargs": {"compress_level": 1}}
    options: dict[str, dict[str, Any]] = {"png": png, "pdf": {"metadata": {"CreationDate": None, "Creator": "g2fit"}}}
    for ending in formats:
        path = stem.with_name(f"{stem.name}.{ending}")
        with atomic_write(path) as temporary:
            figure.savefig(temporary, format=ending, **options.get(ending, {}))
        yield path


def require_own_figures(folder: Path | None, stem: str, formats: Sequence[str]) -> None:
    """Raise a `StoreError` if a folder of the user's has a file of the name of a figure that g2fit has not written."""
    for ending in formats if folder is not None else ():
        path = Path(folder or "") / f"{stem}.{ending}"
        if path.is_file() and MARKS.get(ending, b"") not in path.read_bytes():
            raise StoreError(f"{path}: is no figure of g2fit, and is not replaced; name another folder (--out)")


def best_marker() -> Line2D:
    """Legend handle of the best fit."""
    return Line2D([], [], marker="P", color=VERMILION, ls="", ms=5.0, mec="white", mew=0.4)


def wrapped(text: str, width: int) -> list[str]:
    r"""Break text into lines of about `width` letters, at spaces that are not inside formulas.

    >>> wrapped(r"not shown: $R_\tau - 1$, $t_L$ (as $\delta g_L$)", 20)
    ['not shown: $R_\\tau - 1$, $t_L$', '(as $\\delta g_L$)']
    """
    lines: list[str] = []
    length = 0
    for word in re.findall(r"(?:\$[^$]*\$|[^\s$])+", text):
        size = len(re.sub(r"\\[A-Za-z]+", "x", word).translate(str.maketrans("", "", "${}_^\\ ")))
        if lines and length + 1 + size <= width:
            lines[-1] += f" {word}"
            length += 1 + size
        else:
            lines.append(word)
            length = size
    return lines


# Ticks --------------------------------------------------------------------------------------------------------------


def number(value: float) -> str:
    r"""Format a number as mathtext: plain between 0.001 and 10^4, otherwise with a power of ten.

    >>> [number(v) for v in (0.0, 0.01, 3000.0, 1e5, 2e-5, -20000.0)]
    ['$0$', '$0.01$', '$3000$', '$10^{5}$', '$2\\times10^{-5}$', '$-2\\times10^{4}$']
    """
    if value == 0.0:
        return "$0$"
    exponent = int(np.floor(np.log10(abs(value)) + 1e-9))
    if -3 <= exponent < 4:
        return f"${value:.10g}$"
    mantissa = value / 10.0**exponent
    if abs(mantissa - 1.0) < 1e-9:
        return f"$10^{{{exponent}}}$"
    return rf"${mantissa:.6g}\times10^{{{exponent}}}$"


def log_ticks(low: float, high: float, most: int) -> tuple[list[float], list[float]]:
    """Labelled and unlabelled ticks of a logarithmic axis: the densest choice with at most `most` labels.

    >>> log_ticks(80.0, 12000.0, 4)[0]
    [100.0, 1000.0, 10000.0]
    >>> log_ticks(300.0, 9000.0, 4)[0]
    [500.0, 1000.0, 2000.0, 5000.0]
    """
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    inside = (low * (1.0 - 1e-9), high * (1.0 + 1e-9))

    def at(digits: Sequence[int], powers: Sequence[int]) -> list[float]:
        ticks = [float(f"{digit}e{power}") for power in powers for digit in digits]
        return [tick for tick in ticks if inside[0] <= tick <= inside[1]]

    every = list(decades)
    choices = [at(digits, every) for digits in ((1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))]
    choices += [at((1,), every[::step]) for step in (2, 3, 4, 6, 10, 20)]
    fitting = next((ticks for ticks in choices if 2 <= len(ticks) <= most), None)
    minor = at(range(1, 10), every) if len(every) < 8 else at((1,), every)
    if fitting is None:  # less than a factor of two: ordinary ticks
        fitting = [float(t) for t in MaxNLocator(most).tick_values(low, high) if inside[0] <= t <= inside[1]]
    return fitting, minor


def asinh_ticks(low: float, high: float, linear_width: float, most: int) -> tuple[list[float], list[float]]:
    """Labelled and unlabelled ticks of an axis that is linear near zero: zero, and powers of ten that are not near it.

    >>> asinh_ticks(-0.5, 2000.0, 0.3, 5)[0]
    [0.0, 1.0, 10.0, 100.0, 1000.0]
    """
    ends = np.arcsinh(np.array([low, high]) / linear_width)
    apart = linear_width * np.sinh(0.8 * (ends[1] - ends[0]) / most)  # nearer to zero there is no label
    first = int(np.ceil(np.log10(max(linear_width, apart))))
    reach = max(abs(low), abs(high))
    powers = range(first, max(first, int(np.floor(np.log10(reach)))) + 1)
    minor = sorted(sign * digit * 10.0**power for power in powers for digit in range(1, 10) for sign in (-1.0, 1.0))
    minor = [tick for tick in minor if low <= tick <= high]
    for step in range(1, len(powers) + 1):
        major = [sign * 10.0**power for power in powers[::-1][::step] for sign in (-1.0, 1.0)]
        major = sorted(tick for tick in [0.0, *major] if low <= tick <= high)
        if 2 <= len(major) <= most:
            return major, minor
    return [float(t) for t in MaxNLocator(most).tick_values(low, high) if low <= t <= high], minor


def put_ticks(axis: MatplotlibAxis, shown: Axis, limits: tuple[float, float], most: int, margin: float = 0.0) -> None:
    """Set the ticks of one axis of a panel; no label is nearer to an end than the fraction `margin` of the axis."""
    axis.set_minor_locator(NullLocator())
    low, high = (float(end) for end in shown.coordinate(limits))
    ends = low + margin * (high - low), high - margin * (high - low)
    inner = tuple(float(end) for end in shown.from_coordinate(ends))
    if shown.scale == "log":
        major, _ = log_ticks(inner[0], inner[1], most)
        minor = log_ticks(*limits, most)[1]
        _minor_ticks(axis, [t for t in minor if t not in major])
    elif shown.scale == "asinh":
        major, _ = asinh_ticks(inner[0], inner[1], shown.linear_width, most)
        minor = asinh_ticks(*limits, shown.linear_width, most)[1]
        _minor_ticks(axis, [t for t in minor if t not in major])
    else:
        ticks = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(inner[0], inner[1])
        major = [float(t) for t in ticks if inner[0] - 1e-9 <= t <= inner[1] + 1e-9]
    axis.set_major_locator(FixedLocator(major))
    axis.set_major_formatter(FuncFormatter(lambda value, position: number(float(f"{value:.9g}"))))


def _minor_ticks(axis: MatplotlibAxis, places: Sequence[float]) -> None:
    """Draw ticks without labels on both sides of a panel, as two lines with markers.

    A tick object of matplotlib consists of three lines and two texts; hundreds of them take longer than all the rest.
    """
    panel = axis.axes
    along_x = axis is panel.xaxis
    transform = panel.get_xaxis_transform() if along_x else panel.get_yaxis_transform()
    size, width = (matplotlib.rcParams[f"xtick.minor.{what}"] for what in ("size", "width"))
    for side, marker in zip((0.0, 1.0), MINOR_TICKS["x" if along_x else "y"], strict=True):
        points = (places, [side] * len(places))
        line = Line2D(*(points if along_x else points[::-1]), ls="", marker=marker, ms=size, mew=width, color=BLACK,
                      clip_on=False, zorder=2.5, transform=transform)  # fmt: skip
        panel.add_artist(line)
