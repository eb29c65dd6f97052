"""The controllers that come with the product, with quick estimators."""

from __future__ import annotations

from estimators.closed_form import ClosedFormEstimator
from placer.controllers import Controller, MinCostFlow, PublishedMethod, Replanning
from placer.objectives import Latency
from placer.strategies import GreedyMarginal
from placer.strategies.baselines import DloraProactive, Hrw, LoraServe, Random

__all__ = ["CONTROLLERS", "REPLANNING"]

REPLANNING = Replanning(
    GreedyMarginal(), Latency(), ClosedFormEstimator(), every=1, max_estimates=60, move_cost=0.0
)
CONTROLLERS: tuple[Controller, ...] = (
    PublishedMethod(Random()),
    PublishedMethod(Hrw()),
    PublishedMethod(DloraProactive()),
    PublishedMethod(LoraServe(), ClosedFormEstimator(), renumber=True),
    MinCostFlow(),
    REPLANNING,
)
