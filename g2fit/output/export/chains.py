"""Chains for getdist: weights, minus log posterior and parameters, with their names, labels and ranges."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import InputError
from g2fit.core.files import atomic_write, write_text
from g2fit.output.export.tables import draws_table
from g2fit.results import Result
from g2fit.results.marginals import DISTINCT

__all__ = ["ENDINGS", "sharp_ranges", "write_getdist"]

#: Ends of the names of the three files.
ENDINGS = (".paramnames", ".ranges", ".txt")


def write_getdist(result: Result, root: Path, names: Sequence[str] | None = None) -> list[Path]:
    """Write ``root.paramnames``, ``root.ranges`` and ``root.txt``.

    The ranges are those of the priors and of hard cuts and limits on parameters, at which getdist then expects a
    density to end, and of quantities with few values, such as a number of solutions, of which getdist would find an
    empty range where nearly all draws have one value. In a model with several solutions per point, each draw stands
    for one of them, drawn with its likelihood as weight, so that all rows have weight 1; its number is the derived
    parameter ``solution``.

    The root may end in ``.txt``. A quantity with draws that are not finite, which getdist cannot treat, is refused.
    """
    chosen = list(names or result.names)
    table = draws_table(result, chosen)
    for name in chosen:
        if not np.isfinite(table[name]).all():
            problem = f"some draws of {name} are not finite, which getdist cannot treat"
            raise InputError(f"{result.folder.path}: {problem}; leave it out by naming the others")
    table.insert(0, "minus_log_posterior", -(table["log_prior"] + table["log_likelihood"]))
    ranges = sharp_ranges(result.card)
    for name in chosen:
        values = np.unique(table[name])
        if name not in ranges and 1 < values.size <= DISTINCT:
            ranges[name] = float(values[0]), float(values[-1])
    lines, bounds = [], []
    for name in chosen:
        # in getdist's LaTeX an exclamation mark stands for a backslash, and a hash begins a comment
        latex = result.describe(name)["latex"].replace(r"\!", "").replace("!", "").replace("#", "")
        lines.append(f"{name}{'' if name in result.parameter_names else '*'}\t{latex}")
        if name in ranges:
            bounds.append(f"{name}\t" + "\t".join(f"{end!r}" if math.isfinite(end) else "N" for end in ranges[name]))
    if "solution" in table:
        lines.append("solution*\t\\mathrm{solution}")
        chosen.append("solution")
    stem = root.with_name(root.name.removesuffix(".txt"))
    paths = [stem.with_name(stem.name + ending) for ending in ENDINGS]
    write_text(paths[0], "\n".join(lines) + "\n")
    write_text(paths[1], "".join(f"{line}\n" for line in bounds))
    with atomic_write(paths[2]) as temporary:
        columns = ["weight", "minus_log_posterior", *chosen]
        table.to_csv(temporary, columns=columns, sep=" ", header=False, index=False)
    return paths


def sharp_ranges(card: Card) -> dict[str, tuple[float, float]]:
    """Ranges of the sampled parameters: support of the prior, within hard cuts and limits on the parameter itself."""
    model = card.model
    ranges = {p.name: (p.prior.minimum, p.prior.maximum) for p in card.sampled if p.prior is not None}

    def cut(name: str, low: float, high: float) -> None:
        known = model.aliases.get(name, name)
        if known in ranges:
            ranges[known] = max(low, ranges[known][0]), min(high, ranges[known][1])

    for name, given in card.cuts.items():
        cut(name, -math.inf if given.min is None else given.min, math.inf if given.max is None else given.max)
    for limit in card.dataset.limits:
        if limit.bound is None:  # a curve in another quantity ends no range
            continue
        ends = (limit.bound, math.inf) if limit.side == "lower" else (-math.inf, limit.bound)
        for application in limit.applies_to:
            # a limit that holds only for the lightest of several particles ends no range
            if limit.kind == "hard" and application.concerns(model.name) and not application.lightest_of:
                cut(application.quantity, *ends)
    return ranges
