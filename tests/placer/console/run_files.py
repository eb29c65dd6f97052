"""Files of a run, and how they are spoiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["BROKEN", "ROWS", "edit"]

ROWS = "name,rank,rate_req_s\n" + "".join(f"a{i},{8 + 8 * (i % 2)},4\n" for i in range(8))
"""Adapters of the run."""


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def write(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(text)

    return change


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return change


BROKEN = {
    "no result": (remove("result.json"), "result.json"),
    "no json": (write("result.json", "{"), "result.json: it is not JSON"),
    "no configuration": (remove("config.yaml"), "config.yaml"),
    "another configuration": (write("config.yaml", "color: red\n"), "is no configuration"),
    "no yaml": (write("config.yaml", "a: [\n"), "it is not YAML"),
    "another placement": (
        write("placement.json", '{"schema_version": 1, "gpus": [], "unplaced": []}'),
        "placement.json is not",
    ),
    "adapters gone": (edit("config.yaml", "adapters.csv", "gone.csv"), "gone.csv"),
    "another fleet": (edit("config.yaml", "name: h100_80gb_llama31_8b", "name: x"), "profile"),
}
"""What makes of a folder one that is of no run, and the words that say so."""
