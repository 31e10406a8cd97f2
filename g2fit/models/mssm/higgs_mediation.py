"""The Higgs mediation scenario of 1906.08768, sec. 3: slepton masses from large negative Higgs masses squared."""

import math
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from g2fit.core.errors import ModelError
from g2fit.core.types import BoolArray, FloatArray, ReasonArray
from g2fit.models.base import Options
from g2fit.models.mssm import higgs_mediation_kernels as kernels
from g2fit.models.mssm import higgs_mediation_spectrum as spectrum
from g2fit.models.mssm.higgs_mediation_yukawa import MAX_MEDIATED
from g2fit.models.mssm.model import CommonOptions, MssmModel, writeable
from g2fit.models.mssm.predictions import MEDIATION_OBSERVABLES, MEDIATION_PARAMETERS, OBSERVABLES
from g2fit.models.mssm.rge import WeakScaleInputs, YukawaThresholds
from g2fit.models.mssm.rows import Solution, room_for
from g2fit.models.mssm.setting import OK, VACUUM
from g2fit.models.mssm.sparticles import fill_sparticles

__all__ = ["HiggsMediationOptions", "MssmHiggsMediation"]


class HiggsMediationOptions(CommonOptions):
    """Levels of approximation (see `MssmOptions`) and of the spectrum.

    Attributes
    ----------
    two_loop : {"none", "leading_log", "photonic"}
        Corrections beyond one loop: the factor 1 - delta_QED, or all photonic two-loop diagrams (``amu: full``); by
        default as in `CommonOptions`.
    couplings : {"weak_scale", "on_shell"}
        Gauge couplings in Delta and a_l: MSbar at m_Z; or from m_W, m_Z, alpha(m_Z).
    spectrum : {"leading_log", "rge"}
        Soft masses from eq. 3.2 of 1906.08768, or from the one-loop renormalisation group.
    delta_t, delta_b, delta_tau : float
        Threshold corrections to the third generation's Yukawa couplings, > -1 (``leading_log``: the tau's only).
    m_gut : float
        Scale of the boundary conditions, GeV.
    m_squark : float
        Squark mass at that scale (``rge`` only), GeV.
    """

    two_loop: Literal["none", "leading_log", "photonic"] = "photonic"
    couplings: Literal["weak_scale", "on_shell"] = "weak_scale"
    spectrum: Literal["leading_log", "rge"] = "leading_log"
    delta_t: float = Field(default=0.0, gt=-1)
    delta_b: float = Field(default=0.0, gt=-1)
    delta_tau: float = Field(default=0.0, gt=-1)
    m_gut: float = 1e16
    m_squark: float = 0.0


