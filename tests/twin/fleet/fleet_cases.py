"""Small fleets with tiny engines, and what happens to them, drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine.start import Start
from twin.files.errors import InputError
from twin.fleet import Fleet, FleetGpu
from twin.gpu.front_end import FrontEnd
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength
from twin.workload.workload import Workload

__all__ = ["WINDOW", "FleetCase", "fleet_cases", "workload"]

WINDOW = 20.0


def workload(rates: Sequence[float], ranks: Sequence[int] = (8, 16)) -> Workload:
    """Adapters ``a0``, ``a1``, … with these rates, and ranks in turn."""
    lengths = CopulaLengths(LogNormalLength(40, 30), FixedLength(20))
    return Workload.of(
        Adapter(f"a{i}", ranks[i % len(ranks)], rate, lengths) for i, rate in enumerate(rates)
    )


@dataclass(frozen=True)
class FleetCase:
    """A fleet and a script of what happens: moment, kind, and numbers to choose with."""

    gpus: tuple[FleetGpu, ...]
    workload: Workload
    seed: int
    start: Start
    retry: bool
    max_in_system: int
    script: tuple[tuple[float, str, int, int], ...]

    def fleet(self, *, resolution: float = 0.0, watched: Sequence[float] = ()) -> Fleet:
        """The fleet with its script, looked at at some moments."""
        fleet = Fleet(
            self.gpus,
            self.workload,
            duration=WINDOW,
            seed=self.seed,
            start=self.start,
            retry=self.retry,
            max_in_system=self.max_in_system,
            records=True,
            resolution=resolution,
        )
        for time, kind, one, other in self.script:
            fleet.at(time, self._act, fleet, kind, one, other)
        for time in watched:
            fleet.at(time, lambda: [fleet.state(gpu) for gpu in fleet.gpus])
        return fleet

    def _act(self, fleet: Fleet, kind: str, one: int, other: int) -> None:
        """Do what can be done; what the fleet refuses is left."""
        gpu, target = (fleet.gpus[i % len(self.gpus)] for i in (one, other))
        adapter = self.workload.adapters[other % len(self.workload)].name
        try:
            if kind == "fail":
                fleet.fail(gpu)
            elif kind == "restore":
                fleet.restore(gpu)
            elif kind == "shift":
                fleet.shift(adapter, float(one))
            elif kind == "migrate":
                share = 0.5 if one > other else None
                fleet.migrate(adapter, gpu, target, share=share)
        except InputError:
            pass


@st.composite
def fleet_cases(draw: st.DrawFn, most_gpus: int = 4) -> FleetCase:
    """Draw a case; without a script if there may be one GPU only."""
    rates = draw(st.lists(st.sampled_from([0.1, 0.5, 2.0]), min_size=1, max_size=6))
    num_gpus = draw(st.integers(1, most_gpus))
    shares: list[dict[str, float]] = [{} for _ in range(num_gpus)]
    for i in range(len(rates)):
        one, other = draw(st.integers(0, num_gpus - 1)), draw(st.integers(0, num_gpus - 1))
        parts = {one: 1.0} if one == other else {one: 0.25, other: 0.75}
        for gpu, share in parts.items():
            shares[gpu][f"a{i}"] = share
    gpus = tuple(
        FleetGpu(
            f"g{i}",
            profile(
                draw(st.sampled_from([400, 100_000])),
                draw(st.sampled_from(["v0", "v1"])),
                front_end=FrontEnd(draw(st.sampled_from([0.0, 0.3]))),
            ),
            replace(CONFIG, max_cpu_loras=draw(st.sampled_from([None, 3]))),
            own,
        )
        for i, own in enumerate(shares)
    )
    happens = st.tuples(
        st.floats(0, WINDOW),
        st.sampled_from(["fail", "restore", "shift", "migrate"]),
        st.integers(0, 5),
        st.integers(0, 5),
    )
    return FleetCase(
        gpus=gpus,
        workload=workload(rates, draw(st.sampled_from([(8, 16), (8, 0, 16)]))),
        seed=draw(st.integers(0, 1000)),
        start=draw(st.sampled_from(list(Start))),
        retry=draw(st.booleans()),
        max_in_system=draw(st.sampled_from([0, 6])),
        script=tuple(draw(st.lists(happens, max_size=8))) if most_gpus > 1 else (),
    )
