"""Ranks: which ones vLLM accepts, and how they are read."""

from __future__ import annotations

import numpy as np

from twin.files.errors import InputError
from twin.files.field_value import to_number

__all__ = ["BASE", "LEGAL_RANKS", "legal_rank", "slot_rank", "to_rank"]

BASE = 0
"""Rank of requests for the base model, which need no adapter."""

LEGAL_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Values that vLLM accepts for ``--max-lora-rank``."""

_LEGAL_OF = {
    rank: min(legal for legal in LEGAL_RANKS if legal >= rank)
    for rank in range(1, LEGAL_RANKS[-1] + 1)
}


def legal_rank(rank: int) -> int:
    """Smallest value of ``--max-lora-rank`` that holds an adapter of this rank.

    Raises
    ------
    InputError
        If the rank is no whole number, below 1 or above the largest that vLLM accepts.
    """
    if isinstance(rank, (int, np.integer)) and not isinstance(rank, bool) and rank in _LEGAL_OF:
        return _LEGAL_OF[rank]
    raise InputError(
        "rank", f"{rank!r} is not accepted by vLLM", f"a whole number from 1 to {LEGAL_RANKS[-1]}"
    )


def slot_rank(rank: int) -> int:
    """Rank of the slot that an adapter of this rank needs; 0, that of no slot, for `BASE`.

    Raises
    ------
    InputError
        As `legal_rank`.
    """
    return BASE if rank == BASE and not isinstance(rank, bool | float) else legal_rank(rank)


def to_rank(where: str, value: object, least: int = 1) -> int:
    """A LoRA rank that vLLM serves.

    Parameters
    ----------
    where : str
        Its place, for the message.
    value : object
    least : int
        Smallest rank that is accepted: 1, or `BASE` where there may be none.

    Raises
    ------
    InputError
        If the value is not a whole number from there to 512.
    """
    accepted = f"a whole number from {least} to {LEGAL_RANKS[-1]}"
    number = to_number(where, value, accepted)
    if not number.is_integer():
        raise InputError(where, f"{value!r} is not a whole number", accepted)
    if not least <= number <= LEGAL_RANKS[-1]:
        raise InputError(where, f"rank {value!r} is not accepted by vLLM", accepted)
    return int(number)
