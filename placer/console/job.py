"""One run: from a composed configuration to the files and the table."""

from __future__ import annotations

from pathlib import Path

from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from placer.console.absolute_paths import with_absolute_paths
from placer.console.batch_limits import AUTO, chosen_limits, tell_of_running
from placer.console.build import build
from placer.console.config import (
    build_budget,
    build_problem,
    build_verifier,
    check_complete,
)
from placer.console.input_digests import input_digests
from placer.console.interruption import Interruption
from placer.console.option_digests import OptionFolders
from placer.console.previous_run import carry_over, with_values
from placer.console.settings import Plot, Report, Show
from placer.problem.result import Result
from placer.report.charts.static import require_matplotlib
from twin.files.command_messages import plain_console

__all__ = ["is_beside_others", "portable", "run_job"]


def run_job(cfg: DictConfig, interruption: Interruption) -> Result:
    """Solve the problem that a configuration states, write the files and show the table.

    Parameters
    ----------
    cfg : DictConfig
        As Hydra composed it; the folder of the results is that of Hydra's run.
    interruption : Interruption
        Ends the search.

    Returns
    -------
    Result
        What was written.

    Raises
    ------
    ToolkitError, OmegaConfBaseException, OSError
        If a value or a file is wrong.
    """
    check_complete(cfg)
    run = HydraConfig.get()
    inputs = input_digests(OmegaConf.to_container(cfg, resolve=True, enum_to_str=True))
    options = OptionFolders(run.runtime.config_sources).digests(run)
    carried = carry_over(cfg, run.overrides.task)
    cfg, problem = carried.with_rules(build_problem(carried.cfg))
    strategy, objective = build(cfg, "strategy"), build(cfg, "objective", carried.trusted)
    estimator, target = build(cfg, "estimator"), build(cfg, "deploy")
    budget, verifier = build_budget(cfg, interruption), build_verifier(cfg)
    if cfg.plot != Plot.none:
        require_matplotlib()

    # All input is right: only now what only a run needs.

    from placer.console.progress import show_progress
    from placer.report.gpu_report import report_gpus
    from placer.report.output_files import write_outputs
    from placer.report.placement_report import write_report
    from placer.report.report import print_json, print_report, print_run, wide_console
    from placer.report.result_folder import result_folder
    from placer.solve import solve
    from placer.tuning.batch_choice import choose_batch_limits
    from twin.engine.warm_up import warm_up

    folder = Path(run.runtime.output_dir)
    names = {group: str(run.runtime.choices[group]) for group in ("strategy", "objective")}
    names["objective"] = carried.objective or names["objective"]
    console = plain_console(stderr=True, quiet=cfg.show == Show.nothing or is_beside_others(run))
    with console.status("loading the engine simulation; the first run compiles it"):
        warm_up(problem.fleet[0].profile)
    if cfg.max_num_seqs == AUTO:
        problem = choose_batch_limits(problem, estimator)
        cfg = with_values(cfg, {"max_num_seqs": chosen_limits(problem.fleet)})
    tell_of_running(problem)
    with show_progress(console, ", ".join(names.values())) as report:
        budget.watch = report
        result = solve(
            problem,
            strategy,
            estimator,
            objective,
            budget=budget,
            seed=cfg.seed,
            verify=verifier,
        )
    with interruption.held():
        written = result_folder(folder, result)
        config = portable(cfg)
        summary = write_outputs(
            written,
            problem,
            result,
            config=config,
            overrides=list(run.overrides.task),
            names=names,
            target=target,
            inputs=inputs,
            options=options,
        )
        if run.mode is RunMode.MULTIRUN:
            if cfg.show == Show.table:
                print_run(wide_console(), summary, written)
        elif cfg.show == Show.table:
            print_report(wide_console(), report_gpus(problem, result), summary, written)
        elif cfg.show == Show.json:
            print_json({**summary, "path": str(written.resolve())})
        page = cfg.report != Report.none
        if page or cfg.plot != Plot.none:  # the result is there: nobody has waited for this
            write_report(
                *(written, problem, result, objective, summary),
                config=config,
                page=page,
                pictures=cfg.plot.value,
            )
        if written != folder:
            told = plain_console(stderr=True)
            told.print(f"{folder} keeps its earlier result", soft_wrap=True, markup=False)
    return result


def is_beside_others(run: HydraConf) -> bool:
    """Whether other runs of a sweep may write to the same terminal at the same time."""
    alone = str(run.launcher._target_).endswith(".BasicLauncher")
    return run.mode is RunMode.MULTIRUN and not alone


def portable(cfg: DictConfig) -> str:
    """The configuration as YAML that means the same from any folder."""
    plain = with_absolute_paths(OmegaConf.to_container(cfg, resolve=True, enum_to_str=True))
    if cfg.previous is not None:  # may be a folder
        plain["previous"] = str(Path(cfg.previous).resolve())
    return OmegaConf.to_yaml(OmegaConf.create(plain))
