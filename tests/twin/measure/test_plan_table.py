"""The table of a plan."""

from __future__ import annotations

from rich.console import Console

from twin.measure.plan import make_plan
from twin.measure.plan_table import plan_table


def test_it_says_what_is_measured_what_it_tells_and_how_long_it_takes() -> None:
    console = Console(width=200)
    with console.capture() as shown:
        console.print(plan_table(make_plan(60)))
    text = shown.get()
    assert "8 engines, about 6" in text
    expected = ("without LoRA", "64 slots of rank 16", "4 open-loop runs of", "adapter_load.gpu")
    for words in expected:
        assert words in text
