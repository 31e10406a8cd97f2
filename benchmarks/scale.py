"""Memory of large runs, and bytes written by long ones.

    python -m benchmarks.scale [large] [dimensions] [ensembles] [written] [--steps N] [--filled N] [--folder FOLDER]

The posterior is a standard normal one, in a model of a card's own; each run is a command with two processes, whose
memory and written bytes are read from the operating system (Linux).

- ``large``: 64 ensembles of 10 000 walkers with 30 parameters, and ``summary`` and ``plot`` of the result. The first
  ``--filled`` steps (by default 80, 13 GB on disk) of each chain are independent draws from the posterior, written as
  a run writes them; then ``g2fit run`` goes on to ``--steps`` (by default 100), which takes half an hour. With
  ``--filled 0`` the run explores and samples from the start.
- ``dimensions``: 50 parameters with the default settings.
- ``ensembles``: 64 ensembles with the default number of walkers and 12 parameters.
- ``written``: bytes that a million steps write, checkpoint by checkpoint, relative to the size of the chain, for
  checkpoints of several lengths; and those of whole runs of two lengths.

Without names all of them are measured. The exit code is 1 if a target is missed: less than 4 GB for ``large``, less
than 2 GB for ``dimensions`` and ``ensembles``, less than 3 times the chain for ``written``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from g2fit import Card, Posterior
from g2fit.sampling.chain_file import ChainFile, Segment
from g2fit.sampling.run_folder import RunFolder
from tests.support.scale import Taken, watched, write_fit, written

#: Bytes that the memory must stay below, for ``large`` and for the others; and written bytes relative to the chain.
LARGE, USUAL, WRITTEN = 4e9, 2e9, 3.0

#: Steps of a chain that are made at once.
BLOCK = 10

#: Steps of a long chain, lengths of its checkpoints, its walkers and parameters.
LONG, CHECKPOINTS, WALKERS, DIMENSION = 1_000_000, (1000, 10_000, 100_000), 8, 2


def fill(card: Card, steps: int) -> None:
    """Begin a run whose chains consist of so many independent draws of each walker from the posterior."""
    posterior, run, rng = Posterior(card), RunFolder(card.output), np.random.default_rng(1)
    run.open(card)
    state = np.random.RandomState(1).get_state(legacy=True)
    for index in range(card.sampler.ensembles):
        for begin in range(0, steps, BLOCK):
            shape = (min(BLOCK, steps - begin), card.walkers, posterior.dimension)
            theta = np.clip(rng.normal(size=shape), -9.9, 9.9)
            z = posterior.coordinates.from_parameters(theta.reshape(-1, posterior.dimension))
            density = posterior.log_density(z).reshape(shape[:2])
            accepted = np.full(card.walkers, 0.5 * shape[0])
            run.chain(index).append(Segment(z.reshape(shape), density, accepted, state, posterior.take_counts()))


def report(name: str, taken: Taken, most: float) -> bool:
    """Print what a command took, and return whether its memory is below a limit."""
    print(f"{name}: {taken.memory / 1e9:.2f} GB of {most / 1e9:.0f} in {taken.seconds:.0f} s", flush=True)
    return taken.memory < most


def large(folder: Path, steps: int, filled: int) -> bool:
    """Run 64 ensembles of 10 000 walkers with 30 parameters; show the result."""
    path = write_fit(folder, 30, ensembles=64, walkers=10_000, max_steps=steps, stop={"ess": 1e12})
    if filled:
        fill(Card.load(path), filled)
    good = report(
        "64 ensembles of 10 000 walkers, 30 parameters", watched("run", path, "--quiet", "--workers=2"), LARGE
    )
    size = sum(file.stat().st_size for file in (folder / "out").glob("ensemble-*.h5"))
    kept = (folder / "out/result.nc").stat().st_size
    print(f"chains {size / 1e9:.1f} GB, result.nc {kept / 1e9:.2f} GB")
    for verb in ("summary", "plot"):
        good &= report(f"{verb} of it", watched(verb, folder / "out"), LARGE)
    return good


def dimensions(folder: Path) -> bool:
    """Run 50 parameters with the default settings."""
    path = write_fit(folder, 50)
    return report("50 parameters, default settings", watched("run", path, "--quiet", "--workers=2"), USUAL)


def ensembles(folder: Path) -> bool:
    """Run 64 ensembles with the default number of walkers."""
    path = write_fit(folder, 12, ensembles=64)
    return report("64 ensembles, default walkers, 12 parameters", watched("run", path, "--quiet", "--workers=2"), USUAL)


def write_long(folder: Path) -> bool:
    """Write a long chain with checkpoints of several lengths, and run two runs of different lengths."""
    folder.mkdir(parents=True, exist_ok=True)
    state, rng, good = np.random.RandomState(1).get_state(legacy=True), np.random.default_rng(1), True
    for length in CHECKPOINTS:
        chain, before, parts = ChainFile(folder / f"ensemble-{length}.h5"), written(), []
        for done in range(0, LONG, length):
            z = rng.normal(size=(length, WALKERS, DIMENSION))
            chain.append(Segment(z, z.sum(axis=2), np.zeros(WALKERS), state, np.zeros(2, dtype=np.int64)))
            if done + length in (LONG // 10, LONG):
                parts.append((written() - before) / (8 * (done + length) * WALKERS * (DIMENSION + 1)))
        print(f"checkpoints of {length} steps: {parts[0]:.2f} times the chain after {LONG // 10} steps, "
              f"{parts[-1]:.2f} times after {LONG}", flush=True)  # fmt: skip
        good &= parts[-1] < WRITTEN
    sizes, bytes_written = [], []
    for steps in (10_000, 40_000):
        path = write_fit(folder / str(steps), DIMENSION, walkers=WALKERS, max_steps=steps, stop={"ess": 1e12})
        bytes_written.append(watched("run", path, "--quiet", "--workers=2").written)
        sizes.append(8 * 4 * steps * WALKERS * (DIMENSION + 1))
    ratio = (bytes_written[1] - bytes_written[0]) / (sizes[1] - sizes[0])
    print(f"whole runs of 10 000 and 40 000 steps: {bytes_written[0] / 1e6:.0f} and {bytes_written[1] / 1e6:.0f} MB; "
          f"each further step writes {ratio:.2f} times its size")  # fmt: skip
    return good and ratio < WRITTEN


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--filled", type=int, default=80)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    studies: dict[str, Callable[[Path], bool]] = {
        "large": lambda folder: large(folder, arguments.steps, arguments.filled),
        "dimensions": dimensions,
        "ensembles": ensembles,
        "written": write_long,
    }
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        for name in arguments.names or studies:
            place = (arguments.folder or Path(temporary)) / name
            good &= studies[name](place)
            shutil.rmtree(place)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
