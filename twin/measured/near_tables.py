"""Tables that would be of some kind but for a column: told, and not passed over in silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from twin.files.errors import InputError

__all__ = ["near_miss"]

_MOST_MISSING = 2


def near_miss(
    path: Path, header: Collection[str], kinds: Mapping[str, Collection[str]]
) -> InputError | None:
    """What a table lacks to be of the kind that it is nearest to; None where it is near to none.

    Near is a table that lacks one column or two, and has more of them than it lacks.

    Parameters
    ----------
    path : Path
        For the message.
    header : collection of str
        Its columns, with which it is of no kind.
    kinds : mapping of str to collection of str
        Columns that each kind of table has to have.
    """
    near = {}
    for kind, columns in kinds.items():
        missing = [column for column in columns if column not in header]
        if 1 <= len(missing) <= min(_MOST_MISSING, (len(columns) - 1) // 2):
            near[kind] = missing
    most = max((len(kinds[kind]) - len(missing) for kind, missing in near.items()), default=0)
    told = [
        f"{', '.join(missing)} for a table of {kind}"
        for kind, missing in near.items()
        if len(kinds[kind]) - len(missing) == most
    ]
    if not told:
        return None
    return InputError(f"{path}, row 1", f"it lacks {' or '.join(told)}", "rename a column")
