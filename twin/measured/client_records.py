"""ClientRecords: what a benchmark's client noted of each of its requests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import InputError
from twin.files.field_value import to_number
from twin.measured.run_requests import MOST_TOKENS

__all__ = ["ClientRecord", "ClientRecords", "tokens_of"]

FloatArray = NDArray[np.float64]

_MOST_LOST = 0.05  # share of the requests, beyond which the figures are not those of the rest
_ALIKE = 0.9  # share of the requests by which the client is told to wait for an answer
_CLOCK = 0.01  # seconds by which clocks and rounding may differ
_AT_ONCE = 0.1  # of a mean answer's time: how soon a request follows then


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """One request.

    Parameters
    ----------
    sent, first_token, finish : float
        Seconds on the client's clock.
    prompt_tokens, output_tokens : int
    adapter : str or None
        What it was sent to; None where that is not told.
    """

    sent: float
    first_token: float
    finish: float
    prompt_tokens: int
    output_tokens: int
    adapter: str | None = None

    def check(self, where: str) -> None:
        """Raise `InputError` where its times are in no order."""
        if not self.sent <= self.first_token <= self.finish + _CLOCK:
            problem = (
                f"it was sent at {self.sent!r} s, has its first token at {self.first_token!r} s "
                f"and ends at {self.finish!r} s"
            )
            raise InputError(where, problem, "times in this order")


@dataclass(frozen=True, slots=True)
class ClientRecords:
    """Requests of one run, in the order in which they were sent.

    Parameters
    ----------
    where : str
        File for messages.
    answered : sequence of ClientRecord
    num_failed : int
        Requests that failed.
    cut : tuple of float
        When the requests were sent that were cut off at the end, whose lengths are not known.
    streams : int or None
        Requests that the client kept open, each followed by the next one when it was answered; 0
        where it sent them by the clock, None where that is not told.
    """

    where: str
    answered: Sequence[ClientRecord]
    num_failed: int = 0
    cut: tuple[float, ...] = ()
    streams: int | None = None

    def check(self) -> None:
        """Refuse what tells too little of an engine.

        Raises
        ------
        InputError
            If nothing was answered, or many requests failed.
        """
        sent = len(self.answered) + self.num_failed + len(self.cut)
        if not self.answered:
            raise InputError(self.where, f"none of its {sent} requests was answered")
        if self.num_failed > _MOST_LOST * sent:
            raise InputError(
                self.where,
                f"{self.num_failed} of {sent} requests failed, and what they cost the engine is "
                "not known",
                "leave the file out, or measure again",
            )

    def concurrency(self) -> int:
        """Requests that the client kept open; 0 where it sent them by the clock.

        Where the client does not tell it, it is known by what it did: nearly every request was
        sent right after an answer, with as many open as ever.
        """
        if self.streams is not None:
            return self.streams
        sent = np.array([r.sent for r in self.answered])
        finish = np.sort([r.finish for r in self.answered])
        answers = np.searchsorted(finish, sent, "right")
        before = np.arange(sent.size) - answers  # open when each is sent
        most = int(before.max()) + 1
        later = np.arange(sent.size) >= most
        if np.count_nonzero(later) < max(10, most):
            return 0
        gaps = sent[later] - finish[np.maximum(answers[later] - 1, 0)]
        mean = float(np.mean([r.finish - r.sent for r in self.answered]))
        follows = (before[later] == most - 1) & (gaps < _AT_ONCE * mean)
        return most if np.mean(follows) >= _ALIKE else 0

    def until_cut(self) -> tuple[list[ClientRecord], float]:
        """Requests of which all is known, and the end of the window that they make up.

        An engine knows nothing of requests that come later: until the first one was sent that was
        cut off, all that it had to do is recorded. Without such, the window ends with the last
        answer.

        Returns
        -------
        tuple
            Requests in order, and seconds on the client's clock.
        """
        if not self.cut:
            return list(self.answered), max(r.finish for r in self.answered)
        end = min(self.cut)
        return [r for r in self.answered if r.sent < end], end


def tokens_of(where: str, value: object) -> int:
    """A number of tokens, of at least 1.

    Raises
    ------
    InputError
        If it is none.
    """
    accepted = f"a whole number from 1 to {MOST_TOKENS}"
    number = math.nan if value is None else to_number(where, value, accepted)
    if not (1 <= number <= MOST_TOKENS and number.is_integer()):
        raise InputError(where, f"{value!r} is no number of tokens", accepted)
    return int(number)
