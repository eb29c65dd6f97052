"""What a program prints."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from placer.testing.captured_output import printed_by


def quiet() -> None:
    """Print nothing."""


def loud() -> None:
    """Print by Python, past it, and by another program."""
    sys.stdout.write("one ")
    sys.stdout.flush()
    sys.stderr.write("two ")
    sys.stderr.flush()
    os.write(1, b"three ")
    subprocess.run([sys.executable, "-c", "print('four')"], check=True)


def test_everything_is_seen_and_nothing_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert printed_by(quiet) == ""
    assert sorted(printed_by(loud).split()) == ["four", "one", "three", "two"]
    assert capfd.readouterr() == ("", "")


def test_the_streams_are_given_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        printed_by(failing)
    os.write(1, b"again")
    assert capfd.readouterr().out == "again"
