"""Items of an example, and what packs them."""

from __future__ import annotations

from collections.abc import Sequence

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, make_items
from placer.gpu.packing import Packer
from placer.objectives import GpuCount
from placer.testing import example_problem

__all__ = ["fits", "setting"]


def setting(
    number: int, rates: tuple[float, ...] = (1.0,)
) -> tuple[Evaluator, Packer, list[Item]]:
    """As many adapters, with the rates in turn."""
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(number, rates))
    return evaluator, Packer(evaluator), list(make_items(evaluator)[0])


def fits(evaluator: Evaluator, items: Sequence[Item]) -> bool:
    """Whether any number of slots serves the items."""
    gpu_type = evaluator.problem.fleet[0]
    shares = {item.name: item.share for item in items}
    options = evaluator.max_loras_options(gpu_type, list(shares))
    plans = [evaluator.plan(gpu_type, option, shares) for option in options]
    return any(gpu.admissible for gpu in evaluator.evaluate(plans))
