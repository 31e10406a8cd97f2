"""Rows for ``g2fit list likelihoods``."""

from g2fit.data import VARIANTS
from g2fit.data.muon_moment import EXPERIMENTS, PREDICTIONS
from g2fit.data.theory import PRESETS
from g2fit.likelihoods.plugins import available

__all__ = ["listing"]

_TERMS = (
    (
        "Gaussian",
        "one measurement of an observable; asymmetric errors, theory uncertainty",
        "measurements of the vintage",
    ),
    ("block", "correlated measurements, one multivariate Gaussian", "electroweak, tau_lfu, z_pole, ..."),
    ("hard limit", "0 within the bound, -inf beyond", "limits: hard"),
    ("smooth limit", "ln Phi((x - bound)/width)", "limits: {kind: smooth, width: 0.05}"),
    ("curve", "a limit whose bound depends on another quantity", "include: [hnl_mu_cms2024]"),
    ("region", "a region in a plane of masses that a search excludes", "include: [smuon_LR_cms36]"),
    (
        "table",
        "a log likelihood, chi2 or CLs on a grid of one quantity or two, from CSV",
        "tables: {NAME: {table: FILE}}",
    ),
    ("cut", "allowed range of a parameter or derived quantity", "cuts: {Y_L_Y_R: {min: -1, max: 1, role: prior}}"),
)


def listing() -> list[dict[str, str]]:
    """List the kinds of terms, the variants of the electroweak likelihood, and the installed custom likelihoods.

    >>> [row["name"] for row in listing() if row["kind"] == "electroweak likelihood"]
    ['off', 'paper', 'paper_cuts', 'conditional', 'gf_shift', 'oblique', 'oblique_fit']
    """
    rows = [(name, "term", what, card) for name, what, card in _TERMS]
    for name, (block, gf_shift, oblique) in VARIANTS.items():
        effects = " and ".join(["the shift of G_F"] * gf_shift + ["S, T, U"] * oblique)
        what = f"block {block}, with {effects or 'the mixing alone'}" if block else "no couplings"
        rows.append((name, "electroweak likelihood", what, f"electroweak: {name}"))
    for name, function in PRESETS.items():
        what = (function.__doc__ or "").splitlines()[0]
        rows.append((name, "theory uncertainty", what, f"theory_uncertainty: {{delta_a_mu: {name}}}"))
    for kind, names, card in (
        ("measured a_mu", EXPERIMENTS, "a_mu: {{experiments: [{}], sm: wp2025}}"),
        ("prediction of a_mu", PREDICTIONS, "a_mu: {{experiments: [fnal_2025], sm: {}}}"),
    ):
        rows += [(name, kind, f"entry {entry}", card.format(name)) for name, entry in names.items()]
    for name, origin in available().items():
        rows.append((name, "custom likelihood", origin, f"likelihoods: [{name}]"))
    return [dict(zip(("name", "kind", "what", "on the card"), row, strict=True)) for row in rows]
