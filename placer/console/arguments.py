"""Arguments of the command line, checked and in the order that Hydra wants."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from importlib.util import find_spec

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser

from estimators.console.option_files import check_option_file
from placer.console.option_help import list_options
from placer.console.settings import GROUPS, Plot
from twin.files.errors import InputError

__all__ = ["sort_arguments"]

_SHORT = {  # flags that are no flags of Hydra
    "--json": "show=json",
    "--quiet": "show=nothing",
    "--plot": f"plot={Plot.png}",
    **{f"--plot={plot}": f"plot={plot}" for plot in Plot},
}


def sort_arguments(arguments: list[str]) -> list[str]:
    """Flags first, then overrides, as Hydra wants them; they may come in any order.

    Flags that are ours become overrides. Sweeps run in parallel where that is installed.

    Raises
    ------
    InputError
        If a flag is unknown, contradicts another, or would run code from a file; argparse would
        print its usage above that.
        If an option of a group is no name, or its file in the user's folder cannot be read; Hydra
        would end with a traceback, or never.
    OverrideParseException
        If an override cannot be read.
    """
    arguments = [_SHORT.get(argument, argument) for argument in _joined(arguments)]
    message = io.StringIO()
    try:
        with redirect_stderr(message):
            flags = get_args_parser().parse_intermixed_args(arguments)
    except SystemExit as error:
        if error.code:
            text = message.getvalue().strip().splitlines()[-1].partition("error: ")[2]
            raise InputError("command line", text, "placer --help lists what there is") from None
        return arguments
    modes = [flags.run, flags.multirun, flags.cfg, flags.info, flags.shell_completion]
    if sum(map(bool, modes)) > 1:
        raise InputError(
            "command line",
            "two of --run, --multirun, --cfg, --info, --shell-completion",
            "give one",
        )
    if flags.experimental_rerun is not None:
        raise InputError(
            "command line",
            "--experimental-rerun runs whatever code its file holds",
            "give the overrides again",
        )
    if flags.resolve and not (flags.cfg or flags.help):
        raise InputError("command line", "--resolve is given alone", "add --cfg job")
    overrides = list(flags.overrides)
    if flags.config_dir is not None and flags.config_name is not None:
        check_option_file(flags.config_dir, "", flags.config_name)
    _check_choices(overrides, flags.config_dir)
    if flags.multirun and _runs_in_parallel(overrides):
        overrides.append("hydra/launcher=joblib")
    return [*(text for text in arguments if text not in overrides), *overrides]


def _joined(arguments: list[str]) -> Iterator[str]:
    """Arguments in which ``--plot svg`` is the one word ``--plot=svg``."""
    words = iter([*arguments, ""])
    word = next(words)
    for following in words:
        if word == "--plot" and following in list(Plot):
            word, following = f"{word}={following}", next(words)
        yield word
        word = following


def _runs_in_parallel(overrides: list[str]) -> bool:
    """Whether the launcher that runs in parallel is installed, and none is chosen."""
    chosen = any(text.lstrip("+").startswith("hydra/launcher=") for text in overrides)
    return not chosen and find_spec("hydra_plugins.hydra_joblib_launcher") is not None


def _check_choices(overrides: list[str], config_dir: str | None) -> None:
    for override in OverridesParser.create().parse_overrides(overrides):
        group = override.key_or_group
        if group not in GROUPS or override.is_delete():
            continue
        values = override.sweep_iterator() if override.is_sweep_override() else [override.value()]
        for value in values:
            if isinstance(value, str) and config_dir is not None:
                check_option_file(config_dir, group, value)
            if not isinstance(value, (str, dict)):
                raise InputError(
                    override.input_line or group,
                    "there is no such option",
                    f"accepted: {', '.join(list_options(group))}",
                )
