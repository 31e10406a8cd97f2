"""The result of a run, its credible regions and densities."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from g2fit.results.result import Result

__all__ = ["Result"]


def __getattr__(name: str) -> Any:
    """Import the result when it is first used: the state of a run that goes on needs none of it."""
    if name == "Result":
        from g2fit.results.result import Result

        return Result
    raise AttributeError(f"module 'g2fit.results' has no attribute {name!r}")
