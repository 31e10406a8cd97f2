"""The MSSM with flavour-dependent threshold corrections to the lepton Yukawa couplings (1906.08768)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from g2fit.core.errors import ModelError
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.base import Model, Options, Quantity, Ridge
from g2fit.models.constants import Constants, get_constants
from g2fit.models.mssm import kernels
from g2fit.models.mssm.branches import MAX_BRANCHES
from g2fit.models.mssm.lepton_solutions import BAD, BRANCH_COLUMNS, WORK_ROWS, Levels
from g2fit.models.mssm.ridge import ridge_centres as find_ridge
from g2fit.models.mssm.spectrum import couplings_of_scheme
from g2fit.models.mssm.vacuum import ETA_LIGHT

__all__ = ["Mssm", "MssmOptions"]

#: Names of the levels in the order of their integer codes.
DELTA_LEVELS = ("mia", "bino", "decoupled", "full")
AMU_LEVELS = ("mia", "bino", "full")
QED_LEVELS = ("none", "leading_log", "photonic")

PARAMETERS = (
    Quantity("M1", "M_1", "GeV", "bino mass, with sign"),
    Quantity("M2", "M_2", "GeV", "wino mass"),
    Quantity("mu", r"\mu", "GeV", "higgsino mass, with sign"),
    Quantity("tan_beta", r"\tan\beta", "", "v_u/v_d"),
    Quantity("mL_e", r"m_{\tilde e_L}", "GeV", "soft mass of the left selectron"),
    Quantity("mR_e", r"m_{\tilde e_R}", "GeV", "soft mass of the right selectron"),
    Quantity("mL_mu", r"m_{\tilde\mu_L}", "GeV", "soft mass of the left smuon"),
    Quantity("mR_mu", r"m_{\tilde\mu_R}", "GeV", "soft mass of the right smuon"),
)
TRILINEAR = (
    Quantity("A_e", "A_e", "GeV", "trilinear coupling of the selectrons, in units of the Yukawa coupling"),
    Quantity("A_mu", r"A_\mu", "GeV", "trilinear coupling of the smuons, in units of the Yukawa coupling"),
)
#: In the order that the kernel writes them.
OBSERVABLES = (
    Quantity("delta_a_e", r"\Delta a_e", "", "SUSY contribution to a_e", sm=0.0),
    Quantity("delta_a_mu", r"\Delta a_\mu", "", "SUSY contribution to a_mu", sm=0.0),
    Quantity("Delta_e", r"\Delta_e", "", "threshold correction to the electron Yukawa coupling"),
    Quantity("Delta_mu", r"\Delta_\mu", "", "threshold correction to the muon Yukawa coupling"),
    Quantity("y_e", "y_e", "", "electron Yukawa coupling of the MSSM, with sign"),
    Quantity("y_mu", r"y_\mu", "", "muon Yukawa coupling of the MSSM, with sign"),
    Quantity("m_sel_1", r"m_{\tilde e_1}", "GeV", "lighter selectron"),
    Quantity("m_sel_2", r"m_{\tilde e_2}", "GeV", "heavier selectron"),
    Quantity("m_smu_1", r"m_{\tilde\mu_1}", "GeV", "lighter smuon"),
    Quantity("m_smu_2", r"m_{\tilde\mu_2}", "GeV", "heavier smuon"),
    Quantity("vac_ratio_e", "r_e", "", "selectron mixing over its vacuum bound; above 1 the vacuum decays"),
    Quantity("vac_ratio_mu", r"r_\mu", "", "smuon mixing over its vacuum bound; above 1 the vacuum decays"),
    Quantity("delta_qed_e", r"\delta_e^\mathrm{QED}", "", "QED reduction of delta_a_e", derived=False),
    Quantity("delta_qed_mu", r"\delta_\mu^\mathrm{QED}", "", "QED reduction of delta_a_mu", derived=False),
    Quantity("n_branches_e", "n_e", "", "number of electron Yukawa couplings that give m_e"),
    Quantity("n_branches_mu", r"n_\mu", "", "number of muon Yukawa couplings that give m_mu"),
    Quantity("enh_e", r"|1+\Delta_e|^{-1}", "", "|y_e| over its tree value, as heavy Higgs bosons see it"),
    Quantity("enh_mu", r"|1+\Delta_\mu|^{-1}", "", "|y_mu| over its tree value, as heavy Higgs bosons see it"),
    Quantity("enh2_e", r"|1+\Delta_e|^{-2}", "", "square of enh_e: rates through heavy Higgs bosons", derived=False),
    Quantity(
        "enh2_mu", r"|1+\Delta_\mu|^{-2}", "", "square of enh_mu: rates through heavy Higgs bosons", derived=False
    ),
    Quantity("one_plus_Delta_e", r"1+\Delta_e", "", "the tuning of the electron mass"),
    Quantity("y_e_over_y_mu", r"y_e/y_\mu", "", "m_e (1 + Delta_mu) / [m_mu (1 + Delta_e)], eq. 2.7 of 1906.08768"),
)
BRANCH_OBSERVABLES = (
    Quantity("branch_e", "b_e", "", "place of the electron branch by growing |y|, from 0"),
    Quantity("branch_mu", r"b_\mu", "", "place of the muon branch by growing |y|, from 0"),
    Quantity("natural_e", "N_e", "", "1 if the electron branch is the one connected with decoupling"),
    Quantity("natural_mu", r"N_\mu", "", "1 if the muon branch is the one connected with decoupling"),
)


#: The electron's (muon's) moment confines its left-handed slepton mass near the pole of 1/(1 + Delta).
#: Below 8 standard deviations the plain chart was measured to do as well (efficiency .51 against .54 for 1906.08768
#: itself) at a tenth of the cost.
RIDGES = (Ridge("mL_e", "delta_a_e"), Ridge("mL_mu", "delta_a_mu"))

#: What is known of a branch, in the order of the columns of `lepton`.
BRANCH_NAMES = ("y", "Delta", "m_1", "m_2", "delta_a", "vac_ratio", "delta_qed")


class CommonOptions(Options):
    """Levels of approximation, validity and constants.

    Attributes
    ----------
    delta : {"mia", "bino", "decoupled", "full"}
        Threshold corrections: bino diagram by mass insertion or with exact slepton mixing; all diagrams for
        v -> 0 (as GM2Calc) or with the exact masses. With ``bino`` and ``full`` y is a root, see `branches`.
    amu : {"mia", "bino", "full"}
        Anomalous magnetic moments at one loop, likewise.
    qed : {"none", "leading_log", "photonic"}
        Corrections beyond one loop: the factor 1 - delta_QED, or all photonic two-loop diagrams (``amu: full``).
    vacuum : {"fit", "off"}
        Whether points with a short-lived vacuum are invalid.
    constants : str or mapping
        A set of `g2fit.models.constants`, or changes to the default one (key ``preset`` names another set to change).
    """

    delta: Literal["mia", "bino", "decoupled", "full"] = "bino"
    amu: Literal["mia", "bino", "full"] = "bino"
    qed: Literal["none", "leading_log", "photonic"] = "leading_log"
    vacuum: Literal["fit", "off"] = "fit"
    constants: str | dict[str, float | str] = "pdg_2026"

    def get_constants(self) -> Constants:
        """Return the set of constants that the option names."""
        return get_constants(self.constants)


class MssmOptions(CommonOptions):
    """Levels of approximation and treatment of points.

    Attributes
    ----------
    couplings : {"weak_scale", "on_shell", "running"}
        Gauge couplings MSbar at m_Z; or from m_W, m_Z, alpha(m_Z); or run to sqrt(mL mR) of each lepton.
    branch : {"natural", "all"}
        The Yukawa couplings that decoupling leads to, or every combination of solutions as a row of its own.
    trilinear : bool
        Whether A_e and A_mu are parameters (else zero). The levels ``mia`` and ``decoupled`` ignore them.
    vacuum_eta : float
        Factor of the vacuum bound, see `g2fit.models.mssm.vacuum`.
    qed_scale : {"soft", "lightest"}
        M_SUSY of the leading logarithm: the smaller soft mass, or the lightest of the bino and the sleptons.
    d_terms : bool
        Whether the slepton masses contain their D-terms.
    """

    couplings: Literal["weak_scale", "on_shell", "running"] = "weak_scale"
    branch: Literal["natural", "all"] = "natural"
    trilinear: bool = False
    vacuum_eta: float = Field(default=ETA_LIGHT, gt=0, le=2)
    qed_scale: Literal["soft", "lightest"] = "soft"
    d_terms: bool = True


def check_levels(model: str, options: CommonOptions) -> None:
    """Refuse combinations of levels that have no meaning.

    Raises
    ------
    ModelError
        The photonic corrections are to the full one-loop diagrams only.
    """
    if options.qed == "photonic" and options.amu != "full":
        raise ModelError(f"model {model!r}: option 'qed' = 'photonic' needs 'amu' = 'full', not {options.amu!r}")


class Mssm(Model):
    """Electron and muon of the MSSM with soft masses as input.

    Examples
    --------
    Table 1, point II of 1906.08768:

    >>> model = Mssm(delta="mia", amu="mia", vacuum="off")
    >>> point = model.predict([1500.0, 600.0, -5e5, 70.0, 6e3, 6e3, 700.0, 700.0])
    >>> round(float(point["Delta_mu"][0]), 2), round(float(point["delta_a_mu"][0]) * 1e9, 2)
    (-22.89, 3.09)
    """

    name = "mssm"
    Options: ClassVar[type[Options]] = MssmOptions
    reasons = kernels.REASONS
    references = ("1906.08768", "hep-ph/9912516", "0808.1530", "1309.3065", "hep-ph/0609168")
    options: MssmOptions
    ridges = RIDGES
    mode_signs = ("y_e", "y_mu")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        chosen = self.options
        check_levels(self.name, chosen)
        self.constants = chosen.get_constants()
        everything = chosen.branch == "all"
        self.parameters = PARAMETERS + (TRILINEAR if chosen.trilinear else ())
        self.observables = OBSERVABLES + (BRANCH_OBSERVABLES if everything else ())
        self.solutions = MAX_BRANCHES**2 if everything else 1
        self._levels = np.array(
            Levels(
                delta=DELTA_LEVELS.index(chosen.delta),
                amu=AMU_LEVELS.index(chosen.amu),
                qed=QED_LEVELS.index(chosen.qed),
                running=int(chosen.couplings == "running"),
                vacuum=int(chosen.vacuum == "fit"),
                all_branches=int(everything),
                trilinear=int(chosen.trilinear),
                qed_lightest=int(chosen.qed_scale == "lightest"),
                d_terms=int(chosen.d_terms),
            )
        )
        sm, gauge = self.constants, couplings_of_scheme(chosen.couplings, self.constants)
        self._sm = np.array(
            [sm.m_e, sm.m_mu, gauge.g_Y, gauge.g_2, gauge.v, sm.alpha_0, sm.m_Z, sm.m_W, chosen.vacuum_eta]
        )

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Predict a batch without allocating, see `Model.evaluate`."""
        if not theta.flags.writeable:  # a read-only array is another type to the compiler
            theta = theta.copy()
        kernels.evaluate(theta, self._sm, self._levels, self._workspace(), out, reason)

    def ridge_centres(
        self, ridge: Ridge, theta: FloatArray, bounds: tuple[float, float], datum: tuple[float, float]
    ) -> tuple[FloatArray, FloatArray]:
        """Find mL_l at which a_l is as measured, see `Model.ridge_centres` and `g2fit.models.mssm.ridge`."""
        position, slope = np.empty(len(theta)), np.empty(len(theta))
        find_ridge(
            theta, RIDGES.index(ridge), *bounds, *datum, self._sm, self._levels, self._workspace(), position, slope
        )
        return position, slope

    def _workspace(self) -> FloatArray | None:
        """Return scratch space of its own for each call, which threads do not share, if the levels need any."""
        return np.empty((WORK_ROWS, 4)) if "full" in (self.options.delta, self.options.amu) else None

    def branches(self, point: ArrayLike) -> list[dict[str, Any]]:
        """List every branch of both leptons at one point, valid or not.

        Parameters
        ----------
        point : (P,) array_like
            Parameters, as `parameters`.

        Returns
        -------
        list of dict
            One for each branch, or one with `status` only for a lepton without any: `lepton` ("e" or "mu"), `branch`
            (by growing |y|, from 0), `natural`, `status` (a reason, "valid" if it has none), `tachyon`, `y`, `Delta`,
            `m_1`, `m_2` (GeV; -sqrt(-m_1^2) for a tachyon), `delta_a`, `vac_ratio`, `delta_qed`.
        """
        theta = self.as_points(point)
        if len(theta) != 1:
            raise ModelError(f"model {self.name!r}: branches are listed for one point at a time, got {len(theta)}")
        values = np.full((2, MAX_BRANCHES, BRANCH_COLUMNS), np.nan)
        codes = np.zeros((2, MAX_BRANCHES), dtype=np.int64)
        summary = np.zeros((2, 3), dtype=np.int64)
        kernels.inspect(theta[0].copy(), self._sm, self._levels, self._workspace(), values, codes, summary)
        return [
            entry for k, lepton in enumerate(("e", "mu")) for entry in self._list(lepton, k, values, codes, summary)
        ]

    def _list(
        self, lepton: str, k: int, values: FloatArray, codes: IntArray, summary: IntArray
    ) -> list[dict[str, Any]]:
        count, natural, problem = (int(x) for x in summary[k])
        if problem:
            return [{"lepton": lepton, "status": self._status(problem, k)}]
        return [
            {
                "lepton": lepton,
                "branch": branch,
                "natural": bool(natural and branch == 0),
                "status": self._status(int(codes[k, branch]), k),
                "tachyon": bool(values[k, branch, 2] <= 0.0),
                **dict(zip(BRANCH_NAMES, (float(x) for x in values[k, branch]), strict=True)),
            }
            for branch in range(count)
        ]

    def _status(self, code: int, lepton: int) -> str:
        return self.reasons[code + lepton if code > BAD else code]
