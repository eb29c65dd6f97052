"""What does not fit into memory is refused before it starts."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from estimators.testing import example_profile
from twin.engine.simulate import simulate, simulate_stream
from twin.files.errors import InsufficientMemoryError
from twin.workload import free_memory
from twin.workload.adapter import Adapter
from twin.workload.draw_requests import RequestDrawing
from twin.workload.free_memory import free_bytes, require_memory
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import RequestStream, Workload

GIB = 1 << 30
MANY = Workload((Adapter("a", 8, 600.0, CopulaLengths(FixedLength(1000), FixedLength(2000))),))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with the files in which a system tells its memory."""
    monkeypatch.setattr(free_memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(free_memory, "_CGROUP", tmp_path)
    return tmp_path


def test_what_linux_says_is_available(machine: Path) -> None:
    (machine / "meminfo").write_text("MemTotal: 24000 kB\nMemFree: 1 kB\nMemAvailable: 3000 kB\n")
    assert free_bytes() == 3000 * 1024


def test_a_container_may_leave_less(machine: Path) -> None:
    (machine / "meminfo").write_text("MemAvailable: 3000 kB\n")
    (machine / "memory.current").write_text("1000\n")
    (machine / "memory.max").write_text("max\n")
    assert free_bytes() == 3000 * 1024
    (machine / "memory.max").write_text("5000\n")
    assert free_bytes() == 4000
    (machine / "memory.max").write_text("500\n")
    assert free_bytes() == 0


def test_other_systems_count_pages(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {"SC_AVPHYS_PAGES": 7, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    assert free_bytes() == 7 * 4096
    monkeypatch.setattr(os, "sysconf", lambda name: int("unknown"))
    assert free_bytes() is None
    require_memory(1e30, "anything", "")


def test_this_machine_has_some() -> None:
    free = free_bytes()
    assert free is None or free > 1 << 20


def only(gib: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_memory, "free_bytes", lambda: int(gib * GIB))


def test_the_numbers_are_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    only(1.5, monkeypatch)
    require_memory(1.5 * GIB, "a plan", "plan less")
    with pytest.raises(InsufficientMemoryError) as caught:
        require_memory(2.25 * GIB, "a plan", "plan less")
    assert str(caught.value) == (
        "a plan would need 2.2 GiB of memory, and 1.5 GiB are free; plan less"
    )
    assert isinstance(caught.value, MemoryError)


def test_small_simulations_do_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_memory, "free_bytes", lambda: pytest.fail("asked"))
    require_memory(1e6, "a small thing", "")


def test_drawing_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    only(0.5, monkeypatch)
    monkeypatch.setattr(RequestDrawing, "until", lambda *args: pytest.fail("started"))
    with pytest.raises(InsufficientMemoryError, match="drawing 60,000,000 requests would need 2"):
        MANY.sample(100_000.0, np.random.default_rng(0))


def test_simulating_is_refused_before_anything_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    only(3.0, monkeypatch)
    monkeypatch.setattr(RequestDrawing, "until", lambda *args: pytest.fail("started"))
    profile = example_profile()
    with pytest.raises(InsufficientMemoryError, match="simulating 60,000,000 requests would need"):
        simulate(MANY, profile.engine_config(1, 8), profile, duration=100_000.0)


def test_a_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 1_000_000
    one = np.ones(n, np.int32)
    stream = RequestStream(np.zeros(n), one - 1, one, one, np.array([8]), 10.0)
    profile = example_profile()
    config = profile.engine_config(1, 8)
    only(0.14, monkeypatch)
    simulate_stream(stream, config, profile)
    with pytest.raises(InsufficientMemoryError, match="simulating 1,000,000 requests"):
        simulate_stream(stream, config, profile, records=True)
    with pytest.raises(InsufficientMemoryError, match="coarser resolution"):
        simulate_stream(stream, config, profile, resolution=1e-6)
    only(0.1, monkeypatch)
    with pytest.raises(InsufficientMemoryError, match=r"and 0\.1 GiB are free"):
        simulate_stream(stream, config, profile)
