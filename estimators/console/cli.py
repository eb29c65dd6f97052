"""``python -m estimators``: train the model of all engines, or of one profile, on simulations.

Exit status: 0 trained, 2 wrong input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from estimators.console.config import TrainSettings, describe_keys, read_settings
from estimators.dataset.executors import Workers
from estimators.dataset.plan import DatasetPlan
from twin.engine.warm_up import warm_up
from twin.files.command_messages import plain_console, print_error, print_table, print_warnings
from twin.files.errors import ToolkitError
from twin.gpu.profile import ServingProfile

if TYPE_CHECKING:
    from estimators.training.comparison import LearnerFigures, SizeFigures
    from estimators.training.study import Study
    from estimators.training.train import Training

__all__ = ["main"]

_WIDTH = 140
_FIGURES = ("throughput SMAPE, %", "MAPE, %", "macro F1", "macro F1 near the edge")


def main(argv: Sequence[str] | None = None) -> int:
    """Train and print; 0 if that could be done, 2 if the input is wrong, 130 if interrupted."""
    arguments = _parser().parse_intermixed_args(argv)
    messages = plain_console(stderr=True)
    try:
        settings, profile = read_settings(arguments.overrides, arguments.config_dir)
        with print_warnings(messages):
            training, found = _train(settings, profile, messages)
    except KeyboardInterrupt:
        messages.print("interrupted; the same command goes on from here")
        return 130
    except (ToolkitError, OSError) as error:
        print_error(messages, error)
        return 2
    console = plain_console(width=None if sys.stdout.isatty() else _WIDTH)
    _print_accuracy(console, training)
    if found is not None:
        _print_study(console, found)
    console.print(f"model: {training.path}", soft_wrap=True, highlight=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m estimators",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train a model on simulations, compare and save it: that of every engine, on "
        "engines drawn at random, or with profile=NAME that of one profile alone.",
        epilog="profile=NAME chooses one of the profiles that come with the package, or "
        "DIR/profile/NAME.yaml with --config-dir DIR.\n\n"
        f"keys and their defaults:\n{describe_keys()}\n\n"
        "An interrupted run goes on where it was when it is started again.",
    )
    parser.add_argument(
        "overrides", nargs="*", metavar="KEY=VALUE", help="changes to the configuration"
    )
    parser.add_argument(
        "--config-dir", type=Path, metavar="DIR", help="folder with options of your own"
    )
    return parser


def _train(
    settings: TrainSettings, profile: ServingProfile | None, messages: Console
) -> tuple[Training, Study | None]:
    # What trains takes long to import, and help and mistakes do not need it.
    from estimators.dataset.engines import draw_engine
    from estimators.training.study import study
    from estimators.training.train import train

    plan = DatasetPlan(
        profile,
        settings.num_scenarios,
        settings.num_edge_scenarios,
        settings.most_requests,
        settings.most_adapters,
        settings.seed,
        settings.starvation_threshold,
    )
    workers = Workers(settings.executor, settings.num_workers, settings.scheduler)
    folder = Path(settings.output_dir or Path("outputs", "estimators", plan.name))
    with messages.status("loading the engine simulation; the first run compiles it"):
        warm_up(profile or draw_engine(np.random.default_rng(0)))
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=messages,
        disable=not messages.is_terminal,
    )

    def watch(label: str, total: int, steps: Iterator[int]) -> Iterator[int]:
        task = progress.add_task(f"scenarios: {label}", total=total)
        for done in steps:
            progress.advance(task, done)
            yield done

    def report(text: str) -> None:
        messages.print(f"{plan.name}: {text}", highlight=False)

    with progress:
        training = train(plan, folder, workers=workers, watch=watch, report=report)
    return training, study(training, report) if settings.compare else None


def _print_accuracy(console: Console, training: Training) -> None:
    from twin.validate.accuracy import DEFINITIONS

    title = "Accuracy on scenarios that were left out"
    table = _table(title, "figure", *training.accuracy)
    for figure in next(iter(training.accuracy.values())):
        cells = (part[figure] for part in training.accuracy.values())
        table.add_row(figure, *("-" if cell is None else f"{cell:.4g}" for cell in cells))
    print_table(console, table)
    console.print("; ".join(DEFINITIONS.values()), highlight=False)


def _print_study(console: Console, found: Study) -> None:
    learners = _table("Kinds of models, cross-validated by scenario", "kind", *_FIGURES)
    learners.add_column("fit, s", justify="right")
    learners.add_column("predict, µs", justify="right")
    for kind in found.learners:
        times = (f"{kind.fit_seconds:.2f}", f"{kind.us_per_row:.2f}")
        learners.add_row(kind.name, *_cells(kind), *times)
    console.print(learners)
    curve = _table("Error against the size of the dataset", "rows", *_FIGURES)
    for size in found.sizes:
        curve.add_row(str(size.rows), *_cells(size))
    console.print(curve)
    shares = _table("Most important features, % of the gain", "output", *"12345")
    for output, importances in found.importances.items():
        first = list(importances.items())[:5]
        shares.add_row(output, *(f"{name} {100 * share:.0f}" for name, share in first))
    console.print(shares)


def _cells(figures: LearnerFigures | SizeFigures) -> list[str]:
    values = (
        figures.throughput_smape_pct,
        figures.throughput_mape_pct,
        figures.engine_macro_f1,
        figures.band_macro_f1,
    )
    return [f"{value:.4g}" for value in values]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index else "left")
    return table
