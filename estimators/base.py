"""Estimator: predicts how one GPU serves its traffic, for many GPUs at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from estimators.starvation import StarvationRule
from twin.engine.latency import Latencies
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter

__all__ = [
    "Candidate",
    "Combined",
    "Estimate",
    "Estimates",
    "Estimator",
    "Stoppable",
    "scatters",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one GPU would serve, and how.

    Parameters
    ----------
    profile : ServingProfile
        Costs of the model on the GPU type.
    config : EngineConfig
        How the engine is started.
    adapters : tuple of Adapter
        What it serves. An adapter that several GPUs share appears with its rate multiplied by this
        GPU's share; one of rank 0 is traffic of the base model. The order has no meaning. Lengths
        and arrivals must be hashable values.
    """

    profile: ServingProfile
    config: EngineConfig
    adapters: tuple[Adapter, ...]

    @property
    def num_adapters(self) -> int:
        """Adapters, those requests not among them that are for the base model."""
        return sum(not a.is_base for a in self.adapters)

    @property
    def rate(self) -> float:
        """Total request rate in requests/s."""
        return sum(a.rate for a in self.adapters)

    @property
    def token_rate(self) -> float:
        """Total offered traffic in tokens/s, input and output together."""
        return sum(a.token_rate for a in self.adapters)


class Estimate(NamedTuple):
    """Prediction for one candidate.

    Parameters
    ----------
    offered_throughput, served_throughput : float
        Input plus output tokens/s that arrive and that the engine processes.
    starvation_probability : float
        Probability, 0 to 1, that the engine starves by the rule that was asked with.
    memory_error : bool
        Whether the engine does not start for lack of GPU memory; then nothing is served, the
        starvation probability is 1 and latencies are NaN.
    power : float
        Mean over time, in W.
    uncertainty : float
        Relative standard error of the served throughput.
    ttft_mean, ..., itl_p99 : float
        Latencies in seconds as `twin.engine.latency.Latencies` has them, NaN where unknown.
    """

    offered_throughput: float
    served_throughput: float
    starvation_probability: float
    memory_error: bool
    power: float
    uncertainty: float
    ttft_mean: float = math.nan
    ttft_p50: float = math.nan
    ttft_p90: float = math.nan
    ttft_p99: float = math.nan
    tpot_mean: float = math.nan
    tpot_p50: float = math.nan
    tpot_p90: float = math.nan
    tpot_p99: float = math.nan
    itl_mean: float = math.nan
    itl_p50: float = math.nan
    itl_p99: float = math.nan

    @classmethod
    def of_memory_error(cls, offered_throughput: float) -> Estimate:
        """What is to be said of an engine that does not start."""
        return cls(offered_throughput, 0.0, 1.0, True, math.nan, 0.0)

    @property
    def served_ratio(self) -> float:
        """Served over offered throughput; 1 when nothing arrives."""
        if self.offered_throughput == 0:
            return 1.0
        return self.served_throughput / self.offered_throughput


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Estimates(Latencies[FloatArray]):
    """Predictions for n candidates: the figures of `Estimate` as arrays of shape (n,).

    Raises
    ------
    ValueError
        If the arrays are not one-dimensional and of equal length.
    """

    offered_throughput: FloatArray
    served_throughput: FloatArray
    starvation_probability: FloatArray
    memory_error: BoolArray
    power: FloatArray
    uncertainty: FloatArray

    def __post_init__(self) -> None:
        shapes = {getattr(getattr(self, name), "shape", ()) for name in _FIELDS}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ValueError(f"arrays of shapes {sorted(shapes)} are not n figures each.")

    @classmethod
    def from_rows(cls, rows: Sequence[Estimate]) -> Estimates:
        """Stack single predictions."""
        # One array of all figures: most batches are small, and each array takes its time.
        table = np.array(rows, np.float64).reshape(-1, len(_FIELDS)).T.copy()
        columns: dict[str, Any] = dict(zip(_FIELDS, table, strict=True))
        columns["memory_error"] = columns["memory_error"] != 0
        return cls(**columns)

    @classmethod
    def concatenate(cls, parts: Sequence[Estimates]) -> Estimates:
        """Join batches, in order."""
        if not parts:
            return cls.from_rows([])
        if len(parts) == 1:
            return parts[0]
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS
        }
        return cls(**columns)

    def take(self, positions: Sequence[int] | NDArray[np.integer]) -> Estimates:
        """Some of the predictions, in a given order."""
        columns: dict[str, Any] = {name: getattr(self, name)[positions] for name in _FIELDS}
        return Estimates(**columns)

    def __len__(self) -> int:
        return int(self.offered_throughput.size)

    def __getitem__(self, index: int) -> Estimate:
        return Estimate._make(getattr(self, name)[index].item() for name in _FIELDS)

    def __iter__(self) -> Iterator[Estimate]:
        columns = (getattr(self, name).tolist() for name in _FIELDS)
        return map(Estimate._make, zip(*columns, strict=True))


_FIELDS = Estimate._fields


@runtime_checkable
class Combined(Protocol):
    """What an estimator is that has several others answer, beside `Estimator`."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Candidates that each of the others has answered so far, by its name."""
        ...


@runtime_checkable
class Stoppable(Protocol):
    """What an estimator is that can give up a long answer, beside `Estimator`."""

    def estimate_unless(
        self, stop: Callable[[], bool], candidates: Sequence[Candidate], rule: StarvationRule
    ) -> Estimates:
        """Predict, unless that takes until ``stop()``, which is asked every now and then.

        Raises
        ------
        twin.workload.stopped.Stopped
            If it did. What was known by then may be remembered.
        """
        ...


class Estimator(Protocol):
    """Predicts how GPUs serve their traffic.

    An implementation must answer each candidate independently of the others in the batch and of
    the order of its adapters, and the same candidate and rule always with the same figures.

    One whose figures are not those of requests at random, but a formula's or means over all that
    may arrive, has an attribute ``scatters`` that is false. Lower bounds are tighter then: what it
    rejects is not admissible under other requests either.
    """

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        """Predict for n candidates at once.

        Parameters
        ----------
        candidates : sequence of Candidate
        rule : StarvationRule
            What counts as starved.

        Returns
        -------
        Estimates
            With n entries, in order.
        """
        ...


def scatters(estimator: Estimator) -> bool:
    """Whether figures are those of some requests at random, so that others give other figures.

    What the estimator says of itself as ``scatters``; true where it says nothing.
    """
    return bool(getattr(estimator, "scatters", True))
