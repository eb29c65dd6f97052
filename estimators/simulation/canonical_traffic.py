"""Canonical form of traffic: equal for adapters that differ only in names and order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter
from twin.workload.arrivals import ArrivalProcess
from twin.workload.lengths import LengthModel

__all__ = ["CanonicalTraffic"]

_Traits = tuple[float, ...]


@dataclass(slots=True)
class CanonicalTraffic:
    """Orders adapters by class, and numbers the classes: adapters of equal rank and traffic.

    Length models and arrival processes may hold whole tables, so each object is compared and
    summarized once. Objects are kept, so that their identities stay theirs.
    """

    _adapters: dict[tuple[int, float, int, int], int] = field(default_factory=dict)
    _values: dict[object, int] = field(default_factory=dict)
    _objects: dict[int, tuple[object, int, _Traits]] = field(default_factory=dict)
    _profiles: dict[int, tuple[ServingProfile, str]] = field(default_factory=dict)

    def canonical(
        self, adapters: Sequence[Adapter]
    ) -> tuple[tuple[Adapter, ...], tuple[int, ...]]:
        """Order adapters.

        Returns
        -------
        tuple of Adapter
            Smallest rank and rate first; then by lengths, arrivals, and last by name.
        tuple of int
            Number of each one's class.
        """
        described = []
        for a in adapters:
            lengths, length_traits = self._describe_lengths(a.lengths)
            arrivals, arrival_traits = self._describe_arrivals(a.arrivals)
            traits = (a.rank, a.rate, lengths, arrivals)
            number = self._adapters.setdefault(traits, len(self._adapters))
            described.append(((a.rank, a.rate, length_traits, arrival_traits, a.name), number, a))
        described.sort(key=lambda entry: entry[0])
        return tuple(entry[2] for entry in described), tuple(entry[1] for entry in described)

    def variation(
        self, adapters: Sequence[Adapter], duration: float, *, arrivals: bool = True
    ) -> float:
        """Coefficient of variation of the tokens of a duration, prompts and outputs together.

        Lengths of the two are taken as independent.

        Parameters
        ----------
        adapters : sequence of Adapter
        duration : float
            In s.
        arrivals : bool
            Whether it is of what arrives; else of as many requests, which differ by their
            lengths, and by whose they are.
        """
        offered = sum(a.token_rate for a in adapters)
        variance, mean = 0.0, offered / sum(a.rate for a in adapters)
        known: dict[tuple[int, int], float] = {}  # mean square of a request, by its objects
        for a in adapters:
            key = id(a.lengths), id(a.arrivals)
            if key not in known:
                _, (prompt, output, prompt_std, output_std) = self._describe_lengths(a.lengths)
                tokens, spread = prompt + output, (prompt_std**2 + output_std**2) ** 0.5
                number = a.arrivals.cv * tokens if arrivals else tokens - mean
                known[key] = number**2 + spread**2
            variance += a.rate * duration * known[key]
        return math.sqrt(variance) / (offered * duration)

    def fingerprint(self, profile: ServingProfile) -> str:
        """Fingerprint of a profile, computed once for each object."""
        if id(profile) not in self._profiles:
            self._profiles[id(profile)] = (profile, profile.fingerprint)
        return self._profiles[id(profile)][1]

    def _describe_lengths(self, lengths: LengthModel) -> tuple[int, _Traits]:
        if id(lengths) not in self._objects:
            traits = (
                lengths.prompt_mean,
                lengths.output_mean,
                lengths.prompt_std,
                lengths.output_std,
            )
            self._objects[id(lengths)] = (lengths, self._number(lengths), traits)
        return self._objects[id(lengths)][1:]

    def _describe_arrivals(self, arrivals: ArrivalProcess) -> tuple[int, _Traits]:
        if id(arrivals) not in self._objects:
            self._objects[id(arrivals)] = (arrivals, self._number(arrivals), (arrivals.cv,))
        return self._objects[id(arrivals)][1:]

    def _number(self, value: object) -> int:
        return self._values.setdefault(value, len(self._values))
