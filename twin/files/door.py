"""Door of a command: what is behind it is imported there, so that Ctrl-C meanwhile is answered."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

__all__ = ["enter"]

_INTERRUPTED = 130  # exit status, as shells have it


def enter(module: str) -> NoReturn:
    """Import a module, run its ``main``, and end the process with the exit status.

    Parameters
    ----------
    module : str
        Full name; its ``main`` takes no argument and returns the status, or ends the process.

    Raises
    ------
    SystemExit
        Always.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the command
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  # until the process ends
    try:
        sys.exit(import_module(module).main())
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing was written\n")
        sys.exit(_INTERRUPTED)
