"""The models that are compared, as cards that share their data and their prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from analysis.constraints.steps import ANALYSIS, stable_up_to
from g2fit import Card
from g2fit.models import get_model
from g2fit.models.vll.representations.fields import REPRESENTATIONS

__all__ = ["DATA", "MSSM", "PAIRS", "SCENARIOS", "SINGLES", "Prior", "Scenario", "card_of"]

#: Years of the cards of the pairs, and what is added to their data, by the name of the data set.
DATA: Final[dict[str, tuple[int, list[str]]]] = {
    "2021": (2021, []),
    "2026": (2026, []),
    "2026 + CKM": (2026, ["ckm_row1_pdg2026"]),
}
#: Names of the cards ``analysis/vll-NAME-YEAR.yaml`` of the pairs, by their representations.
PAIRS: Final[dict[tuple[str, ...], str]] = {
    ("L", "N"): "ln",
    ("L", "E"): "le",
    ("L_3/2", "E"): "l32e",
    ("L", "Sigma0"): "ls0",
    ("L", "Sigma1"): "ls1",
    ("L_3/2", "Sigma1"): "l32s1",
}
SINGLES: Final[tuple[tuple[str, ...], ...]] = tuple((name,) for name in REPRESENTATIONS)
#: The MSSM with a heavy Higgsino, which has the prior of its own card.
MSSM: Final = ("MSSM",)
SCENARIOS: Final = (*PAIRS, *SINGLES, MSSM)

#: Priors of the mass and the coupling of a single representation: those of the pairs.
MASS: Final = {"dist": "loguniform", "min": 100.0, "max": 1e4}
COUPLING: Final = {"dist": "loguniform", "min": 0.001, "max": 3.5}
#: Scale in GeV below which the prior "stable" allows no decay of the vacuum and no coupling of 4 pi.
SCALE: Final = 1e4

Prior = Literal["log", "uniform", "reversed", "stable"]


@dataclass(frozen=True)
class Scenario:
    """A model on a data set with a prior.

    Attributes
    ----------
    names : tuple of str
        Representations, or `MSSM`.
    data : str
        Key of `DATA`.
    prior : {"log", "uniform", "reversed", "stable"}
        The prior of the card, the same with uniform couplings, with the opposite sign of lambda (Y_V'), or with the
        cuts that make the vacuum stable up to `SCALE`.
    """

    names: tuple[str, ...]
    data: str
    prior: Prior = "log"


def uniform_couplings(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return priors with couplings uniform in the same range; masses, which exceed ten, keep theirs.

    >>> uniform_couplings({"lambda": {"prior": {"dist": "loguniform", "min": 0.01, "max": 3.5}}})
    {'lambda': {'prior': {'dist': 'uniform', 'min': 0.01, 'max': 3.5}}}
    """
    return {
        name: {"prior": {**entry["prior"], "dist": "uniform"}} if abs(entry["prior"]["min"]) < 10.0 else entry
        for name, entry in parameters.items()
    }


def reversed_sign(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return priors with the opposite sign of lambda (Y_V'), which is that of lambda lambda_bar.

    >>> reversed_sign({"lambda": {"prior": {"dist": "loguniform", "min": 0.01, "max": 3.5}}})
    {'lambda': {'prior': {'dist': 'loguniform', 'min': -3.5, 'max': -0.01}}}
    """
    name = "lambda" if "lambda" in parameters else "Y_Vp"
    prior = parameters[name]["prior"]
    return parameters | {name: {"prior": {**prior, "min": -prior["max"], "max": -prior["min"]}}}


def card_of(scenario: Scenario) -> Card:
    """Return the card of a scenario; its data are those of the cards of the pairs."""
    year, added = DATA[scenario.data]
    pair = PAIRS.get(scenario.names, "le")
    content = Card.load(ANALYSIS / f"vll-{pair}-{year}.yaml").resolved()
    content["data"] = {**content["data"], "include": [*content["data"]["include"], *added]}
    if scenario.names == MSSM:
        own = Card.load(ANALYSIS / "latest-cs-mssm.yaml").resolved()
        content |= {key: own[key] for key in ("model", "parameters", "cuts")}
    elif scenario.names in SINGLES:
        content["model"] = {"name": "vll", "representations": list(scenario.names)}
        names = [parameter.name for parameter in get_model(**content["model"]).parameters]
        content["parameters"] = {name: {"prior": MASS if name.startswith("M_") else COUPLING} for name in names}
    change = {"uniform": uniform_couplings, "reversed": reversed_sign}.get(scenario.prior)
    if change is not None:
        content["parameters"] = change(content["parameters"])
    if scenario.prior == "stable":
        content["cuts"] = {**content["cuts"], **stable_up_to(SCALE)}
    return Card.from_dict(content, ANALYSIS)
