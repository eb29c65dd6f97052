"""``python -m twin.memory``: how many adapters fit on a GPU."""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from twin.files.atomic_write import check_target, write_text
from twin.files.command_messages import print_error, print_table
from twin.files.errors import InputError
from twin.gpu.datasheet import GPUS, gpu
from twin.gpu.memory.engines import MEASURED_RESERVES, capacity_model
from twin.gpu.memory.hugging_face import architecture_from_config
from twin.gpu.memory.known_models import KNOWN_MODELS, known_model, known_model_key
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.gpu.memory.reserved import persistent_bytes
from twin.gpu.read_profile import read_profile
from twin.memory.capacity_table import CapacityTable, capacity_table

__all__ = ["main"]

_GIB = 2**30
_MIB = 2**20
_SLOTS = (0, 1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 256, 320, 384)
_RANKS = (8, 16, 32, 64)
_DEFAULT_GPU = "H100-80GB"
_DEFAULT_VERSION = "0.8.5"


@dataclass(frozen=True, slots=True)
class _Engine:
    title: str
    origin: str
    model: KvCapacityModel
    max_num_seqs: int
    max_num_batched_tokens: int
    max_model_len: int


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; 0 if it could be made, 2 if an argument is not acceptable."""
    arguments = _parser().parse_args(argv)
    try:
        check_target(arguments.json, "--json")
        engine = _engine(arguments)
        table = capacity_table(
            engine.model,
            arguments.slots,
            arguments.ranks,
            max_model_len=engine.max_model_len,
            max_num_seqs=engine.max_num_seqs,
            max_num_batched_tokens=engine.max_num_batched_tokens,
            needed_tokens=arguments.needed_tokens,
        )
        if arguments.json is not None:
            document = {"engine": engine.model.to_dict(), **table.to_dict()}
            write_text(arguments.json, json.dumps(document, indent=2) + "\n")
    except (InputError, OSError) as error:
        print_error(Console(stderr=True), error)
        return 2
    _print(Console(), engine, table)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m twin.memory",
        description="How many LoRA adapters fit on a GPU: the KV cache that vLLM has left by "
        "adapter slots (max_loras) and max_lora_rank.",
    )
    subject = parser.add_mutually_exclusive_group(required=True)
    subject.add_argument("--model", help="one of " + ", ".join(KNOWN_MODELS))
    subject.add_argument("--config", type=Path, help="config.json of a Hugging Face model")
    subject.add_argument("--profile", help="name or file of a serving profile: a measured model")
    memory = parser.add_mutually_exclusive_group()
    memory.add_argument(
        "--gpu", help=f"one of {', '.join(GPUS)} (default {_DEFAULT_GPU}, or the profile's)"
    )
    memory.add_argument("--gpu-memory-gib", type=float, help="memory that CUDA reports, in GiB")
    parser.add_argument(
        "--utilization", type=float, help="gpu_memory_utilization (default 0.9, or the profile's)"
    )
    parser.add_argument(
        "--engine-version",
        help=f"vLLM version (default {_DEFAULT_VERSION}; a profile has its own)",
    )
    parser.add_argument("--max-num-seqs", type=int, help="default 256, or the profile's")
    parser.add_argument(
        "--max-num-batched-tokens", type=int, help="default 2048, or the profile's"
    )
    parser.add_argument(
        "--max-model-len", type=int, help="longest request in tokens (default: the model's)"
    )
    parser.add_argument(
        "--needed-tokens",
        type=int,
        help="KV tokens that your traffic needs, for the most slots that leave them "
        "(default: one request of max-model-len)",
    )
    parser.add_argument("--slots", type=_numbers, default=_SLOTS, help="like 8,16,32")
    parser.add_argument("--ranks", type=_numbers, default=_RANKS, help="like 8,16,32,64")
    parser.add_argument("--json", type=Path, help="file to write the table to")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers like 8,16") from None


def _engine(arguments: argparse.Namespace) -> _Engine:
    if arguments.profile is not None:
        engine = _profile_engine(arguments.profile, arguments.engine_version)
        capacity = engine.model
        if arguments.gpu is not None or arguments.gpu_memory_gib is not None:
            capacity = capacity.scaled(_memory_gib(arguments))
            engine = replace(engine, origin=engine.origin + ", scaled to another GPU's memory")
    else:
        engine = _architecture_engine(arguments)
        capacity = engine.model
    if arguments.utilization is not None:
        capacity = replace(capacity, utilization=arguments.utilization)
    max_model_len = _given(arguments.max_model_len, engine.max_model_len)
    if max_model_len < 1:
        raise InputError("max_model_len", f"{max_model_len} is below 1")
    return replace(
        engine,
        model=capacity,
        max_model_len=max_model_len,
        max_num_seqs=_given(arguments.max_num_seqs, engine.max_num_seqs),
        max_num_batched_tokens=_given(
            arguments.max_num_batched_tokens, engine.max_num_batched_tokens
        ),
    )


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


def _profile_engine(name: str, engine_version: str | None) -> _Engine:
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always")
        profile = read_profile(name)
        if engine_version is not None:
            profile.warn_if_other_engine(engine_version)
    notes = "".join(f"; {doubt.message}" for doubt in doubts)
    return _Engine(
        title=f"{profile.model} on {profile.gpu}, {profile.engine_name} {profile.engine_version}",
        origin=f"reserves of profile {profile.name}{notes}",
        model=profile.kv_capacity_model,
        max_num_seqs=profile.max_num_seqs,
        max_num_batched_tokens=profile.max_num_batched_tokens,
        max_model_len=profile.max_model_len,
    )


def _architecture_engine(arguments: argparse.Namespace) -> _Engine:
    version = arguments.engine_version or _DEFAULT_VERSION
    if arguments.model is not None:
        name = known_model_key(arguments.model)
        architecture = known_model(name)
    else:
        name, architecture = str(arguments.config), architecture_from_config(arguments.config)
    memory_gib = _memory_gib(arguments)
    if not 0 < memory_gib < math.inf:
        raise InputError("gpu_memory_gib", f"{memory_gib!r} is not a positive number")
    model = capacity_model(architecture, round(memory_gib * _GIB), 0.9, version, name)
    measured = (name, version) in MEASURED_RESERVES
    where = arguments.gpu or (_DEFAULT_GPU if arguments.gpu_memory_gib is None else "a GPU")
    return _Engine(
        title=f"{name} on {where}, vLLM {version}",
        origin="fitted to measurements of this model and version on an H100"
        if measured
        else "those of measured models under vLLM 0.5.0 (V0) or 0.8.5 (V1); not measured here",
        model=model,
        max_num_seqs=256,
        max_num_batched_tokens=2048,
        max_model_len=architecture.max_model_len,
    )


def _memory_gib(arguments: argparse.Namespace) -> float:
    if arguments.gpu_memory_gib is not None:
        return float(arguments.gpu_memory_gib)
    return gpu(arguments.gpu or _DEFAULT_GPU).memory_gib


def _print(console: Console, engine: _Engine, result: CapacityTable) -> None:
    model, architecture = engine.model, engine.model.architecture
    facts = Table(box=None, show_header=False)
    facts.add_row(
        "GPU memory",
        f"{model.gpu_memory_bytes / _GIB:.2f} GiB, of which {model.utilization:.0%} are used",
    )
    facts.add_row("weights", f"{persistent_bytes(architecture, 0, 0) / _GIB:.2f} GiB")
    for rank in result.ranks:
        size = architecture.slot_bytes(rank) / _MIB
        facts.add_row(f"one slot of rank {rank}", f"{size:,.1f} MiB")
    facts.add_row("KV cache", f"{architecture.kv_bytes_per_token / 1024:,.0f} KiB per token")
    facts.add_row(
        "largest batch",
        f"max_num_seqs {engine.max_num_seqs}, "
        f"max_num_batched_tokens {engine.max_num_batched_tokens}",
    )
    facts.add_row("constants", engine.origin)
    console.print(engine.title, style="bold", markup=False)
    console.print(facts)

    table = Table(title="KV capacity in tokens", title_justify="left")
    table.add_column("max_loras", justify="right")
    for rank in result.ranks:
        table.add_column(f"rank {rank}", justify="right")
    for i, slots in enumerate(result.max_loras):
        cells = [
            f"{result.tokens[i][j]:,}" + (" ✗" if result.errors[i][j] else "")
            for j in range(len(result.ranks))
        ]
        table.add_row("no LoRA" if slots == 0 else str(slots), *cells)
    table.add_section()
    table.add_row("most slots", *map(str, result.most_slots), style="bold")
    print_table(console, table)
    console.print(
        f"✗ memory error: the engine does not start with fewer tokens than max_model_len "
        f"({engine.max_model_len:,}).\n"
        f"Most slots: the largest max_loras that leaves {result.needed_tokens:,} tokens."
    )
