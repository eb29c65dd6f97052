"""Runs the examples of a document in the current folder, with small settings.

``python run_document.py DOCUMENT``; needs nothing but the project, so that it can be run where
only that is installed.
"""

from __future__ import annotations

import runpy
import shlex
import sys
from pathlib import Path

from documents import blocks, calls  # beside this script

from placer.console.place import run

AZURE_TRACE = "AzureLLMInferenceTrace_conv.csv"
SMALL = ["time_limit=30", "max_estimates=800"]
SHORT = "estimator.window.duration=60"  # of the default estimator


def main(document: str) -> None:
    """Write the files of a document, and run its Python and its commands, in order."""
    sys.path.insert(0, str(Path.cwd()))
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
                run_placer(small(arguments))
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


if __name__ == "__main__":
    main(sys.argv[1])
