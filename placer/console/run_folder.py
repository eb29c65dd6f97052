"""Run folder: what a finished run wrote, as the objects that it was made with."""

from __future__ import annotations

import argparse
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig

from estimators.base import Estimator
from placer.console.build import build
from placer.console.config import (
    build_problem,
    build_verifier,
    check_complete,
    parse_config,
)
from placer.console.targets import trusted_modules
from placer.gpu.budget import Budget
from placer.objectives.objective import Objective
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.solve import solve
from placer.strategies.base import Strategy
from placer.verification.verify import Verifier
from twin.files.errors import InputError
from twin.files.plain_data import read_json, read_yaml_text

__all__ = ["Run", "add_run_arguments", "read_run"]

_SAME = 1e-6  # relative difference of traffic that rounding may make


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Parameters
    ----------
    problem : Problem
    strategy : Strategy
    estimator : Estimator
    objective : Objective
    verifier : Verifier or bool
        How placements are verified.
    time_limit : float or None
        Seconds that its search could take.
    seed : int
    result : Result
    cfg : DictConfig
        Configuration that all of it was made from.
    config : str
        The same as the text of its file.
    """

    problem: Problem
    strategy: Strategy
    estimator: Estimator
    objective: Objective
    verifier: Verifier | bool
    time_limit: float | None
    seed: int
    result: Result
    cfg: DictConfig
    config: str

    def solve(self, problem: Problem, time_limit: float | None = None) -> Result:
        """Place for another problem as this run did for its own.

        Parameters
        ----------
        problem : Problem
        time_limit : float or None
            Seconds for the search; None for as many as the run had.
        """
        return solve(
            problem,
            self.strategy,
            self.estimator,
            self.objective,
            Budget(self.time_limit if time_limit is None else time_limit),
            self.seed,
            self.verifier,
        )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Have a command take the folder of a finished run, and modules that it may name."""
    parser.add_argument(
        "folder", type=Path, metavar="OUTPUT_DIR", help="output folder of a finished run"
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="MODULE",
        help="module of your own whose classes the folder's configuration may name, beside those "
        "of the product and of installed plug-ins; may be repeated",
    )


def read_run(folder: Path | str, trusted: Collection[str] = ()) -> Run:
    """Read the output folder of a run: ``config.yaml``, ``result.json`` and ``placement.json``.

    Files that the configuration names, such as that of the adapters, are read again. Classes are
    made only of the product and of installed plug-ins, since the folder may be somebody else's.

    Parameters
    ----------
    folder : Path or str
    trusted : collection of str
        Further modules whose classes the configuration may name.

    Raises
    ------
    InputError
        If a file is missing or wrong, the files are not of the same run any more, or the
        configuration names what is not trusted.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder", "the output folder of a run")
    result = Result.from_dict(read_json(folder / "result.json"))
    if Placement.read(folder / "placement.json") != result.placement:
        raise InputError(str(folder), "placement.json is not the placement of result.json")
    config = read_yaml_text(folder / "config.yaml")
    cfg = parse_config(config, str(folder / "config.yaml"))
    check_complete(cfg)
    modules = trusted_modules(trusted)
    problem = build_problem(cfg, modules)
    _check_same(folder, problem, result)
    strategy, objective = build(cfg, "strategy", modules), build(cfg, "objective", modules)
    return Run(
        problem=problem,
        strategy=strategy,
        estimator=build(cfg, "estimator", modules),
        objective=objective,
        verifier=build_verifier(cfg),
        time_limit=cfg.time_limit,
        seed=cfg.seed,
        result=result,
        cfg=cfg,
        config=config,
    )


def _check_same(folder: Path, problem: Problem, result: Result) -> None:
    """Refuse a workload or a fleet that is not that of the run any more."""
    rates = {adapter.name: adapter.token_rate for adapter in problem.workload.adapters}
    for name, plan in zip(result.placement.names, result.placement.gpus, strict=True):
        problem.gpu_type(plan.profile_name)
        for adapter, _ in plan.shares:
            if adapter not in rates:
                raise _changed(folder, f"adapter {adapter} of {name} is not in it")
    known = set(result.placement.total_shares()) | set(result.placement.unplaced)
    for adapter in rates:
        if adapter not in known:
            raise _changed(folder, f"adapter {adapter} is new")
    for plan, figures in zip(result.placement.gpus, result.gpus, strict=True):
        offered = math.fsum(rates[adapter] * share for adapter, share in plan.shares)
        before = figures.estimate.offered_throughput
        if not math.isclose(offered, before, rel_tol=_SAME):
            raise _changed(folder, f"{offered:.6g} tokens/s arrive where it was {before:.6g}")


def _changed(folder: Path, how: str) -> InputError:
    return InputError(str(folder), f"the workload has changed since: {how}", "place again")
