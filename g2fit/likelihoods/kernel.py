"""Every term of a likelihood for a batch of points, in compiled loops over the rows, one term after the other.

Arrays common to the loops:

theta : (N, P)
    Parameters.
predictions : (N * solutions, Q)
    Predictions; row ``i * solutions + s`` is solution `s` of point `i`.
origin, scale : (R, 2)
    The numbers that the terms use: kind and column; offset and factor.
out : (N * solutions, T)
    Log likelihood of each term; -inf where a prediction is NaN.
"""

from __future__ import annotations

import math

import numpy as np

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray, IntArray
from g2fit.likelihoods.gaussian import gaussian_score, log_gaussian
from g2fit.likelihoods.limit import hard_cut, smooth_step

__all__ = ["CONSTANT", "HARD", "PARAMETER", "PREDICTION", "SMOOTH", "evaluate_terms"]

#: Where a number comes from (first column of `origin`).
CONSTANT, PREDICTION, PARAMETER = 0, 1, 2
#: Kinds of cuts.
HARD, SMOOTH = 0, 1
#: Rows computed side by side. In a block all lanes always run, so that a row's result never depends on its place.
LANES = 64


@kernel
def read(
    source: int,
    start: int,
    count: int,
    solutions: int,
    theta: FloatArray,
    predictions: FloatArray,
    origin: IntArray,
    scale: FloatArray,
    out: FloatArray,
) -> None:
    """Fill `out` (count,) with the numbers that row `source` of `origin` and `scale` describes, from row `start` on."""
    kind, column, offset, factor = origin[source, 0], origin[source, 1], scale[source, 0], scale[source, 1]
    if kind == PREDICTION:
        for lane in range(count):
            out[lane] = offset + factor * predictions[start + lane, column]
    elif kind == PARAMETER:
        for lane in range(count):
            out[lane] = offset + factor * theta[(start + lane) // solutions, column]
    else:
        out[:count] = offset


@kernel
def fill_gaussians(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    origin: IntArray,
    scale: FloatArray,
    index: IntArray,
    numbers: FloatArray,
    out: FloatArray,
) -> None:
    """Fill the terms of independent measurements.

    `index` (G, 3) holds term, source, source of a theory error (or -1); `numbers` (G, 8) holds value, upward error,
    downward error, absolute and relative theory error, inverse upward and downward error, log normalisation.
    """
    x, own = np.empty(LANES), np.zeros(LANES)
    for g in range(index.shape[0]):
        term, source, e = index[g, 0], index[g, 1], index[g, 2]
        value, plus, minus = numbers[g, 0], numbers[g, 1], numbers[g, 2]
        absolute, relative = numbers[g, 3], numbers[g, 4]
        above, below, log_norm = numbers[g, 5], numbers[g, 6], numbers[g, 7]
        exact = absolute == 0.0 and relative == 0.0 and e < 0
        for start in range(0, out.shape[0], LANES):
            count = min(LANES, out.shape[0] - start)
            read(source, start, count, solutions, theta, predictions, origin, scale, x)
            if e >= 0:
                read(e, start, count, solutions, theta, predictions, origin, scale, own)
            for lane in range(count):
                if exact:
                    score = gaussian_score(x[lane], value, above, below, log_norm)
                else:
                    theory = math.hypot(absolute, relative * x[lane])
                    if e >= 0:
                        theory = math.hypot(theory, own[lane])
                    score = log_gaussian(x[lane], value, plus, minus, theory)
                out[start + lane, term] = score if score > -math.inf else -math.inf


@kernel
def fill_blocks(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    origin: IntArray,
    scale: FloatArray,
    index: IntArray,
    numbers: FloatArray,
    out: FloatArray,
) -> None:
    """Fill the terms of correlated measurements.

    `index` (B, 4) holds term, first source, number of sources n and the place in `numbers` where log normalisation,
    n central values and the n x n upper triangular root of the precision matrix begin.
    """
    residual = np.zeros((origin.shape[0], LANES))
    pull = np.empty(LANES)
    chi2 = np.empty(LANES)
    for b in range(index.shape[0]):
        term, first, n, place = index[b, 0], index[b, 1], index[b, 2], index[b, 3]
        log_norm = numbers[place]
        mean = numbers[place + 1 : place + 1 + n]
        root = numbers[place + 1 + n : place + 1 + n + n * n].reshape((n, n))
        for start in range(0, out.shape[0], LANES):
            count = min(LANES, out.shape[0] - start)
            for i in range(n):
                read(first + i, start, count, solutions, theta, predictions, origin, scale, residual[i])
                for lane in range(LANES):
                    residual[i, lane] -= mean[i]
            for lane in range(LANES):
                chi2[lane] = 0.0
            for i in range(n):
                for lane in range(LANES):
                    pull[lane] = 0.0
                for j in range(i, n):
                    weight = root[i, j]
                    for lane in range(LANES):
                        pull[lane] += weight * residual[j, lane]
                for lane in range(LANES):
                    chi2[lane] += pull[lane] * pull[lane]
            for lane in range(count):
                score = log_norm - 0.5 * chi2[lane]
                out[start + lane, term] = score if score > -math.inf else -math.inf


@kernel
def fill_cuts(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    origin: IntArray,
    scale: FloatArray,
    index: IntArray,
    numbers: FloatArray,
    out: FloatArray,
) -> None:
    """Fill the terms of limits and cuts.

    `index` (C, 6) holds term, source, kind, first and number of the rivals whose absolute values must be larger for
    the limit to hold, and whether the absolute value is bounded; `numbers` (C, 3) holds lower bound, upper bound and
    width of a smooth step.
    """
    x, rival = np.empty(LANES), np.empty(LANES)
    for c in range(index.shape[0]):
        term, source, form = index[c, 0], index[c, 1], index[c, 2]
        first, n, absolute = index[c, 3], index[c, 4], index[c, 5]
        low, high, width = numbers[c, 0], numbers[c, 1], numbers[c, 2]
        for start in range(0, out.shape[0], LANES):
            count = min(LANES, out.shape[0] - start)
            read(source, start, count, solutions, theta, predictions, origin, scale, x)
            for lane in range(count):
                bounded = abs(x[lane]) if absolute else x[lane]
                score = hard_cut(bounded, low, high) if form == HARD else smooth_step(bounded, low, high, width)
                out[start + lane, term] = score
            for other in range(first, first + n):
                read(other, start, count, solutions, theta, predictions, origin, scale, rival)
                for lane in range(count):
                    if abs(x[lane]) >= abs(rival[lane]):
                        out[start + lane, term] = 0.0


@kernel
def evaluate_terms(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    origin: IntArray,
    scale: FloatArray,
    gaussian_index: IntArray,
    gaussian_numbers: FloatArray,
    block_index: IntArray,
    block_numbers: FloatArray,
    cut_index: IntArray,
    cut_numbers: FloatArray,
    out: FloatArray,
) -> None:
    """Fill all terms: see the head of this file, and the three loops for the tables that each reads."""
    fill_gaussians(theta, predictions, solutions, origin, scale, gaussian_index, gaussian_numbers, out)
    fill_blocks(theta, predictions, solutions, origin, scale, block_index, block_numbers, out)
    fill_cuts(theta, predictions, solutions, origin, scale, cut_index, cut_numbers, out)
