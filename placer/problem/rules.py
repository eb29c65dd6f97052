"""Rules: what a placement has to keep to beside serving its traffic."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from placer.problem.placement import check_gpu_name
from twin.files.errors import InputError
from twin.workload.rank import BASE, legal_rank

__all__ = ["Company", "Rules"]

_SHARE_TOLERANCE = 1e-9
_T = TypeVar("_T")


@dataclass(frozen=True)
class Rules:
    """What a placement has to keep to beside serving its traffic.

    Parameters
    ----------
    min_replicas : int or mapping of str to int
        GPUs that answer for every adapter, at least; or for some adapters by name, the others
        being content with one. The traffic of such an adapter is split evenly.
    together : sequence of sequence of str
        Groups of adapters that have to be on the same GPUs, with equal shares.
    apart : sequence of sequence of str
        Groups of adapters no two of which may be on one GPU.
    pinned : mapping of str to str
        GPU that an adapter has to be on, by the adapter's name. Where an adapter is on several
        GPUs this is one of them.
    profiles : mapping of str to str
        Profile of the GPUs that an adapter may be on, by the adapter's name.
    leave_out : sequence of str
        GPUs that must not be used.
    max_lora_rank : int
        Engines are started for this rank at least, so that such adapters can be added later;
        those that serve nothing but the base model are started without LoRA.

    Raises
    ------
    InputError
        If a number is out of range, a group has less than two members or one of them twice, or
        rules contradict each other.
    """

    min_replicas: int | Mapping[str, int] = 1
    together: Sequence[Sequence[str]] = ()
    apart: Sequence[Sequence[str]] = ()
    pinned: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    leave_out: Sequence[str] = ()
    max_lora_rank: int = 1

    def __post_init__(self) -> None:
        wanted = self.min_replicas
        for count in wanted.values() if isinstance(wanted, Mapping) else [wanted]:
            if count < 1:
                raise InputError("rules.min_replicas", f"{count} is below 1", "1 or more")
        try:
            legal_rank(self.max_lora_rank)
        except InputError as error:
            raise InputError("rules.max_lora_rank", error.problem, error.accepted) from None
        for key in ("together", "apart"):
            for group in getattr(self, key):
                if len(group) < 2 or len(set(group)) < len(group):
                    raise InputError(
                        f"rules.{key}", f"{list(group)} is no group", "two or more, each once"
                    )
        for gpu in self.pinned.values():
            check_gpu_name(gpu, "rules.pinned")
        for gpu in sorted(set(self.pinned.values()) & set(self.leave_out)):
            raise InputError("rules.pinned", f"{gpu} is left out")
        self._check_bundles()

    def _check_bundles(self) -> None:
        for names in self.bundles:
            for one in names:
                for other in names:
                    if self.conflict(one, other):
                        raise InputError(
                            "rules", f"{one} and {other} have to be both together and apart"
                        )
            targets = sorted({self.profiles[name] for name in names if name in self.profiles})
            if len(targets) > 1:
                raise InputError(
                    "rules.profiles",
                    f"{', '.join(names)} have to be together, and on {' and '.join(targets)}",
                )

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return self._any

    @cached_property
    def _any(self) -> bool:
        return self != Rules()

    @property
    def names(self) -> tuple[str, ...]:
        """Adapters that any rule names, sorted."""
        named = {name for group in (*self.together, *self.apart) for name in group}
        named |= set(self.pinned) | set(self.profiles)
        if isinstance(self.min_replicas, Mapping):
            named |= set(self.min_replicas)
        return tuple(sorted(named))

    def only_for(self, adapters: Iterable[str]) -> Rules:
        """The rules as far as they are of some adapters; a group of one says nothing."""
        kept = frozenset(adapters)

        def those(by_name: Mapping[str, _T]) -> dict[str, _T]:
            return {name: value for name, value in by_name.items() if name in kept}

        def groups(of: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
            left = (tuple(name for name in group if name in kept) for group in of)
            return tuple(group for group in left if len(group) > 1)

        wanted = self.min_replicas
        return replace(
            self,
            min_replicas=(those(wanted) or 1) if isinstance(wanted, Mapping) else wanted,
            together=groups(self.together),
            apart=groups(self.apart),
            pinned=those(self.pinned),
            profiles=those(self.profiles),
        )

    @cached_property
    def bundles(self) -> tuple[tuple[str, ...], ...]:
        """Adapters that have to be together, or on the same GPU; overlapping groups as one."""
        on_gpu: dict[str, set[str]] = {}
        for name, gpu in self.pinned.items():
            on_gpu.setdefault(gpu, set()).add(name)
        merged: list[set[str]] = []
        for group in (*map(set, self.together), *on_gpu.values()):
            overlapping = [other for other in merged if other & group]
            merged = [other for other in merged if not other & group]
            merged.append(group.union(*overlapping))
        return tuple(sorted(tuple(sorted(group)) for group in merged if len(group) > 1))

    @cached_property
    def _bundle_of(self) -> dict[str, tuple[str, ...]]:
        return {name: bundle for bundle in self.bundles for name in bundle}

    @cached_property
    def _apart_of(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        for index, group in enumerate(self.apart):
            for name in group:
                found.setdefault(name, []).append(index)
        return {name: tuple(groups) for name, groups in found.items()}

    def bundle(self, name: str) -> tuple[str, ...]:
        """Adapters that have to be where an adapter is, itself among them, sorted."""
        return self._bundle_of.get(name, (name,))

    def engine_rank(self, rank: int) -> int:
        """Smallest legal ``max_lora_rank`` for adapters up to some rank; 0 for the base model."""
        return BASE if rank == BASE else legal_rank(max(rank, self.max_lora_rank))

    def replicas(self, name: str) -> int:
        """GPUs that have to answer for an adapter, at least."""
        wanted = self.min_replicas
        if isinstance(wanted, Mapping):
            return max(wanted.get(member, 1) for member in self.bundle(name))
        return wanted

    def min_gpus(self, names: Iterable[str]) -> int:
        """GPUs that the rules take for some adapters, whatever their traffic."""
        apart = (sum(map(self.replicas, group)) for group in self.apart)
        replicas = map(self.replicas, names)
        return max([len(set(self.pinned.values())), *apart, *replicas], default=0)

    def binds(self, name: str) -> bool:
        """Whether an adapter has to be on some GPU, beside others, or on several."""
        return name in self._bundle_of or name in self.pinned or self.replicas(name) > 1

    def profile(self, name: str) -> str | None:
        """Profile that an adapter has to be on, or None for any."""
        if not self.profiles:
            return None
        found = (self.profiles.get(member) for member in self.bundle(name))
        return next((profile for profile in found if profile is not None), None)

    def conflict(self, one: str, other: str) -> bool:
        """Whether two adapters have to be apart."""
        if one == other:
            return False
        if one in self.pinned and other in self.pinned and self.pinned[one] != self.pinned[other]:
            return True
        groups = self._apart_of
        return not set(groups.get(one, ())).isdisjoint(groups.get(other, ()))

    def distinguish(self, name: str) -> Hashable:
        """What makes an adapter different from others of equal traffic; equal where nothing."""
        bundle = self._bundle_of.get(name)
        return (
            bundle and (bundle, name),
            self._apart_of.get(name, ()),
            self.pinned.get(name, ""),
            self.profiles.get(name, ""),
            self.replicas(name),
        )

    def company(self) -> Company:
        """An empty GPU that tells who may still join it."""
        return Company(self)

    def violation(self, shares: Iterable[tuple[str, float]]) -> str | None:
        """What adapters on one GPU break, or None.

        Parameters
        ----------
        shares : iterable of (str, float)
            Adapters with their shares.
        """
        content = dict(shares)
        company = self.company()
        for name, share in content.items():
            reason = company.refusal(name, share)
            if reason is not None:
                return reason
            company.add(name, share)
            for member in self._bundle_of.get(name, ()):
                if abs(content.get(member, 0.0) - share) > _SHARE_TOLERANCE:
                    return f"{name} and {member} have to be together"
        return None

    def apart_of(self, name: str) -> tuple[int, ...]:
        """Numbers of the groups that an adapter has to be apart from the others of."""
        return self._apart_of.get(name, ())


class Company:
    """Adapters on one GPU, and whom they keep away.

    Parameters
    ----------
    rules : Rules
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._shares: dict[str, float] = {}
        self._member: dict[int, str] = {}  # of each group that has to be apart
        self._pinned: tuple[str, str] | None = None

    def refusal(self, name: str, share: float) -> str | None:
        """Why an adapter may not join with a share of its traffic, or None where it may."""
        rules = self._rules
        replicas = rules.replicas(name)
        if self._shares.get(name, 0.0) + share > 1 / replicas + _SHARE_TOLERANCE:
            return f"{name} has to be on {replicas} GPUs"
        for group in rules.apart_of(name):
            other = self._member.get(group, name)
            if other != name:
                return f"{other} and {name} have to be apart"
        gpu = rules.pinned.get(name)
        if gpu is not None and self._pinned is not None and self._pinned[1] != gpu:
            return f"{self._pinned[0]} and {name} have to be on different GPUs"
        return None

    def add(self, name: str, share: float) -> None:
        """Let an adapter join."""
        self._shares[name] = self._shares.get(name, 0.0) + share
        for group in self._rules.apart_of(name):
            self._member[group] = name
        if name in self._rules.pinned:
            self._pinned = name, self._rules.pinned[name]
