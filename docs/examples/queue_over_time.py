"""A run's queue over time: one engine that is overloaded for ten minutes of an hour.

Writes a picture to the given file; needs matplotlib (``pip install 'lora-placer[report]'``).
"""

from __future__ import annotations

import sys

import numpy as np
from matplotlib.figure import Figure

from twin import RequestStream, paper_workload, read_profile, simulate_stream

profile = read_profile("h100_80gb_llama31_8b")
quiet = paper_workload(num_adapters=96, rates=[0.2, 0.1, 0.05], rank_mix=[8, 16])
rng = np.random.default_rng(0)
parts = [
    (quiet.scaled(factor).sample(length, rng), start)
    for factor, start, length in ((1.0, 0.0, 1200.0), (3.0, 1200.0, 600.0), (1.0, 1800.0, 1800.0))
]
stream = RequestStream(
    np.concatenate([part.arrival + start for part, start in parts]),
    *(
        np.concatenate([getattr(part, name) for part, _ in parts])
        for name in ("adapter", "prompt_tokens", "output_tokens")
    ),
    parts[0][0].adapter_rank,
    3600.0,
)
figure = Figure(figsize=(8, 4.5), layout="constrained")
running, waiting = figure.subplots(2, 1, sharex=True)
for max_loras in (16, 32, 96):
    config = profile.engine_config(max_loras, 16)
    result = simulate_stream(stream, config, profile, resolution=5.0)
    series = result.series
    assert series is not None
    label = f"max_loras {max_loras}"
    running.plot(series.time / 60, series.running, label=label, linewidth=1)
    waiting.plot(series.time / 60, series.waiting, label=label, linewidth=1)
running.set(ylabel="requests running")
waiting.set(ylabel="requests waiting", xlabel="minutes")
running.legend()
figure.savefig(sys.argv[1], metadata={"Date": None})
