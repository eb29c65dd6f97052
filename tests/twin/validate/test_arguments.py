"""Arguments of commands that read measured runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from twin.measured.replay import MAX_IN_SYSTEM
from twin.validate.arguments import add_run_arguments


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    return parser.parse_args(arguments)


def test_only_the_table_is_needed() -> None:
    assert vars(parse("runs.csv")) == {
        "runs": Path("runs.csv"),
        "profile": None,
        "max_in_system": MAX_IN_SYSTEM,
        "json": None,
    }


def test_all_of_them() -> None:
    given = parse("runs.csv", "--profile", "mine.yaml", "--max-in-system", "0", "--json", "o.json")
    assert (given.profile, given.max_in_system, given.json) == ("mine.yaml", 0, Path("o.json"))
