"""Flags in the command that starts a server: what they say, and which are the plan's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twin.files.errors import InputError
from twin.measure.facts import Facts

__all__ = ["check_command", "flags_of", "model_of"]

_MODULE = "vllm.entrypoints.openai.api_server"
_OURS = (
    *("--enable-lora", "--max-loras", "--max-lora-rank", "--max-cpu-loras"),
    *("--port", "--host", "--lora-modules"),
)
_SECRETS = ("--api-key", "--hf-token")
_TOLD = ("--max-num-seqs", "--max-num-batched-tokens")
_SWITCH, _SWITCHED_OFF = "--specialize-active-lora", "--no-specialize-active-lora"
_EXAMPLE = "-- vllm serve MODEL --max-model-len 8192"


def check_command(command: Sequence[str]) -> None:
    """Refuse a command that is no vLLM server, or says what the plan says.

    Raises
    ------
    InputError
        Also where it holds an API key, which the server would write into its log.
    """
    if not model_of(command):
        given = " ".join(command) or "it is missing"
        raise InputError("command", given, f"like: {_EXAMPLE}")
    flags = _flags(command)
    for name in flags:
        if name in _SECRETS:
            problem = f"{name} would be in the server's log"
            raise InputError("command", problem, "set VLLM_API_KEY or HF_TOKEN instead")
        if name in _OURS:
            raise InputError("command", f"{name} is the plan's to say", "leave it out")
    flags_of(command)


def flags_of(command: Sequence[str]) -> Facts:
    """What a command says of the engine.

    Raises
    ------
    InputError
        If a number is none.
    """
    flags = _flags(command)
    numbers = {}
    for name in _TOLD:
        text = flags.get(name, "0")
        if not text.isdecimal():
            raise InputError("command", f"{name} {text!r} is not a whole number")
        numbers[name.removeprefix("--").replace("-", "_")] = int(text)
    switched = str(_SWITCH in flags) if {_SWITCH, _SWITCHED_OFF} & flags.keys() else ""
    return Facts(specialize_active_lora=switched, **numbers)  # type: ignore[arg-type]  # whole numbers


def model_of(command: Sequence[str]) -> str:
    """The model that a command serves; empty where it is no command of a vLLM server."""
    words = list(command)
    if "serve" in words[:-1]:
        return words[words.index("serve") + 1]
    return _flags(words).get("--model", "") if _MODULE in words else ""


def _flags(command: Sequence[str]) -> Mapping[str, str]:
    """Values by name; empty for a flag without one."""
    flags: dict[str, str] = {}
    for word, following in zip(command, [*command[1:], ""], strict=True):
        if word.startswith("--"):
            name, _, value = word.partition("=")
            flags[name.replace("_", "-")] = value or following
    return flags
