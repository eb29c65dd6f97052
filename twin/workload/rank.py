"""Ranks: which ones vLLM accepts, and how they are read."""

from __future__ import annotations

import numpy as np

from twin.files.errors import InputError
from twin.files.field_value import to_number

__all__ = ["LEGAL_RANKS", "legal_rank", "to_rank"]

LEGAL_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Values that vLLM accepts for ``--max-lora-rank``."""


def legal_rank(rank: int) -> int:
    """Smallest value of ``--max-lora-rank`` that holds an adapter of this rank.

    Raises
    ------
    InputError
        If the rank is no whole number, below 1 or above the largest that vLLM accepts.
    """
    if isinstance(rank, (int, np.integer)) and not isinstance(rank, bool):
        for legal in LEGAL_RANKS:
            if 1 <= rank <= legal:
                return legal
    raise InputError(
        "rank", f"{rank!r} is not accepted by vLLM", f"a whole number from 1 to {LEGAL_RANKS[-1]}"
    )


def to_rank(where: str, value: object) -> int:
    """A LoRA rank that vLLM serves.

    Raises
    ------
    InputError
        If the value is not a whole number from 1 to 512.
    """
    accepted = f"a whole number from 1 to {LEGAL_RANKS[-1]}"
    number = to_number(where, value, accepted)
    if not number.is_integer():
        raise InputError(where, f"{value!r} is not a whole number", accepted)
    if not 1 <= number <= LEGAL_RANKS[-1]:
        raise InputError(where, f"rank {value!r} is not accepted by vLLM", accepted)
    return int(number)
