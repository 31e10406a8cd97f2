"""Goodness of a fit: chi squared, degrees of freedom and p-value."""

from collections.abc import Mapping
from typing import Any

import scipy.special

__all__ = ["goodness"]


def goodness(chi2: Mapping[str, float], data: int, parameters: int = 0) -> dict[str, Any]:
    """Goodness of a fit with so many data and fitted parameters, from the chi squared of each Gaussian term.

    Returns
    -------
    dict
        ``chi2`` (the sum), ``data``, ``parameters``, ``degrees_of_freedom`` (data minus parameters), ``p_value``, the
        probability of a larger chi squared (None without degrees of freedom), and all of it as a ``text``. Limits and
        likelihoods that are not Gaussian have no chi squared.

    Examples
    --------
    >>> print(goodness({"a": 1.0, "b": 1.5}, data=3, parameters=1)["text"])
    chi2 = 2.5 for 3 data and 1 parameter: 2 degrees of freedom, p = 0.287
    >>> print(goodness({"a": 0.1}, data=2, parameters=6)["text"])
    chi2 = 0.1 for 2 data and 6 parameters: no degrees of freedom, no p-value
    """
    total, freedom = float(sum(chi2.values())), data - parameters
    p = float(scipy.special.chdtrc(freedom, total)) if freedom > 0 else None
    text = f"chi2 = {total:.5g} for {data} data"
    if parameters:
        text += f" and {parameters} parameter{'s' if parameters > 1 else ''}"
    text += ": no degrees of freedom, no p-value" if p is None else f": {freedom} degrees of freedom, p = {p:.3g}"
    return {"chi2": total, "data": data, "parameters": parameters, "degrees_of_freedom": freedom, "p_value": p,
            "text": text}  # fmt: skip
