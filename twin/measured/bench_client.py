"""BenchClient: how the client of ``vllm bench serve`` sent its requests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.engine.latency import Latencies
from twin.engine.simulation_result import STARVATION_THRESHOLD
from twin.files.errors import InputError

__all__ = ["BenchClient", "RampUp", "RecordedRequests"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RampUp:
    """A request rate that goes from one value to another over the requests.

    Parameters
    ----------
    first, last : float
        Rates in requests/s.
    exponential : bool
        By equal factors instead of equal differences.
    """

    first: float
    last: float
    exponential: bool

    def rates(self, number: int) -> FloatArray:
        """Rate in requests/s at each of so many requests."""
        progress = np.arange(number) / max(1, number - 1)
        if self.exponential:
            return self.first * (self.last / self.first) ** progress
        return self.first + (self.last - self.first) * progress


@dataclass(frozen=True, slots=True)
class RecordedRequests:
    """Requests as a result with details holds them, in order of their start.

    Parameters
    ----------
    prompt_tokens, output_tokens : tuple of int
        Lengths.
    starts : tuple of float
        Seconds since the first; empty where they were not recorded.
    """

    prompt_tokens: tuple[int, ...]
    output_tokens: tuple[int, ...]
    starts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchClient:
    """A client that sends a number of requests and waits for the last answer.

    Parameters
    ----------
    num_requests : int
        Requests that were answered.
    rate : float
        Mean rate in requests/s at which they were to be sent; infinite for all at once.
    burstiness : float
        Shape of the gamma distribution of the gaps; 1 is Poisson, infinite is even.
    max_concurrency : int
        Requests that may be open; further ones wait at the client. 0 for no bound.
    ramp_up : RampUp or None
    recorded : RecordedRequests or None
        What is known of each request.
    """

    num_requests: int
    rate: float
    burstiness: float = 1.0
    max_concurrency: int = 0
    ramp_up: RampUp | None = None
    recorded: RecordedRequests | None = None

    @property
    def sending_time(self) -> float:
        """Seconds in which all requests are sent, if none has to wait at the client."""
        if self.recorded is not None and self.recorded.starts and self.num_requests > 1:
            return self.recorded.starts[-1] * self.num_requests / (self.num_requests - 1)
        return self.num_requests / self.rate

    def arrivals(self, rng: np.random.Generator) -> FloatArray:
        """Times (s) at which the requests are to be sent, of shape (num_requests,), sorted.

        Starts that were recorded are taken as they are. Drawn ones are scaled so that the last one
        comes when all are to be sent, as vLLM's client has it since 0.10.
        """
        number = self.num_requests
        if self.recorded is not None and self.recorded.starts:
            return np.array(self.recorded.starts)
        if math.isinf(self.rate):
            return np.zeros(number)
        rates = np.full(number, self.rate) if self.ramp_up is None else self.ramp_up.rates(number)
        gaps = 1 / rates
        if math.isfinite(self.burstiness):
            gaps = gaps * rng.gamma(self.burstiness, 1 / self.burstiness, number)
        times = np.cumsum(gaps)
        if times[-1] > 0:
            times *= self.sending_time / times[-1]
        return np.asarray(times, np.float64)

    def check_slots(self, where: str, max_loras: int, num_adapters: int) -> None:
        """Refuse a client whose order an engine would not keep.

        Parameters
        ----------
        where : str
            For the message.
        max_loras, num_adapters : int
            Slots of the engine, 0 without LoRA, and the adapters that it serves.

        Raises
        ------
        InputError
            If more adapters may be open than there are slots.
        """
        needed = min(self.max_concurrency, num_adapters)
        if 0 < max_loras < needed:
            raise InputError(
                where,
                f"{self.max_concurrency} requests of {num_adapters} adapters are open before "
                f"{max_loras} slots, which cannot be replayed",
                f"max_loras of at least {needed}, or no max_concurrency",
            )

    def served_shares(
        self, duration: float, latencies: Latencies[float], output_mean: float
    ) -> tuple[float, float]:
        """Share of what was sent that the engine served meanwhile, told in two ways.

        By the time from the last request to the last answer, less what an answer takes if nothing
        waits; and by the mean wait, which grows with the backlog. With few requests, or answers
        that take long, either alone can be far off.

        Parameters
        ----------
        duration : float
            Seconds from the first request to the last answer.
        latencies : Latencies
            Of the requests.
        output_mean : float
            Mean output tokens.

        Returns
        -------
        tuple of float
            By the end, and by the wait. Both are 1 where the client holds requests back, and
            where all were sent at once, as nothing was offered at a rate.
        """
        if self.max_concurrency or math.isinf(self.rate):
            return 1.0, 1.0
        sending = self.sending_time
        by_end = sending / max(sending, duration - _answer(latencies, output_mean))
        if math.isnan(latencies.ttft_mean):
            return by_end, by_end
        return by_end, sending / (sending + 2 * latencies.ttft_mean)

    def starves(self, duration: float, latencies: Latencies[float], output_mean: float) -> bool:
        """Whether the engine served less than 0.9 of what was sent, told in both ways."""
        return max(self.served_shares(duration, latencies, output_mean)) < STARVATION_THRESHOLD

    def is_uncertain(
        self, duration: float, latencies: Latencies[float], output_mean: float
    ) -> bool:
        """Whether the two ways disagree, or an answer takes longer than all of the sending."""
        by_end, by_wait = self.served_shares(duration, latencies, output_mean)
        disagree = (by_end < STARVATION_THRESHOLD) != (by_wait < STARVATION_THRESHOLD)
        return disagree or _answer(latencies, output_mean) > self.sending_time > 0


def _answer(latencies: Latencies[float], output_mean: float) -> float:
    """Seconds from the first token of a mean answer to its last."""
    return float(np.nan_to_num(latencies.tpot_mean)) * max(0.0, output_mean - 1)
