"""Effects of the mixing and of S, T, U on electroweak couplings, lepton universality and the electron's EDM."""

from math import sqrt

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.edm import largest_edm_phase
from g2fit.models.vll import predictions as at
from g2fit.models.vll.leading_order import tau_ratio

__all__ = [
    "fermi_shift",
    "fermi_shift_ratio",
    "fill_coupling_shifts",
    "fill_universality",
    "width_ratio",
]


@scalar
def width_ratio(t_L: float) -> float:
    """Width of W -> l nu relative to the Standard Model: the doublet component of nu_l, 1/(1 + t_L).

    This is exact in t_L if the doublet partner does not mix with the singlet (Y_V = 0); to first order it is the
    factor 1 - t_L of eq (18) of 2106.01373.

    >>> width_ratio(0.25)
    0.8
    """
    return 1.0 / (1.0 + t_L)


@scalar
def fermi_shift(dgL_W_e: float, dgL_W_mu: float) -> float:
    """Return k = -(dgL_W_e + dgL_W_mu)/2, half the relative shift of the Fermi constant of muon decay.

    With eq (16) of 2106.01373 it is (t_L^e + t_L^mu)/4. In the input scheme (alpha, G_mu, m_Z) a shift of the Fermi
    constant moves every coupling, see `fermi_shift_ratio`.

    >>> fermi_shift(0.0, -0.5)
    0.25
    """
    return -0.5 * (dgL_W_e + dgL_W_mu)


@scalar
def fermi_shift_ratio(s2: float) -> float:
    """Return r = s2/(1 - 2 s2): how strongly the response of a coupling to the Fermi constant depends on the charge.

    The true constant is G_mu (1 + 2 k). At fixed alpha and m_Z, s2 (1 - s2) ~ 1/G moves s2 by
    -2 k s2 (1 - s2)/(1 - 2 s2), and the overall Z coupling ~ sqrt(G) moves by k. Hence each Z coupling T3 - Q s2 moves
    by k (T3 + Q r), the W mass by the fraction k r, and each W coupling ~ sqrt(G) m_W by k (1 + r).

    >>> round(fermi_shift_ratio(0.2312), 5)
    0.43006
    """
    return s2 / (1.0 - 2.0 * s2)


@scalar
def ckm_row_1(width_mu: float, V_ud: float) -> float:
    """|V_ud|^2 + |V_us|^2 + |V_ub|^2 as beta and kaon decays measure it, for a unitary matrix.

    Beta decay measures G_F V_ud relative to the Fermi constant of muon decay, in which the electron's W width cancels:
    |V_ud|^2 appears larger by the inverse of the muon's width `width_mu` (relative to the Standard Model). The same
    factor on |V_us|^2 from K -> pi e nu is left out, which changes the sum by about a twentieth of its shift.

    >>> round(ckm_row_1(1.0 / 1.001, 0.97367), 12)
    1.000948033269
    """
    return 1.0 + V_ud * V_ud * (1.0 / width_mu - 1.0)


@scalar
def oblique_shifts(S: float, T: float, U: float, alpha: float, s2: float) -> tuple[float, float, float]:
    """Effect of the oblique parameters on couplings and W mass, at fixed alpha, G_mu and m_Z.

    Returned are alpha T/2, the factor of T3 + Q r (`fermi_shift_ratio`) in every Z coupling; alpha S/[4 (c^2 - s^2)],
    the factor of -Q in it; and the relative shift of m_W, which is also that of every W coupling:
    (alpha T/2)(1 + r) - alpha S/[4 (c^2 - s^2)] + alpha U/(8 s^2).

    >>> [round(x, 8) for x in oblique_shifts(0.1, 0.1, 0.0, 1.0 / 127.95, 0.2312)]
    [0.00039078, 0.00036345, 0.00019539]
    """
    half_T, quarter_S = 0.5 * alpha * T, 0.25 * alpha * S / (1.0 - 2.0 * s2)
    return half_T, quarter_S, half_T * (1.0 + fermi_shift_ratio(s2)) - quarter_S + 0.125 * alpha * U / s2


@scalar
def fill_universality(values: FloatArray, R_tau_SM: float, linear_tau: bool, d_e_max: float, V_ud: float) -> None:
    """Fill the tests of lepton universality, computed from the W widths of the three leptons.

    Rates are proportional to products of two widths: tau -> l nu nu to those of tau and l, mu -> e nu nu to those of
    mu and e, beta decay to that of e and V_ud^2. The Fermi constant of muon decay contains the factor sqrt(w_e w_mu).
    With `linear_tau` the ratio of tau decays is that of eq (18), `tau_ratio`.
    """
    w_e, w_mu, w_tau = values[at.ELECTRON + at.WIDTH], values[at.MUON + at.WIDTH], values[at.TAU + at.WIDTH]
    inverse_e, inverse_mu = 1.0 / w_e, 1.0 / w_mu
    mu_e, tau_e, tau_mu = w_mu * inverse_e, w_tau * inverse_e, w_tau * inverse_mu
    g_mu_e, g_tau_mu = sqrt(mu_e), sqrt(tau_mu)
    values[at.R_TAU] = tau_ratio(values[at.MUON + at.T_L], R_tau_SM) if linear_tau else R_tau_SM * mu_e
    values[at.G_TAU_MU] = g_tau_mu
    values[at.G_TAU_E] = g_tau_mu * g_mu_e
    values[at.G_MU_E] = g_mu_e
    values[at.R_W_MU_E] = mu_e
    values[at.R_W_TAU_E] = tau_e
    values[at.R_W_TAU_MU] = tau_mu
    values[at.V_UD] = sqrt(inverse_mu)
    values[at.CKM_ROW_1] = ckm_row_1(w_mu, V_ud)
    values[at.G_MU] = sqrt(w_e * w_mu)
    values[at.PHASE_E] = largest_edm_phase(values[at.ELECTRON + at.DELTA_A], d_e_max)


@scalar
def fill_coupling_shifts(values: FloatArray, gf_shift: bool, oblique: bool, alpha: float, s2: float) -> None:
    """Add the effects of the shifted Fermi constant and of S, T, U to all couplings and the W mass."""
    k, S, r = 0.0, 0.0, fermi_shift_ratio(s2)
    if gf_shift:
        k = fermi_shift(values[at.ELECTRON + at.DGL_W], values[at.MUON + at.DGL_W])
    W, m_W = k * (1.0 + r), k * r
    if oblique:
        T, S, both = oblique_shifts(values[at.S], values[at.T], values[at.U], alpha, s2)
        k, W, m_W = k + T, W + both, m_W + both
    for base in (at.ELECTRON, at.MUON, at.TAU):
        values[base + at.DGL_W] += W
        values[base + at.DGL_ZNU] += 0.5 * k
        values[base + at.DGL_Z] += k * (-0.5 - r) + S
        values[base + at.DGR_Z] += -k * r + S
    charge = k * r - S
    values[at.DGL_Z_UP] = 0.5 * k + 2.0 / 3.0 * charge
    values[at.DGR_Z_UP] = 2.0 / 3.0 * charge
    values[at.DGL_Z_DOWN] = -0.5 * k - 1.0 / 3.0 * charge
    values[at.DGR_Z_DOWN] = -1.0 / 3.0 * charge
    values[at.DM_W] = m_W
