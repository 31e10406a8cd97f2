"""The model of vector-like leptons with CP-violating phases, or with partners that several leptons share."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from g2fit.core.types import BoolArray, FloatArray, ReasonArray
from g2fit.models import base
from g2fit.models.vll import validity
from g2fit.models.vll.flavour import kernels, predictions
from g2fit.models.vll.flavour.arrays import new_work
from g2fit.models.vll.flavour.decays import WIDTHS
from g2fit.models.vll.flavour.oblique import charges_of, new_levels
from g2fit.models.vll.predictions import LEPTONS
from g2fit.models.vll.representations.fields import content_of
from g2fit.models.vll.representations.generation import REASONS
from g2fit.models.vll.representations.model import PARTS, CommonOptions, Lepton, Names, VectorLikeRepresentations
from g2fit.models.vll.representations.photons import M_TOP, standard_amplitude

__all__ = ["FlavourOptions", "VectorLikeFlavour"]


class FlavourOptions(CommonOptions):
    """Options of `VectorLikeFlavour`: those of `CommonOptions`, and two more, of which at least one is true.

    Attributes
    ----------
    representations : tuple of str, or mapping
        As in `CommonOptions`, by default [L, N]; a mapping only without `flavour_mixing`.
    phases : bool
        The phases of lambda_D and lambda are parameters, in rad; this needs a pair of representations. All other
        couplings are real, which is no restriction: fields can be redefined so that only the phases of
        lambda_X lambda_D lambda_bar, for each lepton, and of lambda lambda_bar remain. Electric dipole moments and the
        couplings of the Higgs boson that violate CP are predicted.
    flavour_mixing : bool
        All leptons of `generations`, of which there are at least two, couple to one set of partners; decays that change
        their flavour are predicted.
    run_to : None
        The running of couplings is not available.
    """

    representations: Names | dict[Lepton, Names] = ("L", "N")
    phases: bool = False
    flavour_mixing: bool = False
    run_to: None = None
    generations: tuple[Lepton, ...] = Field(default=("mu",), min_length=1)

    @model_validator(mode="after")
    def _possible(self) -> "FlavourOptions":
        if not (self.phases or self.flavour_mixing):
            raise ValueError("one of the options phases and flavour_mixing must be true")
        if self.flavour_mixing and len(self.generations) < 2:
            raise ValueError("the option flavour_mixing needs at least two of e, mu, tau in the option generations")
        if self.flavour_mixing and isinstance(self.representations, dict):
            raise ValueError(
                "with flavour_mixing all leptons have the same partners: the option representations is a list"
            )
        if self.phases and any(len(names) < 2 for names in self.partners().values()):
            raise ValueError("a single representation has no physical phase: the option phases needs a pair")
        return self

    def sets(self) -> list[predictions.Partners]:
        """Sets of partners: the leptons that couple to each, and its representations."""
        if self.flavour_mixing:
            return [(self.generations, next(iter(self.partners().values())))]
        return [((lepton,), names) for lepton, names in self.partners().items()]


class VectorLikeFlavour(VectorLikeRepresentations):
    """Vector-like leptons with CP-violating phases, or with partners that several leptons share.

    Parameters and normalisations are those of `VectorLikeRepresentations`. With `phases` there are the phases of
    lambda_D and lambda, for [L, E] phase_lambda_L and phase_lambda; the couplings themselves keep their signs, so that
    a sign and a phase of pi are the same. With `flavour_mixing` the couplings of the leptons have their names as
    suffix, such as lambda_E_mu, and all other parameters have none. The basis of the leptons in which these couplings
    are given is explained in `g2fit.models.vll.flavour.leptons`.

    Examples
    --------
    >>> model = VectorLikeFlavour(representations=["L", "E"], flavour_mixing=True, generations=["e", "mu"])
    >>> [p.name for p in model.parameters]
    ['M_L', 'M_E', 'lambda_L_e', 'lambda_L_mu', 'lambda_E_e', 'lambda_E_mu', 'lambda', 'lambda_bar']
    >>> prediction = model.predict([[1000.0, 1000.0, 1e-5, 0.3, 1e-5, 0.4, 0.0, -0.3]])
    >>> round(float(prediction["delta_a_mu"][0]) * 1e9, 6), f"{float(prediction['B_mu_e_gamma'][0]):.4g}"
    (3.453624, '3.323e-12')
    >>> model = VectorLikeFlavour(representations=["L", "E"], phases=True)
    >>> prediction = model.predict([[1000.0, 1000.0, 0.3, 0.4, 0.0, -0.3, 0.5, 0.0]])
    >>> f"{float(prediction['d_mu'][0]):.4g} e cm"
    '-1.542e-22 e cm'
    """

    Options: ClassVar[type[base.Options]] = FlavourOptions
    options: FlavourOptions
    reasons: ClassVar[tuple[str, ...]] = tuple(
        "a partner is not heavier than the leptons, or no bare masses give theirs" if "heavier" in text else text
        for text in REASONS
    )
    references: ClassVar[tuple[str, ...]] = ("0803.4008", "1305.3522", "hep-ph/0302221")

    def _prepare(self) -> None:
        o, sets = self.options, self.options.sets()
        self.parameters = predictions.parameters(sets, o.phases)
        wanted, self.observables = predictions.observables(
            sets,
            phases=o.phases,
            shifted=o.gf_shift or o.oblique,
            self_energies=self._self_energies,
            R_tau_SM=o.R_tau_SM,
        )
        contents, n = [content_of(names) for _, names in sets], len(sets[0][0])
        c = self.constants
        self._arguments = kernels.Layout(
            masses=np.array([[getattr(c, f"m_{lepton}") for lepton in leptons] for leptons, _ in sets]),
            leptons=np.array([[LEPTONS.index(lepton) for lepton in leptons] for leptons, _ in sets]),
            columns=np.array(predictions.parameter_columns(sets, o.phases)),
            contents=np.array(contents, dtype=float),
            charges=np.array([charges_of(content, n) for content in contents]),
            wanted=np.array(wanted),
            standard=standard_amplitude(c.m_W, c.m_h, M_TOP),
            alpha=c.alpha_0,
            widths=WIDTHS,
            self_energies=self._self_energies,
        )

    @classmethod
    def options_of_cuts(cls, cuts: Mapping[str, float]) -> dict[str, Any]:
        """Return no options: couplings do not run, and no scales are predicted; see `Model.options_of_cuts`."""
        return {}

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Compute the predictions of a batch in one compiled loop; see `Model.evaluate`."""
        layout = self._arguments
        n = layout.masses.shape[1]
        kernels.predict(theta, out, reason, self._setting, layout, new_work(n), new_levels(n))

    def amplitudes(self, theta: ArrayLike) -> NDArray[np.complex128]:
        """Compute the one-loop dipole amplitudes A_ij in 1/GeV, see `g2fit.models.vll.flavour.dipoles`.

        For points of shape (N, P) they have the shape (N, sets, 4, n, n): sets of partners (one with flavour mixing),
        W loops with neutral fermions and with those of charge -2, Z loops, Higgs loops, and the n leptons of a set.
        NaN where a point is invalid.
        """
        points, (sets, n) = self.as_points(theta), self._arguments.masses.shape
        out = np.empty((len(points), sets, len(PARTS), n, n, 2))
        kernels.predict_amplitudes(points, out, self._setting, self._arguments, new_work(n))
        result: NDArray[np.complex128] = out.view(complex)[..., 0]
        return result

    def beyond(self, theta: FloatArray) -> dict[str, BoolArray]:
        """Test T, unless it is part of the couplings, and light neutral leptons; see `Model.beyond`."""
        o = self.options
        full = self if self._self_energies or o.oblique else type(self)(**{**o.model_dump(), "self_energies": True})
        predictions = full.predict(theta)
        found = validity.decays_to_neutral_leptons(predictions, self.constants.m_W)
        return found if o.oblique else found | validity.violates_custodial_symmetry(predictions)

    def _aliases(self) -> Mapping[str, str]:
        """Return the names that the base class gives; partners that several leptons share have those of the first, too.

        By them the limit of LEP on charged leptons, which holds whatever their decay, bounds each state once.
        """
        found = dict(super()._aliases())
        if self.options.flavour_mixing:
            first, charged = self.options.generations[0], ("m_E1", "m_EE1", "M_Sigma0")
            known = {q.name for q in (*self.parameters, *self.observables)}
            found |= {f"{name}_{first}": name for name in charged if name in known}
        return found

    def parts(self, theta: ArrayLike) -> dict[str, FloatArray]:
        """Compute the parts of the one-loop Delta a_l; see `VectorLikeRepresentations.parts`."""
        amplitudes, result = self.amplitudes(theta), {}
        several = self._arguments.masses.size > 1
        for s, (leptons, _) in enumerate(self.options.sets()):
            for i, lepton in enumerate(leptons):
                for part, name in enumerate(PARTS):
                    moment = self._arguments.masses[s, i] * amplitudes[:, s, part, i, i].real
                    result[f"{name}_{lepton}" if several else name] = moment
        return result
