"""Every example of the README and the documents is executed, as on a plain installation."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, ROOT, blocks
from tests.plain_environment import plain_environment

RUNNER = Path(__file__).with_name("run_document.py")
WITH_EXAMPLES = [document for document in DOCUMENTS if any(blocks(document))]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without extras."""
    return plain_environment(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def faults(plain: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What goes wrong in the examples of each document that has some."""
    command = [sys.executable, "-W", "error", RUNNER, *WITH_EXAMPLES]
    folder = tmp_path_factory.mktemp("examples")
    done = subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    found = json.loads((folder / "faults.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("document", WITH_EXAMPLES)
def test_examples_run(document: str, faults: dict[str, str]) -> None:
    assert faults[document] == ""


@pytest.mark.parametrize(
    "document", [d for d in DOCUMENTS if any(b.file.startswith("test_") for b in blocks(d))]
)
def test_test_modules_pass(document: str, tmp_path: Path) -> None:
    """Those of a document, for which pytest is needed, beside its other modules."""
    for block in blocks(document):
        if block.file.endswith(".py"):
            (tmp_path / block.file).write_text(block.text)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:slipcover"]
    command = [sys.executable, "-m", "pytest", *options, tmp_path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_a_plain_installation_has_no_tools_of_development(plain: dict[str, str]) -> None:
    tools = ["pytest", "hypothesis", "matplotlib", "distributed", "mypy", "slipcover"]
    code = f"import importlib.util; print([*filter(importlib.util.find_spec, {tools})])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=plain, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


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
    """They draw, and need the extra for that."""
    picture = tmp_path / "picture.svg"
    environment = plain_environment(tmp_path, extras=["report"])
    subprocess.run([sys.executable, path, picture], check=True, cwd=tmp_path, env=environment)
    assert picture.stat().st_size > 10_000
