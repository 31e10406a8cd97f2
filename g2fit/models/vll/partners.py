"""Inputs of the kernels: the parameters of one generation of partners, the constants and the switches."""

from math import inf, log, nan
from typing import Any, NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import Constants
from g2fit.models.edm import dimensionless_edm

__all__ = ["REASONS", "VALID", "Partners", "Setting", "check", "make_setting", "read"]

#: Text of each reason code; the codes below are its indices.
REASONS = (
    "valid",
    "a parameter is not finite",
    "a mass or the cut-off is not positive",
    "the doublet is not heavier than its lepton",
    "a prediction is out of the range of floating-point numbers",
)
VALID = 0
NOT_FINITE = 1
NOT_POSITIVE = 2
TOO_LIGHT = 3
OUT_OF_RANGE = 4


class Setting(NamedTuple):
    """Arguments of the kernels that are the same for all points: constants (masses in GeV) and switches."""

    m_W: float
    m_Z: float
    m_h: float
    log_W2: float  # of m_W^2 in GeV^2
    log_Z2: float
    log_h2: float
    v: float
    y_t: float
    s2: float  # on-shell weak mixing angle, in the loops
    s2_eff: float  # effective weak mixing angle
    alpha: float  # MSbar at m_Z
    V_ud: float
    R_tau_SM: float
    d_e_max: float  # bound on 2 m_e |d_e|/e
    gf_shift: bool
    oblique: bool
    Lambda: float = nan  # GeV; NaN if it is a parameter
    Y_Vp: bool = False  # whether Y_V' is a parameter (otherwise 0)
    top_loop: bool = False
    exact_couplings: bool = True
    linear_tau: bool = False
    higgs_loop: bool = False
    run_to: float = 0.0  # GeV; 0 where couplings do not run


def make_setting(
    c: Constants, *, R_tau_SM: float, d_e_max: float, gf_shift: bool, oblique: bool, **switches: Any
) -> Setting:
    """Return the arguments that are the same for all points; `d_e_max` is in e cm, `switches` are further fields."""
    return Setting(
        m_W=c.m_W,
        m_Z=c.m_Z,
        m_h=c.m_h,
        log_W2=2.0 * log(c.m_W),
        log_Z2=2.0 * log(c.m_Z),
        log_h2=2.0 * log(c.m_h),
        v=c.v,
        y_t=c.y_t,
        s2=c.s2_on_shell,
        s2_eff=c.s2_eff,
        alpha=c.alpha_mZ_msbar,
        V_ud=c.V_ud,
        R_tau_SM=R_tau_SM,
        d_e_max=dimensionless_edm(d_e_max, c.m_e),
        gf_shift=gf_shift,
        oblique=oblique,
        **switches,
    )


class Partners(NamedTuple):
    """Parameters of one generation, and the mass of its lepton; masses in GeV."""

    m_L: float
    m_S: float
    Y_L: float
    Y_R: float
    Y_V: float
    Y_Vp: float
    Lambda: float
    m_l: float


@scalar
def read(point: FloatArray, g: int, m_l: float, setting: Setting) -> Partners:
    """Return the parameters of generation number `g`, whose lepton has the mass `m_l`, at a point."""
    i = g * (6 if setting.Y_Vp else 5)
    Y_Vp = point[i + 5] if setting.Y_Vp else 0.0
    Lambda = setting.Lambda if setting.Lambda == setting.Lambda else point[-1]
    return Partners(point[i], point[i + 1], point[i + 2], point[i + 3], point[i + 4], Y_Vp, Lambda, m_l)


@scalar
def check(p: Partners) -> int:
    """Return the reason code of the parameters of one generation, the index of one of `REASONS`."""
    masses = abs(p.m_L) < inf and abs(p.m_S) < inf and abs(p.Lambda) < inf
    yukawas = abs(p.Y_L) < inf and abs(p.Y_R) < inf and abs(p.Y_V) < inf and abs(p.Y_Vp) < inf
    if not (masses and yukawas):
        return NOT_FINITE
    if p.m_L <= 0.0 or p.m_S <= 0.0 or p.Lambda <= 0.0:
        return NOT_POSITIVE
    return VALID if p.m_L > p.m_l else TOO_LIGHT
