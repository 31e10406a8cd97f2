"""Names and indices of the parameters and observables of complex couplings, and of leptons that share partners."""

from collections.abc import Iterator, Sequence
from typing import Final

from g2fit.models.base import Quantity
from g2fit.models.vll import predictions as at
from g2fit.models.vll.predictions import LEPTON_LATEX
from g2fit.models.vll.representations.fields import pair_of
from g2fit.models.vll.representations.predictions import LATEX, ascii_name, lepton_rows, mass_rows, shared_rows

__all__ = ["Partners", "observables", "parameter_columns", "parameters"]

#: A set of partners: the leptons that couple to it, and its representations.
type Partners = tuple[tuple[str, ...], tuple[str, ...]]

#: Decays that change the flavour: heavier and lighter lepton, in the order of the indices.
_PAIRS: Final = (("mu", "e"), ("tau", "e"), ("tau", "mu"))

# Indices in the row of values, after those of `g2fit.models.vll.predictions`; three each
EDM: Final = at.SIZE  # e, mu, tau
KAPPA_ODD: Final = EDM + 3
TO_PHOTON: Final = EDM + 6  # `_PAIRS`
FROM_HIGGS: Final = EDM + 9
SIZE: Final = EDM + 12


def _names(sets: Sequence[Partners], phases: bool) -> Iterator[tuple[str, Quantity | None]]:
    """Yield the parameters in their order, None for what does not exist, with a key for `parameter_columns`."""
    several = len(sets) > 1
    for leptons, names in sets:
        doublet, partner = pair_of(names)
        end, upper = (f"_{leptons[0]}", f"^{{{LEPTON_LATEX[leptons[0]]}}}") if several else ("", "")
        which, angles = f"({', '.join(leptons)} partners)", []
        for key, name in (("M_D", doublet), ("M_X", partner)):
            quantity = Quantity(
                f"M_{ascii_name(name)}{end}", f"M_{{{LATEX[name]}}}{upper}", "GeV", f"mass of {name} {which}"
            )
            yield key, quantity if name in names else None
        for key, name in (("lambda_D", doublet), ("lambda_X", partner)):
            for lepton in leptons:
                own = len(leptons) > 1 or several
                label, index = f"lambda_{ascii_name(name)}" + (f"_{lepton}" if own else ""), LEPTON_LATEX[lepton]
                latex = rf"\lambda_{{{LATEX[name]}}}" + (f"^{{{index}}}" if own else "")
                text = f"Yukawa coupling of {lepton} and {name}"
                yield f"{key}_{lepton}", Quantity(label, latex, "", text) if name in names else None
                if key == "lambda_D":
                    text = f"phase of the Yukawa coupling of {lepton} and {name}"
                    angles.append((f"phase_{lepton}", Quantity(f"phase_{label}", rf"\arg\,{latex}", "rad", text)))
        for key, label, latex, text in (
            ("lambda", "lambda", r"\lambda", f"Yukawa coupling of left-handed {doublet} and right-handed {partner}"),
            (
                "lambda_bar",
                "lambda_bar",
                r"\bar\lambda",
                f"Yukawa coupling of right-handed {doublet} and left-handed {partner}",
            ),
        ):
            quantity = Quantity(f"{label}{end}", latex + upper, "", f"{text} {which}")
            yield key, quantity if len(names) == 2 else None
        text = f"phase of the Yukawa coupling lambda {which}"
        angles.append(("phase", Quantity(f"phase_lambda{end}", rf"\arg\,\lambda{upper}", "rad", text)))
        for key, quantity in angles:
            yield key, quantity if phases and len(names) == 2 else None


def parameters(sets: Sequence[Partners], phases: bool) -> tuple[Quantity, ...]:
    """List the parameters.

    >>> [p.name for p in parameters([(("e", "mu"), ("L", "E"))], phases=False)]
    ['M_L', 'M_E', 'lambda_L_e', 'lambda_L_mu', 'lambda_E_e', 'lambda_E_mu', 'lambda', 'lambda_bar']
    >>> [p.name for p in parameters([(("mu",), ("L", "E"))], phases=True)][4:]
    ['lambda', 'lambda_bar', 'phase_lambda_L', 'phase_lambda']
    """
    return tuple(quantity for _, quantity in _names(sets, phases) if quantity is not None)


