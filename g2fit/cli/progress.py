"""How far long work is, on stderr: a live line on a terminal, little elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from g2fit.sampling.runner import Progress

__all__ = ["evidence_progress", "live_progress", "note", "scan_progress"]


@contextmanager
def live_progress(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Show progress on stderr if it is a terminal."""
    try:
        with _progress(quiet) as report:
            yield report
    except KeyboardInterrupt:
        print("g2fit: interrupted; everything is saved, the same command continues", file=sys.stderr)
        raise


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    if quiet or not sys.stderr.isatty():
        announced: set[str] = set()

        def plain(progress: Progress) -> None:
            if progress.message and progress.message not in announced and not quiet and progress.state == "running":
                announced.add(progress.message)
                print(f"g2fit: {progress.message}", file=sys.stderr)

        yield plain
        return
    with _live(_progress_line) as report:
        yield report


def _progress_line(progress: Progress) -> Text:
    last = progress.checks[-1] if progress.checks else None
    parts = [f"step {min(progress.steps)}"]
    if last is not None:
        parts.append(f"ESS {last['ess']:.0f}/{progress.target_ess:.0f} ({last['ess_name']})")
        parts.append(f"R-hat {last['rhat']:.4f}/{progress.target_rhat:g} ({last['rhat_name']})")
    if progress.rate:
        parts.append(f"{progress.rate:.3g} evaluations/s")
    parts.append(f"{progress.elapsed:.0f} s")
    if progress.eta is not None:
        parts.append(f"about {progress.eta:.0f} s left")
    if progress.message:
        parts.append(progress.message)
    return Text("  ".join(parts))


def note(text: str) -> None:
    """Print a line on stderr if it is a terminal."""
    if sys.stderr.isatty():
        print(f"g2fit: {text}", file=sys.stderr)


def evidence_progress() -> AbstractContextManager[Callable[..., None]]:
    """Show the progress of evidence estimators on stderr if it is a terminal."""

    def line(name: str, done: int, total: int, log_z: float | None, error: float | None) -> Text:
        so_far = "" if log_z is None or error is None else f"  ln Z {log_z:.4f} ± {error:.4f}"
        return Text(f"{name}: {done}/{total}{so_far}")

    return _on_terminal(line)


def scan_progress() -> AbstractContextManager[Callable[[Any], None]]:
    """Show the progress of a scan on stderr if it is a terminal."""
    return _on_terminal(lambda progress: Text(str(progress)))


@contextmanager
def _on_terminal(line: Callable[..., Text]) -> Iterator[Callable[..., None]]:
    """Show a line of what the reports say, if there is a terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    with _live(line) as report:
        yield report


@contextmanager
def _live(line: Callable[..., Text]) -> Iterator[Callable[..., None]]:
    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
        yield lambda *values: live.update(line(*values))
