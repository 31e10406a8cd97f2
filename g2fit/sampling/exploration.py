"""Exploration of a posterior by two independent ladders: weighted draws, mixtures for the ensembles, the evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import logsumexp

from g2fit.core.checkpoints import Arrays
from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write
from g2fit.core.types import FloatArray, IntArray
from g2fit.sampling.compound import Compound, standard_normal
from g2fit.sampling.ladder.best import best_round
from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.settings import Settings
from g2fit.sampling.ladder.stream import Stream
from g2fit.sampling.ladder.weights import effective_draws, error_of_mean
from g2fit.sampling.moves import StoredDraws

__all__ = ["Exploration", "explore", "seeds_of", "settings_for"]

#: Ladders of an exploration; what one of them misses, the other may find.
LADDERS = 2

#: Effective draws of the posterior that each ladder makes.
TARGET = 2000.0

#: First spawn key of the seeds of the ladders, apart from those of ensembles and evidences.
BRANCH = 2**31 + 2

#: First spawn key of the order in which ensembles share stored draws, apart from all others.
SHARED = 2**31 + 8

#: In place of the number of a source: draws of the prior, and draws whose source is not known.
PRIOR, UNKNOWN = -1, -2

#: Most evaluations of a ladder where they are few, and where they are many.
MOST_CALLS = {"few": 150_000, "many": 4_000_000}


@dataclass(frozen=True)
class Exploration:
    """Weighted draws of the posterior, and the mixtures that they came from.

    Attributes
    ----------
    z : (N, D) array
        Draws in the sampler's coordinates.
    log_density : (N,) array
        Log posterior density there (not normalised).
    log_weight : (N,) array
        Logs of the weights; the weights of each ladder sum to its estimate of the evidence.
    stream : (N,) array of int
        Stream of each draw; streams are numbered through all ladders.
    log_sources : (N,) array
        Log of the density of all sources of its stream together, at each draw.
    sources : tuple of Mixture
        All mixtures that were drawn from.
    source_stream, source_draws, source_beta : (S,) array
        Stream, number of draws and inverse temperature aimed at, of each of them.
    source : (N,) array of int
        Source of each draw: `PRIOR`, or its place in `sources`; `UNKNOWN` in files of a former version.
    first : (streams,) array of int
        Draws of the prior in each stream.
    mixtures : tuple of Mixture
        Mixture of each stream, fitted to the draws of the other streams of its ladder, of the best round.
    log_z, errors, efficiencies, betas : (ladders,) array
        Log evidence and its standard error, efficiency of the best mixtures, and the inverse temperature reached (1 for
        the posterior), of each ladder.
    missed : (ladders,) array
        Share of the walkers' points at which a draw would carry more than HEAVY_SHARE/target of the evidence, of each
        ladder; added in quadrature to the error of ln Z.
    calls : (ladders,) array of int
        Evaluations of the likelihood.
    """

    z: FloatArray
    log_density: FloatArray
    log_weight: FloatArray
    stream: IntArray
    log_sources: FloatArray
    sources: tuple[Mixture, ...]
    source_stream: IntArray
    source_draws: IntArray
    source_beta: FloatArray
    source: IntArray
    first: IntArray
    mixtures: tuple[Mixture, ...]
    log_z: FloatArray
    errors: FloatArray
    efficiencies: FloatArray
    missed: FloatArray
    betas: FloatArray
    calls: IntArray

    @property
    def evidence(self) -> tuple[float, float]:
        """Log evidence from all ladders, and its standard error, see `error_of_mean`."""
        mean = float(logsumexp(self.log_z) - math.log(len(self.log_z)))
        ratios = np.exp(self.log_z - mean)
        return mean, error_of_mean((ratios * self.errors) ** 2, ratios)

    def stored_draws(self, ensemble: int, rng: np.random.Generator, ensembles: int, seed: int) -> list[StoredDraws]:
        """Draws that an ensemble can propose without evaluating them: those of its stream and of the next but one.

        Four ensembles then use the draws of all streams of both ladders, each once. They are draws of all sources of a
        stream together, in random order. More ensembles share the draws of a stream, so that no two of them have any
        in common: R-hat compares what is independent. The order is then that of the `seed` of the run.
        """
        found = []
        streams = self._replayed(ensemble)
        sharing = [other for other in range(ensembles) if set(self._replayed(other)) == set(streams)]
        for stream in streams:
            rows = np.flatnonzero(self.stream == stream)
            if len(sharing) > 1:
                order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(SHARED, stream)))
                rows = order.permutation(rows)[sharing.index(ensemble) :: len(sharing)]
            else:
                rows = rng.permutation(rows)
            found.append(
                StoredDraws(self.compound(stream), self.z[rows], self.log_density[rows], self.log_sources[rows])
            )
        return found

    def _replayed(self, ensemble: int) -> tuple[int, int]:
        """Streams whose draws an ensemble proposes without evaluating them."""
        each, (own, _) = self.streams_per_ladder, self.streams_of(ensemble)
        first = own - own % each
        return own, first + (own - first + 2) % each

    def compound(self, stream: int, coldest: float = -1.0) -> Compound:
        """All sources of a stream that were aimed at more than the inverse temperature `coldest`, the prior at zero."""
        chosen = np.flatnonzero((self.source_stream == stream) & (self.source_beta > coldest))
        draws, mixtures = self.source_draws[chosen].astype(float), [self.sources[k] for k in chosen]
        if coldest < 0.0:
            draws, mixtures = np.append(draws, self.first[stream]), [*mixtures, standard_normal(self.z.shape[1])]
        return Compound(draws / draws.sum(), mixtures)

    @property
    def log_likelihood(self) -> FloatArray:
        """Log of what the prior is multiplied with, at each draw."""
        return self.log_density - log_normal(self.z)

    @property
    def streams_per_ladder(self) -> int:
        """Number of streams of a ladder."""
        return len(self.first) // len(self.log_z)  # an exploration that ended with draws of the prior has no mixtures

    def draws_of(self, stream: int) -> int:
        """Number of draws of a stream, those that were forgotten included."""
        return int(self.first[stream] + self.source_draws[self.source_stream == stream].sum())

    @property
    def ladder(self) -> IntArray:
        """Ladder of each draw."""
        return self.stream // self.streams_per_ladder

    def streams_of(self, ensemble: int) -> tuple[int, int]:
        """Stream whose mixture an ensemble proposes from, and the stream of the same ladder where its walkers start."""
        each = self.streams_per_ladder
        first = each * (ensemble % len(self.log_z))
        place = ensemble // len(self.log_z) % each
        return first + place, first + (place + 1) % each

    @property
    def ess(self) -> float:
        """Effective number of weighted draws."""
        return effective_draws(self.log_weight)

    @property
    def useful(self) -> bool:
        """Whether the posterior was reached, so that mixtures and draws are of it."""
        return bool((self.betas == 1.0).all() and np.isfinite(self.log_z).all())

    def save(self, path: Path, key: str | None = None) -> None:
        """Write everything to a file, with the fingerprint of the run; a reader sees the whole file or none."""
        arrays: Arrays = {name: getattr(self, name) for name in ARRAYS}
        arrays["key"] = np.array(key or "")
        for kind, mixtures in (("mixture", self.mixtures), ("source", self.sources)):
            for k, mixture in enumerate(mixtures):
                arrays |= {f"{kind}-{k}/{name}": values for name, values in mixture.arrays().items()}
        with atomic_write(path, new_folder=False) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # the stub takes the arrays for an option

    @classmethod
    def load(cls, path: Path, key: str | None = None) -> Exploration:
        """Read a file that `save` wrote.

        Raises
        ------
        StoreError
            If it is missing or damaged, or belongs to another run than that with the fingerprint `key`.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            if key is not None and str(arrays["key"]) != key:
                raise StoreError(f"{path}: belongs to another run; remove the folder and run the card again")
            mixtures, sources = _mixtures(arrays, "mixture"), _mixtures(arrays, "source")
            if arrays["first"].ndim == 0:  # of a former version: one number
                arrays["first"] = np.broadcast_to(arrays["first"], len(mixtures))
            arrays.setdefault("source", np.full(len(arrays["z"]), UNKNOWN))  # of a former version: not there
            return cls(mixtures=mixtures, sources=sources, **{name: arrays[name] for name in ARRAYS})
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 (a damaged file makes its reader raise almost anything)
            raise StoreError(
                f"{path}: cannot be read, it is damaged ({type(error).__name__}); chains and result of the run are not "
                "affected, but to go on remove the folder and run the card again"
            ) from None


