"""The page docs/validation.md: a table of all checks, and a chapter for each, made from their records alone."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.validation import posteriors, predictions, robustness, samplers
from analysis.validation.checks import CHECKS
from analysis.validation.markdown import Writer, verdict
from analysis.validation.records import ROOT, Record

__all__ = ["CHAPTERS", "PAGE", "RECORDS", "load", "page_of"]

#: Records that the page is made from.
RECORDS = Path(__file__).with_name("records")

PAGE = ROOT / "docs/validation.md"

#: Title and writer of the chapter of each check, in their order on the page.
CHAPTERS: dict[str, tuple[str, Writer]] = {
    "physics": ("Physics against references", predictions.physics),
    "papers": ("The papers' numbers", predictions.papers),
    "calls": ("Samplers on known targets", samplers.calls),
    "large": ("Targets that take longer", samplers.large),
    "peers": ("Samplers side by side", samplers.peers),
    "seconds": ("Seconds, side by side", samplers.seconds),
    "calibration": ("Stated errors of the evidence", samplers.calibration),
    "sbc": ("Simulation-based calibration", posteriors.sbc),
    "coverage": ("Coverage of credible regions", posteriors.coverage),
    "regions": ("Parts of credible regions", posteriors.regions),
    "coordinates": ("The same posterior in other coordinates", posteriors.coordinates),
    "faults": ("Kills, flipped bits, edited code", robustness.faults),
    "fuzz": ("Hostile input", robustness.fuzz),
}

HEAD = """\
# Validation

```text
make validate
```

runs the checks of this page and writes it. Every number below comes from the record of a check, in
`analysis/validation/records`; none is typed by hand. A record names the last commit that changed the package, the
machine and the time. A check is run again when the code that it depends on has changed
(`python -m analysis.validation --list` says which have to be): until then the page shows what the named commit gave.
[Reproduction of the papers](reproduction.md) explains the numbers of the papers, [Sampling](sampling.md) the methods.
"""


def load(folder: Path) -> dict[str, Record]:
    """Records of a folder, by check."""
    found = {name: Record.load(folder, name) for name in CHAPTERS}
    return {name: record for name, record in found.items() if record is not None}


def page_of(records: Mapping[str, Record]) -> str:
    """The page as Markdown; a check without a record is said not to have been run."""
    lines = [HEAD, "## Overview", "", "| check | passed | commit | date (UTC) | minutes |", "|---|---|---|---|---|"]
    for name, (title, _) in CHAPTERS.items():
        if (record := records.get(name)) is None:
            lines.append(f"| {title} | not run | | | |")
        else:
            link = title.lower().replace(",", "").replace("'", "").replace(" ", "-")
            lines.append(
                f"| [{title}](#{link}) | {verdict(record.passed)} | `{record.commit[:10]}` | {record.date} | "
                f"{record.seconds / 60.0:.1f} |"
            )
    for number, machine in enumerate(_machines(records), 1):
        lines += ["", f"Machine {number}: " + ", ".join(f"{key} {value}" for key, value in machine.items()) + "."]
    for name, (title, write) in CHAPTERS.items():
        if (record := records.get(name)) is not None:
            lines += ["", f"## {title}", "", *write(record.results), "", provenance(record, records)]
    missing = [title for name, (title, _) in CHAPTERS.items() if name not in records]
    if missing:
        lines += ["", "## Not run", "", "These checks have no record yet: " + "; ".join(missing) + "."]
    return "\n".join(lines) + "\n"


def provenance(record: Record, records: Mapping[str, Record]) -> str:
    """By which command, which code, when, where, and in which time a check was run."""
    number = _machines(records).index(record.machine) + 1
    whole = CHECKS[record.check].command(False)
    part = (
        ""
        if whole == record.command
        else f" *A part of the check, or another form of it: in full it is `{_shown(whole)}`.*"
    )
    return (
        f"*`{_shown(record.command)}`; commit {record.commit}, {record.date} UTC, machine {number}, "
        f"{record.seconds:.0f} s.*{part}"
    )


def _shown(command: Sequence[str] | None) -> str:
    """Command line of a check."""
    return shlex.join(["python", "-m", *(command or ())])


def _machines(records: Mapping[str, Record]) -> list[dict[str, str]]:
    """The different machines, in the order of the chapters."""
    found: list[dict[str, str]] = []
    for name in CHAPTERS:
        if name in records and records[name].machine not in found:
            found.append(records[name].machine)
    return found
