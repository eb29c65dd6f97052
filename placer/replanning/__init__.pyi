from .migration import Migration, Step, plan_migration
from .migration_files import migration_json

__all__ = [
    "Migration",
    "Step",
    "migration_json",
    "plan_migration",
]
