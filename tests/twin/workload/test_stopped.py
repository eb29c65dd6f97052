"""Giving up is a signal."""

from __future__ import annotations

import pytest

from twin.workload.stopped import Stopped, never, stop_if


def test_who_says_stop_is_heard() -> None:
    stop_if(never)
    with pytest.raises(Stopped):
        stop_if(lambda: True)
