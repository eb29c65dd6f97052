"""What Hydra calls for each run."""

from __future__ import annotations

import pickle
import signal

import pytest

from placer.console.interruption import Interruption
from placer.console.task import Task, tell


def test_in_another_process_the_task_is_made_anew() -> None:
    task = Task(Interruption(lambda: None))
    task.statuses.append(2)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        copy = pickle.loads(pickle.dumps(task))
        again = pickle.loads(pickle.dumps(task))
        assert copy.statuses == []
        assert copy.interruption is again.interruption is not task.interruption
        signal.raise_signal(signal.SIGINT)
        assert again.interruption.requested  # by a signal to the run before it
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_lines_say_whose_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    tell("error: no")
    assert capsys.readouterr().err == "placer: error: no\n"
