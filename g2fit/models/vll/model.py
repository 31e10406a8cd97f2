"""The model of vector-like leptons: a doublet L and a singlet S for one, two or three generations of leptons."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BeforeValidator, Field, PositiveFloat, field_validator

from g2fit.core.types import BoolArray, FloatArray, IntArray, ReasonArray
from g2fit.models import base
from g2fit.models.base import Model, Ridge
from g2fit.models.constants import get_constants
from g2fit.models.vll import kernels, predictions, validity
from g2fit.models.vll.flavour.model import VectorLikeFlavour
from g2fit.models.vll.partners import REASONS, Setting, make_setting
from g2fit.models.vll.predictions import LEPTONS, PER_LEPTON
from g2fit.models.vll.representations.model import VectorLikeRepresentations
from g2fit.models.vll.ridge import ridge_centres
from g2fit.models.vll.running_model import SCALES, RunningModel
from g2fit.models.vll.scales import fill_scales_of_batch

__all__ = ["VectorLikeLeptons", "VectorLikeOptions"]

Lepton = Literal["e", "mu", "tau"]
#: The representations of 2106.01373, the doublet L and the singlet N, called S there.
PAIR: tuple[Literal["L"], Literal["N"]] = ("L", "N")
#: Significance of the measurement of Delta a_l above which its ridge is straightened: see docs/sampling.md.
THIN = 2.0
#: Names of the parts of Delta a_l, see `VectorLikeLeptons.parts`.
PARTS = ("da_W_flip", "da_W_cons", "da_Z", "da_h")
_KERNELS = {
    "leading_order": kernels.predict_leading_order,
    "improved": kernels.predict_improved,
    "exact": kernels.predict_exact,
}


def _in_order(representations: Any) -> Any:
    """Return the representations of 2106.01373 in the order of `PAIR`, and anything else as it is."""
    given = representations if isinstance(representations, list | tuple) else ()
    return PAIR if sorted(map(str, given)) == list(PAIR) else representations


class VectorLikeOptions(base.Options):
    """Options of `VectorLikeLeptons`.

    Attributes
    ----------
    formula : {"leading_order", "improved", "exact"}
        Level of approximation of Delta a_l: eq (12) of 2106.01373; a closed form of the exact result, within 0.2 % of
        it above 300 GeV in the median; or the one-loop W, Z and Higgs loops in mass eigenstates.
    top_loop : bool
        Add the two-loop contribution of eq (14).
    couplings : {"expanded", "exact"} or None
        Shifts of the gauge couplings by eq (16) or by the exact mixing; None takes the former at leading order and the
        latter otherwise.
    gf_shift : bool
        Include the shift of the Fermi constant, which moves all couplings and the W mass. The paper does not.
    oblique : bool
        Include the oblique parameters S, T, U in the couplings and the W mass. The paper does not.
    higgs_loop : bool
        Include the loop that generates the radiative mass in the Higgs coupling of the lepton, too, and so in the
        signal strength of h -> l l.
    run_to : float or None
        Scale in GeV up to which couplings run, to find where the Higgs potential becomes unstable or a coupling
        strong. None computes no running, unless a card has a cut on one of these scales: they run as far as the cut
        needs, and up to the Planck scale in results.
    generations : tuple of str
        Leptons that have partners, in the order e, mu, tau.
    representations : ("L", "N")
        Representations of the partners: doublet L and singlet N. With others, or a mapping of leptons to them,
        `get_model` returns `g2fit.models.vll.representations.model.VectorLikeRepresentations` with its own options.
    phases, flavour_mixing : False
        With complex couplings, or partners that several leptons share, `get_model` returns
        `g2fit.models.vll.flavour.model.VectorLikeFlavour` with its own options, also for [L, N].
    Lambda : float or "parameter"
        Cut-off of the radiative mass, eq (4), GeV.
    scenario : {"general", "radiative"}
        In the radiative scenario (sec. IV) Y_V' = 0, and the lepton mass is generated at Lambda and below.
    R_tau_SM : float
        Gamma(tau -> mu)/Gamma(tau -> e) in the Standard Model.
    d_e_max : float
        Bound on the electric dipole moment of the electron, e cm (90 % limit of 2212.11841).
    constants : str or mapping
        A set of `g2fit.models.constants.PRESETS`, or constants by name on top of ``preset`` (default ``"paper_2021"``).
    """

    formula: Literal["leading_order", "improved", "exact"] = "leading_order"
    top_loop: bool = False
    couplings: Literal["expanded", "exact"] | None = None
    gf_shift: bool = False
    oblique: bool = False
    higgs_loop: bool = False
    run_to: PositiveFloat | None = None
    generations: tuple[Lepton, ...] = Field(default=("mu",), min_length=1)
    representations: Annotated[tuple[Literal["L"], Literal["N"]], BeforeValidator(_in_order)] = Field(
        PAIR, exclude=True
    )
    phases: Literal[False] = Field(False, exclude=True)
    flavour_mixing: Literal[False] = Field(False, exclude=True)
    Lambda: PositiveFloat | Literal["parameter"] = 1e5
    scenario: Literal["general", "radiative"] = "general"
    R_tau_SM: PositiveFloat = 0.9726
    d_e_max: PositiveFloat = 4.1e-30
    constants: str | dict[str, float | str] = "paper_2021"

    @field_validator("generations")
    @classmethod
    def _in_order(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if list(value) != [lepton for lepton in LEPTONS if lepton in value]:
            raise ValueError("name each generation once, in the order e, mu, tau")
        return value


class VectorLikeLeptons(RunningModel):
    """Vector-like leptons of 2106.01373: partners of the muon, and by option of electron and tau.

    The parameters of each generation are the masses m_L, m_S (GeV, positive) and the Yukawa couplings Y_L, Y_R, Y_V,
    Y_Vp (of either sign), with the suffix _e, _mu or _tau if there are several generations.

    Examples
    --------
    >>> model = VectorLikeLeptons()
    >>> prediction = model.predict([[1000.0, 1100.0, 0.3, 0.4, 1.0, 0.0]])
    >>> round(float(prediction["delta_a_mu"][0]) * 1e9, 9)
    1.364461432
    """

    name: ClassVar[str] = "vll"
    Options: ClassVar[type[base.Options]] = VectorLikeOptions
    options: VectorLikeOptions
    reasons = REASONS
    references: ClassVar[tuple[str, ...]] = ("2106.01373",)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        o = self.options
        radiative = o.scenario == "radiative"
        chosen = o.constants if isinstance(o.constants, str) else {"preset": "paper_2021", **o.constants}
        self.constants = get_constants(chosen)
        self.parameters = predictions.parameters(o.generations, Y_Vp=not radiative, Lambda=o.Lambda == "parameter")
        columns, self.observables = predictions.observables(
            o.generations,
            radiative=radiative,
            shifted=o.gf_shift or o.oblique,
            running=o.run_to is not None,
            R_tau_SM=o.R_tau_SM,
        )
        self._masses = np.array([getattr(self.constants, f"m_{lepton}") for lepton in o.generations])
        blocks = np.array([LEPTONS.index(lepton) * PER_LEPTON for lepton in o.generations])
        self._layout = (self._masses, blocks, np.array(columns))
        self._setting = self._make_setting()
        self._kernel = _KERNELS[o.formula]
        self.aliases = self._aliases()
        several = len(o.generations) > 1
        self.ridges = tuple(
            Ridge(f"Y_L_{name}" if several else "Y_L", f"delta_a_{name}", "power", THIN) for name in o.generations
        )

    @classmethod
    def variant(cls, options: Mapping[str, Any]) -> type[Model]:
        """Return this class for [L, N], and another one for other options; see `Model.variant`."""
        if any(options.get(name, False) is not False for name in ("phases", "flavour_mixing")):
            return VectorLikeFlavour
        return cls if _in_order(options.get("representations", PAIR)) == PAIR else VectorLikeRepresentations

    def _make_setting(self) -> Setting:
        o = self.options
        leading_order = o.formula == "leading_order"
        return make_setting(
            self.constants,
            R_tau_SM=o.R_tau_SM,
            d_e_max=o.d_e_max,
            gf_shift=o.gf_shift,
            oblique=o.oblique,
            Lambda=float("nan") if o.Lambda == "parameter" else o.Lambda,
            Y_Vp=o.scenario == "general",
            top_loop=o.top_loop,
            exact_couplings=o.couplings == "exact" or (o.couplings is None and not leading_order),
            linear_tau=leading_order and o.generations == ("mu",) and o.couplings != "exact",
            higgs_loop=o.higgs_loop,
            run_to=o.run_to or 0.0,
        )

    def _aliases(self) -> Mapping[str, str]:
        """Return the names with the suffix of the lepton, such as m_L_mu for m_L, if there is one generation only."""
        if len(self.options.generations) > 1:
            return {}
        lepton = self.options.generations[0]
        own = {
            "t_L",
            "t_R",
            "Y_L_Y_R",
            "dgL_Z_nu",
            "m_N1",
            "m_N2",
            "U2_N1",
            "U2_N2",
            *(p.name for p in self.parameters),
        } - {"Lambda"}
        return {f"{name}_{lepton}": name for name in sorted(own)}

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Compute the predictions of a batch in one compiled loop; see `Model.evaluate`."""
        self._kernel(theta, out, reason, self._setting, *self._layout)
        if self.options.run_to:
            fill_scales_of_batch(theta, out, reason, self._setting, self._masses, self._scales)

    @cached_property
    def _scales(self) -> IntArray:
        """Columns of the table of predictions with the scales that `fill_scales_of_batch` writes."""
        return np.array([self.column(name) for name in SCALES])

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """Compare with the exact result, and test T, the Higgs potential and light neutral leptons; see `Model.beyond`.

        The exact result has no loop of the top quark, with which the formula is not compared either.
        """
        o = self.options
        run_to = None if o.run_to else validity.SCALE
        predictions = type(self)(**{**o.model_dump(), "top_loop": False, "run_to": run_to}).predict(theta)
        found = validity.decays_to_neutral_leptons(predictions, self.constants.m_W)
        if o.formula != "exact":
            found |= validity.formula_fails(predictions, self._delta_a_exact(theta))
        if not o.oblique:
            found |= validity.violates_custodial_symmetry(predictions)
        return found if o.run_to else found | validity.unstable(predictions)

    def ridge_centres(
        self, ridge: Ridge, theta: FloatArray, bounds: tuple[float, float], datum: tuple[float, float]
    ) -> tuple[FloatArray, FloatArray]:
        """Find Y_L at which Delta a_l is as measured; see `Model.ridge_centres` and `g2fit.models.vll.ridge`."""
        g = self.ridges.index(ridge)
        closed = self.options.formula != "leading_order"
        return ridge_centres(theta, g, float(self._masses[g]), *bounds, datum[0], self._setting, closed)

    def parts(self, theta: ArrayLike) -> dict[str, FloatArray]:
        """Compute the parts of the exact one-loop Delta a_l, whatever the option `formula` is.

        For each point of `theta` (see `predict`) these are da_W_flip and da_W_cons (chirality-flipping and -conserving
        W loops), da_Z and da_h, each minus its Standard Model value, with the suffix of the lepton if there are several
        generations; arrays of shape (N,), NaN where a point is invalid.

        >>> parts = VectorLikeLeptons().parts([[1000.0, 1100.0, 0.3, 0.4, 1.0, 0.0]])
        >>> {name: f"{value[0]:.4e}" for name, value in parts.items()}
        {'da_W_flip': '1.3418e-09', 'da_W_cons': '3.1345e-12', 'da_Z': '1.4419e-11', 'da_h': '6.4293e-12'}
        """
        out, generations = self._parts(theta), self.options.generations
        return {
            f"{name}_{lepton}" if len(generations) > 1 else name: out[:, g, i]
            for g, lepton in enumerate(generations)
            for i, name in enumerate(PARTS)
        }

    def _parts(self, theta: ArrayLike) -> FloatArray:
        """Compute the `parts` of each lepton's moment, shape (N, generations, parts)."""
        points = self.as_points(theta)
        out = np.empty((len(points), len(self._masses), len(PARTS)))
        kernels.predict_parts(points, out, self._masses, self._setting)
        return out

    def _delta_a_exact(self, theta: FloatArray) -> dict[str, FloatArray]:
        """Compute the exact one-loop Delta a_l, whatever the option `formula` is."""
        totals = self._parts(theta).sum(axis=-1)
        return {f"delta_a_{lepton}": totals[:, g] for g, lepton in enumerate(self.options.generations)}
