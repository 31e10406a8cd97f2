"""Vector-like leptons L (doublet) and S (singlet) for one, two or three generations of leptons."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, PositiveFloat, field_validator

from g2fit.core.errors import ModelError
from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models import base
from g2fit.models.base import Model, Ridge
from g2fit.models.constants import HBAR_C, Constants, get_constants
from g2fit.models.vll import predictions as columns
from g2fit.models.vll.electroweak import fermi_shift_ratio
from g2fit.models.vll.generation import Setting
from g2fit.models.vll.kernels import predict_exact, predict_improved, predict_parts, predict_seed
from g2fit.models.vll.ridge import ridge_centres as find_ridge

__all__ = ["VectorLikeLeptons", "VectorLikeOptions"]

Lepton = Literal["e", "mu", "tau"]
#: Standard deviations of a datum from zero from which on its ridge is followed: see docs/sampling.md.
THIN = 2.0
_KERNELS = {"seed": predict_seed, "improved": predict_improved, "exact": predict_exact}


class VectorLikeOptions(base.Options):
    """Options of `VectorLikeLeptons`.

    Attributes
    ----------
    formula : str
        Level of Delta a_l: ``"seed"`` (eq 12 of 2106.01373), ``"exact"`` (one-loop W, Z and Higgs loops in mass
        eigenstates), or ``"improved"`` (closed form of the latter, within 0.2 % above 300 GeV in the median).
    top_loop : bool
        Add the two-loop eq (14).
    couplings : str or None
        Shifts of the gauge couplings: ``"expanded"`` (eq 16) or ``"exact"``; None takes what goes with `formula`.
    gf_shift : bool
        Include the shift of the Fermi constant, which moves all couplings and the W mass. Off is the paper's map.
    generations : tuple of str
        Leptons with partners, in the order e, mu, tau.
    Lambda : float or "parameter"
        Cut-off of the radiative mass, eq (4), GeV.
    scenario : str
        ``"general"``, or ``"radiative"``: Y_V' = 0 and the lepton mass is generated at Lambda and below (sec. IV).
    R_tau_SM : float
        Gamma(tau -> mu)/Gamma(tau -> e) in the Standard Model.
    d_e_max : float
        Bound on the electron's electric dipole moment, e cm (90 % limit of 2212.11841).
    constants : str or mapping
        A set of `g2fit.models.constants.PRESETS`, or constants by name on top of ``preset`` (default ``"paper_2021"``).
    """

    formula: Literal["seed", "improved", "exact"] = "seed"
    top_loop: bool = False
    couplings: Literal["expanded", "exact"] | None = None
    gf_shift: bool = False
    generations: tuple[Lepton, ...] = Field(default=("mu",), min_length=1)
    Lambda: PositiveFloat | Literal["parameter"] = 1e5
    scenario: Literal["general", "radiative"] = "general"
    R_tau_SM: PositiveFloat = 0.9726
    d_e_max: PositiveFloat = 4.1e-30
    constants: str | dict[str, float | str] = "paper_2021"

    @field_validator("generations")
    @classmethod
    def _in_order(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if list(value) != [lepton for lepton in columns.LEPTONS if lepton in value]:
            raise ValueError("name each generation once, in the order e, mu, tau")
        return value

    def numbers(self) -> Constants:
        """Return the constants that the option names."""
        if isinstance(self.constants, str):
            return get_constants(self.constants)
        changes = dict(self.constants)
        preset = changes.pop("preset", "paper_2021")
        for name, value in changes.items():
            if isinstance(value, str):
                raise ModelError(f"model 'vll': constant {name!r} = {value!r} is not a number")
        return get_constants(str(preset), **changes)


class VectorLikeLeptons(Model):
    """Vector-like leptons of 2106.01373, partners of the muon and, on request, of electron and tau.

    Parameters of each generation are m_L, m_S (GeV, positive) and the Yukawa couplings Y_L, Y_R, Y_V, Y_Vp (of either
    sign), with the suffix _e, _mu, _tau when there are several generations.

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
    reasons: ClassVar[tuple[str, ...]] = (
        "valid",
        "a parameter is not finite",
        "a mass or the cut-off is not positive",
        "the doublet is not heavier than its lepton",
        "a prediction is out of the range of floating-point numbers",
    )
    references: ClassVar[tuple[str, ...]] = ("2106.01373",)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        o = self.options
        radiative = o.scenario == "radiative"
        self.constants = o.numbers()
        self.parameters = columns.parameters(o.generations, Y_Vp=not radiative, Lambda=o.Lambda == "parameter")
        places, self.observables = columns.observables(
            o.generations, radiative=radiative, gf_shift=o.gf_shift, R_tau_SM=o.R_tau_SM
        )
        self.aliases = self._aliases()
        several = len(o.generations) > 1
        self.ridges = tuple(
            Ridge(f"Y_L_{name}" if several else "Y_L", f"delta_a_{name}", "power", THIN) for name in o.generations
        )
        self._columns = np.array(places)
        self._leptons = np.array([columns.LEPTONS.index(name) * columns.PER_LEPTON for name in o.generations])
        self._masses = np.array([getattr(self.constants, f"m_{name}") for name in o.generations])
        self._kernel = _KERNELS[o.formula]

    @cached_property
    def _setting(self) -> Setting:
        """The numbers that the kernels take."""
        o, c = self.options, self.constants
        return Setting(
            m_W=c.m_W,
            m_Z=c.m_Z,
            m_h=c.m_h,
            v=c.v,
            y_t=c.y_t,
            s2=c.s2_on_shell,
            r=float(fermi_shift_ratio(c.s2_eff)),
            R_tau_SM=o.R_tau_SM,
            d_e_max=2.0 * c.m_e * o.d_e_max / HBAR_C,
            Lambda=float("nan") if o.Lambda == "parameter" else o.Lambda,
            Y_Vp=o.scenario == "general",
            top_loop=o.top_loop,
            exact_couplings=o.couplings == "exact" or (o.couplings is None and o.formula != "seed"),
            linear_tau=o.formula == "seed" and o.generations == ("mu",) and o.couplings != "exact",
            gf_shift=o.gf_shift,
        )

    def _aliases(self) -> Mapping[str, str]:
        """With one generation its suffix may be written, e.g. m_L_mu for m_L."""
        if len(self.options.generations) > 1:
            return {}
        lepton = self.options.generations[0]
        own = {"t_L", "t_R", "Y_L_Y_R", "dgL_Z_nu", *(p.name for p in self.parameters)} - {"Lambda"}
        return {f"{name}_{lepton}": name for name in sorted(own)}

    def evaluate(self, theta: FloatArray, out: FloatArray, reason: ReasonArray) -> None:
        """Predict a batch in one compiled loop; see `Model.evaluate`."""
        self._kernel(theta, out, reason, self._leptons, self._masses, self._columns, self._setting)

    def ridge_centres(
        self,
        ridge: Ridge,
        theta: FloatArray,
        bounds: tuple[float, float],
        datum: tuple[float, float],
        position: FloatArray,
        slope: FloatArray,
    ) -> None:
        """Find Y_L at which Delta a_l is as measured, see `Model.ridge_centres` and `g2fit.models.vll.ridge`."""
        g = self.ridges.index(ridge)
        closed = self.options.formula != "seed"
        find_ridge(theta, g, float(self._masses[g]), *bounds, datum[0], self._setting, closed, position, slope)

    def parts(self, theta: ArrayLike) -> dict[str, FloatArray]:
        """Split the exact one-loop Delta a_l, whatever the option `formula` says.

        Parameters
        ----------
        theta : (N, P) array_like
            Points, columns as `parameters`.

        Returns
        -------
        dict of str to (N,) array
            da_W_flip and da_W_cons (chirality-flipping and -conserving W loops), da_Z, da_h, each minus its Standard
            Model value, with the suffix of the lepton when there are several generations. NaN for invalid points.

        Examples
        --------
        >>> parts = VectorLikeLeptons().parts([[1000.0, 1100.0, 0.3, 0.4, 1.0, 0.0]])
        >>> {name: f"{value[0]:.4e}" for name, value in parts.items()}
        {'da_W_flip': '1.3418e-09', 'da_W_cons': '3.1345e-12', 'da_Z': '1.4419e-11', 'da_h': '6.4293e-12'}
        """
        points = self.as_points(theta)
        out = np.empty((len(points), len(self._masses), 4))
        predict_parts(points, out, self._masses, self._setting)
        several = len(self._masses) > 1
        return {
            f"{name}_{lepton}" if several else name: out[:, g, i]
            for g, lepton in enumerate(self.options.generations)
            for i, name in enumerate(("da_W_flip", "da_W_cons", "da_Z", "da_h"))
        }
