"""Read thousands of mutated files: no traceback, none slower than five seconds, nothing written outside the folder.

    python -m benchmarks.fuzz [--examples N] [--kind KIND …] [--seed N] [--record FILE]

`tests.support.fuzz` says what is mutated and what counts as a fault. Prints how many files of each kind were read and
refused, and every fault with the file that caused it; the exit code is 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

from benchmarks import recording
from tests.support.fuzz import Fuzzer

#: Share of the examples that each kind of file gets.
SHARES = {"slha": 0.25, "models": 0.2, "results": 0.15, "priors": 0.15, "cards": 0.25}


def main() -> None:
    """Fuzz the kinds of files on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--kind", nargs="*", choices=list(SHARES), default=list(SHARES))
    parser.add_argument("--seed", type=int, default=0)
    recording.add_option(parser)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    faults: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in arguments.kind:
            fuzzer = Fuzzer(Path(folder) / kind, arguments.seed)
            fuzzer.run(kind, int(arguments.examples * SHARES[kind]))
            counts[kind] = {f"{what} {outcome}": count for (what, outcome), count in fuzzer.outcomes.items()}
            print(
                f"{kind}: {fuzzer.outcomes.total()} examples, {counts[kind]}, slowest {fuzzer.slowest:.2f} s",
                flush=True,
            )
            faults |= fuzzer.faults
    for what, example in faults.items():
        print(f"FAULT {what}\n    {example!r:.700}")
    recording.write(arguments.record, {"passed": not faults, "counts": counts, "faults": sorted(faults)})
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
