"""A stamp changes with anything that compiled code is made of, and with nothing else."""

from __future__ import annotations

import importlib.util
import os
import time
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

from twin import compiled_stamp
from twin.compiled_stamp import stamp_of
from twin.kernel.engine import advance

INNER = """
from typing import NamedTuple
import numpy as np
from twin.compiled import inlined
class Costs(NamedTuple):
    base: float
    token: float
SHIFT = 1
TABLE = np.arange(3)
@inlined
def inner(x):
    return x + 1
"""
OUTER = """
from twin.compiled import compiled
from stamp_inner import SHIFT, TABLE, Costs, inner
@compiled
def outer(costs: Costs, x: int) -> int:
    return inner(x) + SHIFT + TABLE[0] + int(costs.base)
def alone(x):
    return x
"""
CHANGES = {
    "what is inlined": ("x + 1", "x + 11"),
    "a constant": ("SHIFT = 1", "SHIFT = 11"),
    "a table": ("np.arange(3)", "np.arange(3) + 10"),
    "the order of fields": (
        "    base: float\n    token: float",
        "    token: float\n    base: float",
    ),
}
COSTS = 100.0, 200.0
numbers = count()


def load(name: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module as another process would find it."""
    compiled_stamp._files.pop(str(path), None)  # noqa: SLF001
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, name, module)
    spec.loader.exec_module(module)
    return module


def write(path: Path, text: str) -> None:
    """A file with another time than all before it, however coarse the clock is."""
    path.write_text(text)
    os.utime(path, ns=(0, time.time_ns() + next(numbers) * 10**9))


def results(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, int]:
    """What the function gives, its stamp, and how often its code was found."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    inner = load("stamp_inner", folder / "stamp_inner.py", monkeypatch)
    outer = load("stamp_outer", folder / "stamp_outer.py", monkeypatch)
    value = outer.outer(inner.Costs(*COSTS), 5)
    return value, stamp_of(outer.outer.py_func), sum(outer.outer.stats.cache_hits.values())


@pytest.mark.parametrize("change", CHANGES)
def test_code_is_compiled_anew(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "stamp_inner.py", INNER)
    write(tmp_path / "stamp_outer.py", OUTER)
    first, stamp, hits = results(tmp_path, monkeypatch)
    assert (first, hits) == (107, 0)
    assert results(tmp_path, monkeypatch) == (first, stamp, 1)
    write(tmp_path / "stamp_inner.py", INNER.replace(*CHANGES[change]))
    other, anew, hits = results(tmp_path, monkeypatch)
    assert (other, hits) == (first + (100 if "fields" in change else 10), 0)
    assert anew != stamp


def test_code_goes_along_where_its_folder_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    write(before / "stamp_inner.py", INNER)
    write(before / "stamp_outer.py", OUTER)
    value, stamp, _ = results(before, monkeypatch)
    before.rename(after)
    assert results(after, monkeypatch) == (value, stamp, 1)


def test_it_takes_no_time_to_speak_of() -> None:
    start = time.process_time()
    assert stamp_of(advance.py_func) == stamp_of(advance.py_func)  # type: ignore[attr-defined]
    assert time.process_time() - start < 0.1
