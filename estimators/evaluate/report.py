"""What an evaluation prints and writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from twin.files.command_messages import print_table
from twin.validate.accuracy import DEFINITIONS
from twin.validate.comparison import Comparison
from twin.validate.report import validation_document

__all__ = ["Speeds", "evaluation_document", "print_evaluation"]

_ACCURACY = (
    "throughput_smape_pct",
    "throughput_mape_pct",
    "tpot_smape_pct",
    "tpot_mape_pct",
    "ttft_smape_pct",
    "ttft_mape_pct",
    "starvation_macro_f1",
    "memory_error_accuracy",
)

_GROUPS = {"throughput": "all", "tpot": "all", "ttft": "not_starved"}


@dataclass(frozen=True, slots=True)
class Speeds:
    """µs for each engine on one core, in batches of 256 and one by one.

    Parameters
    ----------
    us_per_row_batch256, us_single : float
        The estimator: adding an adapter, features, all outputs, and conversion of the result.
    lightgbm_us_per_row_batch256, lightgbm_us_single : float
        LightGBM's predict of trees of the same number and size, without anything around it.
    scikit_learn_us_per_row_batch256, scikit_learn_us_single : float
        The same of a random forest of scikit-learn.
    """

    us_per_row_batch256: float
    us_single: float
    lightgbm_us_per_row_batch256: float
    lightgbm_us_single: float
    scikit_learn_us_per_row_batch256: float
    scikit_learn_us_single: float


def evaluation_document(comparisons: Sequence[Comparison], speeds: Speeds) -> dict[str, Any]:
    """Plain data of the JSON file.

    Returns
    -------
    dict
        ``n`` usable runs; over them ``throughput_smape_pct`` and ``tpot_smape_pct``, and
        ``ttft_smape_pct`` over those that do not starve and whose front end kept up; the same with
        ``mape``, as most systems publish them (`twin.validate.accuracy.mape`);
        ``starvation_macro_f1`` without the runs too close to tell; ``memory_error_accuracy`` over
        all runs; the same for each model under ``models``; and the fields of `Speeds`.
    """
    full = validation_document(comparisons)
    models = {name: _accuracy(part) for name, part in full["models"].items()}
    return {**_accuracy(full), **asdict(speeds), "models": models}


def _accuracy(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "n": figures["all"]["n"],
        **{
            f"{name}_{measure}_pct": figures[group][f"{name}_{measure}_pct"]
            for name, group in _GROUPS.items()
            for measure in ("smape", "mape")
        },
        "starvation_macro_f1": figures["starvation_macro_f1"],
        "memory_error_accuracy": figures["memory_error_accuracy"],
    }


def print_evaluation(console: Console, document: dict[str, Any]) -> None:
    """Print the errors by model, and the times beside those of the libraries.

    Parameters
    ----------
    console : rich.console.Console
    document : dict
        As `evaluation_document` makes it.
    """
    table = _table("Against measured runs (TTFT: of those that do not starve)", "runs", "n")
    for name in _ACCURACY:
        table.add_column(name.replace("_", " "), justify="right")
    for name, part in {**document["models"], "all": document}.items():
        cells = ("-" if part[key] is None else f"{part[key]:.4g}" for key in _ACCURACY)
        table.add_row(name, str(part["n"]), *cells)
    print_table(console, table)
    console.print("; ".join(DEFINITIONS.values()), highlight=False)
    times = _table("µs for each engine, on one core", "who", "in batches of 256", "single")
    for name, prefix in (
        ("estimator, everything", ""),
        ("LightGBM, predict", "lightgbm_"),
        ("scikit-learn, predict", "scikit_learn_"),
    ):
        keys = (f"{prefix}us_per_row_batch256", f"{prefix}us_single")
        times.add_row(name, *(f"{document[key]:.4g}" for key in keys))
    console.print(times)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index else "left")
    return table
