"""The GPU of this machine, by the names that datasheets here have."""

from __future__ import annotations

import subprocess
from urllib.parse import urlsplit

from twin.files.errors import InputError
from twin.gpu.datasheet import GPUS

__all__ = ["gpu_name", "known_name"]

_HERE = ("localhost", "127.0.0.1", "::1")
_REMEDY = "say which GPU serves, like H100-80GB"
_QUERY = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]


def gpu_name(url: str) -> str:
    """Name of the first GPU that ``nvidia-smi`` shows, where a server is on this machine.

    Parameters
    ----------
    url : str
        Of the server.

    Raises
    ------
    InputError
        If it shows none, or the server may be elsewhere.
    """
    if urlsplit(url).hostname not in _HERE:
        raise InputError("--gpu", f"{url} is another machine", _REMEDY)
    try:
        done = subprocess.run(_QUERY, capture_output=True, text=True, check=True, timeout=30)
        name, _, memory = done.stdout.splitlines()[0].rpartition(",")
        return known_name(name.strip(), float(memory))
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        raise InputError("--gpu", "nvidia-smi shows none here", _REMEDY) from None


def known_name(name: str, memory_mib: float) -> str:
    """Name in the datasheets of what ``nvidia-smi`` calls otherwise; its own where there is none.

    Parameters
    ----------
    name : str
        Like ``NVIDIA H100 80GB HBM3``.
    memory_mib : float
        Memory that it shows.
    """
    words = set(name.replace("-", " ").upper().split())
    fitting = [
        gpu
        for gpu in GPUS.values()
        if {word for word in gpu.name.upper().split("-") if not word.endswith("GB")} <= words
        and abs(memory_mib / 1024 / gpu.memory_gib - 1) < 0.06
    ]
    if not fitting:
        return "-".join(name.removeprefix("NVIDIA ").split())
    return min(fitting, key=lambda gpu: abs(memory_mib / 1024 - gpu.memory_gib)).name
