"""Tables of adapter load times."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write"]

HEADER = (
    "model,vllm_version,max_lora_rank,adapter_rank,load_from_memory_mean_ms,load_from_disk_mean_ms"
)


def write(folder: Path, *rows: str) -> Path:
    """Table with these rows, ``loads.csv``."""
    path = folder / "loads.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    return path
