"""Small cards, and runs of a few steps that have not converged: enough for what is drawn, exported or reported."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from g2fit.card import Card
from g2fit.inference.evidence import importance
from g2fit.inference.evidence.importance import FRACTION_DRAWS, SEARCHED
from g2fit.inference.profile import best_fit, maximise
from g2fit.inference.profile.best_fit import GLOBAL, POPULATIONS
from g2fit.inference.profile.maximise import PRIOR_DRAWS
from g2fit.inference.profile.node_grid import Axis
from g2fit.inference.profile.plane import scan
from g2fit.pipeline import execute
from g2fit.results import Result, marginals
from g2fit.results.grid_density import Density1D, Density2D
from g2fit.results.kernel_density import BINS_2D, density_1d, density_2d
from g2fit.sampling.ladder.settings import Settings
from tests.support import ROOT

#: Settings of explorations with many evaluations, as outside of tests.
MANY_CALLS = Settings.many_calls

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


def shorten(card: Path, ess: int, walkers: int) -> None:
    """Let runs of a copied card end earlier, with fewer walkers, for tests of the commands on a page."""
    text = card.read_text(encoding="utf-8")
    for old, new in ((r"\bess: 4000\b", f"ess: {ess}"), (r"\bwalkers: \d+\b", f"walkers: {walkers}")):
        text, changed = re.subn(old, new, text)
        assert changed == 1, card
    card.write_text(text, encoding="utf-8")


@contextmanager
def densities(cells: int, one: Callable[..., Density1D], two: Callable[..., Density2D]) -> Iterator[None]:
    """Let densities in planes have so many cells along each axis, and all be made by functions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marginals, "BINS_2D", cells)
        patch.setattr(marginals, "density_1d", one)
        patch.setattr(marginals, "density_2d", two)
        yield


def quick_densities() -> AbstractContextManager[None]:
    """Let densities in planes have a ninth of the cells, and all of them plain regions of highest density."""
    return densities(
        BINS_2D // 3,
        lambda *arguments: replace(density_1d(*arguments), histogram=None),
        lambda *arguments: replace(density_2d(*arguments), histogram=None),
    )


def whole_densities() -> AbstractContextManager[None]:
    """Let densities be as they are outside of tests."""
    return densities(BINS_2D, density_1d, density_2d)


@contextmanager
def searches(
    first: int, draws: int, populations: int, generations: int, overlooked: int, fraction: int
) -> Iterator[None]:
    """Let searches have other numbers of draws.

    An exploration with many evaluations begins with at most `first` times the draws of a later round. A search for a
    best fit starts from `draws` of the prior and has so many `populations` for so many `generations`, and one for what
    the mixtures of an evidence have `overlooked` has so many blocks of draws. So many draws tell which `fraction` of
    the prior its cuts leave to an evidence.
    """

    def many_calls(dimension: int, **others: Any) -> Settings:
        usual = MANY_CALLS(dimension)
        return MANY_CALLS(dimension, **{"first": min(usual.first, first * usual.draws), **others})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settings, "many_calls", many_calls)
        patch.setattr(maximise, "PRIOR_DRAWS", draws)
        patch.setattr(best_fit, "POPULATIONS", populations)
        patch.setattr(best_fit, "GLOBAL", generations)
        patch.setattr(importance, "SEARCHED", overlooked)
        patch.setattr(importance, "FRACTION_DRAWS", fraction)
        yield


def short_searches() -> AbstractContextManager[None]:
    """Let searches have about an eighth of the draws: best fits end near the best, which is enough for most tests."""
    return searches(6, PRIOR_DRAWS // 8, POPULATIONS // 4, GLOBAL // 10, SEARCHED // 8, FRACTION_DRAWS // 8)


def whole_searches() -> AbstractContextManager[None]:
    """Let searches be as they are outside of tests."""
    return searches(sys.maxsize, PRIOR_DRAWS, POPULATIONS, GLOBAL, SEARCHED, FRACTION_DRAWS)


def short_run(card: dict[str, Any], root: Path, folder: Path, **sampler: Any) -> Result:
    """Run a card with the settings `SAMPLER`, or other ones, in a folder."""
    settings = {**card.get("sampler", SAMPLER), **sampler}
    execute(Card.from_dict({**card, "sampler": settings}, root / "analysis").replace(output=folder), workers=1)
    return Result(folder)


def local_run(folder: Path) -> Card:
    """Run a card for sixty steps from the prior, without an exploration, and scan a plane of it in the same folder."""
    raw = {
        "model": {"name": "vll", "formula": "leading_order"},
        "data": {"vintage": "paper_2021"},
        "priors": str(ROOT / "priors/vll-log.yaml"),
        "sampler": {"walkers": 16, "proposal": "local", "max_steps": 60},
        "output": str(folder),
    }
    card = Card.from_dict(raw)
    execute(card, workers=1)
    scan(card, Axis("m_L", 3), Axis("m_S", 3), workers=1)
    return card
