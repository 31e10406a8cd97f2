"""Names of the parameters and observables of vector-like leptons in any representation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from g2fit.models.base import Quantity
from g2fit.models.vll import predictions as at
from g2fit.models.vll.predictions import LEPTON_LATEX
from g2fit.models.vll.representations.fields import content_of, pair_of

__all__ = [
    "LATEX",
    "ascii_name",
    "lepton_rows",
    "mass_rows",
    "observables",
    "parameter_columns",
    "parameters",
    "shared_rows",
]

LATEX: Final = {
    "N": "N",
    "E": "E",
    "L": "L",
    "L_3/2": "L_{3/2}",
    "Sigma0": r"\Sigma_0",
    "Sigma1": r"\Sigma_1",
}


def ascii_name(representation: str) -> str:
    """Name of a representation within the name of a parameter.

    >>> ascii_name("L_3/2"), ascii_name("Sigma0")
    ('L32', 'Sigma0')
    """
    return representation.replace("_3/2", "32")


def parameters(generations: Mapping[str, tuple[str, ...]]) -> tuple[Quantity, ...]:
    """List the parameters: masses, couplings to the lepton, and the couplings of a pair to each other.

    >>> [p.name for p in parameters({"mu": ("L_3/2", "E")})]
    ['M_L32', 'M_E', 'lambda_L32', 'lambda_E', 'lambda', 'lambda_bar']
    >>> [p.name for p in parameters({"e": ("E",), "mu": ("N",)})]
    ['M_E_e', 'lambda_E_e', 'M_N_mu', 'lambda_N_mu']
    """
    several, result = len(generations) > 1, []
    for lepton, names in generations.items():
        end, upper = (f"_{lepton}", f"^{{{LEPTON_LATEX[lepton]}}}") if several else ("", "")
        which = f"({lepton} partners)"
        for name in names:
            text, latex = f"mass of {name} {which}", f"M_{{{LATEX[name]}}}{upper}"
            result.append(Quantity(f"M_{ascii_name(name)}{end}", latex, "GeV", text))
        for name in names:
            text = f"Yukawa coupling of the lepton and {name} {which}"
            result.append(Quantity(f"lambda_{ascii_name(name)}{end}", rf"\lambda_{{{LATEX[name]}}}{upper}", "", text))
        if len(names) == 2:
            both = " and ".join(names)
            text = f"Yukawa coupling of left-handed {names[0]} and right-handed {names[1]} {which}"
            result.append(Quantity(f"lambda{end}", rf"\lambda{upper}", "", text))
            text = f"Yukawa coupling of {both}, of the opposite handedness {which}"
            result.append(Quantity(f"lambda_bar{end}", rf"\bar\lambda{upper}", "", text))
    return tuple(result)


def parameter_columns(generations: Mapping[str, tuple[str, ...]]) -> list[list[int]]:
    """Columns of M_D, M_X, lambda_D, lambda_X, lambda and lambda_bar for each generation, -1 for what does not exist.

    >>> parameter_columns({"e": ("E",), "mu": ("L", "E")})
    [[-1, 0, -1, 1, -1, -1], [2, 3, 4, 5, 6, 7]]
    """
    result, start = [], 0
    for names in generations.values():
        doublet, _ = pair_of(names)
        if len(names) == 2:
            result.append(list(range(start, start + 6)))
            start += 6
        else:
            M, coupling = start, start + 1
            result.append([M, -1, coupling, -1, -1, -1] if names[0] == doublet else [-1, M, -1, coupling, -1, -1])
            start += 2
    return result


def mass_rows(lepton: str, names: tuple[str, ...], end: str, upper: str) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the masses of the heavy states; of one state, it is the second index."""
    base, c = at.LEPTONS.index(lepton) * at.PER_LEPTON, content_of(names)
    for D, X, first, label, latex, what in (
        (c.D_charged, c.X_charged, at.M_E1, "E", "E", "charged lepton"),
        (c.D_neutral, c.X_neutral, at.M_N1, "N", "N", "neutrino"),
        (c.D_double, c.X_double, at.M_EE1, "EE", "E^{--}", "lepton of charge -2"),
    ):
        if D and X:
            for i, text in enumerate(("lighter", "heavier")):
                quantity = Quantity(
                    f"m_{label}{i + 1}{end}",
                    f"m_{{{latex}_{i + 1}}}{upper}",
                    "GeV",
                    f"mass of the {text} heavy {what}",
                    False,
                )
                yield base + first + i, quantity
        elif D or X:
            text = f"mass of the heavy {what}"
            yield base + first + 1, Quantity(f"m_{label}1{end}", f"m_{{{latex}_1}}{upper}", "GeV", text, False)


