"""The predictions of the model: their indices in the kernels' row of values, and their names.

A kernel computes all predictions for one point into a row of `SIZE` values and copies those that the options ask for.
The row contains a block for each lepton (e, mu, tau), with the indices below, and then the values that they share.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from g2fit.models.base import Quantity

__all__ = [
    "LEPTONS",
    "LEPTON_LATEX",
    "coupling_rows",
    "oblique_rows",
    "observables",
    "parameters",
    "scale_rows",
    "universality_rows",
]

LEPTONS: Final = ("e", "mu", "tau")
LEPTON_LATEX: Final = {"e": "e", "mu": r"\mu", "tau": r"\tau"}

# Indices within the block of a lepton
DELTA_A: Final = 0
DM_OVER_M: Final = 1
T_L: Final = 2
T_R: Final = 3
PRODUCT: Final = 4
DGL_W: Final = 5
DGL_ZNU: Final = 6
DGL_Z: Final = 7
DGR_Z: Final = 8
MU_H: Final = 9
THRESHOLD: Final = 10
M_N1: Final = 11
M_N2: Final = 12
U2_N1: Final = 13
U2_N2: Final = 14
WIDTH: Final = 15  # of W -> l nu relative to the Standard Model; not an observable
BREAKING: Final = 16  # `custodial_breaking`, GeV^2; not an observable
KAPPA: Final = 17  # Higgs coupling in units of m/v; from here on of other representations than [L, N] only
TREE_MASS: Final = 18  # 1 - y v/m_l
M_E1: Final = 19
M_E2: Final = 20
M_EE1: Final = 21
M_EE2: Final = 22
M_DOUBLET: Final = 23  # of the charged state that is mostly the doublet
M_PARTNER: Final = 24  # of the other charged state
PER_LEPTON: Final = 25

# Starts of the blocks
ELECTRON: Final = 0
MUON: Final = PER_LEPTON
TAU: Final = 2 * PER_LEPTON

# Indices of the shared values
R_TAU: Final = 3 * PER_LEPTON
G_TAU_MU: Final = R_TAU + 1
G_TAU_E: Final = R_TAU + 2
G_MU_E: Final = R_TAU + 3
R_W_MU_E: Final = R_TAU + 4
R_W_TAU_E: Final = R_TAU + 5
R_W_TAU_MU: Final = R_TAU + 6
V_UD: Final = R_TAU + 7
G_MU: Final = R_TAU + 8
PHASE_E: Final = R_TAU + 9
DM_W: Final = R_TAU + 10
DGL_Z_UP: Final = R_TAU + 11
DGR_Z_UP: Final = R_TAU + 12
DGL_Z_DOWN: Final = R_TAU + 13
DGR_Z_DOWN: Final = R_TAU + 14
CKM_ROW_1: Final = R_TAU + 15
S: Final = R_TAU + 16
T: Final = R_TAU + 17
U: Final = R_TAU + 18
MU_ZERO: Final = R_TAU + 19
MU_TUNNEL: Final = R_TAU + 20
MU_LANDAU: Final = R_TAU + 21
KAPPA_GAMMA: Final = R_TAU + 22
MU_GAMMA: Final = R_TAU + 23
SIZE: Final = R_TAU + 24


def parameters(generations: Sequence[str], *, Y_Vp: bool, Lambda: bool) -> tuple[Quantity, ...]:
    """List the parameters: those of each generation, and the cut-off if it is a parameter.

    >>> [p.name for p in parameters(["mu"], Y_Vp=True, Lambda=False)]
    ['m_L', 'm_S', 'Y_L', 'Y_R', 'Y_V', 'Y_Vp']
    >>> parameters(["e", "mu"], Y_Vp=False, Lambda=True)[5].name
    'm_L_mu'
    """
    several = len(generations) > 1
    result = []
    for lepton in generations:
        suffix = f"_{lepton}" if several else ""
        index = f"^{{{LEPTON_LATEX[lepton]}}}" if several else ""
        which = f" ({lepton} partners)"
        result += [
            Quantity(f"m_L{suffix}", f"m_L{index}", "GeV", "mass of the doublet" + which),
            Quantity(f"m_S{suffix}", f"m_S{index}", "GeV", "mass of the singlet" + which),
            Quantity(f"Y_L{suffix}", f"Y_L{index}", "", "Yukawa coupling of lepton doublet and singlet" + which),
            Quantity(f"Y_R{suffix}", f"Y_R{index}", "", "Yukawa coupling of doublet and lepton singlet" + which),
            Quantity(f"Y_V{suffix}", f"Y_V{index}", "", "Yukawa coupling S L^c H" + which),
        ]
        if Y_Vp:
            prime = f"Y_V^{{\\prime{LEPTON_LATEX[lepton]}}}" if several else "Y_V'"
            result.append(Quantity(f"Y_Vp{suffix}", prime, "", "Yukawa coupling L S^c H^dagger" + which))
    if Lambda:
        result.append(Quantity("Lambda", r"\Lambda", "GeV", "cut-off of the radiative lepton mass"))
    return tuple(result)


def _of_lepton(lepton: str, several: bool, radiative: bool, shifted: bool) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the predictions for one lepton that has partners."""
    base = LEPTONS.index(lepton) * PER_LEPTON
    l = LEPTON_LATEX[lepton]
    m = f"m_{l}"
    end, upper = (f"_{lepton}", f"^{l}") if several else ("", "")
    yield base + DELTA_A, Quantity(f"delta_a_{lepton}", rf"\Delta a_{l}", "", "contribution to (g-2)/2", sm=0.0)
    text = "radiative mass, eq (4): the tuning"
    yield base + DM_OVER_M, Quantity(f"dm_{lepton}_over_m_{lepton}", rf"\Delta {m}/{m}", "", text)
    if radiative:
        text = "mass that must be generated at the cut-off"
        yield base + THRESHOLD, Quantity(f"threshold_over_m_{lepton}", rf"{m}^{{\Lambda}}/{m}", "", text)
    yield base + T_L, Quantity(f"t_L{end}", f"t_L{upper}", "", "squared mixing angle (Y_L v/m_S)^2")
    yield base + T_R, Quantity(f"t_R{end}", f"t_R{upper}", "", "squared mixing angle (Y_R v/m_L)^2")
    yield base + PRODUCT, Quantity(f"Y_L_Y_R{end}", f"(Y_L Y_R){upper}", "", "product of the couplings", derived=False)
    if not shifted:
        text = f"Z coupling of the neutrino of {lepton}"
        yield base + DGL_ZNU, Quantity(f"dgL_Z_nu{end}", rf"\delta g_L^{{Z\nu{l}}}", "", text, False, 0.0)
    text = f"signal strength of h -> {lepton} {lepton}"
    yield base + MU_H, Quantity(f"mu_h_{lepton}{lepton}", rf"\mu(h\to {l}{l})", "", text, lepton != "e", 1.0)
    for number, mass, mixing in (("1", M_N1, U2_N1), ("2", M_N2, U2_N2)):
        index, text = f"{{N_{number}}}{upper}", "lighter" if number == "1" else "heavier"
        yield (
            base + mass,
            Quantity(f"m_N{number}{end}", f"m_{index}", "GeV", f"mass of the {text} heavy neutrino", False),
        )
        text = f"squared coupling of the {text} heavy neutrino to the W boson and {lepton}"
        yield base + mixing, Quantity(f"U2_N{number}{end}", f"|U_{{{l} N_{number}}}|^2", "", text, False)


