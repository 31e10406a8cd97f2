"""Models and likelihoods of a user that break the contract, with what the error must say."""

from __future__ import annotations

HEAD = """
import numpy as np
from g2fit.models import Model, Options, Quantity

class Own(Model):
    name = "own"
    reasons = ("valid", "negative")
    parameters = (Quantity("x", "x"), Quantity("y", "y"))
    observables = (Quantity("delta_a_mu", "a", sm=0.0), Quantity("z", "z"))
"""

GOOD = (
    HEAD
    + """
    def predict(self, theta):
        x, y = theta.T
        return {"delta_a_mu": 1e-9 * x * y, "z": x - y}
"""
)

CARD = """
model: {file: own.py, class: Own}
data: {vintage: paper_2019, limits: off}
parameters:
  x: {prior: {dist: uniform, min: 1, max: 2}}
  y: {prior: {dist: uniform, min: 1, max: 2}}
output: out
"""


def predicting(body: str) -> str:
    return HEAD + "\n    def predict(self, theta):\n        x, y = theta.T\n        " + body.replace("\n", "\n        ")


#: Kind of mistake to the file and what the error says.
BROKEN = {
    "none": (predicting("pass"), "predict returned None"),
    "array": (predicting("return x"), "must return a dict"),
    "list": (predicting("return [x, y]"), "returned a list"),
    "scalar": (predicting('return {"delta_a_mu": 1e-9, "z": x}'), r"delta_a_mu with shape \(\) .* np.full"),
    "short": (predicting('return {"delta_a_mu": x[1:], "z": x}'), "delta_a_mu with shape"),
    "two columns": (predicting('return {"delta_a_mu": theta, "z": x}'), "delta_a_mu with shape"),
    "missing": (predicting('return {"delta_a_mu": x}'), "returned no z; it returned delta_a_mu"),
    "complex": (predicting('return {"delta_a_mu": x + 1j, "z": x}'), "an array of complex128"),
    "texts": (predicting('return {"delta_a_mu": ["a"] * len(x), "z": x}'), "a list of str"),
    "objects": (predicting('return {"delta_a_mu": [None] * len(x), "z": x}'), "real numbers"),
    "ragged": (predicting('return {"delta_a_mu": [[1], [1, 2]] * len(x), "z": x}'), "real numbers"),
    "error": (predicting("raise KeyError('m')"), r"predict: KeyError in own.py, line 13: 'm'"),
    "exit": (predicting("raise SystemExit(3)"), "SystemExit in own.py"),
    "division": (predicting('return {"delta_a_mu": 1 / 0, "z": x}'), "ZeroDivisionError in own.py"),
    "in place": (predicting('theta *= 2\nreturn {"delta_a_mu": x, "z": y}'), "read-only; arrays that are given"),
    "noisy": (predicting('return {"delta_a_mu": x * np.random.rand(len(x)), "z": y}'), "noisy: .*delta_a_mu = "),
    "batch": (predicting('return {"delta_a_mu": x / x.max(), "z": y}'), "depend on which other points"),
    "code 7": (predicting('return {"delta_a_mu": x, "z": y, "reason": np.full(len(x), 7)}'), "code 7 is not one of 0"),
    "reason of floats": (predicting('return {"delta_a_mu": x, "z": y, "reason": 0.0 * x}'), "whole numbers"),
    "unfilled": (HEAD + "\n    def evaluate(self, theta, out, reason):\n        out[:] = 1.0\n", "must fill `reason`"),
    "evaluate": (HEAD + "\n    def evaluate(self, theta, out):\n        pass\n", "TypeError"),
    "neither": (HEAD, "overrides neither"),
    "no name": (GOOD.replace('name = "own"', "pass"), "name = None"),
    "name of ours": (GOOD.replace('"own"', '"vll"'), "choose another name"),
    "twice": (GOOD.replace('Quantity("z"', 'Quantity("x"'), "both a parameter and an observable"),
    "no quantity": (GOOD.replace('Quantity("y", "y")', '"y"'), "parameters must be a tuple of Quantity"),
    "bad quantity name": (GOOD.replace('Quantity("z"', 'Quantity("m/z"'), "letters, digits and underscores"),
    "reason as name": (GOOD.replace('Quantity("z"', 'Quantity("reason"'), "not 'reason'"),
    "draw as name": (GOOD.replace('Quantity("z"', 'Quantity("draw"'), "observables: name 'draw' must be another"),
    "label": (GOOD.replace('Quantity("z", "z")', 'Quantity("z", "z^{")'), "latex of z = .* is no LaTeX formula"),
    "reasons": (GOOD.replace('("valid", "negative")', '("bad",)'), "the first 'valid'"),
    "solutions": (GOOD.replace("reasons", "solutions = 0\n    reasons"), "solutions = 0"),
    "no super": (GOOD + "\n    def __init__(self):\n        pass\n", "super"),
    "init": (GOOD + "\n    def __init__(self, mass):\n        super().__init__()\n", "TypeError"),
    "no model": ("class Own:\n    pass\n", "not a class derived"),
    "other class": (GOOD.replace("Own", "Mine"), "defines no 'Own'"),
    "syntax": ("class Own(:\n", r"own.py:1: is not valid Python"),
    "import": ("import no_such_module_at_all\n", "ModuleNotFoundError"),
    "import fails": (GOOD + "\n1 / 0\n", "ZeroDivisionError in own.py"),
    "nul": ("\0", "is not valid Python"),
}  # fmt: skip

#: Body of a likelihood by kind of mistake, and what the error says.
LIKELIHOODS = {
    "none": ("return None", "None"),
    "scalar": ("return 0.0", r"shape \(\)"),
    "short": ("return values['x'][1:]", "shape"),
    "complex": ("return values['x'] + 1j", "complex"),
    "infinite": ("return np.full(len(values['x']), np.inf)", "infinity"),
    "in place": ("values['x'][:] = 0\n    return values['x']", "read-only"),
    "key": ("return values['w']", "KeyError in mine.py, line 4"),
    "noisy": ("return np.random.rand(len(values['x']))", "likelihood 'mine' are noisy"),
}

#: File of a likelihood with a body of `LIKELIHOODS`, and the section of the card that names it.
LIKELIHOOD = "import numpy as np\n\ndef mine(values):\n    {body}\n"
USE_LIKELIHOOD = "likelihoods: {mine: {file: mine.py, function: mine}}\n"
