"""Replanning: from the placement that is running to a better one, and the steps in between."""

from placer.replanning.migration import Migration, Step, plan_migration
from placer.replanning.migration_files import migration_json, migration_script
from placer.replanning.objective import with_moves
from placer.replanning.replan import Replan

__all__ = [
    "Migration",
    "Replan",
    "Step",
    "migration_json",
    "migration_script",
    "plan_migration",
    "with_moves",
]
