from .migration import Migration, Step, plan_migration
from .migration_files import migration_json, migration_script

__all__ = [
    "Migration",
    "Step",
    "migration_json",
    "migration_script",
    "plan_migration",
]
