"""What a profile says about one engine configuration, as a row of numbers for compiled code."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.kernel.layout import StepCosts

__all__ = ["FIGURE_NAMES", "NUM_FIGURES", "EngineFigures"]

FloatArray = NDArray[np.float64]

_COST_NAMES = StepCosts._fields[: StepCosts._fields.index("slot")]  # models know no others
_COSTS = {name: position for position, name in enumerate(_COST_NAMES)}
BASE = _COSTS["base"]
DECODE = _COSTS["decode"]
PREFILL_TOKEN = _COSTS["prefill_token"]
KV_TOKEN = _COSTS["kv_token"]
ADAPTER = _COSTS["adapter"]
ADAPTER_RANK = _COSTS["adapter_rank"]
ADAPTER_PREFILL_TOKEN = _COSTS["adapter_prefill_token"]
EAGER = _COSTS["eager"]
EAGER_ADAPTER = _COSTS["eager_adapter"]
GRAPH_TOKENS = _COSTS["graph_tokens"]
SCHEDULER_RUNNING = _COSTS["scheduler_running"]
SCHEDULER_WAITING = _COSTS["scheduler_waiting"]
SCHEDULER_SKIPPED = _COSTS["scheduler_skipped"]
LORA = _COSTS["lora"]
LORA_DECODE = _COSTS["lora_decode"]
LORA_PREFILL_TOKEN = _COSTS["lora_prefill_token"]
PREFILL = _COSTS["prefill"]
ADAPTER_FEW = _COSTS["adapter_few"]
FEW_TOKENS = _COSTS["few_tokens"]
LAUNCH = _COSTS["launch"]
LAUNCH_LORA = _COSTS["launch_lora"]

_OTHERS = (
    "max_loras",
    "max_lora_rank",
    "max_num_seqs",
    "max_num_batched_tokens",
    "kv_tokens",
    "block_size",
    "prefill_first",
    "load",
    "load_per_rank",
    "load_padding",
    "plans_ahead",
    "holds_slots",
    "reserves_prompts",
    "front_end",
)
FIGURE_NAMES = (*_COST_NAMES, *_OTHERS)
"""Names of the columns, in order: costs of a step, limits, seconds of an adapter load, how the
engine schedules, and seconds of a request in the server before it."""

MAX_LORAS = len(_COSTS)
MAX_LORA_RANK = MAX_LORAS + 1
MAX_NUM_SEQS = MAX_LORAS + 2
TOKEN_BUDGET = MAX_LORAS + 3
KV_TOKENS = MAX_LORAS + 4
BLOCK_SIZE = MAX_LORAS + 5
PREFILL_FIRST = MAX_LORAS + 6
LOAD = MAX_LORAS + 7
LOAD_PER_RANK = MAX_LORAS + 8
LOAD_PADDING = MAX_LORAS + 9
PLANS_AHEAD = MAX_LORAS + 10
HOLDS_SLOTS = MAX_LORAS + 11
RESERVES_PROMPTS = MAX_LORAS + 12
FRONT_END = MAX_LORAS + 13
NUM_FIGURES = len(FIGURE_NAMES)


@dataclass(slots=True)
class EngineFigures:
    """Rows of the configurations of one profile, each computed once.

    A row has the costs of a step (`twin.kernel.layout.StepCosts`), the limits of the engine, the
    tokens that its KV cache holds (0 where it does not start), the seconds of an adapter load, how
    the engine schedules (0 or 1, see `twin.gpu.profile.ServingProfile`) and the seconds that a
    request is in the server before it.
    """

    profile: ServingProfile
    _rows: dict[EngineConfig, FloatArray] = field(default_factory=dict)

    def of_config(self, config: EngineConfig) -> FloatArray:
        """Row of a configuration, of shape (NUM_FIGURES,); not to be changed."""
        row = self._rows.get(config)
        if row is None:
            row = self._rows[config] = self._compute(config)
        return row

    def _compute(self, config: EngineConfig) -> FloatArray:
        profile, load = self.profile, self.profile.adapter_load
        starts = profile.memory_error(config) is None
        hidden = 0.0 if profile.overlap_loads else 1.0
        return np.array(
            [
                *profile.step_time.costs(config)[: len(_COST_NAMES)],
                config.max_loras,
                config.max_lora_rank if config.max_loras else 0,
                config.max_num_seqs,
                config.max_num_batched_tokens,
                profile.kv_tokens(config) if starts else 0,
                config.block_size,
                profile.scheduler == "v0",
                hidden * load.gpu,
                hidden * load.gpu_per_rank,
                hidden * load.gpu_padding,
                profile.async_scheduling,
                profile.hold_slots,
                profile.reserve_prompts,
                profile.front_end.request,
            ],
            np.float64,
        )