def coupling_rows(generations: Sequence[str], shifted: bool) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the electroweak couplings that differ from the Standard Model."""
    for index, lepton in enumerate(LEPTONS):
        base, l, own = index * PER_LEPTON, LEPTON_LATEX[lepton], lepton in generations
        if own or shifted:
            text = f"W coupling of {lepton}"
            yield base + DGL_W, Quantity(f"dgL_W_{lepton}", rf"\delta g_L^{{W{l}}}", "", text, own, 0.0)
        if shifted:
            text = f"left-handed Z coupling of {lepton}"
            yield base + DGL_Z, Quantity(f"dgL_Z_{lepton}", rf"\delta g_L^{{Z{l}}}", "", text, False, 0.0)
        if own or shifted:
            text = f"right-handed Z coupling of {lepton}"
            yield base + DGR_Z, Quantity(f"dgR_Z_{lepton}", rf"\delta g_R^{{Z{l}}}", "", text, own, 0.0)
        if shifted:
            end = f"_{lepton}" if len(generations) > 1 or not own else ""
            text = f"Z coupling of the neutrino of {lepton}"
            yield base + DGL_ZNU, Quantity(f"dgL_Z_nu{end}", rf"\delta g_L^{{Z\nu{l}}}", "", text, False, 0.0)
    if shifted:
        for quark in ("u", "d", "s", "c", "b"):
            left, right = (DGL_Z_UP, DGR_Z_UP) if quark in ("u", "c") else (DGL_Z_DOWN, DGR_Z_DOWN)
            for hand, index in (("L", left), ("R", right)):
                text = f"Z coupling of {quark}, handedness {hand}"
                label = rf"\delta g_{hand}^{{Z{quark}}}"
                yield index, Quantity(f"dg{hand}_Z_{quark}", label, "", text, False, 0.0)
        yield DM_W, Quantity("dm_W", r"\delta m_W", "", "relative shift of the W mass", True, 0.0)


def universality_rows(generations: Sequence[str], R_tau_SM: float) -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the tests of lepton universality, and of what muon decay changes."""
    e, mu = "e" in generations, "mu" in generations
    if e or mu:
        yield R_TAU, Quantity("R_tau", r"R_\tau", "", "Gamma(tau -> mu)/Gamma(tau -> e)", sm=R_tau_SM)
    for one, other, index, processes in (
        ("tau", "mu", G_TAU_MU, {"": "tau and muon", "pi": "tau and pion", "K": "tau and kaon"}),
        ("tau", "e", G_TAU_E, {"": "tau and muon"}),
        ("mu", "e", G_MU_E, {"": "tau", "pi": "pion", "K": "kaon"}),
    ):
        label = f"g_{LEPTON_LATEX[one]}/g_{LEPTON_LATEX[other]}"
        for meson, decays in processes.items():
            if one in generations or other in generations:
                name = f"g_{one}_over_g_{other}" + (f"_{meson}" if meson else "")
                latex = {"": label, "pi": f"({label})_\\pi", "K": f"({label})_K"}[meson]
                yield index, Quantity(name, latex, "", f"from {decays} decays", False, 1.0)
    for one, other, index in (("mu", "e", R_W_MU_E), ("tau", "e", R_W_TAU_E), ("tau", "mu", R_W_TAU_MU)):
        if one in generations or other in generations:
            latex = rf"R_W^{{{LEPTON_LATEX[one]}/{LEPTON_LATEX[other]}}}"
            text = f"Gamma(W -> {one} nu)/Gamma(W -> {other} nu)"
            yield index, Quantity(f"R_W_{one}_{other}", latex, "", text, False, 1.0)
    if mu:
        text = "V_ud from beta decay over its true value"
        yield V_UD, Quantity("V_ud_ratio", r"V_{ud}^\beta/V_{ud}", "", text, False, 1.0)
        text = "sum of |V_ud|^2 from beta decay, |V_us|^2 and |V_ub|^2"
        yield CKM_ROW_1, Quantity("CKM_row_1", r"\sum_q\,\left|V_{uq}\right|^2", "", text, False, 1.0)
    if e or mu:
        yield G_MU, Quantity("G_mu_ratio", r"G_\mu/G_F", "", "Fermi constant of muon decay over its true value", sm=1.0)
    if e:
        text = "largest phase of the electron's dipole against its mass that the bound on its EDM allows, rad"
        yield PHASE_E, Quantity("phase_e_max", r"\phi_e^{\max}", "", text)


