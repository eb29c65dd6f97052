"""Compiled functions, and where their code is kept when little can be written.

The user of these tests may be root, whom no permission stops. So a folder that cannot be written
is a file here, which fails for everybody.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import twin.compiled

# A package whose folder cannot hold compiled code, as site-packages of another user.
MODULE = """
from twin.compiled import compiled, inlined

@inlined
def twice(x):
    return 2 * x

@compiled
def four_times(x):
    return twice(twice(x))
"""
PROGRAM = """
import sys, numba
usual = numba.config.CACHE_DIR
from locked.functions import four_times
assert four_times(3) == 12
assert numba.config.CACHE_DIR == usual
print("hits", sum(four_times.stats.cache_hits.values()) if four_times._cache.cache_path else None)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Environment in which neither the package's folder nor the home can be written."""
    package = tmp_path / "locked"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "functions.py").write_text(MODULE)
    (package / "__pycache__").touch()
    nowhere, temporary = tmp_path / "a file", tmp_path / "temporary"
    nowhere.touch()
    temporary.mkdir()
    root = Path(twin.compiled.__file__).parents[1]
    usual = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA", "XDG"))}
    return usual | {
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(nowhere),
        "TMPDIR": str(temporary),
    }


def run(environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def folder_of(environment: dict[str, str]) -> Path:
    return Path(environment["TMPDIR"]) / f"lora-placer-{os.getuid()}"


def test_numba_itself_would_fail(environment: dict[str, str]) -> None:
    code = "import locked.functions as f, numba; numba.njit(cache=True)(f.four_times.py_func)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert "no locator available" in done.stderr


def test_code_is_kept_among_temporary_files(environment: dict[str, str]) -> None:
    assert run(environment) == "hits 0"
    assert list(folder_of(environment).rglob("*.nbi"))
    assert folder_of(environment).stat().st_mode & 0o777 == 0o700
    assert run(environment) == "hits 1"


def test_a_folder_that_others_can_write_is_not_used(environment: dict[str, str]) -> None:
    folder_of(environment).mkdir()
    folder_of(environment).chmod(0o777)
    assert run(environment) == "hits None"
    assert not list(folder_of(environment).iterdir())


def test_without_any_folder_it_is_compiled_anew(environment: dict[str, str]) -> None:
    folder_of(environment).touch()
    assert run(environment) == "hits None"


def test_the_users_cache_goes_first(environment: dict[str, str], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(environment | {"XDG_CACHE_HOME": str(cache)}) == "hits 0"
    assert list(cache.rglob("*.nbi"))
    assert not folder_of(environment).exists()
