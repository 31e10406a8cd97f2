"""Options of the two-loop part."""

import math
from typing import Literal

from pydantic import Field, FiniteFloat, PositiveFloat

from g2fit.models.base import Options
from g2fit.models.constants import Constants
from g2fit.models.mssm.spectrum import couplings_of_scheme
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting, heavy_sector

__all__ = ["TwoLoopOptions", "unused_names"]


class TwoLoopOptions(Options):
    """What ``two_loop: full`` needs to know beyond the parameters; ``photonic`` needs `scale`, other levels nothing.

    Attributes
    ----------
    heavy_scale : float
        Mass of squarks, staus and the Higgs boson A, GeV. 50 TeV is the scenario of 1906.08768.
    heavy : mapping
        Masses that differ from it, and trilinear couplings, GeV: m_Q1, m_U1, m_D1, … m_D3, m_L3, m_E3, m_A, A_t, A_b,
        A_tau.
    delta_b, delta_tau : float
        Threshold corrections to the Yukawa couplings of bottom and tau, not -1.
    scale : float or None
        Scale at which the parameters and tan(beta) are defined, GeV. By default it is the smaller soft mass in the
        photonic part, and m_S in the logarithms.
    log_scale : {"lightest", "bino"}
        m_S of the logarithms: the smallest of |M1|, M2, |mu|, mL, mR; or of |M1|, mL, mR, what the bino diagram has.
    delta_logarithms : bool
        Whether the logarithms correct the bino's coupling in Delta_l, too.
    barr_zee : bool
        Whether Barr-Zee diagrams with charginos, stops, sbottoms and staus are included.
    """

    heavy_scale: PositiveFloat = 5e4
    heavy: dict[str, float] = Field(default={})
    delta_b: FiniteFloat = 0.0
    delta_tau: FiniteFloat = 0.0
    scale: PositiveFloat | None = None
    log_scale: Literal["lightest", "bino"] = "lightest"
    delta_logarithms: bool = False
    barr_zee: bool = True

    def unused(self, level: str) -> list[str]:
        """Names of options that differ from their defaults although a level of `two_loop` does not use them.

        >>> TwoLoopOptions(delta_b=0.3, scale=1e3).unused("photonic")
        ['delta_b']
        """
        fields = TwoLoopOptions.model_fields
        return [name for name in unused_names(level) if getattr(self, name) != fields[name].default]

    def two_loop_setting(self, constants: Constants) -> TwoLoopSetting:
        """Gather what the kernels need; ModelError for numbers that are not allowed."""
        c = constants
        return TwoLoopSetting(
            heavy=heavy_sector(self.heavy_scale, self.heavy, self.delta_b, self.delta_tau),
            on_shell=couplings_of_scheme("on_shell", c),
            e2=4.0 * math.pi * c.alpha_mZ,
            m_W=c.m_W,
            m_Z=c.m_Z,
            m_t=c.m_t,
            m_b=c.m_b_mZ,
            m_tau=c.m_tau,
            scale=math.nan if self.scale is None else self.scale,
            bino_scale=self.log_scale == "bino",
            delta_logarithms=self.delta_logarithms,
            barr_zee=self.barr_zee,
        )


def unused_names(level: str) -> list[str]:
    """Names of options of the two-loop part that a level of `two_loop` does not use.

    >>> "scale" in unused_names("photonic"), "scale" in unused_names("none"), unused_names("full")
    (False, True, [])
    """
    used = {"full": set(TwoLoopOptions.model_fields), "photonic": {"scale"}}.get(level, set())
    return [name for name in TwoLoopOptions.model_fields if name not in used]
