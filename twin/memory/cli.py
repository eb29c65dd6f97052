"""``python -m twin.memory``: how many adapters fit on a GPU."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from twin.files.atomic_write import check_target, write_text
from twin.files.command_messages import plain_console, print_error, print_table
from twin.files.errors import InputError
from twin.gpu.datasheet import GPUS
from twin.gpu.memory.adapter_slots import adapter_bytes
from twin.gpu.memory.hugging_face_quantization import KV_CACHE_DTYPES
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.memory.capacity_table import CapacityTable, capacity_table
from twin.memory.engine_choice import DEFAULT_GPU, DEFAULT_VERSION, SAMPLERS, Engine, choose_engine

__all__ = ["main"]

_GIB = 2**30
_MIB = 2**20
_SLOTS = (0, 1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 256, 320, 384)
_RANKS = (8, 16, 32, 64)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; 0 if it could be made, 2 if an argument is not acceptable."""
    arguments = _parser().parse_args(argv)
    try:
        check_target(arguments.json, "--json")
        engine = choose_engine(arguments)
        table = capacity_table(
            engine.model,
            arguments.slots,
            arguments.ranks,
            max_model_len=engine.max_model_len,
            max_num_seqs=engine.max_num_seqs,
            max_num_batched_tokens=engine.max_num_batched_tokens,
            specialize_active_lora=engine.specialize_active_lora,
            needed_tokens=arguments.needed_tokens,
        )
        host = _host_gib(arguments, engine)
        if arguments.json is not None:
            document = {"engine": engine.model.to_dict(), **table.to_dict()}
            if host:
                document["host_memory_gib"] = host
            write_text(arguments.json, json.dumps(document, indent=2) + "\n")
    except (InputError, OSError) as error:
        print_error(plain_console(stderr=True), error)
        return 2
    _print(plain_console(), engine, table, host)
    return 0


def _host_gib(arguments: argparse.Namespace, engine: Engine) -> dict[str, float]:
    """GiB that adapters of each rank take in host memory."""
    count = arguments.max_cpu_loras
    if count is None:
        return {}
    if count < 1:
        raise InputError("max_cpu_loras", f"{count} is below 1")
    modules = engine.model.lora_target_modules
    sizes = {r: adapter_bytes(engine.model.architecture, r, modules) for r in arguments.ranks}
    return {str(rank): round(count * size / _GIB, 3) for rank, size in sizes.items()}


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
    parser.add_argument(
        "--gpu", help=f"one of {', '.join(GPUS)} (default {DEFAULT_GPU}, or the profile's)"
    )
    parser.add_argument("--gpu-memory-gib", type=float, help="memory that CUDA reports, in GiB")
    parser.add_argument(
        "--engine-version",
        help=f"vLLM version (default {DEFAULT_VERSION}; a profile has its own)",
    )
    default = "(default: that of the version on this GPU, or the profile's)"
    parser.add_argument("--utilization", type=float, help=f"gpu_memory_utilization {default}")
    parser.add_argument("--max-num-seqs", type=int, help=default)
    parser.add_argument("--max-num-batched-tokens", type=int, help=default)
    parser.add_argument(
        "--max-model-len", type=int, help="longest request in tokens (default: the model's)"
    )
    _add_engine_options(parser)
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


def _add_engine_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the engine", "options of vllm serve that change its memory")
    group.add_argument("--tensor-parallel-size", type=int, help="GPUs of the engine (default 1)")
    group.add_argument("--fully-sharded-loras", action="store_true")
    group.add_argument("--enforce-eager", action="store_true")
    group.add_argument(
        "--specialize-active-lora",
        action="store_true",
        help="more CUDA graphs, one for each number of adapters in a batch",
    )
    group.add_argument(
        "--quantization", choices=("fp8",), help="of weights that are loaded in 16 bits"
    )
    group.add_argument("--kv-cache-dtype", choices=KV_CACHE_DTYPES, default="auto")
    group.add_argument(
        "--lora-target-modules", type=_names, default=(), help="like q_proj,v_proj (vLLM 0.19)"
    )
    group.add_argument(
        "--max-cpu-loras", type=int, help="adapters in host memory, for how much of it they take"
    )
    group.add_argument(
        "--sampler",
        choices=SAMPLERS,
        help="what draws tokens: flashinfer where it is installed (vLLM's images up to 0.11) or "
        "from 0.17 on something as small, torch else (default: that of images from 0.8 to 0.11, "
        "and that of pip before and after)",
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers like 8,16") from None


def _print(
    console: Console, engine: Engine, result: CapacityTable, host: dict[str, float]
) -> None:
    model = engine.model
    facts = Table(box=None, show_header=False)
    facts.add_row(
        "GPU memory",
        f"{model.gpu_memory_bytes / _GIB:.2f} GiB, of which {model.utilization:.0%} are used",
    )
    if model.tensor_parallel_size > 1:
        facts.add_row("GPUs", f"{model.tensor_parallel_size}; all figures are those of each")
    facts.add_row("weights", f"{model.held_bytes(0, 0) / _GIB:.2f} GiB")
    for rank in result.ranks:
        size = model.slot_bytes(rank) / _MIB
        facts.add_row(f"one slot of rank {rank}", f"{size:,.1f} MiB")
    facts.add_row("KV cache", f"{model.cache_bytes(1) / 1024:,.0f} KiB per token")
    facts.add_row(
        "largest batch",
        f"max_num_seqs {engine.max_num_seqs}, "
        f"max_num_batched_tokens {engine.max_num_batched_tokens}",
    )
    for name, gib in host.items():
        facts.add_row(f"adapters of rank {name} in host memory", f"{gib:,.1f} GiB")
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
