"""Result of one estimator of the evidence, and sums of importance weights without overflow or underflow."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from g2fit.core.types import FloatArray

__all__ = ["Aim", "Estimate", "Report", "add_sums", "no_report", "weight_sums", "weight_warnings", "without_cuts"]

#: An efficiency below this causes a warning.
POOR_EFFICIENCY = 0.05

#: A single draw with more than this share of the total weight causes a warning.
LARGE_WEIGHT = 0.01

#: Called as an estimator proceeds: its name, finished and all tasks, running estimate of ln Z and its error (or NaN).
Report = Callable[[str, int, int, float, float], None]


def no_report(name: str, done: int, total: int, log_z: float, error: float) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Aim:
    """Stopping rule of an estimator: the precision of ln Z to reach, and limits on the number of draws.

    With up to `cheap` draws the `error` of ln Z is to be reached, with up to `most` draws the `limit`. The first round
    has `first` draws; every further round doubles their number.
    """

    error: float
    limit: float
    first: int
    cheap: int
    most: int

    def reached(self, error: float, draws: int) -> bool:
        """Whether to stop with this error after so many draws. Time plays no part, so that results are reproducible."""
        if draws < self.cheap:
            return error <= self.error
        return error <= self.limit or 2 * draws > self.most

    def needed(self, variance: float) -> int:
        """Number of draws that is foretold if the weight of one has this relative variance.

        >>> aim = Aim(error=0.01, limit=0.1, first=1000, cheap=100_000, most=1_000_000)
        >>> [aim.needed(variance) for variance in (2.0, 20.0, 2000.0, 1e6)]
        [20000, 100000, 200000, 1000000]
        """
        draws = variance / self.error**2
        if draws > self.cheap:
            draws = min(max(self.cheap, variance / self.limit**2), self.most)
        return round(draws)


@dataclass(frozen=True)
class Estimate:
    """Estimate of the evidence by one estimator.

    Attributes
    ----------
    name : str
        Name of the estimator.
    method : str
        Short description of the method.
    log_z, error : float
        Natural logarithm of the evidence, and its standard error.
    seconds : float
        Wall time.
    draws : int
        Number of evaluations of the density that enter the estimate, without those of fits.
    efficiency : float
        Effective sample size per draw, (sum w)^2/(N sum w^2).
    largest_weight : float
        Largest share of one draw in the sum of the weights.
    prior_fraction : (float, float)
        Share of the prior that its cuts allow, with its error. The evidence is divided by it.
    warnings : tuple of str
        Reasons to doubt the estimate.
    details : dict
        Further numbers by name.
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
    """Number, shift, sum, sum of squares and maximum of the weights exp(log_weight - shift), shape (5,).

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
    """Warnings about a low efficiency and about single large weights."""
    found = []
    if efficiency < poor:
        found.append(f"{name}: efficiency {efficiency:.2g} is below {poor:g}; the error may be too small")
    if largest > LARGE_WEIGHT:
        found.append(f"{name}: one draw carries {largest:.1%} of the weight; the error may be too small")
    return found


def without_cuts(log_z: float, error: float, fraction: tuple[float, float]) -> tuple[float, float]:
    """Evidence and its error, divided by the share of the prior that its cuts allow (which has an error, too)."""
    return log_z - float(np.log(fraction[0])), float(np.hypot(error, fraction[1] / fraction[0]))
