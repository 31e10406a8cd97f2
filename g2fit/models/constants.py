"""Standard Model inputs, each with its source; one explicit object that every calculation takes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from g2fit.core.errors import ModelError, nearest

__all__ = ["HBAR_C", "PRESETS", "Constants", "get_constants"]

#: Conversion of lengths to inverse energies, GeV cm; exact in the SI of 2019.
HBAR_C = 1.973269804593025e-14


@dataclass(frozen=True)
class Constants:
    """Masses in GeV, couplings at the scale of their name.

    The defaults are those of the Review of Particle Physics 2026 (masses, alpha) with the MSbar couplings at m_Z and
    the rounding of the two source papers for the vacuum expectation value (v = 174.1 GeV, not 246).

    >>> Constants().m_mu
    0.1056583755
    """

    m_e: float = 0.00051099895069  # CODATA 2022, as in PDG 2026
    m_mu: float = 0.1056583755  # CODATA 2022, as in PDG 2026
    m_tau: float = 1.77693247  # PDG 2026
    m_W: float = 80.3625  # PDG 2026
    m_Z: float = 91.18787  # PDG 2026
    m_h: float = 125.131  # PDG 2026
    v: float = 174.1  # <H>, 1906.08768 (sqrt(2) m_W / g_2 is 174.1 within its two digits)
    alpha_0: float = 0.0072973525643  # CODATA 2022
    alpha_mZ: float = 0.007755196904451602  # 1/128.945791, on-shell, as in GM2Calc 2.3.1
    g_Y: float = 0.3574  # MSbar at m_Z
    g_2: float = 0.652  # MSbar at m_Z
    y_t: float = 163.0 / 174.0  # top Yukawa at m_t: m_t(m_t) = 163 GeV over 174 GeV (2106.01373)
    s2_eff: float = 0.2312  # effective weak mixing angle, in the electroweak map of 2103.12074
    # Inputs at m_Z (MSbar) of the running from m_Z to the GUT scale
    alpha_mZ_msbar: float = 1.0 / 127.95
    s2_mZ: float = 0.2312
    alpha_s: float = 0.1181
    m_t_mZ: float = 171.7
    m_b_mZ: float = 2.85
    m_tau_mZ: float = 1.74624

    @property
    def s2_on_shell(self) -> float:
        """On-shell weak mixing angle, 1 - m_W^2/m_Z^2."""
        return 1.0 - (self.m_W / self.m_Z) ** 2


#: Named sets. `paper_2021` holds the numbers of 2106.01373, `paper_2019` those of 1906.08768.
PRESETS: dict[str, Constants] = {
    "pdg_2026": Constants(),
    "paper_2019": Constants(m_e=0.000510998928, m_mu=0.1056583715, m_W=80.385, m_Z=91.1876),
    "paper_2021": Constants(
        m_e=0.00051099895, m_mu=0.1056583745, m_W=80.379, m_Z=91.1876, m_h=125.1, v=174.0, y_t=163.0 / 174.0
    ),
}


def get_constants(preset: str = "pdg_2026", **changes: Any) -> Constants:
    """Return a named set of constants, with some of them changed.

    >>> get_constants("paper_2021").v
    174.0
    >>> get_constants(v=174.0).v
    174.0
    """
    if preset not in PRESETS:
        raise ModelError(f"unknown set of constants {preset!r}; {nearest(preset, PRESETS)}")
    known = [field.name for field in fields(Constants)]
    for name in changes:
        if name not in known:
            raise ModelError(f"unknown constant {name!r}; {nearest(name, known)}")
    return replace(PRESETS[preset], **changes)
