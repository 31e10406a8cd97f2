"""The log posterior of analysis/vll-2021.yaml in plain Python, one point at a time, as a user might write it.

It shares no code with the package. `benchmarks.sampling` uses it to check the posterior and to compare the speed.
"""

from __future__ import annotations

import math

import numpy as np

from g2fit.core.types import FloatArray

#: Parameters, of which the masses are in GeV.
NAMES = ("m_L", "m_S", "Y_L", "Y_R", "Y_V", "Y_Vp")

#: Lower ends of the log-uniform priors, as logarithms.
LOW = np.log([100.0, 100.0, 0.01, 0.01, 0.01, 0.01])

#: Upper ends of the log-uniform priors, as logarithms.
HIGH = np.log([1e4, 1e4, 3.5, 3.5, 3.5, 3.5])

#: Vacuum expectation value in GeV.
V = 174.0

#: Mass of the W in GeV.
M_W = 80.379

#: Mass of the muon in GeV.
M_MU = 0.1056583745


def k(x: float) -> float:
    """Part of F that depends on one mass only."""
    z = 1.0 - x
    if abs(z) < 0.06:
        return 2.0 * sum(z**n / ((n + 1) * (n + 2) * (n + 3)) for n in range(15))
    return 1.0 / (2.0 * z) - x / z**2 + x * x * math.log(x) / (x - 1.0) ** 3


def loop(x: float, y: float) -> float:
    """Loop function F(x, y) of eq. (12); near the diagonal a finite difference, accurate enough for a fit."""
    if abs(x - y) < 1e-4 * x:
        y = x * (1.0 + 1e-4)
    return x * y * (k(x) - k(y)) / (y - x)


def log_posterior(q: FloatArray) -> float:
    """Log posterior at a point, given by the logarithms of the parameters."""
    if np.any(q < LOW) or np.any(q > HIGH):
        return -np.inf
    m_l, m_s, y_l, y_r, y_v, y_vp = np.exp(q)
    if y_l * y_r > 1.0 or m_l < 650.0:
        return -np.inf
    yh = y_v * m_s / m_l + y_vp
    pre = 6.0 * y_l * y_r / (16.0 * math.pi**2) * M_W**2 * V * M_MU / (m_s**2 * m_l**2)
    delta_a_mu = pre * yh * loop((m_s / M_W) ** 2, (m_l / M_W) ** 2)
    t_l, t_r = (y_l * V / m_s) ** 2, (y_r * V / m_l) ** 2
    chi2 = ((delta_a_mu - 2.51e-9) / 0.59e-9) ** 2
    chi2 += ((0.9726 * (1.0 - t_l) - 0.9762160037) / 0.002774907) ** 2
    residual = np.array([(-t_l / 2 + 2.7e-3) / 2.6e-3, (-t_r / 2 - 0.0) / 1.4e-3])
    correlation = np.array([[1.0, -0.16], [-0.16, 1.0]])
    chi2 += float(residual @ np.linalg.inv(correlation) @ residual)
    return float(-0.5 * chi2)
