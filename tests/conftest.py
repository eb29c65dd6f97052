"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("estimators.testing")

# How long an example takes is no property of the code, and an engine takes many draws.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("untimed")

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = _ROOT.parent / "shared"
_COMPILED = "simulation", "models"
_LONG = (
    "docs/test_examples.py",
    "test_mutated_inputs.py",
    "placer/bounds/test_brute_force.py",
    "test_packaging.py",
    "docs/test_site.py",
    "docs/test_plugin.py",
)
"""Files whose tests take long: dealt first, so that no worker has one left at the end."""


def _shared_folder(name: str) -> Path:
    folder = _SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the measured data in {name}/ is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """Measured vLLM runs and calibration tables."""
    return _shared_folder("reference")


@pytest.fixture(scope="session")
def cases_dir() -> Path:
    """Small inputs that went wrong once, and start-up logs of others."""
    return _shared_folder("cases")


@pytest.fixture(scope="session")
def traces_dir() -> Path:
    """Public request traces."""
    return _shared_folder("traces")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile what several workers would compile each, before the tests are dealt to them.

    In processes of their own: one for each core. `make test` has done so, and says it.
    """
    if session.config.getoption("numprocesses", None) and "CODE_IS_COMPILED" not in os.environ:
        command = [sys.executable, "-m", "tests.compile_code"]
        started = [subprocess.Popen([*command, what], cwd=_ROOT) for what in _COMPILED]
        for process in started:
            process.wait()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without looking for garbage: modules and tests stay until the end.

    Nor are they looked through later, at every full search for garbage.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests that take long to the front."""
    order = {_ROOT / "tests" / name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: order.get(item.path, len(order)))
