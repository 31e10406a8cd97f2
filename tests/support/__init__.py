"""Code that several tests share, and that the studies in ``benchmarks`` use on a larger scale."""

from pathlib import Path

#: Root of the clone.
ROOT = Path(__file__).resolve().parents[2]
