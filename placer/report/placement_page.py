"""The report of one placement as an HTML page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any, NamedTuple

from placer.problem.adapter_classes import AdapterClasses
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.report.figures.fleet import FleetRow
from placer.report.page.formats import count, number
from placer.report.page.render import render
from placer.report.placement_figures import PlacementFigures
from placer.report.placement_tables import placement_tables
from placer.report.report import remarks, verification_text
from twin.gpu.profile import ServingProfile
from twin.validate.accuracy import DEFINITIONS
from twin.workload.adapter import Adapter

__all__ = ["LARGEST", "placement_page"]

LARGEST = 300_000
"""Bytes that a page has at most."""

_ROWS = (600, 200, 60, 15)  # of each table, fewer where the page is too large
_SCRIPTS = 90_000  # bytes of files that deploy the plan, at that number of rows
_SHOWN = 12  # names in a row


class AdapterRow(NamedTuple):
    """An adapter, or a class of adapters that differ in nothing but their names."""

    name: str
    adapters: int
    rank: int
    rate: float
    throughput: float
    gpus: str


class Bar(NamedTuple):
    """A part of a bar: its name, its colour, its share of the whole, and its figure."""

    name: str
    colour: str
    share: float
    figure: str


def placement_page(
    problem: Problem,
    result: Result,
    summary: Mapping[str, Any],
    figures: PlacementFigures,
    scripts: Mapping[str, str],
    config: str = "",
) -> str:
    """The page; below 300 KB, whatever the number of adapters and GPUs.

    Parameters
    ----------
    problem : Problem
    result : Result
    summary : mapping of str to Any
        From `placer.report.output_files.write_outputs`.
    figures : PlacementFigures
    scripts : mapping of str to str
        Files that deploy the placement, or the first of many, by name.
    config : str
        The configuration of the run as YAML; empty where there is none.
    """
    page, adapters = "", _AdapterTable(problem, result)
    for rows in _ROWS:
        page = render(
            "placement.html.j2",
            **_data(problem, result, summary, figures, adapters, scripts, config, rows),
        )
        if len(page.encode()) <= LARGEST:
            break
    return page


def _data(
    problem: Problem,
    result: Result,
    summary: Mapping[str, Any],
    figures: PlacementFigures,
    adapters: _AdapterTable,
    scripts: Mapping[str, str],
    config: str,
    rows: int,
) -> dict[str, Any]:
    """What the template names."""
    shown, left_out = adapters.rows(rows)
    observed = sum(row.behaviour is not None for row in figures.fleet)
    return {
        "tables": placement_tables(result, summary, figures, rows),
        "observed": observed,
        "unobserved": len(figures.fleet) - observed,
        "summary": summary,
        "figures": figures,
        "headline": _headline(result, summary),
        "good": result.verified,
        "verified": verification_text(summary),
        "remarks": remarks(summary),
        "fleet": figures.fleet[:rows],
        "fleet_left_out": len(figures.fleet) - len(figures.fleet[:rows]),
        "grouped": any(len(row.group.names) > 1 for row in figures.fleet),
        "bars": [_memory(row) for row in figures.fleet[:rows]],
        "contents": [_contents(row) for row in figures.fleet[:rows]],
        "adapters": shown,
        "adapters_left_out": left_out,
        "scripts": _some_scripts(scripts, _SCRIPTS * rows // _ROWS[0]),
        "num_scripts": len(summary.get("deployment", scripts)),
        "checked": result.verification,
        "profiles": [_provenance(gpu_type.profile) for gpu_type in problem.fleet][:rows],
        "config": config if len(config) < LARGEST // 10 else "",
        "version": version("lora-placer"),
    }


def _headline(result: Result, summary: Mapping[str, Any]) -> str:
    """What came out, in one line, the bad before the good."""
    gpus = count(summary["num_gpus"], "GPU")
    adapters = count(summary["num_adapters"], "adapter")
    unplaced = len(result.placement.unplaced)
    if result.status is SolveStatus.UNCHECKED:
        return f"Not checked: {gpus} by rules of thumb for {adapters}"
    if unplaced and result.status is not SolveStatus.INFEASIBLE:
        return f"Incomplete: {unplaced:,} of {adapters} are not placed"
    if not result.is_feasible():
        return f"No admissible placement of {adapters} was found"
    if not result.verified:
        return f"Not verified: {gpus} for {adapters}"
    anew = ", replanned" if summary.get("migration") else ""
    return f"{gpus} serve{'s' * (summary['num_gpus'] == 1)} {adapters}{anew}"


def _memory(row: FleetRow) -> list[Bar]:
    """Parts of the bar of a GPU's memory."""
    memory = row.memory
    parts = [
        ("weights", "g2", memory.weights),
        ("adapter slots", "s4", memory.slots),
        ("KV in use", "s3", memory.kv_used),
        ("KV free" if row.behaviour else "KV cache", "s1", memory.kv_free),
        ("engine", "g1", memory.engine),
        ("not vLLM's", "none", memory.others),
    ]
    return [
        Bar(name, colour, part / memory.total, f"{number(part / 2**30)} GiB")
        for name, colour, part in parts
    ]


