"""A plan as a table: engine by engine, what is measured, what it tells, how long it takes."""

from __future__ import annotations

from rich.table import Table

from twin.measure.plan import Engine, Plan

__all__ = ["plan_table"]


def plan_table(plan: Plan) -> Table:
    """Table of a plan; its caption says how long all of it takes."""
    minutes = plan.seconds / 60
    table = Table(
        title=f"{len(plan.engines)} engines, about {minutes:.0f} minutes",
        title_justify="left",
    )
    table.add_column("engine")
    table.add_column("what is measured")
    table.add_column("tells")
    table.add_column("seconds", justify="right")
    for engine in plan.engines:
        parts = plan.parts(engine)
        name = _title(engine)
        for part in parts:
            table.add_row(name, part.what, ", ".join(part.tells), f"{part.seconds:.0f}")
            name = ""
        table.add_section()
    return table


def _title(engine: Engine) -> str:
    if not engine.max_loras:
        return "without LoRA"
    return f"{engine.max_loras} slots of rank {engine.max_lora_rank}"
