"""Mutated cards, prior files, models, SLHA files and results, and what reading them does.

Files are mutated by hypothesis and read in this process. Each must either be read, or be refused by an error of the
package (one message, exit code 2) within `TIME_LIMIT` seconds of processor time. What can be read is used: a card gives
a posterior and a run folder, a model is checked, a point of an SLHA file is evaluated, a result gives its draws. An
audit hook reports every file that is opened for writing, made, renamed or removed outside the folder, and every attempt
to start a process or to load code from the files.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from g2fit import Card, Posterior, Result
from g2fit.core.cache import cache_root
from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import G2fitError
from g2fit.core.labels import check_label
from g2fit.inference.evidence.run import load_evidence
from g2fit.inference.profile.plane import load_scan
from g2fit.inference.tasks import TaskRunner
from g2fit.models.mssm.slha import read_slha
from g2fit.posterior.point import evaluate_point
from g2fit.sampling.chain_file import ChainFile
from g2fit.sampling.run_folder import RunFolder
from tests.support import ROOT
from tests.support.broken_models import BROKEN, CARD, GOOD, LIKELIHOOD, LIKELIHOODS, USE_LIKELIHOOD
from tests.support.cards import local_run
from tests.support.slha_variants import slha_files

#: Seconds of processor time that an example may take.
TIME_LIMIT = 5.0

#: Seconds after which an example is interrupted: on a busy machine it may get little of the processor.
PATIENCE = 30

#: Seconds after which an example that cannot be interrupted ends the whole process.
HARD_TIME_LIMIT = 60

#: Values that are put into texts.
TOKENS = (
    "../../outside", "/tmp/outside", "~/outside", "/dev/zero",
    "/dev/stdin", "/proc/self/mem", ".", "..", "", "\\0", "\x00",
    "\x07\x1b[31m", "\u202e", "\ud7ff\ue000", "<script>alert(1)</script>", "1e999", "-1e999", ".inf", "-.inf", ".nan",
    "NaN", "1" * 5000, "9" * 400, "0x" + "f" * 300, "1e-400", "true", "null", "~", "[]", "{}", "[[[[[[[[]]]]]]]]",
    "&a [*a]", "&a {b: *a}", "*missing", "!!python/object/apply:os.system ['touch outside']", "!!binary aGVsbG8=",
    "!!timestamp 2001-12-14", "!!set {a, b}", "!!omap [a: 1]", "!include /etc/passwd", "? [a, b]\n: c", "<<: *a",
    "2001-12-14", "- " * 2000, "{" * 3000, "[" * 3000, "a: " * 200, "---", "...", "%YAML 1.1", "%TAG ! x", "\t", "\r",
    "|", ">", "'", '"', "`", "@", "#", ":", "?", "-", "%(x)s", "{x}", "$(touch outside)", "1_000", "0o17", "1:30:00",
    "x" * 100_000, "é", "\U0001f600", "\u2028", "-0.0", "4e-324", "1.7976931348623157e308", "18446744073709551616",
)  # fmt: skip

#: A small YAML file whose aliases expand to more than any machine can hold.
BOMB = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)), "model: *a29", ""]
)


def _called_by(package: str) -> bool:
    frame = sys._getframe(2)
    while frame is not None:
        if f"/{package}/" in frame.f_code.co_filename:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


class Guard:
    """Context manager that records what is done to files outside a folder.

    Parameters
    ----------
    folder : Path
        Folder in which writing is allowed.
    """

    def __init__(self, folder: Path) -> None:
        self.allowed = (os.path.realpath(folder), os.path.realpath(cache_root() or folder))  # kernels may be compiled
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "pickle.find_class" and _called_by("numba"):
            return  # compiled kernels
        if event in ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "pickle.find_class"):
            self.seen.append(f"{event} {arguments[:2]!r:.100}")
        elif event == "open" and isinstance(arguments[2], int):
            writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            if writes and isinstance(arguments[0], str | bytes | os.PathLike):
                self._check(event, arguments[0])
        elif event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate"):
            for path in arguments[: 2 if event in ("os.rename", "os.symlink", "os.link") else 1]:
                self._check(event, path)

    def _check(self, event: str, path: Any) -> None:
        place = os.path.realpath(os.fsdecode(path))
        inside = any(place == root or place.startswith(root + os.sep) for root in self.allowed)
        if not inside and place != "/dev/null" and "__pycache__" not in place:
            self.seen.append(f"{event} {place}")

    def __enter__(self) -> Guard:
        self.seen, self.on = [], True
        return self

    def __exit__(self, *_: object) -> None:
        self.on = False


@contextlib.contextmanager
def time_limit() -> Iterator[None]:
    """Raise TimeoutError after `PATIENCE` seconds; print the stack and exit after `HARD_TIME_LIMIT`."""

    def ring(number: int, frame: object) -> None:
        raise TimeoutError(f"more than {PATIENCE} seconds")

    previous = signal.signal(signal.SIGALRM, ring)
    signal.alarm(PATIENCE)
    faulthandler.dump_traceback_later(HARD_TIME_LIMIT, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, previous)


@st.composite
def mutated_text(draw: st.DrawFn, sources: list[str]) -> str:
    """A valid text in which some lines or values are replaced, repeated, removed or joined by hostile ones."""
    lines = draw(st.sampled_from(sources)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(lines) - 1)))
        line = lines[place] if lines else ""
        token = draw(
            st.one_of(st.sampled_from(TOKENS), st.text(max_size=20), st.floats().map(str), st.integers().map(str))
        )
        change = draw(
            st.sampled_from(("value", "value", "value", "insert", "remove", "repeat", "line", "indent", "word"))
        )
        if change == "value" and ":" in line:
            head, _, rest = line.partition(":") if draw(st.booleans()) else line.rpartition(":")
            tail = rest[len(rest.rstrip(" }],")) :] if draw(st.booleans()) else ""
            lines[place : place + 1] = [f"{head}: {token}{tail}"]
        elif change == "word" and line.split():
            word = draw(st.sampled_from(line.split()))
            lines[place] = line.replace(word, token, 1)
        elif change == "insert":
            at = draw(st.integers(0, len(line)))
            lines[place : place + 1] = [line[:at] + token + line[at:]]
        elif change == "remove":
            lines[place : place + 1] = []
        elif change == "repeat":
            lines[place:place] = lines[place : place + draw(st.integers(1, 3))]
        elif change == "indent":
            lines[place : place + 1] = [" " * draw(st.integers(1, 4)) + line]
        else:
            lines[place : place + 1] = [token]
    return "\n".join(lines) + "\n"


@st.composite
def mutated_bytes(draw: st.DrawFn, size: int) -> list[tuple[str, int, bytes]]:
    """Changes of a binary file: bytes replaced, removed or inserted, or the end of the file cut off."""
    place = st.one_of(st.integers(0, max(0, min(size, 3000) - 1)), st.integers(0, max(0, size - 1)))
    kind = st.sampled_from(("set", "set", "set", "cut", "insert", "end"))
    return draw(st.lists(st.tuples(kind, place, st.binary(min_size=1, max_size=8)), min_size=1, max_size=6))


def apply(content: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    """Carry out the changes that `mutated_bytes` describes."""
    data = bytearray(content)
    for kind, place, piece in changes:
        if kind == "set":
            data[place : place + len(piece)] = piece
        elif kind == "cut":
            del data[place : place + 64 * len(piece)]
        elif kind == "insert":
            data[place:place] = piece
        else:
            del data[place:]
    return bytes(data)


class Fuzzer:
    """Mutates valid files, reads them, and records what happens.

    Parameters
    ----------
    folder : Path
        A new folder below it holds all files.
    number : int
        Seed of hypothesis.

    Attributes
    ----------
    outcomes : Counter
        How many files of each kind were "read", "refused" or a "fault".
    faults : dict
        What went wrong, with the first file that showed it.
    slowest : float
        Largest processor time that an example took, in seconds.
    """

    def __init__(self, folder: Path, number: int = 0) -> None:
        self.folder = folder / "inside"
        self.folder.mkdir(parents=True)
        self.guard = Guard(folder)
        self.number = number
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.faults: dict[str, str] = {}
        self.slowest = 0.0

    def run(self, kind: str, examples: int) -> None:
        """Try a number of examples of one kind of file: cards, priors, models, slha or results."""
        getattr(self, f"fuzz_{kind}")(examples)

    def _each(self, strategy: st.SearchStrategy[Any], examples: int, act: Callable[[Any], None]) -> Callable[[], None]:
        @seed(self.number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def test(example: Any) -> None:
            act(example)

        return test

    def _attempt(self, kind: str, example: Any, use: Callable[[], None]) -> None:
        outcome, begun = "read", time.process_time()
        with self.guard as guard, time_limit():
            try:
                use()
            except G2fitError as error:
                outcome = "refused"
                if any(ord(c) < 32 and c != "\n" for c in str(error)) or len(str(error)) > 5000:
                    self._fault(kind, f"message with control characters or too long: {str(error)[:80]!r}", example)
            except Exception as error:  # noqa: BLE001 (this is what the fuzzer looks for)
                frame = traceback.extract_tb(error.__traceback__)[-1]
                text = f"{type(error).__name__} in {frame.name}: {str(error)[:100]}"
                where = [f for f in traceback.extract_tb(error.__traceback__) if "g2fit" in f.filename]
                self._fault(
                    kind, f"{type(error).__name__} at {where[-1].filename}:{where[-1].lineno}", f"{text} {example!r}"
                )
                outcome = "fault"
        for seen in guard.seen:
            self._fault(kind, seen, example)
        spent = time.process_time() - begun
        self.slowest = max(self.slowest, spent)
        if spent > TIME_LIMIT:
            self._fault(kind, f"slower than {TIME_LIMIT:g} seconds", f"{spent:.1f} s: {example!r}")
        self.outcomes[kind, outcome] += 1

    def _fault(self, kind: str, what: str, example: Any) -> None:
        self.faults.setdefault(f"{kind}: {what}", f"{example!s:.600}")

    def _use_card(self, path: Path) -> None:
        card = Card.load(path)
        Posterior(card)
        folder = RunFolder(card.output)
        folder.open(card)
        again = Card.load(folder.path)
        if again.fingerprint() != card.fingerprint():
            raise AssertionError("the resolved card differs from the card")

    def _clean(self) -> None:
        for path in self.folder.parent.iterdir():
            if path != self.folder:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def fuzz_cards(self, examples: int) -> None:
        """Mutate the shipped cards."""
        sources = [self._local(path.read_text()) for path in sorted((ROOT / "analysis").glob("*.yaml"))]
        self._texts("cards", sources, examples, "card.yaml")

    def fuzz_priors(self, examples: int) -> None:
        """Mutate the prior files of the vector-like leptons."""
        sources = [path.read_text() for path in sorted((ROOT / "priors").glob("vll-*.yaml"))]
        card = (
            "model: {name: vll, formula: leading_order}\ndata: {vintage: paper_2021}\npriors: prior.yaml\noutput: out\n"
        )
        self._texts("priors", sources, examples, "prior.yaml", card)

    def _local(self, card: str) -> str:
        return card.replace("../priors", str(ROOT / "priors"))

    def _texts(self, kind: str, sources: list[str], examples: int, name: str, card: str | None = None) -> None:
        def act(text: str) -> None:
            self._clean()
            (self.folder / "card.yaml").write_text(card or "")
            (self.folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
            self._attempt(kind, text, lambda: self._use_card(self.folder / "card.yaml"))

        act(BOMB)
        for source in sources:
            act(source)
        self._each(mutated_text(sources), examples, act)()

    def fuzz_models(self, examples: int) -> None:
        """Mutate models and likelihoods of a user: good ones and each that breaks the contract."""
        models = dict.fromkeys((GOOD, *(code for code, _ in BROKEN.values())), CARD)
        likelihoods = [LIKELIHOOD.format(body=body) for body, _ in LIKELIHOODS.values()]
        texts = mutated_text([*models, *likelihoods, *[GOOD] * len(BROKEN)])

        def act(text: str, kind: str = "models") -> None:
            self._clean()
            is_model = "def mine" not in text
            (self.folder / "own.py").write_bytes((text if is_model else GOOD).encode("utf-8", "surrogatepass"))
            (self.folder / "mine.py").write_bytes(text.encode("utf-8", "surrogatepass"))
            (self.folder / "card.yaml").write_text(CARD if is_model else CARD + USE_LIKELIHOOD)
            self._attempt(kind, text, lambda: Posterior(Card.load(self.folder / "card.yaml")).compile())

        check_label("x", "")  # loads matplotlib, which makes folders of its own
        for text in (*models, *likelihoods):
            act(text, "models, not mutated")
        self._each(texts, examples, act)()

    def fuzz_slha(self, examples: int) -> None:
        """Mutate sixty SLHA files, and evaluate the points that can be read."""
        files = slha_files()
        path = self.folder / "point.slha"

        def use() -> None:
            parameters, options, moments = read_slha(path, {})
            _finite(parameters)
            evaluate_point("mssm", parameters, options, published=moments)

        def act(text: str, kind: str = "slha") -> None:
            self._clean()
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            self._attempt(kind, text, use)

        for name, text in files.items():  # load the kernels
            if name.endswith("as it is"):
                path.write_text(text)
                use()
        for text in files.values():
            act(text, "slha, not mutated")
        self._each(mutated_text(list(files.values())), examples, act)()

    def fuzz_results(self, examples: int) -> None:
        """Mutate the files of a run folder: chains, result, status, manifest, evidence, checkpoints, scan."""
        self._clean()
        good = self.folder.parent.parent / f"{self.folder.parent.name}-good"
        files = make_results(good)
        sizes = {name: (good / name).stat().st_size for name in files}
        strategy = st.sampled_from(sorted(files)).flatmap(
            lambda name: st.tuples(st.just(name), mutated_bytes(sizes[name]))
        )

        def act(example: tuple[str, list[tuple[str, int, bytes]]]) -> None:
            name, changes = example
            out = self.folder / "out"
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(apply((good / name).read_bytes(), changes))
            for other in ("card.yaml", "manifest.json"):
                if other != name:
                    shutil.copyfile(good / other, out / other)
            self._attempt("results", example, lambda: files[name](out))

        try:
            self._each(strategy, examples, act)()
        finally:
            shutil.rmtree(good)


def _finite(values: dict[str, float]) -> None:
    if not all(np.isfinite(value) for value in values.values()):
        raise AssertionError("a value that is not finite was read")


def make_results(folder: Path) -> dict[str, Callable[[Path], Any]]:
    """Make a small run with an evidence and a scan; return its files, each with a function that reads it."""
    local_run(folder)
    tasks = {"0": lambda: {"sums": np.ones(5)}}
    store = Checkpoints(folder / "evidence-parts/prior", "key")
    with store.held("busy"):
        TaskRunner(store=store).run(tasks)
    (folder / "evidence.json").write_text('{"format": 1, "log_z": 1.0, "error": 0.1, "estimators": {}}')

    def chain(out: Path) -> None:
        file = ChainFile(out / "ensemble-0.h5")
        if file.state() is not None:
            file.read("chain", 0, file.steps)
            file.proposal()
            file.reasons()

    def result(out: Path) -> None:
        found = Result(out)
        for name in found.names:
            found.draws(name)

    return {
        "ensemble-0.h5": chain,
        "result.nc": result,
        "status.json": lambda out: RunFolder(out).status(),
        "manifest.json": lambda out: RunFolder(out).open(Card.load(out)),
        "card.yaml": lambda out: Posterior(Card.load(out)),
        "evidence.json": load_evidence,
        "evidence-parts/prior/0.npz": lambda out: TaskRunner(store=Checkpoints(out / "evidence-parts/prior", "key")),
        "scan-m_L-m_S.nc": lambda out: load_scan(out / "scan-m_L-m_S.nc"),
    }
