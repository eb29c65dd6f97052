"""The table that a run ends with."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from placer.report.comparison.run_record import identity
from placer.report.gpu_report import GpuReport
from placer.report.simulated_time import simulated_time
from twin.files.closed_pipe import write_output
from twin.files.command_messages import plain_console, print_table

__all__ = [
    "GPU_COLUMNS",
    "gpu_cells",
    "gpu_table",
    "print_json",
    "print_report",
    "print_run",
    "remarks",
    "totals",
    "verification_text",
    "wide_console",
]

_WIDTH = 160
_MOVES = 1  # position of the moves among the components of the value, where there are any
GPU_COLUMNS = (
    "GPU",
    "adapters",
    "max_loras",
    "max_lora\n_rank",
    "req/s",
    "offered\ntok/s",
    "served\ntok/s",
    "starves\nwith p",
    "TTFT ms\nmean",
    "TTFT ms\np99",
    "TPOT ms\nmean",
    "headroom",
    "binds",
)
"""Names of the figures of a GPU, in which a line may end."""


def wide_console() -> Console:
    """Console of the standard output; wide enough for every table where that is no terminal."""
    return plain_console(width=None if sys.stdout.isatty() else _WIDTH)


def print_json(data: object) -> None:
    """Print plain data to the standard output as JSON that programs read."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    write_output(sys.stdout, text + "\n")


