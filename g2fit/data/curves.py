"""Limits that are curves: the bound on one quantity depends on another one, such as a coupling on a mass."""

from collections.abc import Mapping

import numpy as np

from g2fit.core.errors import DataError, nearest
from g2fit.core.types import FloatArray
from g2fit.data.measurement import Measurement

__all__ = ["Tables", "bounds_of", "check_curve"]

#: Tables of a measurement file: name to columns and rows.
type Tables = Mapping[str, tuple[tuple[str, ...], FloatArray]]


def check_curve(entry: Measurement, tables: Tables, where: str) -> None:
    """Refuse an entry whose curve cannot be a limit; `where` is its place, for error messages.

    The table of a curve has two columns, abscissa and bound, of positive numbers. The abscissas increase, and two rows
    may have the same one, where the bound jumps. Each application says `against` which quantity the bound is given.
    """
    against = [application for application in entry.applies_to if application.against]
    if not entry.curve:
        if against:
            raise DataError(f"{where}: `against: {against[0].against}` needs a `curve`, the name of a table of bounds")
        return
    if not entry.is_limit or entry.value is not None:
        raise DataError(f"{where}: `curve` is for lower and upper limits whose value is null")
    if entry.curve not in tables:
        raise DataError(f"{where}: curve = {entry.curve!r} is no table; {nearest(entry.curve, tables)}")
    for application in entry.applies_to:
        if not application.against:
            raise DataError(f"{where}: applies_to {application.quantity} lacks `against`, the abscissa of the curve")
    columns, rows = tables[entry.curve]
    if len(columns) != 2 or rows.ndim != 2 or rows.shape[1] != 2 or len(rows) < 2:
        raise DataError(f"{where}: the table {entry.curve} needs two columns, abscissa and bound, and two rows or more")
    if not (np.all(np.isfinite(rows)) and np.all(rows > 0.0)):
        raise DataError(f"{where}: the table {entry.curve} holds {rows.min():g}; allowed: positive numbers")
    steps = np.diff(rows[:, 0])
    repeated = np.flatnonzero(steps == 0.0)
    if np.any(steps < 0.0) or steps[0] == 0.0 or steps[-1] == 0.0 or np.any(np.diff(repeated) == 1):
        raise DataError(
            f"{where}: the abscissas of the table {entry.curve} must increase (two rows in its middle may share one)"
        )


def bounds_of(entry: Measurement, tables: Tables) -> tuple[tuple[float, float], ...]:
    """Return abscissa and bound of each row of the curve of a limit; nothing for other limits.

    >>> from g2fit.data.loader import load
    >>> bounds_of(load().entries["hnl_mu_cms2024"], load().tables)[0]
    (10.06, 1.86e-05)
    """
    return tuple((float(x), float(bound)) for x, bound in tables[entry.curve][1]) if entry.curve else ()
