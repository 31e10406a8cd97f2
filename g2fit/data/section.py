"""The section ``data`` of a run card."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from g2fit.core.aliases import current_data

__all__ = [
    "Centre",
    "DataSection",
    "ExperimentSection",
    "ExtraCorrelation",
    "ExtraMeasurement",
    "ExtraTable",
    "LimitSection",
    "MuonMomentSection",
    "Simulated",
    "TheoryUncertainty",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _not_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "must be a number, not true or false")
    return value


def _plain_name(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.+-]{0,79}", value):
        raise PydanticCustomError(
            "name", "a name begins with a letter, followed by at most 79 letters, digits or any of _ . + -"
        )
    return value


#: A list of names; one name may stand alone.
Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
#: A number; ``true`` is none.
Number = Annotated[float, BeforeValidator(_not_boolean)]
#: The name of something that the card brings: it becomes the name of a term, a row and a column.
Name = Annotated[str, BeforeValidator(_plain_name)]


def _error(value: Any) -> Any:
    parts = value if isinstance(value, Mapping) else {"error": value}
    for key, size in parts.items():
        if isinstance(size, bool) or not isinstance(size, int | float):
            raise PydanticCustomError("error", f"{key} must be a number, not {size!r}")
    return value


#: A standard deviation, or a mapping with its components.
Error = Annotated[Any, BeforeValidator(_error)]
#: A matrix, row by row.
Matrix = tuple[tuple[Number, ...], ...]


def _split(value: Any) -> Any:
    return [line.split() for line in value.splitlines()] if isinstance(value, str) else value


def _joined(rows: tuple[tuple[float, ...], ...]) -> str:
    return "\n".join(" ".join(map(repr, row)) for row in rows)


#: Rows of numbers, in a file as lines of numbers: one text is read much faster than thousands of values.
Rows = Annotated[Matrix, BeforeValidator(_split), PlainSerializer(_joined)]


class _Own(_Section):
    """A number of the user, with its error and source."""

    value: Number
    error: Error
    reference: str | dict[str, Any]
    date: str = ""
    note: str = ""


class ExtraMeasurement(_Own):
    """A measurement of the user.

    `overlaps` lists the entries that contain some of the same data: none of them may stand beside it, unless a
    correlation matrix holds both. An empty list says that it shares nothing with any other entry.
    """

    observable: Name
    overlaps: Names | None = None


class ExtraCorrelation(_Section):
    """Correlation matrix of measurements of the user or of the package, which enter as one Gaussian."""

    members: tuple[str, ...]
    matrix: Matrix


class ExperimentSection(_Own):
    """An experimental value of a_mu of the user, with a name."""

    name: Name


def _kind(value: Any) -> str:
    return "<name>" if isinstance(value, str) else "<numbers>"


#: The name of an entry, or numbers of the user: a mapping is never taken for a name, so that errors name the right key.
Experiment = Annotated[
    Annotated[str, Tag("<name>")] | Annotated[ExperimentSection, Tag("<numbers>")], Discriminator(_kind)
]
Prediction = Annotated[Annotated[str, Tag("<name>")] | Annotated[_Own, Tag("<numbers>")], Discriminator(_kind)]


class MuonMomentSection(_Section):
    """Measured values of a_mu, and the prediction of the Standard Model, whose difference enters the fit.

    The experiments and the prediction are entries (in short, see `g2fit.data.muon_moment`) or numbers of the user; the
    correlation matrix of the errors is in the order of the experiments.
    """

    experiments: tuple[Experiment, ...] = Field(min_length=1)
    correlation: Matrix | None = None
    sm: Prediction


class ExtraTable(_Section):
    """A likelihood or limit of the user, tabulated in a CSV file (see `g2fit.data.grids`).

    The file has columns x, y (where there is one) and the log likelihood, chi squared or CLs; or x and the bound on y.
    The content of the file takes the place of its name, as `rows`, so that a run does not depend on the file.
    """

    table: str | None = None
    rows: Rows | None = None
    columns: tuple[str, ...] | None = None
    kind: Literal["log_likelihood", "chi2", "cls", "upper_limit", "lower_limit"]
    x: str
    y: str | None = None
    scale: Literal["linear", "log"] | None = Field(default=None, description="of x and y; None: linear")
    outside: Literal["edge", "allowed", "excluded"] | None = None
    level: Number | None = Field(default=None, gt=0, lt=1, description="confidence level of `cls`; None: 0.95")
    width: Number | None = Field(default=None, gt=0, description="of a smooth step, relative to the bound; None: hard")
    role: Literal["prior", "likelihood"] = "likelihood"
    reference: str | dict[str, Any]
    date: str = ""
    note: str = ""


class TheoryUncertainty(_Section):
    """Error of a prediction, added in quadrature to the error of the measurement.

    `relative` multiplies the prediction; `from_prediction` names a prediction whose absolute value is an error.
    """

    absolute: Number = Field(default=0.0, ge=0)
    relative: Number = Field(default=0.0, ge=0)
    from_prediction: str | None = None


class LimitSection(_Section):
    """Form of the limits on masses: none, a hard cut, or a smooth step with a width relative to the bound."""

    kind: Literal["hard", "smooth", "off"] = "hard"
    role: Literal["prior", "likelihood"] | None = Field(default=None, description="None: the vintage's")
    width: Number = Field(default=0.05, gt=0)


class Centre(_Section):
    """Central values of projections: given observables, a point of the model, or the Standard Model (default)."""

    observables: dict[str, Number] = {}
    point: dict[str, Number] | None = None


class Simulated(_Section):
    """Values drawn at a point of a model, which replace the measured ones (see `g2fit.posterior.simulate`).

    There is a value for every entry of the fit. The parameters of the true point, and the seed of the random numbers,
    are documentation only.
    """

    values: dict[str, Number]
    point: dict[str, Number] = {}
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
    a_mu : MuonMomentSection, optional
        Experiments and prediction whose difference takes the place of the vintage's delta_a_mu.
    extra_measurements, extra_correlations, extra_file
        Measurements of the user, on the card or in a YAML file with the keys ``measurements`` and ``correlations``.
    tables : dict of str to ExtraTable, optional
        Tabulated likelihoods and limits of the user.
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
    a_mu: MuonMomentSection | None = None
    extra_measurements: dict[Name, ExtraMeasurement] = {}
    extra_correlations: dict[Name, ExtraCorrelation] = {}
    extra_file: str | None = None
    tables: dict[Name, ExtraTable] | None = None
    limits: LimitSection = LimitSection()
    theory_uncertainty: dict[str, TheoryUncertainty | str] = {}
    error_scale: dict[str, Annotated[Number, Field(gt=0)]] = {}
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
