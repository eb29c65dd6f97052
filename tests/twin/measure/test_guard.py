"""The guard ends a command and all that it started, whatever happens to its own parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GUARD = [sys.executable, "-m", "twin.measure.guard"]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
COMMAND = f"""
import subprocess, sys, time
beside = subprocess.Popen([sys.executable, "-c", {DEAF!r}], start_new_session=True)
open(sys.argv[1], "w").write(str(beside.pid))
time.sleep(300)
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def read_when_there(path: Path) -> int:
    end = time.monotonic() + 20
    while not (path.is_file() and path.read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return int(path.read_text())


def gone(pid: int, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_running(pid)


def test_the_status_of_a_command_that_ends_by_itself() -> None:
    command = [*GUARD, sys.executable, "-c", "import sys; sys.exit(3)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as guard:
        assert guard.wait(20) == 3
    done = subprocess.run([*GUARD, "/no/such/program"], stdin=subprocess.PIPE, capture_output=True)
    assert done.returncode == 127
    assert b"/no/such/program: No such file" in done.stdout


def test_closing_its_input_ends_all_even_what_left_the_group_and_hears_no_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LORA_PLACER_GUARD_PATIENCE", "0.5")
    note = tmp_path / "pid"
    command = [*GUARD, sys.executable, "-c", COMMAND, str(note)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as guard:
        beside = read_when_there(note)
        assert is_running(beside)
        guard.send_signal(signal.SIGTERM)  # which the parent decides
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(20)
    assert gone(beside)


def test_a_parent_that_is_killed_takes_the_server_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    sleeper = (
        "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(300)"
    )
    parent = f"""
import subprocess, sys, time
subprocess.Popen({[*GUARD, sys.executable, "-c", sleeper, str(note)]!r}, stdin=subprocess.PIPE)
time.sleep(300)
"""
    with subprocess.Popen([sys.executable, "-c", parent]) as killed:
        server = read_when_there(note)
        killed.kill()
    assert gone(server)