class MssmHiggsMediation(MssmModel):
    """The Higgs mediation scenario: electron, muon and staus, with slepton masses that grow with the Yukawa couplings.

    The soft masses and the threshold corrections determine each other. A point has a row for each pair of a solution
    (branch) of the electron and one of the muon. It is row ``branch_e * 4 + branch_mu``; branches are ordered by
    growing |y|.

    Examples
    --------
    The smuons of Table 2, point III of 1906.08768 (16 TeV):

    >>> model = MssmHiggsMediation(couplings="on_shell", vacuum="off", constants="paper_2019")
    >>> rows = model.predict([3.5e5, 80.0, 280.0, 1600.0, 600.0])
    >>> [round(float(m) / 1e3, 1) for m in sorted(set(rows["m_smu_2"][rows["reason"] == 0]))]
    [16.3]
    """

    name = "mssm_higgs_mediation"
    Options: ClassVar[type[Options]] = HiggsMediationOptions
    reasons = spectrum.REASONS
    references = ("1906.08768",)
    options: HiggsMediationOptions
    parameters = MEDIATION_PARAMETERS
    solutions = MAX_MEDIATED**2

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        o = self.options
        self.observables = OBSERVABLES + MEDIATION_OBSERVABLES + self._sparticles
        self.setting = self._make_setting(o.couplings)
        sm = self.constants
        electromagnetic = 4.0 * math.pi * sm.alpha_mZ_msbar
        self.scenario = spectrum.Scenario(
            rge=o.spectrum == "rge",
            thresholds=YukawaThresholds(o.delta_t, o.delta_b, o.delta_tau),
            m_gut=o.m_gut,
            m_squark=o.m_squark,
            m_tau=sm.m_tau_mZ,
            inputs=WeakScaleInputs(
                g2_Y=electromagnetic / (1.0 - sm.s2_mZ),
                g2_2=electromagnetic / sm.s2_mZ,
                g2_3=4.0 * math.pi * sm.alpha_s,
                y2_t=(sm.m_t_mZ / sm.v) ** 2,
                y2_b=(sm.m_b_mZ / sm.v) ** 2,
                y2_tau=(sm.m_tau_mZ / sm.v) ** 2,
                m_Z=sm.m_Z,
            ),
        )

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Predict a batch without allocating, see `Model.evaluate`."""
        kernels.evaluate_mediation(writeable(theta), self.setting, self.scenario, self._workspace(), out, reason)
        if self.options.sparticles:
            m_bar, tan_beta, _, M1, M2 = theta.T
            soft = out[:, self.column("mL_e") : self.column("mR_mu") + 1].copy()
            point, unused = np.column_stack((M1, M2, -m_bar, tan_beta)), np.ascontiguousarray(M2)
            fill_sparticles(point, soft, self.setting, unused, None, out, reason)

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """Find points at which mu = -m_bar is too small for the levels ``mia`` and ``bino``; see `Model.beyond`.

        The slepton masses are the largest of all solutions.
        """
        m_bar, _, _, M1, M2 = theta.T
        if not {self.options.delta, self.options.amu} & {"mia", "bino"}:
            return {}
        predictions = self.predict(theta)
        soft = [predictions[name].reshape(len(theta), -1) for name in ("mL_e", "mR_e", "mL_mu", "mR_mu")]
        sleptons = np.nan_to_num(np.abs(soft)).max(axis=2)
        return self._neglects_higgsinos(m_bar, M1, M2, *sleptons)

    def branches(self, point: ArrayLike) -> list[dict[str, Any]]:
        """List every solution (branch) of both leptons, and the staus, at one point.

        Parameters
        ----------
        point : (5,) array_like
            Parameters, as `parameters`.

        Returns
        -------
        list of dict
            As `Mssm.branches`, with the soft masses `mL`, `mR` (GeV) instead of `natural`; the last entry is the tau's:
            `lepton`, `status`, `y`, `m_1`, `m_2`, `vac_ratio`.

        Raises
        ------
        ModelError
            If a Yukawa coupling has a Landau pole below the GUT scale.
        """
        found_e, found_mu = room_for(MAX_MEDIATED), room_for(MAX_MEDIATED)
        problem, pole, stau, *counts = kernels.inspect_mediation(
            self._single(point), self.setting, self.scenario, self._workspace(), found_e, found_mu
        )
        if problem == spectrum.LANDAU_POLE:
            raise ModelError(
                f"model {self.name!r}: a Yukawa coupling has a Landau pole at 10^{math.log10(pole):.1f} GeV, below the "
                f"GUT scale; a smaller tan_beta or larger options delta_b, delta_tau (now {self.options.delta_b:g}, "
                f"{self.options.delta_tau:g}) lower the Yukawa couplings"
            )
        if problem == spectrum.BAD:
            return [{"lepton": lepton, "status": self.reasons[problem]} for lepton in ("e", "mu")]
        listed: list[dict[str, Any]] = []
        for k, (lepton, found) in enumerate((("e", found_e), ("mu", found_mu))):
            if counts[k] == 0:
                listed.append({"lepton": lepton, "status": self.reasons[spectrum.NO_YUKAWA + k]})
            for branch in range(counts[k]):
                status = spectrum.VACUUM_E + k if found.codes[branch] == VACUUM else OK
                solution = Solution(*map(float, found.solutions[branch]))
                entry = {"lepton": lepton, "branch": branch, "status": self.reasons[status], **solution._asdict()}
                listed.append(entry)
        status = problem if problem in (spectrum.TACHYON_TAU, spectrum.VACUUM_TAU) else OK
        return [*listed, {"lepton": "tau", "status": self.reasons[status], **stau._asdict()}]
