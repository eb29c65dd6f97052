"""How commands end that look at a finished run."""

from __future__ import annotations

import warnings

import pytest

from placer.console.command_frame import CommandFrame, run_command
from twin.files.errors import InputError, ToolkitWarning


def test_what_is_done_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    def work(frame: CommandFrame) -> None:
        assert dict(frame.cfg) == {}
        frame.messages.print("done [/b]")

    assert run_command(work) == 0
    assert capsys.readouterr().err == "done [/b]\n"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (InputError("a.yaml", "it is wrong"), 2, "error: a.yaml: it is wrong"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was written"),
        (ZeroDivisionError("x"), 70, "ZeroDivisionError"),
    ],
)
def test_what_goes_wrong_is_told(
    error: BaseException, status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(_: CommandFrame) -> None:
        raise error

    assert run_command(work) == status
    assert words in capsys.readouterr().err


def test_warnings_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    def work(_: CommandFrame) -> None:
        warnings.warn("mind this", ToolkitWarning, stacklevel=1)

    assert run_command(work) == 0
    assert capsys.readouterr().err == "warning: mind this\n"
