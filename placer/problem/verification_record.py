"""Record of a verification: how a placement was checked, and what did not pass."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from placer.problem.json_fields import read_list, read_whole, require_keys
from placer.problem.json_numbers import from_json_number

__all__ = ["Verification"]


@dataclass(frozen=True, slots=True)
class Verification:
    """How a placement was checked by the twin.

    Parameters
    ----------
    duration : float
        Simulated seconds of every GPU under every seed; longer at GPUs where fewer than 300
        requests are expected in it.
    seeds : tuple of int
        Seeds of the arrivals, other than the search used.
    arrival_cv : float or None
        Coefficient of variation of the gaps between requests that was tested too; None for none.
    starved, memory_errors, rejected : tuple of int
        Positions of the GPUs that starve, do not start, or are rejected by the objective, after
        repair.
    num_moved : int
        Adapters that were moved, in full or in part, to repair GPUs that starved; all of them
        where they were packed anew.
    num_opened : int
        GPUs that were added for them.
    untested : tuple of int
        Positions of the GPUs at which too few requests arrive to tell.
    """

    duration: float
    seeds: tuple[int, ...]
    arrival_cv: float | None = None
    starved: tuple[int, ...] = ()
    memory_errors: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()
    num_moved: int = 0
    num_opened: int = 0
    untested: tuple[int, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found wrong."""
        return not (self.starved or self.memory_errors or self.rejected)

    @property
    def is_proof(self) -> bool:
        """Whether nothing was found wrong, and every GPU was tested."""
        return self.passed and not self.untested

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Any, where: str) -> Verification:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        data : object
        where : str
            Its place in a file, for messages.

        Raises
        ------
        InputError
            If a key is missing, unknown or of the wrong type.
        """
        require_keys(data, [field.name for field in dataclasses.fields(cls)], where)
        values: dict[str, Any] = {
            name: tuple(read_whole(v, f"{where}, {name}") for v in read_list(data[name], where))
            for name in ("seeds", "starved", "memory_errors", "rejected", "untested")
        }
        cv = data["arrival_cv"]
        return cls(
            duration=from_json_number(data["duration"], f"{where}, duration"),
            arrival_cv=None if cv is None else from_json_number(cv, f"{where}, arrival_cv"),
            num_moved=read_whole(data["num_moved"], f"{where}, num_moved"),
            num_opened=read_whole(data["num_opened"], f"{where}, num_opened"),
            **values,
        )
