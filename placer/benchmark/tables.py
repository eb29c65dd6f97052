"""Tables of a benchmark: each strategy, and each against the baselines."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Sequence

from rich import box
from rich.table import Table

from placer.benchmark.row import Row

__all__ = ["baseline_table", "family_table", "strategy_table"]


def strategy_table(rows: Sequence[Row]) -> Table:
    """One line for each strategy, objective, rule and limit: gap, optima, GPUs, and so on.

    Limits are shown where they differ.
    """
    table = Table(title="Strategies", box=box.SIMPLE_HEAD, title_justify="left")
    limits_differ = len({row.max_estimates for row in rows}) > 1
    for title in ("strategy", "objective", "rule", *("limit",) * limits_differ):
        table.add_column(title)
    for title in (
        *("instances", "feasible", "mean gap", "proven optimal", "GPUs", "against the best"),
        *("starved GPUs", "memory errors", "moved by repair", "mean s"),
    ):
        table.add_column(title, justify="right")
    fewest = _fewest(rows)
    for (strategy, objective, rule, limit), group in _groups(rows).items():
        good = [row for row in group if row.feasible]
        best = [fewest[row.instance, objective, rule] for row in good]
        extra = sum(row.gpus for row in good) / sum(best) - 1 if good else math.nan
        table.add_row(
            *(strategy, objective, rule, *(f"{limit:g}",) * limits_differ),
            str(len(group)),
            str(len(good)),
            _percent(_mean(row.gap for row in good)),
            _percent(sum(row.optimal for row in group) / len(group)),
            str(sum(row.gpus for row in good)),
            f"+{_percent(extra)}" if good else "-",
            str(sum(row.starved_gpus for row in group)),
            str(sum(row.memory_errors for row in group)),
            str(sum(row.moved for row in group)),
            f"{_mean(row.runtime_s for row in group):.1f}",
        )
    return table


def baseline_table(rows: Sequence[Row], baselines: Collection[str]) -> Table:
    """GPUs that each strategy saves against each baseline, where both are feasible."""
    table = Table(
        title="Fewer GPUs than the baselines, where both are feasible",
        box=box.SIMPLE_HEAD,
        title_justify="left",
    )
    table.add_column("strategy")
    for name in baselines:
        table.add_column(name, justify="right")
    table.add_column("their mean", justify="right")
    counts = {
        (row.strategy, (row.instance, row.rule)): row.gpus
        for row in _largest_limit(rows)
        if row.objective == "gpu_count" and row.feasible
    }
    for strategy in dict.fromkeys(row.strategy for row in rows):
        if strategy in baselines:
            continue
        cells = [_saved(counts, strategy, [name]) for name in baselines]
        cells.append(_saved(counts, strategy, baselines))
        table.add_row(strategy, *map(_percent, cells))
    return table


def family_table(rows: Sequence[Row]) -> Table:
    """One line for each family: GPUs of each strategy for the number of GPUs, rule by rule."""
    table = Table(
        title="GPUs by family (objective gpu_count)", box=box.SIMPLE_HEAD, title_justify="left"
    )
    rows = [row for row in _largest_limit(rows) if row.objective == "gpu_count"]
    rules = list(dict.fromkeys(row.rule for row in rows))
    strategies = list(dict.fromkeys(row.strategy for row in rows))
    table.add_column("family")
    table.add_column("instances", justify="right")
    for rule in rules:
        for title in (f"bound, {rule}", *strategies):
            table.add_column(title, justify="right")
    for family in dict.fromkeys(row.family for row in rows):
        group = [row for row in rows if row.family == family]
        cells = [str(len({row.instance for row in group}))]
        for rule in rules:
            cells += _family_cells([row for row in group if row.rule == rule], strategies)
        table.add_row(family, *cells)
    return table


def _family_cells(rows: Sequence[Row], strategies: Sequence[str]) -> list[str]:
    """The largest bounds of a family by one rule, and the GPUs of each strategy."""
    bounds: dict[str, float] = {}
    for row in rows:
        bounds[row.instance] = max(bounds.get(row.instance, 0.0), row.lower_bound[0])
    cells = [f"{sum(bounds.values()):.0f}"]
    for strategy in strategies:
        own = [row for row in rows if row.strategy == strategy]
        failed = sum(not row.feasible for row in own)
        good = sum(row.gpus for row in own if row.feasible)
        cells.append((f"{good}" + (f" ({failed} failed)" if failed else "")) if own else "-")
    return cells


def _groups(rows: Iterable[Row]) -> dict[tuple[str, str, str, float], list[Row]]:
    groups: dict[tuple[str, str, str, float], list[Row]] = {}
    for row in rows:
        key = row.strategy, row.objective, row.rule, row.max_estimates
        groups.setdefault(key, []).append(row)
    return dict(sorted(groups.items(), key=lambda entry: entry[0][1:]))


def _largest_limit(rows: Iterable[Row]) -> list[Row]:
    """Of each strategy on each instance the row of the search with the largest limit."""
    last: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = row.instance, row.strategy, row.objective, row.rule
        if key not in last or row.max_estimates >= last[key].max_estimates:
            last[key] = row
    return list(last.values())


def _fewest(rows: Iterable[Row]) -> dict[tuple[str, str, str], int]:
    """Smallest number of GPUs of any feasible row, by instance, objective and rule."""
    fewest: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if row.feasible:
            key = row.instance, row.objective, row.rule
            fewest[key] = min(row.gpus, fewest.get(key, row.gpus))
    return fewest


def _saved(
    counts: dict[tuple[str, tuple[str, str]], int], strategy: str, baselines: Collection[str]
) -> float:
    """Mean share of the baselines' GPUs that a strategy saves."""
    shares = []
    for (name, instance), own in counts.items():
        if name == strategy:
            others = [counts[b, instance] for b in baselines if (b, instance) in counts]
            if others:
                shares.append(1 - own / statistics.fmean(others))
    return _mean(shares)


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return statistics.fmean(known) if known else math.nan


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.3g} %"
