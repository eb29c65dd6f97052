"""The documents, and the examples in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["DOCUMENTS", "ROOT", "Block", "blocks", "calls"]

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    "README.md",
    "docs/benchmark.md",
    "docs/calibrate.md",
    "docs/concepts.md",
    "docs/deploy.md",
    "docs/glossary.md",
    "docs/index.md",
    "docs/quickstart.md",
    "docs/formats.md",
    "docs/measure.md",
    "docs/memory.md",
    "docs/multirun.md",
    "docs/design.md",
    "docs/estimators.md",
    "docs/placement.md",
    "docs/report.md",
    "docs/reproduction.md",
    "docs/twin.md",
]


class Block(NamedTuple):
    """A fenced block: its language, the file name behind it, the line it starts at, its text."""

    language: str
    file: str
    line: int
    text: str


def blocks(document: str) -> Iterator[Block]:
    """Fenced blocks of a document, in order."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for match in re.finditer(r"^```(\w+) *(\S*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(match[1], match[2], text[: match.start()].count("\n") + 2, match[3])


def calls(text: str, *command: str) -> list[list[str]]:
    """Arguments of the calls of a command in a shell block; pip and make are for the reader."""
    lines = [shlex.split(line, comments=True) for line in text.replace("\\\n", " ").splitlines()]
    size = len(command)
    return [words[size:] for words in lines if words[:size] == list(command)]
