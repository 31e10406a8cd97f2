"""The complete two-loop moment of a lepton, and the uncertainty that is left."""

import math
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.mssm.rows import Parts
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton
from g2fit.models.mssm.two_loop.barr_zee import BarrZee
from g2fit.models.mssm.two_loop.logarithms import (
    LightLogs,
    bino_shift,
    coupling_shifts,
    fermion_sfermion,
    log_susy_scale,
    mass_insertion,
)
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting

__all__ = ["Logarithms", "complete_moment", "fermion_sfermion_logarithms", "gm2calc_uncertainty"]

#: Uncertainty of a_mu at two loops, without Barr-Zee diagrams (GM2Calc, 1510.08071 eq. 4).
GM2CALC_CONSTANT = 2.3e-10
#: Part of the Barr-Zee diagrams that GM2Calc takes for those that it does not compute.
GM2CALC_BARR_ZEE = 0.3
#: Relative uncertainty of a loop with its leading two-loop logarithms.
RELATIVE = 0.03


class Logarithms(NamedTuple):
    """a_l (1 + Delta_l) of the fermion/sfermion loops, and the relative change of the bino's coupling squared."""

    moment: float
    bino: float


@scalar
def fermion_sfermion_logarithms(
    lepton: Lepton,
    electroweakinos: Electroweakinos,
    couplings: Couplings,
    m2_nu: float,
    light: LightLogs,
    setting: TwoLoopSetting,
) -> Logarithms:
    """Fermion/sfermion loops of a lepton, see `logarithms`; infinite or NaN if m_S is zero."""
    log_S = log_susy_scale(lepton, electroweakinos, setting.bino_scale)
    shifts = coupling_shifts(log_S, light, electroweakinos.tan_beta, couplings, setting)
    pieces = mass_insertion(lepton, electroweakinos, couplings, m2_nu)
    return Logarithms(
        fermion_sfermion(pieces, shifts, couplings, setting.on_shell), bino_shift(shifts, couplings, setting.on_shell)
    )


@scalar
def gm2calc_uncertainty(mass_ratio: float, barr_zee: BarrZee) -> float:
    """Uncertainty of a two-loop moment after GM2Calc (1510.08071 eq. 4); `mass_ratio` is m_l/m_mu.

    ``2.3e-10 + 0.3 (|a_sfermions| + |a_charginos|)`` for the muon; the constant scales with m_l^2.

    >>> f"{gm2calc_uncertainty(1.0, BarrZee(5.50048079e-12, 9.91763336e-13)):.6e}"
    '2.319477e-10'
    """
    return GM2CALC_CONSTANT * mass_ratio**2 + GM2CALC_BARR_ZEE * (abs(barr_zee.charginos) + abs(barr_zee.sfermions))


@scalar
def complete_moment(
    one_loop: float,
    photonic: float,
    Delta: float,
    logarithms: Logarithms,
    barr_zee: BarrZee,
    mass_ratio: float,
    delta_logarithms: bool,
) -> Parts:
    """Parts of one and two loops; `barr_zee` are moments, `mass_ratio` is m_l/m_mu.

    The logarithms change the bino's coupling squared by 1 + x. With `delta_logarithms` they do so in Delta_l, too, so
    that y_l, to which all parts are proportional, changes by (1 + Delta)/[1 + Delta (1 + x)]: near Delta = -1 that is a
    large factor, and for Delta << -1 it undoes the change of the moment. It is counted with the fermion/sfermion part.

    The relative uncertainty is 3 per cent of the moment. With `delta_logarithms`, 3 per cent of Delta are independent
    of it, which change the moment by Delta/(1 + Delta) times as much.
    """
    two_loops = barr_zee.charginos + barr_zee.sfermions
    logarithmic = logarithms.moment / (1.0 + Delta)
    error = 1.0
    if delta_logarithms:
        corrected = Delta * (1.0 + logarithms.bino)
        rest = one_loop + photonic + two_loops
        logarithmic = (rest + logarithmic) * (1.0 + Delta) / (1.0 + corrected) - rest
        error = math.hypot(1.0, corrected / (1.0 + corrected))
    total = one_loop + photonic + logarithmic + two_loops
    return Parts(
        one_loop,
        photonic,
        logarithmic,
        two_loops,
        gm2calc_uncertainty(mass_ratio, barr_zee),
        RELATIVE * abs(total) * error,
    )
