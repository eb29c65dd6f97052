"""Runs the examples of documents with small settings, each document in a folder of its own.

``python run_document.py DOCUMENT...`` makes the folders in the current one, and writes what went
wrong, by document, to ``faults.json``; needs nothing but the project, so that it can be run where
only that is installed. One process runs them all, as each would take seconds to start.
"""

from __future__ import annotations

import json
import os
import runpy
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from documents import blocks, calls  # beside this script
from joblib.externals.loky import get_reusable_executor

from placer.console.place import run

AZURE_TRACE = "AzureLLMInferenceTrace_conv.csv"
SMALL = ["time_limit=30", "max_estimates=800"]
SHORT = "estimator.window.duration=60"  # of the default estimator
SIDE_BY_SIDE = "docs/multirun.md"
"""The document whose runs go on in processes of their own, which take seconds to start."""


def main(document: str) -> None:
    """Write the files of a document here, and run its Python and its commands, in order."""
    rows = (f"2023-11-16 18:15:{i:02d}.0000000,{100 + 7 * i},{20 + i}\n" for i in range(60))
    Path(AZURE_TRACE).write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "".join(rows))
    names: dict[str, object] = {}
    for block in blocks(document):
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text)
        elif block.language == "python":
            exec(compile(block.text, f"{document}, line {block.line}", "exec"), names)
        elif block.language == "sh":
            for arguments in calls(block.text, "placer"):
                here = "--multirun" in arguments and document != SIDE_BY_SIDE
                run_placer([*small(arguments), *(["hydra/launcher=basic"] if here else [])])
            for module, *arguments in calls(block.text, "python", "-m"):
                run_module(module, arguments)


def small(arguments: list[str]) -> list[str]:
    """The same call of `placer` with fewer adapters and a short simulation."""
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
        *(["report=none"] if any(a.startswith("deploy=") for a in arguments) else []),
        *([] if own else ["workload.num_adapters=6"]),
    ]


def run_placer(arguments: list[str]) -> None:
    """Call `placer`, which has to succeed."""
    sys.argv = ["placer", *arguments]
    if run() != 0:
        raise SystemExit(f"failed: {shlex.join(sys.argv)}")


def run_module(module: str, arguments: list[str]) -> None:
    """Call another command of the project, which has to succeed."""
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__")
    except SystemExit as ended:
        if ended.code != 0:
            raise SystemExit(f"failed: {shlex.join(sys.argv)}") from ended


@contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    """Work in a new folder, whose modules can be imported and are forgotten after that."""
    before, path, modules = Path.cwd(), list(sys.path), set(sys.modules)
    folder.mkdir(parents=True)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(folder):
                del sys.modules[name]


def faults(documents: list[str]) -> dict[str, str]:
    """What went wrong in each document; empty where nothing did."""
    found = dict.fromkeys(documents, "")
    for document in documents:
        folder = Path.cwd() / document.replace("/", "-").removesuffix(".md")
        with in_folder(folder):
            try:
                main(document)
            except (Exception, SystemExit):
                found[document] = traceback.format_exc()
            get_reusable_executor().shutdown()  # its processes stay in the folder they began in
    return found


if __name__ == "__main__":
    Path("faults.json").write_text(json.dumps(faults(sys.argv[1:])))
