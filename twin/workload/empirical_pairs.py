"""Lengths of observed requests, drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.files.errors import InputError

__all__ = ["EmpiricalPairs"]

IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True, init=False, eq=False)
class EmpiricalPairs:
    """Pairs of (prompt, output) tokens drawn with replacement from observed requests.

    Keeps the whole joint distribution of a trace, its correlation included. Two of them are equal
    when they hold the same pairs in the same order.

    Parameters
    ----------
    prompt_tokens, output_tokens : sequence of int, or ndarray of shape (n,)
        Lengths of the observed requests in tokens, each at least 1; kept as int32.

    Raises
    ------
    InputError
        If there is none, their numbers differ, or a length is no whole number of 1 to 2^31 - 1.
    """

    prompt_tokens: IntArray
    output_tokens: IntArray
    prompt_mean: float = field(repr=False)
    prompt_std: float = field(repr=False)
    output_mean: float = field(repr=False)
    output_std: float = field(repr=False)
    _digest: bytes = field(repr=False)

    def __init__(
        self,
        prompt_tokens: Sequence[int] | NDArray[np.integer],
        output_tokens: Sequence[int] | NDArray[np.integer],
    ) -> None:
        prompt = _lengths("prompt_tokens", prompt_tokens)
        output = _lengths("output_tokens", output_tokens)
        if prompt.size == 0 or prompt.size != output.size:
            raise InputError("pairs", "prompt_tokens and output_tokens need the same length, >= 1")
        digest = blake2b(prompt.tobytes() + output.tobytes(), digest_size=16).digest()
        values = {
            "prompt_tokens": prompt,
            "output_tokens": output,
            "prompt_mean": float(prompt.mean()),
            "prompt_std": float(prompt.std()),
            "output_mean": float(output.mean()),
            "output_std": float(output.std()),
            "_digest": digest,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EmpiricalPairs) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    def sample(self, n: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Draw ``n`` requests: prompt tokens (n,) and output tokens (n,)."""
        return self.tokens_of_uniforms(rng.random(n))

    def tokens_of_uniforms(self, numbers: NDArray[np.float64]) -> tuple[IntArray, IntArray]:
        """Lengths of the requests that numbers (n,) in [0, 1) point to."""
        rows = (numbers * self.prompt_tokens.size).astype(np.int64)
        return self.prompt_tokens[rows], self.output_tokens[rows]


def _lengths(name: str, values: ArrayLike) -> IntArray:
    given = np.asarray(values)
    if given.size and not (given.dtype.kind in "iu" and 1 <= given.min() <= given.max() < 2**31):
        raise InputError(name, "every length must be a whole number of at least 1 token")
    lengths = given.astype(np.int32).ravel()
    lengths.flags.writeable = False
    return lengths
