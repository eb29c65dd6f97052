"""calibrate: from tables of measurements to a serving profile."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.calibrate.cost_fit import CostFit, fit_costs
from twin.calibrate.engine_terms import engine_terms
from twin.calibrate.fit_start import start_from_steps
from twin.calibrate.holdout import FEW, split, turns
from twin.calibrate.items import ClosedLoopItem, Item, RunItem, SwapItem
from twin.calibrate.prior import prior_doubt
from twin.calibrate.settings import Settings
from twin.calibrate.start import start_profile
from twin.calibrate.swap_table import AdapterSwap, read_swaps
from twin.calibrate.tables import Tables
from twin.calibrate.terms import Term
from twin.files.errors import InputError, ToolkitWarning
from twin.gpu.profile import ServingProfile
from twin.measured.run import MeasuredRun
from twin.validate.accuracy import accuracy
from twin.validate.comparison import Comparison, compare_runs

__all__ = ["Calibration", "calibrate"]

_FAR = 0.5  # doubt of the priors from which on they are no place to start from
_LEAST_UNCERTAINTY = 0.01  # relative: that of the measurements themselves


@dataclass(frozen=True, slots=True)
class Calibration:
    """A new profile, and how its costs were fitted."""

    profile: ServingProfile
    fit: CostFit


def calibrate(
    tables: Tables, settings: Settings, progress: Callable[[str], None] = lambda _: None
) -> Calibration:
    """Fit a serving profile.

    KV capacity and loads from disk are fitted to their own tables where there are such; then the
    costs of a step, of loads and of the front end to the runs, through the simulation. The
    profile's uncertainty is the error of the throughput of runs that were held out; with few runs,
    each is held out in its turn, and the profile is that of all of them.

    Parameters
    ----------
    tables : Tables
    settings : Settings
    progress : callable
        Told in a few words how far it is.

    Raises
    ------
    InputError
        If no usable run is of this model and version, or the engine's flags are not known.
    """
    runs = [run for run in tables.runs if run.usable and settings.covers(run)]
    if not runs:
        there = sorted({f"{run.model} on {run.engine_version}" for run in tables.runs})
        raise InputError(
            "runs",
            f"no usable run is of {settings.model} on {settings.engine_version}",
            f"there are: {', '.join(there)}",
        )
    start = start_profile(tables, settings, runs)
    doubt = _doubt(settings)
    fitted_to, held_out = split(runs, settings)
    swaps = _swaps(tables, settings)
    terms = _terms(settings, fitted_to, bool(swaps))
    closed = [run for run in tables.closed_loop if settings.covers(run)]
    if tables.closed_loop and not closed:
        of = f"{settings.model} on {settings.engine_version}"
        told = f"none of {len(tables.closed_loop)} closed-loop runs is of {of}: they are left out"
        warnings.warn(told, ToolkitWarning, stacklevel=2)
    others: list[Item] = [*map(ClosedLoopItem, closed), *_swap_items(swaps, runs)]
    first = start_from_steps(start, terms, others, doubt) if doubt > _FAR and others else None

    def fit(part: Sequence[MeasuredRun], tell: Callable[[str], None]) -> CostFit:
        items: list[Item] = [*(RunItem.of(run, settings.seed) for run in part), *others]
        return fit_costs(
            start,
            terms,
            items,
            max_iterations=settings.max_iterations,
            doubt=doubt,
            first=first,
            progress=tell,
        )

    fitted = fit(fitted_to, progress)
    comparisons: list[Comparison] = []
    accuracy_on = "held-out runs"
    if held_out:
        progress("accuracy on the runs that were held out")
        comparisons.extend(_compared(held_out, fitted.profile))
    elif len(runs) <= FEW and settings.holdout and (len(runs) > 1 or others):
        accuracy_on = "runs held out in turn"
        for number, part in enumerate(turns(runs), start=1):
            progress(f"accuracy: fit {number} without the runs that it is reported on")
            rest = [run for run in runs if all(run is not other for other in part)]
            without = fit(rest, lambda _: None).profile
            comparisons.extend(_compared(part, without))
    else:
        accuracy_on = "the runs of the fit"
        comparisons.extend(_compared(fitted_to, fitted.profile))
    provenance = {
        "source": settings.source,
        "date": dt.date.today().isoformat(),
        "data_sha256": tables.fingerprint,
        "files": list(tables.files),
        "num_runs": len(fitted_to),
        "num_closed_loop_runs": len(closed),
        "seed": settings.seed,
        "standard_errors": {k: float(f"{v:.3g}") for k, v in fitted.standard_errors.items()},
        "kept_terms": [*settings.keep, *(term.key for term in fitted.untold)],
        **settings.gpu.sources,
        "accuracy_on": accuracy_on,
        "accuracy": _rounded(accuracy(comparisons).to_dict()),
    }
    profile = replace(fitted.profile, provenance=provenance, uncertainty=_uncertainty(comparisons))
    return Calibration(profile, replace(fitted, profile=profile))


def _doubt(settings: Settings) -> float:
    """How far the costs that the fit starts from may be off, beside what a GPU leaves open."""
    if settings.base is not None:
        return 0.0
    return prior_doubt(settings.architecture, settings.gpu, settings.engine_version)


def _compared(runs: Sequence[MeasuredRun], profile: ServingProfile) -> Iterator[Comparison]:
    return compare_runs(runs, lambda _: profile)


def _uncertainty(comparisons: Sequence[Comparison]) -> float:
    """Relative error of the throughput, of starved runs where there are any."""
    errors = [c.throughput_error for c in comparisons if c.run.starved]
    errors = errors or [c.throughput_error for c in comparisons]
    return float(f"{max(_LEAST_UNCERTAINTY, np.sqrt(np.mean(np.square(errors)))):.3g}")


def _terms(settings: Settings, runs: Sequence[MeasuredRun], any_swaps: bool) -> tuple[Term, ...]:
    """Terms to fit; those of adapter loads only where adapters were swapped."""
    keep = set(settings.keep)
    if not (any_swaps or any(run.max_loras < run.num_adapters for run in runs)):
        keep |= {"adapter_load.gpu", "adapter_load.gpu_per_rank"}
    return tuple(term for term in engine_terms(settings.engine_version) if term.key not in keep)


def _swaps(tables: Tables, settings: Settings) -> list[AdapterSwap]:
    if tables.swaps is None:
        return []
    return read_swaps(tables.swaps, settings.model, settings.engine_version)


def _swap_items(swaps: Sequence[AdapterSwap], runs: Sequence[MeasuredRun]) -> list[SwapItem]:
    """Swaps with the mean rank of the adapters that a run of the same engine served."""
    ranks = {(run.max_loras, run.max_lora_rank): run.ranks for run in runs if run.ranks}
    items = []
    for swap in swaps:
        served = ranks.get((swap.max_loras, swap.max_lora_rank), {swap.max_lora_rank: 1})
        mean = sum(rank * count for rank, count in served.items()) / sum(served.values())
        items.append(SwapItem(swap, mean))
    return items


def _rounded(figures: dict[str, float | None]) -> dict[str, float | None]:
    return {
        k: v if v is None or isinstance(v, int) or math.isnan(v) else round(v, 3)
        for k, v in figures.items()
    }
