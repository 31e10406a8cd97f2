"""Keys of run cards and prior files, and the messages on wrong ones."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from g2fit.core.errors import CardError, G2fitError, nearest
from g2fit.data import DataSection
from g2fit.data.checks import place_of

__all__ = [
    "CardFile",
    "Cut",
    "DerivedEntry",
    "OwnFunction",
    "ParameterEntry",
    "PriorFile",
    "SamplerSection",
    "StopSection",
    "validate",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _not_boolean(cls, value: Any) -> Any:
        """Refuse ``true`` and ``false``, which would count as 1 and 0: no key of these sections is a switch."""
        if isinstance(value, bool):
            raise PydanticCustomError("boolean", "true and false are not allowed here")
        return value


class StopSection(_Section):
    """Convergence targets of a run, for every parameter and derived quantity."""

    ess: float = Field(default=4000, gt=0, description="effective sample size over all ensembles (bulk)")
    rhat: float = Field(default=1.01, gt=1, description="rank-normalised split R-hat over the ensembles")
    log_z_error: float = Field(default=0.05, gt=0, description="standard error of ln Z, if the draws are `weighted`")
    draws: Literal["chain", "weighted"] = Field(
        default="chain", description="what the targets hold for, and the result is made from"
    )


class SamplerSection(_Section):
    """Settings of the sampler with their defaults."""

    ensembles: int = Field(default=4, ge=4, le=1024, description="independent ensembles; R-hat needs four")
    walkers: int | None = Field(default=None, ge=4, le=65536, description="walkers per ensemble; see `calls`")
    calls: Literal["auto", "few", "many"] = Field(
        default="auto",
        description="few or many evaluations of the likelihood; auto: by its measured cost, which the run folder keeps",
    )
    max_calls: int | None = Field(default=None, ge=1, description="evaluations after which a run ends")
    max_hours: float | None = Field(default=None, gt=0, description="hours after which a run ends")
    coordinates: Literal["auto", "raw", "chart"] = "auto"
    proposal: Literal["auto", "local"] = Field(default="auto", description="auto: a fitted mixture if it is efficient")
    seed: int = Field(default=0, ge=0, lt=2**63)
    stop: StopSection = StopSection()
    max_steps: int = Field(default=200_000, ge=1, description="longest chain, in steps")

    @field_validator("stop")
    @classmethod
    def _explored(cls, stop: StopSection, given: ValidationInfo) -> StopSection:
        """Weighted draws are those of the exploration, which these settings leave out."""
        for key, value in (("coordinates", "raw"), ("proposal", "local")):
            if stop.draws == "weighted" and given.data.get(key) == value:
                raise PydanticCustomError(
                    "draws", "draws: weighted needs the exploration, which {key}: {value} leaves out",
                    {"key": key, "value": value},
                )  # fmt: skip
        return stop


class DerivedEntry(_Section):
    """A derived quantity on a card: a formula of the model's quantities."""

    expression: str
    latex: str = ""
    unit: str = ""


class OwnFunction(_Section):
    """A function of the user's in a Python file."""

    file: str | None = None
    function: str
    sha256: str | None = None


class Cut(_Section):
    """Allowed range of a parameter or derived quantity, which an expression may define."""

    expression: str | None = None
    min: float | None = None
    max: float | None = None
    role: Literal["prior", "likelihood"]


class ParameterEntry(_Section):
    """Entry of a parameter on a card or in a prior file, if it is a mapping."""

    prior: dict[str, Any] | None = None
    value: float | None = None
    same_as: str | None = None
    latex: str | None = None
    unit: str | None = None


class CardFile(_Section):
    """A run card."""

    model: dict[str, Any]
    data: DataSection
    derived: dict[str, DerivedEntry] | None = None
    likelihoods: dict[str, OwnFunction] | None = None
    priors: str | None = None
    parameters: dict[str, Any] | None = None
    cuts: dict[str, Cut] | None = None
    sampler: SamplerSection = SamplerSection()
    output: str | None = None
    levels: tuple[float, float] | None = Field(default=None, description="probabilities of credible regions; two")

    @field_validator("levels")
    @classmethod
    def _rising(cls, levels: tuple[float, float] | None) -> tuple[float, float] | None:
        if levels is not None and not 0.0 < levels[0] < levels[1] < 1.0:
            raise ValueError("must be two rising probabilities between 0 and 1, such as [0.90, 0.95]")
        return levels

    @field_validator("derived", mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        """A formula may stand alone."""
        if not isinstance(value, Mapping):
            return value
        return {key: {"expression": entry} if isinstance(entry, str) else entry for key, entry in value.items()}


class PriorFile(_Section):
    """A prior file, which cards share."""

    parameters: dict[str, Any]
    cuts: dict[str, Cut] = {}
    description: str = ""


def validate[S: BaseModel](kind: type[S], raw: Any, file: str, lines: Mapping[str, int], prefix: str = "") -> S:
    """Validate plain data as a section of kind `kind`; `prefix` is the key of the section in the file.

    Raises
    ------
    CardError
        If the data are not valid, with the first problem as ``file:line: key = value: what is allowed``.
    """
    try:
        return kind.model_validate(raw)
    except G2fitError as error:
        raise CardError(f"{file}: {error}") from None
    except ValidationError as error:
        problem = error.errors()[0]
    parts = place_of(problem)
    key = ".".join(([prefix] if prefix else []) + parts)
    line = lines.get(key) or lines.get(".".join(parts[:-1]))
    place = f"{file}:{line}" if line else file
    if problem["type"] == "extra_forbidden":
        raise CardError(f"{place}: unknown key {key!r}; {nearest(parts[-1], _allowed(kind, parts[:-1]))}")
    if problem["type"] == "missing":
        raise CardError(f"{place}: {key} is missing")
    value = problem["input"]
    shown = f" = {value!r}" if isinstance(value, int | float | str | bool) else ""
    raise CardError(f"{place}: {key}{shown}: {problem['msg']}")


def _allowed(kind: type[BaseModel], path: list[str]) -> list[str]:
    """Return the keys of the section at a path."""
    current: Any = kind
    for part in path:
        field = getattr(current, "model_fields", {}).get(part)
        if field is None:
            continue  # a key of a mapping, such as the name of a cut
        candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for candidate in list(candidates):
            candidates += getattr(candidate, "__args__", ())
        current = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
    return list(getattr(current, "model_fields", {}))
