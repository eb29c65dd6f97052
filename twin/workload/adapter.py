"""Adapter: one LoRA adapter and its traffic, or requests for the base model."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.files.errors import InputError
from twin.workload.adapter_name import check_adapter_name, check_adapter_path
from twin.workload.arrivals import ArrivalProcess, PoissonArrivals
from twin.workload.lengths import LengthModel
from twin.workload.rank import BASE, slot_rank

__all__ = ["LARGEST_RATE", "LEAST_RATE", "Adapter"]

LEAST_RATE, LARGEST_RATE = 1e-15, 1e6
"""Range of rates (requests/s): from one request in 30 years to more than a fleet serves."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One LoRA adapter and its traffic, or with a rank of 0 requests for the base model.

    Requests for the base model are served beside those of adapters. They need no slot, nothing is
    loaded for them, and every engine of that model can answer any share of them.

    Parameters
    ----------
    name : str
        Unique within a workload, and one that vLLM can take.
    rank : int
        LoRA rank of its matrices; 0 for the base model.
    rate : float
        Mean request rate in requests/s.
    lengths : LengthModel
        Joint distribution of prompt and output tokens.
    arrivals : ArrivalProcess
        Shape of its arrival stream.
    base_model : str
        Base model it was trained on; empty when the workload has only one.
    path : str
        Folder or repository that vLLM loads it from; empty where that is a folder of its name.

    Raises
    ------
    InputError
        If vLLM cannot take the name, the path or the rank, or the rate is not from `LEAST_RATE` to
        `LARGEST_RATE`.
    """

    name: str
    rank: int
    rate: float
    lengths: LengthModel
    arrivals: ArrivalProcess = field(default_factory=PoissonArrivals)
    base_model: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        check_adapter_name(self.name)
        if self.path != "":
            check_adapter_path(self.path, f"path of adapter {self.name}")
        try:
            slot_rank(self.rank)
        except InputError as error:
            where = f"rank of adapter {self.name}"
            raise InputError(where, error.problem, error.accepted) from None
        if not LEAST_RATE <= self.rate <= LARGEST_RATE:
            raise InputError(
                f"rate of adapter {self.name}",
                f"{self.rate!r} is no rate of requests",
                f"a number of requests/s from {LEAST_RATE:g} to {LARGEST_RATE:g}",
            )

    @property
    def is_base(self) -> bool:
        """Whether these are requests for the base model."""
        return self.rank == BASE

    @property
    def token_rate(self) -> float:
        """Offered traffic in tokens/s, input and output together."""
        return self.rate * (self.lengths.prompt_mean + self.lengths.output_mean)
