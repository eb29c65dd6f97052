"""Guard of a server: ends a command and all that it started when the guard's own parent ends.

Run as ``python -m twin.measure.guard COMMAND ...`` with a pipe as its standard input: when the
pipe is closed, which a parent that is killed does too, the command's process group is ended.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["main"]

_PATIENCE = "LORA_PLACER_GUARD_PATIENCE"
"""Variable with the seconds that a server has to end by itself; 20 where it is not set."""
_BETWEEN = 0.1
_SUBREAPER = 36  # of prctl: what its descendants leave becomes a child of this process


def main(command: Sequence[str]) -> int:
    """Run a command until it ends or the standard input does; its status, 127 if there is none."""
    _adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent decides
    try:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_hear_signals
        )
    except OSError as error:
        sys.stdout.write(f"{command[0]}: {error.strerror}\n")
        return 127
    while server.poll() is None:
        ready, _, _ = select.select([sys.stdin], [], [], _BETWEEN)
        if ready and not os.read(sys.stdin.fileno(), 1):
            break
    _end(server)
    return server.wait()


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the group politely, then what is left of it and of what it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGTERM)
    end = time.monotonic() + float(os.environ.get(_PATIENCE, "20"))
    while _descendants() and time.monotonic() < end:
        server.poll()
        time.sleep(_BETWEEN)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGKILL)
    for number in _descendants():
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def _descendants() -> list[int]:
    """Processes below this one that still run; none where the system does not tell."""
    me, parents = os.getpid(), {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(path.parent.name)] = int(parent)
    found: list[int] = []
    for number in parents:
        above = number
        while above in parents and above != me:
            above = parents[above]
        if above == me and number != me:
            found.append(number)
    return found


def _adopt_orphans() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _hear_signals() -> None:
    """In the server: signals that the guard passes over do what they usually do."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
