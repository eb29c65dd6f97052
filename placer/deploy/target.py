"""DeploymentTarget: what a placement is served by, and the files that start it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from placer.deploy.change import Change
from placer.deploy.deployment import Deployment
from twin.files.errors import InputError

__all__ = ["DeploymentTarget", "check_paths"]

_PLACES = ("engines/", "deploy/")  # folders of a run that are a target's
_SCRIPT = "migrate.sh"


class DeploymentTarget(Protocol):
    """A system that serves placements.

    To use one of your own, write a class with these two methods and name it as
    ``deploy._target_``. Its files are below ``engines/`` or ``deploy/`` of a run's folder, or
    ``migrate.sh``; those that start with ``#!`` become executable. Names of adapters are any
    texts that can be printed: write YAML and JSON with a library, and quote for shells. What the
    system cannot express belongs in a comment at the top, as `Deployment.warnings` do.
    """

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        """Files that start a deployment, by path relative to the run's folder."""
        ...

    def migration_files(self, deployment: Deployment, change: Change) -> Mapping[str, str]:
        """Files that lead to a deployment from the one that runs now, beside those of `files`."""
        ...


def check_paths(files: Mapping[str, str], target: object) -> None:
    """Refuse files of a target that would not be in its part of the run's folder.

    Raises
    ------
    InputError
        If a path is none of ``engines/...``, ``deploy/...`` and ``migrate.sh``.
    """
    for path in files:
        plain = not {"", ".", ".."} & set(path.split("/")) and path.isprintable()
        if not (plain and (path.startswith(_PLACES) or path == _SCRIPT)):
            raise InputError(
                f"deploy, {type(target).__name__}",
                f"it writes {path!r}",
                f"paths below {' or '.join(_PLACES)}, or {_SCRIPT}",
            )
