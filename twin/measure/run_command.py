"""Measure a server that runs already."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from twin.files.errors import InputError
from twin.files.input_file import read_input
from twin.measure.adapters import MeasuredAdapter, adapters_of_file, adapters_of_server
from twin.measure.arguments import lengths_of
from twin.measure.client import Client, ServedModel, connect
from twin.measure.facts import Facts, read_log, read_server_info, with_info
from twin.measure.gpu_name import gpu_name
from twin.measure.plan import Engine, Plan, running_plan
from twin.measure.session import measure
from twin.measure.subject import Subject
from twin.measure.tables import Tables

__all__ = ["NEEDED", "api_key", "facts_of", "measure_running"]

NEEDED = (
    *("vllm_version", "max_num_seqs", "max_num_batched_tokens", "max_model_len"),
    "kv_cache_tokens",
)
"""Facts that tables of measurements must tell."""


async def measure_running(
    arguments: argparse.Namespace, changed: Callable[[Plan], Plan], say: Callable[[str], None]
) -> None:
    """Measure the server at ``--url``.

    Parameters
    ----------
    arguments : argparse.Namespace
    changed : callable
        The plan with what the command line says of it.
    say : callable
        Told in a few words how far it is.

    Raises
    ------
    InputError
        If the server cannot be measured; what was measured before is in the tables.
    """
    async with connect(arguments.url, api_key(arguments)) as client:
        models = await client.models()
        config = read_server_info(await client.server_info())
        log = "" if arguments.server_log is None else read_input(arguments.server_log)
        given = Facts(
            max_num_seqs=arguments.max_num_seqs or 0,
            max_num_batched_tokens=arguments.max_num_batched_tokens or 0,
        )
        facts = await facts_of(client, models[0], log, arguments, given)
        known = [] if arguments.adapters is None else adapters_of_file(arguments.adapters)
        adapters = adapters_of_server(models, known)
        names = {adapter.name for adapter in adapters}
        adapters += [adapter for adapter in known if adapter.name not in names]
        engine = await _engine(client, config.filled(read_log(log)), arguments, adapters)
        plan = changed(running_plan(engine, arguments.minutes))
        say(f"about {plan.seconds / 60:.0f} minutes: {facts.model}, vLLM {facts.vllm_version}")
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


async def facts_of(
    client: Client, base: ServedModel, log: str, arguments: argparse.Namespace, given: Facts
) -> Facts:
    """Facts of a server that is ready: as given, as its log and its pages tell.

    Parameters
    ----------
    client : Client
    base : ServedModel
        The base model.
    log : str
        Text of its log; empty where there is none.
    arguments : argparse.Namespace
    given : Facts

    Raises
    ------
    InputError
        If one that the tables must tell is not to be found.
    """
    told = Facts(
        model=arguments.model_name or Path(base.name).name,
        gpu=arguments.gpu or gpu_name(client.url),
        vllm_version=await client.version(),
        max_model_len=base.max_model_len,
    )
    config = read_server_info(await client.server_info())
    known = given.filled(told).filled(config).filled(read_log(log))
    facts = with_info(known, await client.info())
    facts.check(NEEDED, client.url)
    return facts


def api_key(arguments: argparse.Namespace) -> str:
    """The API key, from the environment."""
    return os.environ.get(arguments.api_key_env, "")


async def _engine(
    client: Client, told: Facts, arguments: argparse.Namespace, adapters: list[MeasuredAdapter]
) -> Engine:
    """How a running server was started, as far as adapters go."""
    if not adapters:
        return Engine(0, 0)
    slots = arguments.max_loras or told.max_loras
    if not slots:
        label = (await client.info()).lora.get("max_lora", "0")
        slots = int(label) if label.isdecimal() else 0
    rank = arguments.max_lora_rank or told.max_lora_rank
    if not slots or not rank:
        raise InputError(
            client.url,
            "the server does not tell max_loras and max_lora_rank",
            "give --max-loras and --max-lora-rank as it was started, or --server-log",
        )
    most = max(adapter.rank for adapter in adapters)
    if most > rank:
        problem = f"an adapter has rank {most}, and --max-lora-rank is {rank}"
        raise InputError("--adapters", problem, "adapters that the server holds")
    return Engine(slots, rank)
