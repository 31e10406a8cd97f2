"""One-loop renormalisation group of the Higgs mediation scenario (sec. 3 of 1906.08768).

Standard Model from m_Z to m_bar, MSSM from there to the GUT scale, and the soft masses squared back down. Gaugino
masses, trilinear couplings and S are dropped: they are flavour blind and absorbed in d. All functions of t = ln Q.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.spectrum import KAPPA

__all__ = [
    "SOFT_MASSES",
    "WeakScaleInputs",
    "YukawaThresholds",
    "matched_yukawas",
    "run_soft_masses",
    "sm_gauge_couplings",
]

#: Soft masses squared in the order of `run_soft_masses`: third generation, then a light lepton.
SOFT_MASSES = ("m2_Hu", "m2_Hd", "m2_Q3", "m2_U3", "m2_D3", "m2_L3", "m2_E3", "m2_L", "m2_E")
#: Steps of the fourth-order Runge-Kutta method per unit of ln Q; the error of a soft mass is then below 1e-7.
STEPS_PER_UNIT = 6.0
#: A squared Yukawa coupling at which perturbation theory has ended: the Landau pole is less than 0.2 in ln Q away.
LANDAU = 100.0


class WeakScaleInputs(NamedTuple):
    """MSbar couplings squared at m_Z: gauge (g_Y in SM normalisation) and Yukawa, m_f/v; and m_Z in GeV."""

    g2_Y: float
    g2_2: float
    g2_3: float
    y2_t: float
    y2_b: float
    y2_tau: float
    m_Z: float


class YukawaThresholds(NamedTuple):
    """Threshold corrections at m_bar, by whose 1 + Delta the Yukawa couplings of the MSSM are smaller."""

    t: float
    b: float
    tau: float


@scalar
def _gauge(g2_0: float, beta: float, t: float) -> float:
    """Gauge coupling squared after running by t with 16 pi^2 dg/dt = beta g^3."""
    return g2_0 / (1.0 - 2.0 * KAPPA * beta * g2_0 * t)


@scalar
def sm_gauge_couplings(inputs: WeakScaleInputs, t: float) -> tuple[float, float, float]:
    """Squares of g_Y, g_2, g_3 after running up from m_Z by t, with the one-loop SM betas 41/6, -19/6, -7.

    >>> inputs = WeakScaleInputs(0.1277, 0.4248, 1.484, 0.973, 2.68e-4, 1.006e-4, 91.1876)
    >>> [round(g2, 4) for g2 in sm_gauge_couplings(inputs, 7.0)]
    [0.1384, 0.3795, 0.7725]
    """
    return _gauge(inputs.g2_Y, 41.0 / 6.0, t), _gauge(inputs.g2_2, -19.0 / 6.0, t), _gauge(inputs.g2_3, -7.0, t)


@scalar
def _sm_slope(inputs: WeakScaleInputs, t: float, y2_t: float, y2_b: float, y2_tau: float) -> tuple[float, float, float]:
    """Derivatives of the squared SM Yukawa couplings with respect to t."""
    g2_Y, g2_2, g2_3 = sm_gauge_couplings(inputs, t)
    trace = 3.0 * y2_t + 3.0 * y2_b + y2_tau
    d_t = 1.5 * (y2_t - y2_b) + trace - 8.0 * g2_3 - 9.0 / 4.0 * g2_2 - 17.0 / 12.0 * g2_Y
    d_b = 1.5 * (y2_b - y2_t) + trace - 8.0 * g2_3 - 9.0 / 4.0 * g2_2 - 5.0 / 12.0 * g2_Y
    d_tau = 1.5 * y2_tau + trace - 9.0 / 4.0 * g2_2 - 15.0 / 4.0 * g2_Y
    return 2.0 * KAPPA * y2_t * d_t, 2.0 * KAPPA * y2_b * d_b, 2.0 * KAPPA * y2_tau * d_tau


@scalar
def matched_yukawas(
    inputs: WeakScaleInputs, m_bar: float, tan_beta: float, thresholds: YukawaThresholds
) -> tuple[float, float, float]:
    """Squares of the MSSM's y_t, y_b, y_tau at m_bar.

    The Standard Model's run from m_Z to m_bar, then ``y_t = y_t^SM/[sin(beta) (1 + Delta_t)]`` and likewise b and tau
    with cos(beta).
    """
    span = math.log(m_bar / inputs.m_Z)
    steps = max(8, math.ceil(STEPS_PER_UNIT * abs(span)))
    h = span / steps
    a, b, c = inputs.y2_t, inputs.y2_b, inputs.y2_tau
    for i in range(steps):
        t = i * h
        a1, b1, c1 = _sm_slope(inputs, t, a, b, c)
        a2, b2, c2 = _sm_slope(inputs, t + 0.5 * h, a + 0.5 * h * a1, b + 0.5 * h * b1, c + 0.5 * h * c1)
        a3, b3, c3 = _sm_slope(inputs, t + 0.5 * h, a + 0.5 * h * a2, b + 0.5 * h * b2, c + 0.5 * h * c2)
        a4, b4, c4 = _sm_slope(inputs, t + h, a + h * a3, b + h * b3, c + h * c3)
        a += h / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        b += h / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
        c += h / 6.0 * (c1 + 2.0 * c2 + 2.0 * c3 + c4)
    tan2 = tan_beta * tan_beta
    down = 1.0 + tan2
    return (
        a * down / tan2 / (1.0 + thresholds.t) ** 2,
        b * down / (1.0 + thresholds.b) ** 2,
        c * down / (1.0 + thresholds.tau) ** 2,
    )


@scalar
def _mssm_slope(t: float, gauge: tuple[float, float, float], state: FloatArray, size: int, slope: FloatArray) -> None:
    """Derivatives of the squared Yukawa couplings (t, b, tau, light lepton) and, if size > 4, of the soft masses.

    State and slope: 4 couplings, then `SOFT_MASSES` where those of the light lepton are differences to d^2, kept in
    the place after them.
    """
    g2_Y = _gauge(gauge[0], 11.0, t)
    g2_2 = _gauge(gauge[1], 1.0, t)
    g2_3 = _gauge(gauge[2], -3.0, t)
    y2_t, y2_b, y2_tau, y2_l = state[0], state[1], state[2], state[3]
    quark = 16.0 / 3.0 * g2_3 + 3.0 * g2_2
    lepton = 3.0 * g2_2 + 3.0 * g2_Y
    slope[0] = 2.0 * KAPPA * y2_t * (6.0 * y2_t + y2_b - quark - 13.0 / 9.0 * g2_Y)
    slope[1] = 2.0 * KAPPA * y2_b * (6.0 * y2_b + y2_t + y2_tau - quark - 7.0 / 9.0 * g2_Y)
    slope[2] = 2.0 * KAPPA * y2_tau * (4.0 * y2_tau + 3.0 * y2_b - lepton)
    slope[3] = 2.0 * KAPPA * y2_l * (4.0 * y2_l + 3.0 * y2_b + y2_tau - lepton)
    if size == 4:
        return
    m2_Hu, m2_Hd, m2_Q, m2_U, m2_D, m2_L, m2_E = (
        state[4],
        state[5],
        state[6],
        state[7],
        state[8],
        state[9],
        state[10],
    )
    X_t = 2.0 * KAPPA * y2_t * (m2_Hu + m2_Q + m2_U)
    X_b = 2.0 * KAPPA * y2_b * (m2_Hd + m2_Q + m2_D)
    X_tau = 2.0 * KAPPA * y2_tau * (m2_Hd + m2_L + m2_E)
    X_l = 2.0 * KAPPA * y2_l * (m2_Hd + 2.0 * state[13] + state[11] + state[12])
    slope[4] = 3.0 * X_t
    slope[5] = 3.0 * X_b + X_tau + X_l
    slope[6] = X_t + X_b
    slope[7] = 2.0 * X_t
    slope[8] = 2.0 * X_b
    slope[9] = X_tau
    slope[10] = 2.0 * X_tau
    slope[11] = X_l
    slope[12] = 2.0 * X_l
    slope[13] = 0.0


@scalar
def _integrate(
    t_0: float,
    t_1: float,
    gauge: tuple[float, float, float],
    state: FloatArray,
    size: int,
    scratch: FloatArray,
) -> float:
    """Fourth-order Runge-Kutta from t_0 to t_1 by steps of ln Q; `scratch` is (5, 14).

    Returns the t where a coupling has a Landau pole, infinity if there is none on the way.
    """
    steps = max(8, math.ceil(STEPS_PER_UNIT * abs(t_1 - t_0)))
    h = (t_1 - t_0) / steps
    k1, k2, k3, k4, moved = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    for i in range(steps):
        t = t_0 + i * h
        _mssm_slope(t, gauge, state, size, k1)
        growth = 0.0
        for n in range(4):
            growth = max(growth, k1[n] / state[n])
        for n in range(size):
            moved[n] = state[n] + 0.5 * h * k1[n]
        moved[13] = state[13]
        _mssm_slope(t + 0.5 * h, gauge, moved, size, k2)
        for n in range(size):
            moved[n] = state[n] + 0.5 * h * k2[n]
        moved[13] = state[13]
        _mssm_slope(t + 0.5 * h, gauge, moved, size, k3)
        for n in range(size):
            moved[n] = state[n] + h * k3[n]
        moved[13] = state[13]
        _mssm_slope(t + h, gauge, moved, size, k4)
        for n in range(size):
            state[n] += h / 6.0 * (k1[n] + 2.0 * k2[n] + 2.0 * k3[n] + k4[n])
        if not max(state[0], state[1], state[2], state[3]) < LANDAU:
            return t + 1.0 / growth  # close to its pole a coupling squared grows like 1/(t_pole - t)
    return math.inf


@scalar
def run_soft_masses(
    inputs: WeakScaleInputs,
    yukawas: tuple[float, float, float],
    y2: float,
    m_bar: float,
    d: float,
    m_squark: float,
    m_gut: float,
    state: FloatArray,
    scratch: FloatArray,
) -> float:
    """Run up to the GUT scale and the soft masses back to m_bar.

    Boundary conditions at `m_gut`: ``m2_Hu = m2_Hd = -m_bar^2``, squarks `m_squark`^2, all sleptons d^2.

    Parameters
    ----------
    inputs : WeakScaleInputs
        Couplings at m_Z.
    yukawas : (float, float, float)
        Squares of the MSSM's y_t, y_b, y_tau at m_bar.
    y2 : float
        Square of the light lepton's Yukawa coupling at m_bar, > 0.
    m_bar, d, m_squark, m_gut : float
        GeV.
    state : (14,) array
        Receives the couplings squared at m_bar and `SOFT_MASSES` (GeV^2), the last two (the light lepton's) divided by
        y2 after subtraction of d^2.
    scratch : (5, 14) array
        Workspace.

    Returns
    -------
    float
        Scale (GeV) at which a Yukawa coupling has a Landau pole, infinity if it is not below `m_gut`.
    """
    gauge = sm_gauge_couplings(inputs, math.log(m_bar / inputs.m_Z))
    span = math.log(m_gut / m_bar)
    state[0], state[1], state[2] = yukawas
    state[3] = y2
    state[13] = d * d
    pole = _integrate(0.0, span, gauge, state, 4, scratch)
    if pole != math.inf:
        return m_bar * math.exp(pole)
    state[4] = -m_bar * m_bar
    state[5] = -m_bar * m_bar
    for n in range(6, 9):
        state[n] = m_squark * m_squark
    state[9] = d * d
    state[10] = d * d
    state[11] = 0.0
    state[12] = 0.0
    _integrate(span, 0.0, gauge, state, 13, scratch)
    state[11] /= y2
    state[12] /= y2
    return math.inf
