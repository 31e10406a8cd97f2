"""Type of the fixture ``refused``: what a command says that must be refused."""

from collections.abc import Callable

Refused = Callable[..., str]
