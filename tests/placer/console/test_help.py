"""What the command line says of itself."""

from __future__ import annotations

import re
from pathlib import Path

from tests.placer.console.placer_call import Placer


def test_help_explains_groups_options_and_keys(placer: Placer) -> None:
    outcome = placer("--help")
    assert outcome.status == 0
    for text in (
        "strategy: how a placement is searched for",
        "* portfolio",
        "greedy",
        "first_fit",
        "max_gpus=null",
        "workload=trace workload.path=",
        "--multirun strategy=greedy,first_fit,milp",
        "Exit status",
    ):
        assert text in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 110


def test_configuration_can_be_shown(placer: Placer, tmp_path: Path) -> None:
    outcome = placer("--cfg", "job", "max_gpus=3")
    assert "max_gpus: 3" in outcome.out
    assert list(tmp_path.iterdir()) == []


def test_version_is_ours(placer: Placer) -> None:
    outcome = placer("--version")
    assert outcome.status == 0
    assert re.fullmatch(r"placer \d+\.\d+\.\d+\S*\n", outcome.out)


def test_help_names_options_of_the_users_own(placer: Placer, tmp_path: Path) -> None:
    folder = tmp_path / "my_conf" / "strategy"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("# my own strategy\n_target_: a.B\n")
    assert "my own strategy" in placer("--help", "--config-dir", "my_conf").out
