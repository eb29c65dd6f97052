"""A migration with a step of every kind."""

from __future__ import annotations

from placer.replanning import Migration, Step

__all__ = ["MIGRATION"]

MIGRATION = Migration(
    steps=(
        Step("start", "new-gpu"),
        Step("load", "new-gpu", "it's"),
        Step("route", adapter="it's", shares={"new-gpu": 0.75, "b": 0.25}),
        Step("unload", "b", "it's"),
        Step("route", adapter="old"),
        Step("stop", "a"),
    ),
    kept=("b",),
    restarted=(),
    num_moves=1,
    interrupted=("old",),
    peak_gpus=3,
)
