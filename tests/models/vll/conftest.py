import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest


@dataclass(frozen=True)
class Reference:
    """Points evaluated with 50 digits (see ``source`` in the file), split by lepton."""

    kind: np.ndarray
    theta: np.ndarray
    values: dict[str, np.ndarray]


@pytest.fixture(scope="session")
def reference() -> dict[str, Reference]:
    path = Path(__file__).with_name("reference.json")
    data = json.loads(path.read_text())
    result = {}
    for lepton in ("e", "mu"):
        points = [point for point in data["points"] if point["lepton"] == lepton]
        table = np.array([point["values"] for point in points]).T
        result[lepton] = Reference(
            np.array([point["kind"] for point in points]),
            np.array([point["at"] for point in points]),
            dict(zip(data["quantities"], table, strict=True)),
        )
    return result
