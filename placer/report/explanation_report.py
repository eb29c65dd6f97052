"""An explanation as tables, and as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from placer.explain.explanation import Explanation
from placer.explain.freeing import Suggestion
from placer.explain.what_if import WhatIf
from placer.problem.json_numbers import finite
from placer.problem.placement import Placement
from placer.problem.result import SolveStatus
from twin.files.command_messages import print_table

__all__ = ["SCHEMA_VERSION", "explanation_document", "print_explanation"]

SCHEMA_VERSION = 1
"""Version of the JSON form; it changes when a reader would have to."""

_MAX_ROWS = 64
_MANY = 10.0  # from which on a share is shown as a multiple


def explanation_document(explanation: Explanation, answers: Sequence[WhatIf]) -> dict[str, Any]:
    """Plain data for JSON; None for numbers that it does not have.

    Parameters
    ----------
    explanation : Explanation
    answers : sequence of WhatIf
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "fleet": {
            "num_gpus": sum(gpu.num_gpus for gpu in explanation.gpus),
            "binding": explanation.binding,
            "tightest": explanation.tightest.name,
            "headroom": finite(explanation.headroom),
            "spare_throughput": finite(explanation.spare_throughput),
        },
        "gpus": [
            {
                "name": gpu.name,
                "profile": gpu.profile,
                "num_adapters": gpu.num_adapters,
                "offered_throughput": gpu.offered_throughput,
                "binding": gpu.binding,
                "headroom": finite(gpu.headroom),
                "spare_throughput": finite(gpu.spare_throughput),
            }
            for gpu in explanation.gpus
        ],
        "suggestions": [asdict(suggestion) for suggestion in explanation.suggestions],
        "what_if": [_answer(answer) for answer in answers],
    }


def _answer(answer: WhatIf) -> dict[str, Any]:
    change, result = answer.change, answer.result
    return {
        "rate_factor": change.rate_factor,
        "gpus": change.gpus,
        "max_lora_rank": change.max_lora_rank,
        "failing": None if answer.failing is None else list(answer.failing),
        "feasible": result.is_feasible(),
        "num_gpus": answer.num_gpus,
        "value": [finite(component) for component in result.value],
        "lower_bound": [finite(component) for component in result.lower_bound],
        "status": result.status.value,
        "reason": result.reason,
        "verified": result.verified,
    }


def print_explanation(
    console: Console,
    placement: Placement,
    explanation: Explanation,
    answers: Sequence[WhatIf],
) -> None:
    """Print the GPUs, the fleet, what would free a GPU, and what would happen if.

    Parameters
    ----------
    console : rich.console.Console
    placement : Placement
        What is explained.
    explanation : Explanation
    answers : sequence of WhatIf
    """
    print_table(console, _gpu_table(explanation))
    for line in (*_fleet(explanation), *map(_suggestion, explanation.suggestions)):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    if placement.unplaced:
        unserved = len(placement.unplaced)
        console.print(f"{unserved} adapters are not served, or not in full", highlight=False)
    if len(placement.gpus) > 1 and not explanation.suggestions:
        console.print("no change of a single adapter was found that frees a GPU", highlight=False)
    if answers:
        now = sum(gpu.num_gpus for gpu in explanation.gpus)
        print_table(console, _what_if_table(now, answers))


def _gpu_table(explanation: Explanation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("GPU", "adapters", "offered\ntok/s", "binds", "headroom", "can take\ntok/s more"):
        left = name in ("GPU", "binds")
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    for gpu in explanation.gpus[:_MAX_ROWS]:
        table.add_row(
            Text(gpu.name),
            str(gpu.num_adapters),
            f"{gpu.offered_throughput:,.0f}",
            gpu.binding,
            _share(gpu.headroom),
            _tokens(gpu.spare_throughput),
        )
    if len(explanation.gpus) > _MAX_ROWS:
        table.add_row("…", f"{len(explanation.gpus) - _MAX_ROWS} more")
    return table


def _fleet(explanation: Explanation) -> list[str]:
    tightest = explanation.tightest
    if math.isnan(explanation.headroom):
        return [f"{tightest.name} starves now; {tightest.binding} binds"]
    return [
        f"all rates may grow by {_share(explanation.headroom)} until {tightest.name} starves for "
        f"{tightest.binding}",
        f"the GPUs can take {_tokens(explanation.spare_throughput)} tokens/s more, each as much "
        "as it takes",
    ]


def _suggestion(suggestion: Suggestion) -> str:
    s = suggestion
    if s.action == "close":
        return f"{s.gpu} can be closed: the other GPUs take all its adapters"
    if s.action == "move":
        return f"with {s.adapter} moved from {s.at} to {s.to} {s.gpu} can be closed"
    if s.action == "remove":
        return f"without {s.adapter} (now on {s.at}) {s.gpu} is not needed"
    return f"with rank {s.rank} for {s.adapter} (now on {s.at}) {s.gpu} is not needed"


def _what_if_table(num_gpus: int, answers: Sequence[WhatIf]) -> Table:
    table = Table(title=f"What if ({num_gpus} GPUs now)", box=box.SIMPLE_HEAD, pad_edge=False)
    table.title_justify = "left"
    for name in ("change", "as it is", "placed anew"):
        table.add_column(name, no_wrap=name == "change")
    for answer in answers:
        table.add_row(Text(answer.change.text), Text(_as_it_is(answer)), Text(_anew(answer)))
    return table


def _as_it_is(answer: WhatIf) -> str:
    if answer.failing is None:
        return "there are not enough GPUs"
    if not answer.failing:
        return "serves"
    shown = ", ".join(answer.failing[:4]) + ("…" if len(answer.failing) > 4 else "")
    number = len(answer.failing)
    return f"{number} GPU{'s fail' if number > 1 else ' fails'}: {shown}"


def _anew(answer: WhatIf) -> str:
    result = answer.result
    number = answer.num_gpus
    if result.status is SolveStatus.UNCHECKED:
        return f"{number} GPU{'s' * (number != 1)}: {result.reason}"
    if not result.is_feasible():
        return f"no placement: {result.reason or result.status.value}"
    bound = "" if result.gap == 0 else f", gap {100 * result.gap:.3g} %"
    checked = "verified" if result.verified else "NOT verified"
    return f"{number} GPU{'s' * (number != 1)}, {result.status.value}{bound}, {checked}"


def _share(value: float) -> str:
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "any factor"
    return f"{value:.0f} x" if value >= _MANY else f"{100 * value:.3g} %"


def _tokens(value: float) -> str:
    return "any number of" if math.isinf(value) else f"{value:,.0f}"
