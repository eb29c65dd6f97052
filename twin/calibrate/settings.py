"""What the tables of a calibration do not tell, and how the fit goes."""

from __future__ import annotations

from dataclasses import dataclass

from twin.calibrate.terms import TERMS
from twin.files.errors import InputError
from twin.gpu.datasheet import Gpu
from twin.gpu.memory.architecture import Architecture
from twin.gpu.profile import ServingProfile
from twin.measured.closed_loop import ClosedLoopRun
from twin.measured.run import MeasuredRun

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the tables do not tell, and how the fit goes.

    Parameters
    ----------
    name : str
        Of the new profile.
    model, engine_version : str
        Rows of the tables to use.
    gpu : Gpu
        Measured GPU type.
    architecture : Architecture
        Of the model.
    base : ServingProfile or None
        Profile that the fit starts from, and that the terms in ``keep`` are taken from; the
        nearest one that comes with the package where None.
    keep : tuple of str
        Terms that are not fitted, by ``part.name``.
    holdout : float
        Share of the runs that is kept from the fit, to report the accuracy on, in [0, 1). 0 where
        all runs are to be fitted to; few runs are held out in turn.
    holdout_scenarios : tuple of str
        Scenarios that are kept from the fit instead, to report the accuracy on.
    max_runs : int
        Runs that the costs are fitted to, at most.
    max_iterations : int
        Of the nonlinear fit.
    seed : int
        Of the choice of runs, and of requests that are drawn.
    model_id : str
        Repository of the model on Hugging Face; that of ``base`` where empty.
    source : str
        Where the measurements come from, for the record.
    tensor_parallel_size : int
        GPUs of the measured engines.
    """

    name: str
    model: str
    engine_version: str
    gpu: Gpu
    architecture: Architecture
    base: ServingProfile | None = None
    keep: tuple[str, ...] = ()
    holdout: float = 0.5
    holdout_scenarios: tuple[str, ...] = ()
    max_runs: int = 80
    max_iterations: int = 12
    seed: int = 0
    model_id: str = ""
    source: str = ""
    tensor_parallel_size: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.holdout < 1:
            raise InputError("holdout", f"{self.holdout!r} is not in [0, 1)")
        for key in ("max_runs", "max_iterations", "tensor_parallel_size"):
            if getattr(self, key) < 1:
                raise InputError(key, f"{getattr(self, key)} is below 1")
        if self.seed < 0:
            raise InputError("seed", f"{self.seed} is negative", "0 or more")
        before = self.tensor_parallel_size if self.base is None else self.base.gpus_per_engine
        if before != self.tensor_parallel_size:
            raise InputError(
                "base",
                f"engines of {self.base and self.base.name} have {before} GPUs, and the measured "
                f"ones {self.tensor_parallel_size}",
                "a profile of as many, or none: the nearest engine is divided",
            )
        known = {term.key for term in TERMS}
        for name in self.keep:
            if name not in known:
                accepted = f"accepted: {', '.join(sorted(known))}"
                raise InputError("keep", f"{name!r} is no term", accepted)

    def covers(self, run: MeasuredRun | ClosedLoopRun) -> bool:
        """Whether a run is of the model and version."""
        return (run.model, run.engine_version) == (self.model, self.engine_version)
