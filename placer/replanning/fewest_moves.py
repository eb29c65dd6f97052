"""Fewest moves: how many adapters any placement has to move, whatever the objective."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from placer.gpu.bracket import Bracket
from placer.gpu.evaluator import Evaluator
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.running_engines import RunningEngines

__all__ = ["fewest_moves"]


def fewest_moves(evaluator: Evaluator) -> int:
    """Moves that no admissible placement can do with less of, by the estimator in use.

    An adapter has to move where no engine that holds it may go on with it. Of what only one engine
    holds, something has to move where the engine, going on as it is, is not admissible with all of
    it: one adapter at least. Where all of it is traffic of one kind, these are as many as the
    largest that have to go until the engine may serve the rest, since without as many others it
    has more to serve. Requests for the base model, and adapters that several engines hold, are
    left aside, as their traffic can go elsewhere without a move.

    That rests on one assumption: an engine that does not serve some traffic does not serve more.

    Parameters
    ----------
    evaluator : Evaluator
        Of a problem with a previous placement.

    Raises
    ------
    BudgetExhausted
        If the search has to end.
    """
    running = evaluator.problem.running
    if running is None:
        return 0
    forced = {
        name
        for name, engines in running.homes.items()
        if not any(_may_stay(evaluator, running, engine, name) for engine in engines)
    }
    staying = list(_staying(running, forced))
    gpus = evaluator.evaluate(staying)
    return len(forced) + sum(_moves_from(evaluator, gpu) for gpu in gpus)


def _may_stay(evaluator: Evaluator, running: RunningEngines, engine: int, name: str) -> bool:
    """Whether an engine that runs may go on with an adapter."""
    problem, plan, adapter = evaluator.problem, running.plans[engine], evaluator.adapters[name]
    types = [t for t in problem.fleet if t.profile.name == plan.profile_name]
    return (
        bool(types)
        and engine in running.engines(plan.profile_name, plan.config)
        and adapter.rank <= plan.config.largest_rank
        and problem.refusal(types[0], adapter) is None
        and problem.rules.pinned.get(name, running.names[engine]) == running.names[engine]
    )


def _staying(running: RunningEngines, forced: set[str]) -> Iterator[GpuPlan]:
    """Engines with all that they hold alone and that may stay."""
    for index, plan in enumerate(running.plans):
        names = [n for n, _ in plan.shares if running.homes.get(n) == (index,) and n not in forced]
        if names:
            shares = tuple((name, 1.0) for name in names)
            yield replace(plan, shares=shares, name=running.names[index])


def _moves_from(evaluator: Evaluator, gpu: EvaluatedGpu) -> int:
    """Adapters that have to leave an engine, of those that only it holds."""
    names = [name for name, _ in gpu.plan.shares]
    rules = evaluator.problem.rules
    if evaluator.admissible(gpu.estimate):
        return int(any(rules.conflict(*pair) for pair in combinations(names, 2)) if rules else 0)
    traffic_class = evaluator.classes.traffic_class
    if len({traffic_class(name) for name in names}) > 1:
        return 1
    return max(1, _largest_to_go(evaluator, gpu, names))


def _largest_to_go(evaluator: Evaluator, gpu: EvaluatedGpu, names: Sequence[str]) -> int:
    """How many of its adapters, the largest first, an engine cannot serve for sure."""
    ordered = sorted(names, key=lambda name: (-evaluator.adapters[name].rate, name))
    bracket = Bracket(-1, len(ordered), first=1)
    for number in bracket:
        shares = tuple(sorted((name, 1.0) for name in ordered[number:]))
        (rest,) = evaluator.evaluate([replace(gpu.plan, shares=shares)])
        if evaluator.may_serve(rest.estimate):
            bracket.high = number
        else:
            bracket.low = number
    return bracket.high
