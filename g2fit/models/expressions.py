"""Formulas that users write on cards, such as ``m_L/m_S``: a small grammar of numbers, names and functions.

    sum      = product {("+" | "-") product}
    product  = sign {("*" | "/") sign}
    sign     = ("+" | "-") sign | power
    power    = item [("**" | "^") sign]
    item     = number | name | function "(" sum {"," sum} ")" | "(" sum ")"

Nothing of a formula is ever executed as Python.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from g2fit.core.errors import ModelError, nearest
from g2fit.core.types import FloatArray

__all__ = ["FUNCTIONS", "Expression", "parse_expression"]

#: Largest number of characters, of numbers, names and operations, and of brackets and signs inside one another.
MAX_LENGTH, MAX_NODES, MAX_DEPTH = 500, 100, 20

#: Functions and the number of their arguments; angles are in radians, `log` is the natural logarithm.
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "abs": (np.abs, 1),
    "arctan": (np.arctan, 1),
    "cos": (np.cos, 1),
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "log10": (np.log10, 1),
    "max": (np.maximum, 2),
    "min": (np.minimum, 2),
    "sign": (np.sign, 1),
    "sin": (np.sin, 1),
    "sqrt": (np.sqrt, 1),
    "tan": (np.tan, 1),
}

#: Names of numbers.
CONSTANTS = {"pi": math.pi}

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.float_power,
}

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),]))",
    re.ASCII,
)

#: A number, a name, or a function with its arguments.
type _Node = float | str | tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Expression:
    """A formula and the names of the quantities in it.

    Examples
    --------
    >>> ratio = parse_expression("2*m_L/sqrt(m_S^2 + 9)", ["m_L", "m_S"], "here")
    >>> ratio.names, float(ratio({"m_L": np.array([5.0]), "m_S": np.array([4.0])})[0])
    (('m_L', 'm_S'), 2.0)
    """

    text: str
    names: tuple[str, ...]
    root: _Node

    def __call__(self, values: Mapping[str, FloatArray]) -> FloatArray:
        """Value of the formula for arrays of its quantities; NaN or infinite where it is not defined."""
        with np.errstate(all="ignore"):
            return np.asarray(_value(self.root, values), dtype=float)


def _value(node: _Node, values: Mapping[str, FloatArray]) -> Any:
    if isinstance(node, float):
        return node
    if isinstance(node, str):
        return values[node]
    function, arguments = node
    return function(*(_value(argument, values) for argument in arguments))


def parse_expression(text: str, known: Mapping[str, str] | list[str], where: str) -> Expression:
    """Parse a formula.

    Parameters
    ----------
    text : str
        The formula.
    known : list of str, or dict of str to str
        Names of quantities; with a dict, names and the names under which their values are found.
    where : str
        Names the key of the card in errors.

    Raises
    ------
    ModelError
        If the text is no formula of known quantities, or is too long.

    Examples
    --------
    >>> parse_expression("m_L/n_L", ["m_L"], "derived.ratio")
    Traceback (most recent call last):
    g2fit.core.errors.ModelError: derived.ratio = 'm_L/n_L': unknown quantity 'n_L'; did you mean 'm_L'? allowed: m_L
    """
    return _Parser(text, dict(known) if isinstance(known, Mapping) else {name: name for name in known}, where).parse()


class _Parser:
    """A parser by recursive descent, one method for each line of the grammar."""

    def __init__(self, text: str, known: Mapping[str, str], where: str) -> None:
        self.text, self.known, self.where = text, known, where
        self.names: list[str] = []
        self.nodes = self.depth = 0
        self.tokens = self._tokens()
        self.place = 0

    def _tokens(self) -> list[tuple[str, str]]:
        if len(self.text) > MAX_LENGTH:
            raise ModelError(f"{self.where}: the formula has {len(self.text)} characters of at most {MAX_LENGTH}")
        found, end, text = [], 0, self.text.rstrip()
        while end < len(text):
            match = _TOKEN.match(text, end)
            if match is None:
                raise self._error(f"{text[end:].strip()[0]!r} is not allowed")
            found.append((str(match.lastgroup), match[str(match.lastgroup)].replace("^", "**")))
            end = match.end()
        return found

    def _error(self, problem: str) -> ModelError:
        return ModelError(f"{self.where} = {self.text[:MAX_LENGTH]!r}: {problem}")

    def parse(self) -> Expression:
        root = self._sum()
        if self.place < len(self.tokens):
            raise self._error(f"{self.tokens[self.place][1]!r} is not expected there")
        return Expression(self.text, tuple(dict.fromkeys(self.names)), root)

    def _sum(self) -> _Node:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> _Node:
        return self._chain(self._sign, ("*", "/"))

    def _chain(self, part: Callable[[], _Node], operators: tuple[str, ...]) -> _Node:
        node = part()
        while (operator := self._taken(*operators)) is not None:
            node = self._made(OPERATORS[operator], node, part())
        return node

    def _sign(self) -> _Node:
        sign = self._taken("+", "-")
        if sign is None:
            return self._power()
        with_sign = self._nested(self._sign)
        return self._made(np.negative, with_sign) if sign == "-" else with_sign

    def _power(self) -> _Node:
        base = self._item()
        if self._taken("**") is None:
            return base
        return self._made(OPERATORS["**"], base, self._nested(self._sign))

    def _item(self) -> _Node:
        if self.place == len(self.tokens):
            raise self._error("ends where a number, name or bracket is expected")
        kind, token = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            self._count()
            return float(token)
        if kind == "name":
            return self._function(token) if self._taken("(") else self._quantity(token)
        if token != "(":
            raise self._error(f"{token!r} is not expected there")
        node = self._nested(self._sum)
        self._close()
        return node

    def _quantity(self, name: str) -> _Node:
        self._count()
        if name in self.known:
            self.names.append(self.known[name])
            return self.known[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        raise self._error(f"unknown quantity {name!r}; {nearest(name, self.known)}")

    def _function(self, name: str) -> _Node:
        if name not in FUNCTIONS:
            raise self._error(f"unknown function {name!r}; {nearest(name, FUNCTIONS)}")
        function, wanted = FUNCTIONS[name]
        arguments = [self._nested(self._sum)]
        while self._taken(",") is not None:
            arguments.append(self._nested(self._sum))
        self._close()
        if len(arguments) != wanted:
            raise self._error(f"{name} takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}")
        return self._made(function, *arguments)

    def _taken(self, *signs: str) -> str | None:
        """Take the next token if it is one of these signs."""
        if self.place < len(self.tokens) and self.tokens[self.place] in [("sign", sign) for sign in signs]:
            self.place += 1
            return self.tokens[self.place - 1][1]
        return None

    def _close(self) -> None:
        if self._taken(")") is None:
            raise self._error("a bracket is not closed")

    def _nested(self, part: Callable[[], _Node]) -> _Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(f"is more than {MAX_DEPTH} brackets or signs deep")
        node = part()
        self.depth -= 1
        return node

    def _made(self, function: Callable[..., Any], *arguments: _Node) -> _Node:
        self._count()
        return function, arguments

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._error(f"has more than {MAX_NODES} numbers, names and operations")
