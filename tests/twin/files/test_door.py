"""Doors of commands, and Ctrl-C while they open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from twin.files.door import enter


def test_the_status_is_that_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "behind_a_door.py").write_text("def main():\n    return 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SystemExit) as ended:
        enter("behind_a_door")
    assert ended.value.code == 7


@pytest.mark.skipif(os.name != "posix", reason="signals are sent in another way")
def test_ctrl_c_while_modules_are_imported_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "slow_to_import.py").write_text(
        "import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(30)\n"
    )
    command = [sys.executable, "-c", "from twin.files.door import enter; enter('slow_to_import')"]
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[3])))
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert told == "interrupted; nothing was written\n"


def test_streams_that_are_closed_are_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import sys\ndef main():\n    sys.stdout.write('x')\n    return 3\n"
    (tmp_path / "behind_no_window.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(SystemExit) as ended:
        enter("behind_no_window")
    assert ended.value.code == 3
    sys.stdout.close()
    sys.stderr.close()
