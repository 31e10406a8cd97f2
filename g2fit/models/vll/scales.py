"""Scales of the Higgs potential and of Landau poles for partners of 2106.01373, for a batch of points."""

import numpy as np

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.vll.partners import VALID, Setting
from g2fit.models.vll.stability import START, fill_scales, prepare, write_scales

__all__ = ["fill_scales_of_batch"]


@kernel
def fill_scales_of_batch(
    theta: FloatArray, out: FloatArray, reason: ReasonArray, setting: Setting, masses: FloatArray, wanted: IntArray
) -> None:
    """Write mu_zero, mu_tunnel and mu_landau of a batch into its table of predictions.

    Parameters
    ----------
    theta, out, reason
        Points, and their predictions and reason codes, see `g2fit.models.base.Model.evaluate`.
    setting
        Constants, and the scale `run_to` at which the running ends.
    masses
        Masses in GeV of the leptons that have partners, shape (G,).
    wanted
        Columns of `out` for the three scales.
    """
    stored, marks, series = prepare(masses, setting.v, max(setting.run_to, START), None)
    scales = np.empty(3)
    for n in range(len(theta)):
        if reason[n] != VALID:
            continue
        fill_scales(theta[n], masses, setting, stored, marks, series, scales, None)
        reason[n] = write_scales(scales, wanted, out[n])
