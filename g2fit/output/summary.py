"""The summary of a run: intervals, convergence, best fit and pulls."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import numpy as np

from g2fit.core.parallel.threads import available_cores
from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.likelihoods.goodness import goodness
from g2fit.results import Result
from g2fit.results.levels import checked_levels, level_name
from g2fit.results.marginals import Marginals
from g2fit.sampling.diagnostics import convergence, interval

__all__ = ["mode_shares", "summarise"]


def mode_shares(result: Result, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Share of the draws with each combination of signs of some quantities; errors from the scatter of the ensembles.

    Ensembles whose shares differ by much more than their errors have not converged.
    """
    if not names:
        return {}
    signs = np.stack([result.draws(name) > 0.0 for name in names])
    shares = {}
    for pattern in np.ndindex(*(2,) * len(names)):
        inside = np.all(signs == np.reshape(pattern, (-1, 1, 1, 1)), axis=0)
        each = inside.reshape(len(inside), -1).mean(axis=1)
        if each.any():
            label = ", ".join(f"{name} {'> 0' if sign else '< 0'}" for name, sign in zip(names, pattern, strict=True))
            shares[label] = {"share": float(each.mean()), "error": float(each.std(ddof=1) / np.sqrt(len(each)))}
    return shares


def summarise(result: Result, levels: Sequence[float] | None = None) -> dict[str, Any]:
    """Summarise a run as plain data: intervals, limits, convergence, best fit and pulls.

    Parameters
    ----------
    result : Result
        The run.
    levels : sequence of float, optional
        Two probabilities of the intervals; those of the card by default.

    Returns
    -------
    dict
        ``levels``, ``quantities`` (a row for each parameter and derived quantity: its equal-tailed intervals, its
        credible ``regions``, and the ``constraint`` of `g2fit.results.constraint`: whether the posterior of a parameter
        is that of its prior, or a limit), ``best_fit``, its ``goodness``, ``branches`` (best fit of each solution of
        the model that is allowed anywhere, if it has several), ``verdict``, ``statistics``; ``beyond``, the share of
        the draws at which something matters that the options of the model leave out; and ``other_code``, the parts of
        the code that have changed since the run, which made these numbers.
    """
    masses = result.levels if levels is None else checked_levels(levels)
    marginals = Marginals(result, masses)
    with ThreadPoolExecutor(available_cores()) as pool:
        rows = list(pool.map(lambda name: _row(marginals, name, masses), result.names))
    fit, *branches = best_fits_of(result)
    return {
        "run": str(result.folder.path),
        "model": result.model_name,
        "vintage": result.vintage,
        "levels": list(masses),
        "converged": result.converged,
        "other_code": result.other_code,
        "verdict": result.verdict.to_dict(),
        "quantities": dict(zip(result.names, rows, strict=True)),
        "best_fit": asdict(fit),
        "goodness": goodness(fit.chi2, len(result.observed), len(result.parameter_names)),
        "branches": [asdict(branch) for branch in branches],
        "modes": mode_shares(result, result.mode_signs),
        "beyond": result.beyond,
        "statistics": result.statistics,
    }


def _row(marginals: Marginals, name: str, levels: Sequence[float]) -> dict[str, Any]:
    """Mean, spread and intervals of one quantity, and unless it is constant convergence, regions and limits."""
    draws = marginals.result.draws(name)
    row: dict[str, Any] = {"mean": float(draws.mean()), "sd": float(draws.std()), "median": float(np.median(draws))}
    row |= {level_name(level): interval(draws, level) for level in levels}
    if np.ptp(draws) > 0.0:
        row |= convergence(draws)
    if marginals.is_continuous(name):
        row["regions"] = {level_name(level): marginals.region(name, level) for level in levels}
        row["constraint"] = marginals.constraint(name).to_dict()
    return row
