"""One-loop Delta a_l with exact mixing: W, Z and Higgs loops of the mass eigenstates, minus the Standard Model.

General one-loop formulas of Leveille, Nucl. Phys. B 137 (1978) 63, at leading order in m_l^2/M^2:

    W: -m/(16 pi^2 m_W^2) sum_i [m (gL^2 + gR^2) F_W(x_i) + m_i gL gR G_W(x_i)]       neutral states, x_i = m_i^2/m_W^2
    Z: -m/( 8 pi^2 m_Z^2) sum_j [m (gL^2 + gR^2) F_Z(x_j) + m_j gL gR G_Z(x_j)]       charged states
    h: -m/(32 pi^2 m_h^2) sum_j [m (lam_lj^2 + lam_jl^2) F_h(x_j) + m_j lam_lj lam_jl G_h(x_j)]

    F_W = -5/3 + x q(x),  G_W = 1 + 6 k(x),  F_Z = (5 + 6 q(x))/12,  G_Z(0) = -2        (k, q of the module `loops`)

Masses and the vacuum expectation value v = 174 GeV are in GeV; s2 is the on-shell weak mixing angle. The Yukawa
coupling y is the one that gives the lepton mass at tree level. The physical mass contains the correction of eq (4) of
2106.01373, by which the even part is uncertain: by about 1 % of Delta a_mu at m_S = m_L = 650 GeV and 8 % at 1000 GeV.
This is the size of the neglected two-loop effects.
"""

from math import log

from g2fit.core.jit import inlined, scalar
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.vll.loops import f_tilde, higgs_F, higgs_G, k, k_over_one_minus_x, q_pair
from g2fit.models.vll.mixing import Charged, Neutral
from g2fit.models.vll.partners import Partners

__all__ = [
    "delta_a_W",
    "delta_a_Z",
    "delta_a_even",
    "delta_a_flip_closed",
    "delta_a_h",
    "light_higgs_loop",
]


@scalar
def delta_a_flip_closed(p: Partners, sin_R: float, f_tilde: float, m_W: float) -> float:
    """Chirality-flipping W loop to all orders in v/M, without the mixing of left-handed charged leptons.

    It is eq (12) of 2106.01373 with the sine of the mixing angle in place of Y_R v/m_L, and with the physical masses
    of the neutral states in F.

    f_tilde is `g2fit.models.vll.loops.f_tilde` at the squared masses of the heavy neutral states over m_W^2.

    >>> from math import log
    >>> from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> charged, neutral = charged_mixing(p, 174.0), neutral_mixing(p, 174.0)
    >>> x, y = neutral.m1_2 / 80.379**2, neutral.m2_2 / 80.379**2
    >>> round(delta_a_flip_closed(p, charged.sin_R, f_tilde(x, y, log(x), log(y)), 80.379) * 1e9, 9)
    1.35467023
    """
    return 6.0 * LOOP_FACTOR * (p.m_l / (m_W * m_W)) * p.Y_L * (p.Y_Vp * p.m_L + p.Y_V * p.m_S) * sin_R * f_tilde


@scalar
def delta_a_even(p: Partners, s2: float) -> float:
    """Chirality-conserving W, Z and Higgs loops at leading order in v/M: even in the couplings, and of order 1/M^2.

    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> round(delta_a_even(p, 1 - (80.379 / 91.1876) ** 2) * 1e11, 9)
    1.211548186
    """
    a, b = p.Y_L / p.m_S, p.Y_R / p.m_L
    return p.m_l * p.m_l * LOOP_FACTOR * ((11.0 / 6.0 - 4.0 / 3.0 * s2) * b * b - a * a)


