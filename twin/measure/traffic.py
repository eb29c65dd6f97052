"""Traffic of a measured run: whose requests arrive when, and how long they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.files.errors import InputError
from twin.measure.records import Request

__all__ = ["Lengths", "draw_requests", "rate_classes"]

_CLASSES = (1.0, 0.5, 0.25)  # rates of adapters in turn, by the largest
_SHORTEST_PROMPT, _SHORTEST_OUTPUT = 4, 2


@dataclass(frozen=True, slots=True)
class Lengths:
    """Log-normal lengths of requests with a coefficient of variation of 1.

    Parameters
    ----------
    prompt_mean, output_mean : float
        Tokens.
    longest : int
        Tokens of the longest prompt, and of the longest output.

    Raises
    ------
    InputError
        If a mean is not within what requests may have.
    """

    prompt_mean: float = 220.0
    output_mean: float = 200.0
    longest: int = 2000

    def __post_init__(self) -> None:
        for name, least in (
            ("prompt_mean", _SHORTEST_PROMPT),
            ("output_mean", _SHORTEST_OUTPUT),
        ):
            mean = getattr(self, name)
            if not least <= mean <= self.longest:
                accepted = f"{least} to {self.longest} tokens"
                raise InputError(name, f"{mean!r} is not a length", accepted)

    def draw(self, rng: np.random.Generator) -> tuple[int, int]:
        """Tokens of a prompt and of an output."""
        return (
            self._one(rng, self.prompt_mean, _SHORTEST_PROMPT),
            self._one(rng, self.output_mean, _SHORTEST_OUTPUT),
        )

    def _one(self, rng: np.random.Generator, mean: float, least: int) -> int:
        variance = math.log(2.0)
        drawn = rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance))
        return int(min(max(drawn, least), self.longest))


def rate_classes(names: Sequence[str], total: float) -> dict[str, float]:
    """Rates in requests/s of adapters, in three classes of which each has half of the one before.

    Parameters
    ----------
    names : sequence of str
    total : float
        Requests/s of all together.
    """
    weights = [_CLASSES[i % len(_CLASSES)] for i in range(len(names))]
    return {name: w / sum(weights) * total for name, w in zip(names, weights, strict=True)}


def draw_requests(
    rates: Mapping[str, float], window: float, lengths: Lengths, seed: int
) -> list[Request]:
    """Poisson arrivals of each adapter, in the order of their arrival.

    Parameters
    ----------
    rates : mapping of str to float
        Requests/s by name; the empty name is the base model.
    window : float
        Seconds.
    lengths : Lengths
    seed : int
    """
    rng = np.random.default_rng(seed)
    requests = []
    for name, rate in rates.items():
        arrivals = rng.uniform(0.0, window, rng.poisson(rate * window))
        # Written with four digits, and replayed as they are written.
        requests += [
            Request(round(float(arrival), 4), name, *lengths.draw(rng)) for arrival in arrivals
        ]
    return sorted(requests, key=lambda request: request.arrival)
