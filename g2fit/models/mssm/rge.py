"""One-loop renormalisation group of the Higgs mediation scenario (sec. 3 of 1906.08768).

The couplings run in the Standard Model from m_Z to m_bar and in the MSSM from there to the GUT scale; the soft masses
squared run back down. Gaugino masses, trilinear couplings and S are neglected: what they contribute is flavour blind
and absorbed in d. The running variable is t = ln Q.
"""

import math
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.rows import fill, first

__all__ = ["SoftMasses", "WeakScaleInputs", "YukawaThresholds", "Yukawas", "matched_yukawas", "run_soft_masses"]

#: Places in the vector that is integrated: squared Yukawa couplings (t, b, tau, a light lepton), then soft masses
#: squared, those of the light lepton as differences from d^2, and d^2.
Y2_T, Y2_B, Y2_TAU, Y2_L, M2_HU, M2_HD, M2_Q3, M2_U3, M2_D3, M2_L3, M2_E3, SHIFT_L, SHIFT_E, D2 = range(14)
#: Length of the vector.
STATE_SIZE = 14
#: Number of couplings in it.
COUPLINGS = 4
#: Steps of the fourth-order Runge-Kutta method per unit of ln Q; the relative error of a soft mass is then below 1e-7.
STEPS_PER_UNIT = 6.0
#: Squared Yukawa coupling at which the integration ends: a Landau pole is less than 0.2 in ln Q away.
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
    """Threshold corrections Delta at m_bar; the Yukawa couplings of the MSSM are divided by 1 + Delta."""

    t: float
    b: float
    tau: float


class Yukawas(NamedTuple):
    """Squares of the Yukawa couplings of the third generation in the MSSM."""

    t: float
    b: float
    tau: float


class SoftMasses(NamedTuple):
    """Soft masses squared at m_bar (GeV^2); a light lepton has ``m_L^2 = d^2 + c_L y^2, m_R^2 = d^2 + c_R y^2``."""

    m2_Hu: float
    m2_Hd: float
    m2_Q3: float
    m2_U3: float
    m2_D3: float
    m2_L3: float
    m2_E3: float
    c_L: float
    c_R: float


@scalar
def _gauge(g2_0: float, beta: float, t: float) -> float:
    """Gauge coupling squared after running by t with 16 pi^2 dg/dt = beta g^3."""
    return g2_0 / (1.0 - 2.0 * LOOP_FACTOR * beta * g2_0 * t)


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
    return 2.0 * LOOP_FACTOR * y2_t * d_t, 2.0 * LOOP_FACTOR * y2_b * d_b, 2.0 * LOOP_FACTOR * y2_tau * d_tau


