"""Closed loops: steps of decoding, single prompts, and adapters that need a slot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from statistics import median

import numpy as np

from twin.measure.figures import Figure, closed_loop_figures
from twin.measure.loops import Loop
from twin.measure.plan import Cell, decode_cells
from twin.measure.subject import Subject
from twin.measure.tables import Row
from twin.measure.watch import doubts

__all__ = ["latency_doubts", "measure_decode", "measure_prefill", "measure_swap"]

_DECODE_PROMPT, _DECODE_OUTPUT = 32, 48  # tokens
_TIMES = 4  # single prompts of one length
_RESIDENT = 10  # requests of an adapter that is on the GPU
_SHORT_PROMPT, _SHORT_OUTPUT = 16, 2  # tokens of requests whose TTFT shows an adapter's copy


async def measure_decode(subject: Subject) -> None:
    """Many requests at once, of the base model and of some adapters, into step_latency.csv.

    No more adapters than slots: none waits for one.

    Raises
    ------
    InputError
        If a request fails; so for the others here.
    """
    most = min(subject.engine.max_loras, len(subject.adapters))
    for cell in decode_cells(subject.plan, most):
        batch, group = cell.batch, cell.adapters
        row_id = f"decode/{subject.shape}/{batch}_{'lora' if group else 'base'}_{max(group, 1)}"
        if cell.prompt != _DECODE_PROMPT:
            row_id += f"_{cell.prompt}"
            if not _has_room(subject, cell):
                continue
        if subject.rows("step_latency.csv", row_id=row_id):
            continue
        names = subject.names[:group] or [""]
        closed = partial(subject.closed, names, batch, cell.prompt, _DECODE_OUTPUT)
        loop = await subject.undisturbed(closed, _doubts)
        figures = closed_loop_figures(loop)
        row: Row = {
            "row_id": row_id,
            "experiment": "decode",
            **subject.identity,
            "requested_adapters": group,
            "input_tokens_per_request": cell.prompt,
            "output_tokens_per_request": _DECODE_OUTPUT,
            **figures,
            "frontend_saturated": int(bool(_doubts(loop))),
        }
        subject.tables.add("step_latency.csv", row)
        who = _counted(group, "adapter") if group else "the base model"
        requests = _counted(batch, "request")
        subject.say(f"{requests} at once of {who}: {figures['mean_tpot_ms']:.1f} ms a token")


async def measure_prefill(subject: Subject) -> None:
    """Single prompts of the base model and of an adapter, medians of four, into prefill.csv."""
    longest = subject.facts.max_model_len - _SHORT_OUTPUT
    for prompt in (p for p in subject.plan.prompts if p <= longest):
        for names in filter(None, ([""], subject.names[:1])):
            group = int(bool(names[0]))
            row_id = f"prefill/{subject.shape}/{prompt}_{'lora' if group else 'base'}"
            if subject.rows("prefill.csv", row_id=row_id):
                continue
            figures = [
                closed_loop_figures(await subject.closed(names, 1, prompt, _SHORT_OUTPUT))
                for _ in range(_TIMES)
            ]
            row: Row = {
                "row_id": row_id,
                "experiment": "prefill",
                **subject.identity,
                "requested_adapters": group,
                "input_tokens_per_request": prompt,
                "output_tokens_per_request": _SHORT_OUTPUT,
                **_medians(figures),
                "num_prompts": 1,
                "completed_requests": 1,
            }
            subject.tables.add("prefill.csv", row)
            who = "an adapter" if group else "the base model"
            subject.say(f"a prompt of {prompt} tokens to {who}: {row['mean_ttft_ms']:.1f} ms")


async def measure_swap(subject: Subject) -> None:
    """Time to the first token of adapters that have a slot, and of those that have to get one.

    Twice as many adapters as slots in turn: each needs a slot that another one has. One row of
    adapter_swap.csv.
    """
    slots = subject.engine.max_loras
    if len(subject.adapters) <= slots or subject.rows("adapter_swap.csv"):
        return
    cycled = subject.names[: 2 * slots]
    resident = [await _short_ttft(subject, cycled[0]) for _ in range(_RESIDENT + 1)][1:]
    turns = [[await _short_ttft(subject, name) for name in cycled] for _ in range(2)]
    hot, cold = median(resident), median(turns[1])
    row: Row = {
        **subject.identity,
        "ttft_resident_ms": hot,
        "ttft_swap_median_ms": cold,
        "ttft_swap_p90_ms": float(np.percentile(turns[1], 90)),
        "adapters_cycled": len(cycled),
    }
    subject.tables.add("adapter_swap.csv", row)
    subject.say(
        f"an adapter that has to be copied to a slot: first token after {cold:.1f} ms "
        f"instead of {hot:.1f} ms"
    )


def latency_doubts(loop: Loop, figures: Mapping[str, Figure]) -> list[str]:
    """Why the latencies of a loop may not be the engine's; see `doubts`."""
    names = ("mean_ttft_ms", "mean_tpot_ms", "engine_itl_ms")
    values = (figures[name] for name in names)
    return doubts(loop.load, *(math.nan if value is None else value / 1e3 for value in values))


def _doubts(loop: Loop) -> list[str]:
    return latency_doubts(loop, closed_loop_figures(loop))


def _has_room(subject: Subject, cell: Cell) -> bool:
    """Whether all requests of a closed loop fit into the server at the same time."""
    tokens, facts = cell.prompt + _DECODE_OUTPUT, subject.facts
    return tokens <= facts.max_model_len and cell.batch * tokens <= facts.kv_cache_tokens


async def _short_ttft(subject: Subject, name: str) -> float:
    """Time to the first token of a short request, in milliseconds."""
    loop = await subject.closed([name], 1, _SHORT_PROMPT, _SHORT_OUTPUT)
    return loop.answers[0].ttft * 1e3


def _medians(rows: Sequence[Mapping[str, Figure]]) -> dict[str, Figure]:
    known = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
    return {name: median(values) if values else None for name, values in known.items()}  # type: ignore[type-var]  # None is left out


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
