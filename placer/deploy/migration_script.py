"""The shell script that leads from the running placement to a new one by vLLM's calls."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count

from placer.replanning.migration import Migration, Step
from twin.workload.adapter_name import adapter_folder, check_adapter_name

__all__ = ["migration_script"]

_CALLS = ("load", "unload")  # steps that are vLLM's

_HEAD = """\
#!/bin/sh
{warnings}# From the running placement to this one: {moves} adapters move, {starts} engines are
# started and {stops} stopped, {peak} GPUs run at once at most.{interrupted}
# Engines have to run with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True. Set ADAPTER_DIR to the folder
# that holds one sub-folder for each adapter, and the variables below to the addresses of the GPUs'
# engines. Steps that are not vLLM's are functions to fill in; stopping between two steps loses
# nothing.
set -eu
ADAPTER_DIR=${{ADAPTER_DIR:-{adapter_dir}}}
{urls}

text() {{ # TEXT: as JSON writes it
  printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\\\"]/\\\\&/g')"
}}
load() {{ # URL ADAPTER PATH
  curl --fail --silent --show-error -X POST "$1/v1/load_lora_adapter" \\
    -H 'Content-Type: application/json' \\
    -d "{{\\"lora_name\\": $(text "$2"), \\"lora_path\\": $(text "$3")}}"
}}
unload() {{ # URL ADAPTER
  curl --fail --silent --show-error -X POST "$1/v1/unload_lora_adapter" \\
    -H 'Content-Type: application/json' -d "{{\\"lora_name\\": $(text "$2")}}"
}}
start() {{ # GPU: run engines/GPU.sh there, and return when its /health answers
  echo "start engines/$1.sh on $1 and press Enter when it serves"; read -r _
}}
stop() {{ # GPU
  echo "stop the engine on $1 and press Enter"; read -r _
}}
route() {{ # MODEL GPU=SHARE ...: tell the router; without a GPU the adapter is not served
  printf '%s\\n' "route $*; press Enter when done"; read -r _
}}

"""


def migration_script(
    migration: Migration,
    paths: Mapping[str, str] | None = None,
    warnings: Sequence[str] = (),
    *,
    adapter_dir: str = "/adapters",
    port: int = 8000,
) -> str:
    """A migration as a POSIX shell script with vLLM's load and unload calls (0.8 and later).

    Parameters
    ----------
    migration : Migration
        With what requests name in place of names of base models.
    paths : mapping of str to str, optional
        Where adapters are, by name; those that are not in it are folders of their names in
        ``ADAPTER_DIR``.
    warnings : sequence of str
        What its user has to know first.
    adapter_dir : str
        Folder of the adapters where the environment does not set ``ADAPTER_DIR``.
    port : int
        Port of the engines where the environment does not give their addresses.

    Raises
    ------
    InputError
        If an adapter has a name that a line of a comment cannot hold.
    """
    for step in migration.steps:
        if step.adapter:
            check_adapter_name(step.adapter)
    variables = _variables(step.gpu for step in migration.steps if step.action in _CALLS)
    interrupted = ", ".join(migration.interrupted)
    head = _HEAD.format(
        moves=migration.num_moves,
        starts=migration.count("start"),
        stops=migration.count("stop"),
        peak=migration.peak_gpus,
        interrupted=f" Not served for a while: {interrupted}." if interrupted else "",
        warnings="".join(f"# {text}\n" for text in warnings),
        adapter_dir=shlex.quote(adapter_dir),
        urls="\n".join(
            f"{name}=${{{name}:-http://{gpu}:{port}}}" for gpu, name in variables.items()
        ),
    )
    lines = [_line(step, variables, paths or {}) + "\n" for step in migration.steps]
    return head + "".join(lines)


def _line(step: Step, variables: Mapping[str, str], paths: Mapping[str, str]) -> str:
    """Call of one step."""
    name = shlex.quote(step.adapter)
    if step.action in _CALLS:
        call = f'{step.action} "${variables[step.gpu]}" {name}'
        if step.action == "unload":
            return call
        path, folder = paths.get(step.adapter), shlex.quote(adapter_folder(step.adapter))
        return f"{call} " + (shlex.quote(path) if path else f'"$ADAPTER_DIR"/{folder}')
    if step.action == "route":
        shares = [f"{gpu}={share:.6g}" for gpu, share in step.shares.items()]
        return shlex.join(["route", step.adapter, *shares])
    return shlex.join([step.action, step.gpu])


def _variables(gpus: Iterable[str]) -> dict[str, str]:
    """Names of the variables with the addresses of GPUs' engines, no two alike, by GPU.

    Characters that a variable cannot have become underscores; where another GPU has that name
    already, a number follows.
    """
    names: dict[str, str] = {}
    for gpu in dict.fromkeys(gpus):
        first = "URL_" + "".join(c if c.isalnum() else "_" for c in gpu)
        further = (f"{first}_{number}" for number in count(2))
        taken = names.values()
        names[gpu] = next(name for name in chain([first], further) if name not in taken)
    return names
