"""scale_profile: the profile of a GPU that nobody measured, from that of one which was."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from twin.files.errors import InputError
from twin.gpu.datasheet import Gpu, gpu
from twin.gpu.profile import ServingProfile
from twin.gpu.step_time import StepTime
from twin.scale.bounds import TERM_BOUNDS, Bound, GpuRatios, weight_seconds

__all__ = ["scale_profile", "scaled_name"]

# Plausible efficiencies of reading the weights, and by how much hosts differ: how uncertain the
# scaling is. The factors of a term are taken to be spread evenly over what is plausible.
_WEIGHT_EFFICIENCIES = (0.7, 1.0)
_HOST_SPREAD = 0.4
_EVEN = math.sqrt(12)

# A step of an engine near its limit with ShareGPT's lengths, where the uncertainty of its time is
# that of the throughput: requests that decode, prompt tokens, tokens of context for each request,
# distinct adapters in the batch, slots and their rank.
_DECODES, _PROMPT_TOKENS, _CONTEXT, _ADAPTERS, _SLOTS, _RANK = 256, 290, 350, 48, 64, 16


def scale_profile(measured: ServingProfile, other: Gpu) -> ServingProfile:
    """Estimate the profile of another GPU.

    The KV capacity follows from the GPU's memory, every term of the step time from what bounds it
    (`twin.scale.bounds`), and price and power from the datasheet. What the host does, adapter
    loads included, takes as long as on the measured machine.

    The uncertainty is that of the measured profile and, beside it, that of the scaling: by how
    much a busy step would change if its terms were bound by what else might bind them.

    Parameters
    ----------
    measured : ServingProfile
        Of the same model and engine; its ``gpu`` must have a datasheet.
    other : Gpu
        Where it is to run.

    Raises
    ------
    InputError
        If the profile is itself an estimate, or its GPU is not known.
    """
    if measured.estimated_from:
        raise InputError(
            f"profile {measured.name}",
            f"it was itself scaled from {measured.estimated_from}",
            f"scale {measured.estimated_from}",
        )
    source = gpu(measured.gpu)
    if source == other:
        raise InputError("GPU", f"profile {measured.name} was measured on {other.name} itself")
    ratios = GpuRatios.between(source, other)
    reading = min(
        weight_seconds(measured.kv_capacity_model.architecture, source), measured.step_time.base
    )
    return replace(
        measured,
        name=scaled_name(measured, other),
        gpu=other.name,
        step_time=_scale(measured.step_time, reading, ratios),
        kv_capacity_model=measured.kv_capacity_model.scaled(other.memory_gib),
        uncertainty=round(math.hypot(measured.uncertainty, _spread(measured, ratios)), 3),
        price_per_hour=other.price_per_hour,
        idle_watts=float(other.idle_watts),
        busy_watts=float(other.busy_watts),
        estimated_from=measured.name,
        provenance={
            "source": f"scaled from {measured.name} by the datasheets of both GPUs",
            "measured_fingerprint": measured.fingerprint,
            **other.sources,
            "time_ratios": {
                str(bound): round(ratios.of(bound), 4) for bound in Bound if bound != Bound.HOST
            },
        },
    )


def scaled_name(measured: ServingProfile, other: Gpu) -> str:
    """Name of a scaled profile: that of the GPU with its memory, and what follows in the other."""
    model = measured.name.removeprefix(_slug(gpu(measured.gpu)) + "_")
    return f"{_slug(other)}_{model}"


def _slug(entry: Gpu) -> str:
    memory = f"{entry.memory_gb:g}gb"
    return f"{entry.name.lower().removesuffix('-' + memory)}_{memory}".replace("-", "_")


def _scale(step: StepTime, reading: float, ratios: GpuRatios) -> StepTime:
    terms = {name: getattr(step, name) * ratios.mix(b.shares) for name, b in TERM_BOUNDS.items()}
    terms["base"] = step.base - reading + reading * ratios.bandwidth
    return step.with_terms({name: float(f"{value:.4g}") for name, value in terms.items()})


def _spread(measured: ServingProfile, ratios: GpuRatios) -> float:
    """Standard deviation of the time of a busy step, relative to that time."""
    errors: dict[str, float] = {}
    total = 0.0
    for seconds, factor, low, high, group in _loaded_step(measured, ratios):
        total += seconds * factor
        errors[group] = errors.get(group, 0.0) + seconds * (high - low) / _EVEN
    return math.hypot(*errors.values()) / total


def _loaded_step(
    measured: ServingProfile, ratios: GpuRatios
) -> Iterator[tuple[float, float, float, float, str]]:
    """Parts of a busy step: measured seconds, factor, least and greatest factor, group."""
    step, model = measured.step_time, measured.kv_capacity_model
    readings = [
        min(step.base, weight_seconds(model.architecture, gpu(measured.gpu), *efficiency))
        for efficiency in ((), *((e,) for e in _WEIGHT_EFFICIENCIES))
    ]
    central, *extremes = (1 + r / step.base * (ratios.bandwidth - 1) for r in readings)
    yield step.base, central, min(extremes), max(extremes), "weights"
    host = step.base - readings[0]
    for name, count in _LOADED_STEP.items():
        bound = TERM_BOUNDS[name]
        seconds = count * getattr(step, name)
        factors = [ratios.of(b) for b in bound.plausible]
        yield seconds, ratios.mix(bound.shares), min(factors), max(factors), bound.group
        host += seconds * bound.shares.get(Bound.HOST, 0.0)
    yield host, 0.0, 1 - _HOST_SPREAD / 2, 1 + _HOST_SPREAD / 2, "host"


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
