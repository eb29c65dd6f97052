"""Freeing: which change of a single adapter would make a GPU unnecessary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from placer.explain.absorbing import Absorber
from placer.gpu.bracket import Bracket
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import Item, by_decreasing_traffic, items_of
from placer.problem.planned_gpu import EvaluatedGpu
from placer.verification.judges import Judges
from twin.workload.rank import BASE, LEGAL_RANKS, legal_rank

__all__ = ["Suggestion", "find_suggestions"]

_MOST_CLOSED = 3  # GPUs, those with the least traffic, that are tried to be freed
_MOST_MOVED = 6  # adapters, of as many GPUs
_MOST_RERANKED = 6  # adapters
_SLACK = 1.1  # by which spare traffic may be underestimated


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A change that would free a GPU.

    Parameters
    ----------
    action : str
        ``"close"``: the other GPUs take everything as it is. ``"move"``: they do once this adapter
        has moved from one of them to another. ``"re-rank"``: they do if this adapter has a smaller
        rank. ``"remove"``: they do without this adapter.
    gpu : str
        The GPU that would be free.
    adapter : str
        Empty for ``"close"``.
    at : str
        GPU that serves the adapter now, empty for ``"close"``.
    to : str
        GPU that it moves to, for ``"move"``.
    rank : int or None
        Largest rank of the adapter that suffices, for ``"re-rank"``.
    """

    action: str
    gpu: str
    adapter: str = ""
    at: str = ""
    to: str = ""
    rank: int | None = None


def find_suggestions(
    judges: Judges,
    names: Sequence[str],
    gpus: Sequence[EvaluatedGpu],
    spare: Sequence[float],
) -> list[Suggestion]:
    """Changes of one adapter that would free a GPU.

    The GPUs with the least traffic are looked at. Adapters on several GPUs, or that have to be
    together with others, are left as they are, and requests for the base model.

    Parameters
    ----------
    judges : Judges
        Say which GPUs are admissible.
    names : sequence of str
        Of the GPUs.
    gpus : sequence of EvaluatedGpu
        The GPUs.
    spare : sequence of float
        Tokens/s that each can still take.
    """
    if len(gpus) < 2:
        return []
    lightest = sorted(range(len(gpus)), key=lambda g: (_tokens(gpus[g]), g))[:_MOST_CLOSED]
    found: list[Suggestion] = []
    for closed in lightest:
        absorber = Absorber(judges, gpus, spare, closed)
        left = absorber.left_over()
        if not left:
            found.append(Suggestion("close", names[closed]))
            continue
        found += _moves(judges.quick, names, gpus, spare, absorber, left)
        found += _removals(judges.quick, names, gpus, absorber)
        found += _reranks(judges, names, gpus, spare, closed)
    return found


def _moves(
    judge: Evaluator,
    names: Sequence[str],
    gpus: Sequence[EvaluatedGpu],
    spare: Sequence[float],
    absorber: Absorber,
    left: Sequence[Item],
) -> Iterator[Suggestion]:
    """The first adapter found that makes room for the rest when it moves to another GPU.

    Of each GPU the smallest is tried that leaves room for what the others cannot take; the GPUs
    with the most spare traffic come first.
    """
    missing = sum(item.token_rate for item in left)
    if missing > _SLACK * absorber.spare:
        return
    others = [g for g in range(len(gpus)) if g != absorber.closed]
    for g in sorted(others, key=lambda g: (-spare[g], g))[:_MOST_MOVED]:
        items = [
            item
            for item in items_of(judge, gpus[g].plan)
            if _is_one_whole_adapter(item) and _SLACK * (item.token_rate + spare[g]) >= missing
        ]
        if items:
            item = by_decreasing_traffic(items)[-1]
            place = absorber.new_place(item.name)
            if place is not None:
                yield Suggestion("move", names[absorber.closed], item.name, names[g], names[place])
                return


