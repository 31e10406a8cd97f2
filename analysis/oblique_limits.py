"""Oblique parameters from the couplings of W and Z: ``python -m analysis.oblique_limits``.

The couplings of 2103.12074 are linear in S, T and U, so that a fit of these to the measured couplings, nothing else
being changed, is linear algebra. It shows what the electroweak block says about T beside the fits of the Review of
Particle Physics, from which it must not be copied into one likelihood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.data import DataSection, Group, resolve
from g2fit.models.constants import get_constants
from g2fit.models.vll.electroweak import fermi_shift_ratio, oblique_shifts

__all__ = ["ObliqueFit", "electroweak_group", "fit", "markdown", "response"]

#: Vintages of the data of 2021 and of 2026; they differ in the mass of the W boson.
VINTAGES = {"2021": "wp2025", "2026": "latest_2026_11"}
#: Weak isospin of the left-handed field, and charge, by the name of the fermion in an observable.
FERMIONS = {
    **dict.fromkeys(("e", "mu", "tau"), (-0.5, -1.0)),
    **dict.fromkeys(("nu", "nu_e", "nu_mu", "nu_tau"), (0.5, 0.0)),
    **dict.fromkeys(("u", "c", "t"), (0.5, 2.0 / 3.0)),
    **dict.fromkeys(("d", "s", "b"), (-0.5, -1.0 / 3.0)),
}


@dataclass(frozen=True)
class ObliqueFit:
    """A fit of some of S, T, U: best values, covariance, and the fall of chi2 below that of the Standard Model."""

    free: tuple[str, ...]
    best: FloatArray
    covariance: FloatArray
    fall: float

    @property
    def errors(self) -> FloatArray:
        """Standard deviations."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> float:
        """Correlation of the first two parameters."""
        return float(self.covariance[0, 1] / (self.errors[0] * self.errors[1]))


def response(observable: str) -> FloatArray:
    """Return the derivatives of a coupling or of the relative shift of m_W by S, T and U, shape (3,).

    A Z coupling moves by (alpha T/2)(T3 + Q r) - Q alpha S/[4 (c^2 - s^2)], with T3 = 0 for right-handed fields.

    >>> response("dm_W").round(5).tolist()
    [-0.00363, 0.00559, 0.00423]
    >>> response("dgL_Z_nu_mu").round(5).tolist()
    [0.0, 0.00195, 0.0]
    """
    constants = get_constants()
    alpha, s2 = constants.alpha_mZ_msbar, constants.s2_eff
    shifts = np.array([oblique_shifts(S, T, U, alpha, s2) for S, T, U in np.eye(3).tolist()])
    if observable == "dm_W" or observable.startswith("dgL_W"):
        return np.asarray(shifts[:, 2])
    side, fermion = observable[2], observable.split("_Z_", 1)[1]
    isospin, charge = FERMIONS[fermion]
    z = isospin if side == "L" else 0.0
    return np.asarray(shifts[:, 0] * (z + charge * fermi_shift_ratio(s2)) - charge * shifts[:, 1])


def electroweak_group(year: str, block: str) -> Group:
    """Return the measured couplings: a correlation block with the W mass of a year, one of `VINTAGES`.

    >>> group = electroweak_group("2026", "pole20")
    >>> len(group.data), group.data[-1].entry.id
    (20, 'dm_W_2026')
    """
    section = DataSection(vintage=VINTAGES[year], electroweak="oblique", ew_block=block, exclude=("delta_a_e",))
    return next(group for group in resolve(section).groups if group.term == "electroweak")


def fit(group: Group, free: Sequence[str] = ("T",), only: Sequence[str] | None = None) -> ObliqueFit:
    """Fit some of S, T, U, the others being zero, to the couplings of a group.

    Parameters
    ----------
    group : Group
        The couplings.
    free : sequence of str
        Which of S, T, U are fitted.
    only : sequence of str, optional
        Observables to use; by default all.

    Returns
    -------
    ObliqueFit

    Examples
    --------
    The W mass alone:

    >>> alone = fit(electroweak_group("2026", "leptonic10"), only=["dm_W"])
    >>> round(float(alone.best[0]), 3), round(float(alone.errors[0]), 3)
    (0.014, 0.022)
    """
    chosen = [i for i, datum in enumerate(group.data) if only is None or datum.observable in only]
    names = [group.data[i].observable for i in chosen]
    measured = np.array([group.data[i].value for i in chosen], dtype=float)
    weight = np.linalg.inv(group.covariance[np.ix_(chosen, chosen)])
    slopes = np.array([response(name) for name in names])[:, ["STU".index(name) for name in free]]
    covariance = np.linalg.inv(slopes.T @ weight @ slopes)
    best = covariance @ slopes.T @ weight @ measured
    return ObliqueFit(tuple(free), best, covariance, float(best @ slopes.T @ weight @ measured))


def reviewed_fit() -> ObliqueFit:
    """Return the fit of S and T, with U = 0, of the Review of Particle Physics 2024."""
    section = DataSection(vintage="wp2025", electroweak="oblique_fit", exclude=("delta_a_e",))
    group = next(group for group in resolve(section).groups if group.term == "oblique")
    best = np.array([datum.value for datum in group.data], dtype=float)
    return ObliqueFit(("S", "T"), best, group.covariance, float(best @ np.linalg.solve(group.covariance, best)))


def at_zero(both: ObliqueFit) -> ObliqueFit:
    """Return the fit of T alone (S = 0) that a fit of S and T implies.

    >>> one = at_zero(reviewed_fit())
    >>> round(float(one.best[0]), 4), round(float(one.errors[0]), 4)
    (0.0399, 0.0221)
    """
    weight = np.linalg.inv(both.covariance)
    best = weight[1] @ both.best / weight[1, 1]
    return ObliqueFit(("T",), np.array([best]), np.array([[1.0 / weight[1, 1]]]), float(best * best * weight[1, 1]))


def fits() -> Iterator[tuple[str, ObliqueFit, ObliqueFit | None]]:
    """Yield name, fit of T, and fit of S and T of each row of the table."""
    for year in VINTAGES:
        group = electroweak_group(year, "leptonic10")
        yield f"m_W of {year} alone", fit(group, only=["dm_W"]), None
        for block in ("leptonic10", "pole20"):
            group = electroweak_group(year, block)
            yield f"`{block}`, m_W of {year}", fit(group), fit(group, ("S", "T"))
    both = reviewed_fit()
    yield "`oblique2` (PDG 2024)", at_zero(both), both


def markdown() -> str:
    """Write the table of T alone, its range of two standard deviations, and S and T together."""
    lines = ["| data | T (S = U = 0) | 2σ | S, T (U = 0) | correlation |", "|---|---|---|---|---|"]
    for name, one, both in fits():
        T, error = float(one.best[0]), float(one.errors[0])
        cells = [name, f"{T:.3f} ± {error:.3f}", f"{T - 2 * error:.3f} … {T + 2 * error:.3f}"]
        if both is None:
            cells += ["–", "–"]
        else:
            pairs = zip(both.best, both.errors, strict=True)
            cells += [", ".join(f"{value:.3f} ± {sigma:.3f}" for value, sigma in pairs), f"{both.correlation:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return ("\n".join(lines) + "\n").replace("-0.", "−0.")


if __name__ == "__main__":
    print(markdown(), end="")
