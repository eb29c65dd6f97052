"""``python -m twin.scale``: the profile of a GPU that nobody measured."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from twin.files.atomic_write import check_target, write_files, write_text
from twin.files.command_messages import plain_console, print_error, print_warnings
from twin.files.errors import InputError, ToolkitError
from twin.gpu.datasheet import GPUS, gpu
from twin.gpu.read_profile import read_profile
from twin.scale.bundled import profile_text, scaled_profile_files
from twin.scale.scaled_profile import scale_profile

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Scale and write; 0 if that was done, 2 if the input is wrong."""
    arguments = _parser().parse_args(argv)
    messages = plain_console(stderr=True)
    try:
        with print_warnings(messages):
            told = _bundled(arguments.bundled) if arguments.bundled else _one(arguments)
    except (ToolkitError, OSError) as error:
        print_error(messages, error)
        return 2
    plain_console().print(told, highlight=False, markup=False, soft_wrap=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m twin.scale",
        description="Estimate the serving profile of a GPU from one that was measured on another, "
        "by memory, bandwidth and compute of the datasheets; with price, power and uncertainty.",
    )
    parser.add_argument("profile", nargs="?", help="name or file of the measured profile")
    parser.add_argument("--gpu", help=f"GPU to scale to: {', '.join(GPUS)}")
    parser.add_argument(
        "--tensor-parallel-size",
        type=int,
        help="GPUs of one engine (default: as many as were measured)",
    )
    parser.add_argument("--out", type=Path, metavar="PROFILE.yaml", help="file to write")
    parser.add_argument(
        "--bundled",
        type=Path,
        metavar="DIR",
        help="write the scaled profiles that come with the package to a folder instead, which is "
        "conf/profile when the measured ones have changed",
    )
    return parser


def _one(arguments: argparse.Namespace) -> str:
    for name in ("profile", "gpu", "out"):
        if getattr(arguments, name) is None:
            where = name if name == "profile" else f"--{name}"
            raise InputError(where, "is missing", "give PROFILE, --gpu and --out, or --bundled")
    check_target(arguments.out, "--out")
    scaled = scale_profile(
        read_profile(arguments.profile), gpu(arguments.gpu), arguments.tensor_parallel_size
    )
    write_text(arguments.out, profile_text(scaled))
    return (
        f"{scaled.name}, whose throughput is uncertain by {scaled.uncertainty:.0%}, "
        f"written to {arguments.out}"
    )


def _bundled(folder: Path) -> str:
    files = scaled_profile_files()
    write_files(folder, files)
    return f"{len(files)} profiles written to {folder}"
