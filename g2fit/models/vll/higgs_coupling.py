"""Mass of a lepton and its coupling to the Higgs boson at one loop, where the radiative mass can exceed the mass.

The tree-level Yukawa coupling y and the radiative mass of eq (4) of 2106.01373 add up to the lepton mass. Only y is
proportional to the Higgs field; the radiative mass also contains its third and higher powers. Where the two nearly
cancel, this changes the coupling kappa = (v/m) dm/dv of the Higgs boson, in units of m/v (low-energy theorem: a Higgs
boson at rest is a change of v). The rate of h -> l l is proportional to kappa^2.

The loop of the W boson and its Goldstone boson with the neutral states of squared masses m1^2, m2^2 flips chirality by

    dm(v) = -cos_R P Y_h v/(16 pi^2) int_0^{Lambda^2} du u/[(u + m1^2)(u + m2^2)] (u + 4 m_W^2)/(u + m_W^2),

with P = Y_L Y_R and Y_h = Y_V m_S/m_L + Y_V', which holds for all v/M: eq (4) with the physical masses, and a gauge
term. As m1^2 and m2^2 depend on v,

    kappa = cos_R^2 - cos_R P v/(16 pi^2 m) {Y_h [v dL4/dv + (6 m_W^2 - m_h^2) I0]
                                             + m_h^2/2 (Y_V' I2 - Y_V m_S m_L I1)},

where L4 is the logarithm of eq (4), m the lepton mass, and I0, I1, I2 are the `integrals` over the two states. The
terms in m_h^2 come from the coupling of the Higgs boson to two Goldstone bosons, and from its momentum squared
q^2 = m_h^2 where it couples to the neutral states. Neither the cut-off nor y is left in kappa.

This is complete at one loop and order v^2/M^2 in what is proportional to the radiative mass, and holds to all orders in
Y v/M where m_W and m_h can be neglected. Loops proportional to y instead are left out, of order 0.01 t_R |dm/m|, and so
is the imaginary part of kappa where h -> nu N is open (m1 < m_h).
"""

from math import log

from g2fit.core.jit import scalar
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.vll.leading_order import effective_yukawa
from g2fit.models.vll.mixing import Charged, Neutral
from g2fit.models.vll.oblique import Logs, pair
from g2fit.models.vll.partners import Partners

__all__ = ["higgs_coupling", "integrals", "logarithm_slope", "radiative_mass"]


@scalar
def integrals(a: float, b: float, log_a: float, log_b: float) -> tuple[float, float, float]:
    """Integrals of 1/q, u/q^2 and u^2/q^2 over u from 0 to infinity, with q = (u + a)(u + b).

    The arguments are two squared masses (> 0, in any unit) and their logarithms. With s = a + b and L, r as in
    `g2fit.models.vll.oblique` the integrals are 2 L/s, 2 r/s^2 and (L - r)/s, also for a = b.

    >>> from math import log
    >>> [round(value, 12) for value in integrals(2.0, 2.0, log(2.0), log(2.0))]
    [0.5, 0.041666666667, 0.166666666667]
    >>> [round(value, 12) for value in integrals(1.0, 4.0, 0.0, log(4.0))]
    [0.462098120373, 0.034498955763, 0.144801670779]
    """
    loops = pair(a, b, log_a, log_b)
    inverse = 1.0 / (a + b)
    I0, I2 = (2.0 + 0.5 * loops.minus) * inverse, 2.0 * loops.K
    return I0, (I0 - 2.0 * I2) * inverse, I2


