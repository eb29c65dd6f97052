"""``python -m twin.calibrate RUNS_DIR --out PROFILE.yaml``: a serving profile of your own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from twin.calibrate.calibration import Calibration, Settings, calibrate
from twin.calibrate.tables import Tables, find_tables
from twin.calibrate.terms import TERMS
from twin.files.atomic_write import check_target, write_text
from twin.files.command_messages import print_error, print_table, print_warnings
from twin.files.errors import InputError, ToolkitError
from twin.gpu.datasheet import GPUS, gpu
from twin.gpu.read_profile import read_profile

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write; 0 if that was done, 2 if the input is wrong, 130 if interrupted."""
    arguments = _parser().parse_args(argv)
    messages = Console(stderr=True)
    try:
        check_target(arguments.out, "--out")
        with print_warnings(messages):
            tables = find_tables(arguments.runs_dir)
            result = calibrate(tables, _settings(arguments, tables), messages.print)
        text = yaml.safe_dump(result.profile.to_dict(), sort_keys=False, width=99)
        write_text(arguments.out, f"# {_title(result)}\n{text}")
    except (ToolkitError, OSError) as error:
        print_error(messages, error)
        return 2
    except KeyboardInterrupt:
        messages.print("interrupted; nothing was written")
        return 130
    _print(Console(), result, arguments.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m twin.calibrate",
        description="Fit a serving profile to measured runs, through the simulation. The folder "
        "holds tables of runs (CSV) or results of vllm bench serve --save-result (JSON), and "
        "where there are such, closed-loop runs, KV capacities and adapter load times.",
    )
    parser.add_argument("runs_dir", type=Path, metavar="RUNS_DIR", help="folder of measurements")
    parser.add_argument("--out", type=Path, required=True, metavar="PROFILE.yaml")
    parser.add_argument("--model", help="model to fit, where the tables have several")
    parser.add_argument("--engine-version", help="vLLM version, where they have several")
    parser.add_argument("--gpu", default="H100-64GB", help=f"one of {', '.join(GPUS)}")
    parser.add_argument("--name", help="name of the profile (default: that of the file)")
    parser.add_argument("--base", help="profile to start from, and to take kept terms from")
    parser.add_argument(
        "--keep", default="", metavar="TERM,...", help="terms that are taken from --base"
    )
    parser.add_argument("--source", default="", help="where the measurements come from")
    parser.add_argument(
        "--holdout", type=float, help="share of the runs to report the accuracy on (0.5)"
    )
    parser.add_argument(
        "--holdout-scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="scenario to report the accuracy on, instead of random runs; may be repeated",
    )
    parser.add_argument("--max-runs", type=int, help="runs to fit to, at most (80)")
    parser.add_argument("--max-iterations", type=int, help="of the nonlinear fit (8)")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def _settings(arguments: argparse.Namespace, tables: Tables) -> Settings:
    served = sorted({(run.model, run.engine_version) for run in tables.runs if run.usable})
    chosen = [
        (model, version)
        for model, version in served
        if arguments.model in (None, model) and arguments.engine_version in (None, version)
    ]
    if len(chosen) != 1:
        there = ", ".join(f"{model} on {version}" for model, version in served)
        raise InputError(
            "--model",
            "several fit" if chosen else "none fits",
            f"give --model and --engine-version; there are: {there}",
        )
    given = {
        name: getattr(arguments, name)
        for name in ("holdout", "max_runs", "max_iterations")
        if getattr(arguments, name) is not None
    }
    return Settings(
        name=arguments.name or arguments.out.stem,
        model=chosen[0][0],
        engine_version=chosen[0][1],
        gpu=gpu(arguments.gpu),
        base=None if arguments.base is None else read_profile(arguments.base),
        keep=tuple(filter(None, arguments.keep.split(","))),
        holdout_scenarios=tuple(arguments.holdout_scenario),
        seed=arguments.seed,
        source=arguments.source,
        **given,
    )


def _title(result: Calibration) -> str:
    profile = result.profile
    return f"{profile.model} on {profile.gpu}, {profile.engine_name} {profile.engine_version}"


def _print(console: Console, result: Calibration, path: Path) -> None:
    table = Table(title=_title(result), title_justify="left")
    table.add_column("term")
    table.add_column("value, s", justify="right")
    table.add_column("standard error", justify="right")
    for term in TERMS:
        key = f"{term.part}.{term.name}"
        value = getattr(getattr(result.profile, term.part), term.name)
        error = result.fit.standard_errors.get(key)
        table.add_row(key, f"{value:.4g}", "kept" if error is None else f"{error:.2g}")
    print_table(console, table)
    provenance = result.profile.provenance
    console.print(
        f"{result.fit.num_runs} runs, root mean square of the residuals "
        f"{result.fit.rms:.2f} standard deviations",
        highlight=False,
    )
    figures = ", ".join(f"{k} {v}" for k, v in provenance["accuracy"].items() if v is not None)
    console.print(f"accuracy on {provenance['accuracy_on']}: {figures}", highlight=False)
    console.print(f"written to {path}", highlight=False, soft_wrap=True)
