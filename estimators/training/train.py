"""Training from nothing: simulate, fit, assess on what was left out, and save."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators.dataset.dataset import Dataset
from estimators.dataset.executors import LOCAL, Workers
from estimators.dataset.generation import Watch, generate, unwatched
from estimators.dataset.plan import DatasetPlan
from estimators.model.model_file import write_model
from estimators.model.trained_model import TrainedModel
from estimators.training.assessment import assess
from estimators.training.fit import fit_model
from estimators.training.folds import scenario_folds
from estimators.training.table import TrainingTable
from twin.files.atomic_write import write_text

__all__ = ["Training", "train"]

_HELD_OUT = 6  # one of so many scenarios is left out for the assessment


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What came out of a training.

    Parameters
    ----------
    path : Path
        File of the model.
    model : TrainedModel
        Trained on all rows.
    table : TrainingTable
        All rows.
    accuracy : dict
        By part of the held-out rows, ``random`` and ``all``, the figures of
        `estimators.training.assessment.assess` for a model that has not seen them.
    """

    path: Path
    model: TrainedModel
    table: TrainingTable
    accuracy: dict[str, dict[str, float | None]]


def train(
    plan: DatasetPlan,
    folder: Path | str,
    *,
    workers: Workers = LOCAL,
    watch: Watch = unwatched,
    report: Callable[[str], None] = lambda _: None,
) -> Training:
    """Make the dataset of a plan, train on it, and write model, dataset and accuracy.

    A run that was interrupted goes on where it was, if folder and plan are the same.

    Parameters
    ----------
    plan : DatasetPlan
    folder : Path or str
        Gets ``PROFILE.model``, ``dataset.parquet``, ``accuracy.json`` and ``parts/``.
    workers, watch
        As for `estimators.dataset.generation.generate`.
    report : callable
        Gets what is being done.

    Raises
    ------
    InputError
        If the executor cannot be had, or no scenario's engine starts.
    OSError
        If a file cannot be written.
    """
    folder = Path(folder)

    def fit(dataset: Dataset) -> TrainedModel:
        return fit_model(TrainingTable.of(dataset))

    report("simulating")
    dataset = generate(plan, folder / "parts", fit, workers=workers, watch=watch)
    dataset.write(folder / "dataset.parquet")
    table = TrainingTable.of(dataset)
    report(f"training on {len(dataset)} rows")
    held_out = scenario_folds(dataset.scenario, _HELD_OUT) == 0
    without = fit_model(table.take(~held_out))
    parts = {"random": held_out & (dataset.scenario < plan.num_scenarios), "all": held_out}
    accuracy = {name: _plain(assess(without, dataset.take(rows))) for name, rows in parts.items()}
    provenance: dict[str, Any] = {
        **dataset.provenance,
        "num_rows": len(dataset),
        "accuracy": accuracy,
    }
    model = fit_model(table, provenance=provenance)
    path = folder / f"{plan.name}.model"
    write_model(path, model)
    write_text(folder / "accuracy.json", json.dumps(accuracy, indent=1) + "\n")
    return Training(path, model, table, accuracy)


def _plain(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in figures.items()}
