"""Peaks and pits of a surface on a grid, and how far each stands out.

The height of a peak over the highest pass that leads from it to a higher one is its *prominence*. The parts of the
region above a level are those peaks that rise above it from a pass below it, and likewise its gaps and the pits of the
surface.
"""

import numpy as np

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray, IntArray

__all__ = ["peaks_and_passes"]


def peaks_and_passes(height: FloatArray) -> tuple[IntArray, IntArray]:
    """Flat indices of all peaks of a surface, and for each that of the highest pass to a higher peak.

    The highest peak comes first, with the lowest cell of the surface in place of a pass. Cells have eight neighbours.

    Examples
    --------
    >>> peaks, passes = peaks_and_passes(np.array([[0.0, 3.0, 1.0, 2.0, 0.5]]))
    >>> peaks.tolist(), passes.tolist()
    ([1, 3], [0, 2])
    """
    values = np.ascontiguousarray(height, dtype=float).ravel()
    falling = np.argsort(-values, kind="stable")
    parent, top = np.full(values.size, -1, np.int64), np.empty(values.size, np.int64)
    out = np.full((2, values.size), -1, np.int64)
    _fill_peaks(values, falling, height.shape[1], parent, top, out)
    found = np.count_nonzero(out[0] >= 0)
    return out[0, :found].copy(), out[1, :found].copy()


@kernel
def _fill_peaks(
    values: FloatArray, falling: IntArray, columns: int, parent: IntArray, top: IntArray, out: IntArray
) -> None:
    """Flood the surface from above: where two components meet, the peak of the lower one gets its pass.

    `parent` leads from each flooded cell to the first cell of its component, `top` from there to the peak.
    """
    rows = len(values) // columns
    out[0, 0], out[1, 0] = falling[0], falling[-1]
    found = 1
    for cell in falling:
        parent[cell] = cell
        top[cell] = cell
        row, column = cell // columns, cell % columns
        for i in range(max(row - 1, 0), min(row + 2, rows)):
            for j in range(max(column - 1, 0), min(column + 2, columns)):
                other = i * columns + j
                if parent[other] < 0 or other == cell:
                    continue
                while parent[other] != other:
                    parent[other] = parent[parent[other]]
                    other = parent[other]
                here = cell
                while parent[here] != here:
                    parent[here] = parent[parent[here]]
                    here = parent[here]
                if other == here:
                    continue
                if values[top[other]] < values[top[here]]:
                    here, other = other, here
                if top[here] != cell:
                    out[0, found], out[1, found] = top[here], cell
                    found += 1
                parent[here] = other
