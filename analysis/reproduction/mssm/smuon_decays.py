"""Decays of the heavier smuon, which 1906.08768 (sec. 2) expects to go to the lighter one and a Higgs boson."""

from __future__ import annotations

import math
from typing import NamedTuple

from analysis.reproduction.mssm.landmarks import SM
from analysis.reproduction.mssm.printed_tables import CALCULATIONS, inputs_1, inputs_2
from analysis.reproduction.mssm.tables import branch_of
from analysis.reproduction.records import Record, bound
from g2fit.models.constants import get_constants
from g2fit.models.mssm.model import Mssm
from g2fit.models.mssm.spectrum import (
    Couplings,
    Electroweakinos,
    Lepton,
    heavy_direction,
    slepton_masses,
    sleptons_of,
)

__all__ = ["Widths", "heavy_smuon_widths", "smuon_decays"]

#: Smallest branching fraction that is taken as sizable.
SIZABLE = 0.1


class Widths(NamedTuple):
    """Partial widths of the heavier smuon in GeV: lighter smuon with h or Z, sneutrino with W, leptons with winos."""

    h: float
    Z: float
    W: float
    wino: float

    @property
    def fraction_h(self) -> float:
        """Branching fraction to the Higgs boson."""
        return self.h / sum(self)


def _phase_space(m: float, a: float, b: float) -> float:
    """Momentum of the products of mass a and b in the decay of a mass m, times 2/m; 0 if it is closed."""
    if a + b >= m:
        return 0.0
    x, y = (a / m) ** 2, (b / m) ** 2
    return math.sqrt((1.0 - x - y) ** 2 - 4.0 * x * y)


def heavy_smuon_widths(
    lepton: Lepton, electroweakinos: Electroweakinos, couplings: Couplings, y: float, m_h: float = 125.1
) -> Widths:
    """Partial widths at tree level; Higgsinos and the heavy Higgs bosons are too heavy.

    The derivative of the smuon mass matrix with respect to h/sqrt(2) gives the coupling to the Higgs boson. Its part
    from left-right mixing is proportional to cos(2 theta), which vanishes for maximal mixing: then it decays to the Z.

    >>> inputs = Electroweakinos(1500.0, 2000.0, -5e5, 70.0), Couplings(0.3574, 0.652, 174.1), -0.002
    >>> [heavy_smuon_widths(Lepton(0.1057, 700.0, mR, 0.0), *inputs).fraction_h > 0.01 for mR in (700.0, 900.0)]
    [False, True]
    """
    sleptons = sleptons_of(lepton, electroweakinos, couplings)
    m2_1, m2_2 = slepton_masses(y * y, sleptons)
    m_1, m_2, m_nu = math.sqrt(m2_1), math.sqrt(m2_2), math.sqrt(sleptons.m2_nu)
    mixing = y * sleptons.mixing
    c, s = heavy_direction(0.5 * (sleptons.m2_L - sleptons.m2_R), mixing)
    g2, v = couplings.g_2**2, couplings.v
    m_W = math.sqrt(0.5 * g2) * v
    m_Z = math.sqrt(0.5 * (g2 + couplings.g_Y**2)) * v
    D_L, D_R = sleptons.m2_L - lepton.mL**2, sleptons.m2_R - lepton.mR**2
    trilinear = (c * c - s * s) * mixing / (math.sqrt(2.0) * v) + c * s * math.sqrt(2.0) * (D_R - D_L) / v
    factor = 1.0 / (16.0 * math.pi)
    wino = electroweakinos.M2
    return Widths(
        factor * trilinear**2 / m_2 * _phase_space(m_2, m_1, m_h),
        factor * 0.25 * (g2 + couplings.g_Y**2) * (c * s) ** 2 * m_2**3 / m_Z**2 * _phase_space(m_2, m_1, m_Z) ** 3,
        factor * 0.5 * g2 * c * c * m_2**3 / m_W**2 * _phase_space(m_2, m_nu, m_W) ** 3,
        factor * 1.5 * g2 * c * c * m_2 * max(0.0, 1.0 - (wino / m_2) ** 2) ** 2,
    )


def smuon_decays() -> list[Record]:
    """Branching fractions to the Higgs boson at the two points that explain a_mu.

    >>> [record.verdict for record in smuon_decays()]
    ['differs', 'agrees']
    """
    sm = get_constants(SM)
    M1, M2, mu, tan_beta, _, _, mL, mR = (x.value for x in inputs_1("II"))
    y = float(Mssm(vacuum="off", **CALCULATIONS["full"]).predict([x.value for x in inputs_1("II")])["y_mu"][0])
    couplings = Couplings(sm.g_Y, sm.g_2, sm.v)
    first = heavy_smuon_widths(Lepton(sm.m_mu, mL, mR, 0.0), Electroweakinos(M1, M2, mu, tan_beta), couplings, y)
    m_bar, tan_beta, _, M1, M2 = (x.value for x in inputs_2("II"))
    branch = branch_of("II", "mu", "full, g_Y = 0.3575")
    lepton, electroweakinos = (
        Lepton(sm.m_mu, branch["mL"], branch["mR"], 0.0),
        Electroweakinos(M1, M2, -m_bar, tan_beta),
    )
    second = heavy_smuon_widths(lepton, electroweakinos, couplings._replace(g_Y=0.3575), branch["y"])
    notes = {
        "Table 1, II": "m_L = m_R: mixing is maximal and the trilinear coupling is diagonal; it decays to Z instead",
        "Table 2, II": "m_L and m_R differ",
    }
    return [
        bound("sec 2", f"fraction of decays of the heavier smuon to the lighter one and h, {place}", SIZABLE,
              widths.fraction_h, "lower",
              f"the paper: sizable; {notes[place]}; Z {widths.Z / sum(widths):.2g}, total {sum(widths):.2g} GeV")
        for place, widths in (("Table 1, II", first), ("Table 2, II", second))
    ]  # fmt: skip
