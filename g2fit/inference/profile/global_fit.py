"""The fit of a frequentist: global maximum of the likelihood, goodness, and uncertainties by profile likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import CardError
from g2fit.core.parallel.threads import available_cores, one_blas_thread
from g2fit.core.seeds import check_seed
from g2fit.core.types import FloatArray
from g2fit.inference.evidence.run import chart_posterior
from g2fit.inference.profile.best_fit import DELTA_CHI2_1D, best_fits
from g2fit.inference.profile.line import profile, scan_line
from g2fit.inference.profile.maximise import Box
from g2fit.inference.profile.node_grid import Axis, column_of
from g2fit.inference.profile.plane import draws_of, result_of
from g2fit.likelihoods.goodness import goodness
from g2fit.posterior import Posterior
from g2fit.results.best_fit import BestFit
from g2fit.sampling.diagnostics import INTERVALS
from g2fit.sampling.ladder.mixture import log_normal
from g2fit.sampling.ladder.scout import climb

__all__ = ["Interval", "bestfit", "profile_intervals"]

#: Independent searches for the best fit; ln L up to which their results are the same.
SEARCHES, SAME = 3, 1e-3

#: Draws of the prior, and the best of them from which scouts climb.
TRIED, SCOUTS = 2**15, 32

#: Gain in ln L of a profile over the best fit from which on the best fit was not the global one.
BETTER = 1e-2

#: Nodes below which the range of an interval is scanned again, closely.
FEW_NODES = 6


class Interval(NamedTuple):
    """Range in which the profile likelihood is high; an end of the prior is no end of the range."""

    low: float
    high: float
    at_lower_end: bool
    at_upper_end: bool


def bestfit(
    card_or_run: Card | str | Path,
    *,
    parameters: Sequence[str] | None = None,
    nodes: int = 40,
    seed: int = 0,
    report: Callable[[str], None] = lambda message: None,
) -> dict[str, Any]:
    r"""Find the best fit of a card, how good it is, and the ranges of its parameters.

    Independent searches by differential evolution look for the maximum of the likelihood within the prior's support;
    all but the first start from the maxima that scouts have climbed to from draws of the prior, too. For models with
    several solutions per point, each solution has a best fit of its own.

    Parameters
    ----------
    card_or_run : Card or path
        A card or a run folder. The draws of a run are further starting points, and profiles are kept in its folder.
    parameters : sequence of str, optional
        Parameters to profile; by default all that are sampled. None are profiled for an empty sequence.
    nodes : int
        Values of each parameter at which the likelihood is maximised over all others.
    seed : int
        Seed of the searches.
    report : callable
        Is told what is done.

    Returns
    -------
    dict
        ``model``, ``vintage``, ``best_fit`` and ``solutions`` (as `BestFit` holds them), ``goodness`` (see
        `g2fit.likelihoods.goodness`), ``searches`` and how many of them found the best fit (``agreeing``), and for each
        profiled parameter its ``intervals``: a list of `Interval` for each probability.

    Raises
    ------
    CardError
        If the card samples nothing, or the likelihood allows nothing.
    InputError
        If a parameter is unknown, or the seed negative.
    """
    check_seed(seed)
    card = card_or_run if isinstance(card_or_run, Card) else Card.load(card_or_run)
    if not card.sampled:
        raise CardError(f"model {card.model_name!r} has no parameters to fit on this card; see `g2fit point`")
    posterior = Posterior(card)
    names = list(posterior.names if parameters is None else parameters)
    for name in names:
        column_of(posterior, name)
    draws = draws_of(result_of(card))
    with one_blas_thread(), posterior.shared_by(available_cores()):
        fits, agreeing = _search(posterior, draws, seed, report)
        profiles: dict[str, tuple[FloatArray, FloatArray]] = {}
        for name in names:
            report(f"profile likelihood of {name}")
            values, height, better = _profile(card, posterior, fits[0], Axis(name, nodes), draws)
            profiles[name] = values, height
            if better is not None:
                report("a profile has found a better fit: searching again")
                again, _ = _search(posterior, np.vstack([better] if draws is None else [draws, better]), seed, report)
                if again[0].log_likelihood > fits[0].log_likelihood:
                    fits, agreeing = again, 1
    best = fits[0]
    return {
        "model": card.model_name,
        "vintage": card.dataset.vintage,
        "best_fit": asdict(best),
        "solutions": [asdict(fit) for fit in fits[1:]],
        "goodness": goodness(best.chi2, len(posterior.likelihood.compared), posterior.dimension),
        "searches": SEARCHES,
        "agreeing": agreeing,
        "intervals": {name: _intervals(posterior, best, name, *found) for name, found in profiles.items()},
    }


def _search(
    posterior: Posterior, draws: FloatArray | None, seed: int, report: Callable[[str], None]
) -> tuple[list[BestFit], int]:
    """The best fits of several searches, and the number of searches that found the overall best one."""
    starts, found = draws, []
    for number in range(SEARCHES):
        report(f"search {number + 1} of {SEARCHES} for the best fit")
        if number == 1:
            scouts = _scouts(posterior, np.random.default_rng(seed))
            starts = scouts if draws is None else np.vstack([draws, scouts])
        found.append(best_fits(posterior, draws=starts, seed=seed + number))
    top = [fits[0].log_likelihood for fits in found]
    best = [found[int(np.argmax(top))][0]]
    of_solutions = [fit for fits in found for fit in fits[1:]]
    for solution in sorted({fit.solution for fit in of_solutions}):
        same = [fit for fit in of_solutions if fit.solution == solution]
        best.append(max(same, key=lambda fit: fit.log_likelihood))
    return best, sum(value > max(top) - SAME for value in top)


def _scouts(posterior: Posterior, rng: np.random.Generator) -> FloatArray:
    """Local maxima of the likelihood (S, D), climbed to from the best draws of the prior."""
    chart = chart_posterior(posterior.card)
    theta = posterior.sample_prior(rng, TRIED)
    value = posterior.log_likelihood(theta)
    order = np.argsort(-value, kind="stable")[:SCOUTS]
    z = chart.coordinates.from_parameters(theta[order[np.isfinite(value[order])]])

    def parameters(x: FloatArray) -> FloatArray:
        points = np.empty_like(x)
        chart.coordinates.to_parameters(np.ascontiguousarray(x), points, np.empty(len(x)))
        return points

    steps = climb(_requests, z[np.isfinite(z).all(axis=1)])
    asked: FloatArray | None = None
    try:
        asked = next(steps)
        while True:  # scouts climb the density N(x) exp(value): this one is the likelihood
            asked = steps.send(posterior.log_likelihood(parameters(asked)) - log_normal(asked))
    except StopIteration as finished:
        return parameters(finished.value[0])


def _requests(x: FloatArray) -> Any:
    """Ask for the values at points."""
    return (yield x)


def _profile(
    card: Card, posterior: Posterior, best: BestFit, axis: Axis, draws: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Values of a parameter, the largest log likelihood at each, and a better point than the best fit, if one is."""
    name = axis.name
    data = scan_line(card, axis, finer=True) if result_of(card) is not None else profile(posterior, axis, draws=draws)
    values, height = data[name].to_numpy(), data["log_likelihood"].to_numpy()
    better = None
    if height.max() > best.log_likelihood + BETTER:
        top = data.isel({name: int(height.argmax())})
        better = np.array([[float(top[key]) for key in posterior.names]])
    near = np.flatnonzero(2.0 * (best.log_likelihood - height) < DELTA_CHI2_1D[1])
    if len(near) < FEW_NODES:
        place = int(np.searchsorted(values, best.parameters[name]))
        first, last = min([place, *near]) - 1, max([place, *near]) + 1
        limits = float(values[max(first, 0)]), float(values[min(last, len(values) - 1)])
        close = profile(posterior, Axis(name, axis.nodes, limits), draws=draws)
        values = np.concatenate([values, close[name].to_numpy()])
        height = np.concatenate([height, close["log_likelihood"].to_numpy()])
    return values, height, better


