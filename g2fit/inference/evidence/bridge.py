"""Bridge sampling between a fitted mixture and the draws of a chain."""

from typing import NamedTuple

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.sampling.diagnostics import autocorrelation_time

__all__ = ["Bridge", "bridge"]


class Bridge(NamedTuple):
    """Natural logarithm of the evidence, and its standard error.

    For the chain, `tau` is the autocorrelation time of the bridge function, in steps, and `effective` the effective
    sample size.
    """

    log_z: float
    error: float
    tau: float
    effective: float


def bridge(log_weight: FloatArray, chain_log_weight: FloatArray, start: float, iterations: int = 200) -> Bridge:
    r"""Estimate the evidence with the optimal bridge function of Meng & Wong (1996).

    With the weights :math:`l = L\pi/q` at N2 draws of the mixture q and at N1 draws of the chain,

    .. math::
        Z = \frac{N_2^{-1} \sum_q l/(s_1 l + s_2 Z)}{N_1^{-1} \sum_p 1/(s_1 l + s_2 Z)},\quad
        s_1 = \frac{N_1/\tau}{N_1/\tau + N_2},\quad s_2 = 1 - s_1,

    is iterated to its fixed point. The error is that of Fruehwirth-Schnatter (2004,
    doi:10.1111/j.1368-423X.2004.00125.x),

    .. math:: \frac{\mathrm{Var}_q f_1}{N_2 \bar f_1^2} + \frac{\tau\, \mathrm{Var}_p f_2}{N_1 \bar f_2^2},\quad
        f_1 = \frac{p}{s_1 p + s_2 q},\quad f_2 = \frac{q}{s_1 p + s_2 q},

    where :math:`\tau` is the autocorrelation time of :math:`f_2`. The logarithm of l is `log_weight` (N2,) at the draws
    of q, where it may be -inf, and `chain_log_weight` (ensembles, steps, walkers) along the chain; `start` is a first
    guess of ln Z.
    """
    over_q = np.exp(log_weight - start)
    over_p = np.exp(chain_log_weight - start)
    tau = 1.0
    for _ in range(3):  # the optimal share depends on tau, and tau on the share
        effective = over_p.size / tau
        s1 = effective / (effective + over_q.size)
        ratio = _fixed_point(over_q, over_p, s1, iterations)
        f2 = 1.0 / (s1 * over_p / ratio + 1.0 - s1)
        tau = autocorrelation_time(f2)
    f1 = over_q / ratio / (s1 * over_q / ratio + 1.0 - s1)
    variance = f1.var() / (f1.size * f1.mean() ** 2) + tau * f2.var() / (f2.size * f2.mean() ** 2)
    return Bridge(start + float(np.log(ratio)), float(np.sqrt(variance)), tau, f2.size / tau)


def _fixed_point(over_q: FloatArray, over_p: FloatArray, s1: float, iterations: int) -> float:
    ratio = 1.0
    for _ in range(iterations):
        above = (over_q / (s1 * over_q + (1.0 - s1) * ratio)).mean()
        new = float(above / (1.0 / (s1 * over_p + (1.0 - s1) * ratio)).mean())
        if abs(new / ratio - 1.0) < 1e-10:
            return new
        ratio = new
    return ratio
