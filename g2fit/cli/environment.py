"""Variables of the environment that libraries read when they are imported, and whose values they may not take."""

import os
import re
import sys

from g2fit.core.errors import InputError

__all__ = ["settle_environment"]

#: Variables with a number of threads, and what they may be; empty ones are as good as none.
THREADS = {
    "OMP_NUM_THREADS": (r"\d{1,9}(\s*,\s*\d{1,9})*", "a number of threads, or one for each level (4,2)"),
    "NUMBA_NUM_THREADS": (r"0*[1-9]\d{0,8}", "a number of threads, at least 1"),
}


def settle_environment() -> None:
    """Let the environment of this process and its workers be one that the libraries can read.

    Of a list of threads for each level, which is legal for OpenMP, the first one is kept: scipy reads one number only,
    and there is one level. The backend of matplotlib is the one without windows, as no command opens any.

    Raises
    ------
    InputError
        If a number of threads is none.
    """
    for name, (pattern, meaning) in THREADS.items():
        value = os.environ.get(name)
        if value is None:
            continue
        if not value.strip():
            del os.environ[name]
        elif re.fullmatch(pattern, value.strip()) is None:
            raise InputError(f"{name} = {value!r} in the environment: must be {meaning}")
        else:
            os.environ[name] = value.partition(",")[0].strip()
    if "matplotlib" not in sys.modules:
        os.environ["MPLBACKEND"] = "agg"
