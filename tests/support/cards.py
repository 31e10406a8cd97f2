"""Small cards, and runs of a few steps that have not converged: enough for what is drawn, exported or reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from g2fit.card import Card
from g2fit.pipeline import execute
from g2fit.results import Result

#: Settings of a run of a few steps.
SAMPLER = {"walkers": 32, "ensembles": 4, "seed": 3, "max_steps": 40, "stop": {"ess": 1e6}, "proposal": "local"}


def prior(low: float, high: float, dist: str = "loguniform") -> dict[str, object]:
    """Entry of a sampled parameter."""
    return {"prior": {"dist": dist, "min": low, "max": high}}


#: Vector-like leptons with parameters of every kind: sampled, fixed and tied.
VLL: dict[str, Any] = {
    "model": {"name": "vll", "formula": "leading_order"},
    "data": {"vintage": "paper_2021", "gf_shift": False},
    "parameters": {
        "m_L": prior(100, 1e4),
        "m_S": 500,
        "Y_L": 0.05,
        "Y_R": prior(0.01, 3.5),
        "Y_V": prior(0.01, 3.5),
        "Y_Vp": "Y_V",
    },
    "sampler": SAMPLER,
}

#: Vector-like leptons with all six parameters sampled; the file of priors is found from the folder ``analysis``.
VLL_SIX: dict[str, Any] = {
    "model": {"name": "vll", "formula": "leading_order"},
    "data": {"vintage": "paper_2021", "gf_shift": False},
    "priors": "../priors/vll-log.yaml",
}


def short_run(card: dict[str, Any], root: Path, folder: Path, **sampler: Any) -> Result:
    """Run a card with the settings `SAMPLER`, or other ones, in a folder."""
    settings = {**card.get("sampler", SAMPLER), **sampler}
    execute(Card.from_dict({**card, "sampler": settings}, root / "analysis").replace(output=folder), workers=1)
    return Result(folder)
