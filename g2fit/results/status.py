"""The state of a run: ``status.json`` while it goes on, the result itself once it claims to have ended."""

import math
from pathlib import Path
from typing import Any

from g2fit.core.errors import StoreError
from g2fit.sampling.run_folder import RunFolder

__all__ = ["state_of_run"]

#: States that say that a run has ended, which only its result proves.
ENDED = ("converged", "not converged")

#: Entries of a status, and their types; None stands for what is not known yet.
TYPES: dict[str, tuple[type, ...]] = {
    "state": (str,), "steps": (list,), "target": (dict,), "updated": (str,), "ess": (int, float, type(None)),
    "rhat": (int, float, type(None)), "evaluations_per_second": (int, float), "elapsed_seconds": (int, float),
    "eta_seconds": (int, float, type(None)),
}  # fmt: skip


def state_of_run(path: str | Path) -> dict[str, Any]:
    """Progress of a run, as ``status.json`` has it.

    What it says about convergence is taken from the result, if it claims that the run has ended.

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
