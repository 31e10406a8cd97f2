"""Chapters of docs/validation.md about harm: kills, flipped bits, edited code, hostile files."""

from __future__ import annotations

from analysis.validation.markdown import Results, listed, paragraph, table


def faults(results: Results) -> list[str]:
    """Kills, flips and edits, and whatever was lost or silently used."""
    lines: list[str] = []
    if kills := results.get("kills"):
        text = """Commands of which some processes were killed by SIGKILL at random moments, and then started again:
        the command with all its workers (`group`) or alone (`parent`, `client`), one of its workers, or the scheduler.
        `lost` counts kills after which a checkpoint was damaged or shorter, `unclear` those of a scheduler after which
        the command ended without a message, `different` trials whose result is not that of an undisturbed command, bit
        for bit."""
        rows = [list(kill.values()) for kill in kills]
        lines += [*paragraph(text), "", *table(list(kills[0]), rows), ""]
    if flips := results.get("flips"):
        text = """Bits flipped, one by one, in a file that was then read. Refused: an error names the file; again: the
        damaged part is computed again, with the same numbers; unchanged: the bit lies where nothing is stored, and all
        numbers that are read are the same."""
        rows = [[f"`{name}`", ", ".join(f"{n} {what}" for what, n in counts.items())] for name, counts in flips.items()]
        lines += [*paragraph(text), "", *table(["file", "outcomes"], rows), ""]
    if edits := results.get("edits"):
        outcomes = ", ".join(f"{n} {what}" for what, n in edits.items())
        text = f"""Edits of a model, a likelihood or g2fit between two commands: {outcomes}. Refused: an error names
        what has changed; again: computed with the new code; said: what is there is shown, as made by other code."""
        lines += [*paragraph(text), ""]
    return [*lines, "Lost, different or silently used:", "", *listed(results["wrong"], "nothing.")]


def fuzz(results: Results) -> list[str]:
    """Outcomes of mutated files, and all faults."""
    rows = [
        [kind, sum(counts.values()), ", ".join(f"{n} {what}" for what, n in counts.items())]
        for kind, counts in results["counts"].items()
    ]
    return [
        *table(["files", "examples", "outcomes"], rows),
        "",
        "Faults (a traceback, a hang, a file written elsewhere):",
        "",
        *listed(results["faults"], "none."),
    ]
