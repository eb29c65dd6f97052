"""Options in a user's own folder, looked at before Hydra reads them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twin.files.errors import InputError
from twin.files.plain_data import read_yaml

__all__ = ["check_option_file", "named_options"]


def check_option_file(folder: Path | str, group: str, option: str) -> None:
    """Refuse the file of an option that Hydra would read without an end, or not at all.

    The files that it names in its list of ``defaults`` are looked at, too.

    Parameters
    ----------
    folder : Path or str
        Of the user's own options, as ``--config-dir`` gives it.
    group, option : str
        The option's file is ``folder/group/option.yaml``; there need be none.

    Raises
    ------
    InputError
        If it is there and is no mapping in YAML, as `twin.files.plain_data.read_yaml` takes it; or
        the defaults lead back to it.
    """
    _check(Path(folder), group, option, ())


def _check(folder: Path, group: str, option: str, above: tuple[Path, ...]) -> None:
    """Look at the file of an option that the files ``above`` lead to."""
    path = folder / group / f"{option.removesuffix('.yaml')}.yaml"
    if not os.path.lexists(path):
        return
    if path in above:
        raise InputError(str(above[-1]), f"its defaults lead back to {path}", "name others")
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise InputError(str(path), "it is not a mapping", "keys and values")
    for other, name in named_options(data.get("defaults"), group):
        _check(folder, other, name, (*above, path))


def named_options(entries: Any, group: str) -> Iterator[tuple[str, str]]:
    """Group and option of each entry in a list of defaults; what is none is left to Hydra.

    Parameters
    ----------
    entries : object
        ``defaults`` of an option's file.
    group : str
        That of the option.
    """
    for entry in entries if isinstance(entries, list) else ():
        pairs = entry.items() if isinstance(entry, dict) else [("", entry)]
        for key, names in pairs:
            words = str(key).partition("@")[0].split()  # after "optional" or "override"
            named = words[-1] if words else ""
            for name in names if isinstance(names, list) else [names]:
                if not isinstance(name, str) or name == "_self_":
                    continue
                name = name.partition("@")[0]
                place = name if not named else f"{named}/{name}"
                other, _, option = place.rpartition("/")
                yield (other if place.startswith("/") else f"{group}/{other}").strip("/"), option
