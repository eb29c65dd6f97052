"""What is written about a training beside the model: comparisons, learning curve, explanation."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from estimators.training.comparison import (
    LearnerFigures,
    SizeFigures,
    compare_learners,
    learning_curve,
)
from estimators.training.explanation import (
    Surrogate,
    draw_surrogate,
    explain,
    feature_importances,
)
from estimators.training.train import Training
from twin.files.atomic_write import write_bytes, write_text

__all__ = ["Study", "draw_learning_curve", "study"]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What there is to know about a training.

    Parameters
    ----------
    learners : list of LearnerFigures
    sizes : list of SizeFigures
    importances : dict of str to dict
        See `estimators.training.explanation.feature_importances`.
    surrogate : Surrogate
    """

    learners: list[LearnerFigures]
    sizes: list[SizeFigures]
    importances: dict[str, dict[str, float]]
    surrogate: Surrogate


def study(training: Training, report: Callable[[str], None] = lambda _: None) -> Study:
    """Compare kinds of models and sizes of the dataset, and explain the model.

    ``study.json`` and ``surrogate.txt`` are written beside the model; ``surrogate.png`` and
    ``learning_curve.png`` too, where matplotlib is installed.

    Parameters
    ----------
    training : Training
    report : callable
        Gets what is being done.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    table, model, folder = training.table, training.model, training.path.parent
    report("comparing kinds of models")
    learners = compare_learners(table)
    report("learning curve")
    sizes = learning_curve(table)
    report("explanation")
    result = Study(learners, sizes, feature_importances(table), explain(model, table))
    document = {
        "learners": [asdict(figures) for figures in learners],
        "learning_curve": [asdict(figures) for figures in sizes],
        "importances": result.importances,
        "surrogate": {
            "fidelity": result.surrogate.fidelity,
            "macro_f1": result.surrogate.macro_f1,
        },
    }
    write_text(folder / "study.json", json.dumps(document, indent=1) + "\n")
    write_text(folder / "surrogate.txt", result.surrogate.text)
    _draw(result, folder, report)
    return result


def _draw(result: Study, folder: Path, report: Callable[[str], None]) -> None:
    try:
        pictures = {
            "surrogate.png": draw_surrogate(result.surrogate),
            "learning_curve.png": draw_learning_curve(result.sizes),
        }
    except ImportError:
        report("no pictures: matplotlib is not installed (pip install 'lora-placer[report]')")
        return
    for name, picture in pictures.items():
        write_bytes(folder / name, picture)


def draw_learning_curve(sizes: Sequence[SizeFigures]) -> bytes:
    """Picture of the error against the rows of the dataset as PNG; needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    rows = [size.rows for size in sizes]
    axes.plot(rows, [size.throughput_smape_pct for size in sizes], "o-", color="tab:blue")
    axes.set(xscale="log", xlabel="rows of the dataset", ylabel="throughput SMAPE, %")
    right = axes.twinx()
    right.plot(rows, [size.band_macro_f1 for size in sizes], "s--", color="tab:orange")
    right.set(ylabel="macro F1 near the edge of starvation")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    return buffer.getvalue()
