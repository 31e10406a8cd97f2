"""Scales of the Higgs potential and of Landau poles for partners in any representation, for a batch of points."""

import numpy as np

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.vll.partners import VALID, Setting
from g2fit.models.vll.representations.beta_functions import Beta
from g2fit.models.vll.representations.generation import read
from g2fit.models.vll.representations.rge import PER_GENERATION
from g2fit.models.vll.stability import START, fill_scales, prepare, write_scales

__all__ = ["fill_scales_of_batch"]


@kernel
def fill_scales_of_batch(
    theta: FloatArray,
    out: FloatArray,
    reason: ReasonArray,
    setting: Setting,
    masses: FloatArray,
    columns: IntArray,
    mixing: IntArray,
    wanted: IntArray,
    beta: Beta,
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
    columns
        Columns of the parameters, shape (G, 6), see `g2fit.models.vll.representations.generation.read`.
    mixing
        Columns of `out` with the part of each lepton's mass that comes from the mixing, 1 - y v/m.
    wanted
        Columns of `out` for the three scales.
    beta
        Coefficients of the beta functions.
    """
    stored, marks, series = prepare(masses, setting.v, max(setting.run_to, START), beta)
    partners, scales = np.empty(len(masses) * PER_GENERATION), np.empty(3)
    for n in range(len(theta)):
        if reason[n] != VALID:
            continue
        for g in range(len(masses)):
            i = g * PER_GENERATION
            p = read(theta[n], columns[g], masses[g], setting.v)
            partners[i] = p.M_D
            partners[i + 1] = p.M_X
            partners[i + 2] = 1.0 - out[n, mixing[g]]
            partners[i + 3] = p.lambda_X / setting.v
            partners[i + 4] = p.lambda_D / setting.v
            partners[i + 5] = p.lambda_ / setting.v
            partners[i + 6] = p.lambda_bar / setting.v
        fill_scales(partners, masses, setting, stored, marks, series, scales, beta)
        reason[n] = write_scales(scales, wanted, out[n])
