"""What a command says where it failed."""

from __future__ import annotations

from typing import Any

import pytest
from omegaconf import OmegaConf

from placer.console.exit_status import FAULT, WRONG_INPUT
from placer.console.failure import tell_failure
from twin.files.errors import InputError

CFG = OmegaConf.create({"strategy": {"_target_": "plug.in.Mine"}})


def raised(error: Exception, module: str) -> Exception:
    """An error as code of a module raises it."""
    code: dict[str, Any] = {"__name__": module, "error": error}
    exec(compile("def fail():\n    raise error", "there.py", "exec"), code)
    try:
        code["fail"]()
    except Exception as caught:
        return caught
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "module", "status", "words", "traced"),
    [
        (InputError("seed", "it is odd"), "plug.in", WRONG_INPUT, "error: seed: it is odd", False),
        (OSError("no room"), "placer.report", WRONG_INPUT, "error: no room", False),
        (OSError("no room"), "plug.in", FAULT, "the strategy plug.in.Mine failed: OSError", False),
        (KeyError(1), "plug.in", FAULT, "plug.in.Mine failed: KeyError: 1 (there.py, li", False),
        (KeyError(1), "placer.solve", FAULT, "it may be the fault of the strategy", True),
    ],
)
def test_one_line_says_whose_fault_it_is(
    error: Exception,
    module: str,
    status: int,
    words: str,
    traced: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[str] = []
    assert tell_failure(raised(error, module), CFG, told.append) == status
    (line,) = told
    assert words in line
    assert bool(capsys.readouterr().err) is traced
