"""Measure speed: ``python -m benchmarks`` (`make bench`) runs all benchmarks of `SPEED`, or those named behind it.

The longer studies are run by name; each explains itself with ``--help`` or in its docstring, and ``make validate``
keeps the results of some:

- ``python -m benchmarks.posteriors``: posteriors of whole runs against weighted prior draws
- ``python -m benchmarks.coordinates``: posteriors in different coordinates against each other
- ``python -m benchmarks.sbc``: simulation-based calibration of prior, likelihood and sampler
- ``python -m benchmarks.coverage``: how often credible regions contain the truth
- ``python -m benchmarks.regions``: whether credible regions have the parts of known densities, and no more
- ``python -m benchmarks.truths``: evidences by brute force
- ``python -m benchmarks.calibration``: stated errors of the evidence against the truths
- ``python -m benchmarks.calls``: likelihood calls that samplers need, and ln Z against the truth, on 33 targets
- ``python -m benchmarks.mssm_box``: the MSSM at 1e7 absurd points
- ``python -m benchmarks.faults``: killed processes, flipped bits, edited code
- ``python -m benchmarks.fuzz``: mutated input files
- ``python -m benchmarks.scaling``: memory and time for up to 1e8 draws, and what a cluster would cost
- ``python -m benchmarks.first_use``: from the wheel to the report in an empty folder
- ``python -m benchmarks.scale``: memory of large runs, and bytes that long ones write
- ``python -m benchmarks.bit_identity``: hashes of results, before and after a change
"""

from __future__ import annotations

import sys
from importlib import import_module

#: Benchmarks of speed, in the order in which they are run.
SPEED = ("startup", "vll_kernels", "vll_representations", "mssm_kernels", "likelihoods", "sampling", "samplers")


def main() -> None:
    """Run the benchmarks named on the command line, or those of speed; exit with 1 if one of them missed a target."""
    names = sys.argv[1:] or SPEED
    sys.argv = sys.argv[:1]
    missed = []
    for name in names:
        print(f"\n=== {name} ===", flush=True)
        try:
            import_module(f"benchmarks.{name}").main()
        except SystemExit as end:
            missed += [name] if end.code else []
    if missed:
        sys.exit(f"targets missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
