"""FleetMethod: a published method that places on a given number of GPUs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.items import Item
from placer.search.search import Search
from placer.strategies.baselines.fleet_size import Assign
from placer.strategies.search_strategy import SearchStrategy
from twin.files.errors import InputError

__all__ = ["FleetMethod"]

_SLOTS = ("all", "third", "best")


@dataclass(frozen=True, slots=True)
class FleetMethod(SearchStrategy):
    """What published methods share: they leave open how an engine gets its adapter slots.

    `place_on_fleets` says how the number of GPUs is found.

    Parameters
    ----------
    slots : str
        ``max_loras`` of a GPU: ``"all"`` of its adapters, a ``"third"`` of them, or the ``"best"``
        number.

    Raises
    ------
    InputError
        If it is none of these.
    """

    slots: str = "all"

    def __post_init__(self) -> None:
        if self.slots not in _SLOTS:
            raise InputError(
                "strategy.slots", f"{self.slots!r} is unknown", f"accepted: {', '.join(_SLOTS)}"
            )

    @abstractmethod
    def assigner(self, search: Search, items: Sequence[Item]) -> Assign:
        """What the method does with some items on a given fleet, by a search's means.

        Requests for base models are left out; `BudgetExhausted` is raised where the search has to
        end.
        """
