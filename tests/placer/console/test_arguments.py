"""Order and check of the arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from placer.console.arguments import sort_arguments
from twin.files.errors import InputError


def test_flags_come_before_overrides() -> None:
    mixed = ["max_gpus=3", "strategy=greedy", "--config-dir", "mine"]
    assert sort_arguments(mixed) == ["--config-dir", "mine", "max_gpus=3", "strategy=greedy"]


@pytest.mark.parametrize("installed", [True, False])
def test_sweeps_run_in_parallel_where_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    monkeypatch.setattr("placer.console.arguments.find_spec", lambda _: installed or None)
    sweep = ["--multirun", "seed=0,1"]
    assert ("hydra/launcher=joblib" in sort_arguments(sweep)) is installed
    chosen = [*sweep, "hydra/launcher=basic"]
    assert sort_arguments(chosen) == chosen


def test_help_is_left_to_hydra() -> None:
    assert sort_arguments(["--help"]) == ["--help"]
    assert sort_arguments([]) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--magic"], "unrecognized arguments: --magic; placer --help"),
        (["--multirun", "--cfg", "job"], "give one"),
        (["--resolve"], "add --cfg job"),
        (["--experimental-rerun", "job.pickle"], "runs whatever code its file holds"),
        (["strategy=[8,16]"], r"strategy=\[8,16\]: there is no such option; accepted: best_fit, "),
        (["strategy=3"], "strategy=3: there is no such option; accepted: best_fit, "),
    ],
)
def test_what_hydra_would_not_explain_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sort_arguments(arguments)


@pytest.mark.parametrize("content", ["[" * 100_000, "a: !!bool x", "a: &a [*a]", "[1]"])
def test_options_of_ones_own_that_hydra_cannot_read(content: str, tmp_path: Path) -> None:
    (tmp_path / "strategy").mkdir()
    (tmp_path / "strategy" / "mine.yaml").write_text(content)
    folder = ["--config-dir", str(tmp_path)]
    assert sort_arguments([*folder, "strategy=greedy"]) == [*folder, "strategy=greedy"]
    with pytest.raises(InputError, match=r"mine\.yaml"):
        sort_arguments([*folder, "strategy=mine"])


def test_flags_of_our_own_are_overrides() -> None:
    assert sort_arguments(["seed=1", "--json"]) == ["seed=1", "show=json"]
    assert sort_arguments(["--quiet", "-p", "a"]) == ["-p", "a", "show=nothing"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--plot"], ["plot=png"]),
        (["--plot", "svg"], ["plot=svg"]),
        (["--plot=svg", "seed=1"], ["plot=svg", "seed=1"]),
        (["seed=1", "--plot", "png", "seed=2"], ["seed=1", "plot=png", "seed=2"]),
        (["--plot", "seed=1"], ["plot=png", "seed=1"]),
        ([], []),
    ],
)
def test_pictures_may_be_asked_for_by_a_flag(given: list[str], expected: list[str]) -> None:
    assert sort_arguments(given) == expected


def test_a_flag_for_pictures_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="--plot=gif"):
        sort_arguments(["--plot=gif"])
