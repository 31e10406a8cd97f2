"""Tables on disk: CSV and Parquet."""

from __future__ import annotations

from g2fit.core.errors import InputError

__all__ = ["need_parquet"]


def need_parquet() -> None:
    """Raise an `InputError` if pyarrow, which reads and writes Parquet, is not installed."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise InputError("Parquet files need pyarrow: pip install 'g2fit[parquet]'")
