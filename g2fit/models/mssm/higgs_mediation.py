"""The Higgs mediation scenario of 1906.08768, sec. 3: slepton masses from large negative Higgs masses squared."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.errors import ModelError
from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.base import Model, Options, Quantity
from g2fit.models.mssm import higgs_mediation_kernels as kernels
from g2fit.models.mssm.higgs_mediation_spectrum import (
    BAD,
    COLUMNS,
    LANDAU_POLE,
    NO_YUKAWA,
    REASONS,
    TACHYON_TAU,
    VACUUM_E,
    VACUUM_TAU,
)
from g2fit.models.mssm.lepton_solutions import OK, VACUUM, WORK_ROWS, Levels
from g2fit.models.mssm.model import (
    AMU_LEVELS,
    BRANCH_NAMES,
    DELTA_LEVELS,
    OBSERVABLES,
    QED_LEVELS,
    CommonOptions,
    check_levels,
)
from g2fit.models.mssm.self_consistent_yukawa import MAX_MEDIATED
from g2fit.models.mssm.spectrum import couplings_of_scheme

__all__ = ["HiggsMediationOptions", "MssmHiggsMediation"]

PARAMETERS = (
    Quantity("m_bar", r"\bar m", "GeV", "sqrt(-m^2_Hd); mu = -m_bar"),
    Quantity("tan_beta", r"\tan\beta", "", "v_u/v_d"),
    Quantity("d", r"\sqrt{d}", "GeV", "flavour-blind slepton mass, d_L = d_R = d^2"),
    Quantity("M1", "M_1", "GeV", "bino mass, with sign"),
    Quantity("M2", "M_2", "GeV", "wino mass"),
)
#: In the order that the kernel writes them, after those of the MSSM.
MEDIATION_OBSERVABLES = (
    Quantity("abs_y_e", "|y_e|", "", "electron Yukawa coupling without sign"),
    Quantity("abs_y_mu", r"|y_\mu|", "", "muon Yukawa coupling without sign"),
    Quantity("mL_e", r"m_{\tilde e_L}", "GeV", "soft mass of the left selectron at m_bar"),
    Quantity("mR_e", r"m_{\tilde e_R}", "GeV", "soft mass of the right selectron at m_bar"),
    Quantity("mL_mu", r"m_{\tilde\mu_L}", "GeV", "soft mass of the left smuon at m_bar"),
    Quantity("mR_mu", r"m_{\tilde\mu_R}", "GeV", "soft mass of the right smuon at m_bar"),
    Quantity("mass_slope_L", r"c_L", "GeV^2", "(mL_mu^2 - mL_e^2)/(y_mu^2 - y_e^2), eq. 3.4 of 1906.08768"),
    Quantity("mass_slope_R", r"c_R", "GeV^2", "(mR_mu^2 - mR_e^2)/(y_mu^2 - y_e^2), eq. 3.4 of 1906.08768"),
    Quantity("y_tau", r"y_\tau", "", "tau Yukawa coupling of the MSSM"),
    Quantity("m_stau_1", r"m_{\tilde\tau_1}", "GeV", "lighter stau"),
    Quantity("m_stau_2", r"m_{\tilde\tau_2}", "GeV", "heavier stau"),
    Quantity("vac_ratio_tau", r"r_\tau", "", "stau mixing over its vacuum bound; above 1 the vacuum decays"),
    Quantity("branch_e", "b_e", "", "place of the electron branch by growing |y|, from 0"),
    Quantity("branch_mu", r"b_\mu", "", "place of the muon branch by growing |y|, from 0"),
)


class HiggsMediationOptions(CommonOptions):
    """Levels of approximation (see `MssmOptions`) and of the spectrum.

    Attributes
    ----------
    couplings : {"weak_scale", "on_shell"}
        Gauge couplings in Delta and a_l: MSbar at m_Z; or from m_W, m_Z, alpha(m_Z).
    spectrum : {"leading_log", "rge"}
        Soft masses from eq. 3.2 of 1906.08768, or from the one-loop renormalisation group.
    delta_t, delta_b, delta_tau : float
        Threshold corrections to the third generation's Yukawa couplings (``leading_log``: the tau's only).
    m_gut : float
        Scale of the boundary conditions, GeV.
    m_squark : float
        Squark mass there (``rge``), GeV.
    """

    couplings: Literal["weak_scale", "on_shell"] = "weak_scale"
    spectrum: Literal["leading_log", "rge"] = "leading_log"
    delta_t: float = 0.0
    delta_b: float = 0.0
    delta_tau: float = 0.0
    m_gut: float = 1e16
    m_squark: float = 0.0


class MssmHiggsMediation(Model):
    """Electron, muon and staus where slepton masses grow with the Yukawa couplings.

    A point has a solution for each combination of an electron branch with a muon branch: the soft masses and the
    threshold corrections determine each other. Row ``branch_e * 4 + branch_mu`` holds it; branches are ordered by
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
    reasons = REASONS
    references = ("1906.08768",)
    options: HiggsMediationOptions
    parameters = PARAMETERS
    observables = OBSERVABLES + MEDIATION_OBSERVABLES
    solutions = MAX_MEDIATED**2

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        chosen = self.options
        check_levels(self.name, chosen)
        for name in ("delta_t", "delta_b", "delta_tau"):
            if not getattr(chosen, name) > -1.0:
                raise ModelError(f"model {self.name!r}: option {name!r} must be larger than -1")
        self.constants = sm = chosen.get_constants()
        self._levels = np.array(
            Levels(
                delta=DELTA_LEVELS.index(chosen.delta),
                amu=AMU_LEVELS.index(chosen.amu),
                qed=QED_LEVELS.index(chosen.qed),
                running=0,
                vacuum=int(chosen.vacuum == "fit"),
                all_branches=1,
                trilinear=0,
                qed_lightest=0,
                d_terms=1,
            )
        )
        self._scenario = np.array(
            [  # the fields of mediation_point.Scenario
                float(chosen.spectrum == "rge"),
                chosen.delta_t,
                chosen.delta_b,
                chosen.delta_tau,
                chosen.m_gut,
                chosen.m_squark,
            ]
        )
        gauge = couplings_of_scheme(chosen.couplings, sm)
        self._sm = np.array([sm.m_e, sm.m_mu, *gauge, sm.alpha_0, sm.m_Z, sm.m_W, sm.m_tau_mZ])
        electromagnetic = 4.0 * math.pi * sm.alpha_mZ_msbar
        self._weak_scale = np.array(
            [  # the fields of rge.WeakScaleInputs
                electromagnetic / (1.0 - sm.s2_mZ),
                electromagnetic / sm.s2_mZ,
                4.0 * math.pi * sm.alpha_s,
                *((m / sm.v) ** 2 for m in (sm.m_t_mZ, sm.m_b_mZ, sm.m_tau_mZ)),
                sm.m_Z,
            ]
        )

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Predict a batch without allocating, see `Model.evaluate`."""
        if not theta.flags.writeable:  # a read-only array is another type to the compiler
            theta = theta.copy()
        kernels.evaluate_mediation(
            theta, self._sm, self._weak_scale, self._levels, self._scenario, self._workspace(), out, reason
        )

    def _workspace(self) -> FloatArray | None:
        """Return scratch space of its own for each call, which threads do not share, if the levels need any."""
        return np.empty((WORK_ROWS, 4)) if "full" in (self.options.delta, self.options.amu) else None

    def branches(self, point: ArrayLike) -> list[dict[str, Any]]:
        """List every branch of both leptons, and the staus, at one point.

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
        theta = self.as_points(point)
        if len(theta) != 1:
            raise ModelError(f"model {self.name!r}: branches are listed for one point at a time, got {len(theta)}")
        tau = np.full(4, np.nan)
        values = np.full((2, MAX_MEDIATED, COLUMNS), np.nan)
        codes = np.zeros((2, MAX_MEDIATED), dtype=np.int64)
        counts = np.zeros(2, dtype=np.int64)
        problem, pole = kernels.inspect_mediation(
            theta[0].copy(),
            self._sm,
            self._weak_scale,
            self._levels,
            self._scenario,
            self._workspace(),
            tau,
            values,
            codes,
            counts,
        )
        if problem == LANDAU_POLE:
            raise ModelError(
                f"model {self.name!r}: a Yukawa coupling has a Landau pole at 10^{math.log10(pole):.1f} GeV, below the "
                f"GUT scale; a smaller tan_beta or larger options delta_b, delta_tau (now {self.options.delta_b:g}, "
                f"{self.options.delta_tau:g}) lower the Yukawa couplings"
            )
        if problem == BAD:
            return [{"lepton": lepton, "status": self.reasons[problem]} for lepton in ("e", "mu")]
        listed: list[dict[str, Any]] = []
        for k, lepton in enumerate(("e", "mu")):
            if counts[k] == 0:
                listed.append({"lepton": lepton, "status": self.reasons[NO_YUKAWA + k]})
            for branch in range(counts[k]):
                code = codes[k, branch]
                status = OK if code != VACUUM else VACUUM_E + k
                row = dict(zip((*BRANCH_NAMES, "mL", "mR"), (float(x) for x in values[k, branch]), strict=True))
                listed.append({"lepton": lepton, "branch": branch, "status": self.reasons[status], **row})
        status = problem if problem in (TACHYON_TAU, VACUUM_TAU) else OK
        names = ("y", "m_1", "m_2", "vac_ratio")
        listed.append(
            {"lepton": "tau", "status": self.reasons[status], **dict(zip(names, map(float, tau), strict=True))}
        )
        return listed
