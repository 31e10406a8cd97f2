"""Targets on which samplers are compared by the number of likelihood calls: known evidences, and posteriors of cards.

Every target is a likelihood whose prior is a standard normal in D dimensions, or uniform on the unit cube: the two
are related by u = Phi(z). Its evidence is the mean of the likelihood over that prior; where a cut rejects a point the
likelihood is zero. The closed forms are explained in `tests.support.known_evidences` and
`tests.support.hard_evidences`; those of cards are the truths of ``python -m benchmarks.truths``, which are divided by
the fraction of the prior that the cuts allow: here they are multiplied by it.

>>> target = make("standard-10")
>>> target.log_likelihood(np.zeros((3, 10))).round(3), target.calls
(array([-9.189, -9.189, -9.189]), 3)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy.special import ndtr

from benchmarks import truths
from g2fit import Card, Posterior
from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.mixture import log_normal
from tests.support import hard_evidences as hard
from tests.support import known_evidences as known

Likelihood = Callable[[FloatArray], FloatArray]


class OutOfTimeError(Exception):
    """A likelihood was called after the deadline."""


@dataclass
class Target:
    """A likelihood with a known evidence, which counts the points that it evaluates.

    Attributes
    ----------
    name : str
        Its name in `FAMILIES`.
    dimension : int
        Number of coordinates, D.
    log_z, log_z_error : float
        Logarithm of the mean likelihood over the prior, and its standard error; zero where it is known in closed form.
    of_normal, of_uniform : callable
        Log likelihood (N,) of points (N, D) with a standard normal prior, and of points of the unit cube.
    calls : int
        Number of points evaluated so far.
    deadline : float
        Value of `time.process_time` after which a call raises `OutOfTimeError`.
    """

    name: str
    dimension: int
    log_z: float
    log_z_error: float
    of_normal: Likelihood = field(repr=False)
    of_uniform: Likelihood = field(repr=False)
    calls: int = 0
    deadline: float = np.inf

    def log_likelihood(self, z: FloatArray) -> FloatArray:
        """Log likelihood of points (N, D) whose prior is a standard normal, shape (N,); -inf where a cut rejects."""
        self._count(z)
        return self.of_normal(z)

    def log_likelihood_in_cube(self, u: FloatArray) -> FloatArray:
        """Log likelihood of points (N, D) whose prior is uniform on the unit cube, shape (N,)."""
        self._count(u)
        return self.of_uniform(u)

    @property
    def out_of_time(self) -> bool:
        """Whether the deadline has passed."""
        return time.process_time() > self.deadline

    def _count(self, points: FloatArray) -> None:
        if self.out_of_time:
            raise OutOfTimeError(f"{self.name}: not finished after {self.calls} calls")
        self.calls += len(points)


def of_box(make: Callable[[], known.Box], allowed: float = 1.0) -> Callable[[str], Target]:
    """Maker of a target from a box with a known evidence, of whose volume a cut leaves the fraction `allowed`."""

    def target(name: str) -> Target:
        box = make()
        log_z = float(box.log_z + np.log(allowed))
        return Target(name, box.dimension, log_z, 0.0, lambda z: box.log_weight(ndtr(z)), box.log_weight)

    return target


def of_card(name: str) -> Target:
    """Posterior of a card in the coordinates of its chart, divided by a standard normal."""
    path, truth = truths.find(name), truths.load().get(name)
    if path is None or truth is None:
        raise SystemExit(f"{name}: no such card, or no truth is stored; run python -m benchmarks.truths {name}")
    card = Card.load(path)
    if truth["data_fingerprint"] != card.dataset.fingerprint:
        raise SystemExit(f"{name}: the stored truth belongs to other data; run python -m benchmarks.truths {name}")
    posterior = Posterior(card)
    best = {**truth, **truth.get("chart", {})}
    fraction, uncertainty = best["prior_fraction"]
    log_z = best["log_z"] + float(np.log(fraction))
    error = float(np.sqrt(best["error"] ** 2 - (uncertainty / fraction) ** 2))  # that of the fraction cancels

    def of_normal(z: FloatArray) -> FloatArray:
        return np.asarray(posterior.log_density(z) - log_normal(z))

    return Target(name, posterior.dimension, log_z, error, of_normal, posterior.log_weight)


#: Makers of the targets, by family and name; a name ends with the number of dimensions, or is that of a card.
FAMILIES: dict[str, dict[str, Callable[[str], Target]]] = {
    "known": {
        "gaussian-3": of_box(known.gaussian),
        "two-modes-4": of_box(known.two_modes),
        "curved-ridge-8": of_box(known.curved_ridge),
        "banana-2": of_box(known.banana),
        "cut-2": of_box(known.with_cut, allowed=0.5),
    },
    "funnels": {"funnel-4": of_box(known.funnel), "funnel-10": of_box(partial(known.funnel, 9))},
    "correlated": {f"correlated-{d}": of_box(partial(hard.correlated, d)) for d in (5, 10, 20, 30)},
    "standard": {f"standard-{d}": of_box(partial(hard.standard, d)) for d in (10, 20, 30, 50)},
    "valleys": {f"rosenbrock-{d}": of_box(partial(hard.rosenbrock, d)) for d in (4, 10)},
    "log-gamma": {f"log-gamma-{d}": of_box(partial(hard.log_gamma, d)) for d in (10, 20, 30)},
    "shells": {f"shells-{d}": of_box(partial(hard.shells, d)) for d in (2, 5, 10)},
    "modes": {
        "two-modes-10": of_box(partial(hard.unequal_modes, 10)),
        "eggbox-2": of_box(hard.eggbox),
        "narrow-mode-4": of_box(partial(hard.unequal_modes, 4, 0.02)),
        "narrow-mode-10": of_box(partial(hard.unequal_modes, 10, 0.035)),
    },
    "cards": dict.fromkeys(
        ("mssm-2019", "ridge", "ridge-extreme", "vll-2021", "joint-vll-emu", "vll-3gen-2026"), of_card
    ),
}

#: Makers of all targets, by name.
MAKERS = {name: maker for family in FAMILIES.values() for name, maker in family.items()}

#: Targets on which constants of a sampler may be tuned: every other one of a family, beginning with the first.
TUNING = frozenset(name for family in FAMILIES.values() for name in list(family)[::2])

#: Targets on which a sampler is judged: the others.
JUDGING = frozenset(MAKERS) - TUNING


def make(name: str) -> Target:
    """Target of a name in `FAMILIES`."""
    if name not in MAKERS:
        raise SystemExit(f"{name}: no such target; choose from {', '.join(MAKERS)}")
    return MAKERS[name](name)
