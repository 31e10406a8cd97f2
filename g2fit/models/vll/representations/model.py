"""The model of vector-like leptons in any representation, or pair of them, that mixes with the leptons."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, PositiveFloat, ValidationInfo, field_validator, model_validator

from g2fit.core.types import BoolArray, FloatArray, IntArray, ReasonArray
from g2fit.models import base
from g2fit.models.base import Ridge
from g2fit.models.constants import get_constants
from g2fit.models.vll import validity
from g2fit.models.vll.partners import make_setting
from g2fit.models.vll.predictions import LEPTONS, PER_LEPTON
from g2fit.models.vll.representations import kernels, predictions
from g2fit.models.vll.representations.beta_functions import Beta, make_beta
from g2fit.models.vll.representations.fields import PAIRS, REPRESENTATIONS, content_of
from g2fit.models.vll.representations.generation import REASONS
from g2fit.models.vll.representations.photons import M_TOP, standard_amplitude
from g2fit.models.vll.representations.scales import fill_scales_of_batch
from g2fit.models.vll.running_model import SCALES, RunningModel

__all__ = ["CommonOptions", "RepresentationOptions", "VectorLikeRepresentations"]

Lepton = Literal["e", "mu", "tau"]
Names = tuple[str, ...]
#: Significance of the measurement of Delta a_l above which its ridge is straightened: see docs/sampling.md.
THIN = 2.0
#: Names of the parts of Delta a_l, see `VectorLikeRepresentations.parts`.
PARTS = ("da_W", "da_WW", "da_Z", "da_h")


def _ordered(names: Any) -> Names:
    """Return a choice of representations in the order of `PAIRS`; raise ValueError if there is no such choice."""
    given = [names] if isinstance(names, str) else names
    if isinstance(given, list | tuple):
        for choice in (*PAIRS, *((name,) for name in REPRESENTATIONS)):
            if sorted(map(str, given)) == sorted(choice):
                return choice
    pairs = ", ".join(f"[{', '.join(pair)}]" for pair in PAIRS)
    raise ValueError(f"allowed are {pairs}, and one of {', '.join(REPRESENTATIONS)}")


class CommonOptions(base.Options):
    """Options of vector-like leptons in any representation.

    Attributes
    ----------
    representations : tuple of str, or mapping
        One of the representations N, E, L, L_3/2, Sigma0, Sigma1, or a pair of them that has a common Yukawa coupling:
        [L, N], [L, E], [L_3/2, E], [L, Sigma0], [L, Sigma1], [L_3/2, Sigma1]. If generations have different
        partners, a mapping of e, mu, tau to such a list, which also chooses the generations.
    formula : {"exact"}
        Delta a_l is the complete one-loop result in mass eigenstates.
    gf_shift : bool
        Include the shift of the Fermi constant, which moves all couplings and the W mass.
    oblique : bool
        Include the oblique parameters S, T, U in the couplings and the W mass.
    self_energies : bool or None
        Predict S, T and U, which takes longer than all other predictions together; None: if `oblique` needs them.
    run_to : float or None
        Scale in GeV up to which couplings run, to find where the Higgs potential becomes unstable or a coupling
        strong. None computes no running, unless a card has a cut on one of these scales: they run as far as the cut
        needs, and up to the Planck scale in results.
    generations : tuple of str
        Leptons that have partners, in the order e, mu, tau.
    R_tau_SM : float
        Gamma(tau -> mu)/Gamma(tau -> e) in the Standard Model.
    d_e_max : float
        Bound on the electric dipole moment of the electron, e cm (90 % limit of 2212.11841).
    constants : str or mapping
        A set of `g2fit.models.constants.PRESETS`, or constants by name on top of ``preset`` (default ``"paper_2021"``).
    """

    representations: Names | dict[Lepton, Names]
    formula: Literal["exact"] = "exact"
    gf_shift: bool = False
    oblique: bool = False
    self_energies: bool | None = None
    run_to: PositiveFloat | None = None
    generations: tuple[Lepton, ...] = Field(default=("mu",), min_length=1)
    R_tau_SM: PositiveFloat = 0.9726
    d_e_max: PositiveFloat = 4.1e-30
    constants: str | dict[str, float | str] = "paper_2021"

    @model_validator(mode="before")
    @classmethod
    def _generations_of_mapping(cls, given: Any) -> Any:
        """Take the generations from the mapping of representations if they are not given."""
        if isinstance(given, dict) and isinstance(given.get("representations"), dict) and "generations" not in given:
            return {**given, "generations": [lepton for lepton in LEPTONS if lepton in given["representations"]]}
        return given

    @field_validator("representations", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {lepton: _ordered(names) for lepton, names in value.items()}
        return _ordered(value)

    @field_validator("generations")
    @classmethod
    def _in_order(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if list(value) != [lepton for lepton in LEPTONS if lepton in value]:
            raise ValueError("name each generation once, in the order e, mu, tau")
        chosen = info.data.get("representations")
        if isinstance(chosen, dict) and set(chosen) != set(value):
            raise ValueError(f"the option representations is for {', '.join(chosen)}")
        return value

    @field_validator("self_energies")
    @classmethod
    def _needed(cls, value: bool | None, info: ValidationInfo) -> bool | None:
        if value is False and info.data.get("oblique"):
            raise ValueError("the option oblique needs them")
        return value

    def partners(self) -> dict[str, Names]:
        """Representations by lepton."""
        return {
            lepton: self.representations[lepton] if isinstance(self.representations, dict) else self.representations
            for lepton in self.generations
        }


class RepresentationOptions(CommonOptions):
    """Options of `VectorLikeRepresentations`: those of `CommonOptions`, and two that choose another class.

    Attributes
    ----------
    phases, flavour_mixing : False
        With one of them `get_model` returns `g2fit.models.vll.flavour.model.VectorLikeFlavour`, whose options explain
        them.
    """

    phases: Literal[False] = Field(False, exclude=True)
    flavour_mixing: Literal[False] = Field(False, exclude=True)


class VectorLikeRepresentations(RunningModel):
    """Vector-like leptons in one representation or a pair of them: partners of the muon, by option of e and tau.

    The parameters of each generation are the masses M_X (GeV, positive), the Yukawa couplings lambda_X of the lepton
    with each field X, and for a pair their couplings lambda and lambda_bar (of either sign), with the suffix _e, _mu or
    _tau if there are several generations. Normalisations are those of `g2fit.models.vll.representations.fields`; for
    [L, E] they are those of 1305.3522.

    Examples
    --------
    >>> model = VectorLikeRepresentations(representations=["L", "E"])
    >>> prediction = model.predict([[1000.0, 1000.0, 0.3, 0.4, 0.0, -0.3]])
    >>> round(float(prediction["delta_a_mu"][0]) * 1e9, 6), round(float(prediction["kappa_mu"][0]), 6)
    (3.453624, -2.58386)
    """

    name: ClassVar[str] = "vll"
    Options: ClassVar[type[base.Options]] = RepresentationOptions
    options: CommonOptions
    reasons: ClassVar[tuple[str, ...]] = REASONS
    references: ClassVar[tuple[str, ...]] = ("0803.4008", "1305.3522")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        o = self.options
        chosen = o.constants if isinstance(o.constants, str) else {"preset": "paper_2021", **o.constants}
        self.constants = get_constants(chosen)
        self._self_energies = o.oblique if o.self_energies is None else o.self_energies
        self._setting = make_setting(
            self.constants,
            R_tau_SM=o.R_tau_SM,
            d_e_max=o.d_e_max,
            gf_shift=o.gf_shift,
            oblique=o.oblique,
            run_to=o.run_to or 0.0,
        )
        self._prepare()
        self.aliases = self._aliases()
        self.mode_signs = tuple(f"kappa_{lepton}" for lepton in o.generations)

    def _prepare(self) -> None:
        """Set parameters, observables and ridges, and the arguments of the kernels."""
        o, partners = self.options, self.options.partners()
        self.parameters = predictions.parameters(partners)
        wanted, self.observables = predictions.observables(
            partners,
            shifted=o.gf_shift or o.oblique,
            self_energies=self._self_energies,
            running=o.run_to is not None,
            R_tau_SM=o.R_tau_SM,
        )
        self._layout = self._make_layout(partners, wanted)
        end = {lepton: f"_{lepton}" if len(partners) > 1 else "" for lepton in partners}
        self.ridges = tuple(
            Ridge(f"lambda_{predictions.ascii_name(names[-1])}{end[lepton]}", f"delta_a_{lepton}", "power", THIN)
            for lepton, names in partners.items()
        )

    def _make_layout(self, partners: Mapping[str, Names], wanted: list[int]) -> kernels.Layout:
        contents = [content_of(names) for names in partners.values()]
        return kernels.Layout(
            masses=np.array([getattr(self.constants, f"m_{lepton}") for lepton in partners]),
            blocks=np.array([LEPTONS.index(lepton) * PER_LEPTON for lepton in partners]),
            columns=np.array(predictions.parameter_columns(partners)),
            contents=np.array(contents, dtype=float),
            wanted=np.array(wanted),
            standard=standard_amplitude(self.constants.m_W, self.constants.m_h, M_TOP),
            self_energies=self._self_energies,
        )

    def _aliases(self) -> Mapping[str, str]:
        """Return the names with the suffix of the lepton, such as M_L_mu for M_L, if there is one generation only.

        The partner of a doublet L is also m_S, its name in the limits on doublets that decay directly.
        """
        partners = self.options.partners()
        several = len(partners) > 1
        end = {lepton: f"_{lepton}" if several else "" for lepton in partners}
        found = {
            f"m_S_{lepton}": f"m_{predictions.ascii_name(X)}{end[lepton]}" if X != "N" else f"M_N{end[lepton]}"
            for lepton, (D, *rest) in partners.items()
            if D == "L"
            for X in rest
        }
        if not several:
            (lepton,) = partners
            own = [p.name for p in self.parameters] + ["dgL_Z_nu"]
            own += [q.name for q in self.observables if q.name.startswith(("m_E", "m_L", "m_N", "m_Sigma", "U2_"))]
            found |= {f"{name}_{lepton}": name for name in sorted(own)}
        known = {q.name for q in (*self.parameters, *self.observables)}
        return {alias: name for alias, name in found.items() if name in known}

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Compute the predictions of a batch in one compiled loop; see `Model.evaluate`."""
        kernels.predict(theta, out, reason, self._setting, self._layout)
        if self.options.run_to:
            fill_scales_of_batch(theta, out, reason, self._setting, *self._running)

    @cached_property
    def _running(self) -> tuple[FloatArray, IntArray, IntArray, IntArray, Beta]:
        """What `fill_scales_of_batch` needs to know about representations and columns."""
        partners = self.options.partners()
        mixing = [self.column(f"m_mixing_over_m_{lepton}") for lepton in partners]
        wanted = [self.column(name) for name in SCALES]
        beta = make_beta(list(partners.values()))
        return self._layout.masses, self._layout.columns, np.array(mixing), np.array(wanted), beta

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """Test T and the Higgs potential, unless the options include them, and light neutral leptons.

        See `Model.beyond`.
        """
        o = self.options
        run_to = None if o.run_to else validity.SCALE
        full = type(self)(**{**o.model_dump(), "self_energies": True, "run_to": run_to})
        predictions = full.predict(theta)
        found = validity.decays_to_neutral_leptons(predictions, self.constants.m_W)
        if not o.oblique:
            found |= validity.violates_custodial_symmetry(predictions)
        return found if o.run_to else found | validity.unstable(predictions)

    def ridge_centres(
        self, ridge: Ridge, theta: FloatArray, bounds: tuple[float, float], datum: tuple[float, float]
    ) -> tuple[FloatArray, FloatArray]:
        """Find the coupling of the lepton at which Delta a_l is as measured; see `Model.ridge_centres`."""
        g = self.ridges.index(ridge)
        return kernels.ridge_centres(theta, g, *bounds, datum[0], self._setting, self._layout)

    def parts(self, theta: ArrayLike) -> dict[str, FloatArray]:
        """Compute the parts of the one-loop Delta a_l.

        For each point of `theta` (see `predict`) these are da_W and da_WW (W loops with neutral fermions and with those
        of charge -2), da_Z and da_h, each minus its Standard Model value, with the suffix of the lepton if there are
        several generations; arrays of shape (N,), NaN where a point is invalid.
        """
        points, generations = self.as_points(theta), self.options.generations
        out = np.empty((len(points), len(generations), len(PARTS)))
        kernels.predict_parts(points, out, self._setting, self._layout)
        return {
            f"{name}_{lepton}" if len(generations) > 1 else name: out[:, g, i]
            for g, lepton in enumerate(generations)
            for i, name in enumerate(PARTS)
        }
