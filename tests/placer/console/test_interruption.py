"""Ctrl-C: the first is a request, the second ends the search."""

from __future__ import annotations

import os
import signal
import threading

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
