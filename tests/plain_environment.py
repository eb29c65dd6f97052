"""Environments in which only what the project needs at run time can be imported.

They are the environment of the tests without what only its development needs, so that nothing has
to be downloaded.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["hide_the_rest", "plain_environment"]

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = "hydra_plugins"  # of which the project has a part of its own
_SITECUSTOMIZE = '''\
"""Hides modules: what finds others does not find these."""

import sys

HIDDEN = frozenset({hidden})


class Without:
    def __init__(self, finder):
        self._finder = finder

    def __getattr__(self, name):
        return getattr(self._finder, name)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            return None
        return self._finder.find_spec(name, path, target)


sys.meta_path[:] = map(Without, sys.meta_path)
'''


def plain_environment(folder: Path, extras: Sequence[str] = ()) -> dict[str, str]:
    """Variables for a Python that runs this checkout without what it has beyond some extras.

    Parameters
    ----------
    folder : Path
        A file is written there.
    extras : sequence of str
        Optional dependencies that are there.
    """
    hide_the_rest(folder, extras)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(_ROOT)])}


def hide_the_rest(folder: Path, extras: Sequence[str] = ()) -> None:
    """Write a ``sitecustomize.py`` that hides what the project does not need at run time."""
    needed = _needed(extras)
    hidden = sorted(
        module
        for module, owners in packages_distributions().items()
        if needed.isdisjoint(map(canonicalize_name, owners)) and module != _SHARED
    )
    (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(hidden=hidden))


def _needed(extras: Sequence[str]) -> set[str]:
    """Distributions that come with the project and some extras, and those that they need."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    waiting = [*project["dependencies"], *(text for extra in extras for text in optional[extra])]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        for extra in {"", *requirement.extras}:
            key = canonicalize_name(requirement.name), extra
            if key not in seen:
                seen.add(key)
                waiting += _requirements(requirement.name, extra)
    return {name for name, _ in seen}


def _requirements(name: str, extra: str) -> list[str]:
    """What a distribution needs here, with one of its own extras."""
    return [
        text
        for text in distribution(name).requires or ()
        if (marker := Requirement(text).marker) is None or marker.evaluate({"extra": extra})
    ]
