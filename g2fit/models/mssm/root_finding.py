"""The step of a root finder: false position with the Illinois rule, and bisection where the caller asks for it.

numba cannot cache kernels that receive functions as arguments. The loop therefore stays with the caller, who evaluates
the function; what is shared is the state of the search and its transitions::

    for step in range(MAX_STEPS):
        c = trial(bracket, step % 4 == 3)
        f_c = f(c)
        if converged(bracket, f_c, tolerance):
            return c
        bracket = narrowed(bracket, c, f_c)
"""

from typing import NamedTuple

from g2fit.core.jit import scalar

__all__ = ["Bracket", "converged", "narrowed", "trial"]


class Bracket(NamedTuple):
    """An interval at whose ends a function has opposite signs.

    `f_a` and `f_b` are the function there, the value of an end that stays repeatedly being halved; `stayed` is 1 if
    the last step has left b in place, -1 for a, and 0 before the first step.
    """

    a: float
    b: float
    f_a: float
    f_b: float
    stayed: int


@scalar
def trial(bracket: Bracket, bisect: bool) -> float:
    """Where to evaluate the function next: the root of the chord, or the middle of the interval.

    >>> trial(Bracket(0.0, 1.0, -1.0, 3.0, 0), False)
    0.25
    """
    a, b, f_a, f_b, _ = bracket
    return 0.5 * (a + b) if bisect else (a * f_b - b * f_a) / (f_b - f_a)


@scalar
def converged(bracket: Bracket, f_c: float, tolerance: float) -> bool:
    """Whether the value at the last trial is within `tolerance`, or the interval as short as rounding errors."""
    return abs(f_c) <= tolerance or bracket.b - bracket.a <= 4e-16 * bracket.b


@scalar
def narrowed(bracket: Bracket, c: float, f_c: float) -> Bracket:
    """Replace the end at which the function has the sign of its value `f_c` at `c`.

    >>> narrowed(Bracket(0.0, 1.0, -1.0, 3.0, 1), 0.25, -0.5)
    Bracket(a=0.25, b=1.0, f_a=-0.5, f_b=1.5, stayed=1)
    """
    a, b, f_a, f_b, stayed = bracket
    if (f_c > 0.0) == (f_a > 0.0):
        return Bracket(c, b, f_c, 0.5 * f_b if stayed == 1 else f_b, 1)
    return Bracket(a, c, 0.5 * f_a if stayed == -1 else f_a, f_c, -1)
