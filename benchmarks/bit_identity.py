"""Hashes of log densities and chains, to check that a change of the code leaves results the same to the last bit.

    python -m benchmarks.bit_identity [CARD …] [--draws 16000] [--run CARD …] [--save FILE] [--compare FILE]

For each card (by default all in ``analysis`` and ``benchmarks``) draws of the prior, their log prior, log likelihood,
terms and predictions are hashed. A card given with ``--run`` is also run to the end in a temporary folder, and its
chains are hashed. ``--save`` writes the hashes as JSON, ``--compare`` compares them with such a file: save them before
a change and compare after it, on the same machine with the same versions of the libraries. The exit code is 1 if
anything differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import ArrayLike

from g2fit import Card, Posterior
from g2fit.pipeline import execute

ROOT = Path(__file__).resolve().parent.parent

#: Seed of the draws of the prior.
SEED = 20261127


def digest(arrays: Iterable[ArrayLike]) -> str:
    """Hexadecimal hash of the bytes of several arrays; all NaN count as equal."""
    found = hashlib.sha256()
    for values in map(np.ascontiguousarray, arrays):
        found.update((np.where(np.isnan(values), np.nan, values) if values.dtype.kind == "f" else values).tobytes())
    return found.hexdigest()[:24]


def density_hash(card: Card, draws: int) -> str:
    """Hash of draws of the prior and of everything that the posterior computes from them."""
    posterior = Posterior(card)
    theta = posterior.sample_prior(np.random.default_rng(SEED), draws)
    terms, predictions = posterior.terms(theta), posterior.predict(theta)
    values = [theta, posterior.log_prior(theta), posterior.log_likelihood(theta)]
    return digest([*values, *(terms[name] for name in sorted(terms)), *(predictions[q] for q in sorted(predictions))])


def chain_hash(card: Card) -> str:
    """Hash of the chains and log densities of a whole run."""
    with tempfile.TemporaryDirectory() as folder:
        execute(card.replace(output=Path(folder) / "run"))
        arrays = []
        for path in sorted(Path(folder).glob("run/ensemble-*.h5")):
            with h5py.File(path) as file:
                arrays += [file["mcmc/chain"][()], file["mcmc/log_prob"][()]]
    return digest(arrays)


def main() -> None:
    """Print, save and compare the hashes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", type=Path, metavar="CARD")
    parser.add_argument("--draws", type=int, default=16_000)
    parser.add_argument("--run", nargs="*", type=Path, default=[], metavar="CARD")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--compare", type=Path)
    arguments = parser.parse_args()
    shipped = sorted([*(ROOT / "analysis").glob("*.yaml"), *(ROOT / "benchmarks").glob("*.yaml")])
    found = {}
    for path in arguments.cards or ([] if arguments.run else shipped):
        found[f"densities of {path.stem}"] = density_hash(Card.load(path), arguments.draws)
        print(path.stem, found[f"densities of {path.stem}"], flush=True)
    for path in arguments.run:
        found[f"chains of {path.stem}"] = chain_hash(Card.load(path))
        print(path.stem, found[f"chains of {path.stem}"], flush=True)
    if arguments.save:
        arguments.save.write_text(json.dumps(found, indent=1) + "\n")
    before = json.loads(arguments.compare.read_text()) if arguments.compare else {}
    different = [name for name, value in found.items() if before.get(name, value) != value]
    print("\n".join(f"DIFFERENT: {name}" for name in different) or "no difference")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
