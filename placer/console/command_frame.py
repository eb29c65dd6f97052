"""What commands that look at a finished run have in common: how they end, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from placer.console.exit_status import GIVEN_UP
from placer.console.failure import tell_failure
from twin.files.command_messages import plain_console, print_error_line, print_warnings

__all__ = ["CommandFrame", "run_command"]


@dataclass(slots=True)
class CommandFrame:
    """What a command is given, and what it hands back as it goes.

    Parameters
    ----------
    messages : rich.console.Console
        Of the standard error stream.
    cfg : DictConfig
        Configuration of the run, as soon as it is known: it names the plug-ins.
    """

    messages: Console
    cfg: DictConfig = field(default_factory=lambda: OmegaConf.create({}))


def run_command(work: Callable[[CommandFrame], None]) -> int:
    """Do the work of a command; what goes wrong is told in one line.

    Returns
    -------
    int
        0, or a status of `placer.console.exit_status`.
    """
    frame = CommandFrame(plain_console(stderr=True))
    try:
        with print_warnings(frame.messages):
            work(frame)
    except KeyboardInterrupt:
        frame.messages.print("interrupted; nothing was written")
        return GIVEN_UP
    except Exception as error:
        return tell_failure(error, frame.cfg, partial(print_error_line, frame.messages))
    return 0
