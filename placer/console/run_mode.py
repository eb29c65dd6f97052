"""Whether a call is one run or several, without composing the configuration to find out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra._internal.hydra import Hydra
from hydra._internal.utils import get_args_parser

__all__ = ["mode_by_arguments"]

_SAY_IT = ("hydra.mode=", "hydra.searchpath=")


@contextmanager
def mode_by_arguments(arguments: Sequence[str]) -> Iterator[None]:
    """Have ``--multirun`` alone decide, where no configuration of the user's can.

    Hydra composes the whole configuration to read ``hydra.mode`` in it, and then once more to run,
    which is most of the time that a call takes before it starts. Our own options do not set it.

    Parameters
    ----------
    arguments : sequence of str
        Those of the command line, flags first.
    """
    if _users_configuration_may_decide(arguments):
        yield
        return
    original = Hydra.get_mode
    Hydra.get_mode = _no_mode  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Hydra.get_mode = original  # type: ignore[method-assign]


def _users_configuration_may_decide(arguments: Sequence[str]) -> bool:
    """Whether there are options of the user's own, or the mode is among the overrides."""
    flags, _ = get_args_parser().parse_known_args(list(arguments))
    return any((flags.config_dir, flags.config_path, flags.config_name)) or any(
        text.lstrip("+").startswith(_SAY_IT) for text in flags.overrides
    )


def _no_mode(hydra: Hydra, config_name: str | None, overrides: list[str]) -> None:
    """In the place of `Hydra.get_mode`: no configuration says which mode it is."""
