"""Measurements, correlation blocks and vintages, as the measurement file holds them."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property

import numpy as np

from g2fit.core.errors import DataError, nearest
from g2fit.core.types import FloatArray
from g2fit.data.planes import Plane

__all__ = [
    "ANY_MODEL",
    "LIMITED_OBSERVABLES",
    "Application",
    "Block",
    "Measurement",
    "Measurements",
    "Overlap",
    "Reading",
    "Reference",
    "Vintage",
]


@dataclass(frozen=True)
class Reference:
    """Where a number was published."""

    arxiv: tuple[str, ...] = ()
    doi: str = ""
    inspire: int | None = None
    texkey: str = ""
    journal: str = ""
    pdgid: str = ""
    text: str = ""

    def __str__(self) -> str:
        """Return the shortest form that finds the paper.

        >>> str(Reference(arxiv=("2506.03069",), doi="10.1103/7clf-sm2v"))
        'arXiv:2506.03069'
        """
        if self.arxiv:
            return ", ".join(f"arXiv:{identifier}" for identifier in self.arxiv)
        if self.doi:
            return f"doi:{self.doi}"
        if self.journal:
            return f"{self.journal} {self.pdgid}".strip()
        if self.inspire is not None:
            return f"INSPIRE {self.inspire}"
        return self.text


#: Model of an `Application` that holds in every model which has the quantity.
ANY_MODEL = "any model"

#: Observables whose published upper limits bound the prediction of the same name, in every model that has it: electric
#: dipole moments (their absolute values) and branching ratios of decays that the Standard Model forbids.
LIMITED_OBSERVABLES = ("d_e", "d_mu", "d_tau", "B_mu_e_gamma", "B_tau_e_gamma", "B_tau_mu_gamma")


@dataclass(frozen=True)
class Application:
    """A quantity of a model, parameter or observable, that a limit bounds.

    The model ``mssm`` also stands for every model whose name begins with ``mssm_``, and `ANY_MODEL` for all. The limit
    holds only where the absolute value of the quantity is smaller than those of the other ones in `lightest_of`. A
    limit that is a curve bounds the quantity as a function of another one, `against`.
    """

    model: str
    quantity: str
    lightest_of: tuple[str, ...] = ()
    against: str = ""

    def __str__(self) -> str:
        """Return the quantity, and the one that its bound depends on.

        >>> str(Application("vll", "U2_N1_mu", against="m_N1_mu"))
        'U2_N1_mu(m_N1_mu)'
        """
        return f"{self.quantity}({self.against})" if self.against else self.quantity

    def concerns(self, model: str) -> bool:
        """Whether the limit can hold in this model.

        >>> Application("mssm", "m_smu_1").concerns("mssm_higgs_mediation")
        True
        >>> Application(ANY_MODEL, "d_e").concerns("vll")
        True
        """
        return self.model in (ANY_MODEL, model) or model.startswith(f"{self.model}_")


@dataclass(frozen=True)
class Reading:
    """One interpretation of a projection: its observable, and the factor of the error on the observable."""

    observable: str
    scale: float = 1.0


@dataclass(frozen=True)
class Measurement:
    """A published number with date and reference; the head of ``measurements.yaml`` explains the fields.

    The value is the central one, the bound of a limit, or None for a projection and for a limit that is a curve, where
    `curve` names the table of the bounds, or a region in a `plane`. The upward and downward standard deviation `plus`
    and `minus` are the sum of the components in quadrature, NaN for limits. An entry that a card derives from others
    has these as its `sources`.
    """

    id: str
    observable: str
    value: float | None
    kind: str
    plus: float = np.nan
    minus: float = np.nan
    components: Mapping[str, float] = field(default_factory=dict)
    unit: str = ""
    date: str = ""
    status: str = ""
    origin: str = ""
    reference: Reference = Reference()
    applies_to: tuple[Application, ...] = ()
    readings: Mapping[str, Reading] = field(default_factory=dict)
    derived_from: tuple[str, ...] = ()
    curve: str = ""
    note: str = ""
    plane: Plane | None = None
    sources: tuple["Measurement", ...] = ()

    @property
    def error(self) -> float:
        """Mean of the upward and downward standard deviation."""
        return 0.5 * (self.plus + self.minus)

    @property
    def is_limit(self) -> bool:
        """Whether the entry is a limit."""
        limits = ("lower_limit", "upper_limit", "excluded_region")
        return self.kind in limits or bool(self.kind == "projection" and self.applies_to)

    @property
    def bounds_a_quantity(self) -> bool:
        """Whether the entry says what it bounds, and by a number, a curve or a region."""
        return bool(self.applies_to) and (self.value is not None or bool(self.curve) or self.plane is not None)

    @property
    def is_gaussian(self) -> bool:
        """Whether the entry has an error and can enter a fit as a Gaussian."""
        return not self.is_limit and bool(np.isfinite(self.error))


@dataclass(frozen=True)
class Block:
    """A correlation block: entries with their correlation matrix, and the name of its term in the likelihood.

    The rank is the largest number of members that may enter one fit.
    """

    name: str
    term: str
    members: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]
    rank: int
    origin: str = ""
    status: str = ""
    note: str = ""

    def correlation(self, members: tuple[str, ...]) -> FloatArray:
        """Return the correlation matrix of some of the members, in the given order."""
        rows = [self.members.index(member) for member in members]
        return np.array(self.matrix)[np.ix_(rows, rows)]


@dataclass(frozen=True)
class Overlap:
    """Entries that contain the same data, completely or (`tolerated`) to a small extent.

    Of the entries of a tolerated overlap, `at_most` is the largest number that may enter one fit (None: all of them).
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    why: str
    tolerated: bool = False
    at_most: int | None = None

    def concerns(self, identifiers: Collection[str]) -> bool:
        """Whether some of the entries are on either side, so that two of them may exclude each other."""
        return all(any(_matches(one, side) for one in identifiers) for side in (self.first, self.second or self.first))

    def conflict(self, one: str, other: str) -> bool:
        """Whether two different entries exclude each other."""
        second = self.second or self.first
        pairs = ((one, other), (other, one))
        return any(_matches(a, self.first) and _matches(b, second) for a, b in pairs)

    def too_many(self, identifiers: Collection[str]) -> list[str]:
        """Return the entries of the overlap where more of them than `at_most` stand together; else an empty list.

        >>> Overlap(("ratio_*",), (), "why", tolerated=True, at_most=2).too_many(["ratio_1", "ratio_2", "mass"])
        []
        """
        found = [one for one in identifiers if _matches(one, (*self.first, *self.second))]
        return found if self.at_most is not None and len(found) > self.at_most else []


