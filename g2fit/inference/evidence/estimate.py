"""The outcome of one estimator, and sums of weights that neither overflow nor vanish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from g2fit.core.types import FloatArray

__all__ = ["Aim", "Estimate", "Report", "weight_sums"]

#: Least effective share of the draws, and the largest share of the total of one weight, that pass without a warning.
POOR_EFFICIENCY, LARGE_WEIGHT = 0.05, 0.01

#: Told what an estimator is doing: its name, pieces done and all pieces, ln Z and its error so far (NaN at first).
Report = Callable[[str, int, int, float, float], None]


@dataclass(frozen=True)
class Aim:
    """How long an estimator goes on.

    Attributes
    ----------
    error : float
        Error of ln Z that is aimed at while it is cheap.
    limit : float
        Error of ln Z that is aimed at whatever it costs, up to `most` draws.
    first, cheap, most : int
        Draws of the first level (each level doubles them), draws that count as cheap, largest number of draws.
    """

    error: float
    limit: float
    first: int
    cheap: int
    most: int

    def reached(self, error: float, draws: int) -> bool:
        """Whether to stop at this error, after so many draws; time plays no part, so that results repeat."""
        if draws < self.cheap:
            return error <= self.error
        return error <= self.limit or 2 * draws > self.most


@dataclass(frozen=True)
class Estimate:
    """One estimator's logarithm of the evidence.

    Attributes
    ----------
    name, method : str
        Short name and what was done.
    log_z, error : float
        Natural logarithm of the evidence, and its standard error.
    seconds : float
        Wall time.
    draws : int
        Points at which the density was evaluated for the final sums (a warm-up not included).
    efficiency : float
        Effective share of these draws, (sum w)^2/(N sum w^2).
    largest_weight : float
        Largest share that one draw has of the sum.
    prior_fraction : (float, float)
        Share of the prior that its cuts leave, with its error. The evidence is divided by it.
    warnings : tuple of str
        What a reader should know.
    details : dict
        Further numbers, by name.
    """

    name: str
    method: str
    log_z: float
    error: float
    seconds: float
    draws: int
    efficiency: float
    largest_weight: float
    prior_fraction: tuple[float, float] = (1.0, 0.0)
    warnings: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "method": self.method,
            "log_z": self.log_z,
            "error": self.error,
            "seconds": round(self.seconds, 2),
            "draws": self.draws,
            "efficiency": self.efficiency,
            "largest_weight": self.largest_weight,
            "prior_fraction": list(self.prior_fraction),
            **self.details,
        }


def weight_sums(log_weight: FloatArray) -> FloatArray:
    """Number, shift, sum, sum of squares and maximum of the weights exp(log_weight - shift).

    >>> weight_sums(np.array([-np.inf, 700.0, 700.0])).tolist()
    [3.0, 700.0, 2.0, 2.0, 1.0]
    """
    top = float(log_weight.max(initial=-np.inf))
    if not np.isfinite(top):
        return np.array([len(log_weight), 0.0, 0.0, 0.0, 0.0])
    w = np.exp(log_weight - top)
    return np.array([len(w), top, w.sum(), (w * w).sum(), 1.0])


def add_sums(rows: FloatArray) -> FloatArray:
    """Sum of several results of `weight_sums`, in the same form.

    >>> add_sums(np.array([weight_sums(np.zeros(2)), weight_sums(np.full(1, -np.inf))])).tolist()
    [3.0, 0.0, 2.0, 2.0, 1.0]
    """
    filled = rows[:, 2] > 0.0
    top = float(rows[filled, 1].max(initial=-np.inf))
    if not np.isfinite(top):
        return np.array([rows[:, 0].sum(), 0.0, 0.0, 0.0, 0.0])
    scale = np.where(filled, np.exp(np.minimum(rows[:, 1] - top, 0.0)), 0.0)
    largest = (rows[:, 4] * scale).max()
    return np.array([rows[:, 0].sum(), top, (rows[:, 2] * scale).sum(), (rows[:, 3] * scale**2).sum(), largest])


def weight_warnings(name: str, efficiency: float, largest: float, *, poor: float = POOR_EFFICIENCY) -> list[str]:
    """What is to be said about the weights of an estimator."""
    found = []
    if efficiency < poor:
        found.append(f"{name}: efficiency {efficiency:.2g} is below {poor:g}; the error may be too small")
    if largest > LARGE_WEIGHT:
        found.append(f"{name}: one draw carries {largest:.1%} of the weight; the error may be too small")
    return found
