"""A controller at work on a simulated fleet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from placer.controllers.controller import Controller, check_shares
from placer.controllers.observation import Observation
from placer.controllers.outcome import ControllerOutcome, starved_adapters
from placer.controllers.scenario import Scenario
from placer.problem.placement import gpu_name
from twin.fleet import Fleet, FleetGpu
from twin.gpu.profile import ServingProfile
from twin.workload.rank import legal_rank
from twin.workload.workload import Workload

__all__ = ["simulate_controller"]

_LEAST_RATE = 1e-6  # requests/s of adapters of which hardly anything was ever seen


def simulate_controller(
    controller: Controller,
    scenario: Scenario,
    profile: ServingProfile,
    seed: int = 0,
    watch: Callable[[int], None] = lambda number: None,
) -> ControllerOutcome:
    """Let a controller route requests to engines, an interval at a time.

    All engines have all adapters in host memory, as if they had served them before. What a
    controller decides holds at once, for the requests that come from then on; an adapter is copied
    into a slot when the first of them is processed, as vLLM does it, in place of the one that was
    used longest ago. Seed by seed all controllers have the same requests.

    Parameters
    ----------
    controller : Controller
    scenario : Scenario
    profile : ServingProfile
        Of all engines.
    seed : int
        Of traffic, routes and whatever the controller draws.
    watch : callable
        Is told of every decision, with 1.

    Raises
    ------
    InputError
        If an engine does not start, or the controller decides something that cannot be.
    """
    bench = _Bench(controller, scenario, profile, seed, watch)
    return bench.run()


class _Bench:
    """State of one run."""

    def __init__(
        self,
        controller: Controller,
        scenario: Scenario,
        profile: ServingProfile,
        seed: int,
        watch: Callable[[int], None],
    ) -> None:
        self._controller = controller
        self._scenario = scenario
        self._profile = profile
        self._watch = watch
        self._rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
        self._workload = scenario.workload(seed)
        self._true_rates = scenario.rates(seed)
        first = zip(self._workload.adapters, self._true_rates[0].tolist(), strict=True)
        workload = Workload.of(replace(adapter, rate=rate) for adapter, rate in first)
        rank = legal_rank(max(adapter.rank for adapter in workload.adapters))
        self._config = profile.engine_config(scenario.max_loras, rank)
        n, m = scenario.num_adapters, scenario.num_engines
        self._shares = np.full((n, m), 1 / m)
        even = {adapter.name: 1 / m for adapter in workload.adapters}
        self._fleet = Fleet(
            [FleetGpu(gpu_name(g), profile, self._config, even) for g in range(m)],
            workload,
            duration=scenario.duration,
            seed=seed,
            records=True,
            hits=True,
        )
        self._index = {adapter.name: a for a, adapter in enumerate(workload.adapters)}
        self._observed = np.full(n, scenario.rate / n)
        self._arrived = np.zeros(n, np.int64)
        self._route_changes = 0
        self._deciding = 0.0

    def run(self) -> ControllerOutcome:
        scenario = self._scenario
        for interval in range(scenario.num_intervals):
            if interval:
                self._fleet.env.run(until=interval * scenario.interval)
                self._observe()
                self._drift(interval)
            self._decide(interval)
            self._watch(1)
        result = self._fleet.run()
        records = result.total.records
        assert records is not None  # were asked for
        starved = starved_adapters(
            records,
            scenario.num_adapters,
            scenario.duration - scenario.settle,
            scenario.starvation_threshold,
        )
        seconds = self._deciding / scenario.num_intervals
        return ControllerOutcome.of(result, starved, self._route_changes, seconds)

    def _observe(self) -> None:
        """Take the last interval into the rates that are told."""
        arrived = self._by_adapter(self._fleet.arrived())
        rates = (arrived - self._arrived) / self._scenario.interval
        self._arrived = arrived
        self._observed += self._scenario.smoothing * (rates - self._observed)

    def _drift(self, interval: int) -> None:
        before, rates = self._true_rates[interval - 1 : interval + 1]
        for index in np.flatnonzero(rates != before).tolist():
            self._fleet.shift(self._workload.adapters[index].name, float(rates[index]))

    def _decide(self, interval: int) -> None:
        seen = self._observation(interval)
        began = time.perf_counter()
        shares = check_shares(self._controller.decide(seen, self._rng), seen, self._controller)
        self._deciding += time.perf_counter() - began
        engines = seen.engines
        changed = np.flatnonzero((shares != self._shares).any(axis=1))
        self._fleet.route(
            {
                self._workload.adapters[a].name: dict(
                    zip(engines, shares[a].tolist(), strict=True)
                )
                for a in changed.tolist()
            }
        )
        if interval:
            self._route_changes += int(np.count_nonzero((shares > 0) != (self._shares > 0)))
        self._shares = shares

    def _observation(self, interval: int) -> Observation:
        rates = np.maximum(self._observed, _LEAST_RATE).tolist()
        adapters = zip(self._workload.adapters, rates, strict=True)
        on_gpu = np.zeros(self._shares.shape, np.bool_)
        for column, engine in enumerate(self._fleet.gpus):
            on_gpu[[self._index[name] for name in self._fleet.state(engine).on_gpu], column] = True
        return Observation(
            interval=interval,
            seconds=self._scenario.interval,
            workload=Workload.of(replace(adapter, rate=rate) for adapter, rate in adapters),
            profile=self._profile,
            config=self._config,
            on_gpu=on_gpu,
            shares=self._shares.copy(),
        )

    def _by_adapter(self, counts: dict[str, int]) -> NDArray[np.int64]:
        values = np.zeros(len(self._workload), np.int64)
        for name, count in counts.items():
            values[self._index[name]] = count
        return values
