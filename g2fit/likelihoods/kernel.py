"""Every term of a likelihood for a batch of points, in one compiled loop."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from g2fit.jit import kernel, scalar
from g2fit.likelihoods.gaussian import gaussian_score, log_gaussian
from g2fit.likelihoods.limit import hard_cut, smooth_step

__all__ = ["CONSTANT", "HARD", "PARAMETER", "PREDICTION", "SMOOTH", "evaluate_terms"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Where a number comes from (first column of `source_index`).
CONSTANT, PREDICTION, PARAMETER = 0, 1, 2
#: Kinds of cuts.
HARD, SMOOTH = 0, 1


@scalar
def fetch(
    kind: int,
    column: int,
    offset: float,
    factor: float,
    row: int,
    solutions: int,
    theta: FloatArray,
    predictions: FloatArray,
) -> float:
    """Return offset + factor * (column of the predictions or parameters)."""
    if kind == 1:
        return float(offset + factor * predictions[row, column])
    if kind == 2:
        return float(offset + factor * theta[row // solutions, column])
    return offset


@kernel
def fill_gaussians(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    source_index: IntArray,
    source_scale: FloatArray,
    gaussian_index: IntArray,
    gaussian_number: FloatArray,
    out: FloatArray,
) -> None:
    """Fill the terms of independent measurements; see `evaluate_terms`."""
    for g in range(gaussian_index.shape[0]):
        term, s, e = gaussian_index[g, 0], gaussian_index[g, 1], gaussian_index[g, 2]
        kind, column, offset, factor = source_index[s, 0], source_index[s, 1], source_scale[s, 0], source_scale[s, 1]
        value, plus, minus = gaussian_number[g, 0], gaussian_number[g, 1], gaussian_number[g, 2]
        absolute, relative = gaussian_number[g, 3], gaussian_number[g, 4]
        above, below, log_norm = gaussian_number[g, 5], gaussian_number[g, 6], gaussian_number[g, 7]
        exact = absolute == 0.0 and relative == 0.0 and e < 0
        for row in range(out.shape[0]):
            x = fetch(kind, column, offset, factor, row, solutions, theta, predictions)
            if exact:
                score = gaussian_score(x, value, above, below, log_norm)
            else:
                theory = math.hypot(absolute, relative * x)
                if e >= 0:
                    size = fetch(
                        source_index[e, 0],
                        source_index[e, 1],
                        source_scale[e, 0],
                        source_scale[e, 1],
                        row,
                        solutions,
                        theta,
                        predictions,
                    )
                    theory = math.hypot(theory, size)
                score = log_gaussian(x, value, plus, minus, theory)
            out[row, term] = score if score > -math.inf else -math.inf


@kernel
def fill_blocks(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    source_index: IntArray,
    source_scale: FloatArray,
    block_index: IntArray,
    block_number: FloatArray,
    out: FloatArray,
) -> None:
    """Fill the terms of correlated measurements; see `evaluate_terms`."""
    residual = np.empty(source_index.shape[0])
    for b in range(block_index.shape[0]):
        term, first, n, place = block_index[b, 0], block_index[b, 1], block_index[b, 2], block_index[b, 3]
        log_norm = block_number[place]
        mean = block_number[place + 1 : place + 1 + n]
        root = block_number[place + 1 + n : place + 1 + n + n * n].reshape((n, n))
        for row in range(out.shape[0]):
            for i in range(n):
                s = first + i
                x = fetch(
                    source_index[s, 0],
                    source_index[s, 1],
                    source_scale[s, 0],
                    source_scale[s, 1],
                    row,
                    solutions,
                    theta,
                    predictions,
                )
                residual[i] = x - mean[i]
            chi2 = 0.0
            for i in range(n):
                pull = 0.0
                for j in range(i, n):
                    pull += root[i, j] * residual[j]
                chi2 += pull * pull
            score = log_norm - 0.5 * chi2
            out[row, term] = score if score > -math.inf else -math.inf


@kernel
def fill_cuts(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    source_index: IntArray,
    source_scale: FloatArray,
    cut_index: IntArray,
    cut_number: FloatArray,
    out: FloatArray,
) -> None:
    """Fill the terms of limits and cuts; see `evaluate_terms`."""
    for c in range(cut_index.shape[0]):
        term, s, form = cut_index[c, 0], cut_index[c, 1], cut_index[c, 2]
        first, n, absolute = cut_index[c, 3], cut_index[c, 4], cut_index[c, 5]
        kind, column, offset, factor = source_index[s, 0], source_index[s, 1], source_scale[s, 0], source_scale[s, 1]
        low, high, width = cut_number[c, 0], cut_number[c, 1], cut_number[c, 2]
        for row in range(out.shape[0]):
            x = fetch(kind, column, offset, factor, row, solutions, theta, predictions)
            holds = True
            for o in range(first, first + n):
                other = fetch(
                    source_index[o, 0],
                    source_index[o, 1],
                    source_scale[o, 0],
                    source_scale[o, 1],
                    row,
                    solutions,
                    theta,
                    predictions,
                )
                holds = holds and abs(x) < abs(other)
            if absolute:
                x = abs(x)
            if not holds:
                out[row, term] = 0.0
            elif form == 0:
                out[row, term] = hard_cut(x, low, high)
            else:
                out[row, term] = smooth_step(x, low, high, width)


@kernel
def evaluate_terms(
    theta: FloatArray,
    predictions: FloatArray,
    solutions: int,
    source_index: IntArray,
    source_scale: FloatArray,
    gaussian_index: IntArray,
    gaussian_number: FloatArray,
    block_index: IntArray,
    block_number: FloatArray,
    cut_index: IntArray,
    cut_number: FloatArray,
    out: FloatArray,
) -> None:
    """Fill the log likelihood of each term.

    Parameters
    ----------
    theta : (N, P) array
        Parameters.
    predictions : (N * solutions, Q) array
        Predictions.
    solutions : int
        Rows of predictions per point.
    source_index, source_scale : (R, 2) arrays
        The numbers that the terms use: kind and column; offset and factor.
    gaussian_index, gaussian_number : (G, 3), (G, 8) arrays
        Term, source, source of a theory error (or -1); value, upward error, downward error, absolute and relative
        theory error, inverse upward and downward error, log normalisation without theory error.
    block_index, block_number : (B, 4), (K,) arrays
        Term, first source, number of sources n, place in `block_number` of: log normalisation, n central values, and
        the rows of the n x n upper triangular root of the precision matrix.
    cut_index, cut_number : (C, 6), (C, 3) arrays
        Term, source, kind, first and number of the sources whose absolute values must be larger for the cut to hold,
        whether the absolute value is bounded; lower bound, upper bound, width of a smooth step.
    out : (N * solutions, T) array
        Filled; -inf where a prediction is NaN.
    """
    fill_gaussians(theta, predictions, solutions, source_index, source_scale, gaussian_index, gaussian_number, out)
    fill_blocks(theta, predictions, solutions, source_index, source_scale, block_index, block_number, out)
    fill_cuts(theta, predictions, solutions, source_index, source_scale, cut_index, cut_number, out)
