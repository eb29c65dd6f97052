"""Exceptions that nobody foresaw, and whose they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omegaconf import OmegaConf

from placer.console.fault_text import fault_text, is_of_plugin

CFG = OmegaConf.create(
    {
        "strategy": {"_target_": "plug.in.Mine", "inner": [{"_target_": "placer.Greedy"}]},
        "objective": {"_target_": "placer.objectives.gpu_count.GpuCount"},
    }
)


def raised(call: Callable[[], object]) -> Exception:
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError


def test_the_plug_in_that_raised_is_named() -> None:
    code: dict[str, Any] = {"__name__": "plug.helpers"}
    exec(compile("def fail():\n    raise KeyError('x\\ny')", "helpers.py", "exec"), code)
    error = raised(code["fail"])
    assert is_of_plugin(error, CFG)
    text = fault_text(error, CFG)
    assert text == ("the strategy plug.in.Mine failed: KeyError: 'x\\ny' (helpers.py, line 2)")


def test_one_that_returned_nonsense_is_suspected() -> None:
    error = raised(lambda: [].pop())
    assert not is_of_plugin(error, CFG)
    text = fault_text(error, CFG)
    assert text.startswith("IndexError: pop from empty list; it may be the fault of the strategy")
    assert "plug.in.Mine" in text


def test_without_plug_ins_it_is_ours() -> None:
    text = fault_text(raised(lambda: {}[1]), OmegaConf.create({"strategy": None}))
    assert text.startswith("KeyError: 1; this is a fault of the program")
