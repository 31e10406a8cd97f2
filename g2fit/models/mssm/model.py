"""The MSSM with flavour-dependent threshold corrections to the lepton Yukawa couplings (1906.08768)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, PositiveFloat, model_validator

from g2fit.core.errors import ModelError
from g2fit.core.types import BoolArray, FloatArray, ReasonArray
from g2fit.models.base import Model, Options, Quantity, Ridge
from g2fit.models.constants import get_constants
from g2fit.models.edm import dimensionless_edm, fill_phases
from g2fit.models.mssm import kernels
from g2fit.models.mssm.lane_kernels import evaluate_lanes
from g2fit.models.mssm.predictions import (
    BRANCH_OBSERVABLES,
    EDM_OBSERVABLES,
    OBSERVABLES,
    PARAMETERS,
    SCHEME,
    SPARTICLE_OBSERVABLES,
    TRILINEAR,
    TWO_LOOP_OBSERVABLES,
)
from g2fit.models.mssm.ridge import ridge_centres as find_ridge
from g2fit.models.mssm.rows import Parts, Solution, room_for
from g2fit.models.mssm.setting import (
    AMU_LEVELS,
    BAD,
    DELTA_LEVELS,
    QED_PHOTONIC,
    REASONS,
    TWO_LOOP_LEVELS,
    Setting,
)
from g2fit.models.mssm.sparticles import fill_sparticles
from g2fit.models.mssm.spectrum import couplings_of_scheme
from g2fit.models.mssm.two_loop.options import TwoLoopOptions
from g2fit.models.mssm.vacuum import ETA_LIGHT
from g2fit.models.mssm.validity import higgsinos_matter
from g2fit.models.mssm.workspace import WORK_SHAPE
from g2fit.models.mssm.yukawa_solutions import MAX_BRANCHES

__all__ = ["CommonOptions", "Mssm", "MssmModel", "MssmOptions", "writeable"]

#: Near the pole of 1/(1 + Delta) a lepton's moment fixes the mass of its left-handed slepton. For measurements of less
#: than 8 standard deviations (`Ridge.thin`) the plain chart was measured to do as well (efficiency .51 against .54 for
#: 1906.08768 itself) at a tenth of the cost.
RIDGES = (Ridge("mL_e", "delta_a_e"), Ridge("mL_mu", "delta_a_mu"))


class CommonOptions(Options):
    """Levels of approximation, validity and constants.

    Attributes
    ----------
    delta : {"mia", "bino", "decoupled", "full"}
        Threshold corrections: bino diagram by mass insertion or with exact slepton mixing; all diagrams for
        v -> 0 (as GM2Calc) or with the exact masses. With ``bino`` and ``full`` Delta depends on y, see
        `yukawa_solutions`. The bino alone is a good approximation where |mu| is much larger than all other masses, see
        `g2fit.models.mssm.validity`.
    amu : {"mia", "bino", "full"}
        Anomalous magnetic moments at one loop, likewise.
    two_loop : {"none", "leading_log", "photonic", "full"}
        Corrections beyond one loop: the factor 1 - delta_QED; all photonic two-loop diagrams; or the complete sum, with
        fermion/sfermion logarithms and Barr-Zee diagrams. The last two need ``amu: full``; with another `amu` the
        default is ``leading_log``.
    vacuum : {"fit", "off"}
        Whether points with a short-lived vacuum are invalid.
    constants : str or mapping
        A set of `g2fit.models.constants`, or changes to the default one (key ``preset`` names another set to change).
    sparticles : bool
        Whether masses and mixing of neutralinos, charginos, sneutrinos and sleptons are predicted, too. Limits in
        planes of masses need them. With ``running`` or ``nuisance`` `couplings`, neutralinos have those at m_Z.
    """

    delta: Literal["mia", "bino", "decoupled", "full"] = "full"
    amu: Literal["mia", "bino", "full"] = "full"
    two_loop: Literal["none", "leading_log", "photonic", "full"] = "photonic"
    vacuum: Literal["fit", "off"] = "fit"
    constants: str | dict[str, float | str] = "pdg_2026"
    sparticles: bool = False

    @model_validator(mode="before")
    @classmethod
    def _default_of_two_loop(cls, given: Any) -> Any:
        """The photonic diagrams need all of one loop: without it the default is their leading logarithm."""
        if isinstance(given, dict) and "two_loop" not in given and given.get("amu") in ("mia", "bino"):
            return given | {"two_loop": "leading_log"}
        return given


class MssmOptions(TwoLoopOptions, CommonOptions):
    """Levels of approximation and treatment of points.

    Attributes
    ----------
    couplings : {"weak_scale", "on_shell", "running", "nuisance"}
        Gauge couplings: MSbar at m_Z; computed from m_W, m_Z and alpha(m_Z); or run to sqrt(mL mR) of each lepton. With
        ``nuisance`` the parameter `coupling_scheme`, from 0 (on_shell) over 1 (weak_scale) to 2 (running), chooses.
    branch : {"natural", "all"}
        The natural solution of each lepton, which is connected with decoupling; or a row for each pair of solutions.
    trilinear : bool
        Whether A_e and A_mu are parameters (otherwise they are zero). The levels ``mia`` and ``decoupled`` ignore them.
    vacuum_eta : float
        Factor of the vacuum bound, see `g2fit.models.mssm.vacuum`.
    qed_scale : {"soft", "lightest"}
        M_SUSY of the leading logarithm: the smaller soft mass, or the lightest of the bino and the sleptons.
    d_terms : bool
        Whether the slepton masses contain their D-terms.
    d_e_max : float or None
        Bound on the electron's electric dipole moment in e cm, 4.1e-30 in 2212.11841: how real mu M1 must be is then
        predicted, see `g2fit.models.edm`.
    """

    couplings: Literal["weak_scale", "on_shell", "running", "nuisance"] = "weak_scale"
    branch: Literal["natural", "all"] = "natural"
    trilinear: bool = False
    vacuum_eta: float = Field(default=ETA_LIGHT, gt=0, le=2)
    qed_scale: Literal["soft", "lightest"] = "soft"
    d_terms: bool = True
    d_e_max: PositiveFloat | None = None


class MssmModel(Model):
    """Base class of the models of the MSSM; two-loop diagrams with less than the full one loop raise ModelError."""

    thread_safe = True
    options: CommonOptions

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        level, amu = self.options.two_loop, self.options.amu
        if TWO_LOOP_LEVELS.index(level) >= QED_PHOTONIC and amu != "full":
            raise ModelError(f"model {self.name!r}: option 'two_loop' = {level!r} needs 'amu' = 'full', not {amu!r}")
        self.constants = get_constants(self.options.constants)

    def _make_setting(self, scheme: str, **switches: Any) -> Setting:
        """Gather what the kernels need, with the gauge couplings of a scheme."""
        o, c = self.options, self.constants
        return Setting(
            m_e=c.m_e,
            m_mu=c.m_mu,
            m_W=c.m_W,
            m_Z=c.m_Z,
            couplings=couplings_of_scheme(scheme, c),
            alpha=c.alpha_0,
            delta=DELTA_LEVELS.index(o.delta),
            amu=AMU_LEVELS.index(o.amu),
            qed=min(TWO_LOOP_LEVELS.index(o.two_loop), QED_PHOTONIC),
            vacuum=o.vacuum == "fit",
            **switches,
        )

    @property
    def _sparticles(self) -> tuple[Quantity, ...]:
        """What the option `sparticles` adds to the observables, at their end."""
        return SPARTICLE_OBSERVABLES if self.options.sparticles else ()

    def _neglects_higgsinos(self, mu: FloatArray, *others: FloatArray) -> dict[str, BoolArray]:
        """What `Model.beyond` returns, given |mu| and the other masses: where levels without higgsinos fail."""
        o = self.options
        levels = [f"{key}: {level}" for key, level in (("delta", o.delta), ("amu", o.amu)) if level in ("mia", "bino")]
        return higgsinos_matter(levels, mu, *others) if levels else {}

    def lightest(self, values: Mapping[str, float]) -> str:
        """Name the lightest supersymmetric particle at a point, and what the lightest neutralino consists of.

        `values` are the predictions, with those of the option `sparticles`.

        >>> Mssm().lightest({"m_N1": 600.0, "bino_N1": 0.0, "wino_N1": 1.0, "m_sel_1": 900.0, "m_smu_1": 700.0,
        ...                  "m_snu_e": 890.0, "m_snu_mu": 690.0})
        'neutralino, 600 GeV (bino 0.00, wino 1.00, higgsino 0.00)'
        """
        names = {"m_N1": "neutralino", "m_sel_1": "selectron", "m_smu_1": "smuon",
                 "m_snu_e": "electron sneutrino", "m_snu_mu": "muon sneutrino"}  # fmt: skip
        least = min(names, key=lambda name: values[name])
        bino, wino = values["bino_N1"], values["wino_N1"]
        shares = f"bino {bino:.2f}, wino {wino:.2f}, higgsino {abs(1.0 - bino - wino):.2f}"
        neutralino = f"neutralino, {values['m_N1']:.5g} GeV ({shares})"
        return neutralino if least == "m_N1" else f"{names[least]}, {values[least]:.5g} GeV, before the {neutralino}"

    def _workspace(self) -> FloatArray | None:
        """Allocate scratch space for one call, so that threads do not share it, if the levels need any."""
        return np.empty(WORK_SHAPE) if "full" in (self.options.delta, self.options.amu) else None

    def _single(self, point: ArrayLike) -> FloatArray:
        """Return the only point of a batch as a new array."""
        theta = self.as_points(point)
        if len(theta) != 1:
            raise ModelError(f"model {self.name!r}: branches are listed for one point at a time, got {len(theta)}")
        return np.array(theta[0])


def writeable(theta: FloatArray) -> FloatArray:
    """Copy a read-only array, which is another type to the compiler."""
    return theta if theta.flags.writeable else theta.copy()


class Mssm(MssmModel):
    """The MSSM with soft masses as parameters: magnetic moments and Yukawa couplings of electron and muon.

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
    reasons = REASONS
    references = ("1906.08768", "hep-ph/9912516", "0808.1530", "1309.3065", "hep-ph/0609168")
    options: MssmOptions
    ridges = RIDGES
    mode_signs = ("y_e", "y_mu")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        o = self.options
        if unused := o.unused(o.two_loop):
            raise ModelError(f"model {self.name!r}: option {unused[0]!r} needs 'two_loop' = 'full', not {o.two_loop!r}")
        everything = o.branch == "all"
        between = o.couplings == "nuisance"
        self.parameters = PARAMETERS + (TRILINEAR if o.trilinear else ()) + (SCHEME if between else ())
        full = o.two_loop == "full"
        extra = (TWO_LOOP_OBSERVABLES if full else ()) + (BRANCH_OBSERVABLES if everything else ())
        extra += EDM_OBSERVABLES if o.d_e_max is not None else ()
        self.observables = OBSERVABLES + extra + self._sparticles
        self.solutions = MAX_BRANCHES**2 if everything else 1
        self.setting = self._make_setting(
            o.couplings,
            eta=o.vacuum_eta,
            running=o.couplings in ("running", "nuisance"),
            all_branches=everything,
            trilinear=o.trilinear,
            qed_lightest=o.qed_scale == "lightest",
            d_terms=o.d_terms,
        )
        self.two_loop = o.two_loop_setting(self.constants) if full else None
        self.on_shell = couplings_of_scheme("on_shell", self.constants) if between else None
        #: The model whose photonic part is used where it is asked for at a given scale.
        self.complete: Mssm | None = None
        if o.two_loop == "photonic" and o.scale is not None:
            self.complete = type(self)(**{**o.model_dump(), "two_loop": "full", "barr_zee": False, "d_e_max": None})

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Predict a batch, see `Model.evaluate`."""
        if self.complete is not None:
            self._photonic_at_scale(self.complete, theta, out, reason)
        elif "full" in (self.options.delta, self.options.amu):
            evaluate_lanes(writeable(theta), self.setting, self.two_loop, self.on_shell, out, reason)
        else:
            kernels.evaluate(writeable(theta), self.setting, self.on_shell, out, reason)
        if self.options.d_e_max is not None:
            bound = dimensionless_edm(self.options.d_e_max, self.constants.m_e)
            names = ("delta_a_e", "Delta_e", "phase_e_max", "arg_mu_M1_max")
            moment, Delta, dipole, mu_M1 = (out[:, self.column(name)] for name in names)
            fill_phases(moment, Delta, bound, dipole, mu_M1)
        if self.options.sparticles and self.complete is None:
            soft = np.repeat(theta[:, 4:8], self.solutions, axis=0)
            point, scheme = np.ascontiguousarray(theta[:, :4]), np.ascontiguousarray(theta[:, -1])
            fill_sparticles(point, soft, self.setting, scheme, self.on_shell, out, reason)

    def _photonic_at_scale(self, complete: "Mssm", theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Predict a batch by the complete two loops, of which one loop and the photonic part are taken."""
        wide = np.empty((len(out), len(complete.observables)))
        complete.evaluate(theta, wide, reason)
        for lepton in ("e", "mu"):
            one_loop, photonic = (wide[:, complete.column(f"{part}_{lepton}")] for part in ("one_loop", "photonic"))
            wide[:, complete.column(f"delta_a_{lepton}")] = one_loop + photonic
        known = {quantity.name for quantity in complete.observables}
        for column, quantity in enumerate(self.observables):
            if quantity.name in known:
                out[:, column] = wide[:, complete.column(quantity.name)]

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """Find points whose higgsinos are too light for the levels ``mia`` and ``bino``; see `Model.beyond`."""
        M1, M2, mu, _, *sleptons = theta.T[:8]
        return self._neglects_higgsinos(mu, M1, M2, *sleptons)

    def ridge_centres(
        self, ridge: Ridge, theta: FloatArray, bounds: tuple[float, float], datum: tuple[float, float]
    ) -> tuple[FloatArray, FloatArray]:
        """Find mL_l at which a_l is as measured, see `Model.ridge_centres` and `g2fit.models.mssm.ridge`."""
        position, slope = np.empty(len(theta)), np.empty(len(theta))
        setting = self.setting._replace(vacuum=False, all_branches=False)
        work = self._workspace()
        index = RIDGES.index(ridge)
        find_ridge(theta, index, bounds, datum, setting, work, self.two_loop, self.on_shell, position, slope)
        return position, slope

    def branches(self, point: ArrayLike) -> list[dict[str, Any]]:
        """List every solution (branch) of both leptons at one point, valid or not.

        Parameters
        ----------
        point : (P,) array_like
            Parameters, as `parameters`.

        Returns
        -------
        list of dict
            One for each solution, or one with `status` only for a lepton without any: `lepton` ("e" or "mu"), `branch`
            (by growing |y|, from 0), `natural`, `status` (a reason, "valid" if it has none), `tachyon`, `y`, `Delta`,
            `m_1`, `m_2` (GeV; -sqrt(-m_1^2) for a tachyon), `delta_a`, `vac_ratio`, `delta_qed`; with ``two_loop:
            full`` also `parts`, the parts of `delta_a` and its uncertainties.
        """
        if self.complete is not None:
            complete = self.complete.branches(point)
            for entry in complete:
                if parts := entry.pop("parts", None):
                    entry["delta_a"] = parts["one_loop"] + parts["photonic"]
            return complete
        row, setting, work = self._single(point), self.setting._replace(all_branches=True), self._workspace()
        listed: list[dict[str, Any]] = []
        for k, lepton in enumerate(("e", "mu")):
            found = room_for(MAX_BRANCHES)
            count, natural, problem = kernels.inspect(row, k, setting, work, self.two_loop, self.on_shell, found)
            if problem:
                listed.append({"lepton": lepton, "status": self._status(problem, k)})
                continue
            for branch in range(count):
                solution = Solution(*map(float, found.solutions[branch]))._asdict()
                del solution["mL"], solution["mR"]  # input
                listed.append(
                    {
                        "lepton": lepton,
                        "branch": branch,
                        "natural": natural and branch == 0,
                        "status": self._status(int(found.codes[branch]), k),
                        "tachyon": solution["m_1"] <= 0.0,
                        **solution,
                        **({} if self.two_loop is None else {"parts": _parts(found.parts[branch])}),
                    }
                )
        return listed

    def _status(self, code: int, lepton: int) -> str:
        return self.reasons[code + lepton if code > BAD else code]


def _parts(row: FloatArray) -> dict[str, float]:
    """Parts of the moment of a solution by name."""
    return Parts(*map(float, row))._asdict()