@inlined
def delta_a_W(
    p: Partners, charged: Charged, neutral: Neutral, log_1: float, log_2: float, m_W: float, v: float
) -> tuple[float, float]:
    """W loops with the three neutral states: the chirality-flipping part, and the conserving one minus the SM.

    `log_1` and `log_2` are the logarithms of the squared masses of the heavy neutral states over m_W^2.
    """
    sR, sL, cL = charged.sin_R, charged.sin_L, charged.cos_L
    W2 = m_W * m_W
    x1, x2 = neutral.m1_2 / W2, neutral.m2_2 / W2
    a_NN, a_SS, a_NS = neutral.A_NN / W2, neutral.A_SS / W2, neutral.A_NS / W2
    k1 = k(x1, log_1)
    k_12 = -f_tilde(x1, x2, log_1, log_2)
    q1, q2 = k_over_one_minus_x(x1, k1), k_over_one_minus_x(x2, k(x2, log_2))
    q_12 = q_pair(x1, x2, q1, q2, -k_12)
    scale = p.m_l / (v / LOOP_FACTOR * v)
    # sum_i m_i U_i V_i G_W = (M G_W(A))_{. N}; the constant of G_W does not contribute to the row of the neutrino.
    slope = 6.0 * k_12
    from_nu = p.Y_L * v * a_NS * slope
    from_N = p.m_L * (1.0 + 6.0 * k1 + (a_NN - x1) * slope) + p.Y_Vp * v * a_NS * slope
    flip = -scale * sR * (cL * from_nu + sL * from_N)
    # Left-handed couplings: unitarity gives that of the massless state; what remains is F_W + 5/3, on w = U M.
    w_N, w_S = -sL * p.m_L, -cL * p.Y_L * v - sL * p.Y_Vp * v
    w_A_w = a_NN * w_N * w_N + 2.0 * a_NS * w_N * w_S + a_SS * w_S * w_S
    left = ((w_N * w_N + w_S * w_S) * (q1 - x1 * q_12) + w_A_w * q_12) / W2
    right = sR * sR * (x1 * q1 - 5.0 / 3.0 + (a_NN - x1) * (q1 + x2 * q_12))
    return flip, -scale * p.m_l * (left + right)


@scalar
def delta_a_Z(charged: Charged, m_l: float, log_x: float, m_Z: float, s2: float, v: float) -> float:
    """Z loops with the two charged states, minus the Standard Model.

    Only the right-handed couplings change, to gR_ll = s2 - sin_R^2/2 and gR_lE = sin_R cos_R/2 in units of the Z
    coupling, because the left-handed parts of both charged states belong to doublets. `log_x` is the logarithm of
    the squared mass of the heavy state over m_Z^2.
    """
    s, c2 = charged.sin_R * charged.sin_R, charged.cos_R * charged.cos_R
    x = charged.m_E2 / (m_Z * m_Z)
    F_E = (5.0 + 6.0 * k_over_one_minus_x(x, k(x, log_x))) / 12.0
    light_square = s * (0.25 * s - s2)  # change of gR_ll^2
    light_product = -0.5 * s * (s2 - 0.5)  # change of gL_ll gR_ll
    change = 2.0 / 3.0 * light_square - 2.0 * light_product + 0.25 * s * c2 * F_E
    return -4.0 * m_l * m_l / (v / LOOP_FACTOR * v) * change


@scalar
def light_higgs_loop(m_l: float, m_h: float) -> float:
    """Return 2 F_h + G_h at x = m_l^2/m_h^2: the Higgs loop with the lepton itself."""
    x = m_l * m_l / (m_h * m_h)
    G = higgs_G(x, log(x))
    return 2.0 * higgs_F(x, G) + G


@scalar
def delta_a_h(charged: Charged, light: float, m_l: float, log_x: float, m_h: float, v: float) -> float:
    """Higgs loops with the two charged states, minus the Standard Model.

    The couplings are lam_ij = (m_i/v) n_i n_j, with n = (cos_R, sin_R); light is `light_higgs_loop` of the lepton,
    and `log_x` the logarithm of the squared mass of the heavy state over m_h^2.
    """
    s, c2 = charged.sin_R * charged.sin_R, charged.cos_R * charged.cos_R
    x = charged.m_E2 / (m_h * m_h)
    G = higgs_G(x, log_x)
    ratio = m_l / m_h
    heavy = c2 * s * ((ratio * ratio + x) * higgs_F(x, G) + x * G)
    return -m_l * m_l / (2.0 * v / LOOP_FACTOR * v) * (heavy - ratio * ratio * s * (1.0 + c2) * light)
