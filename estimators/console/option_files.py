"""Options in a user's own folder, looked at before Hydra reads them."""

from __future__ import annotations

import os
from pathlib import Path

from twin.files.errors import InputError
from twin.files.plain_data import read_yaml

__all__ = ["check_option_file"]


def check_option_file(folder: Path | str, group: str, option: str) -> None:
    """Refuse the file of an option that Hydra would read without an end, or not at all.

    Parameters
    ----------
    folder : Path or str
        Of the user's own options, as ``--config-dir`` gives it.
    group, option : str
        The option's file is ``folder/group/option.yaml``; there need be none.

    Raises
    ------
    InputError
        If it is there and is no mapping in YAML, as `twin.files.plain_data.read_yaml` takes it.
    """
    path = Path(folder, group, f"{option}.yaml")
    if os.path.lexists(path) and not isinstance(read_yaml(path), dict):
        raise InputError(str(path), "it is not a mapping", "keys and values")
