"""ResumingSweeper: of a sweep, the runs that have no result yet.

Hydra imports this whenever it starts: what the sweep needs is imported by the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

__all__ = ["ResumingSweeper"]

_MANY = 20  # runs, whose configurations take seconds to compose


class ResumingSweeper(BasicSweeper):
    """All combinations of the values, as Hydra's own sweeper has them, without those done.

    Parameters
    ----------
    max_batch_size : int or None
        Runs that are launched at once; None for all.
    params : dict of str to str or None
        Overrides that every sweep has.
    resume : bool
        Whether runs that have a result in the folder of the sweep are left as they are.
    """

    def __init__(
        self,
        max_batch_size: int | None = None,
        params: dict[str, str] | None = None,
        resume: bool = True,
    ) -> None:
        super().__init__(max_batch_size, params)
        self._resume = resume

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """As for every sweeper of Hydra; what launches the runs leaves out those that are done."""
        from placer.console.sweep import ResumingLauncher

        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)
        launcher = ResumingLauncher(self._resume)
        launcher.setup(hydra_context=hydra_context, task_function=task_function, config=config)
        self.launcher = launcher

    def sweep(self, arguments: list[str]) -> Any:
        """As Hydra's own sweeper; where no run can begin, no folder is left."""
        from placer.console.empty_folders import missing_folders, remove_empty_sweep

        assert self.config is not None
        folder = Path(self.config.hydra.sweep.dir).absolute()
        made = missing_folders(folder)
        try:
            return super().sweep(arguments)
        except BaseException:
            if folder.is_dir():
                remove_empty_sweep(folder, made)
            raise

    def validate_batch_is_legal(self, batch: Sequence[Sequence[str]]) -> None:
        """Compose every run before the first, as Hydra's own sweeper; say so if it takes long."""
        if len(batch) >= _MANY:
            from placer.console.task import tell

            tell(f"{len(batch)} runs; looking at the options of all before the first begins")
        super().validate_batch_is_legal(batch)