def parameter_columns(sets: Sequence[Partners], phases: bool) -> list[list[int]]:
    """Columns of the parameters of each set, as `g2fit.models.vll.flavour.kernels.Layout` has them.

    >>> parameter_columns([(("e", "mu"), ("L", "E"))], phases=True)
    [[0, 1, 6, 7, 10, 4, 2, 8, 5, 3, 9]]
    >>> parameter_columns([(("e", "mu"), ("E",))], phases=False)
    [[-1, 0, -1, -1, -1, 1, -1, -1, 2, -1, -1]]
    """
    rows, start = [], 0
    for one in sets:
        places = {}
        for key, quantity in _names([one], phases):
            places[key] = start if quantity is not None else -1
            start += quantity is not None
        row = [places[key] for key in ("M_D", "M_X", "lambda", "lambda_bar", "phase")]
        for lepton in one[0]:
            row += [places[f"{key}_{lepton}"] for key in ("lambda_X", "lambda_D", "phase")]
        rows.append(row)
    return rows


def _cp_rows(lepton: str) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of what phases cause."""
    index, l = at.LEPTONS.index(lepton), LEPTON_LATEX[lepton]
    text = f"electric dipole moment of {lepton}"
    yield EDM + index, Quantity(f"d_{lepton}", f"d_{l}", "e cm", text, sm=0.0)
    text = f"coupling of the Higgs boson to {lepton} that violates CP, relative to the one of the Standard Model"
    yield KAPPA_ODD + index, Quantity(f"kappa_tilde_{lepton}", rf"\tilde\kappa_{l}", "", text, sm=0.0)


def _decay_rows(leptons: Sequence[str]) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the decays that change flavour."""
    for i, (heavy, light) in enumerate(_PAIRS):
        if heavy in leptons and light in leptons:
            h, l = LEPTON_LATEX[heavy], LEPTON_LATEX[light]
            text = f"branching ratio of {heavy} -> {light} gamma"
            yield TO_PHOTON + i, Quantity(f"B_{heavy}_{light}_gamma", rf"B({h}\to {l}\gamma)", "", text, sm=0.0)
            text = f"branching ratio of h -> {light} {heavy}, both charges together"
            yield FROM_HIGGS + i, Quantity(f"B_h_{light}_{heavy}", rf"B(h\to {l}{h})", "", text, sm=0.0)


def observables(
    sets: Sequence[Partners], *, phases: bool, shifted: bool, self_energies: bool, R_tau_SM: float
) -> tuple[list[int], tuple[Quantity, ...]]:
    """List the observables: their indices in the kernels' row, and the quantities.

    >>> options = dict(shifted=False, self_energies=False, R_tau_SM=0.9726)
    >>> _, quantities = observables([(("e", "mu"), ("E",))], phases=False, **options)
    >>> [q.name for q in quantities if q.name.startswith(("B_", "m_E"))]
    ['m_E1', 'B_mu_e_gamma', 'B_h_e_mu']
    >>> _, quantities = observables([(("mu",), ("L", "E"))], phases=True, **options)
    >>> [q.name for q in quantities if q.name.startswith(("d_", "kappa_"))]
    ['kappa_mu', 'd_mu', 'kappa_tilde_mu', 'kappa_gamma']
    """
    all_leptons = [lepton for leptons, _ in sets for lepton in leptons]
    rows: list[tuple[int, Quantity]] = []
    for leptons, names in sets:
        first = leptons[0]
        end, upper = (f"_{first}", f"^{LEPTON_LATEX[first]}") if len(sets) > 1 else ("", "")
        for lepton in leptons:
            rows += lepton_rows(lepton, len(all_leptons) > 1, shifted)
            rows += _cp_rows(lepton) if phases else ()
        rows += mass_rows(first, names, end, upper)
        rows += _decay_rows(leptons)
    rows += shared_rows(all_leptons, shifted=shifted, self_energies=self_energies, R_tau_SM=R_tau_SM)
    if phases:  # the electric dipole moment itself is predicted
        rows = [row for row in rows if row[0] != at.PHASE_E]
    return [index for index, _ in rows], tuple(quantity for _, quantity in rows)
