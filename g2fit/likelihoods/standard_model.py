"""Standard Model values of the observables, used for those that a model does not predict."""

import re
from collections.abc import Mapping

from g2fit.core.errors import DataError, nearest
from g2fit.data import load

__all__ = ["EXAMPLES", "sm_value"]

#: Observables that vanish in the Standard Model: differences, shifts of couplings, mixing, oblique parameters.
_ZERO = re.compile(r"delta_a_(e|mu|tau)|dg[LR]_[WZ]_\w+|dm_W|t_[LR](_(e|mu|tau))?|[STU]_oblique")
#: Observables that are one in the Standard Model: ratios of couplings or rates, signal strengths, unitarity.
_ONE = re.compile(r"g_(e|mu|tau)_over_g_(e|mu|tau)(_(pi|K))?|R_W_(mu|tau)_(e|mu)|mu_h_\w+|CKM_row_1|V_ud_ratio")

#: One observable of each kind, for error messages.
EXAMPLES = (
    "delta_a_e",
    "delta_a_mu",
    "R_tau",
    "g_mu_over_g_e",
    "R_W_mu_e",
    "mu_h_mumu",
    "dgL_W_mu",
    "dgR_Z_mu",
    "dm_W",
    "CKM_row_1",
    "S_oblique",
)


def sm_value(observable: str, options: Mapping[str, float | bool] | None = None) -> float:
    """Return the Standard Model value of an observable; ``R_tau_SM`` among the options of the data overrides R_tau.

    >>> sm_value("mu_h_mumu"), sm_value("dm_W"), sm_value("R_tau")
    (1.0, 0.0, 0.9725658)
    """
    if observable == "R_tau":
        given = (options or {}).get("R_tau_SM")
        return float(given) if given is not None else float(load().entries["Rtau_mue_SM"].value or 0.0)
    if _ZERO.fullmatch(observable):
        return 0.0
    if _ONE.fullmatch(observable):
        return 1.0
    raise DataError(
        f"observable {observable!r} is predicted neither by the model nor by the Standard Model table; "
        f"{nearest(observable, EXAMPLES)}"
    )
