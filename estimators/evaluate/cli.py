"""``python -m estimators.evaluate RUNS.csv``: how far trained models are from measured runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from estimators.evaluate.benchmark_run import run_adapters
from estimators.evaluate.comparison import compare_runs
from estimators.evaluate.library_speed import Measurement, lightgbm_speed, scikit_learn_speed
from estimators.evaluate.report import Speeds, evaluation_document, print_evaluation
from estimators.evaluate.speed import measure_speed
from estimators.evaluate.wrong_verdicts import WrongVerdict, print_wrong_verdicts, wrong_verdicts
from estimators.features.engine_figures import KV_TOKENS
from estimators.features.features import feature_rows
from estimators.ml_backed import MLEstimator
from estimators.model.predictor import Predictor
from estimators.starvation import PAPER_RULE
from estimators.window import USUAL_WINDOW
from twin.files.atomic_write import write_text
from twin.files.command_messages import plain_console, print_error, print_warnings, show_steps
from twin.files.errors import InputError, ToolkitError
from twin.measured.run import MeasuredRun
from twin.measured.run_table import REQUIRED_COLUMNS, read_runs
from twin.validate.arguments import add_run_arguments
from twin.validate.matching import match_profiles

__all__ = ["main"]

_ROUNDS = 12
_WIDTH = 140


def main(argv: Sequence[str] | None = None) -> int:
    """Compare and print; 0 if that could be done, 2 if the input is wrong, 130 if interrupted."""
    arguments = _parser().parse_args(argv)
    messages = plain_console(stderr=True)
    try:
        with print_warnings(messages):
            document, wrong = _evaluate(arguments, messages)
        if arguments.json is not None:
            write_text(arguments.json, json.dumps(document, indent=1) + "\n")
    except KeyboardInterrupt:
        messages.print("interrupted")
        return 130
    except (ToolkitError, OSError) as error:
        print_error(messages, error)
        return 2
    console = plain_console(width=None if sys.stdout.isatty() else _WIDTH)
    print_evaluation(console, document)
    if wrong is not None:
        print_wrong_verdicts(console, wrong)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m estimators.evaluate",
        description="Predict measured runs with trained models, and print how far they are from "
        f"them. The table needs the columns {', '.join(REQUIRED_COLUMNS)}; the rules for usable "
        "rows are those of python -m twin.validate.",
    )
    add_run_arguments(parser)
    parser.add_argument(
        "--model",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="file of a model to use beside those that come with the package; may be repeated",
    )
    parser.add_argument(
        "--wrong-verdicts",
        action="store_true",
        help="list the runs of which the model errs on whether they starve, with what the twin "
        "says and how far they are from the threshold; these runs are simulated",
    )
    return parser


def _evaluate(
    arguments: argparse.Namespace, messages: Console
) -> tuple[dict[str, object], list[WrongVerdict] | None]:
    """The document of the JSON file, and the wrong verdicts where they are asked for."""
    runs = read_runs(arguments.runs)
    matched, profile_of = match_profiles(runs, arguments.profile)
    kept = [run for run in matched if run.max_loras]
    if not kept:
        raise InputError(str(arguments.runs), "no run has adapters", "max_loras of 1 or more")
    if left := len(runs) - len(kept):
        messages.print(
            f"{left} of {len(runs)} runs are left out: not usable, no profile fits, or no adapters"
        )
    estimator = MLEstimator(models=tuple(map(str, arguments.model)))
    predictors = {id(p): estimator.predictor(p, PAPER_RULE) for p in map(profile_of, kept)}

    def predictor_of(run: MeasuredRun) -> Predictor:
        return predictors[id(profile_of(run))]

    watched = show_steps(
        messages,
        "predicting",
        compare_runs(kept, predictor_of, max_in_system=arguments.max_in_system),
        len(kept),
    )
    comparisons = list(watched)
    with messages.status("measuring times"):
        speeds = _measure(kept, predictor_of)
    document = evaluation_document(comparisons, speeds)
    if not arguments.wrong_verdicts:
        return document, None
    found = wrong_verdicts(comparisons, profile_of, max_in_system=arguments.max_in_system)
    with messages.status("simulating"):
        wrong = list(found)
    return {**document, "wrong_verdicts": [w.to_dict() for w in wrong]}, wrong


def _measure(
    runs: Sequence[MeasuredRun], predictor_of: Callable[[MeasuredRun], Predictor]
) -> Speeds:
    """Times on the traffic of the profile that most runs have, the best of some rounds."""
    by_predictor: dict[int, list[MeasuredRun]] = {}
    for run in runs:
        if run.usable:
            by_predictor.setdefault(id(predictor_of(run)), []).append(run)
    if not by_predictor:
        raise InputError("runs", "none is usable", "rows with outcome ok")
    chosen = max(by_predictor.values(), key=len)
    predictor = predictor_of(chosen[0])
    engines = np.array([predictor.engine(r.engine_config(predictor.profile)) for r in chosen])
    traffic = np.array([predictor.traffic(run_adapters(run)) for run in chosen])
    adapter = predictor.statistics(run_adapters(chosen[0])[0])
    trees = predictor.model.trees
    starts = engines[:, KV_TOKENS] > 0
    rows, _ = feature_rows(
        traffic[starts], engines[starts], np.full(starts.sum(), USUAL_WINDOW.duration)
    )
    measurements: list[Measurement] = [
        lambda: measure_speed(predictor, traffic, engines, adapter),
        lightgbm_speed(trees, rows),
        scikit_learn_speed(trees, rows),
    ]
    # In turn, so that what else the machine does for a second disturbs none more than the others.
    rounds = [[time for measure in measurements for time in measure()] for _ in range(_ROUNDS)]
    return Speeds(*map(min, zip(*rounds, strict=True)))
