"""Folders that a call made and wrote nothing into, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["missing_folders", "remove_empty", "remove_empty_sweep"]


def missing_folders(folder: Path) -> list[Path]:
    """Folders on the way to a path that do not exist, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove those that exist and hold nothing."""
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def remove_empty_sweep(sweep: Path, made: Sequence[Path]) -> None:
    """Remove what a sweep without any result made; Hydra's own record does not count.

    Parameters
    ----------
    sweep : Path
        Folder of the sweep.
    made : sequence of Path
        Folders that the call made for it, the innermost first.
    """
    remove_empty([job for job in sweep.iterdir() if job.is_dir()])
    if [path.name for path in sweep.iterdir()] == ["multirun.yaml"]:
        (sweep / "multirun.yaml").unlink()
    remove_empty(made)
