"""calibrate: from tables of measurements to a serving profile."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.calibrate.adapter_load_fit import fit_adapter_load
from twin.calibrate.cost_fit import CostFit, fit_costs
from twin.calibrate.tables import Tables
from twin.calibrate.terms import TERMS, Term
from twin.files.errors import InputError
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.datasheet import Gpu
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.engines import capacity_model, engine_generation
from twin.gpu.memory.fit import fit_kv_capacity
from twin.gpu.memory.known_models import known_model, known_model_key
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.profile import ServingProfile
from twin.gpu.step_time import StepTime
from twin.measured.run import MeasuredRun
from twin.validate.accuracy import accuracy
from twin.validate.comparison import compare_runs

__all__ = ["Calibration", "Settings", "calibrate"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the tables do not tell, and how the fit goes.

    Parameters
    ----------
    name : str
        Of the new profile.
    model, engine_version : str
        Rows of the tables to use.
    gpu : Gpu
        Measured GPU type.
    base : ServingProfile or None
        Profile that the terms in ``keep`` are taken from, and that the fit starts from.
    keep : tuple of str
        Terms that are not fitted, by ``part.name``.
    holdout : float
        Share of the runs that is kept from the fit, to report the accuracy on, in [0, 1).
    holdout_scenarios : tuple of str
        Scenarios that are kept from the fit instead, to report the accuracy on.
    max_runs : int
        Runs that the costs are fitted to, at most.
    max_iterations : int
        Of the nonlinear fit.
    seed : int
        Of the choice of runs, and of the requests in them.
    source : str
        Where the measurements come from, for the record.
    """

    name: str
    model: str
    engine_version: str
    gpu: Gpu
    base: ServingProfile | None = None
    keep: tuple[str, ...] = ()
    holdout: float = 0.5
    holdout_scenarios: tuple[str, ...] = ()
    max_runs: int = 80
    max_iterations: int = 8
    seed: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.holdout < 1:
            raise InputError("holdout", f"{self.holdout!r} is not in [0, 1)")
        for key in ("max_runs", "max_iterations"):
            if getattr(self, key) < 1:
                raise InputError(key, f"{getattr(self, key)} is below 1")
        if self.seed < 0:
            raise InputError("seed", f"{self.seed} is negative", "0 or more")
        known = {f"{term.part}.{term.name}" for term in TERMS}
        for name in self.keep:
            if name not in known:
                accepted = f"accepted: {', '.join(sorted(known))}"
                raise InputError("keep", f"{name!r} is no term", accepted)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A new profile, and how its costs were fitted."""

    profile: ServingProfile
    fit: CostFit


def calibrate(
    tables: Tables, settings: Settings, progress: Callable[[str], None] = lambda _: None
) -> Calibration:
    """Fit a serving profile.

    KV capacity and adapter loads are fitted to their own tables where there are such; then the
    costs of a step, of loads and of the front end to the runs, through the simulation.

    Parameters
    ----------
    tables : Tables
    settings : Settings
    progress : callable
        Told in a few words how far it is.

    Raises
    ------
    InputError
        If no usable run is of this model and version, or the runs do not tell a term.
    """
    runs = [run for run in tables.runs if run.usable and _is_of(run, settings)]
    if not runs:
        there = sorted({f"{run.model} on {run.engine_version}" for run in tables.runs})
        raise InputError(
            "runs",
            f"no usable run is of {settings.model} on {settings.engine_version}",
            f"there are: {', '.join(there)}",
        )
    start = _start(tables, settings, runs)
    fitted_to, held_out = _split(runs, settings)
    closed_loop = [run for run in tables.closed_loop if _is_of(run, settings)]
    terms = _terms(settings, fitted_to)
    fit = fit_costs(
        start,
        terms,
        fitted_to,
        closed_loop,
        seed=settings.seed,
        max_iterations=settings.max_iterations,
        progress=progress,
    )
    progress("accuracy on the runs that were held out" if held_out else "accuracy")
    profile = fit.profile
    comparisons = list(compare_runs(held_out or fitted_to, lambda _: profile))
    errors = accuracy(comparisons)
    provenance = {
        "source": settings.source,
        "date": dt.date.today().isoformat(),
        "data_sha256": tables.fingerprint,
        "files": list(tables.files),
        "num_runs": len(fitted_to),
        "num_closed_loop_runs": len(closed_loop),
        "seed": settings.seed,
        "standard_errors": {k: float(f"{v:.3g}") for k, v in fit.standard_errors.items()},
        "kept_terms": list(settings.keep),
        **settings.gpu.sources,
        "accuracy_on": "held-out runs" if held_out else "the runs of the fit",
        "accuracy": _rounded(errors.to_dict()),
    }
    scatter = [c.throughput_error for c in comparisons if c.run.starved] or [0.0]
    uncertainty = float(f"{np.sqrt(np.mean(np.square(scatter))):.3g}")
    return Calibration(replace(profile, provenance=provenance, uncertainty=uncertainty), fit)


def _split(
    runs: Sequence[MeasuredRun], settings: Settings
) -> tuple[list[MeasuredRun], list[MeasuredRun]]:
    """Runs of the fit, and runs that are held out."""
    order = np.random.default_rng(settings.seed).permutation(len(runs))
    if settings.holdout_scenarios:
        known = {run.scenario for run in runs}
        for name in settings.holdout_scenarios:
            if name not in known:
                accepted = f"there are: {', '.join(sorted(known))}"
                raise InputError("holdout_scenarios", f"{name!r} is no scenario", accepted)
        kept_out = {i for i in order if runs[i].scenario in settings.holdout_scenarios}
    else:
        kept_out = set(order[: round(settings.holdout * len(runs))])
    fitted_to = [i for i in order if i not in kept_out][: settings.max_runs]
    if not fitted_to:
        raise InputError("holdout", "no run is left to fit to", "hold out fewer")
    return [runs[i] for i in sorted(fitted_to)], [runs[i] for i in sorted(kept_out)]


def _is_of(run: Any, settings: Settings) -> bool:
    return (run.model, run.engine_version) == (settings.model, settings.engine_version)


def _terms(settings: Settings, runs: Sequence[MeasuredRun]) -> tuple[Term, ...]:
    """Terms to fit; those of adapter loads only where adapters were swapped."""
    keep = set(settings.keep)
    if not any(run.max_loras < run.num_adapters for run in runs):
        keep.add("adapter_load.gpu")
    return tuple(term for term in TERMS if f"{term.part}.{term.name}" not in keep)


def _start(tables: Tables, settings: Settings, runs: Sequence[MeasuredRun]) -> ServingProfile:
    """Profile with everything but the costs that are fitted to runs."""
    base, gpu = settings.base, settings.gpu
    architecture = base.kv_capacity_model.architecture if base else known_model(settings.model)
    v0 = engine_generation(settings.engine_version) == 0
    max_num_seqs = max((run.max_num_seqs for run in runs), default=0) or 256
    ranks = [run.max_lora_rank for run in runs]
    ranks += [run.max_lora_rank for run in tables.closed_loop if _is_of(run, settings)]
    start = ServingProfile(
        name=settings.name,
        model=settings.model,
        gpu=gpu.name,
        engine_name="vllm",
        engine_version=settings.engine_version,
        scheduler="v0" if v0 else "v1",
        max_model_len=architecture.max_model_len,
        largest_rank=max(ranks),
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=max(2048, max_num_seqs),
        block_size=16,
        step_time=base.step_time if base else StepTime(0.0, 0.0, 0.0),
        adapter_load=base.adapter_load if base else AdapterLoad(0.0),
        kv_capacity_model=_kv_capacity(tables, settings, architecture),
        price_per_hour=gpu.price_per_hour,
        idle_watts=gpu.idle_watts,
        busy_watts=gpu.busy_watts,
    )
    if base is not None:
        start = replace(start, front_end=base.front_end, model_id=base.model_id)
    if tables.adapter_load is not None:
        loads = fit_adapter_load(tables.adapter_load, settings.model, settings.engine_version)
        if loads is not None:
            start = replace(start, adapter_load=loads)
    return start


def _kv_capacity(
    tables: Tables, settings: Settings, architecture: Architecture
) -> KvCapacityModel:
    if tables.kv_capacity is not None:
        model, _ = fit_kv_capacity(
            tables.kv_capacity,
            settings.model,
            settings.engine_version,
            gpu_memory_bytes=settings.gpu.memory_bytes,
            architecture=architecture,
        )
        return model
    if settings.base is not None:
        return settings.base.kv_capacity_model.scaled(settings.gpu.memory_gib)
    return capacity_model(
        architecture,
        settings.gpu.memory_bytes,
        0.9,
        settings.engine_version,
        known_model_key(settings.model),
    )


def _rounded(figures: dict[str, float | None]) -> dict[str, float | None]:
    return {
        k: v if v is None or isinstance(v, int) or math.isnan(v) else round(v, 3)
        for k, v in figures.items()
    }
