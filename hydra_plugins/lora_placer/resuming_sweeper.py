"""ResumingSweeper: of a sweep, the runs that have no result yet.

Hydra imports this whenever it starts: what the sweep needs is imported by the sweep.
"""

from __future__ import annotations

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

__all__ = ["ResumingSweeper"]


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
