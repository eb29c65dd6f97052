"""Nothing: placements that nobody starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placer.deploy.change import Change
from placer.deploy.deployment import Deployment

__all__ = ["Nothing"]


@dataclass(frozen=True, slots=True)
class Nothing:
    """No files for any system: the placement and its routing table say all."""

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        return {}

    def migration_files(self, deployment: Deployment, change: Change) -> Mapping[str, str]:
        return {}
