"""scale_profile: the profile of a GPU that nobody measured, from that of one which was."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from twin.files.errors import InputError
from twin.gpu.datasheet import Gpu, gpu
from twin.gpu.memory.engines import COMMUNICATION_BYTES, context_bytes
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.profile import ServingProfile
from twin.gpu.step_time import StepTime
from twin.scale.bounds import TERM_BOUNDS, Bound, GpuRatios, weight_seconds
from twin.scale.parallel import Division, Talking

__all__ = ["scale_profile", "scaled_name"]

# Plausible efficiencies of reading the weights, and by how much hosts differ: how uncertain the
# scaling is. The factors of a term are taken to be spread evenly over what is plausible.
_WEIGHT_EFFICIENCY, _WEIGHT_EFFICIENCIES = 0.85, (0.7, 1.0)
_HOST_SPREAD = 0.4
_EVEN = math.sqrt(12)

# A step of an engine near its limit with ShareGPT's lengths, where the uncertainty of its time is
# that of the throughput: requests that decode, prompt tokens, tokens of context for each request,
# distinct adapters in the batch, slots and their rank.
_DECODES, _PROMPT_TOKENS, _CONTEXT, _ADAPTERS, _SLOTS, _RANK = 256, 290, 350, 48, 64, 16


def scale_profile(
    measured: ServingProfile, other: Gpu, tensor_parallel_size: int | None = None
) -> ServingProfile:
    """Estimate the profile of another GPU, or of an engine on several.

    The KV capacity follows from the GPU's memory, every term of the step time from what bounds it
    (`twin.scale.bounds`), and price and power from the datasheet. What the host does, adapter
    loads included, takes as long as on the measured machine. Several GPUs divide what is read and
    multiplied, start as many kernels as one, and talk (`twin.scale.parallel`).

    The uncertainty is that of the measured profile and, beside it, that of the scaling: by how
    much a busy step would change if its terms were bound by what else might bind them.

    Parameters
    ----------
    measured : ServingProfile
        Of the same model and engine; its ``gpu`` must have a datasheet.
    other : Gpu
        Where it is to run.
    tensor_parallel_size : int, optional
        GPUs of the engine; as many as were measured by default. Others than that can be told from
        an engine of one GPU only.

    Raises
    ------
    InputError
        If the profile is itself an estimate, its GPU is not known, nothing would change, or the
        model cannot be divided like this.
    """
    if measured.estimated_from:
        raise InputError(
            f"profile {measured.name}",
            f"it was itself scaled from {measured.estimated_from}",
            f"scale {measured.estimated_from}",
        )
    source = gpu(measured.gpu)
    before = measured.gpus_per_engine
    gpus = before if tensor_parallel_size is None else tensor_parallel_size
    _check_gpus(measured, gpus, same=source == other)
    price = other.price_per_hour
    scaling = _Scaling.of(measured, source, other, gpus)
    return replace(
        measured,
        name=scaled_name(measured, other, gpus),
        gpu=other.name,
        step_time=scaling.step_time(),
        kv_capacity_model=scaling.model,
        uncertainty=round(math.hypot(measured.uncertainty, scaling.spread()), 3),
        price_per_hour=math.nan if math.isnan(price) else price * gpus,
        idle_watts=float(other.idle_watts * gpus),
        busy_watts=float(other.busy_watts * gpus),
        estimated_from=measured.name,
        provenance={
            "source": f"scaled from {measured.name} by the datasheets of both GPUs",
            "measured_fingerprint": measured.fingerprint,
            **other.sources,
            "time_ratios": {
                str(bound): round(scaling.ratios.of(bound), 4)
                for bound in Bound
                if bound != Bound.HOST
            },
            **({"gpus_per_engine": f"{gpus}; all-reduces were not measured"} if gpus > 1 else {}),
        },
    )


def scaled_name(measured: ServingProfile, other: Gpu, gpus: int = 1) -> str:
    """Name of a scaled profile: that of the GPU with its memory, and what follows in the other."""
    model = measured.name.removeprefix(_slug(gpu(measured.gpu)) + "_")
    several = f"x{gpus}_" if gpus > 1 else ""
    return f"{_slug(other)}_{several}{model.removeprefix(f'x{gpus}_')}"


def _slug(entry: Gpu) -> str:
    memory = f"{entry.memory_gb:g}gb"
    return f"{entry.name.lower().removesuffix('-' + memory)}_{memory}".replace("-", "_")


def _check_gpus(measured: ServingProfile, gpus: int, *, same: bool) -> None:
    before = measured.gpus_per_engine
    if gpus < 1:
        raise InputError("tensor_parallel_size", f"{gpus} is below 1")
    if same and gpus == before:
        raise InputError("GPU", f"profile {measured.name} was measured on {measured.gpu} itself")
    if gpus != before and before > 1:
        raise InputError(
            "tensor_parallel_size",
            f"profile {measured.name} was measured on {before} GPUs, from which {gpus} cannot be "
            "told",
            "scale a profile of one GPU",
        )


@dataclass(frozen=True, slots=True)
class _Scaling:
    """From a measured engine to another: ratios of times, shares of the work, and talking."""

    step: StepTime
    readings: tuple[float, float, float]
    ratios: GpuRatios
    division: Division
    talking: Talking

    @classmethod
    def of(cls, measured: ServingProfile, source: Gpu, other: Gpu, gpus: int) -> _Scaling:
        divided = gpus // measured.gpus_per_engine
        step, model = measured.step_time, _memory(measured, source, other, gpus)
        efficiencies = (_WEIGHT_EFFICIENCY, *_WEIGHT_EFFICIENCIES)
        central, slow, fast = (
            min(step.base, weight_seconds(measured.kv_capacity_model.shard, source, efficiency))
            for efficiency in efficiencies
        )
        talking = Talking.between(other, gpus, model) if divided > 1 else Talking()
        ratios = GpuRatios.between(source, other)
        return cls(step, (central, slow, fast), ratios, Division(divided, model), talking)

    @property
    def model(self) -> KvCapacityModel:
        return self.division.model

    def step_time(self) -> StepTime:
        terms = {
            name: getattr(self.step, name) * self._of_term(name).mix(bound.shares)
            for name, bound in TERM_BOUNDS.items()
        }
        reading = self.readings[0]
        terms["base"] = self.step.base - reading + reading * self._weights
        terms["base"] += self.talking.each_step
        for name in ("decode", "prefill_token"):
            terms[name] += self.talking.each_token
        return self.step.with_terms({name: float(f"{v:.4g}") for name, v in terms.items()})

    def spread(self) -> float:
        """Standard deviation of the time of a busy step, relative to that time."""
        errors: dict[str, float] = {}
        total = 0.0
        for seconds, factor, low, high, group in self._loaded_step():
            total += seconds * factor
            errors[group] = errors.get(group, 0.0) + seconds * (high - low) / _EVEN
        return math.hypot(*errors.values()) / total

    @property
    def _weights(self) -> float:
        """Time of reading the weights over the measured one."""
        return self.ratios.divided(1 / self.division.gpus).bandwidth

    def _of_term(self, name: str) -> GpuRatios:
        return self.ratios.divided(self.division.of_term(name))

    def _loaded_step(self) -> Iterator[tuple[float, float, float, float, str]]:
        """Parts of a busy step: measured seconds, factor, least and greatest factor, group."""
        base = self.step.base
        central, *extremes = (1 + r / base * (self._weights - 1) for r in self.readings)
        yield base, central, min(extremes), max(extremes), "weights"
        host = base - self.readings[0]
        for name, count in _LOADED_STEP.items():
            bound, ratios = TERM_BOUNDS[name], self._of_term(name)
            seconds = count * getattr(self.step, name)
            factors = [ratios.of(b) for b in bound.plausible]
            if Bound.PACE in bound.plausible:  # kernels may also have less to do on each GPU
                factors.append(ratios.of(Bound.PACE) / self.division.gpus)
            yield seconds, ratios.mix(bound.shares), min(factors), max(factors), bound.group
            host += seconds * bound.shares.get(Bound.HOST, 0.0)
        yield host, 0.0, 1 - _HOST_SPREAD / 2, 1 + _HOST_SPREAD / 2, "host"
        talking = self.talking
        if talking.each_step:
            least, most = talking.least / talking.each_step, talking.most / talking.each_step
            yield talking.each_step, 1.0, least, most, "talking"


def _memory(measured: ServingProfile, source: Gpu, other: Gpu, gpus: int) -> KvCapacityModel:
    """Memory of the engine on the other GPU, whose context may be smaller or larger."""
    model = measured.kv_capacity_model.scaled(other.memory_gib)
    reserve = model.reserve_bytes
    if model.rules.whole_gpu:
        reserve = max(reserve + context_bytes(other) - context_bytes(source), 0.0)
    if gpus > measured.gpus_per_engine:
        reserve += COMMUNICATION_BYTES
    return replace(model, reserve_bytes=reserve, tensor_parallel_size=gpus)


_LOADED_STEP = {
    "decode": _DECODES,
    "prefill_token": _PROMPT_TOKENS,
    "kv_token": _DECODES * _CONTEXT,
    "prefill": 1,
    "eager": 1,
    "scheduler_running": _DECODES,
    "lora": 1,
    "slot": _SLOTS,
    "slot_rank": _SLOTS * _RANK,
    "decode_slot": _SLOTS * _DECODES,
    "prefill_token_slot": _SLOTS * _PROMPT_TOKENS,
    "prefill_token_lora": _PROMPT_TOKENS,
    "prefill_token_slot_rank": _RANK * _PROMPT_TOKENS,
    "adapter": _ADAPTERS,
    "adapter_slot_rank": _RANK * _ADAPTERS,
    "adapter_rank": _RANK * _ADAPTERS,
    "adapter_prefill_token": _ADAPTERS * _PROMPT_TOKENS,
    "eager_adapter": _ADAPTERS,
}
"""How often each term occurs in the busy step."""
