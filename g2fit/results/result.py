"""The result of a run: what ``result.nc`` holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from g2fit.core.aliases import current_data
from g2fit.core.errors import G2fitError, StoreError, nearest, one_line
from g2fit.core.files import read_yaml
from g2fit.core.fingerprint import differing, package_stamp, refuse_other_code
from g2fit.core.manifest import CARD, MANIFEST, require_card_file, same_run
from g2fit.core.netcdf import open_netcdf, read_netcdf, refuse_links
from g2fit.core.same_densities import same_densities
from g2fit.core.sealed import read_sealed, write_sealed
from g2fit.core.types import FloatArray
from g2fit.results.best_fit import BestFit
from g2fit.results.levels import LEVELS, Levels, checked_levels
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.run_folder import RunFolder

if TYPE_CHECKING:
    import xarray as xr

    from g2fit.card import Card
    from g2fit.posterior import Posterior

__all__ = ["Result", "Support"]

#: What ``result.nc`` should be, for messages.
WHAT = "a result of g2fit"

#: Draws whose densities are computed again before others are made from them.
CHECKED = 16


class Support(NamedTuple):
    """Where a prior allows a parameter to be: the prior's kind, as on the card, and the ends of its support."""

    dist: str
    minimum: float
    maximum: float


class Result:
    """A finished (or interrupted, but saved) run.

    Arrays are read from the file when they are first asked for.

    Parameters
    ----------
    folder : path
        The run folder.

    Attributes
    ----------
    names, parameter_names : list of str
        The sampled parameters followed by the derived quantities; the sampled parameters alone.
    model_name, vintage : str
        Model and vintage of the data.
    verdict : Verdict
        How far it has converged.
    converged : bool
        Whether it has reached the card's targets.
    created : str
        When ``result.nc`` was written, in ISO format.
    manifest, statistics : dict
        How the run was made; what the sampler did.
    walkers : int
        Walkers of an ensemble whose draws the result holds: all, unless there are very many.

    Raises
    ------
    StoreError
        If the folder has no result, or a damaged one.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = RunFolder(folder)
        self._kept = self.folder.path / "best-fit.json"
        path = self.folder.result_path
        if not path.exists():
            hint = "it has not finished yet" if self.folder.calls() else "is it a run folder?"
            raise StoreError(f"{path}: there is no result; {hint}")
        recorded = self.folder.manifest()
        self.folder.require_undamaged(
            path, "if the chains are intact, `g2fit run` of its card makes it again from them"
        )
        require_card_file(self.folder.path, recorded)
        with open_netcdf(path, WHAT) as file:
            refuse_links(file, path)
            self.attributes: dict[str, Any] = {name: _scalar(value) for name, value in file.attrs.items()}
            self._variables: dict[str, list[str]] = {
                group: [name for name, item in members.items() if not item.is_scale] for group, members in file.items()
            }
            sizes = {group: file[group]["draw"].size for group in ("posterior", "sample_stats") if group in file}
            self.created = str(file["posterior"].attrs.get("created_at", "")) if "posterior" in file else ""
        try:
            self.verdict = Verdict(**json.loads(self.attributes["verdict"]))
            self.manifest: dict[str, Any] = json.loads(self.attributes["manifest"])
            self.model_name = str(self.manifest["model"])
            self.vintage = str(current_data({"vintage": self.manifest["vintage"]})["vintage"])
            self.statistics: dict[str, Any] = json.loads(self.attributes["statistics"])
            self.walkers = int(self.attributes["walkers"])
            self.converged = bool(self.attributes["converged"])
            self.parameter_names = self._variables["posterior"]
            if any(size % self.walkers for size in sizes.values()):
                raise ValueError(f"its draws are not those of {self.walkers} walkers")
        except (ArithmeticError, AttributeError, KeyError, ValueError, TypeError) as error:
            raise StoreError(f"{path}: is not {WHAT} ({one_line(error)})") from None
        if not same_run(recorded, self.manifest):
            raise StoreError(f"{path}: is of another run than {MANIFEST} beside it; restore the files of one run")
        self.names = self.parameter_names + self._variables.get("derived", [])
        self._arrays: dict[str, FloatArray] = {}

    @property
    def levels(self) -> Levels:
        """Probabilities of credible regions and intervals: those of the card, or 68.27 and 95.45 %."""
        return checked_levels(json.loads(self.attributes["levels"])) if "levels" in self.attributes else LEVELS

    @cached_property
    def card(self) -> Card:
        """The resolved card."""
        from g2fit.card import Card

        return Card.load(self.folder.path)

    @cached_property
    def posterior(self) -> Posterior:
        """The posterior of the card, if code and data are still those that made the draws.

        Raises
        ------
        StoreError
            If they are not: what it computes would not belong to the draws.
        """
        from g2fit.posterior import Posterior

        if "code" in self.manifest:  # former versions did not record it: only the densities tell
            refuse_other_code(
                self.manifest["code"],
                self.card.code(),
                f"{self.folder.path}: this run",
                "its summary can still be shown, but nothing can be computed for its draws: run the card again in "
                "another folder (--out), or restore that code",
            )
        posterior = Posterior(self.card)
        if not same_densities(*self.densities(posterior, CHECKED)):
            raise StoreError(
                f"{self.folder.result_path}: its draws have other densities now (data files of the model, or another "
                "package, have changed); run the card again in another folder (--out)"
            )
        return posterior

    def densities(self, posterior: Posterior, most: int) -> tuple[FloatArray, FloatArray]:
        """Log densities of at most so many draws, evenly spaced, as they are computed now and as they were stored."""
        rows = np.linspace(0, len(self.theta) - 1, min(most, len(self.theta))).astype(int)
        theta = self.theta[rows]
        stored = self.by_step(self.array("sample_stats", "lp")).ravel()[rows]
        return posterior.log_prior(theta) + posterior.log_likelihood(theta), stored

    @property
    def other_code(self) -> list[str]:
        """Parts of the code that have changed since the run; all, if it does not say by which code it was made."""
        there = self.manifest.get("code", {})
        shipped = there and all(part.startswith("g2fit.") for part in there)
        if shipped and self.manifest.get("package") == package_stamp():
            return []  # card and model need not be loaded
        try:
            return differing(there, self.card.code())
        except StoreError:
            raise
        except G2fitError:  # own code has changed, or the model is no longer installed
            return self._other_own_code(there)

    def _other_own_code(self, there: dict[str, str]) -> list[str]:
        """Parts of the code that have changed where the card cannot be loaded as it is."""
        from g2fit.card import Card

        own = [part for part in sorted(there) if not part.startswith("g2fit.")]
        with suppress(G2fitError, AttributeError, KeyError):
            raw, _ = read_yaml(self.folder.path / CARD)
            for entry in (raw["model"], *raw.get("likelihoods", {}).values()):
                entry.pop("sha256", None)  # the code that is there now
            return differing(there, Card.from_dict(raw, self.folder.path).code()) or own
        return own if own and self.manifest.get("package") == package_stamp() else sorted(there)

    @property
    def steps_of_chains(self) -> int:
        """Length of the chains that the draws are from; 0 where they are weighted draws, of this or another run."""
        return 0 if self.weighted or "reweighted" in self.statistics else self.verdict.steps

    @property
    def weighted(self) -> bool:
        """Whether the draws stand for the weighted draws of the exploration, and not for chains."""
        return self.statistics.get("draws") == "weighted"

    @property
    def mode_signs(self) -> tuple[str, ...]:
        """Quantities whose signs tell the modes of the posterior apart."""
        if "mode_signs" in self.attributes:
            return tuple(json.loads(self.attributes["mode_signs"]))
        return tuple(self.card.model.mode_signs)

    @property
    def beyond(self) -> dict[str, float]:
        """Share of the draws at which something matters that the options of the model leave out, see `Model.beyond`."""
        return dict(json.loads(self.attributes.get("beyond", "{}")))

    @cached_property
    def tree(self) -> xr.DataTree:
        """Everything in ``result.nc``, see `g2fit.results.save.save_result`."""
        return cast("xr.DataTree", read_netcdf(self.folder.result_path, WHAT, groups=True))

    def has(self, group: str) -> bool:
        """Whether the file has a group of this name."""
        return group in self._variables

    def array(self, group: str, name: str) -> FloatArray:
        """A variable as the file holds it, shape (ensembles, draws) for most."""
        place = f"{group}/{name}"
        if place not in self._arrays:
            with open_netcdf(self.folder.result_path, WHAT) as file:
                self._arrays[place] = file[place][()]
        return self._arrays[place]

    def draws(self, name: str) -> FloatArray:
        """Draws of a parameter or derived quantity, shape (ensembles, steps, walkers)."""
        return self.by_step(self.array(self.group_of(name), name))

    def by_step(self, values: FloatArray) -> FloatArray:
        """Rearrange an array (ensembles, draws) to (ensembles, steps, walkers)."""
        return values.reshape(len(values), self.walkers, -1).swapaxes(1, 2)

    @cached_property
    def theta(self) -> FloatArray:
        """All draws of the parameters, shape (N, D)."""
        return np.stack([self.draws(name).ravel() for name in self.parameter_names], axis=1)

    def describe(self, name: str) -> dict[str, Any]:
        """Attributes of a parameter or derived quantity in the file, such as ``latex`` and ``units``."""
        with open_netcdf(self.folder.result_path, WHAT) as file:
            stored = file[self.group_of(name)][name].attrs
            return {"latex": name, "units": "1", **{key: _scalar(value) for key, value in stored.items()}}

    def support(self, name: str) -> Support | None:
        """Prior of a sampled parameter and where it ends; None for a derived quantity."""
        if name not in self.parameter_names:
            return None
        known = self.describe(name)
        if "prior" in known:
            return Support(str(known["prior"]), float(known["minimum"]), float(known["maximum"]))
        prior = next(p.prior for p in self.card.sampled if p.name == name)
        return None if prior is None else Support(prior.dist, prior.minimum, prior.maximum)

    def group_of(self, name: str) -> str:
        """Group of the file that holds a quantity: ``posterior`` or ``derived``.

        Raises
        ------
        StoreError
            If the run has no such quantity.
        """
        if name not in self.names:
            raise StoreError(f"{self.folder.path}: has no quantity {name!r}; {nearest(name, self.names)}")
        return "posterior" if name in self.parameter_names else "derived"

    @cached_property
    def observed(self) -> dict[str, tuple[float, float]]:
        """Measured value and total error of each datum."""
        with open_netcdf(self.folder.result_path, WHAT) as file:
            group = file.get("observed_data", {})
            return {name: (float(group[name][()]), float(_scalar(group[name].attrs["error"])))
                    for name in self._variables.get("observed_data", []) if group[name].ndim == 0}  # fmt: skip

    # Best fits ------------------------------------------------------------------------------------------------------

    def stored_best_fits(self) -> list[BestFit] | None:
        """Best fits that were found at the end of the run or later: the overall one, then that of each solution.

        None if there are none: ``result.nc`` was written by an old version, and nobody has asked for them since.
        """
        if "best_fits" in self.attributes:
            return [BestFit(**fit) for fit in json.loads(self.attributes["best_fits"])]
        with suppress(StoreError, KeyError, TypeError):  # they are found again
            content = read_sealed(self._kept, "")
            if content["result"] == self._identity():
                return [BestFit(**fit) for fit in content["best_fits"]]
        return None

    def keep_best_fits(self, found: Sequence[BestFit]) -> None:
        """Write best fits beside ``result.nc``, which has none; where that is impossible they are not kept."""
        content = {"result": self._identity(), "best_fits": [asdict(fit) for fit in found]}
        with suppress(OSError, StoreError):
            write_sealed(self._kept, content)

    def _identity(self) -> list[str]:
        """What tells this ``result.nc`` from others: when it was written, and fingerprint of the card."""
        return [self.created, str(self.manifest.get("fingerprint"))]


def _scalar(value: Any) -> Any:
    """An attribute of NetCDF, which may hold a number as an array of length one."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
