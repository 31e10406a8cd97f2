"""Flipped bits in every kind of file that g2fit writes: each is an error, computed again, or changes nothing."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import G2fitError
from g2fit.core.journaled import journal_of
from g2fit.inference.evidence import evidence, load_evidence
from g2fit.inference.profile.plane import load_scan
from g2fit.inference.tasks import TaskRunner
from g2fit.posterior.prior_sweep import _length, sweep
from g2fit.results import Result
from g2fit.sampling.chain_file import ChainFile, Segment
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from g2fit.sampling.further import Further, block_draws, more_blocks
from g2fit.sampling.journal import Journal
from g2fit.sampling.run_folder import RunFolder
from tests.support.cards import local_run
from tests.support.killed import Killed, killed_at

#: Says what a reader makes of a folder: a hash of all numbers and texts, or "again" for what is computed again.
type Reader = Callable[[Path], str]

#: Answer of a reader that has found a damaged checkpoint, which g2fit computes again.
AGAIN = "again"

#: Points whose evaluations the journal holds.
POINTS = np.arange(12.0).reshape(6, 2)


def make_files(folder: Path) -> dict[str, Reader]:
    """Write one file of each kind; return their names, relative to the folder, with a reader of each."""
    card = local_run(folder)
    evidence(folder, methods=["bridge"], workers=1)
    sweep(card, 500, folder / "sweep", workers=1)
    store = Checkpoints(folder / "parts", "key")
    with store.held("busy"):
        TaskRunner(store=store).run({str(i): lambda: {"sums": np.arange(50.0)} for i in range(3)})
    part = store.parts()[0]
    found = explore(2, seeds_of(1), settings_for("few", 2, 4000), lambda _, z: -0.5 * (2.0 * z**2).sum(axis=1))
    found.save(folder / "found.npz", "key")
    further = more_blocks(found, None, 2, lambda block: block_draws(found, 1, block, 20), lambda _, z: -z[:, 0])
    (folder / "further.npz").write_bytes(further.to_bytes("key"))
    journal = Journal(folder / "journal", "key")
    for batch in range(3):
        journal.add(batch, 0, POINTS, POINTS.sum(axis=1) + batch)
    _interrupt(folder)
    return {
        "result.nc": _result,
        "ensemble-0.h5": _chain,
        "interrupted/ensemble-0.h5.journal": lambda out: _content(RunFolder(out / "interrupted").chain(0)),
        "manifest.json": lambda out: _hash(RunFolder(out).manifest()),
        "card.yaml": lambda out: _hash(Card.load(out).resolved()),
        "evidence.json": lambda out: _hash(load_evidence(out)),
        "scan-m_L-m_S.nc": lambda out: _hash(load_scan(out / "scan-m_L-m_S.nc").to_dict()),
        "found.npz": lambda out: _hash(vars(Exploration.load(out / "found.npz", "key"))),
        "further.npz": lambda out: _hash(vars(Further.load(out / "further.npz", "key"))),
        f"parts/{part}.npz": lambda out: _part(Checkpoints(out / "parts", "key"), part),
        "parts/checkpoints.json": lambda out: _record(Checkpoints(out / "parts", "key")),
        "sweep/points-000000.parquet": _points,
        "journal": _journal,
    }


def _result(out: Path) -> str:
    result = Result(out)
    arrays = {
        f"{group}/{name}": result.array(group, name) for group in result._variables for name in _names(result, group)
    }
    return _hash([result.attributes, arrays])


def _names(result: Result, group: str) -> list[str]:
    return result._variables[group]


def _interrupt(folder: Path) -> None:
    """Copy a chain, and kill the process that extends it after it has written the journal."""
    path = folder / "interrupted/ensemble-0.h5"
    path.parent.mkdir()
    for number in count(1):
        shutil.copyfile(folder / "ensemble-0.h5", path)
        chain = ChainFile(path)
        state = chain.state()
        assert state is not None
        log_prob = np.full((3, len(state.coords)), -1.0)
        more = Segment(np.stack([state.coords] * 3), log_prob, log_prob[0], state.random_state, chain.reasons())
        with suppress(Killed), killed_at(number):
            chain.append(more)
        if journal_of(path).exists():
            return


def _chain(out: Path) -> str:
    return _content(RunFolder(out).chain(0))


def _content(chain: ChainFile) -> str:
    state = chain.state()
    assert state is not None
    read = [chain.read(name, 0, chain.steps) for name in ("chain", "log_prob")]
    return _hash([vars(state), read, chain.accepted(), chain.reasons(), chain.proposal()])


def _part(store: Checkpoints, part: str) -> str:
    arrays = store.load(part)
    return AGAIN if arrays is None else _hash(arrays)


def _record(store: Checkpoints) -> str:
    with store.held("busy"):
        return _hash(store.parts()) if store.parts() else AGAIN


def _points(out: Path) -> str:
    import pyarrow.parquet as pq

    path = out / "sweep/points-000000.parquet"
    if _length(path) < 500:
        return AGAIN
    return _hash({name: column.to_numpy() for name, column in zip(*_columns(pq.read_table(path)), strict=True)})


def _columns(table: Any) -> tuple[list[str], list[Any]]:
    return table.column_names, table.columns


def _journal(out: Path) -> str:
    journal = Journal(out / "journal", "key")
    known = [journal.known(batch, POINTS) for batch in range(3)]
    if not all(done.all() for _, done in known):
        for batch, (values, done) in enumerate(known):  # what is still known must be right
            assert np.array_equal(values[done], (POINTS.sum(axis=1) + batch)[done])
        return AGAIN
    return _hash([values for values, _ in known])


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(_plain(content), sort_keys=True, default=str).encode()).hexdigest()


def _plain(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if isinstance(content, np.ndarray | np.generic):
        values = np.asarray(content)
        return [
            values.dtype.str,
            values.shape,
            repr(values.tolist()) if values.dtype.hasobject else values.tobytes().hex(),
        ]
    return _plain(vars(content)) if hasattr(content, "__dataclass_fields__") else content


def flip_bits(folder: Path, name: str, read: Reader, flips: int, rng: random.Random) -> tuple[Counter[str], list[str]]:
    """Flip one random bit of a file at a time and read it.

    Returns
    -------
    Counter
        How often it was refused, computed again, or without effect on what is read.
    list of str
        Every flip that changed what is read without a word, and every error that is none of g2fit's.
    """
    path = folder / name
    good = path.read_bytes()
    expected = read(folder)
    counts: Counter[str] = Counter()
    silent = []
    for _ in range(flips):
        byte, bit = rng.randrange(len(good)), rng.randrange(8)
        harmed = bytearray(good)
        harmed[byte] ^= 1 << bit
        path.write_bytes(harmed)
        others = {p: p.read_bytes() for p in path.parent.glob("*.npz")} if name.endswith("checkpoints.json") else {}
        try:
            found = read(folder)
        except G2fitError as error:
            counts["refused"] += 1
            if path.name not in str(error) and path.parent.name not in str(error):
                silent.append(f"{name}: byte {byte}, bit {bit}: the error does not name the file: {error}")
        except Exception as error:  # noqa: BLE001 (reported)
            silent.append(f"{name}: byte {byte}, bit {bit}: {type(error).__name__}: {error}")
        else:
            counts["again" if found == AGAIN else "unchanged" if found == expected else "silent"] += 1
            if found not in (AGAIN, expected):
                silent.append(f"{name}: byte {byte}, bit {bit}: read without an error")
        path.write_bytes(good)
        for other, content in others.items():
            other.write_bytes(content)
    return counts, silent
