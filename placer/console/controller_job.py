"""One run of a controller: from a composed configuration to the files and the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from placer.console.build import build
from placer.console.config import build_profile, check_complete
from placer.console.input_digests import input_digests
from placer.console.interruption import Interruption
from placer.console.job import is_beside_others, portable
from placer.console.option_digests import OptionFolders
from placer.console.settings import Show
from twin.files.command_messages import plain_console
from twin.files.errors import InputError
from twin.gpu.read_profile import doubted

__all__ = ["run_controller"]


def run_controller(cfg: DictConfig, interruption: Interruption) -> dict[str, Any]:
    """Simulate the controller that a configuration names, write the files and show the figures.

    Parameters
    ----------
    cfg : DictConfig
        As Hydra composed it; the folder of the results is that of Hydra's run.
    interruption : Interruption
        Gives the run up: there is no result of a part of it.

    Returns
    -------
    dict of str to Any
        What ``summary.json`` holds.

    Raises
    ------
    ToolkitError, OmegaConfBaseException, OSError
        If a value or a file is wrong.
    KeyboardInterrupt
        If the user asked to stop.
    """
    check_complete(cfg)
    if cfg.scenario is None:
        raise InputError("scenario", "a controller needs one", "scenario=drifting")
    run = HydraConfig.get()
    inputs = input_digests(OmegaConf.to_container(cfg, resolve=True, enum_to_str=True))
    options = OptionFolders(run.runtime.config_sources).digests(run)
    controller, scenario = build(cfg, "controller"), build(cfg, "scenario")
    profile = doubted(build_profile(cfg))

    # All input is right: only now what only a run needs.
    from placer.controllers.simulate import simulate_controller
    from placer.report.controller_files import write_controller_files
    from placer.report.controller_table import print_controller, print_controller_run
    from placer.report.report import print_json, wide_console
    from twin.engine.warm_up import warm_up

    def stop_if_asked(number: int) -> None:
        if interruption.requested:
            raise KeyboardInterrupt

    console = plain_console(stderr=True, quiet=cfg.show == Show.nothing or is_beside_others(run))
    with console.status("loading the engine simulation; the first run compiles it"):
        warm_up(profile)
    with console.status(f"simulating {scenario.num_intervals} intervals"):
        outcome = simulate_controller(controller, scenario, profile, cfg.seed, stop_if_asked)
    folder = Path(run.runtime.output_dir)
    with interruption.held():
        summary = write_controller_files(
            *(folder, controller, scenario, outcome),
            profile=profile.name,
            seed=cfg.seed,
            config=portable(cfg),
            overrides=list(run.overrides.task),
            inputs=inputs,
            options=options,
        )
        if cfg.show == Show.json:
            print_json({**summary, "path": str(folder.resolve())})
        elif cfg.show == Show.table:
            show = print_controller_run if run.mode is RunMode.MULTIRUN else print_controller
            show(wide_console(), summary, folder)
    return summary
