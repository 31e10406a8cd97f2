"""Constants of nature: the Standard Model inputs of the calculations, each with its source."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import pi
from typing import Any

from g2fit.core.errors import ModelError, nearest

__all__ = ["HBAR_C", "LOOP_FACTOR", "PRESETS", "Constants", "get_constants"]

#: Factor of one loop, 1/(16 pi^2).
LOOP_FACTOR = 1.0 / (16.0 * pi * pi)
#: Reduced Planck constant times the speed of light, GeV cm; exact in the SI of 2019.
HBAR_C = 1.973269804593025e-14


@dataclass(frozen=True)
class Constants:
    """Standard Model inputs: masses in GeV, and couplings at the scale that their name says.

    By default masses and alpha are those of the Review of Particle Physics 2026, gauge couplings are MSbar at m_Z, and
    the vacuum expectation value is v = 174.1 GeV, not 246 GeV (1906.08768 has 174 GeV).

    >>> Constants().m_mu
    0.1056583755
    """

    m_e: float = 0.00051099895069  # CODATA 2022, as in PDG 2026
    m_mu: float = 0.1056583755  # CODATA 2022, as in PDG 2026
    m_tau: float = 1.77693247  # PDG 2026
    m_W: float = 80.3625  # PDG 2026
    m_Z: float = 91.18787  # PDG 2026
    m_h: float = 125.131  # PDG 2026
    m_t: float = 172.6  # pole mass from cross sections and kinematics, PDG 2026
    v: float = 174.1  # <H>, 1/sqrt(2 sqrt(2) G_F); 1906.08768 has 174
    alpha_0: float = 0.0072973525643  # CODATA 2022
    alpha_mZ: float = 0.007755196904451602  # 1/128.945791, on-shell, as in GM2Calc 2.3.1
    g_Y: float = 0.3574  # MSbar at m_Z
    g_2: float = 0.652  # MSbar at m_Z
    y_t: float = 163.0 / 174.0  # top Yukawa at m_t: m_t(m_t) = 163 GeV over 174 GeV (2106.01373)
    s2_eff: float = 0.2312  # sine squared of the effective weak mixing angle, in the electroweak fit of 2103.12074
    V_ud: float = 0.97367  # superallowed beta decays, PDG 2026
    # MSbar at m_Z: initial values of the running to the GUT scale
    alpha_mZ_msbar: float = 1.0 / 127.95
    s2_mZ: float = 0.2312
    alpha_s: float = 0.1181
    m_t_mZ: float = 171.7
    m_b_mZ: float = 2.85
    m_tau_mZ: float = 1.74624

    @property
    def s2_on_shell(self) -> float:
        """Sine squared of the on-shell weak mixing angle, 1 - m_W^2/m_Z^2."""
        return 1.0 - (self.m_W / self.m_Z) ** 2


#: Sets of constants by name; `paper_2021` are those of 2106.01373. `paper_2019` has the masses of GM2Calc 2.3.1, with
#: which 1906.08768, which names none, is reproduced.
PRESETS: dict[str, Constants] = {
    "pdg_2026": Constants(),
    "paper_2019": Constants(m_e=0.000510998928, m_mu=0.1056583715, m_W=80.385, m_Z=91.1876),
    "paper_2021": Constants(
        m_e=0.00051099895, m_mu=0.1056583745, m_W=80.379, m_Z=91.1876, m_h=125.1, v=174.0, y_t=163.0 / 174.0
    ),
}


def get_constants(preset: str | Mapping[str, Any] = "pdg_2026", **changes: Any) -> Constants:
    """Return one of `PRESETS` by its name, or by a mapping of constants to change, key ``"preset"`` being that name.

    >>> get_constants("paper_2021").v
    174.0
    >>> get_constants({"v": 174.0}).m_W == get_constants(v=174.0).m_W == Constants().m_W
    True
    """
    if isinstance(preset, Mapping):
        return get_constants(**{**preset, **changes})
    if preset not in PRESETS:
        raise ModelError(f"unknown set of constants {preset!r}; {nearest(preset, PRESETS)}")
    known = [field.name for field in fields(Constants)]
    for name, value in changes.items():
        if name not in known:
            raise ModelError(f"unknown constant {name!r}; {nearest(name, known)}")
        if isinstance(value, str):
            raise ModelError(f"constant {name!r} = {value!r} is not a number")
        if not (math.isfinite(value) and value > 0.0):
            raise ModelError(f"constant {name!r} = {value!r} must be a positive number")
    chosen = replace(PRESETS[preset], **changes)
    if not chosen.m_W < chosen.m_Z:
        raise ModelError(f"constant 'm_W' = {chosen.m_W:g} must be smaller than 'm_Z' = {chosen.m_Z:g}")
    return chosen
