"""The shell script that starts one engine of a placement."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.workload.rank import legal_rank

__all__ = ["serve_arguments", "serve_script"]

_ALL = 1024  # adapters in host memory: vLLM reserves nothing, and more may be loaded later

_SCRIPT = """\
#!/bin/sh
# {title}
# Set BASE_MODEL to the model's path or repository, ADAPTER_DIR to the folder that holds one
# sub-folder for each adapter, and PORT; further vLLM options may follow as arguments. With
# VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, which is for trusted networks only, adapters can be loaded
# and unloaded later, as migrate.sh does.
set -eu
BASE_MODEL=${{BASE_MODEL:-{model}}}
ADAPTER_DIR=${{ADAPTER_DIR:-/adapters}}
PORT=${{PORT:-{port}}}
exec {command} "$@"
"""


def serve_arguments(
    config: EngineConfig, adapters: Sequence[str], max_model_len: int | None = None
) -> list[str]:
    """Engine options of ``vllm serve`` for one GPU of a placement.

    Parameters
    ----------
    config : EngineConfig
        How the engine was simulated.
    adapters : sequence of str
        Names of the adapters that the GPU serves.
    max_model_len : int, optional
        Longest request in tokens where the config does not say it.

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
    options: dict[str, int | None] = {
        "--max-num-seqs": config.max_num_seqs,
        "--max-num-batched-tokens": config.max_num_batched_tokens,
        "--block-size": config.block_size,
        "--max-model-len": config.max_model_len or max_model_len,
    }
    arguments = [text for key, value in options.items() if value for text in (key, str(value))]
    if not adapters:
        return arguments
    in_host_memory = config.max_cpu_loras or max(len(adapters), config.max_loras, _ALL)
    return [
        *arguments,
        "--enable-lora",
        *("--max-loras", str(config.max_loras)),
        *("--max-cpu-loras", str(in_host_memory)),
        *("--max-lora-rank", str(legal_rank(config.max_lora_rank))),
    ]


def serve_script(
    model: str,
    config: EngineConfig,
    adapters: Sequence[str],
    *,
    title: str = "",
    max_model_len: int | None = None,
    port: int = 8000,
) -> str:
    """Shell script that starts the engine of one GPU with its adapters.

    Parameters
    ----------
    model : str
        Base model, used where the environment does not set ``BASE_MODEL``.
    config, adapters, max_model_len
        As for `serve_arguments`.
    title : str
        First line of the comment on top.
    port : int
        Port it listens on where the environment does not set ``PORT``.

    Returns
    -------
    str
        A POSIX shell script.

    Raises
    ------
    InputError
        As `serve_arguments`; also for an adapter name that vLLM's ``name=path`` form cannot hold.
    """
    lines = ['vllm serve "$BASE_MODEL"', '--port "$PORT"']
    arguments = serve_arguments(config, adapters, max_model_len)
    flags = [i for i, text in enumerate(arguments) if text.startswith("--")]
    for start, end in zip(flags, [*flags[1:], len(arguments)], strict=True):
        lines.append(shlex.join(arguments[start:end]))
    if adapters:
        lines.append("--lora-modules")
        lines.extend(_module(name) for name in adapters)
    return _SCRIPT.format(
        title=" ".join(title.split()),
        model=shlex.quote(model),
        port=port,
        command=" \\\n  ".join(lines),
    )


def _module(name: str) -> str:
    """``name=path`` of one adapter, the folder being named like the adapter."""
    if "=" in name or not name.isprintable():
        raise InputError(
            "adapter name", f"{name!r} does not fit vLLM's name=path", "a name without '='"
        )
    return f'{shlex.quote(name + "=")}"$ADAPTER_DIR"/{shlex.quote(name)}'
