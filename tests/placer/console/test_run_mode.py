"""One run or several."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra._internal.hydra import Hydra

from tests.placer.console.placer_call import Placer


@pytest.fixture
def compositions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one whenever Hydra composes a configuration."""
    original, made = Hydra.compose_config, []

    def compose(self: Hydra, *arguments: object, **options: object) -> object:
        made.append(options)
        return original(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Hydra, "compose_config", compose)
    return made


def test_a_run_is_composed_once(placer: Placer, compositions: list[object]) -> None:
    before = Hydra.get_mode
    assert "max_gpus" in placer("max_gpus=0").err
    assert len(compositions) == 1
    assert Hydra.get_mode is before


@pytest.mark.parametrize(
    "says",
    [
        ["hydra.mode=MULTIRUN"],
        ["--config-dir=mine", "+mode=several"],
        ["hydra.searchpath=[file://mine]", "+mode=several"],
    ],
)
def test_the_mode_may_be_in_the_configuration(
    placer: Placer, tmp_path: Path, says: list[str]
) -> None:
    (tmp_path / "mine" / "mode").mkdir(parents=True)
    text = "# @package _global_\nhydra:\n  mode: MULTIRUN\n"
    (tmp_path / "mine" / "mode" / "several.yaml").write_text(text)
    outcome = placer(*says, "max_gpus=0,-1", "hydra/launcher=basic")
    assert outcome.status == 2
    assert "run 1: error: max_gpus: -1" in outcome.err


def test_without_any_of_them_values_in_a_row_are_refused(placer: Placer) -> None:
    outcome = placer("max_gpus=0,-1")
    assert outcome.status == 2
    assert "--multirun" in outcome.err
