"""Names that the packages offer."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

LATE = [
    "estimators",
    "placer",
    "placer.benchmark",
    "placer.bounds",
    "placer.controllers",
    "placer.deploy",
    "placer.explain",
    "placer.objectives",
    "placer.replanning",
    "placer.strategies",
    "placer.strategies.baselines",
    "twin",
]
"""Packages whose names are imported when they are used first."""


@pytest.mark.parametrize("package", [*LATE, "twin.fleet"])
def test_every_name_is_there_sorted_and_explained(package: str) -> None:
    module = importlib.import_module(package)
    assert list(module.__all__) == sorted(module.__all__, key=lambda name: (name.islower(), name))
    for name in module.__all__:
        member = getattr(module, name)
        assert not isinstance(member, ModuleType), name
        assert member.__doc__, name


@pytest.mark.parametrize("package", LATE)
def test_names_that_are_imported_late_are_those_that_type_checkers_see(package: str) -> None:
    module = importlib.import_module(package)
    stub = ast.parse(Path(str(module.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    declared = next(node.value for node in stub.body if isinstance(node, ast.Assign))
    names = ast.literal_eval(declared)
    assert sorted(names) == module.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))


@pytest.mark.parametrize("package", LATE)
def test_a_package_costs_nothing_until_a_name_is_used(package: str) -> None:
    code = f"import sys, {package}; print(*(m for m in sys.modules if m.startswith('{package}.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
