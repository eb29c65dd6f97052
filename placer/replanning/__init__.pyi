from .migration import Migration, Step, plan_migration
from .migration_files import migration_json, migration_script
from .objective import with_moves
from .replan import Replan

__all__ = [
    "Migration",
    "Replan",
    "Step",
    "migration_json",
    "migration_script",
    "plan_migration",
    "with_moves",
]
