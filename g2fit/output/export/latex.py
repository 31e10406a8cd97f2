"""LaTeX table of intervals, for a paper."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from g2fit.core.files import write_text
from g2fit.core.types import FloatArray
from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.results import Result
from g2fit.results.axis_scales import Axis
from g2fit.results.constraint import AGREEMENT, LIMIT, Constraint
from g2fit.results.levels import checked_levels
from g2fit.results.marginals import Marginals
from g2fit.sampling.diagnostics import interval

__all__ = ["escape", "write_latex"]

#: What LaTeX reads as commands, and how it writes them.
SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
SPECIAL |= {character: f"\\{character}" for character in "&%$#_{}"}

#: What is said of a quantity that is constant or discrete, or has no prior.
REGION = Constraint("region")


def write_latex(
    result: Result, path: Path, names: Sequence[str] | None = None, levels: Sequence[float] | None = None
) -> list[Path]:
    r"""Write medians with central intervals of two probabilities, or limits, and the best fit as a booktabs table.

    A parameter whose posterior reaches one end of its prior has a limit on the other side, one whose posterior is that
    of its prior no number at all (`g2fit.results.constraint`). The file is for ``\input``. By default the table has
    all parameters and derived quantities that are not constant, and the levels of the card.
    """
    masses = result.levels if levels is None else checked_levels(levels)
    fit = best_fits_of(result)[0]
    chosen = names or [name for name in result.names if np.ptp(result.draws(name)) > 0.0]
    best = {**fit.predictions, **fit.parameters}
    marginals = Marginals(result, masses)
    constraints = {name: marginals.constraint(name) for name in chosen if marginals.is_continuous(name)}
    lines = [_row(marginals, name, best[name], masses, constraints.get(name, REGION)) for name in chosen]
    verdict = result.verdict
    texts = [_percent(level) for level in masses]
    state = "" if result.converged else " NOT CONVERGED: preliminary."
    caption = (
        f"Fit of the model {escape(result.model_name)} to the data {escape(result.vintage)}: median and central "
        f"{texts[0]} interval, central {texts[1]} interval, and point of largest likelihood.{_remarks(constraints)} "
        f"Effective sample sizes are at least {verdict.ess:.0f}, $\\hat R \\leq {verdict.rhat:.4f}$.{state}"
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
        rf"    & median, {texts[0]} & {texts[1]} & best fit \\",
        r"    \midrule",
        *(f"    {line}" for line in lines),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    write_text(path, "\n".join(text) + "\n")
    return [path]


def _percent(level: float) -> str:
    return f"{100 * level:.6g}\\,\\%"


def _remarks(constraints: Mapping[str, Constraint]) -> str:
    """Sentences of the caption on limits, and on parameters that the data do not constrain."""
    kinds = {constraint.kind for constraint in constraints.values()}
    text = ""
    if kinds & {"upper limit", "lower limit"}:
        text += (
            f" Limits hold at {_percent(LIMIT)} and depend on the other end of the prior, which the posterior reaches."
        )
    if "open" in kinds:
        text += " Where there is no limit, the posterior reaches both ends of the prior."
    if "unconstrained" in kinds:
        text += (
            " Where the posterior is that of the prior (largest difference of the cumulative distributions below "
            f"{AGREEMENT:g}), it says so."
        )
    return text


def _row(marginals: Marginals, name: str, best: float, levels: Sequence[float], constraint: Constraint) -> str:
    """Format one quantity, in the units of the figures."""
    axis = marginals.axis(name)
    # a plain name is no formula unless it is a letter with an index
    formula = axis.latex if axis.latex != axis.name or re.fullmatch(r"[A-Za-z](_[A-Za-z0-9])?", axis.name) else ""
    label = axis.label if formula else rf"\texttt{{{escape(axis.name)}}}"
    values, point = axis.show(marginals.result.draws(name).ravel()), float(axis.show(best))
    if constraint.kind == "region":
        middle, outer, digits = _intervals(values, levels)
        cells = [middle, outer]
    else:
        digits = _decimals(abs(point)) + 1 if point else 2
        cells = [rf"\multicolumn{{2}}{{c}}{{{_limit(axis, constraint)}}}"]
    cells.append(f"${point:.{digits}f}$" if math.isfinite(point) else "--")
    return " & ".join([label, *cells]) + r" \\"


def _limit(axis: Axis, constraint: Constraint) -> str:
    """Format what is known about a parameter whose posterior reaches an end of its prior."""
    if constraint.limit is None:
        return "as the prior" if constraint.kind == "unconstrained" else "no limit"
    shown = float(axis.show(constraint.limit))
    below = (constraint.kind == "upper limit") == (axis.sign > 0)
    return f"${'<' if below else '>'} {shown:.{_decimals(abs(shown)) + 1}f}$ ({_percent(LIMIT)})"


def _intervals(values: FloatArray, levels: Sequence[float]) -> tuple[str, str, int]:
    """Format the median with the inner interval, and the outer interval; with the number of decimals."""
    middle = float(np.median(values))
    inner, outer = (interval(values, level) for level in levels)
    below, above = middle - inner[0], inner[1] - middle
    sizes = [size for size in (below, above, outer[1] - outer[0]) if size > 0.0]
    counts = bool(np.array_equal(values, np.round(values)))
    digits = 0 if counts or not sizes else _decimals(min(sizes))
    return (
        f"${middle:.{digits}f}^{{+{above:.{digits}f}}}_{{-{below:.{digits}f}}}$",
        f"$[{outer[0]:.{digits}f},\\,{outer[1]:.{digits}f}]$",
        digits,
    )


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
