"""Serving profile: the measured costs of one model on one GPU type under one engine version."""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from twin.files.errors import EngineVersionWarning, ProfileError
from twin.gpu.adapter_load import AdapterLoad
from twin.gpu.engine_config import MOST, EngineConfig
from twin.gpu.front_end import FrontEnd
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.step_time import FIXED_TERMS, StepTime
from twin.workload.rank import LEGAL_RANKS

__all__ = ["SCHEMA_VERSION", "ServingProfile"]

SCHEMA_VERSION = 1
_SLOTS_WORTH_TRYING = (1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 256, 320, 384, 448, 512, 576)
_PARTS = ("step_time", "adapter_load", "kv_capacity")
_KEYS = {"kv_capacity_model": "kv_capacity"}  # keys in a file that differ from the field
_TEXTS = ("name", "model", "gpu", "engine_name", "engine_version")
_COUNTS = ("max_model_len", "max_num_seqs", "max_num_batched_tokens", "block_size")
_AMOUNTS = {"uncertainty": 10.0, "price_per_hour": 1e6, "idle_watts": 1e6, "busy_watts": 1e6}
"""Largest values of the figures that are no counts."""


@dataclass(frozen=True, slots=True)
class ServingProfile:
    """Measured costs of one model on one GPU type under one engine version.

    Parameters
    ----------
    name, model, gpu : str
        Name of the profile, of the model and of the GPU type.
    engine_name, engine_version : str
        Serving engine that was measured.
    scheduler : str
        ``"v1"``: running requests first, prompts in chunks; ``"v0"``: whole prompts first.
    max_model_len : int
        Longest request in tokens; the engine does not start with less KV memory than that.
    largest_rank : int
        Largest ``max_lora_rank`` that the measurements cover.
    max_num_seqs, max_num_batched_tokens, block_size : int
        Engine defaults of the measurements.
    step_time : StepTime
    adapter_load : AdapterLoad
    kv_capacity_model : KvCapacityModel
    overlap_loads : bool
        Whether adapter loads are hidden behind the step.
    async_scheduling : bool
        Whether a step is planned while the one before it runs: what arrives or becomes free
        meanwhile is seen a step later.
    hold_slots : bool
        Whether a request that has finished keeps its adapter's slot for the step that was planned
        meanwhile, as it counts as running; only with ``async_scheduling``.
    reserve_prompts : bool
        Whether a request is admitted only if its whole prompt finds KV blocks.
    specialize_active_lora : bool
        Whether engines are started with ``--specialize-active-lora``, see `EngineConfig`.
    front_end : FrontEnd
        HTTP server before the engine.
    uncertainty : float
        Relative standard error of predicted throughput.
    price_per_hour : float
        Price of the engine's GPUs in $/h.
    idle_watts, busy_watts : float
        Power of the engine's GPUs.
    model_id : str
        Repository of the model on Hugging Face, which ``vllm serve`` takes; empty where unknown.
    estimated_from : str
        Name of the measured profile that this one was scaled from; empty if measured.
    provenance : mapping
        Where the numbers come from, what was left out, and how well they fit.

    Raises
    ------
    ProfileError
        If a value is not acceptable.
    """

    name: str
    model: str
    gpu: str
    engine_name: str
    engine_version: str
    scheduler: str
    max_model_len: int
    largest_rank: int
    max_num_seqs: int
    max_num_batched_tokens: int
    block_size: int
    step_time: StepTime
    adapter_load: AdapterLoad
    kv_capacity_model: KvCapacityModel
    overlap_loads: bool = False
    async_scheduling: bool = False
    hold_slots: bool = False
    reserve_prompts: bool = False
    specialize_active_lora: bool = False
    front_end: FrontEnd = field(default_factory=FrontEnd)
    uncertainty: float = 0.0
    price_per_hour: float = math.nan
    idle_watts: float = math.nan
    busy_watts: float = math.nan
    model_id: str = ""
    estimated_from: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for key in _TEXTS:
            value = getattr(self, key)
            if not (isinstance(value, str) and value):
                raise ProfileError(key, f"{value!r} is not a text", "put it in quotes")
            if not value.isprintable():
                problem = f"{value!r} has characters that cannot be printed"
                raise ProfileError(key, problem, "leave them out")
        if self.scheduler not in ("v0", "v1"):
            raise ProfileError(f"{self.name}: scheduler", f"{self.scheduler!r}", "v0 or v1")
        if self.largest_rank not in LEGAL_RANKS:
            raise ProfileError(
                f"{self.name}: largest_rank",
                f"{self.largest_rank!r}",
                f"accepted: {', '.join(map(str, LEGAL_RANKS))}",
            )
        for key in _COUNTS:
            value = getattr(self, key)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not (whole and 1 <= value <= MOST[key]):
                problem = f"{value!r} is not a positive integer"
                raise ProfileError(f"{self.name}: {key}", problem, f"up to {MOST[key]}")
        for key, most in _AMOUNTS.items():
            value = getattr(self, key)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or value < 0 or value > most:  # NaN where it is not known
                problem = f"{value!r} is not a number >= 0"
                raise ProfileError(f"{self.name}: {key}", problem, f"up to {most:g}")
        for key, kind, text in (
            ("overlap_loads", bool, "true or false"),
            ("async_scheduling", bool, "true or false"),
            ("hold_slots", bool, "true or false"),
            ("reserve_prompts", bool, "true or false"),
            ("specialize_active_lora", bool, "true or false"),
            ("model_id", str, "a text"),
            ("estimated_from", str, "a text"),
            ("provenance", Mapping, "a mapping"),
        ):
            value = getattr(self, key)
            if not isinstance(value, kind):
                raise ProfileError(f"{self.name}: {key}", f"{value!r} is not {text}")

        if self.hold_slots and not self.async_scheduling:
            raise ProfileError(f"{self.name}: hold_slots", "it needs async_scheduling: true")
        if self.specialize_active_lora and self.step_time.lora_always:
            problem = f"{self.engine_name} {self.engine_version} always launches all LoRA kernels"
            raise ProfileError(f"{self.name}: specialize_active_lora", problem, "false")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ServingProfile:
        """Read what `to_dict` wrote.

        Raises
        ------
        ProfileError
            If the schema version is another, or a key is missing, unknown or wrong.
        """
        version = data.get("schema_version")
        if version != SCHEMA_VERSION:
            raise ProfileError(
                "schema_version",
                f"{version!r} is not the version that this release reads",
                f"version {SCHEMA_VERSION}; calibrate the profile again",
            )
        values = {key: value for key, value in data.items() if key != "schema_version"}
        accepted = {_KEYS.get(f.name, f.name): f for f in fields(cls)}
        for key in values:
            if key not in accepted:
                raise ProfileError(str(key), "unknown key", f"accepted: {', '.join(accepted)}")
        for key, f in accepted.items():
            if key not in values and f.default is MISSING and f.default_factory is MISSING:
                raise ProfileError(key, "is missing")
        for key in _PARTS:
            if not isinstance(values[key], Mapping):
                raise ProfileError(key, f"{values[key]!r} is not a mapping of keys to values")
        values["step_time"] = StepTime.from_dict(values["step_time"])
        values["adapter_load"] = AdapterLoad.from_dict(values["adapter_load"])
        values["front_end"] = FrontEnd.from_dict(values.get("front_end", {}))
        values["kv_capacity_model"] = KvCapacityModel.from_dict(values.pop("kv_capacity"))
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a YAML file."""
        result: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
        for f in fields(self):
            value = getattr(self, f.name)
            key = _KEYS.get(f.name, f.name)
            if key in (*_PARTS, "front_end"):
                result[key] = value.to_dict()
            elif value != f.default and value == value:
                result[f.name] = dict(value) if isinstance(value, Mapping) else value
        return result

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of everything that changes a prediction."""
        labels = ("name", "model_id", "provenance")
        costs = {k: v for k, v in self.to_dict().items() if k not in labels}
        return hashlib.sha256(json.dumps(costs, sort_keys=True).encode()).hexdigest()

    @property
    def gpus_per_engine(self) -> int:
        """GPUs that one engine takes (``tensor_parallel_size``); price and power are of all."""
        return self.kv_capacity_model.tensor_parallel_size

    @property
    def max_loras_grid(self) -> tuple[int, ...]:
        """Slot counts worth trying, ascending."""
        return _SLOTS_WORTH_TRYING

    def engine_config(
        self, max_loras: int, max_lora_rank: int, max_cpu_loras: int | None = None
    ) -> EngineConfig:
        """Engine with these slots and the profile's defaults.

        Raises
        ------
        InputError
            If vLLM refuses the combination.
        """
        return _engine_config(
            max_loras,
            max_lora_rank,
            max_cpu_loras,
            self.max_num_seqs,
            self.max_num_batched_tokens,
            self.block_size,
            self.max_model_len,
            self.specialize_active_lora and max_loras > 0,
        )

    def kv_capacity(self, max_loras: int, max_lora_rank: int) -> int:
        """Tokens that the KV cache holds beside this many slots; 0 when nothing is left."""
        return self.kv_tokens(self.engine_config(max_loras, max_lora_rank))

    def kv_tokens(self, config: EngineConfig) -> int:
        """Tokens that the KV cache of an engine holds; 0 when nothing is left."""
        return self.kv_capacity_model.tokens(
            config.max_loras,
            config.max_lora_rank if config.max_loras else 0,
            max_num_seqs=config.max_num_seqs,
            max_num_batched_tokens=config.max_num_batched_tokens,
            max_model_len=config.max_model_len or self.max_model_len,
            specialize_active_lora=config.specialize_active_lora,
        )

    def memory_error(self, config: EngineConfig) -> str | None:
        """Why the engine does not start for lack of GPU memory, or None when it does."""
        return _memory_error(self.kv_capacity_model, config, self.max_model_len)

    def load_seconds(
        self, rank: np.ndarray[Any, np.dtype[np.int64]], config: EngineConfig
    ) -> tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]:
        """Seconds to load adapters of these ranks to the GPU, and from disk."""
        load = self.adapter_load
        return load.to_gpu(rank, config.max_lora_rank), load.from_disk(rank)

    def warn_if_other_engine(self, engine_version: str) -> None:
        """Warn when the profile is to be used for another engine version than was measured."""
        if engine_version != self.engine_version:
            warnings.warn(
                f"profile {self.name} was measured with {self.engine_name} {self.engine_version}, "
                f"not {engine_version}; calibrate one for your version",
                EngineVersionWarning,
                stacklevel=2,
            )

    def slower(self, share: float) -> ServingProfile:
        """The same profile with steps that take this share longer."""
        terms = {
            name: value * (1 + share)
            for name, value in self.step_time.to_dict().items()
            if name not in FIXED_TERMS
        }
        return self.with_step_time(self.step_time.with_terms(terms))

    def with_step_time(self, step_time: StepTime) -> ServingProfile:
        """The same profile with other step-time coefficients."""
        return replace(self, step_time=step_time)


@lru_cache(maxsize=1 << 12, typed=True)
def _engine_config(*values: Any) -> EngineConfig:
    """The configuration with these values: a search asks for the same ones again and again."""
    return EngineConfig(*values)


@lru_cache(maxsize=1 << 14)
def _memory_error(memory: KvCapacityModel, config: EngineConfig, longest: int) -> str | None:
    """As `ServingProfile.memory_error`, remembered for the same reason."""
    return memory.error(
        config.max_loras,
        config.max_lora_rank if config.max_loras else 0,
        max_model_len=config.max_model_len or longest,
        max_num_seqs=config.max_num_seqs,
        max_num_batched_tokens=config.max_num_batched_tokens,
        specialize_active_lora=config.specialize_active_lora,
    )
