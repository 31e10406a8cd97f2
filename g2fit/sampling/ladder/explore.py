"""Walkers that explore where a mixture fails: what they find is fitted to, and never weighted."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from g2fit.core.types import BoolArray, FloatArray
from g2fit.sampling.ladder.fitter import Points
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.stream import Stream
from g2fit.sampling.ladder.weights import weighted_rows

__all__ = ["Explored", "Found", "explore"]

#: Most moves, where their number is not given.
MOST = 30

#: Correlation with their start at which walkers have moved enough.
FORGOTTEN = 0.3

#: Acceptance at which the Crank-Nicolson moves aim.
ACCEPTANCE = 0.35

#: Of so many moves, one is of differential evolution.
EVERY = 3


class Explored(Protocol):
    """What walkers need of a ladder."""

    dimension: int
    rng: np.random.Generator
    beta: float
    streams: list[Stream]
    mixtures: list[Mixture]

    def ask(self, z: Sequence[FloatArray]) -> Generator[FloatArray, FloatArray, list[FloatArray]]:
        """Ask for log likelihoods."""


class Found(NamedTuple):
    """Points of each stream that walkers visited, their log likelihoods, and their share of the weight in fits."""

    z: list[FloatArray]
    log_likelihood: list[FloatArray]
    share: float

    def joined(self, own: Points, stream: int, beta: float, total: float) -> Points:
        """Points of a stream with those found; `total` is the weight of all streams."""
        z, log_l = self.z[stream], self.log_likelihood[stream]
        each = self.share / (1.0 - self.share) * total / max(sum(len(v) for v in self.z), 1)
        return Points(
            np.concatenate([own.x, z]),
            np.append(own.w, np.full(len(z), each)),
            np.append(own.log_target, log_normal(z) + beta * log_l),
        )

    def only(self, chosen: Sequence[BoolArray], share: float) -> Found:
        """Only some of the points, with another share."""
        z = [points[mask] for points, mask in zip(self.z, chosen, strict=True)]
        return Found(z, [v[mask] for v, mask in zip(self.log_likelihood, chosen, strict=True)], share)


def explore(
    ladder: Explored, walkers: int, steps: int | None, rho: float
) -> Generator[FloatArray, FloatArray, tuple[Found, float]]:
    """Move walkers at the present temperature, those of each stream in its own mixture.

    Two moves of three are Crank-Nicolson moves in the mixture, the third is differential evolution between two halves
    of the walkers. Without a number of `steps`, they go on until the walkers have forgotten where they started.

    Returns
    -------
    Found
        Every other position of the second half.
    float
        Tuned size `rho` of the Crank-Nicolson moves.
    """
    rng, beta, mixtures = ladder.rng, ladder.beta, ladder.mixtures
    m, d = len(ladder.streams), ladder.dimension
    p = walkers // m
    best = max(ladder.streams, key=lambda stream: stream.log_evidence(beta))
    hosts = [stream if np.isfinite(stream.log_evidence(beta)) else best for stream in ladder.streams]
    rows = [weighted_rows(stream.log_weight(beta), p, rng) for stream in hosts]
    x = np.stack([stream.z[i] for stream, i in zip(hosts, rows, strict=True)])
    log_l = np.stack([stream.log_likelihood[i] for stream, i in zip(hosts, rows, strict=True)])
    target = log_normal(x) + beta * log_l
    log_q = np.stack([mixture.log_density(v) for mixture, v in zip(mixtures, x, strict=True)])
    start, visited = (x.copy(), log_l.copy()), []
    for step in range(steps or MOST):
        if step % EVERY == EVERY - 1:
            order = rng.permuted(np.tile(np.arange(p), (m, 1)), axis=1)
            for active, other in ((order[:, ::2], order[:, 1::2]), (order[:, 1::2], order[:, ::2])):
                stream, h = np.arange(m)[:, None], active.shape[1]
                first, second = (
                    np.take_along_axis(other, rng.integers(0, other.shape[1], (m, h)), 1) for _ in range(2)
                )
                gamma = 2.38 / math.sqrt(2.0 * d) * np.exp(0.3 * rng.standard_normal((m, h)))
                gamma = np.where(rng.random((m, h)) < 0.1, 1.0, gamma)
                y = x[stream, active] + gamma[..., None] * (x[stream, first] - x[stream, second])
                new = np.stack((yield from ladder.ask(list(y))))
                trial = log_normal(y) + beta * new
                taken = np.log(rng.random((m, h))) < trial - target[stream, active]
                for i in range(m):
                    j = active[i][taken[i]]
                    x[i, j], log_l[i, j], target[i, j] = y[i, taken[i]], new[i, taken[i]], trial[i, taken[i]]
                    log_q[i, j] = mixtures[i].log_density(x[i, j])
            continue
        y = np.stack([mixture.crank_nicolson(v, rho, rng) for mixture, v in zip(mixtures, x, strict=True)])
        new = np.stack((yield from ladder.ask(list(y))))
        trial = log_normal(y) + beta * new
        trial_q = np.stack([mixture.log_density(v) for mixture, v in zip(mixtures, y, strict=True)])
        taken = np.log(rng.random((m, p))) < trial - target + log_q - trial_q
        x[taken], log_l[taken], target[taken], log_q[taken] = y[taken], new[taken], trial[taken], trial_q[taken]
        rho = float(np.clip(rho * math.exp(0.5 * (taken.mean() - ACCEPTANCE)), 0.05, 1.0))
        visited.append((x.copy(), log_l.copy()))
        if steps is None and step > 5 and _memory(start, (x, log_l)) < FORGOTTEN:
            break
    kept = visited[len(visited) // 2 :: 2]
    z = [np.concatenate([v[0][i] for v in kept]) for i in range(m)]
    return Found(z, [np.concatenate([v[1][i] for v in kept]) for i in range(m)], 0.0), rho


def _memory(before: tuple[FloatArray, FloatArray], now: tuple[FloatArray, FloatArray]) -> float:
    """How much walkers (streams, P, D) remember of where they were: the larger of two correlations, averaged."""
    found = []
    for a, b, log_a, log_b in zip(before[0], now[0], before[1], now[1], strict=True):
        scale = a.std(0) * b.std(0) + 1e-300
        r = ((a - a.mean(0)) * (b - b.mean(0))).mean(0) / scale
        level = log_a.std() * log_b.std() + 1e-300
        of_level = float(((log_a - log_a.mean()) * (log_b - log_b.mean())).mean() / level)
        found.append(max(math.sqrt(float(np.mean(np.maximum(r, 0.0) ** 2))), of_level))
    return float(np.mean(found))
