"""LaTeX table of a comparison of models, for a paper."""

import math
from collections.abc import Mapping
from typing import Any

from g2fit.inference.comparison.jeffreys_scale import SCALE
from g2fit.output.export.latex import escape

__all__ = ["comparison_table"]


def comparison_table(report: Mapping[str, Any]) -> str:
    r"""Write a comparison as a table with booktabs: evidence, Bayes factor and quality of the fit of each model.

    Bayes factors are those against the Standard Model; their range over the sets of priors has a column if any priors
    were varied.

    Parameters
    ----------
    report : mapping
        `g2fit.inference.comparison.Comparison.to_dict`, or the content of a ``comparison.json``.

    Returns
    -------
    str
        A ``table`` for ``\input``.
    """
    models = report["models"]
    standard = next(label for label, model in models.items() if model["model"] == "sm")
    factors = {row["model"]: row for row in report["bayes_factors"] if row["against"] == standard}
    ranged = any(row["range"] for row in factors.values())
    head = [
        "",
        r"$\ln Z$",
        r"$\ln B$",
        *([r"$\ln B$ over priors"] if ranged else []),
        r"$\chi^2_{\min}/n$",
        "$k$",
        "grade",
    ]
    caption = (
        f"Comparison of models on the data {escape(report['data']['vintage'])}: evidence $Z$, Bayes factor $B$ against "
        r"the Standard Model, $\chi^2$ at the best fit of $n$ data with $k$ parameters, and grade after "
        f"{escape(SCALE)}."
    )
    sentences = [f"{text[0].upper()}{text[1:]}." for text in report.get("varied_priors", {}).values() if ranged]
    lines = [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{' '.join([caption, *map(escape, sentences)])}}}",
        r"  \label{tab:comparison}",
        rf"  \begin{{tabular}}{{l{'c' * (len(head) - 2)}l}}",
        r"    \toprule",
        f"    {' & '.join(head)} \\\\",
        r"    \midrule",
        *(f"    {_row(label, model, factors.get(label), ranged)}" for label, model in models.items()),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _row(label: str, model: Mapping[str, Any], factor: Mapping[str, Any] | None, ranged: bool) -> str:
    """One model; the Standard Model has no Bayes factor."""
    cells = [escape(label), _number(model["log_z"], model["error"])]
    cells.append("--" if factor is None else _number(factor["log_b"], factor["error"], "+"))
    if ranged:
        ends = factor["range"] if factor else None
        cells.append(rf"${ends[0]:+.2f} \ldots {ends[1]:+.2f}$" if ends else "--")
    cells += [f"${model['chi2']['total']:.1f}/{model['data']}$", f"{model['parameters']}"]
    cells.append("--" if factor is None else escape(factor["verbal"]))
    return " & ".join(cells) + r" \\"


def _number(value: float | None, error: float | None, sign: str = "") -> str:
    r"""Write a number with its error, to two digits of the latter.

    >>> _number(26.78912, 0.0083), _number(1.5, 0.0, "+")
    ('$26.7891 \\pm 0.0083$', '$+1.50$')
    """
    if value is None or not math.isfinite(value):
        return "--"
    if not error:
        return f"${value:{sign}.2f}$"
    decimals = min(max(0, 1 - math.floor(math.log10(error))), 6)
    return rf"${value:{sign}.{decimals}f} \pm {error:.{decimals}f}$"
