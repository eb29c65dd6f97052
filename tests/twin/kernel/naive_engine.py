"""A naive engine: the oracle that the compiled kernel has to agree with.

One SimPy process, one event for each step, plain lists. Every step looks at every request, the way
vLLM's schedulers do (``vllm/v1/core/sched/scheduler.py`` of 0.8.5 and, for whole prompts first,
``vllm/core/scheduler.py`` of 0.5.0). Nothing is skipped, tabulated or kept up to date on the side.
Of the kernel it shares the inputs, the cost of a step and the bins of the gap histogram.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import simpy

from tests.twin.kernel.naive_adapters import NaiveAdapters
from twin.kernel.gap_histogram import gap_bin
from twin.kernel.layout import NUM_GAP_BINS, EngineLimits, Requests, StepCosts
from twin.kernel.step_cost import step_time

__all__ = ["NaiveEngine", "NaiveRequest", "NaiveStep"]


@dataclass(eq=False)
class NaiveRequest:
    """One request, and what has become of it."""

    number: int
    arrival: float
    adapter: int | None
    prompt: int
    output: int
    generated: int = 0
    computed: int = 0  # tokens whose keys and values are in the cache
    decoding: bool = False
    blocks: list[int] = field(default_factory=list)
    first_token: float | None = None
    last_token: float | None = None
    finish: float | None = None
    preemptions: int = 0
    rejected: bool = False

    @property
    def tokens(self) -> int:
        """Prompt tokens, and output tokens so far."""
        return self.prompt + self.generated


@dataclass(frozen=True)
class NaiveStep:
    """State of the engine during one step."""

    start: float
    end: float
    running: int
    waiting: int
    used_blocks: int
    adapters: int
    tokens: int
    loading: float


class NaiveEngine:
    """One engine that serves requests step by step.

    Parameters
    ----------
    requests, limits, costs
        As the kernel takes them.
    adapter_rank, gpu_load, disk_load : sequences of length num_adapters
        Rank of each adapter, and the seconds to load it from host memory and from disk.
    duration : float
        End of the window in seconds: a step that ends later does not count.
    cold : bool
        No adapter is loaded at the start; otherwise as many as fit are.
    """

    def __init__(
        self,
        requests: Requests,
        limits: EngineLimits,
        costs: StepCosts,
        adapter_rank: np.ndarray,
        gpu_load: np.ndarray,
        disk_load: np.ndarray,
        duration: float,
        cold: bool = False,
    ) -> None:
        self.limits = limits
        self.costs = costs
        self.duration = duration
        self.rank = [int(rank) for rank in adapter_rank]
        num_adapters = len(self.rank)
        self.requests = [
            NaiveRequest(
                number=i,
                arrival=float(requests.arrival[i]),
                adapter=int(adapter) if adapter < num_adapters else None,
                prompt=int(requests.prompt[i]),
                output=int(requests.output[i]),
            )
            for i, adapter in enumerate(requests.adapter)
        ]
        self.future = list(self.requests)
        self.waiting: list[NaiveRequest] = []
        self.running: list[NaiveRequest] = []
        self.finished: list[NaiveRequest] = []
        self.begin = 0.0  # of the last step
        self.free_blocks = list(range(limits.kv_blocks))
        self.adapters = NaiveAdapters(limits, gpu_load, disk_load, cold)
        self.preemptions = 0
        self.processed = 0
        self.gap_counts = [0] * NUM_GAP_BINS
        self.steps: list[NaiveStep] = []
        # SimPy adds delays, so its clock can be off in the last digit; this one is exact.
        self.now = 0.0
        self.environment = simpy.Environment()
        self.environment.process(self._serve())

    def run(self) -> NaiveEngine:
        """Serve until the window ends or nothing is left to do."""
        self.environment.run()
        return self

    def _serve(self) -> Generator[simpy.Event, None, None]:
        while self.now < self.duration:
            seen = self.now
            if self.limits.asynchronous:
                if any(request.finish is None for request in self.running):
                    seen = self.begin
                else:
                    self._release()
            self._receive(seen)
            if self.running or self.waiting:
                granted, skipped = self._schedule()
                self._release()
                self.begin = self.now
                yield from self._sleep_until(self._end_of_step(granted, skipped))
                if self.now > self.duration:
                    return
                self._emit(granted)
            elif self.future:
                yield from self._sleep_until(self.future[0].arrival)
            else:
                return

    def _sleep_until(self, moment: float) -> Generator[simpy.Event, None, None]:
        yield self.environment.timeout(max(0.0, moment - self.environment.now))
        self.now = moment

    def _receive(self, seen: float) -> None:
        """Queue what had arrived by then, or turn it away."""
        capacity = self.limits.kv_blocks * self.limits.block_size
        while self.future and self.future[0].arrival <= seen:
            request = self.future.pop(0)
            in_system = len(self.running) + len(self.waiting)
            full = self.limits.max_in_system > 0 and in_system >= self.limits.max_in_system
            request.rejected = full or request.prompt + request.output > capacity
            if not request.rejected:
                self.waiting.append(request)

    def _schedule(self) -> tuple[dict[NaiveRequest, int], int]:
        """Tokens granted by request, and requests looked at in vain."""
        if self.limits.prefill_first:
            granted, skipped = self._admit(self.limits.max_num_batched_tokens)
            if not granted:
                granted = self._continue_running()[0]
            return granted, skipped
        granted, any_preempted = self._continue_running()
        skipped = 0
        if not any_preempted:
            budget = self.limits.max_num_batched_tokens - sum(granted.values())
            admitted, skipped = self._admit(budget)
            granted |= admitted
        return granted, skipped

    def _continue_running(self) -> tuple[dict[NaiveRequest, int], bool]:
        """Running requests in order of admission; the latest are preempted if blocks lack."""
        granted: dict[NaiveRequest, int] = {}
        budget = self.limits.max_num_batched_tokens
        any_preempted = False
        for request in [r for r in self.running if r.finish is None]:
            if request not in self.running:
                continue
            tokens = min(request.tokens - request.computed, budget)
            assert tokens > 0
            while request in self.running and not self._allocate(request, tokens):
                self._release()
                self._preempt(self.running[-1])
                any_preempted = True
            if request in self.running:
                granted[request] = tokens
                budget -= tokens
        return granted, any_preempted

    def _admit(self, budget: int) -> tuple[dict[NaiveRequest, int], int]:
        """Waiting requests, first come first served.

        One whose adapter finds no slot is passed over. Those passed over count as looked at in
        vain only if it was for them alone that the step took no more.
        """
        granted: dict[NaiveRequest, int] = {}
        passed_over = 0
        for request in list(self.waiting):
            if budget <= 0 or len(self.running) >= self.limits.max_num_seqs:
                break
            in_use = self._adapters_in_use()
            new = request.adapter is not None and request.adapter not in in_use
            if new and len(in_use) >= self.limits.max_loras:
                passed_over += 1
                continue
            tokens = min(request.tokens, budget)
            if self.limits.prefill_first:
                if tokens < request.tokens and granted:
                    return granted, 0
                tokens = request.tokens
            reserve = self.limits.watermark_blocks if self.running else 0
            if self.limits.reserve_prompts:
                size = self.limits.block_size
                reserve += -(-request.tokens // size) - -(-tokens // size)
            if not self._allocate(request, tokens, reserve):
                return granted, 0
            self.waiting.remove(request)
            self.running.append(request)
            granted[request] = tokens
            budget -= tokens
        full = budget <= 0 or len(self.running) >= self.limits.max_num_seqs
        return granted, 0 if full else passed_over

    def _allocate(self, request: NaiveRequest, tokens: int, reserve: int = 0) -> bool:
        """Give a request the blocks for these further tokens, if there are so many."""
        size = self.limits.block_size
        wanted = -(-(request.computed + tokens) // size) - len(request.blocks)
        if wanted + reserve > len(self.free_blocks):
            return False
        request.blocks += [self.free_blocks.pop() for _ in range(wanted)]
        return True

    def _preempt(self, request: NaiveRequest) -> None:
        """Back to the head of the queue; all of it will be computed again."""
        self._leave(request)
        request.computed = 0
        request.decoding = False
        request.preemptions += 1
        self.preemptions += 1
        self.waiting.insert(0, request)

    def _leave(self, request: NaiveRequest) -> None:
        self.running.remove(request)
        self._free(request)

    def _release(self) -> None:
        """Those that have finished are no longer running."""
        self.running = [request for request in self.running if request.finish is None]

    def _free(self, request: NaiveRequest) -> None:
        self.free_blocks += request.blocks
        request.blocks = []

    def _adapters_in_use(self) -> set[int]:
        return {request.adapter for request in self.running if request.adapter is not None}

    def _end_of_step(self, granted: dict[NaiveRequest, int], skipped: int) -> float:
        """Time at which this step ends; notes the state of the engine."""
        decodes = [request for request in granted if request.decoding]
        prefill_only = self.limits.prefill_first and not decodes
        batch = granted if prefill_only and granted else self.running
        adapters = {request.adapter for request in batch if request.adapter is not None}
        loading = self.adapters.touch(adapters)
        prompt_tokens = sum(granted.values()) - len(decodes)
        compute = step_time.py_func(
            costs=self.costs,
            decodes=len(decodes),
            prefill_tokens=prompt_tokens,
            kv_tokens=sum(request.computed for request in decodes),
            adapters=len(adapters),
            rank_sum=sum(self.rank[adapter] for adapter in adapters),
            running=len(self.running),
            waiting=len(self.waiting),
            skipped=skipped,
            base_running=sum(request.adapter is None for request in self.running),
        )
        both = max(compute, loading) if self.limits.overlap_loads else compute + loading
        end = self.now + both
        self.steps.append(
            NaiveStep(
                start=self.now,
                end=end,
                running=len(self.running),
                waiting=len(self.waiting),
                used_blocks=self.limits.kv_blocks - len(self.free_blocks),
                adapters=len(self._adapters_in_use()),
                tokens=sum(granted.values()),
                loading=loading,
            )
        )
        return end

    def _emit(self, granted: dict[NaiveRequest, int]) -> None:
        """The step is over: tokens come out, and requests that have all of theirs leave."""
        self.processed += sum(granted.values())
        for request, tokens in granted.items():
            request.computed += tokens
            if request.computed < request.tokens:
                continue
            request.decoding = True
            request.generated += 1
            if request.last_token is None:
                request.first_token = self.now
            else:
                self.gap_counts[gap_bin.py_func(self.now - request.last_token)] += 1
            request.last_token = self.now
            if request.generated == request.output:
                request.finish = self.now
                self.finished.append(request)
                self._free(request)
        if not self.limits.slots_linger:
            self._release()

    def integral(self, quantity: str) -> float:
        """A field of the steps, summed over the time within the window."""
        return sum(
            (min(step.end, self.duration) - step.start) * getattr(step, quantity)
            for step in self.steps
        )

    def sample(self, moment: float) -> tuple[int, int, int, int]:
        """Running, waiting, used blocks and distinct adapters at a moment; zeros when idle."""
        for step in self.steps:
            if step.start < moment <= step.end:
                return step.running, step.waiting, step.used_blocks, step.adapters
        return 0, 0, 0, 0
