"""Packing anew: everything on empty GPUs, by what a verification asks of each."""

from __future__ import annotations

from collections.abc import Sequence

from placer.gpu.items import by_decreasing_traffic, items_of, make_items, remaining
from placer.gpu.packing import Packer
from placer.moves.opening import pack_fleet
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["pack_anew"]

_ROUNDS = 4  # of packing, each with what found no place before first


def pack_anew(
    packer: Packer, gpus: Sequence[EvaluatedGpu], most: int
) -> list[EvaluatedGpu] | None:
    """All adapters on empty GPUs, first fit by decreasing traffic, if that is better.

    A search fills GPUs as far as one seed accepts. Where others and bursts ask for a third less,
    as with few and long requests, each GPU that is relieved alone leaves gaps, and GPUs that are
    filled as far as these accept in the first place are fewer. Adapters that are on several GPUs
    stay cut as they are, since small parts fill gaps; where a GPU is not admissible all are cut
    anew. What found no place, since others were on the only GPUs that serve it, comes first in the
    next round.

    Parameters
    ----------
    packer : Packer
        Its evaluator judges as the verification does.
    gpus : sequence of EvaluatedGpu
        All adapters, and what to be better than: everything is placed and admissible where it was
        not, or costs less. Packing ends where it cannot get there.
    most : int
        GPUs at most.

    Returns
    -------
    list of EvaluatedGpu or None
        None where it is not better.
    """
    evaluator = packer.evaluator
    if all(gpu.admissible for gpu in gpus):
        known = evaluator.value(gpus)
        items = [item for gpu in gpus for item in items_of(evaluator, gpu.plan)]
    else:
        known = None
        whole, hopeless = make_items(evaluator)
        if hopeless:
            return None
        items = list(whole)

    def in_vain(packed: Sequence[EvaluatedGpu]) -> bool:
        dearer = known is not None and evaluator.value(packed) >= known
        return dearer or len(packed) > most

    order = by_decreasing_traffic(items)
    for _ in range(_ROUNDS):
        packed, left = pack_fleet(packer, order, in_vain=in_vain)
        if not left or in_vain(packed):
            break
        order = [*left, *remaining(order, left)]
    return None if left or in_vain(packed) else packed
