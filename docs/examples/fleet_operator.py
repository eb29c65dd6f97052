"""A fleet with an operator: a process that moves adapters when a queue grows or a GPU fails.

Four GPUs serve 64 adapters for half an hour. After five minutes the adapters of the first have
six times the traffic; after fifteen the last GPU is down for five. Without and with the operator.

Writes a picture to the given file; needs matplotlib (``pip install 'lora-placer[report]'``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from matplotlib.figure import Figure

from twin import paper_workload, read_profile
from twin.fleet import Fleet, FleetGpu

profile = read_profile("h100_80gb_llama31_8b")
workload = paper_workload(num_adapters=64, rates=[1.2, 0.6, 0.3], rank_mix=[8, 16])
names = [adapter.name for adapter in workload.adapters]
gpus = [
    FleetGpu(f"gpu-{i}", profile, profile.engine_config(24, 16), dict.fromkeys(names[i::4], 1.0))
    for i in range(4)
]


def operator(fleet: Fleet) -> Iterator[object]:
    """Every ten seconds, one adapter of a GPU that has a queue, and all of one that is down."""
    while True:
        yield fleet.env.timeout(10)
        states = {gpu: fleet.state(gpu) for gpu in fleet.gpus}
        up = [gpu for gpu in fleet.gpus if states[gpu].up]
        up.sort(key=lambda gpu: states[gpu].waiting + states[gpu].running)
        for gpu, state in states.items():
            if not state.up:
                for number, adapter in enumerate(state.shares):
                    fleet.migrate(adapter, gpu, up[number % len(up)])
            elif state.waiting > 30 and gpu != up[0]:
                queues = state.waiting_by_adapter
                fleet.migrate(max(queues, key=lambda name: queues[name]), gpu, up[0])


figure = Figure(figsize=(8, 4.5), layout="constrained")
axes = figure.subplots(1, 2, sharey=True)
for axis, operated in zip(axes, (False, True), strict=True):
    fleet = Fleet(gpus, workload, duration=1800, resolution=5)
    for adapter in workload.adapters[0::4]:
        fleet.at(300, fleet.shift, adapter.name, 6 * adapter.rate)
    fleet.at(900, fleet.fail, "gpu-3")
    fleet.at(1200, fleet.restore, "gpu-3")
    if operated:
        fleet.env.process(operator(fleet))
    result = fleet.run()
    for name, gpu in result.gpus.items():
        assert gpu.series is not None
        in_system = gpu.series.running + gpu.series.waiting
        axis.plot(gpu.series.time / 60, in_system, label=name, linewidth=1)
    title = "with an operator" if operated else "without"
    lost = f"{result.num_lost} of {result.total.num_requests} requests lost"
    axis.set(title=f"{title}: p99 TTFT {result.total.ttft_p99:.1f} s\n{lost}", xlabel="minutes")
    axis.set_yscale("symlog", linthresh=10)
axes[0].set(ylabel="requests running or waiting")
axes[0].legend()
figure.savefig(sys.argv[1], metadata={"Date": None})
