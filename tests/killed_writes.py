"""What a command leaves that is killed while it writes, at each of its writes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from twin.files import atomic_write, replace_files, staging

__all__ = ["kill_at_every_write", "visible"]


def kill_at_every_write(patch: pytest.MonkeyPatch, folder: Path, copies: Path) -> list[Path]:
    """Copy what a command that is killed leaves, before and in the middle of whatever it writes.

    SIGKILL lets a process do nothing more: what it leaves is what the folder holds at that moment.

    Parameters
    ----------
    patch : pytest.MonkeyPatch
    folder : Path
        Where a command is going to write.
    copies : Path
        Where to keep the copies.

    Returns
    -------
    list of Path
        Copies of the folder, made as the command goes on, and named after what it was about to do.
    """
    left: list[Path] = []
    write_bytes = Path.write_bytes

    def killed(moment: str) -> None:
        left.append(copies / f"{len(left)}-{moment}")
        shutil.copytree(folder, left[-1], symlinks=True)

    def written(path: Path, data: bytes) -> int:
        if folder in path.absolute().parents:
            write_bytes(path, data[: len(data) // 2])
            killed("write")
        return write_bytes(path, data)

    def kill_before(module: Any, name: str) -> None:
        original = getattr(module, name)

        def patched(path: Path, *arguments: Any, **options: Any) -> Any:
            if folder in Path(path).absolute().parents:
                killed(name)
            return original(path, *arguments, **options)

        patch.setattr(module, name, patched)

    patch.setattr(Path, "write_bytes", written)
    kill_before(atomic_write.os, "replace")  # type: ignore[attr-defined]
    kill_before(replace_files, "_swap")
    kill_before(staging.shutil, "rmtree")  # type: ignore[attr-defined]
    return left


def visible(folder: Path) -> dict[str, bytes]:
    """Contents of the files below a folder by their paths, without those not in place yet."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = {path: path.relative_to(folder) for path in paths}
    return {
        name.as_posix(): path.read_bytes()
        for path, name in names.items()
        if not any(map(staging.is_staging, (name, *name.parents)))
    }
