"""Examples that ``g2fit VERB --help`` shows."""

__all__ = ["EXAMPLES"]

#: Commands by verb.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "check": ("g2fit check analysis/vll-2021.yaml",),
    "point": (
        "g2fit point vll m_L=900 m_S=400 Y_L=0.05 Y_R=0.3 Y_V=0.9 Y_Vp=0.9 --data paper_2021",
        "g2fit point mssm --slha spectrum.slha",
    ),
    "predict": ("g2fit predict vll --points points.csv -o predictions.csv",),
    "run": (
        "g2fit run analysis/vll-2021.yaml",
        "g2fit run analysis/vll-2021.yaml --ess 20000",
        "g2fit run analysis/vll-2021.yaml --set model.formula=exact --out chains/vll-exact",
    ),
    "post": (
        "g2fit post chains/vll-2021 --data latest_2026_11,delta_a_e=rb --out chains/vll-latest",
        "g2fit post chains/vll-2021 --drop delta_a_mu --out chains/vll-without --move",
    ),
    "status": ("g2fit status chains/*", "g2fit status chains/vll-2021 --watch"),
    "summary": ("g2fit summary chains/vll-2021", "g2fit summary chains/vll-2021 --json"),
    "plot": ("g2fit plot chains/vll-2021", "g2fit plot chains/vll-2021 --x m_S --y delta_a_mu --format png"),
    "report": ("g2fit report chains/vll-2021", "g2fit report chains/vll-2021 chains/vll-latest -o report.html"),
    "export": ("g2fit export chains/vll-2021 --format getdist",),
    "init": ("g2fit init study",),
    "bestfit": (
        "g2fit bestfit analysis/vll-2021.yaml --no-profile",
        "g2fit bestfit chains/vll-2021 --parameter m_L --parameter m_S",
    ),
    "evidence": ("g2fit evidence chains/vll-2021",),
    "compare": ("g2fit compare chains/latest-rb-vll chains/latest-rb-mssm --out chains/comparison",),
    "scan": ("g2fit scan chains/vll-2021 --x m_S --y m_L --nx 20 --ny 20",),
    "sweep": ("g2fit sweep analysis/vll-2021.yaml --points 100000 -o sweep",),
    "simulate": ("g2fit simulate analysis/vll-2021.yaml -o simulated.yaml --seed 1",),
    "archive": ("g2fit archive chains/vll-2021 -o vll-2021.zip",),
    "restore": ("g2fit restore vll-2021.zip", "g2fit restore vll-2021.zip --out chains/restored"),
    "cite": ("g2fit cite chains/vll-2021",),
    "list": ("g2fit list models", "g2fit list models vll", "g2fit list data latest_2026_11"),
}