def content_rows(lepton: str, names: tuple[str, ...], end: str, upper: str) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of what limits of colliders bound: masses by representation, and the mixing of N."""
    base = at.LEPTONS.index(lepton) * at.PER_LEPTON
    for name in names:
        if name != "N":
            index = base + (at.M_DOUBLET if name.startswith("L") else at.M_PARTNER)
            text = f"mass of the heavy charged lepton that is mostly {name}"
            yield index, Quantity(f"m_{ascii_name(name)}{end}", f"m_{{{LATEX[name]}}}{upper}", "GeV", text, False)
    if "N" in names:
        for number, index in (("1", at.U2_N1), ("2", at.U2_N2)) if len(names) == 2 else (("1", at.U2_N2),):
            text = f"squared coupling of the heavy neutrino N{number} to the W boson and {lepton}"
            latex = f"|U_{{{LEPTON_LATEX[lepton]} N_{number}}}|^2"
            yield base + index, Quantity(f"U2_N{number}{end}", latex, "", text, False)


def lepton_rows(lepton: str, several: bool, shifted: bool) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the predictions for one lepton that has partners, without their masses."""
    base, l = at.LEPTONS.index(lepton) * at.PER_LEPTON, LEPTON_LATEX[lepton]
    end = f"_{lepton}" if several else ""
    yield base + at.DELTA_A, Quantity(f"delta_a_{lepton}", rf"\Delta a_{l}", "", "contribution to (g-2)/2", sm=0.0)
    text = "part of the lepton mass that comes from the mixing, 1 - y v/m: the tuning"
    yield base + at.TREE_MASS, Quantity(f"m_mixing_over_m_{lepton}", rf"m_{l}^{{LE}}/m_{l}", "", text)
    if not shifted:
        text = f"Z coupling of the neutrino of {lepton}"
        yield base + at.DGL_ZNU, Quantity(f"dgL_Z_nu{end}", rf"\delta g_L^{{Z\nu{l}}}", "", text, False, 0.0)
        text = f"left-handed Z coupling of {lepton}"
        yield base + at.DGL_Z, Quantity(f"dgL_Z_{lepton}", rf"\delta g_L^{{Z{l}}}", "", text, False, 0.0)
    text = f"coupling of the Higgs boson to {lepton} relative to the Standard Model"
    yield base + at.KAPPA, Quantity(f"kappa_{lepton}", rf"\kappa_{l}", "", text, sm=1.0)
    text = f"signal strength of h -> {lepton} {lepton}"
    yield base + at.MU_H, Quantity(f"mu_h_{lepton}{lepton}", rf"\mu(h\to {l}{l})", "", text, lepton != "e", 1.0)


def observables(
    generations: Mapping[str, tuple[str, ...]],
    *,
    shifted: bool,
    self_energies: bool,
    running: bool = False,
    R_tau_SM: float,
) -> tuple[list[int], tuple[Quantity, ...]]:
    """List the observables: their indices in the kernels' row, and the quantities.

    >>> indices, quantities = observables({"mu": ("E",)}, shifted=False, self_energies=True, R_tau_SM=0.9726)
    >>> [q.name for q in quantities][:8]
    ['delta_a_mu', 'm_mixing_over_m_mu', 'dgL_Z_nu', 'dgL_Z_mu', 'kappa_mu', 'mu_h_mumu', 'm_E1', 'dgL_W_mu']
    """
    leptons, several = list(generations), len(generations) > 1
    rows: list[tuple[int, Quantity]] = []
    limited: list[tuple[int, Quantity]] = []
    for lepton, names in generations.items():
        end, upper = (f"_{lepton}", f"^{LEPTON_LATEX[lepton]}") if several else ("", "")
        rows += [*lepton_rows(lepton, several, shifted), *mass_rows(lepton, names, end, upper)]
        limited += content_rows(lepton, names, end, upper)
    rows += shared_rows(leptons, shifted=shifted, self_energies=self_energies, R_tau_SM=R_tau_SM)
    rows += limited
    rows += at.scale_rows() if running else ()
    return [index for index, _ in rows], tuple(quantity for _, quantity in rows)


def shared_rows(
    leptons: Sequence[str], *, shifted: bool, self_energies: bool, R_tau_SM: float
) -> list[tuple[int, Quantity]]:
    """List index and quantity of the predictions that involve several leptons, or none."""
    rows = [*at.coupling_rows(leptons, shifted), *at.universality_rows(leptons, R_tau_SM)]
    rows += at.oblique_rows() if self_energies else ()
    text = "coupling of the Higgs boson to two photons relative to the Standard Model"
    rows.append((at.KAPPA_GAMMA, Quantity("kappa_gamma", r"\kappa_\gamma", "", text, False, 1.0)))
    text = "signal strength of h -> gamma gamma"
    rows.append((at.MU_GAMMA, Quantity("mu_h_gammagamma", r"\mu(h\to\gamma\gamma)", "", text, True, 1.0)))
    return rows
