"""Time of one engine step: what it depends on, and the part that the configuration fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from twin.files.errors import ProfileError
from twin.gpu.engine_config import EngineConfig
from twin.kernel.layout import StepCosts

__all__ = ["FIXED_TERMS", "StepTime"]

_TILE = 16  # rank that the tensor cores take at least
_TOKENS = ("graph_tokens", "few_tokens")
FIXED_TERMS = (*_TOKENS, "lora_always")
"""Terms that are numbers of tokens, or a switch; all others are seconds per unit."""

_MOST_SECONDS, _MOST_TOKENS = 3600.0, 2**30  # of a coefficient, and of numbers of tokens


@dataclass(frozen=True, slots=True)
class StepTime:
    """Coefficients of the step time, in seconds per unit.

    With D decoding requests, P prompt tokens, K tokens of context read, A distinct adapters of
    total rank R in the batch, S configured slots of rank M (``max_lora_rank``), N running and W
    waiting requests, X of which were looked at in vain for lack of a slot, one step takes::

        base + decode D + prefill_token P + kv_token K + (prefill if P > 0)
        + (eager if D + P > graph_tokens)
        + scheduler_running N + scheduler_waiting W + scheduler_skipped X
        + lora + slot S + slot_rank S M + decode_slot S D + prefill_token_slot S P
        + prefill_token_lora P + prefill_token_slot_rank M P
        + adapter A + adapter_slot_rank M A + adapter_rank R + adapter_prefill_token A P
        + (adapter_narrow A if M < 16) + (adapter_few A if D + P < few_tokens)
        + (eager_adapter A if D + P > graph_tokens)

    The terms from ``lora`` on vanish where LoRA is not enabled, and unless ``lora_always`` where
    no adapter is in the batch: vLLM 0.8.5 starts its kernels all the same, later versions do not.
    vLLM pads every adapter to the rank of the slots, so M counts and R does not; engines that do
    not pad have it the other way. Ranks below the 16 of a tile of the tensor cores are slow to
    read. The kernels for adapters split their work otherwise below ``few_tokens`` tokens. Beyond
    ``graph_tokens`` tokens the engine leaves its CUDA graphs, and a step takes at least
    ``launch``, and ``launch_lora`` more with an adapter: the time in which the host starts its
    kernels. An engine with ``specialize_active_lora`` launches LoRA kernels for the adapters in
    the batch (and one more where requests for the base model are among them) rounded up to a power
    of two, in place of S + 1: S is then that number less one.

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
    prefill: float = 0.0
    slot_rank: float = 0.0
    adapter_few: float = 0.0
    adapter_narrow: float = 0.0
    few_tokens: int = 128
    lora_always: bool = True
    launch: float = 0.0
    launch_lora: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.lora_always, bool):
            problem = f"{self.lora_always!r} is not true or false"
            raise ProfileError("step_time.lora_always", problem)
        for field in fields(self):
            if field.name == "lora_always":
                continue
            value = getattr(self, field.name)
            most = _MOST_TOKENS if field.name in _TOKENS else _MOST_SECONDS
            if not 0 <= value <= most:
                raise ProfileError(
                    f"step_time.{field.name}",
                    f"{value!r} is negative or not finite",
                    f"a number from 0 to {most:g}",
                )
            # One type for each: the kernel would be compiled anew for a whole number.
            kind = int if field.name in _TOKENS else float
            object.__setattr__(self, field.name, kind(value))

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> StepTime:
        """Read the coefficients from a mapping.

        Raises
        ------
        ProfileError
            If a key is unknown or missing, a value is not a number, or ``base`` is 0: predictions
            are relative to it, and no engine takes a step in no time.
        """
        known = {field.name for field in fields(cls)}
        for key, value in data.items():
            if key not in known:
                raise ProfileError(f"step_time.{key}", "unknown key", f"accepted: {sorted(known)}")
            if key == "lora_always":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ProfileError(f"step_time.{key}", f"{value!r} is not a number")
        for key in ("base", "decode", "prefill_token"):
            if key not in data:
                raise ProfileError(f"step_time.{key}", "is missing", "a number of seconds")
        if data["base"] == 0:
            problem = "0 s, but each step of an engine takes some time"
            accepted = "a number above 0, which python -m twin.calibrate finds in measured runs"
            raise ProfileError("step_time.base", problem, accepted)
        return cls(**data)  # type: ignore[arg-type]  # checked above

    def with_terms(self, terms: Mapping[str, float]) -> StepTime:
        """The same with other values of some coefficients, by name."""
        return replace(self, **terms)  # type: ignore[arg-type]  # FIXED_TERMS are not among them

    def to_dict(self) -> dict[str, float]:
        """Coefficients by name, those that have their default left out."""
        values = asdict(self)
        return {f.name: values[f.name] for f in fields(self) if values[f.name] != f.default}

    def costs(self, config: EngineConfig) -> StepCosts:
        """Per-unit costs of an engine, the part that depends on its configuration folded in."""
        slots, rank = config.max_loras, config.max_lora_rank
        lora = self.lora + self.slot * slots + self.slot_rank * slots * rank
        lora_decode = self.decode_slot * slots
        lora_prefill_token = (
            self.prefill_token_lora
            + self.prefill_token_slot * slots
            + self.prefill_token_slot_rank * rank
        )
        spared = 0.0 if self.lora_always else 1.0
        with_lora = StepCosts(
            base=self.base + lora,
            decode=self.decode + lora_decode,
            prefill_token=self.prefill_token + lora_prefill_token,
            kv_token=self.kv_token,
            adapter=self.adapter
            + self.adapter_slot_rank * rank
            + (self.adapter_narrow if rank < _TILE else 0.0),
            adapter_rank=self.adapter_rank,
            adapter_prefill_token=self.adapter_prefill_token,
            eager=self.eager,
            eager_adapter=self.eager_adapter,
            graph_tokens=self.graph_tokens,
            scheduler_running=self.scheduler_running,
            scheduler_waiting=self.scheduler_waiting,
            scheduler_skipped=self.scheduler_skipped,
            lora=spared * lora,
            lora_decode=spared * lora_decode,
            lora_prefill_token=spared * lora_prefill_token,
            prefill=self.prefill,
            adapter_few=self.adapter_few,
            few_tokens=self.few_tokens,
            launch=self.launch,
            launch_lora=self.launch_lora,
            slot=self.slot + self.slot_rank * rank,
            slot_decode=self.decode_slot,
            slot_prefill_token=self.prefill_token_slot,
            launched=slots + 1 if config.specialize_active_lora else 0,
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
            lora=0.0,
            lora_decode=0.0,
            lora_prefill_token=0.0,
            adapter_few=0.0,
            launch_lora=0.0,
            launched=0,
        )