def gpu_table(gpus: tuple[GpuReport, ...], max_rows: int = 64) -> Table:
    """One row per GPU: its traffic, its engine, what it is predicted to do, and what binds.

    Parameters
    ----------
    gpus : tuple of GpuReport
        From `placer.report.gpu_report.report_gpus`.
    max_rows : int
        Rows to show; the rest is counted in a last line.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    profiles = {gpu.profile for gpu in gpus}
    several = len(profiles) > 1
    columns = (*GPU_COLUMNS[:1], "profile", *GPU_COLUMNS[1:]) if several else GPU_COLUMNS
    for name in columns:
        table.add_column(
            name,
            justify="left" if name in ("GPU", "profile", "binds") else "right",
            no_wrap=name != "binds",
        )
    for gpu in gpus[:max_rows]:
        cells = gpu_cells(gpu)
        if several:
            cells.insert(1, gpu.profile)
        table.add_row(*(Text(cell) for cell in cells))
    if len(gpus) > max_rows:
        table.add_row(Text("…"), Text(f"{len(gpus) - max_rows} more"))
    return table


def totals(summary: Mapping[str, Any]) -> list[str]:
    """Lines below the table: GPUs, value, bound, gap, status, verification, effort.

    Parameters
    ----------
    summary : mapping of str to Any
        From `placer.report.output_files.write_outputs`, or `placer.report.summary.summarize`.
    """
    lines = [
        f"{_count(summary['num_gpus'], 'GPU')} for "
        f"{_count(summary['num_adapters'], 'adapter')}, {summary['rate']:.4g} req/s"
        f"{_of_base(summary)}, "
        f"{summary['offered_throughput']:,.0f} tokens/s",
        f"{summary['objective']} {_number(_without_moves(summary, 'value'))}, "
        f"lower bound {_number(_without_moves(summary, 'lower_bound'))} ({summary['bound']}), "
        f"gap {_percent(summary['gap'])}, "
        f"status {summary['status']}" + (f": {summary['reason']}" if summary["reason"] else ""),
        verification_text(summary),
        f"{summary['strategy']}, {summary['num_estimates']} estimates"
        f"{_answered(summary['answered_by'])}, {summary['runtime']:.1f} s, seed {summary['seed']}",
    ]
    return lines + remarks(summary)


def remarks(summary: Mapping[str, Any]) -> list[str]:
    """What is to be known of a result beside its figures: estimates, long waits, changes, gaps."""
    lines = [
        f"profile {name} is an ESTIMATE, scaled from {origin} and not measured"
        for name, origin in summary["estimated_profiles"].items()
    ]
    lines += [
        f"engines of rank {beyond['max_lora_rank']} are an ESTIMATE: profile {name} was measured "
        f"up to rank {beyond['largest_measured']}; throughput uncertain by "
        f"{beyond['uncertainty']:.0%}"
        for name, beyond in summary["extrapolated_ranks"].items()
    ]
    lines += _slow(summary["slow"])
    if summary.get("migration") is not None:
        lines.append(_migration(summary["migration"], summary["lower_bound"]))
    if summary["unplaced"]:
        lines.append(f"not placed: {_some(summary['unplaced'])}")
    return lines


def print_report(
    console: Console, gpus: tuple[GpuReport, ...], summary: Mapping[str, Any], folder: Path
) -> None:
    """Print the table, the totals and where the files are."""
    if gpus:
        print_table(console, gpu_table(gpus))
    for line in (*totals(summary), f"written to {folder}"):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def print_run(console: Console, summary: Mapping[str, Any], folder: Path) -> None:
    """Print one line for a run of a sweep: which it is, and what came out."""
    asked = " ".join(identity(summary["overrides"])) or str(summary["strategy"])
    verified = "verified" if summary["verified"] else "NOT verified"
    found = f"{_count(summary['num_gpus'], 'GPU')}, {summary['status']}, {verified}"
    line = f"{folder.name}: {asked}: {found}, {summary['runtime']:.1f} s"
    console.print(line, soft_wrap=True, highlight=False, markup=False)


def _of_base(summary: Mapping[str, Any]) -> str:
    """Which part of the requests is for base models, in words; nothing where none is."""
    if not summary["base_rate"]:
        return ""
    gpus = sum(gpu["base_rate"] > 0 for gpu in summary["gpus"])
    return f" ({summary['base_rate']:.4g} for the base model, on {_count(gpus, 'GPU')})"


def verification_text(summary: Mapping[str, Any]) -> str:
    """What the twin found, in words."""
    verification = summary["verification"]
    if verification is None:
        return "NOT verified by the twin"
    failed = {*verification["starved"], *verification["memory_errors"], *verification["rejected"]}
    untested = len(verification["untested"])
    found = "failed" if failed else "NOT proven by" if untested else "passed"
    time = simulated_time(verification["duration"], (gpu["rate"] for gpu in summary["gpus"]))
    text = f"{found} verification by the twin ({len(verification['seeds'])} x {time})"
    if summary["unplaced"]:
        text = f"what is placed {text}, but NOT all adapters are placed"
    if untested:
        text += f": too few requests arrive at {_count(untested, 'GPU')} to tell"
    moved, opened = verification["num_moved"], verification["num_opened"]
    if moved:
        text += f", {_count(moved, 'adapter')} moved and {_count(opened, 'GPU')} added"
    number = summary["num_gpus"]
    which = "the GPU" if number == 1 else f"any of the {number} GPUs"
    text += f"; {which} starves with probability {_percent(summary['starvation_probability'])}"
    if verification["arrival_cv"] is not None:
        text += (
            f", {_percent(summary['burst_starvation_probability'])} under bursts "
            f"(arrival_cv {verification['arrival_cv']:g})"
        )
    return text


def _slow(slow: Sequence[Mapping[str, Any]]) -> list[str]:
    """What users have to wait too long for, in words: one line for each latency."""
    lines = []
    for latency, words in (("ttft", "the first token"), ("tpot", "each further token")):
        found = [entry for entry in slow if entry["latency"] == latency]
        if found:
            worst = found[0]
            lines.append(
                f"SLOW: on {_count(len(found), 'GPU')} one request in a hundred waits longer than "
                f"{worst['limit']:g} s for {words} (latency_limits.{latency}): "
                f"{worst['p99']:.3g} s on {worst['gpu']}"
            )
    return lines


def _without_moves(summary: Mapping[str, Any], key: str) -> list[float | None]:
    """Components of the value or its bound, without moves, which have a line of their own."""
    components: list[float | None] = list(summary[key])
    if summary.get("migration") is None:
        return components
    return components[:_MOVES] + components[_MOVES + 1 :]


def _migration(migration: Mapping[str, Any], bound: Sequence[float]) -> str:
    """What changes, how much has to, and what that interrupts, in words."""
    starts = f"{_count(migration['num_started'], 'engine')} started"
    if migration["restarted"]:
        starts += f" ({_some(migration['restarted'])} anew)"
    interrupted = _some(migration["interrupted"]) or "nothing"
    moved = f"{_count(migration['num_moves'], 'adapter')} moved"
    if bound[_MOVES:] and bound[_MOVES] < migration["num_moves"]:
        moved += f" (at least {bound[_MOVES]:g} by the bound)"
    return (
        f"{moved}, {starts}, "
        f"{migration['num_stopped']} stopped, at most {_count(migration['peak_gpus'], 'GPU')} at "
        f"once; interrupted: {interrupted}; steps in migration.json"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number != 1 else "")


def gpu_cells(gpu: GpuReport) -> list[str]:
    """Figures of a GPU in the order of `GPU_COLUMNS`."""
    shared = f" ({gpu.num_shared} shared)" if gpu.num_shared else ""
    unknown = math.isnan(gpu.served_throughput)  # of a placement that nobody has checked
    return [
        gpu.name,
        f"{gpu.num_adapters}{shared}",
        str(gpu.max_loras),
        str(gpu.max_lora_rank),
        f"{gpu.rate:.2f}",
        f"{gpu.offered_throughput:,.0f}",
        "-" if unknown else f"{gpu.served_throughput:,.0f}",
        "-" if unknown else f"{100 * gpu.starvation_probability:.1f} %",
        _number(gpu.mean_ttft_ms),
        _number(gpu.p99_ttft_ms),
        _number(gpu.mean_tpot_ms),
        _headroom(gpu.headroom),
        gpu.binding,
    ]


def _number(value: float | list[float | None] | None) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(map(_number, value)) + ")" if len(value) != 1 else _number(value[0])
    if value is None or math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def _answered(counts: Mapping[str, int]) -> str:
    """Who made the estimates, where an estimator combines several."""
    parts = ", ".join(f"{number} by the {name}" for name, number in counts.items())
    return f" ({parts})" if parts else ""


def _percent(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{100 * value:.3g} %"


def _headroom(value: float) -> str:
    return f"{value:.0f} x" if math.isfinite(value) and value >= 10 else _percent(value)


def _some(names: list[str], count: int = 8) -> str:
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(names[:count]) + more
