"""Ctrl-C: the first is a request, the second ends the search."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection

import pytest

from placer.console.interruption import Interruption


def test_first_is_a_request_and_second_ends() -> None:
    notices = []
    before = signal.getsignal(signal.SIGINT)
    with Interruption(lambda: notices.append(1)) as interruption:
        assert not interruption.requested
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert notices == [1]
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_leave_the_handler_alone() -> None:
    handlers = []

    def work() -> None:
        with Interruption(lambda: None) as interruption:
            handlers.append((signal.getsignal(signal.SIGINT), interruption.requested))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [(before, False)]


def test_sigterm_is_a_request_too() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interruption(lambda: None) as interruption:
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_is_written_is_written_to_its_end() -> None:
    with Interruption(lambda: None) as interruption:
        with interruption.held():
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGINT)
        assert interruption.requested


def test_sigterm_is_passed_on_to_the_processes_that_were_started() -> None:
    """Joblib's, of which each runs a part of a sweep."""
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    with Interruption(lambda: None):
        process = context.Process(target=wait_for_the_end, args=(sending,))
        process.start()
        assert receiving.recv() == "ready"
        os.kill(os.getpid(), signal.SIGTERM)
        assert receiving.recv() == "asked to end"
        process.join()
    assert process.exitcode == 0


def wait_for_the_end(told: Connection) -> None:
    with Interruption(lambda: None) as interruption:
        told.send("ready")
        while not interruption.requested:
            time.sleep(0.01)
        told.send("asked to end")
