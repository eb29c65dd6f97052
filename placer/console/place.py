"""Command line: read the configuration, place, write and show the result.

Exit status: 0 placed, 1 no admissible placement, 2 wrong input, 130 given up at a second Ctrl-C.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console

from placer.console.absolute_paths import with_absolute_paths
from placer.console.config import (
    build,
    build_budget,
    build_problem,
    build_search,
    build_verifier,
    check_complete,
    register_schemas,
)
from placer.console.interruption import Interruption
from placer.console.option_help import list_options
from placer.console.progress import WatchedEstimator, show_progress
from placer.console.settings import GROUPS, PlaceSettings
from placer.report.comparison import compare_runs
from placer.report.gpu_report import report_gpus
from placer.report.output_files import write_outputs
from placer.report.report import print_report, wide_console
from placer.solve import solve
from twin.engine.warm_up import warm_up
from twin.files.errors import InputError, ToolkitError
from twin.files.one_line_warnings import one_line_warnings

__all__ = ["CompareRuns", "RemoveEmptyFolders", "main"]

PLACED, INFEASIBLE, WRONG_INPUT, GIVEN_UP = 0, 1, 2, 130


def main() -> None:
    """Entry point of the console script; ends the process with the exit status."""
    sys.exit(run())


def run() -> int:
    """Do what the arguments of the process say, and return the exit status."""
    register_schemas()
    statuses: list[int] = []
    notice = "stopping; the best placement so far is kept (Ctrl-C again: give up)"
    try:
        sys.argv[1:] = _sort_arguments(sys.argv[1:])
        with Interruption(lambda: _tell(notice)) as interruption, _errors_are_raised():

            @hydra.main(version_base="1.3", config_path="pkg://conf", config_name="place")
            def job(cfg: DictConfig) -> None:
                if not (statuses and interruption.requested):
                    statuses.append(_run_job(cfg, interruption))

            job()
    except KeyboardInterrupt:
        return GIVEN_UP
    except (HydraException, OmegaConfBaseException, ToolkitError, OSError) as error:
        _tell(f"error: {_explain(error)}")
        return WRONG_INPUT
    return max(statuses, default=PLACED)


def _run_job(cfg: DictConfig, interruption: Interruption) -> int:
    """Place once, and return the exit status."""
    try:
        with one_line_warnings(lambda text: _tell(f"warning: {text}")):
            return _place(cfg, interruption)
    except KeyboardInterrupt:
        _tell("given up; nothing was written")
        return GIVEN_UP
    except (ToolkitError, OmegaConfBaseException, OSError) as error:
        _tell(f"error: {_explain(error)}")
        return WRONG_INPUT


def _place(cfg: DictConfig, interruption: Interruption) -> int:
    """Solve the problem that a configuration states, write the files and show the table."""
    run_cfg = HydraConfig.get()
    folder = Path(run_cfg.runtime.output_dir)
    check_complete(cfg)
    problem = build_problem(cfg)
    strategy, objective = build_search(cfg)
    names = {group: str(run_cfg.runtime.choices[group]) for group in ("strategy", "objective")}
    console = Console(stderr=True)
    with console.status("loading the engine simulation; the first run compiles it"):
        warm_up(problem.fleet[0].profile)
    with show_progress(console, ", ".join(names.values())) as report:
        result = solve(
            problem,
            strategy,
            WatchedEstimator(build(cfg, "estimator"), report),
            objective,
            budget=build_budget(cfg, interruption),
            seed=cfg.seed,
            verify=build_verifier(cfg),
        )
    summary = write_outputs(
        folder,
        problem,
        result,
        config=_portable(cfg),
        overrides=list(run_cfg.overrides.task),
        names=names,
    )
    print_report(wide_console(), report_gpus(problem, result), summary, folder)
    return PLACED if result.is_feasible() else INFEASIBLE


def _portable(cfg: DictConfig) -> str:
    """The configuration as YAML that means the same from any folder."""
    plain = with_absolute_paths(OmegaConf.to_container(cfg, resolve=True, enum_to_str=True))
    if cfg.previous is not None:  # may be a folder
        plain["previous"] = str(Path(cfg.previous).resolve())
    return OmegaConf.to_yaml(OmegaConf.create(plain))


class RemoveEmptyFolders(Callback):
    """Hydra callback that takes back the folders it made for runs that wrote nothing."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        """Note which folders of the run do not exist yet."""
        self._made = _missing(Path(config.hydra.run.dir).absolute())

    def on_run_end(self, config: DictConfig, **_: Any) -> None:
        """Remove those that are still empty."""
        _remove_empty(self._made)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Note which folders of the sweep do not exist yet."""
        self._made = _missing(Path(config.hydra.sweep.dir).absolute())

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Remove those that are still empty; Hydra's own record does not count."""
        sweep = Path(config.hydra.sweep.dir).absolute()
        _remove_empty([job for job in sweep.iterdir() if job.is_dir()])
        if [path.name for path in sweep.iterdir()] == ["multirun.yaml"]:
            (sweep / "multirun.yaml").unlink()
        _remove_empty(self._made)