@scalar
def logarithm_slope(p: Partners, I1: float, I2: float, v: float) -> float:
    """Return v dL4/dv, with L4 the logarithm of eq (4) of 2106.01373 at the physical masses of the neutral states.

    L4 depends on them by the trace and the determinant of A = M^T M, see `g2fit.models.vll.mixing`:
    dL4 = -I2 d(trace) - I1 d(determinant).

    >>> from math import log
    >>> from g2fit.models.vll.mixing import neutral_mixing
    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> states = neutral_mixing(p, 174.0)
    >>> _, I1, I2 = integrals(states.m1_2, states.m2_2, log(states.m1_2), log(states.m2_2))
    >>> round(logarithm_slope(p, I1, I2, 174.0), 12)
    -0.020542224063
    """
    l, V, Vp = p.Y_L * v, p.Y_V * v, p.Y_Vp * v
    l2, V2 = l * l, V * V
    trace = 2.0 * (l2 + V2 + Vp * Vp)
    determinant = 2.0 * l2 * (p.m_L * p.m_L + 2.0 * V2) - 4.0 * V * Vp * (p.m_L * p.m_S - V * Vp)
    return -I2 * trace - I1 * determinant


@scalar
def radiative_mass(p: Partners, charged: Charged, neutral: Neutral, logs: Logs, m_W: float, v: float) -> float:
    """Radiative lepton mass in GeV with the physical masses of the neutral states, at order m_W^2/M^2.

    To first order in v it is v times `g2fit.models.vll.leading_order.delta_yukawa`, eq (4) of 2106.01373. The momentum
    in the loop is cut off at Lambda; in the MSbar scheme at the scale Lambda the logarithm is larger by 1.

    >>> from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
    >>> from g2fit.models.vll.oblique import logarithms
    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> charged, neutral = charged_mixing(p, 174.0), neutral_mixing(p, 174.0)
    >>> round(radiative_mass(p, charged, neutral, logarithms(charged, neutral, 0.0), 80.379, 174.0), 12)
    -1.178058051443
    """
    I0, _, _ = integrals(neutral.m1_2, neutral.m2_2, logs.N1, logs.N2)
    L4 = 2.0 * log(p.Lambda) - logs.N2 - neutral.m1_2 * I0
    scale = -charged.cos_R * p.Y_L * p.Y_R * v * LOOP_FACTOR
    return scale * effective_yukawa(p.Y_V, p.Y_Vp, p.m_S, p.m_L) * (L4 + 3.0 * m_W * m_W * I0)


@scalar
def higgs_coupling(
    p: Partners, charged: Charged, neutral: Neutral, logs: Logs, m_W: float, m_h: float, v: float
) -> float:
    """Coupling kappa of the Higgs boson to the lepton in units of m/v at one loop; cos_R^2 at tree level.

    To order v^2/M^2 and for m_S = m_L = M,
    kappa - 1 = -t_R - P v/(16 pi^2 m M^2) {(Y_V + Y_V') [6 m_W^2 - m_h^2 - v^2 (Y_L^2 + 2/3 (Y_V^2 + Y_V'^2 - Y_V
    Y_V'))] + m_h^2 (2 Y_V' - Y_V)/12}.

    >>> from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
    >>> from g2fit.models.vll.oblique import logarithms
    >>> p = Partners(m_L=700.0, m_S=500.0, Y_L=0.1, Y_R=0.1, Y_V=3.0, Y_Vp=2.0, Lambda=1e5, m_l=0.1056583745)
    >>> charged, neutral = charged_mixing(p, 174.0), neutral_mixing(p, 174.0)
    >>> round(higgs_coupling(p, charged, neutral, logarithms(charged, neutral, 0.0), 80.379, 125.1, 174.0), 12)
    1.149446576755
    """
    I0, I1, I2 = integrals(neutral.m1_2, neutral.m2_2, logs.N1, logs.N2)
    Y_h = effective_yukawa(p.Y_V, p.Y_Vp, p.m_S, p.m_L)
    h2 = m_h * m_h
    at_rest = Y_h * (logarithm_slope(p, I1, I2, v) + (6.0 * m_W * m_W - h2) * I0)
    momentum = 0.5 * h2 * (p.Y_Vp * I2 - p.Y_V * p.m_S * p.m_L * I1)
    loop = p.Y_L * p.Y_R * v * LOOP_FACTOR / p.m_l * (at_rest + momentum)
    return charged.cos_R * (charged.cos_R - loop)
