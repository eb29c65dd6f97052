"""Records of requests: when each was sent and answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Answer", "Request", "failures"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, and when.

    Parameters
    ----------
    arrival : float
        Seconds from the begin of the run.
    adapter : str
        Name that is asked for; empty for the base model.
    prompt_tokens, output_tokens : int
    """

    arrival: float
    adapter: str
    prompt_tokens: int
    output_tokens: int


@dataclass(slots=True)
class Answer:
    """What came of a request; times are those of a clock that is never set.

    Parameters
    ----------
    request : Request
    sent : float
        Moment of sending, in seconds.
    times : list of float
        Moments at which tokens arrived; one piece of the stream may hold several.
    is_complete : bool
        The stream came to its end with as many tokens as asked for.
    error : str
        Why it failed; empty where it did not, or was cut at the end of the run.
    """

    request: Request
    sent: float
    times: list[float] = field(default_factory=list)
    is_complete: bool = False
    error: str = ""

    @property
    def ttft(self) -> float:
        """Seconds to the first token; NaN before it."""
        return self.times[0] - self.sent if self.times else math.nan

    @property
    def tpot(self) -> float:
        """Seconds per token after the first; NaN where there is none, or the end is missing."""
        gaps = self.request.output_tokens - 1
        return (self.times[-1] - self.times[0]) / gaps if self.is_complete and gaps else math.nan


def failures(answers: Sequence[Answer]) -> dict[str, int]:
    """How many requests failed, by reason."""
    counts: dict[str, int] = {}
    for answer in answers:
        if answer.error:
            counts[answer.error] = counts.get(answer.error, 0) + 1
    return counts
