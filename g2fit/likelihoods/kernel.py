"""Compiled loops that fill every term of a likelihood for a batch of points, one term after the other."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray, IntArray
from g2fit.likelihoods.gaussian import gaussian_log_likelihood, log_gaussian
from g2fit.likelihoods.limit import curve_bound, curve_row, hard_cut, smooth_step

__all__ = ["CONSTANT", "HARD", "PARAMETER", "PREDICTION", "SMOOTH", "Batch", "TermTables", "evaluate_terms"]

#: Kind of a number that a term uses: always the same.
CONSTANT = 0
#: Kind of a number that a term uses: a prediction of the model.
PREDICTION = 1
#: Kind of a number that a term uses: a parameter of the model.
PARAMETER = 2

#: Kind of a limit or cut: 0 within the bounds, -inf beyond.
HARD = 0
#: Kind of a limit: logarithm of a normal distribution function.
SMOOTH = 1

#: Rows computed side by side. In a block all lanes always run, so that a row's result never depends on its place.
LANES = 64


class TermTables(NamedTuple):
    """The terms of a likelihood as tables of numbers, one row per term.

    - `origin`, `scale` (R, 2): the numbers that the terms use, ``offset + factor * column``: kind and column; offset
      and factor.
    - `gaussian_index` (G, 3): measurements: term, row of `origin`, row of `origin` of a theory error (or -1).
    - `gaussian_numbers` (G, 8): value, upward error, downward error, absolute and relative theory error, inverse upward
      and downward error, log normalisation.
    - `block_index` (B, 4): blocks: term, first row of `origin`, number of rows n, place in `block_numbers`.
    - `block_numbers`: from the place of a block on: log normalisation, n central values and the n x n upper triangular
      Cholesky factor of the precision matrix.
    - `cut_index` (C, 6): limits and cuts: term, row of `origin`, kind, first row and number of the rivals whose
      absolute values must be larger for the limit to hold, whether the absolute value is bounded.
    - `cut_numbers` (C, 3): lower bound, upper bound, width of a smooth step.
    - `curve_index` (K, 9): limits on an absolute value whose bound is a curve: term, row of `origin`, row of `origin`
      of the abscissa, kind, first row and number of the rivals, 1 for an upper and 0 for a lower limit, first row and
      number of rows in `curve_nodes`.
    - `curve_nodes`: one row for each row of a curve: abscissa, bound, exponent of the power law up to the next row,
      width of a smooth step relative to the bound.
    """

    origin: IntArray
    scale: FloatArray
    gaussian_index: IntArray
    gaussian_numbers: FloatArray
    block_index: IntArray
    block_numbers: FloatArray
    cut_index: IntArray
    cut_numbers: FloatArray
    curve_index: IntArray
    curve_nodes: FloatArray


class Batch(NamedTuple):
    """Parameters (N, P) and predictions (N * solutions, Q) of points: row ``i * solutions + s`` is solution s of i."""

    theta: FloatArray
    predictions: FloatArray
    solutions: int


@kernel
def read(
    source: int, start: int, count: int, batch: Batch, origin: IntArray, scale: FloatArray, out: FloatArray
) -> None:
    """Fill `out` (count,) with the numbers that row `source` of `origin` and `scale` describes, from row `start` on."""
    kind, column, offset, factor = origin[source, 0], origin[source, 1], scale[source, 0], scale[source, 1]
    if kind == PREDICTION:
        predictions = batch.predictions
        for lane in range(count):
            out[lane] = offset + factor * predictions[start + lane, column]
    elif kind == PARAMETER:
        theta, solutions = batch.theta, batch.solutions
        for lane in range(count):
            out[lane] = offset + factor * theta[(start + lane) // solutions, column]
    else:
        out[:count] = offset


@kernel
def fill_gaussians(batch: Batch, tables: TermTables, out: FloatArray) -> None:
    """Fill the terms of independent measurements."""
    index, numbers, origin, scale = tables.gaussian_index, tables.gaussian_numbers, tables.origin, tables.scale
    x, own = np.empty(LANES), np.zeros(LANES)
    for g in range(index.shape[0]):
        term, source, e = index[g, 0], index[g, 1], index[g, 2]
        value, plus, minus = numbers[g, 0], numbers[g, 1], numbers[g, 2]
        absolute, relative = numbers[g, 3], numbers[g, 4]
        above, below, log_norm = numbers[g, 5], numbers[g, 6], numbers[g, 7]
        exact = absolute == 0.0 and relative == 0.0 and e < 0
        for start in range(0, out.shape[0], LANES):
            count = min(LANES, out.shape[0] - start)
            read(source, start, count, batch, origin, scale, x)
            if e >= 0:
                read(e, start, count, batch, origin, scale, own)
            for lane in range(count):
                if exact:
                    log_likelihood = gaussian_log_likelihood(x[lane], value, above, below, log_norm)
                else:
                    theory = math.hypot(absolute, relative * x[lane])
                    if e >= 0:
                        theory = math.hypot(theory, own[lane])
                    log_likelihood = log_gaussian(x[lane], value, plus, minus, theory)
                out[start + lane, term] = log_likelihood if log_likelihood > -math.inf else -math.inf


@kernel
def fill_blocks(batch: Batch, tables: TermTables, out: FloatArray) -> None:
    """Fill the terms of correlated measurements."""
    index, numbers, origin, scale = tables.block_index, tables.block_numbers, tables.origin, tables.scale
    residual = np.zeros((origin.shape[0], LANES))
    pull = np.empty(LANES)
    chi2 = np.empty(LANES)
    for b in range(index.shape[0]):
        term, first, n, place = index[b, 0], index[b, 1], index[b, 2], index[b, 3]
        log_norm = numbers[place]
        mean = numbers[place + 1 : place + 1 + n]
        cholesky = numbers[place + 1 + n : place + 1 + n + n * n].reshape((n, n))
        for start in range(0, out.shape[0], LANES):
            count = min(LANES, out.shape[0] - start)
            for i in range(n):
                read(first + i, start, count, batch, origin, scale, residual[i])
                for lane in range(LANES):
                    residual[i, lane] -= mean[i]
            for lane in range(LANES):
                chi2[lane] = 0.0
            for i in range(n):
                for lane in range(LANES):
                    pull[lane] = 0.0
                for j in range(i, n):
                    weight = cholesky[i, j]
                    for lane in range(LANES):
                        pull[lane] += weight * residual[j, lane]
                for lane in range(LANES):
                    chi2[lane] += pull[lane] * pull[lane]
            for lane in range(count):
                log_likelihood = log_norm - 0.5 * chi2[lane]
                out[start + lane, term] = log_likelihood if log_likelihood > -math.inf else -math.inf


@kernel
def spare_heavier(
    first: int,
    n: int,
    start: int,
    count: int,
    batch: Batch,
    tables: TermTables,
    x: FloatArray,
    rival: FloatArray,
    term: FloatArray,
) -> None:
    """Let a limit on `x` (count,) hold only where its absolute value is below those of `n` rivals."""
    for source in range(first, first + n):
        read(source, start, count, batch, tables.origin, tables.scale, rival)
        for lane in range(count):
            if abs(x[lane]) >= abs(rival[lane]):
                term[start + lane] = 0.0


@kernel
def fill_cuts(batch: Batch, tables: TermTables, out: FloatArray) -> None:
    """Fill the terms of limits and cuts."""
    index, numbers, origin, scale = tables.cut_index, tables.cut_numbers, tables.origin, tables.scale
    x, rival = np.empty(LANES), np.empty(LANES)
    for c in range(index.shape[0]):
        term, source, kind = index[c, 0], index[c, 1], index[c, 2]
        first, n, absolute = index[c, 3], index[c, 4], index[c, 5]
        low, high, width = numbers[c, 0], numbers[c, 1], numbers[c, 2]
        for start in range(0, out.shape[0], LANES):
            count = min(LANES, out.shape[0] - start)
            read(source, start, count, batch, origin, scale, x)
            for lane in range(count):
                bounded = abs(x[lane]) if absolute else x[lane]
                inside = hard_cut(bounded, low, high) if kind == HARD else smooth_step(bounded, low, high, width)
                out[start + lane, term] = inside
            spare_heavier(first, n, start, count, batch, tables, x, rival, out[:, term])


@kernel
def fill_curves(batch: Batch, tables: TermTables, out: FloatArray) -> None:
    """Fill the terms of limits whose bound is a curve: 0 outside of the curve."""
    index, nodes, origin, scale = tables.curve_index, tables.curve_nodes, tables.origin, tables.scale
    x, abscissa, rival = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for c in range(index.shape[0]):
        term, source, against, kind = index[c, 0], index[c, 1], index[c, 2], index[c, 3]
        other, n, upper, first, count = index[c, 4], index[c, 5], index[c, 6], index[c, 7], index[c, 8]
        for start in range(0, out.shape[0], LANES):
            lanes = min(LANES, out.shape[0] - start)
            read(source, start, lanes, batch, origin, scale, x)
            read(against, start, lanes, batch, origin, scale, abscissa)
            for lane in range(lanes):
                place, bounded = abs(abscissa[lane]), abs(x[lane])
                row = curve_row(place, nodes, first, count)
                if row >= 0:
                    bound = nodes[row, 1]  # enough for a hard limit if the value is above or below both ends
                    if kind != HARD or (bounded < bound) != (bounded < nodes[row + 1, 1]):
                        bound = curve_bound(place, nodes[row, 0], bound, nodes[row, 2])
                    low, high = (-math.inf, bound) if upper else (bound, math.inf)
                    if kind == HARD:
                        inside = hard_cut(bounded, low, high)
                    else:
                        inside = smooth_step(bounded, low, high, nodes[row, 3] * bound)
                else:
                    inside = -math.inf if math.isnan(place) or math.isnan(bounded) else 0.0
                out[start + lane, term] = inside
            spare_heavier(other, n, start, lanes, batch, tables, x, rival, out[:, term])


@kernel
def evaluate_terms(
    theta: FloatArray, predictions: FloatArray, solutions: int, out: FloatArray, *tables: NDArray[Any]
) -> None:
    """Fill `out` (N * solutions, T) with the log likelihood of each term; -inf where a prediction is NaN.

    The arrays of `TermTables` are separate arguments, since a call from Python with a tuple of arrays takes longer.
    """
    batch, terms = Batch(theta, predictions, solutions), TermTables(*tables)
    fill_gaussians(batch, terms, out)
    fill_blocks(batch, terms, out)
    fill_cuts(batch, terms, out)
    fill_curves(batch, terms, out)
