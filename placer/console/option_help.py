"""What the options of the configuration groups are, read from their own files."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

__all__ = ["describe_options", "list_options"]


def list_options(group: str, further: Sequence[Path] = ()) -> dict[str, str]:
    """Options of a group, each with the first line of its file.

    Parameters
    ----------
    group : str
        Folder below ``conf/``.
    further : sequence of Path
        Folders of options beside those of the product.

    Returns
    -------
    dict of str to str
        Explanation by option name, sorted by name.
    """
    folders: list[Traversable] = [files("conf") / group, *(path / group for path in further)]
    options = {
        entry.name.removesuffix(".yaml"): _first_comment(entry)
        for folder in folders
        if folder.is_dir()
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }
    return dict(sorted(options.items()))


def describe_options(
    groups: dict[str, str], defaults: dict[str, str], further: Sequence[Path] = ()
) -> str:
    """Lines that explain every group and every option of it.

    Parameters
    ----------
    groups : dict of str to str
        What each group is for.
    defaults : dict of str to str
        Option that is used where the user chooses none, by group; marked with ``*``.
    further : sequence of Path
        As for `list_options`.
    """
    lines = []
    for group, purpose in groups.items():
        lines.append(f"{group}: {purpose}")
        options = list_options(group, further)
        width = max((len(name) for name in options), default=0)
        for name, text in options.items():
            mark = "*" if defaults.get(group) == name else " "
            lines.append(f"  {mark} {name:{width}}  {text}".rstrip())
    return "\n".join(lines)


def _first_comment(entry: Traversable) -> str:
    """The comment in the first line of a file, empty where there is none."""
    with entry.open(encoding="utf-8") as stream:
        line = stream.readline().strip()
    return line.lstrip("# ").strip() if line.startswith("#") else ""
