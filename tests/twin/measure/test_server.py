"""Servers that are started, and leave nothing behind."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.twin.measure.test_guard import gone, is_running, read_when_there
from twin.measure.plan import Engine
from twin.measure.server import NotStarted, serving

FAKE = [sys.executable, "-m", "tests.twin.measure.fake_server", "serve", "tiny"]


def test_a_server_is_ready_and_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LORA_PLACER_GUARD_PATIENCE", "0.5")
    note = tmp_path / "pid"

    async def fails() -> None:
        log = tmp_path / "logs" / "server.log"
        command = [*FAKE, "--pids", str(note)]
        async with serving(command, Engine(4, 16), log, "", 60) as client:
            assert (await client.models())[0].name == "base"
            assert is_running(read_when_there(note))
            assert "KV cache size: 442,400 tokens" in log.read_text()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(fails())
    assert gone(read_when_there(note), 1)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    async def started() -> None:
        command = [*FAKE, "--fails-to-start"]
        async with serving(command, Engine(4, 16), tmp_path / "log", "", 60):
            pass

    with pytest.raises(NotStarted, match=r"log: the server ended: ValueError: No available"):
        asyncio.run(started())


def test_a_server_that_is_not_ready_in_time(tmp_path: Path) -> None:
    async def started() -> None:
        sleeper = [sys.executable, "-c", "import time; time.sleep(300)"]
        async with serving(sleeper, Engine(4, 16), tmp_path / "log", "", 0.1):
            pass

    with pytest.raises(NotStarted, match=r"not ready within 0\.1 s"):
        asyncio.run(started())
