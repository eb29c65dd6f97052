"""The rules of strategies as tests of pytest, which is needed for nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from placer.strategies import FirstFit
from placer.testing import StrategyContract, StrategyRules
from tests.plain_environment import plain_environment

WITHOUT_PYTEST = """
import placer.testing
from placer.testing import check_objective, check_strategy, example_problem

for name in ("StrategyContract", "ObjectiveContract"):
    try:
        getattr(placer.testing, name)
    except ModuleNotFoundError as error:
        print(error)
"""


class TestSubclass(StrategyContract):
    """What a subclass says goes into the rules."""

    slack = 3

    @pytest.fixture
    def strategy(self) -> FirstFit:
        return FirstFit()

    def test_nothing_is_printed(self, contract: StrategyRules) -> None:
        """A test that is overridden is the subclass's own."""
        assert (contract.slack, contract.strategy) == (3, FirstFit())


def test_only_the_suites_need_pytest(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_PYTEST]
    environment = plain_environment(tmp_path)
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "StrategyContract is for pytest, which is not installed; check_strategy does without it",
        "ObjectiveContract is for pytest, which is not installed; check_objective does without it",
    ]
