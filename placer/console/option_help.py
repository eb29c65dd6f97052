"""What the options of the configuration groups are, read from their own files."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["describe_options", "list_options"]


def list_options(group: str) -> dict[str, str]:
    """Options of a group that come with the product, each with the first line of its file.

    Parameters
    ----------
    group : str
        Folder below ``conf/``.

    Returns
    -------
    dict of str to str
        Explanation by option name, sorted by name.
    """
    folder = files("conf") / group
    if not folder.is_dir():
        return {}
    options = {
        entry.name.removesuffix(".yaml"): _first_comment(entry)
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }
    return dict(sorted(options.items()))


def describe_options(groups: dict[str, str], defaults: dict[str, str]) -> str:
    """Lines that explain every group and every option of it.

    Parameters
    ----------
    groups : dict of str to str
        What each group is for.
    defaults : dict of str to str
        Option that is used where the user chooses none, by group; marked with ``*``.
    """
    lines = []
    for group, purpose in groups.items():
        lines.append(f"{group}: {purpose}")
        options = list_options(group)
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
