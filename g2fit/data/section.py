"""The section ``data`` of a run card."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from g2fit.core.aliases import current_data

__all__ = [
    "Centre",
    "DataSection",
    "ExtraCorrelation",
    "ExtraMeasurement",
    "LimitSection",
    "Simulated",
    "TheoryUncertainty",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


#: A list of names; one name may stand alone.
Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class ExtraMeasurement(_Section):
    """A measurement of the user."""

    observable: str
    value: float
    error: float | dict[str, float]
    reference: str | dict[str, Any]
    date: str = ""
    note: str = ""


class ExtraCorrelation(_Section):
    """Correlation matrix of measurements of the user or of the package, which enter as one Gaussian."""

    members: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]


class TheoryUncertainty(_Section):
    """Error of a prediction, added in quadrature to the error of the measurement.

    `relative` multiplies the prediction; `from_prediction` names a prediction whose absolute value is an error.
    """

    absolute: float = Field(default=0.0, ge=0)
    relative: float = Field(default=0.0, ge=0)
    from_prediction: str | None = None


class LimitSection(_Section):
    """Form of the limits on masses: none, a hard cut, or a smooth step with a width relative to the bound."""

    kind: Literal["hard", "smooth", "off"] = "hard"
    role: Literal["prior", "likelihood"] | None = Field(default=None, description="None: the vintage's")
    width: float = Field(default=0.05, gt=0)


class Centre(_Section):
    """Central values of projections: given observables, a point of the model, or the Standard Model (default)."""

    observables: dict[str, float] = {}
    point: dict[str, float] | None = None


class Simulated(_Section):
    """Values drawn at a point of a model, which replace the measured ones (see `g2fit.posterior.simulate`).

    There is a value for every entry of the fit. The parameters of the true point, and the seed of the random numbers,
    are documentation only.
    """

    values: dict[str, float]
    point: dict[str, float] = {}
    seed: int | None = None


class DataSection(_Section):
    """Choice of data.

    Attributes
    ----------
    vintage : str
        Name of the vintage; there is no default.
    delta_a_e : str or tuple of str, optional
        Measurement of the electron: an entry, or ``cs``, ``rb``, ``average`` among those that the vintage offers.
    gf_shift : bool, optional
        Whether the couplings include the shift of G_F; None for the choice of the vintage.
    oblique : bool, optional
        Whether the couplings include the oblique parameters S, T, U; None for the choice of the vintage.
    electroweak : str, optional
        One of `g2fit.data.electroweak.VARIANTS`; None for the choice of the vintage.
    ew_block : str, optional
        One of `g2fit.data.electroweak.BLOCKS`, the couplings to compare; None for those of the variant.
    include, exclude : tuple of str
        Entries to add; entries, observables or terms to remove.
    replace : dict
        Entry of the vintage to the entry that takes its place.
    extra_measurements, extra_correlations, extra_file
        Measurements of the user, on the card or in a YAML file with the keys ``measurements`` and ``correlations``.
    limits : LimitSection or str
        ``hard``, ``smooth`` or ``off``, or a mapping with ``kind``, ``role`` and ``width``.
    theory_uncertainty : dict
        Observable to a `TheoryUncertainty`, a name in `g2fit.data.theory.PRESETS`, or an absolute error.
    error_scale : dict
        Observable to a factor on its errors, for tests and what-if studies.
    centre : Centre or "sm"
        Centre of the projections.
    readings : dict
        Projection to the reading that is used.
    likelihoods : tuple of str
        Custom likelihoods, by the names of their entry points.
    simulated : Simulated, optional
        Simulated values, which replace the measured ones.
    """

    vintage: str
    delta_a_e: str | tuple[str, ...] | None = None
    gf_shift: bool | None = None
    oblique: bool | None = None
    electroweak: str | None = None
    ew_block: str | None = None
    include: Names = ()
    exclude: Names = ()
    replace: dict[str, str] = {}
    extra_measurements: dict[str, ExtraMeasurement] = {}
    extra_correlations: dict[str, ExtraCorrelation] = {}
    extra_file: str | None = None
    limits: LimitSection = LimitSection()
    theory_uncertainty: dict[str, TheoryUncertainty | str] = {}
    error_scale: dict[str, Annotated[float, Field(gt=0)]] = {}
    centre: Centre = Centre()
    readings: dict[str, str] = {}
    likelihoods: Names = ()
    simulated: Simulated | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        """Section with present names, and with mappings in place of their short forms."""
        if not isinstance(value, Mapping):
            return value
        section = current_data(value)
        if section.get("limits") is False:  # YAML 1.1 writers mean this by `off`
            section["limits"] = "off"
        if isinstance(section.get("limits"), str):
            section["limits"] = {"kind": section["limits"]}
        if section.get("centre") == "sm":
            section["centre"] = {}
        if isinstance(theory := section.get("theory_uncertainty"), dict):
            section["theory_uncertainty"] = {
                key: {"absolute": item} if isinstance(item, int | float) and not isinstance(item, bool) else item
                for key, item in theory.items()
            }
        return section
