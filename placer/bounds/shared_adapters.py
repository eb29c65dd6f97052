"""Shared adapters: what requests cost where few engines share all adapters and all traffic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from estimators.base import Candidate, Estimate, scatters
from placer.bounds.base_models import adapters_by_model
from placer.bounds.crowd_program import BoxedEngines, CrowdProgram, Solution
from placer.bounds.crowds import Box, Crowds
from placer.bounds.traffic_levels import Figure
from placer.gpu.evaluator import Evaluator
from twin.workload.adapter import Adapter

__all__ = ["SharedAdapters"]

_ROUNDS = 18  # of making boxes smaller
_CUTS = 0.3, 0.6  # of adapters and of traffic, where boxes are cut first
_GAIN = 1.002  # ratio of a round's bound to the last one that is worth another round
_PATIENCE = 3  # rounds without it
_OPTIONS = 6  # numbers of slots of a candidate, about
_USED = 0.5  # of the budget, from which on nothing more is asked for
_PART = 2  # of the budget's estimates, that this may take: one of so many
_ESTIMATES, _SIMULATIONS = 1200, 300  # at most, of an estimator that simulates the second
_FEWEST = 100  # that have to be left
_EACH, _MOST_SLOTS = slice(None), slice(-1, None)  # of the numbers of slots of a candidate
_MOST = 1000  # adapters, of more than which candidates would take too long

_Corner = tuple[int, str, int, float]  # group, profile, adapters, traffic
_Key = tuple[int, str]


class SharedAdapters:
    """Engines that share all adapters and all requests as one likes, where GPUs are limited.

    Of an engine its number of adapters n and its traffic count. No set of n adapters is served
    more easily than the one whose rates differ most (`Crowds`), and a figure falls neither where
    an adapter more is on an engine nor where traffic rises (where one that is known does, the
    smaller one counts): so in a box, of numbers of adapters
    and of traffic, each request costs as much as at its lower corner at least. The cheapest
    engines over the convex envelope of the boxes are found (`CrowdProgram`), then the boxes in
    which they are are cut, again and again.

    An adapter may be split: it is taken to be on the engine with its largest share, which is at
    least that of an even split over all GPUs.

    Parameters
    ----------
    evaluator : Evaluator
        Its estimator is asked for some hundreds of candidates, if the budget allows; for none in
        replanning, which is to do with few.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._estimates: dict[_Corner, list[Estimate]] = {}
        self._probes: dict[_Corner, list[Estimate]] = {}
        self._known: dict[tuple[float, ...], float] = {}
        adapters, previous = evaluator.problem.workload.adapters, evaluator.problem.previous
        self._groups = _groups(adapters) if len(adapters) <= _MOST and not previous else []
        limit = evaluator.problem.gpu_limit or 1
        self._crowds = [Crowds(group, 1 / limit) for group in self._groups]
        self._program = CrowdProgram(
            [len(group) for group in self._groups],
            [sum(adapter.rate for adapter in group) for group in self._groups],
            _limits(evaluator),
        )
        self._spent = 0

    def least(self, figure: Figure) -> float:
        """Sum of a figure over engines, by their shares of all requests, at least.

        Parameters
        ----------
        figure : callable
            Of an engine, by what it is predicted to do; not negative.

        Returns
        -------
        float
            0 where nothing is known.
        """
        problem = self._evaluator.problem
        if not self._groups or (problem.gpu_limit or 1) < 2:
            return 0.0
        if not (self._estimates or self._evaluator.budget.allows(_FEWEST)):
            return 0.0
        boxes = self._first_boxes(figure)
        key = tuple(boxed.cost for boxed in boxes)
        if key not in self._known:
            self._known[key] = self._refined(figure, boxes) / problem.workload.rate
        return self._known[key]

    def _refined(self, figure: Figure, boxes: list[BoxedEngines]) -> float:
        best, lasting = 0.0, 0
        for _ in range(_ROUNDS):
            solution = self._program.solve(boxes)
            if solution is None:
                return best
            lasting = 0 if solution.cost > best * _GAIN else lasting + 1
            best = solution.cost
            cut = self._cut(boxes, solution)
            if not cut or lasting == _PATIENCE or not self._affordable(len(cut)):
                return best
            used = {number for number, _ in solution.used}
            kept = [b for number, b in enumerate(boxes) if number not in used]
            new = self._boxed(figure, cut)
            boxes = [self._anew(figure, b) for b in (*kept, *new)]
        return best

    def _anew(self, figure: Figure, boxed: BoxedEngines) -> BoxedEngines:
        """With what is known by now."""
        least = self._least(figure, (boxed.group, boxed.profile), boxed.box)
        return replace(boxed, cost=least)

    def _first_boxes(self, figure: Figure) -> list[BoxedEngines]:
        parts = self._first()
        for key in dict.fromkeys(key for key, _ in parts):
            corners = [(*key, *point) for point in self._crowds[key[0]].points()]
            self._ask(self._probes, corners, _MOST_SLOTS)
        return self._boxed(figure, parts)

    def _first(self) -> list[tuple[_Key, Box]]:
        """Boxes with all sets of all groups, on each type of engine that can serve some."""
        problem, found = self._evaluator.problem, []
        for number, (group, crowds) in enumerate(zip(self._groups, self._crowds, strict=True)):
            whole, parts = crowds.whole, [crowds.whole]
            for cut in _CUTS:
                last = parts[-1]
                parts[-1:] = last.halves(1 + cut * whole.most, cut * whole.high)
            for gpu_type in problem.fleet:
                if any(problem.refusal(gpu_type, adapter) is None for adapter in group):
                    found += [((number, gpu_type.profile.name), box) for box in parts]
        return found

    def _cut(self, boxes: Sequence[BoxedEngines], solution: Solution) -> list[tuple[_Key, Box]]:
        """The boxes in which engines are, cut where these are."""
        found = []
        for number, traffic in solution.used:
            boxed = boxes[number]
            middle = (boxed.box.fewest + boxed.box.most + 1) // 2
            parts = boxed.box.halves(middle, min(traffic, (boxed.box.low + boxed.box.high) / 2))
            if len(parts) > 1:
                found += [((boxed.group, boxed.profile), part) for part in parts]
        return found

    def _boxed(self, figure: Figure, parts: Iterable[tuple[_Key, Box]]) -> list[BoxedEngines]:
        """What engines of some boxes cost; without those in which there are none."""
        shrunk = [(key, box) for key, part in parts if (box := self._crowds[key[0]].shrunk(part))]
        self._ask(self._estimates, [(*key, box.fewest, box.low) for key, box in shrunk])
        found = []
        for key, box in shrunk:
            if math.isfinite(self._cost(figure, self._estimates[*key, box.fewest, box.low])):
                found.append(BoxedEngines(*key, box, self._least(figure, key, box)))
        return found

    def _least(self, figure: Figure, key: _Key, box: Box) -> float:
        """Cost at the lower corner of a box, or a smaller one of more adapters or traffic."""
        return min(
            self._cost(figure, estimates)
            for (*own, number, traffic), estimates in chain(
                self._estimates.items(), self._probes.items()
            )
            if tuple(own) == key and number >= box.fewest and traffic >= box.low
        )

    def _cost(self, figure: Figure, estimates: Sequence[Estimate]) -> float:
        """Of the best number of slots; infinite where none suffices."""
        passing = (figure(e) for e in estimates if self._evaluator.may_pass(e))
        return min(passing, default=math.inf)

    def _ask(
        self,
        known: dict[_Corner, list[Estimate]],
        corners: Iterable[_Corner],
        slots: slice = _EACH,
    ) -> None:
        """Ask for engines with each number of slots, or with some: the last is the largest."""
        new = [corner for corner in dict.fromkeys(corners) if corner not in known]
        candidates = [self._candidates(*corner)[slots] for corner in new]
        answers = iter(self._evaluator.estimate([c for own in candidates for c in own]))
        for corner, own in zip(new, candidates, strict=True):
            known[corner] = [next(answers) for _ in own]
            self._spent += len(own)

    def _candidates(self, group: int, name: str, number: int, traffic: float) -> list[Candidate]:
        gpu_type = self._evaluator.problem.gpu_type(name)
        profile = gpu_type.profile
        adapters = self._crowds[group].easiest(number, max(traffic, 1e-3))
        options = sorted({min(option, number) for option in profile.max_loras_grid} | {number})
        configs = [gpu_type.engine_config(option, adapters[0].rank) for option in options]
        return [
            Candidate(profile, config, adapters)
            for config in configs
            if profile.memory_error(config) is None
        ]

    def _affordable(self, boxes: int) -> bool:
        budget = self._evaluator.budget
        most = _SIMULATIONS if scatters(self._evaluator.estimator) else _ESTIMATES
        if budget.max_estimates is not None:
            most = min(most, budget.max_estimates // _PART)
        return self._spent + _OPTIONS * boxes <= most and budget.used() < _USED


def _groups(adapters: Sequence[Adapter]) -> list[tuple[Adapter, ...]]:
    """Adapters of each base model; none where they differ in more than rank, rate and arrivals."""
    groups = [tuple(group) for group in adapters_by_model(adapters).values()]
    alike = all(a.lengths == group[0].lengths for group in groups for a in group)
    elsewhere = sum(map(len, groups)) < len(adapters)  # those that go where there is room
    if not alike or elsewhere or any(a.is_base for a in adapters):
        return []
    return groups


def _limits(evaluator: Evaluator) -> list[tuple[tuple[str, ...], int]]:
    """How many engines there may be, of some profiles and of all."""
    problem = evaluator.problem
    limits = list(problem.pools.limits)
    if problem.gpu_limit is not None:
        limits.append((tuple(t.profile.name for t in problem.fleet), problem.gpu_limit))
    return limits
