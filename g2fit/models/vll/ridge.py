"""The ridge of the posterior along which the coupling Y_L gives the measured anomalous magnetic moment.

The chirality-flipping part of Delta a_l is proportional to Y_L, eq (12) of 2106.01373. Given the other parameters, a
measurement of Delta a_l therefore fixes ln Y_L; to straighten the ridge a sampler needs its centre and its slope.
"""

from math import exp, log

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll.generation import delta_a_improved
from g2fit.models.vll.leading_order import delta_a_flip, effective_yukawa
from g2fit.models.vll.loops import f_tilde
from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
from g2fit.models.vll.oblique import logarithms
from g2fit.models.vll.partners import VALID, Partners, Setting, check, read

__all__ = ["ridge_centres"]

#: Distance beyond the range of the prior, in ln Y_L, at which the search for the centre stops.
MARGIN = 0.7
#: Smallest d ln Delta a_l/d ln Y_L of a ridge: below it, eq (12) does not dominate Delta a_l.
MIN_SLOPE = 0.2


@scalar
def _moment(p: Partners, s: float, setting: Setting, closed: bool) -> float:
    """Delta a_l at Y_L = exp(s) by eq (12), or by the closed form of the exact result."""
    moved = Partners(p.m_L, p.m_S, exp(s), p.Y_R, p.Y_V, p.Y_Vp, p.Lambda, p.m_l)
    if closed:
        charged, neutral = charged_mixing(moved, setting.v), neutral_mixing(moved, setting.v)
        return delta_a_improved(moved, charged, neutral, logarithms(charged, neutral, 0.0), setting)
    x, y = p.m_S / setting.m_W, p.m_L / setting.m_W
    x, y = x * x, y * y
    loop = f_tilde(x, y, log(x), log(y))
    Y_h = effective_yukawa(p.Y_V, p.Y_Vp, p.m_S, p.m_L)
    return delta_a_flip(moved.Y_L * p.Y_R, Y_h, loop, p.m_l, setting.m_W, setting.v)


@kernel
def ridge_centres(
    theta: FloatArray, g: int, m_l: float, low: float, high: float, datum: float, setting: Setting, closed: bool
) -> tuple[FloatArray, FloatArray]:
    """Locate the ridge of generation number `g`, whose lepton has the mass `m_l`, for each point.

    Returned are ln Y_L at the centre and d ln Delta a_l/d ln Y_L, of shape (N,); both are 0 if there is no ridge. The
    range of ln Y_L under the prior is from `low` to `high`. Delta a_l, whose measured value is `datum`, follows eq (12)
    or, if `closed`, the closed form of the exact result.
    """
    position, slope = np.zeros(len(theta)), np.zeros(len(theta))
    for i in range(len(theta)):
        p = read(theta[i], g, m_l, setting)
        p = Partners(p.m_L, p.m_S, 1.0, p.Y_R, p.Y_V, p.Y_Vp, p.Lambda, p.m_l)
        if check(p) != VALID:
            continue
        middle = 0.5 * (low + high)
        first = _moment(p, middle, setting, closed) / datum
        if not first > 0.0:
            continue
        s, n = middle - log(first), 1.0
        if closed:
            s = min(max(s, low - MARGIN), high + MARGIN)
            second = _moment(p, s, setting, closed) / datum
            if not second > 0.0:
                continue
            if abs(s - middle) > 1e-3:
                n = log(second / first) / (s - middle)
            if n < MIN_SLOPE:
                continue
            s -= log(second) / n
        position[i], slope[i] = s, n
    return position, slope
