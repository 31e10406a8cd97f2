"""Progress of long work on stderr: a live line on a terminal, little elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from g2fit.sampling.progress import Progress

__all__ = ["evidence_line", "live", "live_progress", "note"]


@contextmanager
def live_progress(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Show the progress of a run: a live line on a terminal, elsewhere only its messages, and nothing if `quiet`."""
    announced: set[str] = set()

    def announce(progress: Progress) -> None:
        if not quiet and progress.state == "running" and progress.message and progress.message not in announced:
            announced.add(progress.message)
            print(f"g2fit: {progress.message}", file=sys.stderr)

    try:
        with live(_progress_line, announce, quiet) as report:
            yield report
    except KeyboardInterrupt:
        print("g2fit: interrupted; everything is saved, the same command continues", file=sys.stderr)
        raise


def _progress_line(progress: Progress) -> str:
    last = progress.checks[-1] if progress.checks else None
    parts = [f"step {min(progress.steps)}"] if progress.draws == "chain" else ["weighted draws"]
    if last is not None:
        parts.append(f"ESS {last['ess']:.0f}/{progress.target_ess:.0f} ({last['ess_name']})")
        parts.append(f"R-hat {last['rhat']:.4f}/{progress.target_rhat:g} ({last['rhat_name']})")
    if progress.rate:
        parts.append(f"{progress.rate:.3g} evaluations/s")
    parts.append(f"{progress.elapsed:.0f} s")
    if progress.eta is not None:
        parts.append(f"about {progress.eta:.0f} s left")
    if progress.stage or progress.message:
        parts.append(progress.stage or progress.message)
    return "  ".join(parts)


def note(text: str) -> None:
    """Print a line on stderr if it is a terminal."""
    if sys.stderr.isatty():
        print(f"g2fit: {text}", file=sys.stderr)


def evidence_line(name: str, done: int, total: int, log_z: float | None, error: float | None) -> str:
    """Progress of an estimator of the evidence, as a line."""
    so_far = "" if log_z is None or error is None else f"  ln Z {log_z:.4f} ± {error:.4f}"
    return f"{name}: {done}/{total}{so_far}"


@contextmanager
def live(
    line: Callable[..., str], elsewhere: Callable[..., None] = lambda *_: None, quiet: bool = False
) -> Iterator[Callable[..., None]]:
    """Show a line about each report if stderr is a terminal; else call `elsewhere`."""
    if quiet or not sys.stderr.isatty():
        yield elsewhere
        return
    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
        yield lambda *values: live.update(Text(line(*values)))
