"""LaTeX table of intervals, for a paper."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from g2fit.core.files import write_text
from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.results import Result
from g2fit.results.axis_scales import Axis, axis_of
from g2fit.sampling.diagnostics import INTERVALS, interval

__all__ = ["escape", "write_latex"]

#: What LaTeX reads as commands, and how it writes them.
SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
SPECIAL |= {character: f"\\{character}" for character in "&%$#_{}"}


def write_latex(result: Result, path: Path, names: Sequence[str] | None = None) -> list[Path]:
    r"""Write median with the central 68.27 %, the central 95.45 %, and the best fit, as a table with booktabs.

    The file is for ``\input``. By default the table has all parameters and derived quantities that are not constant.
    """
    fit = best_fits_of(result)[0]
    chosen = names or [name for name in result.names if np.ptp(result.draws(name)) > 0.0]
    best = {**fit.predictions, **fit.parameters}
    lines = [_row(axis_of(result, name), result.draws(name).ravel(), best[name]) for name in chosen]
    verdict = result.verdict
    levels = [f"{100 * level:.2f}\\,\\%" for level in INTERVALS]
    state = "" if result.converged else " NOT CONVERGED: preliminary."
    caption = (
        f"Fit of the model {escape(result.model_name)} to the data {escape(result.vintage)}: median and central "
        f"{levels[0]} interval, central {levels[1]} interval, and point of largest likelihood. Effective sample sizes "
        f"are at least {verdict.ess:.0f}, $\\hat R \\leq {verdict.rhat:.4f}$.{state}"
    )
    name = result.folder.path.resolve().name
    text = [
        f"% g2fit {result.manifest['versions'].get('g2fit', '')}, run {_one_line(name)}",
        f"% fingerprint {result.manifest['fingerprint']}",
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{caption}}}",
        rf"  \label{{tab:{re.sub(r'[^A-Za-z0-9-]', '-', name)}}}",
        r"  \begin{tabular}{lccc}",
        r"    \toprule",
        rf"    & median, {levels[0]} & {levels[1]} & best fit \\",
        r"    \midrule",
        *(f"    {line}" for line in lines),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    write_text(path, "\n".join(text) + "\n")
    return [path]


def _row(axis: Axis, draws: np.ndarray, best: float) -> str:
    """Format one quantity, in the units of the figures."""
    values = axis.show(draws)
    middle = float(np.median(values))
    inner, outer = (interval(values, level) for level in INTERVALS)
    below, above = middle - inner[0], inner[1] - middle
    sizes = [size for size in (below, above, outer[1] - outer[0]) if size > 0.0]
    counts = bool(np.array_equal(values, np.round(values)))
    digits = 0 if counts or not sizes else _decimals(min(sizes))
    # a plain name is no formula unless it is a letter with an index
    formula = axis.latex if axis.latex != axis.name or re.fullmatch(r"[A-Za-z](_[A-Za-z0-9])?", axis.name) else ""
    label = axis.label if formula else rf"\texttt{{{escape(axis.name)}}}"
    point = float(axis.show(best))
    cells = (
        f"${middle:.{digits}f}^{{+{above:.{digits}f}}}_{{-{below:.{digits}f}}}$",
        f"$[{outer[0]:.{digits}f},\\,{outer[1]:.{digits}f}]$",
        f"${point:.{digits}f}$" if math.isfinite(point) else "--",
    )
    return " & ".join([label, *cells]) + r" \\"


def _decimals(size: float) -> int:
    """Decimals that show two digits of a number.

    >>> _decimals(630.0), _decimals(0.073)
    (0, 3)
    """
    return min(max(0, 1 - math.floor(math.log10(size))), 12)


def escape(text: str) -> str:
    r"""Escape any text for LaTeX.

    >>> escape("paper_2021 & 5%")
    'paper\\_2021 \\& 5\\%'
    """
    return "".join(SPECIAL.get(character, character) for character in _one_line(text))


def _one_line(text: str) -> str:
    return re.sub(r"[^ -\uffff]|[\x7f-\x9f\ud800-\udfff]", "?", text)