def oblique_rows() -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the oblique parameters."""
    for index, name in ((S, "S"), (T, "T"), (U, "U")):
        yield index, Quantity(f"{name}_oblique", name, "", f"oblique parameter {name}", name != "U", 0.0)


def scale_rows() -> Iterator[tuple[int, Quantity]]:
    """Yield index and quantity of the scales at which the running couplings leave the allowed range."""
    for index, name, latex, text in (
        (MU_ZERO, "zero", r"\mu_{\lambda=0}", "the Higgs self-coupling vanishes"),
        (MU_TUNNEL, "tunnel", r"\mu_{\rm tunnel}", "the vacuum decays within the age of the Universe"),
        (MU_LANDAU, "landau", r"\mu_{4\pi}", "a Yukawa coupling reaches 4 pi"),
    ):
        yield index, Quantity(f"mu_{name}", latex, "GeV", f"scale where {text}; at most the end of the running")


def observables(
    generations: Sequence[str], *, radiative: bool, shifted: bool, running: bool, R_tau_SM: float
) -> tuple[list[int], tuple[Quantity, ...]]:
    """List the observables: their indices in the kernels' row, and the quantities.

    The couplings of all particles are listed if they are `shifted` by G_F or the oblique parameters, the scales of the
    Higgs potential if couplings are `running`. Observables that have their Standard Model value at every point are left
    out.

    >>> options = dict(radiative=False, shifted=False, running=False, R_tau_SM=0.9726)
    >>> indices, quantities = observables(["mu"], **options)
    >>> [q.name for q in quantities if q.name.startswith("dg")]
    ['dgL_Z_nu', 'dgL_W_mu', 'dgR_Z_mu']
    """
    several = len(generations) > 1
    rows = [row for lepton in generations for row in _of_lepton(lepton, several, radiative, shifted)]
    rows += [*coupling_rows(generations, shifted), *universality_rows(generations, R_tau_SM), *oblique_rows()]
    rows += scale_rows() if running else ()
    return [index for index, _ in rows], tuple(quantity for _, quantity in rows)