def _intervals(
    posterior: Posterior, best: BestFit, name: str, values: FloatArray, height: FloatArray
) -> dict[str, list[Interval]]:
    """Intervals of a parameter by probability, from its profile and the best fit."""
    box, column = Box(posterior.priors.priors), column_of(posterior, name)
    return profile_intervals(
        np.append(values, best.parameters[name]),
        2.0 * (max(best.log_likelihood, float(height.max())) - np.append(height, best.log_likelihood)),
        (float(box.low[column]), float(box.high[column])),
        logarithmic=bool(box.log[column]),
    )


def profile_intervals(
    values: FloatArray, delta_chi2: FloatArray, support: tuple[float, float], *, logarithmic: bool = False
) -> dict[str, list[Interval]]:
    r"""Ranges where :math:`\Delta\chi^2` is at most 1 (68.27 %) and 4 (95.45 %), from its values at some points.

    Between them the square root of :math:`\Delta\chi^2` is interpolated, which is linear for a Gaussian likelihood.

    Parameters
    ----------
    values, delta_chi2 : (N,) array
        Points in any order, the best fit among them, and their difference of chi squared from the minimum.
    support : (float, float)
        Ends of the prior.
    logarithmic : bool
        Whether to interpolate in the logarithm of the parameter, of either sign.

    Examples
    --------
    >>> x = np.linspace(-5.0, 5.0, 6)
    >>> found = profile_intervals(np.append(x, 0.5), np.append((x - 0.5) ** 2, 0.0), (-5.0, 5.0))["68.27%"]
    >>> [(round(i.low, 9), round(i.high, 9)) for i in found]
    [(-0.5, 1.5)]
    """
    order = np.argsort(values, kind="stable")
    x, root = values[order], np.sqrt(np.maximum(delta_chi2[order], 0.0))
    sign = -1.0 if logarithmic and x[0] < 0.0 else 1.0
    t = np.log(sign * x) if logarithmic else x

    def crossing(i: int, j: int, level: float) -> float:
        """Where the root reaches a level between a point i inside and a point j outside."""
        share = 0.0 if not np.isfinite(root[j]) else (level - root[i]) / (root[j] - root[i])
        place = t[i] + share * (t[j] - t[i])
        return float(sign * np.exp(place) if logarithmic else place)

    found: dict[str, list[Interval]] = {}
    for probability, delta in zip(INTERVALS, DELTA_CHI2_1D, strict=True):
        level = delta**0.5
        inside = np.concatenate([[False], root <= level, [False]]).astype(int)
        starts, stops = np.flatnonzero(np.diff(inside) == 1), np.flatnonzero(np.diff(inside) == -1) - 1
        parts = []
        for first, last in zip(starts.tolist(), stops.tolist(), strict=True):
            low = float(x[0]) if first == 0 else crossing(first, first - 1, level)
            high = float(x[-1]) if last == len(x) - 1 else crossing(last, last + 1, level)
            at_lower = bool(first == 0 and math.isclose(low, support[0]))
            at_upper = bool(last == len(x) - 1 and math.isclose(high, support[1]))
            parts.append(Interval(low, high, at_lower, at_upper))
        found[f"{100 * probability:.2f}%"] = parts
    return found
