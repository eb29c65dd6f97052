"""What a command says where it failed, and the exit status that it has then."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from placer.console.error_text import error_text
from placer.console.exit_status import FAULT, WRONG_INPUT
from placer.console.fault_text import fault_text, is_of_plugin
from twin.files.errors import InputError, ToolkitError

__all__ = ["tell_failure"]


def tell_failure(error: Exception, cfg: DictConfig, tell: Callable[[str], None]) -> int:
    """Say in one line what went wrong: in the input, in a plug-in, or in the program.

    A traceback stands above that where it is needed to find the fault of the program.

    Parameters
    ----------
    error : Exception
        As it was raised, while it is handled.
    cfg : DictConfig
        Configuration of the run, which names the plug-ins.
    tell : callable
        Writes a line.

    Returns
    -------
    int
        Exit status.
    """
    expected = isinstance(error, (ToolkitError, OmegaConfBaseException, OSError))
    of_plugin = is_of_plugin(error, cfg)
    if expected and (isinstance(error, InputError) or not of_plugin):
        tell(f"error: {error_text(error)}")
        return WRONG_INPUT
    if not of_plugin:
        traceback.print_exc()
    tell(f"error: {fault_text(error, cfg)}")
    return FAULT