class CompareRuns(Callback):
    """Hydra callback that ends a ``--multirun`` with one table."""

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Read the summary of every run, print the table, and write it beside them."""
        compare_runs(Path(config.hydra.sweep.dir), wide_console())


def _missing(folder: Path) -> list[Path]:
    """Folders on the way to a path that do not exist, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _tell(text: str) -> None:
    """Write one line to the standard error stream."""
    sys.stderr.write(f"placer: {text}\n")


@contextmanager
def _errors_are_raised() -> Iterator[None]:
    """Let Hydra raise its errors, where it would print them and end the process."""
    name = "HYDRA_FULL_ERROR"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _sort_arguments(arguments: list[str]) -> list[str]:
    """Flags first, then overrides, as Hydra wants them; they may come in any order.

    Raises
    ------
    InputError
        If a flag is unknown, or contradicts another; argparse would print its usage above that.
    """
    message = io.StringIO()
    try:
        with redirect_stderr(message):
            flags = get_args_parser().parse_intermixed_args(arguments)
    except SystemExit as error:
        if error.code:
            text = message.getvalue().strip().splitlines()[-1].partition("error: ")[2]
            raise InputError("command line", text, "placer --help lists what there is") from None
        return arguments
    modes = [flags.run, flags.multirun, flags.cfg, flags.info, flags.shell_completion]
    if sum(map(bool, modes)) > 1:
        raise InputError(
            "command line",
            "two of --run, --multirun, --cfg, --info, --shell-completion",
            "give one",
        )
    if flags.resolve and not (flags.cfg or flags.help):
        raise InputError("command line", "--resolve is given alone", "add --cfg job")
    overrides = list(flags.overrides)
    _check_choices(overrides)
    return [*(text for text in arguments if text not in overrides), *overrides]


def _check_choices(overrides: list[str]) -> None:
    """Refuse options of groups that are no names; Hydra would end with a traceback.

    Raises
    ------
    InputError
        If an option is a number, a flag or null.
    OverrideParseException
        If an override cannot be read.
    """
    for override in OverridesParser.create().parse_overrides(overrides):
        group = override.key_or_group
        if group not in GROUPS or override.is_delete():
            continue
        values = override.sweep_iterator() if override.is_sweep_override() else [override.value()]
        for value in values:
            if not isinstance(value, (str, list, dict)):
                known = _list(list(list_options(group)))
                raise InputError(
                    override.input_line or group, "there is no such option", f"accepted: {known}"
                )


def _explain(error: Exception) -> str:
    """What is wrong, in one line: the option or key, the value, and what would be accepted."""
    text = " ".join(str(error).split())
    if isinstance(error, MissingConfigException):
        group, _, option = (error.missing_cfg_file or "").rpartition("/")
        if group and error.options:
            return f"{group}={option}: there is no such option; accepted: {_list(error.options)}"
    elif isinstance(error, OverrideParseException):
        return f"{error.override}: it cannot be read ({text}); write KEY=VALUE"
    elif isinstance(error, HydraException):
        unknown = re.match(r"Could not override '([^']+)'", text)
        if unknown:
            return _explain_key(unknown[1])
        if error.__cause__ is not None and "\n" not in str(error).strip():
            cause = str(error.__cause__).strip().partition("\n")[0]
            return f"{text.removeprefix('Error merging override ')}: {cause}"
    return text


def _explain_key(key: str) -> str:
    """Why a key cannot be overridden: there is none of that name."""
    names = [f.name for f in fields(PlaceSettings)]
    head, _, rest = key.partition(".")
    if rest and head in names:
        return f"{key}: there is no such key; placer --cfg job shows those of {head}"
    near = get_close_matches(head, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{key}: there is no such key; {hint}accepted: {_list(names)}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(sorted(names))
