"""The state of a run: ``status.json`` while it goes on, the result itself once it claims to have ended."""

import math
import os
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from g2fit.core.errors import StoreError
from g2fit.sampling.run_folder import RunFolder

__all__ = ["SILENCE", "state_of_run"]

#: States that say that a run has ended, which only its result proves.
ENDED = ("converged", "not converged")

#: Seconds without a sign of life after which a run counts as ended: it writes one every second. One whose process is
#: not on this machine may go on elsewhere, but then its signs are more recent than the second number.
SILENCE, ABSENCE = 60.0, 10.0

#: Entries of a status, and their types; None stands for what is not known yet.
TYPES: dict[str, tuple[type, ...]] = {
    "state": (str,), "steps": (list,), "target": (dict,), "updated": (str,), "ess": (int, float, type(None)),
    "rhat": (int, float, type(None)), "evaluations_per_second": (int, float), "elapsed_seconds": (int, float),
    "eta_seconds": (int, float, type(None)),
}  # fmt: skip


def state_of_run(path: str | Path) -> dict[str, Any]:
    """Progress of a run, as ``status.json`` has it.

    What it says about convergence is taken from the result, if it claims that the run has ended. If a run goes on but
    shows no sign of life, ``silent`` is true and the message says so.

    Raises
    ------
    StoreError
        If the folder is none of a run, or a file in it is damaged.
    """
    folder = RunFolder(path)
    status = folder.status_or_fail()
    wrong = [name for name, types in TYPES.items() if not isinstance(status.get(name), types)]
    if not wrong:
        wrong += [] if status["steps"] else ["steps"]
        wrong += [] if isinstance(status["target"].get("ess"), int | float | None) else ["target.ess"]
    if wrong:
        raise StoreError(f"{folder.path / 'status.json'}: is not a status of this program ({', '.join(wrong)})")
    if status["target"].get("ess") is None:  # as JSON has it for a run without a target
        status["target"]["ess"] = math.inf
    if status["state"] == "running" and _is_silent(status, folder.path / "status.json"):
        before = f" ({status['message']})" if status.get("message") else ""
        return status | {"silent": True, "message": f"no sign of life since {status['updated']}{before}"}
    if status["state"] not in ENDED:
        return status
    from g2fit.results.result import Result  # imports much that runs which go on do without

    result = Result(path)
    verdict = result.verdict
    return status | {
        "state": ENDED[0] if result.converged else ENDED[1],
        "steps": [verdict.steps] * len(status["steps"]),
        "ess": verdict.ess,
        "ess_name": verdict.ess_name,
        "rhat": verdict.rhat,
        "rhat_name": verdict.rhat_name,
    }


def _is_silent(status: dict[str, Any], path: Path) -> bool:
    """Whether a run that goes on has not written its status for too long; the clocks of machines may differ."""
    signs = [path.stat().st_mtime]
    with suppress(ValueError, OverflowError):
        signs.append(datetime.fromisoformat(status["updated"]).timestamp())
    return time.time() - max(signs) > (SILENCE if _may_live(status.get("pid")) else ABSENCE)


def _may_live(process: Any) -> bool:
    """Whether a process is there, on this machine; if that cannot be told, it may be."""
    if os.name != "posix" or not isinstance(process, int) or process < 1:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of another user
        return True
    return True
