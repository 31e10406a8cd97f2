"""Where a fit goes beyond what its options describe: comparison of predictions with the most complete ones."""

from collections.abc import Mapping

import numpy as np

from g2fit.core.types import BoolArray, FloatArray

__all__ = ["SCALE", "decays_to_neutral_leptons", "formula_fails", "unstable", "violates_custodial_symmetry"]

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


def decays_to_neutral_leptons(used: Predictions, m_W: float) -> dict[str, BoolArray]:
    """Points with a neutral lepton below `m_W` (GeV), into which W bosons decay, by a text; nothing if there are none.

    Predictions of couplings and universality are those of leptons and neutrinos alone, whose rates mixing lowers: they
    hold if the neutral leptons are too heavy to be produced.
    """
    light = [used[name] < m_W for name in used if name.startswith("m_N1")]
    text = "W bosons decay to a neutral lepton: universality and widths are not as predicted"
    return {text: np.any(light, axis=0)} if np.any(light) else {}


def unstable(exact: Predictions) -> dict[str, BoolArray]:
    """Points at which the vacuum decays or a coupling becomes strong below `SCALE`, up to which the couplings ran."""
    return {
        "the vacuum decays below 10 TeV": ~(exact["mu_tunnel"] >= SCALE),
        "a Yukawa coupling reaches 4 pi below 10 TeV": ~(exact["mu_landau"] >= SCALE),
    }
