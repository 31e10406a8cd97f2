"""Run the benchmarks of speed: ``python -m benchmarks`` (`make bench`), or some of them by name.

The longer studies are asked for by name: ``python -m benchmarks.posteriors``, ``.samplers``, ``.sbc``, ``.truths``,
``.calibration``, ``.coverage``, ``.mssm_box``, ``.faults``, ``.fuzz``, ``.scaling``.
"""

from __future__ import annotations

import sys
from importlib import import_module

SPEED = ("vll_kernels", "mssm_kernels", "likelihoods", "sampling", "samplers")


def main() -> None:
    """Run the benchmarks named on the command line, or those of speed."""
    names = sys.argv[1:] or SPEED
    sys.argv = sys.argv[:1]
    for name in names:
        print(f"\n=== {name} ===", flush=True)
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
