"""The shell script that starts one engine of a placement."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from itertools import pairwise

from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.gpu.memory.kv_capacity import KvCapacityModel
from twin.workload.adapter_name import (
    adapter_folder,
    check_adapter_name,
    check_adapter_path,
)
from twin.workload.rank import legal_rank

__all__ = ["lora_modules", "memory_options", "serve_arguments", "serve_script"]

_ALL = 1024  # adapters in host memory, as more may be loaded later
_USUAL = {
    "--max-num-seqs": ("256, or 1024 on large GPUs", (256, 1024)),
    "--max-num-batched-tokens": ("2048, or 8192 on large GPUs", (2048, 8192)),
    "--block-size": ("16", (16,)),
    "--gpu-memory-utilization": ("0.9, or 0.92 in newer versions", (0.9, 0.92)),
}  # what vLLM chooses itself: in words, and the values

_SCRIPT = """\
#!/bin/sh
{warnings}# {title}
# Set BASE_MODEL to the model's path or repository, ADAPTER_DIR to the folder that holds one
# sub-folder for each adapter, and PORT; further vLLM options may follow as arguments. With
# VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, which is for trusted networks only, adapters can be loaded
# and unloaded later, as migrate.sh does.
{remarks}set -eu
BASE_MODEL=${{BASE_MODEL:-{model}}}
ADAPTER_DIR=${{ADAPTER_DIR:-{adapter_dir}}}
PORT=${{PORT:-{port}}}
case $ADAPTER_DIR in
  *[,=\\"\\\\]*) echo 'ADAPTER_DIR: vLLM cannot take any of , = " \\ in it' >&2; exit 2 ;;
esac
exec {command} "$@"
"""


def serve_arguments(
    config: EngineConfig,
    adapters: Sequence[str],
    max_model_len: int | None = None,
    gpu_memory_utilization: float | None = None,
) -> list[str]:
    """Engine options of ``vllm serve`` for one GPU of a placement.

    Parameters
    ----------
    config : EngineConfig
        How the engine was simulated.
    adapters : sequence of str
        Names of the adapters that the GPU serves; none where it serves the base model only.
    max_model_len : int, optional
        Longest request in tokens where the config does not say it.
    gpu_memory_utilization : float, optional
        Share of the GPU's memory that the engine may take, as simulated; vLLM's own by default.

    Returns
    -------
    list of str
        Options, each followed by its value, without the adapters themselves.

    Raises
    ------
    InputError
        If there are adapters but LoRA is not enabled.
    """
    if adapters and config.max_loras < 1:
        raise InputError("max_loras", f"it is 0 for {len(adapters)} adapters", "at least 1")
    options: dict[str, float | None] = {
        "--max-num-seqs": config.max_num_seqs,
        "--max-num-batched-tokens": config.max_num_batched_tokens,
        "--block-size": config.block_size,
        "--max-model-len": config.max_model_len or max_model_len,
        "--gpu-memory-utilization": gpu_memory_utilization,
    }
    arguments = [text for key, value in options.items() if value for text in (key, str(value))]
    if config.max_loras < 1:
        return arguments
    in_host_memory = config.max_cpu_loras or max(len(adapters), config.max_loras, _ALL)
    return [
        *arguments,
        "--enable-lora",
        *("--max-loras", str(config.max_loras)),
        *("--max-cpu-loras", str(in_host_memory)),
        *("--max-lora-rank", str(legal_rank(config.max_lora_rank))),
        *(["--specialize-active-lora"] if config.specialize_active_lora else []),
    ]


def memory_options(model: KvCapacityModel, with_lora: bool = True) -> list[str]:
    """Options of ``vllm serve`` by which an engine's memory is not that of the usual engine.

    Parameters
    ----------
    model : KvCapacityModel
        Memory of the engine that was simulated.
    with_lora : bool
        Whether it serves adapters.
    """
    options: list[str] = []
    if model.tensor_parallel_size > 1:
        options += ["--tensor-parallel-size", str(model.tensor_parallel_size)]
    if model.fully_sharded_loras and with_lora:
        options.append("--fully-sharded-loras")
    if model.lora_target_modules and with_lora:
        options += ["--lora-target-modules", *model.lora_target_modules]
    if model.architecture.kv_entry_bytes == 1:
        options += ["--kv-cache-dtype", "fp8"]
    if model.kv_cache_memory_bytes:
        options += ["--kv-cache-memory-bytes", str(model.kv_cache_memory_bytes)]
    if model.enforce_eager:
        options.append("--enforce-eager")
    return options


def serve_script(
    model: str,
    config: EngineConfig,
    adapters: Sequence[str],
    *,
    title: str = "",
    max_model_len: int | None = None,
    gpu_memory_utilization: float | None = None,
    memory_options: Sequence[str] = (),
    paths: Mapping[str, str] | None = None,
    served_name: str = "",
    port: int = 8000,
    adapter_dir: str = "/adapters",
    warnings: Sequence[str] = (),
) -> str:
    """Shell script that starts the engine of one GPU with its adapters.

    Parameters
    ----------
    model : str
        Base model, used where the environment does not set ``BASE_MODEL``.
    config, adapters, max_model_len, gpu_memory_utilization
        As for `serve_arguments`.
    title : str
        First line of the comment on top.
    memory_options : sequence of str
        Further options, such as those of `memory_options`.
    paths : mapping of str to str, optional
        Where adapters are, by name; those that are not in it, or have an empty path, are folders
        of their names in ``ADAPTER_DIR``.
    served_name : str
        What requests for the base model name as their model, whatever ``BASE_MODEL`` says; empty
        where there are none.
    port : int
        Port it listens on where the environment does not set ``PORT``.
    adapter_dir : str
        Folder of the adapters where the environment does not set ``ADAPTER_DIR``.
    warnings : sequence of str
        What its user has to know first.

    Returns
    -------
    str
        A POSIX shell script.

    Raises
    ------
    InputError
        As `serve_arguments`; also for a name or a path that vLLM cannot take.
    """
    lines = ['vllm serve "$BASE_MODEL"', '--port "$PORT"']
    if served_name:
        lines.append(shlex.join(["--served-model-name", served_name]))
    arguments = serve_arguments(config, adapters, max_model_len, gpu_memory_utilization)
    arguments += memory_options
    flags = [i for i, text in enumerate(arguments) if text.startswith("--")]
    for start, end in zip(flags, [*flags[1:], len(arguments)], strict=True):
        lines.append(shlex.join(arguments[start:end]))
    if adapters:
        lines.append("--lora-modules")
        lines.extend(_module(name, (paths or {}).get(name, "")) for name in adapters)
    return _SCRIPT.format(
        warnings="".join(f"# {text}\n" for text in warnings),
        title=" ".join(title.split()),
        remarks=_remarks(arguments),
        model=shlex.quote(model),
        port=port,
        adapter_dir=shlex.quote(adapter_dir),
        command=" \\\n  ".join(lines),
    )


def _remarks(arguments: Sequence[str]) -> str:
    """Lines of a comment on options whose values are not those that vLLM chooses itself."""
    lines = [
        f"#   {option} {value}: vLLM's own is {words}\n"
        for option, value in pairwise(arguments)
        for words, usual in [_USUAL.get(option, ("", ()))]
        if words and float(value) not in usual
    ]
    head = "# These are as the engine was simulated, and unusual:\n"
    return head + "".join(lines) if lines else ""


def lora_modules(adapters: Sequence[tuple[str, str]]) -> list[str]:
    """``--lora-modules`` with adapters and their paths, as arguments without a shell.

    Raises
    ------
    InputError
        For a name or a path that vLLM cannot take.
    """
    if not adapters:
        return []
    return ["--lora-modules", *("".join(_module_parts(name, path)) for name, path in adapters)]


def _module(name: str, path: str) -> str:
    """The same of one adapter for a shell; without a path it is below ``ADAPTER_DIR``."""
    if path:
        return shlex.quote("".join(_module_parts(name, path)))
    start, folder, end = _module_parts(name, adapter_folder(name))
    return f'{shlex.quote(start)}"$ADAPTER_DIR"/{shlex.quote(folder + end)}'


def _module_parts(name: str, path: str) -> tuple[str, str, str]:
    """What is before a path, the path, and what is behind it: ``name=path``.

    It is JSON where vLLM would split that otherwise.
    """
    check_adapter_name(name)
    check_adapter_path(path)
    if name.startswith("-") or any(sign in text for sign in ",=" for text in (name, path)):
        return f'{{"name": {_json(name)}, "path": "', _json(path)[1:-1], '"}'
    return f"{name}=", path, ""


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
