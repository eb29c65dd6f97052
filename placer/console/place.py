"""Command line: read the configuration, place, write and show the result.

Its exit status is one of `placer.console.exit_status`; of several runs the worst.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import hydra
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from placer.console.arguments import sort_arguments
from placer.console.error_text import error_text
from placer.console.exit_status import GIVEN_UP, PLACED, WRONG_INPUT, worst
from placer.console.interruption import Interruption
from placer.console.named_files import name_workloads
from placer.console.run_mode import mode_by_arguments
from placer.console.schemas import register_schemas
from placer.console.task import Task, tell
from twin.files.errors import ToolkitError

__all__ = ["main", "run"]


def main() -> None:
    """Entry point of the console script; ends the process with the exit status."""
    sys.exit(run())


def run() -> int:
    """Do what the arguments of the process say, and return the exit status."""
    register_schemas()
    notice = "stopping; the best placement so far is kept (Ctrl-C again: give up)"
    try:
        if "--version" in sys.argv[1:]:
            sys.stdout.write(f"placer {version('lora-placer')}\n")
            return PLACED
        sys.argv[1:] = sort_arguments(name_workloads(sys.argv[1:], tell))
        sys.path.append(os.getcwd())  # where the user's own classes may be
        with (
            Interruption(lambda: tell(notice)) as interruption,
            _errors_are_raised(),
            mode_by_arguments(sys.argv[1:]),
        ):
            task = Task(interruption)
            hydra.main(version_base="1.3", config_path="pkg://conf", config_name="place")(task)()
    except KeyboardInterrupt:
        return GIVEN_UP
    except (HydraException, OmegaConfBaseException, ToolkitError, OSError) as error:
        tell(f"error: {error_text(error)}")
        return WRONG_INPUT
    return worst(task.statuses)


@contextmanager
def _errors_are_raised() -> Iterator[None]:
    """Let Hydra raise its errors, where it would print them and end the process."""
    name = "HYDRA_FULL_ERROR"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
