"""Where a fit goes beyond what its options describe: comparison of predictions with the most complete ones."""

from collections.abc import Mapping

import numpy as np

from g2fit.core.types import BoolArray, FloatArray

__all__ = ["SCALE", "formula_fails", "unstable", "violates_custodial_symmetry"]

#: Relative deviation of the exact one-loop Delta a_l from its formula above which the formula fails.
DEVIATION = 0.2
#: |T| that no electroweak fit allows: two standard deviations of the fit with S and U free (PDG 2024).
LARGEST_T = 0.25
#: Scale in GeV up to which the vacuum should be stable and the couplings perturbative.
SCALE = 1e4

Predictions = Mapping[str, FloatArray]


def formula_fails(used: Predictions, exact: Predictions) -> dict[str, BoolArray]:
    """Points at which an `exact` Delta a_l differs from what was `used`, by a text about each of them."""
    found = {}
    for name, delta_a in exact.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            agrees = np.abs(delta_a / used[name] - 1.0) <= DEVIATION
        found[f"the exact {name} differs by more than {DEVIATION:.0%} from the formula"] = ~agrees
    return found


def violates_custodial_symmetry(exact: Predictions) -> dict[str, BoolArray]:
    """Points with a larger |T| than electroweak data allow."""
    return {f"|T| is above {LARGEST_T}, which electroweak data exclude": ~(np.abs(exact["T_oblique"]) <= LARGEST_T)}


def unstable(exact: Predictions) -> dict[str, BoolArray]:
    """Points at which the vacuum decays or a coupling becomes strong below `SCALE`, up to which the couplings ran."""
    return {
        "the vacuum decays below 10 TeV": ~(exact["mu_tunnel"] >= SCALE),
        "a Yukawa coupling reaches 4 pi below 10 TeV": ~(exact["mu_landau"] >= SCALE),
    }