@scalar
def matched_yukawas(inputs: WeakScaleInputs, m_bar: float, tan_beta: float, thresholds: YukawaThresholds) -> Yukawas:
    """Squares of the MSSM's y_t, y_b, y_tau at m_bar.

    Those of the Standard Model run from m_Z to m_bar, where ``y_t = y_t^SM/[sin(beta) (1 + Delta_t)]``, and likewise
    for b and tau with cos(beta).
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
    return Yukawas(
        a * down / tan2 / (1.0 + thresholds.t) ** 2,
        b * down / (1.0 + thresholds.b) ** 2,
        c * down / (1.0 + thresholds.tau) ** 2,
    )


@scalar
def _mssm_slope(t: float, gauge: tuple[float, float, float], state: FloatArray, size: int, slope: FloatArray) -> None:
    """Derivatives of the squared Yukawa couplings and, if `size` is larger than `COUPLINGS`, of the soft masses."""
    start_Y, start_2, start_3 = gauge
    g2_Y, g2_2, g2_3 = _gauge(start_Y, 11.0, t), _gauge(start_2, 1.0, t), _gauge(start_3, -3.0, t)
    y2_t, y2_b, y2_tau, y2_l = state[Y2_T], state[Y2_B], state[Y2_TAU], state[Y2_L]
    quark = 16.0 / 3.0 * g2_3 + 3.0 * g2_2
    lepton = 3.0 * g2_2 + 3.0 * g2_Y
    slope[Y2_T] = 2.0 * LOOP_FACTOR * y2_t * (6.0 * y2_t + y2_b - quark - 13.0 / 9.0 * g2_Y)
    slope[Y2_B] = 2.0 * LOOP_FACTOR * y2_b * (6.0 * y2_b + y2_t + y2_tau - quark - 7.0 / 9.0 * g2_Y)
    slope[Y2_TAU] = 2.0 * LOOP_FACTOR * y2_tau * (4.0 * y2_tau + 3.0 * y2_b - lepton)
    slope[Y2_L] = 2.0 * LOOP_FACTOR * y2_l * (4.0 * y2_l + 3.0 * y2_b + y2_tau - lepton)
    if size == COUPLINGS:
        return
    X_t = 2.0 * LOOP_FACTOR * y2_t * (state[M2_HU] + state[M2_Q3] + state[M2_U3])
    X_b = 2.0 * LOOP_FACTOR * y2_b * (state[M2_HD] + state[M2_Q3] + state[M2_D3])
    X_tau = 2.0 * LOOP_FACTOR * y2_tau * (state[M2_HD] + state[M2_L3] + state[M2_E3])
    X_l = 2.0 * LOOP_FACTOR * y2_l * (state[M2_HD] + 2.0 * state[D2] + state[SHIFT_L] + state[SHIFT_E])
    slope[M2_HU] = 3.0 * X_t
    slope[M2_HD] = 3.0 * X_b + X_tau + X_l
    slope[M2_Q3] = X_t + X_b
    slope[M2_U3] = 2.0 * X_t
    slope[M2_D3] = 2.0 * X_b
    slope[M2_L3] = X_tau
    slope[M2_E3] = 2.0 * X_tau
    slope[SHIFT_L] = X_l
    slope[SHIFT_E] = 2.0 * X_l
    slope[D2] = 0.0


@scalar
def _step(state: FloatArray, h: float, slope: FloatArray, size: int, moved: FloatArray) -> None:
    """Set `moved` to the state after a step h with the given slope."""
    for n in range(size):
        moved[n] = state[n] + h * slope[n]


@scalar
def _integrate(
    t_0: float, t_1: float, gauge: tuple[float, float, float], state: FloatArray, size: int, scratch: FloatArray
) -> float:
    """Integrate the first `size` elements from t_0 to t_1 with fourth-order Runge-Kutta steps; `scratch` is (5, 14).

    Returns the t at which a coupling has a Landau pole, infinity if there is none on the way.
    """
    steps = max(8, math.ceil(STEPS_PER_UNIT * abs(t_1 - t_0)))
    h = (t_1 - t_0) / steps
    k1, k2, k3, k4, moved = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    for i in range(steps):
        t = t_0 + i * h
        _mssm_slope(t, gauge, state, size, k1)
        growth = 0.0
        for n in range(COUPLINGS):
            growth = max(growth, k1[n] / state[n])
        _step(state, 0.5 * h, k1, size, moved)
        _mssm_slope(t + 0.5 * h, gauge, moved, size, k2)
        _step(state, 0.5 * h, k2, size, moved)
        _mssm_slope(t + 0.5 * h, gauge, moved, size, k3)
        _step(state, h, k3, size, moved)
        _mssm_slope(t + h, gauge, moved, size, k4)
        for n in range(size):
            state[n] += h / 6.0 * (k1[n] + 2.0 * k2[n] + 2.0 * k3[n] + k4[n])
        if not max(state[Y2_T], state[Y2_B], state[Y2_TAU], state[Y2_L]) < LANDAU:
            return t + 1.0 / growth  # close to its pole a coupling squared grows like 1/(t_pole - t)
    return math.inf


@scalar
def run_soft_masses(
    inputs: WeakScaleInputs,
    yukawas: Yukawas,
    y2: float,
    m_bar: float,
    d: float,
    m_squark: float,
    m_gut: float,
    state: FloatArray,
    scratch: FloatArray,
) -> tuple[float, SoftMasses]:
    """Run up to the GUT scale and the soft masses back to m_bar.

    Boundary conditions at `m_gut`: ``m2_Hu = m2_Hd = -m_bar^2``, squarks `m_squark`^2, all sleptons d^2.

    `yukawas` and y2 > 0, the square of a light lepton's coupling, are those at m_bar; masses and scales are in GeV, and
    `state`, (14,), and `scratch`, (5, 14), are workspace. Returned are the scale (GeV) at which a Yukawa coupling has a
    Landau pole, infinity if it is not below `m_gut`, and the soft masses at m_bar, NaN if there is a pole.
    """
    gauge = sm_gauge_couplings(inputs, math.log(m_bar / inputs.m_Z))
    span = math.log(m_gut / m_bar)
    fill(state, (yukawas.t, yukawas.b, yukawas.tau, y2))
    pole = _integrate(0.0, span, gauge, state, COUPLINGS, scratch)
    if pole != math.inf:
        nan = math.nan
        return m_bar * math.exp(pole), SoftMasses(nan, nan, nan, nan, nan, nan, nan, nan, nan)
    state[M2_HU : M2_HD + 1] = -m_bar * m_bar
    state[M2_Q3 : M2_D3 + 1] = m_squark * m_squark
    state[M2_L3 : M2_E3 + 1] = d * d
    state[SHIFT_L : SHIFT_E + 1] = 0.0
    state[D2] = d * d
    _integrate(span, 0.0, gauge, state, STATE_SIZE, scratch)
    state[SHIFT_L : SHIFT_E + 1] /= y2
    return math.inf, SoftMasses(*first(state[M2_HU:], 9))
