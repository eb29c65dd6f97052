"""Every example of the README and the documents is executed, with small settings."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from placer.console.place import run

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    "README.md",
    "docs/benchmark.md",
    "docs/quickstart.md",
    "docs/formats.md",
    "docs/design.md",
    "docs/estimators.md",
    "docs/placement.md",
    "docs/twin.md",
]
AZURE_TRACE = "AzureLLMInferenceTrace_conv.csv"
SMALL = ["time_limit=30", "max_estimates=800"]
SHORT = "estimator.window.duration=60"  # of the default estimator


class Block(NamedTuple):
    """A fenced block: its language, the file name behind it, the line it starts at, its text."""

    language: str
    file: str
    line: int
    text: str


def blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for match in re.finditer(r"^```(\w+) *(\S*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(match[1], match[2], text[: match.start()].count("\n") + 2, match[3])


def commands(text: str) -> list[list[str]]:
    """Calls of `placer` in a shell block; pip and make are for the reader."""
    lines = [shlex.split(line, comments=True) for line in text.replace("\\\n", " ").splitlines()]
    return [words[1:] for words in lines if words[:1] == ["placer"]]


def modules(text: str) -> list[list[str]]:
    """Calls of the package's other commands, ``python -m MODULE``, in a shell block."""
    lines = [shlex.split(line, comments=True) for line in text.replace("\\\n", " ").splitlines()]
    return [words[2:] for words in lines if words[:2] == ["python", "-m"]]


def small(arguments: list[str]) -> list[str]:
    """The same call with fewer adapters and a short simulation."""
    if "--help" in arguments or "--cfg" in arguments:
        return arguments
    own = any(a.startswith("workload=adapters") for a in arguments)
    kept = [
        a
        for a in arguments
        if not a.startswith(("workload.num_adapters", "time_limit", "max_estimates"))
    ]
    default = not any(a.startswith("estimator=") for a in arguments)
    return [
        *kept,
        *SMALL,
        *([SHORT] if default else []),
        *([] if own else ["workload.num_adapters=6"]),
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_run(
    document: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    rows = (f"2023-11-16 18:15:{i:02d}.0000000,{100 + 7 * i},{20 + i}\n" for i in range(60))
    Path(AZURE_TRACE).write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "".join(rows))
    names: dict[str, object] = {}
    for block in blocks(ROOT / document):
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text)
        elif block.language == "python":
            exec(compile(block.text, f"{document}, line {block.line}", "exec"), names)
        elif block.language == "sh":
            for arguments in commands(block.text):
                monkeypatch.setattr(sys, "argv", ["placer", *small(arguments)])
                status = run()
                shown = capsys.readouterr()
                assert status == 0, f"placer {shlex.join(arguments)}: {shown.err}"
            for module, *arguments in modules(block.text):
                monkeypatch.setattr(sys, "argv", [module, *arguments])
                with pytest.raises(SystemExit) as ended:
                    runpy.run_module(module, run_name="__main__")
                assert ended.value.code == 0, shlex.join([module, *arguments])


def test_every_document_is_covered() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md")}
    assert found <= set(DOCUMENTS)


def test_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        path = ROOT / document
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (path.parent / target).exists(), target


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "examples").glob("*.py")), ids=lambda path: path.name
)
def test_scripts_run(path: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.svg"
    subprocess.run([sys.executable, path, picture], check=True, cwd=tmp_path)
    assert picture.stat().st_size > 10_000
