"""The console script."""

from __future__ import annotations

import sys

import pytest

from placer.console.door import main


def test_it_leads_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["placer", "--magic"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "unrecognized arguments: --magic" in capsys.readouterr().err
