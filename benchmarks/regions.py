"""Whether credible regions have the parts that the density has, and no more: correlated draws of known densities.

    python -m benchmarks.regions [--seeds 50] [--sizes 4000 80000] [--only LAW …] [--record FILE]

Each law is flat, one-sided, piled up at an edge, flat with a cliff, of one or of two modes, in one dimension or in a
plane. Chains of the given effective sample size are drawn from it, with an autocorrelation time of 3 steps, and
the regions of the figures are made of them. Printed for each law and level are the share of chains whose region has a
wrong number of parts or, in a plane, too many gaps, and the probability that the law gives to the region, mean and
standard deviation. The exit code is 1 if a share is larger than `TOLERATED`, or a mean probability is farther off than
`OFF`.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks import recording
from tests.support.known_densities import LAWS, PLANES, study

#: Largest share of chains whose region has a wrong number of parts.
TOLERATED = 0.02

#: Largest deviation of the mean probability of a region from its level.
OFF = 0.03


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4000, 80_000])
    parser.add_argument("--no-planes", action="store_true")
    parser.add_argument("--only", nargs="*", choices=[*LAWS, *PLANES], metavar="LAW", help="only these densities")
    recording.add_option(parser)
    arguments = parser.parse_args()
    results, begun = [], time.monotonic()
    for size in arguments.sizes:
        started = time.monotonic()
        print(f"{'effective sample size ' + str(size):40s}   wrong   probability")
        for name, wrong, level, mean, spread in study(size, arguments.seeds, not arguments.no_planes, arguments.only):
            good = bool(wrong <= TOLERATED and abs(mean - level) <= OFF)
            row = {"size": size, "law": name, "level": level, "wrong": wrong, "mean": mean, "spread": spread}
            results.append(row | {"passed": good})
            print(f"{name:40s} {100 * wrong:5.1f} %  {mean:.4f} ± {spread:.4f}{'' if good else '   OFF'}", flush=True)
        print(f"{time.monotonic() - started:.0f} s\n")
    passed = all(row["passed"] for row in results)
    found = {"passed": passed, "seconds": time.monotonic() - begun, "seeds": arguments.seeds, "rows": results}
    recording.write(arguments.record, found)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
