"""The numbers of 2106.01373 compared with ours: equations, limits, landmarks of its figures, statements."""

from __future__ import annotations

import math

from analysis.reproduction.records import Record, as_table, evaluation, number, printed
from analysis.reproduction.vll.figure_maps import PANELS
from analysis.reproduction.vll.identities import equations
from analysis.reproduction.vll.landmarks import (
    largest_doublet_mass,
    mass_at_limit,
    mass_at_moment,
    mass_at_tuning,
    mass_at_tuning_limit,
)
from analysis.reproduction.vll.limits import electroweak_limit, paper_coupling_limits, paper_tau_limit
from analysis.reproduction.vll.mass_plane import (
    DELTA_A_LOW,
    GIGAZ_READINGS,
    ILC_READINGS,
    Corner,
    MassPlane,
    future_corners,
    paper_corners,
)
from analysis.reproduction.vll.statements import statements
from analysis.reproduction.vll.vacuum import vacuum

__all__ = ["Record", "all_records", "as_table", "equations", "landmarks", "limits"]


def limits() -> list[Record]:
    """Compare the limits (17) and (18), also with the shift of the Fermi constant.

    >>> [round(record.ours, 4) for record in limits() if record.place == "eq (18)"]
    [0.0057, 0.0031]
    """
    t_L, t_R = paper_coupling_limits()
    plane = MassPlane(*PANELS[0])
    paper = mass_at_limit(plane, paper_corners()["ew"])
    limit_L, limit_R, tau = printed("1.6e-2"), printed("5.6e-3"), printed("5.7e-3")
    edges = "two-sigma edges of 2103.12074"
    # Couplings and errors of 2103.12074 are rounded to 1e-4: an edge moves by (0.5 + 2 0.5) 1e-4, its t by twice that.
    moved = 3e-4
    records = [
        number("eq (17)", "t_L", limit_L, t_L, {"inputs": moved / t_L}, edges),
        number("eq (17)", "t_R", limit_R, t_R, {"inputs": moved / t_R}, edges),
        number("eq (18)", "t_L, pull 2 sigma worse than in the SM", tau, paper_tau_limit(),
               {"inputs": 0.00005 / 0.0028}),
        number("eq (18)", "t_L, chi2 worse by 4", tau, paper_tau_limit("delta_chi2"), {"inputs": 0.00005 / 0.0028},
               "another criterion"),
    ]  # fmt: skip
    for block in ("pole20", "leptonic10"):
        corner = Corner(electroweak_limit("t_L", block), electroweak_limit("t_R", block))
        note = f"with the shift of G_F, {block}"
        records += [
            number("eq (17)", "t_L", limit_L, corner.t_L, note=note),
            number("eq (17)", "t_R", limit_R, corner.t_R, note=note),
            evaluation("Fig 5", "EW limit on m_S = m_L, GeV", paper, mass_at_limit(plane, corner), 0.01,
                       f"{note}; the LHC excludes 650"),
            evaluation("Fig 5", "largest m_L, Y_V' = 1, GeV", 3004.0,
                       largest_doublet_mass(MassPlane(*PANELS[1]), corner, (100.0, 400.0))[0], 0.01,
                       f"{note}: off the diagonal a region survives"),
        ]  # fmt: skip
    return records


# Landmarks of the curves of Figs 5 and 6. The paper does not print them: they were computed independently of this
# package from its formulas. All masses in GeV.
#: |Delta m_mu/m_mu| to m_S = m_L, in both panels.
_TUNING_MASSES = {1.0: 412.0, 2.0: 528.0, 3.0: 607.0, 5.0: 721.0, 10.0: 906.0}
#: Delta a_mu of Fig 6 to m_S = m_L, in both panels.
_FIG6_MASSES = {1.92e-9: 606.8, 2.51e-9: 553.4, 3.10e-9: 514.2}
#: (Y_V, Y_V') to limit to largest m_L, its m_S, and the range of m_S to search.
_MAXIMA = {
    (1.0, 0.0): {"ew": (1579.0, 1376.0, (900.0, 2000.0)), "tau": (1248.0, 2305.0, (1500.0, 3500.0))},
    (0.0, 1.0): {"ew": (3004.0, 223.0, (150.0, 400.0)), "tau": (2290.0, 219.0, (150.0, 400.0))},
}


def landmarks() -> list[Record]:
    """Compare the masses that Figs 5 and 6 show.

    >>> all(record.agrees for record in landmarks())
    True
    """
    records = []
    present = paper_corners()
    for couplings in PANELS:
        plane = MassPlane(*couplings)
        panel = f"Y_V = {couplings[0]:g}, Y_V' = {couplings[1]:g}"

        def add(figure: str, quantity: str, drawn: float, ours: float, panel: str = panel) -> None:
            records.append(evaluation(figure, quantity, drawn, ours, 0.01, panel))

        gauge = Corner(math.inf, math.inf)
        add("Fig 5", "P = 1 at m", 1715.5, mass_at_limit(plane, gauge))
        add("Fig 5", "EW fit (17): m <", 1516.9, mass_at_limit(plane, present["ew"]))
        add("Fig 5", "tau decays (18): m <", 1129.3, mass_at_limit(plane, present["tau"]))
        for tuning, mass in _TUNING_MASSES.items():
            add("Fig 5", f"|dm_mu/m_mu| = {tuning:g} at m", mass, mass_at_tuning(plane, tuning))
        for mass, P, tuning in ((650.0, 0.03883, -3.67), (1000.0, 0.1582, -13.5)):
            product = plane.product_for_moment(mass, mass, DELTA_A_LOW)
            add("Fig 5", f"P at m = {mass:.0f}", P, float(product))
            add("Fig 5", f"dm_mu/m_mu at m = {mass:.0f}", tuning, float(plane.tuning(mass, mass, product)))
        for ilc, mass in zip(ILC_READINGS, (442.0, 612.0), strict=True):
            future = future_corners(present["ew"], ilc, "absolute")
            add("Fig 5", f"ILC ({ilc}) reaches down to m", mass, mass_at_limit(plane, future["ilc"]))
        for gigaz, mass in zip(GIGAZ_READINGS, (599.0, 271.0), strict=True):
            future = future_corners(present["ew"], "ratio", gigaz)
            add("Fig 5", f"GigaZ ({gigaz}) reaches down to m", mass, mass_at_limit(plane, future["gigaz"]))
        for name, (m_L, m_S, bounds) in _MAXIMA[couplings].items():
            ours = largest_doublet_mass(plane, present[name], bounds)
            add("Fig 5", f"largest m_L ({name})", m_L, ours[0])
            add("Fig 5", f"m_S of the largest m_L ({name})", m_S, ours[1])
        for delta_a, mass in _FIG6_MASSES.items():
            add("Fig 6", f"delta_a_mu = {delta_a:.3g} at m", mass, mass_at_moment(plane, delta_a))
        add("Fig 6", "EW fit (17): m >", 293.8, mass_at_tuning_limit(plane, present["ew"]))
    return records


def all_records() -> list[Record]:
    """Compare everything: equations, limits, landmarks, the vacuum, statements."""
    return [*equations(), *limits(), *landmarks(), *vacuum(), *statements()]
