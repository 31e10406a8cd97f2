"""Where a fit goes beyond what its options describe: checks of draws against the most complete prediction."""

from typing import TYPE_CHECKING

import numpy as np

from g2fit.core.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from g2fit.models.vll.model import VectorLikeLeptons

__all__ = ["beyond_validity"]

#: Relative deviation of the exact one-loop Delta a_l from its formula above which the formula fails.
DEVIATION = 0.2
#: |T| that no electroweak fit allows: two standard deviations of the fit with S and U free (PDG 2024).
LARGEST_T = 0.25
#: Scale in GeV up to which the vacuum should be stable and the couplings perturbative.
SCALE = 1e4


def beyond_validity(model: "VectorLikeLeptons", theta: FloatArray) -> dict[str, BoolArray]:
    """Points (N,) at which something that the options of a model leave out matters, by name; see `Model.beyond`."""
    o = model.options
    complete = type(model)(**{**o.model_dump(), "formula": "exact", "run_to": SCALE})
    exact = complete.predict(theta)
    found: dict[str, BoolArray] = {}
    if o.formula != "exact":
        used = model.predict(theta)
        for lepton in o.generations:
            name = f"delta_a_{lepton}"
            with np.errstate(divide="ignore", invalid="ignore"):
                off = ~(np.abs(exact[name] / used[name] - 1.0) <= DEVIATION)
            found[f"the exact {name} differs by more than {DEVIATION:.0%} from the formula"] = off
    if not o.oblique:
        found[f"|T| is above {LARGEST_T}, which electroweak data exclude"] = ~(np.abs(exact["T_oblique"]) <= LARGEST_T)
    if o.run_to is None:
        found["the vacuum decays below 10 TeV"] = ~(exact["mu_tunnel"] >= SCALE)
        found["a Yukawa coupling reaches 4 pi below 10 TeV"] = ~(exact["mu_landau"] >= SCALE)
    return found