def _contents(row: FleetRow) -> str:
    """Adapters of a GPU, those with most traffic first, for those who ask."""
    ordered = sorted(row.group.candidate.adapters, key=lambda a: (-a.token_rate, a.name))
    names = [f"{a.name} ({number(a.rate)} req/s)" for a in ordered[:_SHOWN]]
    more = len(ordered) - _SHOWN
    return "\n".join([*names, *([f"and {more:,} more"] if more > 0 else [])])


class _AdapterTable:
    """Rows of the table of adapters, those with most traffic first, as many as there is room for.

    Parameters
    ----------
    problem : Problem
    result : Result
    """

    def __init__(self, problem: Problem, result: Result) -> None:
        self._problem = problem
        self._every = sorted(problem.workload.adapters, key=lambda a: (-a.token_rate, a.name))
        self._where: dict[str, list[tuple[str, float]]] = {}
        for gpu, plan in zip(result.placement.names, result.placement.gpus, strict=True):
            for name, share in plan.shares:
                self._where.setdefault(name, []).append((gpu, share))

    def rows(self, most: int) -> tuple[list[AdapterRow], str]:
        """At most so many rows, and what is not in them."""
        if len(self._every) <= most:
            return [self._row([a], _gpus(self._where.get(a.name, []))) for a in self._every], ""
        number = len(self._classes)
        told = f"{len(self._every):,} adapters are shown as {number:,} classes of equal rank and "
        told += "traffic"
        if number > most:
            told += f", of which these are the {most:,} with the busiest adapters"
        rows = []
        for alike in self._classes[:most]:
            gpus = {gpu for a in alike for gpu, _ in self._where.get(a.name, [])}
            on = count(len(gpus), "GPU") if len(gpus) > 3 else ", ".join(sorted(gpus)) or "none"
            rows.append(self._row(alike, on))
        return rows, f"{told}. routing.csv has every adapter and its GPUs."

    @cached_property
    def _classes(self) -> list[list[Adapter]]:
        classes = AdapterClasses(self._problem.workload)
        members: dict[int, list[Adapter]] = {}
        for a in self._every:
            members.setdefault(classes.adapter_class(a.name), []).append(a)
        return list(members.values())

    @staticmethod
    def _row(alike: Sequence[Adapter], gpus: str) -> AdapterRow:
        first, more = alike[0], len(alike) - 1
        name = f"{first.name} and {more:,} more" if more else first.name
        tokens = math.fsum(a.token_rate for a in alike)
        return AdapterRow(name, len(alike), first.rank, first.rate, tokens, gpus)


def _gpus(places: Sequence[tuple[str, float]]) -> str:
    """Where an adapter is, with its shares where there are several GPUs."""
    if not places:
        return "not placed"
    if len(places) == 1:
        return places[0][0]
    shown = ", ".join(f"{gpu} {100 * share:.3g} %" for gpu, share in places[:_SHOWN])
    more = len(places) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _some_scripts(scripts: Mapping[str, str], most: int) -> list[tuple[str, str]]:
    """The first files, as far as there is room."""
    chosen: list[tuple[str, str]] = []
    for name, text in scripts.items():
        most -= len(text.encode())
        if most < 0:
            break
        chosen.append((name, text))
    return chosen


def _provenance(profile: ServingProfile) -> dict[str, Any]:
    """Where a profile comes from."""
    known = profile.provenance
    return {
        "name": profile.name,
        "engine": f"{profile.model} on {profile.gpu}, {profile.engine_name} "
        f"{profile.engine_version}",
        "origin": f"an ESTIMATE, scaled from {profile.estimated_from}"
        if profile.estimated_from
        else "measured",
        "facts": list(_facts(known)),
    }


def _facts(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a profile says of itself, as far as it is a text or a number."""
    names = {"source": "source", "date": "date", "num_runs": "runs that were fitted"}
    for key, name in names.items():
        if isinstance(known.get(key), str | int):
            yield name, str(known[key])
    accuracy = known.get("accuracy")
    if not isinstance(accuracy, Mapping):
        yield "accuracy", "the profile does not say"
        return
    measures = {
        "throughput_smape_pct": "throughput",
        "ttft_smape_pct": "TTFT",
        "p99_ttft_smape_pct": "p99 TTFT",
        "tpot_smape_pct": "TPOT",
        "itl_smape_pct": "ITL",
    }
    parts = [
        f"{name} {accuracy[key]:.3g} %" + _in_brackets(accuracy.get(key.replace("smape", "mape")))
        for key, name in measures.items()
        if isinstance(accuracy.get(key), int | float)
    ]
    number = f": {accuracy['n']}" if isinstance(accuracy.get("n"), int) else ""
    on = known.get("accuracy_on")
    on = f"; {on if isinstance(on, str) else 'runs'}{number}"
    both = "throughput_mape_pct" in accuracy
    on += "" if both else "; MAPE was not recorded then"
    yield f"error of the twin, SMAPE{' (MAPE)' * both}", ", ".join(parts) + on
    yield "", "; ".join(DEFINITIONS[measure] for measure in ("smape", "mape")[: 1 + both])


def _in_brackets(error: object) -> str:
    """The same error by the other measure, of profiles that have it."""
    return f" ({error:.3g} %)" if isinstance(error, int | float) else ""