def _removals(
    judge: Evaluator, names: Sequence[str], gpus: Sequence[EvaluatedGpu], absorber: Absorber
) -> Iterator[Suggestion]:
    """The smallest adapter without which a GPU is not needed, if there is one.

    By halving: where one suffices, a larger one is taken to suffice too.
    """
    closed = absorber.closed
    needed = _tokens(gpus[closed]) - _SLACK * absorber.spare
    found: dict[tuple[bool, int], Item] = {}
    at: dict[str, int] = {}
    for g, gpu in enumerate(gpus):
        for item in items_of(judge, gpu.plan):
            if _is_one_whole_adapter(item) and item.token_rate >= needed:
                found.setdefault((g == closed, item.item_class[0]), item)
                at[item.name] = g
    rising = by_decreasing_traffic(found.values())[::-1]
    bracket = Bracket(-1, len(rising))
    for number in bracket:
        if absorber.left_over(rising[number].name):
            bracket.low = number
        else:
            bracket.high = number
    if bracket.high < len(rising):
        name = rising[bracket.high].name
        yield Suggestion("remove", names[closed], name, names[at[name]])


def _reranks(
    judges: Judges,
    names: Sequence[str],
    gpus: Sequence[EvaluatedGpu],
    spare: Sequence[float],
    closed: int,
) -> Iterator[Suggestion]:
    """Adapters that alone make a ``max_lora_rank`` large, if a smaller rank frees a GPU."""
    judge = judges.quick
    alone = [
        (item, g, rank)
        for g, gpu in enumerate(gpus)
        if (pair := _largest_alone(items_of(judge, gpu.plan))) is not None
        for item, rank in [pair]
        if rank >= judge.problem.rules.max_lora_rank
    ]
    alone.sort(key=lambda entry: (-spare[entry[1]], entry[0].name))
    for item, g, rank in alone[:_MOST_RERANKED]:
        changed = _with_rank(judge, item.name, rank)
        strict = _with_rank(judges.strict, item.name, rank)
        plans = [gpu.plan for gpu in gpus]
        shares = dict(plans[g].shares)
        gpu_type = changed.problem.gpu_type(plans[g].profile_name)
        slots = changed.max_loras_options(gpu_type, list(shares))
        best = min(slots, key=lambda option: abs(option - plans[g].config.max_loras))
        plans[g] = replace(changed.plan(gpu_type, best, shares), name=plans[g].name)
        both = judges._replace(quick=changed, strict=strict)
        absorber = Absorber(both, changed.evaluate(plans), spare, closed)
        if not absorber.left_over():
            yield Suggestion("re-rank", names[closed], item.name, names[g], rank=rank)


def _largest_alone(items: Sequence[Item]) -> tuple[Item, int] | None:
    """The only item with the largest rank, and the largest rank that the others need."""
    ranked = sorted(items, key=lambda item: -item.rank)
    if not _is_one_whole_adapter(ranked[0]):
        return None
    below = [rank for rank in LEGAL_RANKS if rank < legal_rank(ranked[0].rank)]
    if not below:
        return None
    others = (legal_rank(item.rank) for item in ranked[1:] if item.rank != BASE)
    rest = max(others, default=below[-1])
    return (ranked[0], rest) if rest < legal_rank(ranked[0].rank) else None


def _with_rank(judge: Evaluator, name: str, rank: int) -> Evaluator:
    """The same judge of a problem in which an adapter has another rank."""
    workload = judge.problem.workload
    adapters = tuple(replace(a, rank=rank) if a.name == name else a for a in workload.adapters)
    problem = replace(judge.problem, workload=replace(workload, adapters=adapters))
    return Evaluator(judge.estimator, judge.objective, problem)


def _is_one_whole_adapter(item: Item) -> bool:
    return len(item.adapters) == 1 and item.share == 1 and item.rank != BASE


def _tokens(gpu: EvaluatedGpu) -> float:
    return gpu.candidate.token_rate
