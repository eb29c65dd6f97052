"""Time of one engine step: what it depends on, and the part that the configuration fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from twin.files.errors import ProfileError
from twin.gpu.engine_config import EngineConfig
from twin.kernel.layout import StepCosts

__all__ = ["StepTime"]

_MOST_SECONDS, _MOST_TOKENS = 3600.0, 2**30  # of a coefficient, and of graph_tokens


@dataclass(frozen=True, slots=True)
class StepTime:
    """Coefficients of the step time, in seconds per unit.

    With D decoding requests, P prompt tokens, K tokens of context read, A distinct adapters of
    total rank R in the batch, S configured slots of rank M (``max_lora_rank``), N running and W
    waiting requests, X of which were looked at in vain for lack of a slot, one step takes::

        base + decode D + prefill_token P + kv_token K + (eager if D + P > graph_tokens)
        + scheduler_running N + scheduler_waiting W + scheduler_skipped X
        + lora + slot S + decode_slot S D + prefill_token_slot S P
        + prefill_token_lora P + prefill_token_slot_rank M P
        + adapter A + adapter_slot_rank M A + adapter_rank R + adapter_prefill_token A P
        + (eager_adapter A if D + P > graph_tokens)

    The terms from ``lora`` on vanish where LoRA is not enabled. vLLM pads every adapter to the
    rank of the slots, so M counts and R does not; engines that do not pad have it the other way.
    Beyond ``graph_tokens`` tokens the engine leaves its CUDA graphs.

    Raises
    ------
    ProfileError
        If a coefficient is negative or not finite, or an hour or more.
    """

    base: float
    decode: float
    prefill_token: float
    kv_token: float = 0.0
    eager: float = 0.0
    graph_tokens: int = 512
    scheduler_running: float = 0.0
    scheduler_waiting: float = 0.0
    scheduler_skipped: float = 0.0
    lora: float = 0.0
    slot: float = 0.0
    decode_slot: float = 0.0
    prefill_token_slot: float = 0.0
    prefill_token_lora: float = 0.0
    prefill_token_slot_rank: float = 0.0
    adapter: float = 0.0
    adapter_slot_rank: float = 0.0
    adapter_rank: float = 0.0
    adapter_prefill_token: float = 0.0
    eager_adapter: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            most = _MOST_TOKENS if field.name == "graph_tokens" else _MOST_SECONDS
            if not 0 <= value <= most:
                raise ProfileError(
                    f"step_time.{field.name}",
                    f"{value!r} is negative or not finite",
                    f"a number from 0 to {most:g}",
                )
            # One type for each: the kernel would be compiled anew for a whole number.
            kind = int if field.name == "graph_tokens" else float
            object.__setattr__(self, field.name, kind(value))

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> StepTime:
        """Read the coefficients from a mapping.

        Raises
        ------
        ProfileError
            If a key is unknown or missing, or a value is not a number.
        """
        known = {field.name for field in fields(cls)}
        for key, value in data.items():
            if key not in known:
                raise ProfileError(f"step_time.{key}", "unknown key", f"accepted: {sorted(known)}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ProfileError(f"step_time.{key}", f"{value!r} is not a number")
        for key in ("base", "decode", "prefill_token"):
            if key not in data:
                raise ProfileError(f"step_time.{key}", "is missing", "a number of seconds")
        return cls(**data)  # type: ignore[arg-type]  # checked above

    def with_terms(self, terms: Mapping[str, float]) -> StepTime:
        """The same with other values of some coefficients, by name."""
        return replace(self, **terms)  # type: ignore[arg-type]  # graph_tokens is not among them

    def to_dict(self) -> dict[str, float]:
        """Coefficients by name, those that have their default left out."""
        values = asdict(self)
        return {f.name: values[f.name] for f in fields(self) if values[f.name] != f.default}

    def costs(self, config: EngineConfig) -> StepCosts:
        """Per-unit costs of an engine, the part that depends on its configuration folded in."""
        slots, rank = config.max_loras, config.max_lora_rank
        with_lora = StepCosts(
            base=self.base + self.lora + self.slot * slots,
            decode=self.decode + self.decode_slot * slots,
            prefill_token=self.prefill_token
            + self.prefill_token_lora
            + self.prefill_token_slot * slots
            + self.prefill_token_slot_rank * rank,
            kv_token=self.kv_token,
            adapter=self.adapter + self.adapter_slot_rank * rank,
            adapter_rank=self.adapter_rank,
            adapter_prefill_token=self.adapter_prefill_token,
            eager=self.eager,
            eager_adapter=self.eager_adapter,
            graph_tokens=self.graph_tokens,
            scheduler_running=self.scheduler_running,
            scheduler_waiting=self.scheduler_waiting,
            scheduler_skipped=self.scheduler_skipped,
        )
        if slots > 0:
            return with_lora
        return with_lora._replace(
            base=self.base,
            decode=self.decode,
            prefill_token=self.prefill_token,
            adapter=0.0,
            adapter_rank=0.0,
            adapter_prefill_token=0.0,
            eager_adapter=0.0,
        )
