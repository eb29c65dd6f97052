"""``python -m twin.calibrate RUNS_DIR --out PROFILE.yaml``: a serving profile of your own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from twin.calibrate.calibration import Calibration, calibrate
from twin.calibrate.engine_terms import engine_terms
from twin.calibrate.measured_gpu import measured_gpu, measured_gpus
from twin.calibrate.settings import Settings
from twin.calibrate.tables import Tables, find_tables
from twin.calibrate.terms import term_value
from twin.files.atomic_write import check_target, write_text
from twin.files.command_messages import plain_console, print_error, print_table, print_warnings
from twin.files.errors import InputError, ToolkitError
from twin.gpu.datasheet import GPUS, Gpu
from twin.gpu.engine_defaults import engine_defaults
from twin.gpu.memory.architecture import Architecture
from twin.gpu.memory.hugging_face import architecture_from_config
from twin.gpu.memory.known_models import known_model
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write; 0 if that was done, 2 if the input is wrong, 130 if interrupted."""
    arguments = _parser().parse_args(argv)
    messages = plain_console(stderr=True)
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
    _print(plain_console(), result, arguments.out)
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
    parser.add_argument(
        "--model-config",
        type=Path,
        metavar="CONFIG.json",
        help="Hugging Face configuration of the model, where the package does not know it",
    )
    parser.add_argument("--model-id", default="", help="what vllm serve takes for the model")
    parser.add_argument("--gpu", help=f"where the tables do not say it: {', '.join(GPUS)}")
    parser.add_argument(
        "--tensor-parallel-size",
        type=int,
        metavar="N",
        help="GPUs of each engine, where the table of KV capacities does not say it (1)",
    )
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
    parser.add_argument("--max-iterations", type=int, help="of the nonlinear fit (12)")
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
    base = None if arguments.base is None else read_profile(arguments.base)
    gpus = measured_gpus(arguments.tensor_parallel_size, tables.kv_capacity, *chosen[0])
    architecture = _architecture(arguments.model_config, base, chosen[0][0])
    given = {
        name: getattr(arguments, name)
        for name in ("holdout", "max_runs", "max_iterations")
        if getattr(arguments, name) is not None
    }
    return Settings(
        name=arguments.name or arguments.out.stem,
        model=chosen[0][0],
        engine_version=chosen[0][1],
        gpu=_gpu(arguments, tables, chosen[0], architecture, gpus),
        architecture=architecture,
        model_id=arguments.model_id,
        base=base,
        keep=tuple(filter(None, arguments.keep.split(","))),
        holdout_scenarios=tuple(arguments.holdout_scenario),
        seed=arguments.seed,
        source=arguments.source,
        tensor_parallel_size=gpus,
        **given,
    )


def _gpu(
    arguments: argparse.Namespace,
    tables: Tables,
    of: tuple[str, str],
    architecture: Architecture,
    gpus: int,
) -> Gpu:
    names = {run.gpu for run in tables.runs if (run.model, run.engine_version) == of}
    utilization = engine_defaults(of[1], 0.0, 1).gpu_memory_utilization
    return measured_gpu(names, arguments.gpu, tables.kv_capacity, utilization, architecture, gpus)


def _architecture(config: Path | None, base: ServingProfile | None, model: str) -> Architecture:
    if config is not None:
        return architecture_from_config(config)
    if base is not None:
        return base.kv_capacity_model.architecture
    try:
        return known_model(model)
    except InputError as error:
        raise InputError("--model-config", str(error), "give the model's config.json") from None


def _title(result: Calibration) -> str:
    profile = result.profile
    return f"{profile.model} on {profile.gpu}, {profile.engine_name} {profile.engine_version}"


def _errors(accuracy: Mapping[str, float | None]) -> Iterator[str]:
    """Both errors of every figure that the runs have."""
    for key, error in accuracy.items():
        name = key.removesuffix("_smape_pct")
        if error is not None and name != key:
            yield f"{name.replace('_', ' ')} {error:.2f} ({accuracy[f'{name}_mape_pct']:.2f})"


def _print(console: Console, result: Calibration, path: Path) -> None:
    table = Table(title=_title(result), title_justify="left")
    table.add_column("term")
    table.add_column("value, s", justify="right")
    table.add_column("standard error", justify="right")
    table.add_column("told by", justify="left")
    for term in engine_terms(result.profile.engine_version):
        error = result.fit.standard_errors.get(term.key)
        told = "prior" if term in result.fit.untold else "the runs"
        cells = ("kept", "") if error is None else (f"{error:.2g}", told)
        table.add_row(term.key, f"{term_value(result.profile, term):.4g}", *cells)
    print_table(console, table)
    for term in result.fit.untold:
        console.print(f"{term.key} is what was expected before; {term.data} would tell it")
    provenance = result.profile.provenance
    console.print(
        f"{result.fit.num_items} runs and experiments, root mean square of the residuals "
        f"{result.fit.rms:.2f} standard deviations",
        highlight=False,
    )
    figures = ", ".join(_errors(provenance["accuracy"]))
    console.print(
        f"accuracy on {provenance['accuracy_on']}, SMAPE (MAPE) in %: {figures}", highlight=False
    )
    console.print(f"written to {path}", highlight=False, soft_wrap=True)
