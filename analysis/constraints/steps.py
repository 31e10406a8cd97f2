"""The constraints on vector-like leptons in their order, and the cards that contain them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from g2fit import Card

__all__ = ["ANALYSIS", "DATA", "MODELS", "MSSM", "ORDER", "STEPS", "Step", "card_of", "null_card", "stable_up_to"]

#: Folder of the cards.
ANALYSIS = Path(__file__).resolve().parents[1]
#: First row with the exact one-loop formula; before, eqs (12) and (16) of 2106.01373.
EXACT = "G_F"

#: Data sets: the section ``data`` of their cards.
DATA: dict[str, dict[str, Any]] = {
    "papers": {"vintage": "paper_joint"},
    "2026, Cs": {"vintage": "latest_2026_11", "delta_a_e": "cs"},
    "2026, Rb": {"vintage": "latest_2026_11", "delta_a_e": "rb"},
}
#: Tests of universality and h -> mu mu in each vintage, as names of terms or entries.
UNIVERSALITY = {
    "paper_joint": ["R_tau"],
    "latest_2026_11": ["g_mu_over_g_e_pi", "g_mu_over_g_e_K", "R_W_mu_e", "tau_lfu"],
}
#: Limits on doublets for any decay, and their counterparts for direct decays.
DOUBLETS = ["vll_mu_doublet_atlas2024", "vll_e_doublet_atlas2024"]
#: Generations and prior files of the models.
MODELS: dict[str, tuple[list[str], str]] = {"μ": (["mu"], "vll-log"), "e, μ": (["e", "mu"], "vll-emu-log")}
#: Cards of the MSSM.
MSSM = {"papers": "joint-mssm", "2026, Cs": "latest-cs-mssm", "2026, Rb": "latest-rb-mssm"}


@dataclass(frozen=True)
class Step:
    """A constraint.

    Attributes
    ----------
    name : str
        Key of the step.
    text : str
        What is added, for the table.
    above : str
        The step to whose posterior the constraint is applied; empty if there is none.
    scale : float
        Scale in GeV up to which the model makes sense; 0 for any.
    """

    name: str
    text: str
    above: str
    scale: float = 0.0


#: The constraints in their order; the alternative of 100 TeV is followed by rows that continue with 10 TeV.
STEPS = (
    Step("moments", "Δa_e, Δa_μ", ""),
    Step("doublets", "LHC: doublets, any decay", "moments"),
    Step("mixing", "eqs (17), (18), universality", "doublets"),
    Step("G_F", "shift of G_F in all couplings", "mixing"),
    Step("oblique", "S, T, U", "G_F"),
    Step("higgs", "h → μμ", "oblique"),
    Step("stable", "stable up to 10 TeV", "higgs", 1e4),
    Step("stable 100", "(up to 100 TeV instead)", "higgs", 1e5),
    Step("CKM", "first row of the CKM matrix", "stable", 1e4),
    Step("neutrinos", "heavy neutral leptons", "CKM", 1e4),
    Step("direct", "(doublets with direct decays only)", "", 1e4),
)
ORDER = [step.name for step in STEPS]


def stable_up_to(scale: float) -> dict[str, dict[str, Any]]:
    """Cuts of the prior: below a scale in GeV the vacuum does not decay and no coupling reaches 4 pi."""
    return {name: {"min": scale, "role": "prior"} for name in ("mu_tunnel", "mu_landau")}


def data_section(data: str, step: Step) -> dict[str, Any]:
    """Return the section ``data`` of the card of a step."""
    section = dict(DATA[data])
    at = ORDER.index(step.name)
    includes = (["ckm_row1_pdg2026"] if at >= ORDER.index("CKM") else []) + (
        ["hnl_mu_cms2024", "hnl_e_cms2024"] if at >= ORDER.index("neutrinos") else []
    )
    excludes: list[str] = []
    if step.name == "moments":
        section["limits"] = "off"
    if step.name in ("moments", "doublets"):
        section["electroweak"] = "off"
        excludes += UNIVERSALITY[section["vintage"]]
    elif step.name == "mixing":
        section["electroweak"] = "paper"
    else:
        section |= {"electroweak": "gf_shift", "oblique": at >= ORDER.index("oblique")}
    if section["vintage"] == "latest_2026_11":
        excludes += [] if at >= ORDER.index("higgs") else ["mu_h_mumu"]
    elif at >= ORDER.index("higgs"):
        includes.insert(0, "mu_hmumu_pdg2026")
    if step.name == "direct":
        excludes += DOUBLETS
        includes += [f"{name}_direct" for name in DOUBLETS]
    return section | {name: found for name, found in (("include", includes), ("exclude", excludes)) if found}


def card_of(data: str, model: str, step: Step) -> Card:
    """Return the card of vector-like leptons with all constraints up to a step."""
    generations, priors = MODELS[model]
    options: dict[str, Any] = {"name": "vll", "formula": "leading_order", "generations": generations}
    if ORDER.index(step.name) >= ORDER.index(EXACT):
        options["formula"] = "exact"
    if ORDER.index(step.name) >= ORDER.index("higgs"):
        options["higgs_loop"] = True
    content: dict[str, Any] = {"model": options, "data": data_section(data, step), "sampler": {"seed": 1}}
    content["priors"] = f"../priors/{priors}{'-stable' if step.scale else ''}.yaml"
    if step.scale:
        content["cuts"] = stable_up_to(step.scale)
    return Card.from_dict(content, ANALYSIS)


def null_card(card: Card) -> Card:
    """Return the card of the Standard Model for the same data."""
    return Card.from_dict({**card.resolved(), "model": {"name": "sm"}, "parameters": {}, "cuts": {}}, ANALYSIS)
