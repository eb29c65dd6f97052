"""MeasuredRun: one benchmark run against a real engine, open loop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from twin.engine.latency import Latencies
from twin.engine.simulation_result import STARVATION_THRESHOLD
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.measured.bench_client import BenchClient
from twin.measured.run_requests import RunRequests

__all__ = ["MeasuredRun"]


@dataclass(frozen=True, slots=True)
class MeasuredRun(Latencies[float]):
    """What was served and how, and what came out.

    `Latencies` that were not measured are NaN.

    Parameters
    ----------
    run_id, scenario : str
        Name of the run, and of the group that it belongs to.
    model, engine_version : str
        What served.
    max_loras, max_lora_rank : int
        Adapter slots and their rank; 0 without LoRA.
    max_num_seqs : int
        Requests that may run at the same time; 0 for the profile's default.
    ranks : mapping of int to int
        Number of adapters by rank.
    rates : mapping of float to int
        Number of adapters by rate in requests/s.
    pooled_arrivals : bool
        One stream of arrivals dealt evenly to the adapters, instead of one stream for each.
    num_requests : int
        The benchmark ends when so many requests have been sent; 0 where it ends by time.
    dataset : str
        Where the lengths come from: ``"sharegpt..."``, ``"fixed..."`` or something else.
    prompt_mean, output_mean : float
        Mean requested tokens.
    duration : float
        Length of the window in seconds.
    throughput : float
        Input plus output tokens/s of the requests that finished.
    ttft_charges_unfinished : bool
        The mean TTFT charges the whole duration for every request that did not finish.
    memory_error : bool
        The engine did not start for lack of memory.
    usable : bool
        The figures can be compared: the engine started, nothing else used the GPU's memory and the
        log is complete.
    starved : bool
        Less than 0.9 of the offered throughput was served.
    starved_is_uncertain : bool
        The served share is too close to 0.9 to tell, or the run too short.
    frontend_saturated : bool
        The HTTP front end could not keep up, so that latencies are not the engine's.
    gpu : str
        What the table calls the GPU; empty where it does not say.
    engine_throughput : float
        Input plus output tokens/s that the engine processed, by its own counters; NaN where they
        were not read. In a short window the requests that finished have much less.
    max_num_batched_tokens : int
        Tokens that a step may take; 0 for the profile's default.
    specialize_active_lora : bool or None
        Whether LoRA kernels were launched for the active adapters alone; None for the profile's
        default.
    requests : RunRequests or None
        The very requests that were sent, where they were recorded.
    client : BenchClient or None
        How the requests were sent, where the benchmark waited for the last answer and its duration
        takes that in; None for Poisson arrivals.
    """

    run_id: str
    scenario: str
    model: str
    engine_version: str
    max_loras: int
    max_lora_rank: int
    max_num_seqs: int
    ranks: Mapping[int, int]
    rates: Mapping[float, int]
    pooled_arrivals: bool
    num_requests: int
    dataset: str
    prompt_mean: float
    output_mean: float
    duration: float
    throughput: float
    ttft_charges_unfinished: bool
    memory_error: bool
    usable: bool
    starved: bool
    starved_is_uncertain: bool
    frontend_saturated: bool
    gpu: str = ""
    engine_throughput: float = math.nan
    max_num_batched_tokens: int = 0
    specialize_active_lora: bool | None = None
    requests: RunRequests | None = None
    client: BenchClient | None = None

    @property
    def num_adapters(self) -> int:
        """Adapters that are served."""
        return sum(self.rates.values())

    @property
    def rate(self) -> float:
        """Nominal request rate in requests/s."""
        return math.fsum(rate * count for rate, count in self.rates.items())

    @property
    def offered_throughput(self) -> float:
        """Traffic in tokens/s, as recorded or nominal."""
        if self.requests is not None:
            return self.requests.num_tokens / self.duration
        return self.rate * (self.prompt_mean + self.output_mean)

    def starves(self, throughput: float, latencies: Latencies[float]) -> bool:
        """Whether an engine that has these figures serves less than 0.9 of what was offered.

        Parameters
        ----------
        throughput : float
            Input plus output tokens/s of the requests that finished; of all that the engine
            processed, where that was measured.
        latencies : Latencies
            Of the requests.
        """
        if self.client is None:
            return throughput < STARVATION_THRESHOLD * self.offered_throughput
        tokens = self.client.num_requests * (self.prompt_mean + self.output_mean)
        duration = tokens / throughput if throughput > 0 else math.inf
        return self.client.starves(duration, latencies, self.output_mean)

    def engine_config(self, profile: ServingProfile) -> EngineConfig:
        """How the engine was started; what the run does not tell is the profile's default.

        Raises
        ------
        InputError
            If vLLM refuses the combination.
        """
        config = profile.engine_config(self.max_loras, self.max_lora_rank)
        seqs = self.max_num_seqs or config.max_num_seqs
        tokens = self.max_num_batched_tokens or max(config.max_num_batched_tokens, seqs)
        config = replace(config, max_num_seqs=seqs, max_num_batched_tokens=tokens)
        if self.specialize_active_lora is None or not self.max_loras:
            return config
        return replace(config, specialize_active_lora=self.specialize_active_lora)
