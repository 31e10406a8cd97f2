"""Where diagrams with a bino alone are no approximation of the complete one loop: for light higgsinos."""

from collections.abc import Sequence

import numpy as np

from g2fit.core.types import BoolArray, FloatArray

__all__ = ["HEAVY", "higgsinos_matter"]

#: Least |mu| in units of the largest of |M1|, |M2| and the slepton masses at which winos and higgsinos may be left out.
#: For other masses log-uniform between 100 GeV and 3 TeV they change a_mu (1 + Delta_mu) by less than 7 % at 90 % of
#: the points with a ratio of 10 to 20, by less than 20 % for 5 to 10, and for 2 to 3 by 32 % at half of the points.
HEAVY = 10.0


def higgsinos_matter(levels: Sequence[str], mu: FloatArray, *others: FloatArray) -> dict[str, BoolArray]:
    """Find points with |mu| below `HEAVY` times the largest of the other masses, by a text that names the levels.

    Parameters
    ----------
    levels : sequence of str
        Options that leave higgsinos out, such as ``"amu: bino"``.
    mu, *others : (N,) array
        Mass of the higgsinos; masses of bino, wino and sleptons; in GeV, signs do not matter.

    Returns
    -------
    dict of str to (N,) array of bool
        See `g2fit.models.base.Model.beyond`.

    Examples
    --------
    >>> import numpy as np
    >>> higgsinos_matter(["amu: bino"], np.array([-1e5, 620.0]), np.array([1500.0, 200.0]), np.array([400.0, 350.0]))
    {'|mu| is below 10 times M1, M2 or a slepton mass: amu: bino leaves out winos and higgsinos': array([False,  True])}
    """
    largest = np.max(np.abs(others), axis=0)
    verb = "leaves" if len(levels) == 1 else "leave"
    text = f"|mu| is below {HEAVY:g} times M1, M2 or a slepton mass: {', '.join(levels)} {verb} out winos and higgsinos"
    return {text: ~(np.abs(mu) >= HEAVY * largest)}
