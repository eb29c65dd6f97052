"""Making a dataset: simulations from all over the domain, and from where the verdict is close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from estimators.base import Candidate
from estimators.dataset.dataset import Dataset
from estimators.dataset.domain import NUM_DIMENSIONS, draw_scenario, relative_rate
from estimators.dataset.edge import EdgeModel, edge_rates
from estimators.dataset.engines import draw_engine
from estimators.dataset.executors import LOCAL, Workers, run_jobs
from estimators.dataset.labels import LABELS, simulate_labels
from estimators.dataset.plan import DatasetPlan
from estimators.features.engine_figures import NUM_FIGURES, EngineFigures
from estimators.features.traffic_statistics import NUM_STATISTICS, AdapterStatistics
from estimators.window import Window
from twin.files.errors import InputError

__all__ = ["Watch", "generate", "unwatched"]

FloatArray = NDArray[np.float64]

_CHUNK = 32  # scenarios that are simulated, and kept, together
_ROUGHLY = (2_500, 4)  # requests to simulate at least for a row, and seeds at most
_PRECISELY = (8_000, 4)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Scenarios of one part of a dataset that are simulated together."""

    plan: DatasetPlan
    points: FloatArray
    first: int
    model: EdgeModel | None


Watch = Callable[[str, int, Iterator[int]], Iterator[int]]
"""Gets a label, a total and an iterator over what is done, and hands that on."""


def unwatched(label: str, total: int, steps: Iterator[int]) -> Iterator[int]:
    """Nobody looks."""
    return steps


def generate(
    plan: DatasetPlan,
    folder: Path | str,
    fit: Callable[[Dataset], EdgeModel],
    *,
    workers: Workers = LOCAL,
    watch: Watch = unwatched,
) -> Dataset:
    """Simulate all scenarios of a plan that have not been simulated before.

    Parts that are done are kept in the folder, so that an interrupted run goes on where it was.
    The result depends on the plan only.

    Parameters
    ----------
    plan : DatasetPlan
    folder : Path or str
        Where the parts are kept.
    fit : callable
        Makes a model from the first part, which tells where the edge is.
    workers : Workers
        Who simulates.
    watch : callable
        Gets a label, the number of scenarios, and an iterator over those done; to show progress.

    Raises
    ------
    InputError
        If no scenario's engine starts.
    """
    folder = Path(folder)
    sampler = qmc.Sobol(NUM_DIMENSIONS, seed=np.random.default_rng([plan.seed, 0]))
    points = _points(sampler, plan.num_scenarios + plan.num_edge_scenarios)

    def part(label: str, first: int, last: int, model: EdgeModel | None) -> Dataset:
        chunks = [
            _Chunk(plan, points[k : min(last, k + _CHUNK)], k, model)
            for k in range(first, last, _CHUNK)
        ]
        paths = [folder / f"{label}-{chunk.first:06d}.parquet" for chunk in chunks]
        known = [_read(path, plan.provenance) for path in paths]
        missing = [k for k, dataset in enumerate(known) if dataset is None]

        def steps() -> Iterator[int]:
            yield sum(len(c.points) for c, d in zip(chunks, known, strict=True) if d is not None)
            jobs = [(chunks[k],) for k in missing]
            made = run_jobs(_simulate, jobs, workers)
            for k, dataset in zip(missing, made, strict=True):
                dataset.write(paths[k])
                known[k] = dataset
                yield len(chunks[k].points)

        for _ in watch(label, last - first, steps()):
            pass
        return Dataset.concatenate([dataset for dataset in known if dataset is not None])

    domain = part("domain", 0, plan.num_scenarios, None)
    if not len(domain):
        raise InputError(f"profile {plan.name}", "no engine of it starts")
    if not plan.num_edge_scenarios:
        return domain
    last = plan.num_scenarios + plan.num_edge_scenarios
    return Dataset.concatenate([domain, part("edge", plan.num_scenarios, last, fit(domain))])


def _points(sampler: qmc.Sobol, number: int) -> FloatArray:
    """The first points of a Sobol sequence, which comes in powers of two."""
    points: FloatArray = sampler.random_base2(max(0, (number - 1).bit_length()))
    return np.minimum(points[:number], np.nextafter(1.0, 0.0))


def _read(path: Path, provenance: dict[str, str]) -> Dataset | None:
    """A part that an earlier run of the same plan has left."""
    if not path.is_file():
        return None
    try:
        dataset = Dataset.read(path)
    except InputError:
        return None
    return dataset if dataset.provenance == provenance else None


def _simulate(chunk: _Chunk) -> Dataset:
    plan = chunk.plan
    num_requests, most_seeds = _ROUGHLY if chunk.model is None else _PRECISELY
    numbers: list[int] = []
    windows: list[float] = []
    statistics: list[FloatArray] = []
    engines: list[FloatArray] = []
    labels: list[FloatArray] = []
    for number, point in enumerate(chunk.points, chunk.first):
        rng = np.random.default_rng([plan.seed, 1, number])
        profile = plan.profile or draw_engine(np.random.default_rng([plan.seed, 3, number]))
        scenario = draw_scenario(point, profile, rng, plan.most_adapters)
        if scenario is None:
            continue
        if chunk.model is None:
            rates = [scenario.capacity() * relative_rate(point)]
        else:
            rates = edge_rates(scenario, chunk.model, rng)
        for k, rate in enumerate(rates):
            candidate: Candidate = scenario.candidate(rate, plan.most_requests)
            seconds = Window(scenario.seconds).seconds(candidate.rate)
            numbers.append(number)
            windows.append(seconds)
            statistics.append(AdapterStatistics().of_adapters(candidate.adapters))
            engines.append(EngineFigures(profile).of_config(candidate.config))
            labels.append(
                simulate_labels(
                    candidate,
                    (plan.seed, 2, number, k),
                    seconds=seconds,
                    threshold=plan.starvation_threshold,
                    num_requests=num_requests,
                    most_seeds=most_seeds,
                )
            )
    return Dataset(
        np.array(numbers, np.int64),
        np.array(windows, np.float64),
        np.array(statistics).reshape(-1, NUM_STATISTICS),
        np.array(engines).reshape(-1, NUM_FIGURES),
        np.array(labels).reshape(-1, len(LABELS)),
        plan.provenance,
    )
