"""Further draws of the mixtures of an exploration, which join its weighted draws."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import logsumexp

from g2fit.core.errors import StoreError
from g2fit.core.types import FloatArray, IntArray
from g2fit.sampling.exploration import UNKNOWN, Exploration
from g2fit.sampling.ladder.weights import error_of_mean, variance_of_sum

__all__ = ["Further", "block_draws", "extended", "more_blocks"]

#: First spawn key of the seeds of blocks, apart from those of ensembles, explorations, evidences and re-weightings.
BRANCH = 2**31 + 5


@dataclass(frozen=True)
class Further:
    """Blocks of draws; in each block every stream of the exploration has as many, drawn from its mixture.

    Attributes
    ----------
    z : (blocks, streams, n, D) array
        Draws in the sampler's coordinates.
    log_density : (blocks, streams, n) array
        Log posterior density there (not normalised).
    log_sources : (blocks, streams, n) array
        Log of the density of all sources of the exploration together, of the stream of each draw.
    """

    z: FloatArray
    log_density: FloatArray
    log_sources: FloatArray

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.z)

    def to_bytes(self, key: str) -> bytes:
        """Content of a file, with the fingerprint of the run."""
        stream = io.BytesIO()
        np.savez(stream, z=self.z, log_density=self.log_density, log_sources=self.log_sources, key=np.array(key))
        return stream.getvalue()

    @classmethod
    def load(cls, path: Path, key: str) -> Further:
        """Read a file with the content of `to_bytes`.

        Raises
        ------
        StoreError
            If it is damaged, or belongs to another run than that with the fingerprint `key`.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                there = str(file["key"])
                found = cls(file["z"], file["log_density"], file["log_sources"])
        except Exception as error:  # noqa: BLE001 (a damaged file makes its reader raise almost anything)
            raise StoreError(
                f"{path}: cannot be read, it is damaged ({type(error).__name__}); remove it, and `g2fit run` of the "
                "card makes these draws again"
            ) from None
        if there != key:
            raise StoreError(f"{path}: belongs to another run; remove the folder and run the card again")
        return found


def block_draws(found: Exploration, seed: int, block: int, n: int) -> FloatArray:
    """Draws (streams, n, D) of a block, which depend on the exploration, the seed and the number of the block only."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BRANCH, block)))
    return np.stack([mixture.sample(rng, n) for mixture in found.mixtures])


def more_blocks(
    found: Exploration,
    known: Further | None,
    wanted: int,
    draw: Callable[[int], FloatArray],
    evaluate: Callable[[int, FloatArray], FloatArray],
) -> Further:
    """Add blocks to those `known` until there are `wanted`.

    Parameters
    ----------
    found : Exploration
        The exploration.
    known : Further, optional
        Blocks that there are.
    wanted : int
        Number of blocks.
    draw : callable
        Draws (streams, n, D) of the block with a number.
    evaluate : callable
        Log posterior densities (N,) of a batch of points (N, D), given the number of the block and the points.
    """
    parts = [] if known is None else [known]
    compounds = [found.compound(stream) for stream in range(len(found.mixtures))]
    for block in range(0 if known is None else known.blocks, wanted):
        z = draw(block)
        density = evaluate(block, z.reshape(-1, z.shape[-1])).reshape(z.shape[:2])
        sources = np.stack([compound.log_density(points) for compound, points in zip(compounds, z, strict=True)])
        parts.append(Further(z[None], density[None], sources[None]))
    columns = ([getattr(part, name) for part in parts] for name in ("z", "log_density", "log_sources"))
    return Further(*map(np.concatenate, columns))


def extended(found: Exploration, further: Further | None) -> Exploration:
    """Return the exploration with further draws: each stream has one more source, and all weights are computed anew."""
    if further is None or not further.blocks:
        return found
    each, (blocks, streams, n, dimension) = found.streams_per_ladder, further.z.shape
    z, log_density, log_sources, source = [], [], [], []
    for stream, mixture in enumerate(found.mixtures):
        rows = found.stream == stream
        points = np.concatenate([found.z[rows], further.z[:, stream].reshape(-1, dimension)])
        before = np.append(found.log_sources[rows], further.log_sources[:, stream].ravel())
        share = blocks * n / (found.draws_of(stream) + blocks * n)
        z.append(points)
        source.append(np.append(found.source[rows], np.full(blocks * n, len(found.sources) + stream)))
        log_density.append(np.append(found.log_density[rows], further.log_density[:, stream].ravel()))
        log_sources.append(np.logaddexp(before + math.log1p(-share), mixture.log_density(points) + math.log(share)))
    log_weight = [
        np.where(np.isnan(density), -np.inf, density) - sources - math.log(each * (found.draws_of(stream) + blocks * n))
        for stream, (density, sources) in enumerate(zip(log_density, log_sources, strict=True))
    ]
    source_draws = np.append(found.source_draws, np.full(streams, blocks * n))
    draws = [np.append([found.draws_of(stream), found.first[stream]], source_draws) for stream in range(streams)]
    ladders = [slice(first, first + each) for first in range(0, streams, each)]
    estimates = [_evidence(log_weight[own], source[own], draws[own]) for own in ladders]
    return replace(
        found,
        z=np.concatenate(z),
        log_density=np.concatenate(log_density),
        log_weight=np.concatenate(log_weight),
        stream=np.repeat(np.arange(streams), [len(points) for points in z]),
        log_sources=np.concatenate(log_sources),
        sources=(*found.sources, *found.mixtures),
        source_stream=np.append(found.source_stream, np.arange(streams)),
        source_draws=source_draws,
        source_beta=np.append(found.source_beta, np.ones(streams)),
        source=np.concatenate(source),
        log_z=np.array([log_z for log_z, _ in estimates]),
        errors=np.hypot([error for _, error in estimates], found.missed),
        calls=found.calls + blocks * n * each,
    )


def _evidence(log_weight: list[FloatArray], source: list[IntArray], draws: list[IntArray]) -> tuple[float, float]:
    """Log evidence of a ladder and its statistical error, see `error_of_mean`.

    For each of its streams: log weights, sources, and numbers of draws from all sources, beginning with `UNKNOWN`.
    """
    log_z = float(logsumexp(np.concatenate(log_weight)))
    streams = len(log_weight)
    weights = [np.exp(each - log_z) * streams for each in log_weight]
    sums = np.array([w.sum() for w in weights])
    variances = [variance_of_sum(w, k - UNKNOWN, n) for w, k, n in zip(weights, source, draws, strict=True)]
    return log_z, error_of_mean(np.array(variances), sums)
