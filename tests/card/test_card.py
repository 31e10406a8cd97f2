"""Cards: names of parameters, number of walkers, named theory uncertainties and their models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from g2fit.card import Card
from g2fit.core.errors import CardError
from g2fit.data.theory import MODELS, PRESETS
from g2fit.inference.comparison.null_model import standard_model
from g2fit.models import get_model
from g2fit.models.base import Model, Quantity

CARD = {"model": {"name": "vll"}, "data": {"vintage": "paper_2021"}, "priors": "priors/vll-log.yaml"}


def load(root: Path, parameters: dict[str, Any]) -> Card:
    return Card.from_dict({**CARD, "parameters": parameters}, root)


def test_two_names_of_one_parameter_are_refused_in_one_file(root: Path, tmp_path: Path) -> None:
    both = {"m_L_mu": {"value": 900}, "m_L": {"value": 500}}
    for given in (both, dict(reversed(both.items()))):
        with pytest.raises(
            CardError, match=r"<card>: parameters\.m_L\S* and parameters\.m_L\S* are one parameter, m_L"
        ):
            load(root, given)
    (tmp_path / "priors.yaml").write_text("parameters: {m_L_mu: {value: 900}, m_L: {value: 500}}\n")
    with pytest.raises(CardError, match=r"priors\.yaml: parameters\.m_L_mu and parameters\.m_L are one parameter"):
        Card.from_dict({**CARD, "priors": "priors.yaml"}, tmp_path)


@pytest.mark.parametrize(("of_priors", "of_card"), [("m_L", "m_L_mu"), ("m_L_mu", "m_L"), ("m_L", "m_L")])
def test_card_overrides_its_prior_file_under_either_name(
    root: Path, tmp_path: Path, of_priors: str, of_card: str
) -> None:
    text = (root / "priors/vll-log.yaml").read_text()
    assert "  m_L:" in text
    (tmp_path / "priors.yaml").write_text(text.replace("  m_L:", f"  {of_priors}:"))
    card = Card.from_dict({**CARD, "priors": "priors.yaml", "parameters": {of_card: {"value": 900}}}, tmp_path)
    assert card.parameters[0].name == "m_L"
    assert card.parameters[0].value == 900


def test_parameter_can_be_tied_to_another_name(root: Path) -> None:
    card, same = (load(root, {"m_S": name}) for name in ("m_L_mu", "m_L"))
    assert card.resolved()["parameters"]["m_S"] == {"same_as": "m_L"}
    assert card.fingerprint() == same.fingerprint()
    with pytest.raises(CardError, match="cannot be tied to 'm_S_mu'"):
        load(root, {"m_S": "m_S_mu"})
    with pytest.raises(CardError, match="tied to 'm_L', which is tied itself"):
        load(root, {"m_S": "m_L_mu", "m_L": "Y_L"})


def test_too_few_walkers_are_refused_in_a_copy_too(root: Path) -> None:
    card = load(root, {})
    with pytest.raises(CardError, match="walkers = 4 is too few for 6 sampled parameters: at least 14"):
        card.replace(walkers=4)
    assert card.replace(walkers=14).walkers == 14


class Shift(Model):
    """A model of the user's."""

    name = "shift"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.parameters = (Quantity("x", "x"),)
        self.observables = (Quantity("delta_a_mu", "a"),)

    def predict(self, theta: Any) -> dict[str, Any]:
        return {"delta_a_mu": 1e-9 * theta[:, 0]}


class OtherLeptons(type(get_model("vll"))):  # type: ignore[misc]
    """A model that extends one of the package."""

    name = "other_leptons"


def with_theory(model: Any, preset: Any, parameters: dict[str, Any]) -> Card:
    data = {"vintage": "paper_2021", "theory_uncertainty": {"delta_a_mu": preset}}
    return Card.from_dict({"model": model, "data": data, "parameters": parameters})


def test_every_named_theory_uncertainty_has_its_model() -> None:
    assert set(MODELS) == set(PRESETS)


VLL = {p.name: {"value": 1} for p in get_model("vll").parameters}
MSSM = {p.name: {"value": 500} for p in get_model("mssm").parameters}


@pytest.mark.parametrize(
    ("model", "parameters", "good", "bad"),
    [
        ({"name": "vll"}, VLL, "vll_two_loop", ["gm2calc", "gm2calc_two_loop", "relative", "relative_two_loop"]),
        (OtherLeptons, VLL, "vll_two_loop", ["gm2calc"]),
        ({"name": "mssm"}, MSSM, "gm2calc", ["vll_two_loop"]),
        ({"name": "sm"}, {}, None, ["gm2calc", "vll_two_loop"]),
        (Shift, {"x": {"value": 1}}, None, ["gm2calc", "vll_two_loop"]),
    ],
)
def test_named_theory_uncertainties_are_for_their_models(
    model: Any, parameters: dict[str, Any], good: str | None, bad: list[str]
) -> None:
    for preset in bad:
        allowed = f"{good}, .*numbers" if good else "numbers"
        where = r"<card>: data\.theory_uncertainty\.delta_a_mu"
        with pytest.raises(CardError, match=f"{where} = '{preset}' is for model .*; allowed: {allowed}"):
            with_theory(model, preset, parameters)
    for preset in (good, {"absolute": 1e-10}):
        if preset is not None:
            assert with_theory(model, preset, parameters).likelihood.names


def test_null_hypothesis_of_a_comparison_keeps_the_error_of_the_other_model() -> None:
    card = with_theory({"name": "mssm"}, "gm2calc", MSSM)
    null = standard_model(card)
    assert null.likelihood.names
    assert null.dataset.fingerprint == card.dataset.fingerprint
