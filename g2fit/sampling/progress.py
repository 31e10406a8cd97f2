"""Progress of a run, as ``status.json`` and the live display show it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from g2fit.card.schema import SamplerSection
from g2fit.core.errors import G2fitError
from g2fit.sampling.run_folder import RunFolder

__all__ = ["Progress", "Reporter"]

#: Seconds between two updates of ``status.json``.
HEARTBEAT = 1.0


@dataclass
class Progress:
    """State of a run, as ``status.json`` and the live display show it."""

    state: str
    steps: list[int]
    target_ess: float
    target_rhat: float
    checks: list[dict[str, Any]] = field(default_factory=list)
    elapsed: float = 0.0
    rate: float = 0.0
    eta: float | None = None
    message: str = ""
    stage: str = ""
    warnings: list[str] = field(default_factory=list)
    draws: str = "chain"
    target_log_z_error: float = 0.0

    @classmethod
    def begin(cls, sampler: SamplerSection) -> Progress:
        """Progress of a run that has only begun."""
        stop = sampler.stop
        return cls(
            "running", [0] * sampler.ensembles, stop.ess, stop.rhat, draws=stop.draws,
            target_log_z_error=stop.log_z_error,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        last = self.checks[-1] if self.checks else {}
        log_z_error = {"log_z_error": self.target_log_z_error} if self.draws == "weighted" else {}
        return {
            "state": self.state,
            "draws": self.draws,
            "steps": self.steps,
            **{key: last.get(key) for key in ("ess", "ess_name", "rhat", "rhat_name")},
            "target": {"ess": self.target_ess, "rhat": self.target_rhat, **log_z_error},
            "evaluations_per_second": self.rate,
            "elapsed_seconds": round(self.elapsed, 2),
            "eta_seconds": None if self.eta is None else round(self.eta, 1),
            "updated": datetime.now(UTC).isoformat(timespec="seconds"),
            "pid": os.getpid(),
            "message": self.stage or self.message,
            "warnings": self.warnings,
            "checks": self.checks,
        }


class Reporter:
    """Writes the progress of a run to ``status.json`` of its folder, and shows it."""

    def __init__(self, folder: RunFolder, progress: Progress, report: Callable[[Progress], None]) -> None:
        self.folder, self.progress, self.report = folder, progress, report
        self._before = folder.elapsed()
        self._start = time.monotonic()
        self._beat = 0.0

    @property
    def due(self) -> bool:
        """Whether the last report is some time ago."""
        return time.monotonic() - self._beat > HEARTBEAT

    def elapsed(self) -> float:
        """Seconds that the run has taken so far, also in former processes."""
        return self._before + time.monotonic() - self._start

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record the state if the block is interrupted or fails."""
        try:
            yield
        except KeyboardInterrupt:
            self.tell("interrupted")
            raise
        except Exception as error:
            with suppress(G2fitError):  # the folder may be what failed
                self.tell("failed", str(error))
            raise

    def tell(self, state: str, message: str | None = None) -> None:
        """Report the state and, if there is one, a new message."""
        self.progress.state = state
        if message is not None:
            self.progress.message = message
        self.progress.elapsed = self.elapsed()
        self._beat = time.monotonic()
        self.folder.write_status(self.progress.to_dict())
        self.report(self.progress)