#: Arrays of an exploration in its file, beside those of the mixtures.
ARRAYS = (
    "z", "log_density", "log_weight", "stream", "log_sources", "source_stream", "source_draws", "source_beta",
    "source", "first", "log_z", "errors", "efficiencies", "missed", "betas", "calls",
)  # fmt: skip


def _mixtures(arrays: Arrays, kind: str) -> tuple[Mixture, ...]:
    """Mixtures of one kind in the arrays of a file."""
    parts: dict[int, Arrays] = {}
    for path, values in arrays.items():
        place, _, name = path.partition("/")
        if name and place.startswith(f"{kind}-"):
            parts.setdefault(int(place.removeprefix(f"{kind}-")), {})[name] = values
    return tuple(Mixture.from_arrays(parts[k]) for k in sorted(parts))


def settings_for(calls: str, dimension: int, max_calls: int | None) -> Settings:
    """Settings of each ladder of an exploration with ``few`` or ``many`` evaluations."""
    make = Settings.few_calls if calls == "few" else Settings.many_calls
    most = MOST_CALLS[calls] if max_calls is None else min(MOST_CALLS[calls], max_calls // LADDERS)
    return make(dimension, target=TARGET, max_calls=most)


def seeds_of(seed: int) -> list[np.random.SeedSequence]:
    """Seeds of the ladders of a run."""
    return [np.random.SeedSequence(seed, spawn_key=(BRANCH, i)) for i in range(LADDERS)]


def explore(
    dimension: int,
    seeds: Sequence[np.random.SeedSequence],
    settings: Settings,
    log_density: Callable[[int, FloatArray], FloatArray],
    report: Callable[[Sequence[Ladder]], None] = lambda ladders: None,
) -> Exploration:
    """Explore a posterior; the result depends on the seeds, the settings and the log densities only.

    Parameters
    ----------
    dimension : int
        D.
    seeds : sequence of SeedSequence
        Seed of each ladder.
    settings : Settings
        Settings of each ladder.
    log_density : callable
        Log posterior densities (N,) of a batch of points (N, D), given the number of the batch and the points, in
        coordinates in which the prior is about a standard normal.
    report : callable
        Is shown the ladders after each batch.
    """
    ladders = [Ladder(dimension, np.random.default_rng(each), settings) for each in seeds]
    batches = [ladder.batches() for ladder in ladders]
    wanted = {i: next(batch) for i, batch in enumerate(batches)}
    number = 0
    while wanted:
        z = np.concatenate(list(wanted.values()))
        values = log_density(number, z) - log_normal(z)
        number += 1
        ends = np.cumsum([len(points) for points in wanted.values()])[:-1]
        for i, told in zip(list(wanted), np.split(values, ends), strict=True):
            try:
                wanted[i] = batches[i].send(told)
            except StopIteration:
                del wanted[i]
        report(ladders)
    return _collected(ladders)


def _collected(ladders: list[Ladder]) -> Exploration:
    streams = [stream for ladder in ladders for stream in ladder.streams]
    sizes = [len(stream.z) for stream in streams]
    share = math.log(len(ladders[0].streams))
    weights = [stream.log_weight(1.0) - share for stream in streams]
    evidence = np.array([ladder.evidence() for ladder in ladders])
    best = [best_round(ladder, log_z) for ladder, log_z in zip(ladders, evidence[:, 0], strict=True)]
    sources = [
        (i, source, source.mixture)
        for i, stream in enumerate(streams)
        for source in stream.sources
        if source.mixture is not None
    ]
    draws = [math.log(sum(source.draws for source in stream.sources)) for stream in streams]
    log_likelihood = np.concatenate([stream.log_likelihood for stream in streams])
    return Exploration(
        z=np.concatenate([stream.z for stream in streams]),
        log_density=np.concatenate([stream.log_prior for stream in streams]) + log_likelihood,
        log_weight=np.concatenate(weights),
        stream=np.repeat(np.arange(len(streams)), sizes),
        log_sources=np.concatenate([stream.log_sources for stream in streams]) - np.repeat(draws, sizes),
        sources=tuple(mixture for _, _, mixture in sources),
        source_stream=np.array([i for i, _, _ in sources], dtype=int),
        source_draws=np.array([source.draws for _, source, _ in sources], dtype=int),
        source_beta=np.array([source.beta for _, source, _ in sources]),
        source=np.concatenate(_sources_of_draws(streams)),
        first=np.array([sum(s.draws for s in stream.sources if s.mixture is None) for stream in streams]),
        mixtures=tuple(mixture for mixtures, _ in best for mixture in mixtures),
        log_z=evidence[:, 0],
        errors=evidence[:, 1],
        efficiencies=np.array([efficiency for _, efficiency in best]),
        missed=np.array([ladder.missed[-1] if ladder.missed else 0.0 for ladder in ladders]),
        betas=np.array([ladder.beta for ladder in ladders]),
        calls=np.array([ladder.calls for ladder in ladders]),
    )


def _sources_of_draws(streams: Sequence[Stream]) -> list[IntArray]:
    """Source of each draw of each stream; mixtures are numbered through all streams."""
    found, count = [], 0
    for stream in streams:
        mixed = np.array([source.mixture is not None for source in stream.sources])
        numbers = np.where(mixed, count - 1 + np.cumsum(mixed), PRIOR)
        found.append(numbers[stream.source])
        count += int(mixed.sum())
    return found
