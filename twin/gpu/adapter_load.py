"""Time to load an adapter, by rank: from host memory to a GPU slot, from disk to host memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from twin.files.errors import ProfileError

__all__ = ["AdapterLoad"]

_MOST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class AdapterLoad:
    """Load times in seconds, linear in the adapter's rank.

    Parameters
    ----------
    gpu, gpu_per_rank : float
        Host memory to GPU: fixed, and per unit of the adapter's rank.
    gpu_padding : float
        Host memory to GPU: the same once more for adapters whose rank is below
        ``max_lora_rank``, where the engine clears the rest of the slot.
    disk, disk_per_rank : float
        Disk to host memory: fixed, per unit of the adapter's rank.

    Raises
    ------
    ProfileError
        If a value is negative, not finite, or more than an hour.
    """

    gpu: float
    gpu_per_rank: float = 0.0
    gpu_padding: float = 0.0
    disk: float = 0.0
    disk_per_rank: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            number = not isinstance(value, bool) and isinstance(value, int | float)
            if not (number and 0 <= value <= _MOST_SECONDS):
                problem = f"{value!r} is not a number >= 0"
                raise ProfileError(f"adapter_load.{name}", problem, f"up to {_MOST_SECONDS:g} s")

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> AdapterLoad:
        """Read the load times from a mapping.

        Raises
        ------
        ProfileError
            If a key is unknown or ``gpu`` is missing.
        """
        known = [field.name for field in fields(cls)]
        for key in data:
            if key not in known:
                raise ProfileError(
                    f"adapter_load.{key}", "unknown key", f"accepted: {', '.join(known)}"
                )
        if "gpu" not in data:
            raise ProfileError("adapter_load.gpu", "is missing", "a number of seconds")
        return cls(**data)  # type: ignore[arg-type]  # checked in __post_init__

    def to_dict(self) -> dict[str, float]:
        """Load times by name."""
        return asdict(self)

    def to_gpu(self, rank: NDArray[np.int64], max_lora_rank: int) -> NDArray[np.float64]:
        """Seconds to copy adapters of these ranks into a slot."""
        result: NDArray[np.float64] = self.gpu + self.gpu_per_rank * rank.astype(np.float64)
        result[rank < max_lora_rank] += self.gpu_padding
        return result

    def from_disk(self, rank: NDArray[np.int64]) -> NDArray[np.float64]:
        """Seconds to read adapters of these ranks into host memory."""
        return np.asarray(self.disk + self.disk_per_rank * rank, np.float64)
