"""EquilibriumEstimator: figures from the balance of an engine alone, for what cannot wait."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate, Estimate, Estimates
from estimators.features.engine_figures import EngineFigures
from estimators.features.features import FEATURE_ROW, feature_rows
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.window import USUAL_WINDOW, Window
from twin.files.errors import InputError

__all__ = ["EquilibriumEstimator"]

_DEVIATIONS = 2.0  # of the arrivals in a window, that an engine has to have room for
_LEAST_STEADY = 0.3  # of the room, that bursts leave in any case
_USUAL_ROOM = 0.8  # of an engine; as many requests run at once where that is used
_SLOTS_AT_WORK = 0.9  # of the slots, where there are more adapters
_UNCERTAINTY = 0.2
_SLOW, _SLOWEST = 1.3, 1.6  # steps with prompts, over the mean one
_P50, _P90, _P99 = (-math.log(1 - q) for q in (0.5, 0.9, 0.99))  # of an exponential, over its mean


@dataclass(frozen=True, slots=True)
class EquilibriumEstimator:
    """Figures of the equilibrium of an engine and its traffic, without simulation or training.

    Answers in microseconds from the profile alone (`estimators.features.equilibrium`), and is
    believed by nobody: it is for a first placement, which an estimator or the twin has to check.
    An engine counts as starved where its traffic exceeds a share of what it can serve in the long
    run, less where arrivals come in bursts, or where adapters wait for slots.

    Parameters
    ----------
    room : float
        Share of an engine's capacity that traffic may take, above 0; with little room, adapters
        take less of the slots too, so that requests wait less for them.
    window : Window
        Time in which bursts have to be served.

    Raises
    ------
    InputError
        If the share is not positive.
    """

    room: float = _USUAL_ROOM
    window: Window = USUAL_WINDOW
    scatters: ClassVar[bool] = False
    _statistics: AdapterStatistics = field(
        default_factory=AdapterStatistics, init=False, repr=False, compare=False
    )
    _engines: dict[int, EngineFigures] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not self.room > 0:
            raise InputError("estimator.room", f"{self.room!r} is not above 0")

    def estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> Estimates:
        """Find the equilibria.

        Raises
        ------
        InputError
            If a candidate has no traffic, or adapters and no slot.
        """
        for candidate in candidates:
            if not candidate.adapters:
                raise InputError("candidate", "it has no adapter", "at least one")
            if candidate.num_adapters and candidate.config.max_loras < 1:
                raise InputError("candidate", "it has adapters and no slot", "at least one")
        errors = [c.profile.memory_error(c.config) is not None for c in candidates]
        starting = [c for c, error in zip(candidates, errors, strict=True) if not error]
        balanced = iter(self._balanced(starting, rule))
        return Estimates.from_rows(
            [
                Estimate.of_memory_error(candidate.token_rate) if error else next(balanced)
                for candidate, error in zip(candidates, errors, strict=True)
            ]
        )

    def _balanced(
        self, candidates: Sequence[Candidate], rule: StarvationRule
    ) -> Iterator[Estimate]:
        """Figures of engines that start."""
        if not candidates:
            return
        features, references = feature_rows(
            np.array([self._statistics.of_adapters(c.adapters) for c in candidates]),
            np.array([self._figures(c) for c in candidates]),
            np.array([self.window.seconds(c.rate) for c in candidates]),
        )
        rows = features.view(FEATURE_ROW)[:, 0]
        for candidate, row, reference in zip(candidates, rows, references, strict=True):
            yield self._estimate(candidate, row, reference, rule)

    def _figures(self, candidate: Candidate) -> NDArray[np.float64]:
        profile = candidate.profile
        if id(profile) not in self._engines:
            self._engines[id(profile)] = EngineFigures(profile)
        return self._engines[id(profile)].of_config(candidate.config)

    def _estimate(
        self, candidate: Candidate, row: Any, reference: Any, rule: StarvationRule
    ) -> Estimate:
        offered, profile = candidate.token_rate, candidate.profile
        scatter = math.sqrt(max(1.0, row["long_bursts"]) * (1 + row["output_cv"] ** 2))
        arriving = scatter / math.sqrt(row["requests"])
        running = 1 / math.sqrt(row["most_running"])
        steady = min(1 - _DEVIATIONS * arriving, (1 - _DEVIATIONS * running) / _USUAL_ROOM, 1)
        room = self.room * max(_LEAST_STEADY, steady)
        use = float(row["relative_rate"]) / room
        if row["scarcity"] > 1:
            at_work = _SLOTS_AT_WORK * min(1.0, self.room / _USUAL_ROOM)
            use = max(use, float(row["slot_pressure"]) / at_work)
        served = min(1.0, 1 / use, float(reference["served_share"]))
        starved = use > 1 or served < rule.threshold
        step, ttft = float(reference["step"]), float(reference["first_token"])
        return Estimate(
            offered_throughput=offered,
            served_throughput=offered * served,
            starvation_probability=float(starved),
            memory_error=False,
            power=profile.idle_watts
            + (profile.busy_watts - profile.idle_watts) * float(reference["busy"]),
            uncertainty=_UNCERTAINTY,
            ttft_mean=ttft,
            ttft_p50=ttft * _P50,
            ttft_p90=ttft * _P90,
            ttft_p99=ttft * _P99,
            tpot_mean=step,
            tpot_p50=step,
            tpot_p90=step * _SLOW,
            tpot_p99=step * _SLOWEST,
            itl_mean=step,
            itl_p50=step,
            itl_p99=step * _SLOWEST,
        )
