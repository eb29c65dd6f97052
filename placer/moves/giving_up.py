"""Giving up: what a GPU that is not admissible keeps, and what it gives up for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placer.gpu.bracket import Bracket
from placer.gpu.items import Item
from placer.gpu.lockstep import Asking
from placer.moves.taking import Ask
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["Relief", "give_up_fewest", "give_up_halves", "give_up_part", "give_up_smallest"]

_MAX_HALVINGS = 6  # of an item that overloads a GPU alone
_COARSE = 0.04  # part of a GPU's traffic from which its smallest item is much to give up
_PARTS = 64  # of the largest item, of which as few as it takes are given up
_PIECE, _MAX_PIECES = 0.005, 16  # of the largest one that are given up instead; of the traffic


@dataclass(frozen=True, slots=True)
class Relief:
    """A GPU with what it keeps, and what it gives up for that."""

    kept: EvaluatedGpu
    given: list[Item]


def give_up_smallest(ask: Ask, ordered: Sequence[Item]) -> Asking[Relief | None]:
    """As few of the smallest items as it takes; None where no number helps.

    Where even the smallest one is much of the traffic, small shares of the largest one go first.

    Parameters
    ----------
    ask : callable
        The GPU, by what it would hold.
    ordered : sequence of Item
        What it holds, the largest first.
    """
    relief = yield from _give_up_first(ask, _with_pieces(ordered)[::-1])
    return relief and Relief(relief.kept, _joined(relief.given))


def give_up_fewest(ask: Ask, ordered: Sequence[Item], more: int = 0) -> Asking[Relief | None]:
    """As few items as it takes, and the smallest such; None where the GPU serves none of them.

    The k largest are given up, k being as small as possible; then those k in a row that are as
    small as possible. See `give_up_smallest` for the other parameters.

    Parameters
    ----------
    more : int
        Items beyond k: more of them are smaller, and find a place more easily.
    """
    relief = yield from _give_up_first(ask, ordered)
    if relief is None:
        return None
    number = len(relief.given) + more
    if number >= len(ordered):
        return None if more else relief
    kept = None if more else relief.kept
    bracket = Bracket(-1 if more else 0, len(ordered) - number + 1)
    for start in bracket:
        gpu = yield from ask([*ordered[:start], *ordered[start + number :]])
        if gpu is None:
            bracket.high = start
        else:
            bracket.low, kept = start, gpu
    return None if kept is None else Relief(kept, list(ordered[bracket.low :][:number]))


def give_up_part(ask: Ask, ordered: Sequence[Item]) -> Asking[Relief | None]:
    """As small a share of the largest item as it takes; None where the whole is too little.

    See `give_up_smallest` for the parameters.
    """
    largest, others = ordered[0], ordered[1:]
    kept, bracket = None, Bracket(0, _PARTS, first=_PARTS // 2)
    for number in bracket:
        rest = largest.with_share(largest.share * (1 - number / _PARTS))
        gpu = yield from ask([rest, *others])
        if gpu is None:
            bracket.low = number
        else:
            bracket.high, kept = number, gpu
    if kept is None:
        return None
    return Relief(kept, [largest.with_share(largest.share * bracket.high / _PARTS)])


def give_up_halves(ask: Ask, ordered: Sequence[Item]) -> Asking[Relief | None]:
    """All but the largest item, and as many halves of this as it takes; None where that is all.

    See `give_up_smallest` for the parameters.
    """
    largest, given = ordered[0], list(ordered[1:])
    for _ in range(_MAX_HALVINGS + 1):
        kept = yield from ask([largest])
        if kept is not None:
            return Relief(kept, given)
        largest = largest.with_share(largest.share / 2)
        given.append(largest)
    return None


def _give_up_first(ask: Ask, ordered: Sequence[Item]) -> Asking[Relief | None]:
    """As few of the first items as it takes; None where only all of them would help."""
    bracket = Bracket(0, len(ordered), first=1)
    kept: EvaluatedGpu | None = None
    for number in bracket:
        gpu = yield from ask(ordered[number:])
        if gpu is None:
            bracket.low = number
        else:
            bracket.high, kept = number, gpu
    return None if kept is None else Relief(kept, list(ordered[: bracket.high]))


def _with_pieces(ordered: Sequence[Item]) -> list[Item]:
    """The same with small pieces of the largest item last, where the smallest one is large."""
    largest, total = ordered[0], sum(item.token_rate for item in ordered)
    if ordered[-1].token_rate < _COARSE * total:
        return list(ordered)
    piece = largest.with_share(largest.share * _PIECE * total / largest.token_rate)
    number = min(_MAX_PIECES, int(largest.share / (2 * piece.share)))
    rest = largest.with_share(largest.share - number * piece.share)
    return [rest, *ordered[1:], *[piece] * number]


def _joined(items: Sequence[Item]) -> list[Item]:
    """Items with one for all pieces of the same adapters."""
    shares: dict[str, float] = {}
    for item in items:
        shares[item.name] = shares.get(item.name, 0.0) + item.share
    first = {item.name: item for item in reversed(items)}
    return [first[name].with_share(share) for name, share in shares.items()]
