"""How far the shipped model is from the twin, and the twin under one seed from itself.

``python -m tests.benchmarks.twin_agreement NAME [NUMBER]`` draws scenarios from the whole domain
of the training that no training has seen, for the profile of that name, or with ``every-engine``
for an engine drawn for each, and simulates each under five seeds. The mean over the first four is
what the twin says; the fifth is what one simulation says.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.stats import qmc

from estimators.dataset.dataset import Dataset
from estimators.dataset.domain import NUM_DIMENSIONS, draw_scenario, relative_rate
from estimators.dataset.engines import draw_engine
from estimators.dataset.labels import simulate_labels
from estimators.features.engine_figures import EngineFigures
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.model.model_store import every_engine_model
from estimators.model.prediction import EVERY_ENGINE
from estimators.model.trained_model import TrainedModel
from estimators.training.assessment import assess, served_figures
from estimators.window import Window
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.validate.accuracy import macro_f1, mape, smape

__all__ = ["agreement", "simulated"]

FloatArray = NDArray[np.float64]
Row = tuple[float, FloatArray, FloatArray, FloatArray, FloatArray]

_SEED = 77  # trainings have others
_MOST_REQUESTS, _MOST_ADAPTERS = 120_000, 1000
_NUM_SEEDS = 4
_THRESHOLD = 0.9


def simulated(
    profile: ServingProfile | None, number: int, num_workers: int = -1
) -> tuple[Dataset, Dataset]:
    """What the twin says of a number of scenarios, and what it says under one seed.

    Parameters
    ----------
    profile : ServingProfile or None
        None for an engine drawn for each scenario.
    number : int
    num_workers : int
        Processes, as joblib has them.
    """
    sampler = qmc.Sobol(NUM_DIMENSIONS, seed=np.random.default_rng([_SEED, 0]))
    points = sampler.random_base2((number - 1).bit_length())[:number]
    jobs = (delayed(_row)(profile, point, k) for k, point in enumerate(points))
    rows: list[Row] = [row for row in Parallel(num_workers)(jobs) if row is not None]
    seconds, traffic, engines, many, one = (np.array(column) for column in zip(*rows, strict=True))

    def dataset(labels: FloatArray) -> Dataset:
        return Dataset(np.arange(len(rows)), seconds, traffic, engines, labels, {})

    return dataset(many), dataset(one)


def agreement(model: TrainedModel, truth: Dataset, single: Dataset) -> dict[str, dict[str, float]]:
    """Errors of a model, and of the twin under one seed."""
    shares = truth.label("served_share"), single.label("served_share")
    starved = [(d.label("starved_or_neglected") > 0.5).tolist() for d in (truth, single)]
    twin = served_figures(*shares, _THRESHOLD)
    twin["starvation_macro_f1"] = macro_f1(*starved)
    fine = shares[0] >= _THRESHOLD
    for name in ("ttft_mean", "tpot_mean"):
        for measure in (smape, mape):
            error = measure(truth.label(name)[fine], single.label(name)[fine])
            twin[f"{name}_{measure.__name__}_pct"] = error
    return {"model": assess(model, truth), "twin": twin}


def _row(profile: ServingProfile | None, point: FloatArray, number: int) -> Row | None:
    """Window, statistics, engine and two rows of labels; None if the engine does not start."""
    profile = profile or draw_engine(np.random.default_rng([_SEED, 4, number]))
    rng = np.random.default_rng([_SEED, 1, number])
    scenario = draw_scenario(point, profile, rng, _MOST_ADAPTERS)
    if scenario is None:
        return None
    candidate = scenario.candidate(scenario.capacity() * relative_rate(point), _MOST_REQUESTS)
    seconds = Window(scenario.seconds).seconds(candidate.rate)
    labels = [
        simulate_labels(
            candidate,
            (_SEED, stream, number),
            seconds=seconds,
            threshold=_THRESHOLD,
            num_requests=sys.maxsize,
            most_seeds=seeds,
        )
        for stream, seeds in ((2, _NUM_SEEDS), (3, 1))
    ]
    statistics = AdapterStatistics().of_adapters(candidate.adapters)
    return (
        seconds,
        statistics,
        EngineFigures(profile).of_config(candidate.config),
        labels[0],
        labels[1],
    )


def main() -> None:
    """Print the errors as JSON."""
    name, *number = sys.argv[1:]
    profile = None if name == EVERY_ENGINE else read_profile(name)
    figures = agreement(every_engine_model(), *simulated(profile, int(*number or (1024,))))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
