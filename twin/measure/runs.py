"""Open-loop runs of an engine, around the rate at which it starts to starve."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence

from twin.measure.edge import Tried, first_rate, next_rate
from twin.measure.figures import Figure, open_loop_figures
from twin.measure.loops import Loop, open_loop
from twin.measure.plan import Engine, Plan
from twin.measure.steps import latency_doubts
from twin.measure.subject import Subject
from twin.measure.tables import Row, Tables
from twin.measure.traffic import draw_requests, rate_classes
from twin.measure.watch import stood_still

__all__ = ["is_measured", "measure_runs"]

_TABLE = "serving_runs.csv"


def is_measured(tables: Tables, engine: Engine, plan: Plan) -> bool:
    """Whether the tables hold all that a plan has for an engine: its runs are the last of it.

    A plan without runs is looked through by its parts, with the engine started.

    Parameters
    ----------
    tables : Tables
    engine : Engine
    plan : Plan
    """
    wanted = {"max_loras": engine.max_loras, "max_lora_rank": engine.max_lora_rank}
    runs = tables.rows(_TABLE, {**wanted, "configured_window_s": plan.window})
    return len(runs) >= plan.runs + plan.again > 0


async def measure_runs(subject: Subject) -> None:
    """The runs of the plan: at the rates that were asked for, or around the edge.

    Raises
    ------
    InputError
        As for `open_loop`.
    """
    plan = subject.plan
    tried: list[Tried] = []
    for index in range(min(plan.runs, len(plan.rates)) if plan.rates else plan.runs):
        if plan.rates:
            rate = plan.rates[index]
        else:
            rate = next_rate(tried) if tried else _first_rate(subject)
        tried.append(Tried(rate, await _run(subject, rate)))
    for each in tried[: plan.again]:
        await _run(subject, each.rate, "_again")


def _first_rate(subject: Subject) -> float:
    """A rate near the edge, by the closed loops of the same adapters."""
    rows = subject.rows("step_latency.csv")
    of_adapters = bool(subject.adapters)
    told = [row for row in rows if (row["requested_adapters"] != "0") == of_adapters]
    return first_rate(told, subject.lengths)


async def _run(subject: Subject, rate: float, again: str = "") -> bool:
    """One run, unless the table has it; whether the engine starved."""
    engine, plan, number = subject.engine, subject.plan, len(subject.adapters)
    run = f"{engine.max_loras}_{number}_{engine.max_lora_rank}_{rate:.4g}_{subject.seed}{again}"
    run_id = f"{subject.facts.gpu}/{subject.facts.model}/{run}"
    if there := subject.rows(_TABLE, run_id=run_id):
        return there[0]["starved"] == "1"
    rates = rate_classes(subject.names or [""], rate)
    seed = round(rate * 1000) + engine.max_loras + 7919 * subject.seed
    requests = draw_requests(rates, plan.window, subject.lengths, seed)

    def measure() -> Awaitable[Loop]:
        return open_loop(subject.client, requests, subject.base, plan.window, subject.rng)

    loop = await subject.undisturbed(measure, lambda loop: stood_still(loop.load))
    figures = open_loop_figures(loop, plan.window)
    marks = latency_doubts(loop, figures)
    file = f"requests_{run}.csv.gz"
    subject.tables.add_requests(file, loop.answers, loop.began)
    row: Row = {
        "run_id": run_id,
        "family": "own_measurement",
        "scenario": subject.shape,
        **subject.identity,
        "served_adapters": number,
        "dataset": "lognormal",
        "arrival_process": "poisson_per_adapter",
        "adapter_rank_mix": _counted([adapter.rank for adapter in subject.adapters]),
        "rate_counts": _counted([float(f"{value:.6g}") for value in rates.values()]),
        "total_rate_req_s": rate,
        "configured_window_s": plan.window,
        "outcome": "ok" if figures["completed_requests"] else "other_failure",
        **figures,
        "frontend_saturated": int(bool(marks)),
        "requests_file": file,
    }
    subject.tables.add(_TABLE, row)
    subject.say(f"{rate:.4g} requests/s for {plan.window:g} s: {_summary(figures)}")
    for mark in marks:
        subject.say(f"warning: {mark}; the run is marked (frontend_saturated)")
    return bool(figures["starved"])


def _summary(figures: Mapping[str, Figure]) -> str:
    """What came of a run, in words."""
    if not figures["completed_requests"]:
        return (
            f"none of {figures['requests_sent']} requests was complete at the end, so that the "
            "run cannot be used; give a longer --window or lower --rates"
        )
    starved = ", starved" if figures["starved"] else ""
    return (
        f"{figures['engine_throughput_tok_s']:.0f} of "
        f"{figures['offered_throughput_tok_s']:.0f} tokens/s, "
        f"{figures['mean_tpot_ms']:.1f} ms a token, first one after "
        f"{figures['mean_ttft_ms']:.0f} ms{starved}"
    )


def _counted(values: Sequence[float]) -> str:
    """How often each value is there, like ``8:4;16:2``."""
    return ";".join(f"{value:g}:{values.count(value)}" for value in sorted(set(values)))
