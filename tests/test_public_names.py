"""Names that the packages offer."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest


@pytest.mark.parametrize(
    "package",
    [
        "estimators",
        "placer",
        "placer.explain",
        "placer.objectives",
        "twin.fleet",
        "placer.replanning",
        "placer.strategies",
    ],
)
def test_every_name_is_there_sorted_and_explained(package: str) -> None:
    module = importlib.import_module(package)
    assert list(module.__all__) == sorted(module.__all__, key=lambda name: (name.islower(), name))
    for name in module.__all__:
        member = getattr(module, name)
        assert not isinstance(member, ModuleType), name
        assert member.__doc__, name
