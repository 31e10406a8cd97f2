"""Smooth histograms: Gaussian kernels whose width follows the density, reflected at the ends of the grid.

The kernel adapts to the density (Abramson 1982, Annals of Statistics 10, 1217): narrow in a peak, wide in a tail, so
that the outer region does not dissolve into islands. A second pass smooths the ratio of the histogram to the density
and multiplies it on (Jones, Linton & Nielsen 1995, Biometrika 82, 327), which removes the leading bias: flattened
peaks, thickened ridges, and slopes bent at the edges.

Where most draws lie in a few cells, the kernel is about as narrow as a cell. It is therefore the Gaussian of the grid
(Lindeberg 1990, IEEE Trans. PAMI 12, 234), the law of a random walk: a plain Gaussian, cut off at the highest frequency
of the grid, would be negative beside such a spike, and the second pass would make as much of these cells as of the
spike. A third step gives each neighbourhood the draws that the histogram has there: the second pass takes them from
spikes that the kernel does not resolve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.ndimage

from g2fit.core.types import FloatArray

__all__ = ["SmoothHistogram"]

#: How strongly the kernel adapts: its width goes with this power of the inverse density. With this value and those of
#: `g2fit.results.kernel_density`, regions of known densities have the coverage that is closest to their probability.
POWER = 0.1

#: Widths of the adaptive kernel, as multiples of the common one.
WIDTHS = (0.5, 1.0, 2.0, 4.0)

#: Width over which the draws of the histogram are counted again, in widths of the kernel.
RECOUNTED = 3.0

#: Smallest width of the common kernel along any direction, in cells.
NARROWEST = 1.0

#: Smallest density that is distinguished from zero, relative to the largest.
FAINT = 1e-6

#: Replicates of a bootstrap of the histogram.
REPLICATES = 16

#: Width over which the relative variance of the replicates is averaged, in widths of the kernel.
AVERAGED = 2.0


class _Kernel(NamedTuple):
    """Fourier transform of a kernel, and the share of the draws of each cell that it smooths."""

    form: FloatArray
    share: FloatArray


class SmoothHistogram:
    """A histogram (rows, columns) and the densities that kernels of several widths make of it.

    Reflecting at every end is exact for hard edges, and does nothing where the density has faded out.

    Parameters
    ----------
    counts : (rows, columns) array
        Numbers of draws; a histogram of one quantity has a single row.
    covariance : (2, 2) array
        Of the common kernel, along rows and columns, in cells.
    effective : float
        Effective number of independent draws.
    """

    def __init__(self, counts: FloatArray, covariance: FloatArray, effective: float) -> None:
        self.counts = counts
        self.effective = effective
        self._covariance = covariance = _no_narrower(covariance)
        self._widths = np.sqrt(np.diag(covariance))
        self._mirrored = [n * 2 if n > 1 else 1 for n in counts.shape]
        frequencies = [scipy.fft.fftfreq(self._mirrored[0]), scipy.fft.rfftfreq(self._mirrored[1])]
        rows, columns = np.meshgrid(*(2.0 * np.pi * each for each in frequencies), indexing="ij")
        self._form = 2.0 * (
            covariance[0, 0] * (1.0 - np.cos(rows))
            + covariance[0, 1] * np.sin(rows) * np.sin(columns)
            + covariance[1, 1] * (1.0 - np.cos(columns))
        )
        self._densities: dict[float, FloatArray] = {}
        logarithm = np.log(self._smooth(counts, [self._kernel(1.0, np.ones(counts.shape))]))
        power = POWER * (np.average(logarithm, weights=counts) - logarithm) / np.log(2.0)
        power = np.clip(power, np.log2(WIDTHS[0]), np.log2(WIDTHS[-1]))
        # a draw is split between the nearest two widths
        self._shares = [(width, np.maximum(1.0 - np.abs(power - np.log2(width)), 0.0)) for width in WIDTHS]

    def density(self, factor: float = 1.0) -> FloatArray:
        """Density in draws per cell, with every width of the kernel multiplied by a factor; not to be changed.

        A pilot density f is smoothed with the common kernel; a draw then gets the width (g/f)^POWER times that, g being
        the geometric mean of f over the draws.
        """
        if factor not in self._densities:
            kernels = self._kernels(factor)
            second = self._twice(self.counts, kernels, self._own(kernels))
            # the second pass has lost some of what lies in spikes; a wider kernel finds how much
            wide = self._kernels(RECOUNTED * factor)
            self._densities[factor] = second * self._smooth(self.counts, wide) / self._smooth(second, wide)
        return self._densities[factor]

    def standard_error(self, density: FloatArray) -> FloatArray:
        """Standard error of the density, by a bootstrap of the draws.

        Draws of a chain are correlated: each replicate has as many as the run has independent ones. The relative
        variance of few replicates is averaged over the neighbourhood; a standard error is never less than the density
        that a single independent draw makes. In a plane, two cells along each axis are taken together, which is exact
        enough for an error. The random numbers are always the same.
        """
        rows, columns = self.counts.shape
        if rows > 1 and rows % 2 == columns % 2 == 0:
            coarse = SmoothHistogram(_paired(self.counts), self._covariance / 4.0, self.effective)
            error = coarse._standard_error(_paired(density)) / 4.0
            return np.repeat(np.repeat(error, 2, axis=0), 2, axis=1)
        return self._standard_error(density)

    def _standard_error(self, density: FloatArray) -> FloatArray:
        weight = self.counts.sum() / self.effective
        rng = np.random.default_rng(0)
        kernels = self._kernels(1.0)
        own = self._own(kernels)
        total, squares = np.zeros(self.counts.shape), np.zeros(self.counts.shape)
        for _ in range(REPLICATES):
            change = self._twice(weight * rng.poisson(self.counts / weight), kernels, own)
            total += change
            squares += change**2
        variance = (squares - total**2 / REPLICATES) / (REPLICATES - 1)
        relative = scipy.ndimage.gaussian_filter(variance / density, AVERAGED * self._widths, mode="reflect")
        single = weight / np.prod([np.sqrt(2.0 * np.pi) * width for width in self._widths if width > 0.0])
        return np.asarray(np.sqrt(np.maximum(relative * density, single**2)))

    def _kernel(self, width: float, share: FloatArray) -> _Kernel:
        """The kernel that is wider than the common one by a factor, for a share of the draws of each cell."""
        return _Kernel(np.exp(-0.5 * width**2 * self._form), share)

    def _kernels(self, factor: float) -> list[_Kernel]:
        """The kernels of all draws, with every width multiplied by a factor."""
        return [self._kernel(factor * width, share) for width, share in self._shares if share.any()]

    def _own(self, kernels: Sequence[_Kernel]) -> FloatArray:
        """What a draw adds to the density of its own cell."""
        return np.sum([share * scipy.fft.irfft2(form, self._mirrored)[0, 0] for form, share in kernels], axis=0)

    def _twice(self, counts: FloatArray, kernels: Sequence[_Kernel], own: FloatArray) -> FloatArray:
        # no less than a cell's own draws give it, so that the ratio has a bound
        first = np.maximum(self._smooth(counts, kernels), counts * own)
        return first * self._smooth(counts / first, kernels)

    def _smooth(self, values: FloatArray, kernels: Sequence[_Kernel]) -> FloatArray:
        """Smooth values with each kernel's share of them."""
        spectrum = np.zeros(self._form.shape, dtype=complex)
        for form, share in kernels:
            part = values * share
            for axis, n in enumerate(self.counts.shape):
                if n > 1:
                    part = np.concatenate([part, np.flip(part, axis)], axis)
            spectrum += scipy.fft.rfft2(part) * form
        rows, columns = self.counts.shape
        result = scipy.fft.irfft2(spectrum, self._mirrored)[:rows, :columns]
        return np.asarray(np.maximum(result, FAINT * result.max()))


def _no_narrower(covariance: FloatArray) -> FloatArray:
    """The covariance of a kernel, widened so that along no direction it is narrower than `NARROWEST`."""
    used = np.diag(covariance) > 0.0  # a histogram of one quantity has a single row
    values, vectors = np.linalg.eigh(covariance[np.ix_(used, used)])
    widened = np.zeros_like(covariance)
    widened[np.ix_(used, used)] = (vectors * np.maximum(values, NARROWEST**2)) @ vectors.T
    return widened


def _paired(table: FloatArray) -> FloatArray:
    """Sum of each two by two cells."""
    rows, columns = table.shape
    return np.asarray(table.reshape(rows // 2, 2, columns // 2, 2).sum(axis=(1, 3)))
