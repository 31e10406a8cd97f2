"""What the two-loop part needs besides the point: squarks, staus, Higgs bosons, and constants of the Standard Model."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from g2fit.core.errors import ModelError, nearest
from g2fit.models.mssm.spectrum import Couplings

__all__ = ["MASSES", "TRILINEARS", "HeavySector", "TwoLoopSetting", "heavy_sector"]

#: Soft masses of squarks (Q, U, D, by generation) and staus, and the mass of the pseudoscalar Higgs boson.
MASSES = (*(f"m_{field}{generation}" for field in "QUD" for generation in (1, 2, 3)), "m_L3", "m_E3", "m_A")
#: Trilinear couplings of stops, sbottoms and staus, in units of their Yukawa couplings.
TRILINEARS = ("A_t", "A_b", "A_tau")


class HeavySector(NamedTuple):
    """Particles that the one-loop moments do not contain.

    Soft masses of the third generation and trilinear couplings in GeV; logarithms of masses in GeV. `log_g1` is
    ``sum_i [4/3 ln U_i + 1/3 ln D_i + 1/6 ln Q_i] + ln E_3 + 1/2 ln L_3``, `log_g2` is
    ``sum_i 3/2 ln Q_i + 1/2 ln L_3``, sums over three generations. `delta_b`, `delta_tau` are the threshold corrections
    of the Yukawa couplings of bottom and tau.
    """

    log_g1: float
    log_g2: float
    log_Q: float
    log_U: float
    log_D: float
    log_L: float
    log_E: float
    m_Q: float
    m_U: float
    m_D: float
    m_L: float
    m_E: float
    m_A: float
    A_t: float
    A_b: float
    A_tau: float
    delta_b: float
    delta_tau: float


class TwoLoopSetting(NamedTuple):
    """Constants and choices of the two-loop part.

    Masses in GeV (`m_b` at m_Z); `on_shell` are the couplings for which the constants of the logarithms hold; `scale`
    is where tan(beta) and the other parameters are defined, NaN if not given; with `bino_scale` m_S is the smallest of
    |M1|, mL and mR only; with `delta_logarithms` the logarithms correct Delta_l, too.
    """

    heavy: HeavySector
    on_shell: Couplings
    e2: float  # 4 pi alpha(m_Z)
    m_W: float
    m_Z: float
    m_t: float
    m_b: float
    m_tau: float
    scale: float
    bino_scale: bool
    delta_logarithms: bool
    barr_zee: bool


def heavy_sector(
    heavy_scale: float, given: Mapping[str, float], delta_b: float = 0.0, delta_tau: float = 0.0
) -> HeavySector:
    """Heavy particles with one mass, but for those that are given by their names in `MASSES` and `TRILINEARS`.

    Raises
    ------
    ModelError
        For an unknown name, a mass that is not positive, or a threshold correction of -1.

    >>> heavy_sector(5e4, {"m_A": 1e3}).m_A
    1000.0
    """
    known = (*MASSES, *TRILINEARS)
    for name, value in given.items():
        if name not in known:
            raise ModelError(f"option 'heavy': unknown name {name!r}; {nearest(name, known)}")
        if not math.isfinite(value) or (name in MASSES and value <= 0.0):
            kind = "a positive mass in GeV" if name in MASSES else "a finite number of GeV"
            raise ModelError(f"option 'heavy': {name} = {value!r} is not {kind}")
    for name, value in (("delta_b", delta_b), ("delta_tau", delta_tau)):
        if value == -1.0:
            raise ModelError(f"option {name!r} = {value}: 1 + {name} divides a Yukawa coupling and must not be zero")
    m = {name: float(given.get(name, heavy_scale)) for name in MASSES}
    log = {name: math.log(value) for name, value in m.items()}
    log_g1 = sum(4 / 3 * log[f"m_U{i}"] + 1 / 3 * log[f"m_D{i}"] + 1 / 6 * log[f"m_Q{i}"] for i in (1, 2, 3))
    return HeavySector(
        log_g1=log_g1 + log["m_E3"] + 0.5 * log["m_L3"],
        log_g2=sum(1.5 * log[f"m_Q{i}"] for i in (1, 2, 3)) + 0.5 * log["m_L3"],
        **{f"log_{field}": log[f"m_{field}3"] for field in "QUDLE"},
        **{f"m_{field}": m[f"m_{field}3"] for field in "QUDLE"},
        m_A=m["m_A"],
        **{name: float(given.get(name, 0.0)) for name in TRILINEARS},
        delta_b=delta_b,
        delta_tau=delta_tau,
    )
