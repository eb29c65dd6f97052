"""Start the engines of a plan one after the other, measure each, and end it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from twin.files.errors import InputError
from twin.measure.adapters import MeasuredAdapter, adapters_of_file, random_adapters
from twin.measure.arguments import lengths_of
from twin.measure.plan import Engine, Plan
from twin.measure.run_command import api_key, facts_of
from twin.measure.runs import is_measured
from twin.measure.server import NotStarted, serving
from twin.measure.server_flags import flags_of, model_of
from twin.measure.session import measure
from twin.measure.subject import Subject
from twin.measure.tables import Tables

__all__ = ["measure_started"]

Say = Callable[[str], None]


async def measure_started(
    arguments: argparse.Namespace, command: Sequence[str], plan: Plan, say: Say
) -> None:
    """Measure every engine of a plan that is not in the tables yet.

    An engine that does not start is told and passed over, as long as another one does.

    Parameters
    ----------
    arguments : argparse.Namespace
    command : sequence of str
        ``vllm serve`` and its arguments, without those of LoRA.
    plan : Plan
    say : callable
        Told in a few words how far it is.

    Raises
    ------
    InputError
        If no engine starts, or one fails while it is measured; what was measured before is in
        the tables.
    """
    adapters = {engine: _adapters(arguments, command, engine) for engine in plan.engines}
    tables = Tables(arguments.out)
    say(f"about {plan.seconds / 60:.0f} minutes for {len(plan.engines)} engines")
    failure: InputError | None = None
    for number, engine in enumerate(plan.engines, start=1):
        if is_measured(tables, engine, plan):
            say(f"engine {engine.name}: all of it is in the tables")
            continue
        say(f"engine {engine.name}, {number} of {len(plan.engines)}: it starts")
        try:
            await _measure(arguments, command, plan, engine, adapters[engine], say)
        except NotStarted as error:
            failure = error
            say(f"warning: engine {engine.name} is left out: {error}")
    if failure is not None and not tables.rows("kv_capacity.csv"):
        raise failure


async def _measure(
    arguments: argparse.Namespace,
    command: Sequence[str],
    plan: Plan,
    engine: Engine,
    adapters: Sequence[MeasuredAdapter],
    say: Say,
) -> None:
    """One engine, from its start to its end."""
    log = arguments.out / f"server_{engine.max_loras}_{engine.max_lora_rank}.log"
    key = api_key(arguments)
    async with serving(command, engine, log, key, arguments.start_timeout) as client:
        say(f"engine {engine.name} is ready")
        models = await client.models()
        text = log.read_text(errors="replace")
        facts = await facts_of(client, models[0], text, arguments, flags_of(command))
        subject = Subject(
            client=client,
            base=models[0].name,
            engine=engine,
            adapters=adapters,
            facts=facts,
            plan=plan,
            lengths=lengths_of(arguments, facts.max_model_len),
            seed=arguments.seed,
            tables=Tables(arguments.out),
            say=say,
        )
        await measure(subject)


def _adapters(
    arguments: argparse.Namespace, command: Sequence[str], engine: Engine
) -> list[MeasuredAdapter]:
    """Adapters that an engine is measured with: of a file, or random ones."""
    if not engine.max_loras:
        return []
    if arguments.adapters is None:
        config = arguments.model_config or Path(model_of(command)) / "config.json"
        if not config.is_file():
            raise InputError(
                "--model-config",
                f"there is no {config} here, which random adapters are made from",
                "give the model's config.json, or real adapters with --adapters",
            )
        return random_adapters(engine, arguments.out / "adapters", config)
    fitting = [a for a in adapters_of_file(arguments.adapters) if a.rank <= engine.max_lora_rank]
    if not fitting:
        problem = f"none has a rank of up to {engine.max_lora_rank}, for engine {engine.name}"
        raise InputError(
            str(arguments.adapters), problem, "adapters of smaller ranks, or --engines"
        )
    return fitting[: engine.num_adapters]
