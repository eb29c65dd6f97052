"""Small engines with small workloads, drawn at random from wherever something can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, get_type_hints

import numpy as np
from hypothesis import strategies as st

from tests.twin.kernel.naive_engine import NaiveEngine
from twin.kernel.engine import advance
from twin.kernel.layout import Engine, EngineLimits, Requests, StepCosts, new_engine

__all__ = [
    "EngineCase",
    "Source",
    "engine_case",
    "engine_cases",
    "random_case",
    "stopped_engines",
]

_TICK = 1 / 64  # a power of two: sums of ticks are exact, so that events really coincide
_AWKWARD = 0.0137  # not a power of two


class Source(Protocol):
    """Where random numbers come from."""

    def integer(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, both included."""
        ...


class _Hypothesis:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))


class _Numpy:
    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def integer(self, low: int, high: int) -> int:
        return int(self._rng.integers(low, high + 1))


@dataclass(frozen=True)
class EngineCase:
    """Everything that one run of an engine depends on."""

    requests: Requests
    limits: EngineLimits
    costs: StepCosts
    adapter_rank: np.ndarray
    gpu_load: np.ndarray
    disk_load: np.ndarray
    duration: float
    resolution: float
    num_samples: int
    cold: bool = False

    def new_engine(self, *, sampled: bool = True) -> Engine:
        """Idle engine for these requests."""
        return new_engine(
            self.requests.arrival.size,
            int(self.requests.output.max(initial=1)),
            self.adapter_rank,
            self.gpu_load,
            self.disk_load,
            self.limits,
            self.num_samples if sampled else 0,
            [] if self.cold else None,
        )

    def advance(self, engine: Engine, until: float | None = None) -> None:
        """Run the kernel up to a moment, the end of the window by default."""
        advance(
            engine,
            self.requests,
            self.limits,
            self.costs,
            self.requests.arrival.size,
            self.duration if until is None else until,
            self.duration,
            self.resolution,
        )

    def run(self, *, sampled: bool = True) -> Engine:
        """What the kernel makes of it."""
        engine = self.new_engine(sampled=sampled)
        self.advance(engine)
        return engine

    def run_naively(self) -> NaiveEngine:
        """What the naive engine makes of it."""
        return NaiveEngine(
            self.requests,
            self.limits,
            self.costs,
            self.adapter_rank,
            self.gpu_load,
            self.disk_load,
            self.duration,
            self.cold,
        ).run()


def engine_case(source: Source) -> EngineCase:
    """Draw a case."""
    unit = _TICK if source.integer(0, 1) else _AWKWARD
    size = 8 if source.integer(0, 14) == 14 else 1
    num_adapters = source.integer(0, 6 * size)
    limits = _limits(source, num_adapters, size)
    requests = _requests(source, num_adapters, limits, unit, size)
    ranks = [(8, 16, 32)[source.integer(0, 2)] for _ in range(num_adapters)]
    loads = [[unit * source.integer(0, 6) for _ in range(num_adapters)] for _ in range(2)]
    num_samples = source.integer(0, 1) * source.integer(0, 60)
    steps = source.integer(1, 400)
    return EngineCase(
        requests=requests,
        limits=limits,
        costs=_costs(source, unit),
        adapter_rank=np.array(ranks, np.int64),
        gpu_load=np.array(loads[0], np.float64),
        disk_load=np.array(loads[1], np.float64),
        duration=unit * steps * (1000 if source.integer(0, 2) else 4),
        resolution=unit * source.integer(1, 20),
        num_samples=num_samples,
        cold=bool(source.integer(0, 1)),
    )


def random_case(rng: np.random.Generator) -> EngineCase:
    """Draw a case with NumPy, which is fast."""
    return engine_case(_Numpy(rng))


def stopped_engines(number: int) -> list[tuple[EngineCase, Engine]]:
    """Engines with adapters, stopped somewhere on their way."""
    rng = np.random.default_rng(11)
    found = []
    while len(found) < number:
        case = random_case(rng)
        if case.adapter_rank.size > 1 and case.limits.max_loras > 0:
            engine = case.new_engine()
            case.advance(engine, case.requests.arrival[-1] * rng.random())
            found.append((case, engine))
    return found


@st.composite
def engine_cases(draw: st.DrawFn) -> EngineCase:
    """Draw a case with hypothesis, which makes what fails small."""
    return engine_case(_Hypothesis(draw))


def _limits(source: Source, num_adapters: int, size: int) -> EngineLimits:
    max_loras = source.integer(min(num_adapters, 1), 3 * size)
    max_num_seqs = source.integer(1, 8 * size)
    prefill_first = source.integer(0, 2) == 0
    asynchronous = not prefill_first and bool(source.integer(0, 1))
    kv_blocks = source.integer(2, 50 * size)
    return EngineLimits(
        max_loras=max_loras,
        host_adapters=source.integer(max_loras, max(max_loras, num_adapters)),
        max_num_seqs=max_num_seqs,
        max_num_batched_tokens=max_num_seqs + source.integer(0, 24),
        kv_blocks=kv_blocks,
        block_size=(1, 2, 3, 4, 16)[source.integer(0, 4)],
        max_in_system=source.integer(0, 1) * source.integer(0, 12 * size),
        prefill_first=prefill_first,
        watermark_blocks=source.integer(0, 3) if prefill_first else 0,
        overlap_loads=bool(source.integer(0, 1)),
        asynchronous=asynchronous,
        slots_linger=asynchronous and bool(source.integer(0, 1)),
        reserve_prompts=bool(source.integer(0, 1)),
    )


def _requests(
    source: Source, num_adapters: int, limits: EngineLimits, unit: float, size: int
) -> Requests:
    """Requests that mostly fit, in bursts, at the same moments, or far apart."""
    long_outputs = source.integer(0, 4) == 0
    capacity = limits.kv_blocks * limits.block_size
    longest = capacity + source.integer(0, 7) // 7 * 8  # now and then some are too long
    arrival, adapter, prompt, output = [], [], [], []
    now = unit * source.integer(0, 2)
    for _ in range(source.integer(1, 25 * size)):
        now += unit * (0, 0, 0, 1, 2, 7, 40)[source.integer(0, 6)]
        arrival.append(now)
        adapter.append(source.integer(0, num_adapters))  # the last one is the base model
        prompt.append(source.integer(1, min(40, longest - 1)))
        output.append(source.integer(1, min(longest - prompt[-1], 150 if long_outputs else 14)))
    return Requests(
        np.array(arrival, np.float64),
        np.array(adapter, np.int32),
        np.array(prompt, np.int32),
        np.array(output, np.int32),
    )


def _costs(source: Source, unit: float) -> StepCosts:
    """Costs of which any may be zero, except that a step takes time."""
    values: dict[str, float | int] = {}
    finest = 8 * source.integer(0, 1)
    for name, kind in get_type_hints(StepCosts).items():
        if kind is int:
            values[name] = source.integer(0, 30)
        else:
            assert kind is float, f"no way to draw a {kind} for {name}"
            values[name] = source.integer(0, 1) * unit / 2 ** source.integer(0, finest)
    values["base"] = unit * source.integer(1, 3) + values["lora"]
    values["decode"] += values["lora_decode"]
    values["prefill_token"] += values["lora_prefill_token"]
    for part, whole in (("", "base"), ("_decode", "decode"), ("_prefill_token", "prefill_token")):
        values[whole] += values["launched"] * values[f"slot{part}"]
    return StepCosts(**values)