def _matches(identifier: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(identifier, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Vintage:
    """A dated data set with a name, as the file holds it (inheritance not resolved)."""

    name: str
    description: str
    measurements: tuple[str, ...] = ()
    blocks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limits: tuple[str, ...] = ()
    limit_role: str = ""
    choose_one: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    projections: tuple[str, ...] = ()
    figure_only: tuple[str, ...] = ()
    replace: Mapping[str, str] = field(default_factory=dict)
    inherits: str = ""
    options: Mapping[str, float | bool | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurements:
    """Content of a measurement file, and with a card also the entries that this brings.

    The latter are in `own`, with the entries that share data with them as far as the card says (None: it says nothing).
    """

    entries: Mapping[str, Measurement]
    correlations: Mapping[str, Block]
    vintages: Mapping[str, Vintage]
    overlaps: tuple[Overlap, ...]
    tables: Mapping[str, tuple[tuple[str, ...], FloatArray]]
    own: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)

    def entry(self, identifier: str) -> Measurement:
        """Return an entry; the error names the nearest identifiers."""
        if identifier not in self.entries:
            if block := self.correlations.get(identifier):
                raise DataError(
                    f"{identifier} is a correlation block: name some of its entries {', '.join(block.members)}"
                )
            if same := [entry.id for entry in self.entries.values() if entry.observable == identifier]:
                raise DataError(f"{identifier} is an observable, measured by the entries {', '.join(same)}")
            close = difflib.get_close_matches(identifier, self.entries, n=5, cutoff=0.5)
            hint = f"did you mean {close[0]!r}? near: {', '.join(close)}; " if close else ""
            raise DataError(f"unknown measurement {identifier!r}; {hint}all: g2fit list data all")
        return self.entries[identifier]

    def vintage(self, name: str) -> Vintage:
        """Return a vintage; the error names the nearest one."""
        if name not in self.vintages:
            raise DataError(f"unknown vintage {name!r}; {nearest(name, self.vintages)}")
        return self.vintages[name]

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """Entries that each entry was computed from, directly or indirectly."""

        @cache
        def collect(identifier: str) -> frozenset[str]:
            parents = self.entries[identifier].derived_from
            return frozenset(parents).union(*(collect(parent) for parent in parents))

        return {identifier: collect(identifier) for identifier in self.entries}
