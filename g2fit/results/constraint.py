"""What a posterior says about a parameter: a region, a limit on one side, or nothing that the prior did not say.

Three statements, each with its criterion:

- *unconstrained*: prior (with its cuts) and posterior agree. Their cumulative distributions differ nowhere by more than
  `AGREEMENT`.
- *an end of the prior is open*: the posterior reaches it. The density there is more than `OPEN` of its maximum, as that
  of a Gaussian is within two standard deviations. With one open end there is a limit on the other side, at the
  probability `LIMIT`; with two the data exclude neither.
- *region*: no end of the prior is open, and the smallest intervals of a probability mean what they say.

Limits of parameters whose prior has an open end depend on where it ends.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import exp
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import scipy.stats

from g2fit.results.levels import level_text

if TYPE_CHECKING:
    from g2fit.core.types import FloatArray
    from g2fit.results.axis_scales import Axis
    from g2fit.results.grid_density import Density1D
    from g2fit.results.result import Support

__all__ = ["AGREEMENT", "LIMIT", "OPEN", "Constraint", "constraint_of"]

#: Largest difference of the cumulative distributions of prior and posterior that agree.
AGREEMENT = 0.05

#: Density at an open end of the prior, relative to the largest: more than that of a Gaussian two sigma from its mean.
OPEN = exp(-2.0)

#: Probability of limits.
LIMIT = 0.95

Kind = Literal["region", "upper limit", "lower limit", "open", "unconstrained"]


@dataclass(frozen=True)
class Constraint:
    """What the posterior says about one quantity.

    Attributes
    ----------
    kind : str
        ``region``; ``upper limit`` or ``lower limit`` if the posterior reaches the other end of the prior; ``open`` if
        it reaches both; ``unconstrained`` if it is that of the prior.
    limit : float or None
        Value below (above) which the quantity is with probability `LIMIT`.
    ends : tuple of float
        Ends of the prior that the posterior reaches.
    distance : float or None
        Largest difference of the cumulative distributions of prior and posterior; None for a derived quantity.
    """

    kind: Kind
    limit: float | None = None
    ends: tuple[float, ...] = ()
    distance: float | None = None

    @property
    def text(self) -> str:
        """In words; empty for a region."""
        if self.kind == "unconstrained":
            return f"unconstrained: prior and posterior agree, their distributions differ by less than {AGREEMENT:g}"
        if self.kind == "open":
            return "no limit: the posterior reaches both ends of its prior"
        if self.kind == "region":
            return ""
        sign = "<" if self.kind == "upper limit" else ">"
        return (
            f"{sign} {self.limit:.4g} at {level_text(LIMIT)}; the posterior reaches the prior's end at "
            f"{self.ends[0]:.4g}, so the prior decides"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data, with the words."""
        return asdict(self) | {"text": self.text}


def constraint_of(draws: FloatArray, prior: FloatArray, support: Support, axis: Axis, density: Density1D) -> Constraint:
    """What the posterior says about a parameter.

    Parameters
    ----------
    draws, prior : array
        Draws of the posterior, and of the prior with its cuts.
    support : Support
        Where the prior ends.
    axis : Axis
        How the parameter is shown.
    density : Density1D
        Marginal density of the coordinate of the axis.
    """
    distance = float(scipy.stats.ks_2samp(draws, prior, method="asymp").statistic)
    if distance < AGREEMENT:
        return Constraint("unconstrained", distance=distance)
    largest = density.density.max()
    sides = zip((density.low, density.high), axis.ends, (0, -1), strict=True)
    reached = [np.isfinite(end) and end == stated and density.density[at] > OPEN * largest for end, stated, at in sides]
    open_ends = tuple(
        float(axis.value(axis.from_coordinate(end))) for end, far in zip(axis.ends, reached, strict=True) if far
    )
    if len(open_ends) != 1:
        return Constraint("open" if open_ends else "region", ends=open_ends, distance=distance)
    upper = abs(open_ends[0] - support.minimum) < abs(open_ends[0] - support.maximum)
    limit = float(np.quantile(draws, LIMIT if upper else 1.0 - LIMIT))
    return Constraint("upper limit" if upper else "lower limit", limit, open_ends, distance)
