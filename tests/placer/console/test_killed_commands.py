"""Whatever command is killed, or finds the disk full: what was there before is still there."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from estimators.console.cli import main as train
from estimators.evaluate import cli as evaluation
from estimators.testing import example_profile
from placer.console.benchmark_command import main as benchmark
from placer.console.explain_command import main as explain
from placer.console.place import run
from placer.console.report_command import main as report
from placer.report import placement_report
from placer.report.comparison.rows import read_runs
from placer.report.comparison.run_record import read_records
from tests.estimators.evaluate.test_cli import LIGHT, not_timed, write
from tests.killed_writes import kill_at_every_write, visible
from tests.placer.benchmark.small_library import write_library
from tests.placer.console.run_files import ROWS
from tests.twin.calibrate.test_cli import BASE, KEPT
from tests.twin.files.small_disk import small_disk
from tests.twin.measured import run_rows
from tests.twin.validate.compared_rows import LIGHT as MEASURED
from twin.benchmark.cli import main as speed
from twin.calibrate.cli import main as calibrate
from twin.measure.tables import Row, Tables
from twin.memory.cli import main as memory
from twin.scale.cli import main as scale
from twin.validate.cli import main as validate

KNOWN = " ".join([*BASE, f"--holdout 0 --keep {KEPT},step_time.slot,step_time.adapter"])
OLD = b"of an earlier run, and whole\n"


class Command(NamedTuple):
    """A command that writes.

    Parameters
    ----------
    main : callable
        Its entry point.
    words : str
        Arguments; what it writes goes to the folder ``out``.
    files : str
        What it replaces there.
    """

    main: Callable[[list[str]], int]
    words: str
    files: str

    def call(self) -> int:
        return self.main(self.words.split())


COMMANDS = {
    "placer.report": Command(report, "out --plot svg", "report.html plots/fleet.svg"),
    "placer.explain": Command(explain, "run --json out/a.json", "a.json"),
    "placer.benchmark": Command(
        benchmark,
        "--instances out --suite two --update --strategies first_fit --max-estimates 4,40 "
        "--no-verification --json out/a.json --compare out/b --curves out/c.svg",
        "a.json b/comparison.parquet b/comparison.csv b/comparison.html c.svg",
    ),
    "estimators": Command(
        train,
        "profile=mine num_scenarios=40 num_edge_scenarios=4 most_requests=1000 most_adapters=32 "
        "num_workers=1 compare=false --config-dir . output_dir=out",
        "example.model dataset.parquet accuracy.json",
    ),
    "estimators.evaluate": Command(evaluation.main, "runs.csv --json out/a.json", "a.json"),
    "twin.calibrate": Command(
        calibrate, f"runs --out out/a.yaml --max-runs 4 --max-iterations 1 {KNOWN}", "a.yaml"
    ),
    "twin.validate": Command(
        validate, "runs/runs.csv --json out/a.json --plot out/a.svg", "a.json a.svg"
    ),
    "twin.memory": Command(memory, "--profile h100_64gb_llama31_8b --json out/a.json", "a.json"),
    "twin.scale": Command(
        scale, "h100_64gb_llama31_8b --gpu A100-80GB --out out/a.yaml", "a.yaml"
    ),
    "twin.scale --bundled": Command(scale, "--bundled out", "h100_80gb_qwen25_7b.yaml"),
    "twin.benchmark": Command(speed, "--repeats 1 --duration 2 --json out/a.json", "a.json"),
}


@pytest.fixture
def out(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Path:
    """Where a command writes, and beside it all that any of them reads.

    What takes seconds to draw or to time, and is no more than content here, is made up.
    """
    monkeypatch.chdir(tmp_path)
    pictures = {"fleet.svg": b"a fleet", "slots.svg": b"slots"}
    monkeypatch.setattr(placement_report, "static_pictures", lambda *_: pictures)
    not_timed(monkeypatch)
    Path("adapters.csv").write_text(ROWS)
    Path("profile").mkdir()
    Path("profile/mine.yaml").write_text(yaml.safe_dump(example_profile().to_dict()))
    write(tmp_path, LIGHT)
    Path("runs").mkdir()
    measured = [
        MEASURED | {"run_id": str(rate), "rate_counts": f"{rate}:4", "max_loras": str(slots)}
        for rate, slots in ((0.5, 4), (1.0, 32), (2.0, 4), (3.0, 32))
    ]
    run_rows.write(Path("runs"), *measured)
    shutil.copytree(finished, "run")
    shutil.copytree(finished, "out")
    write_library(Path("out"))
    return tmp_path / "out"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_killed_leaves_what_was_there(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    command = COMMANDS[name]
    old = before(out, command)
    with monkeypatch.context() as patch:
        left = kill_at_every_write(patch, out, tmp_path / "left")
        assert command.call() == 0
    new = visible(out)
    assert all(new[path] != old[path] for path in command.files.split())
    assert len(left) >= 3 * len(command.files.split())
    for copy in left:
        for path, content in visible(copy).items():
            assert content in (old.get(path), new.get(path)), (copy.name, path)
        assert visible(copy).keys() >= old.keys(), copy.name
    assert not list(out.rglob(".*")), "it has tidied up"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_finds_the_disk_full_leaves_what_was_there(
    out: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    old = before(out, COMMANDS[name])
    with small_disk(16):
        assert COMMANDS[name].call() == 2
    assert visible(out) == old
    assert not list(out.rglob(".*"))
    shown = capsys.readouterr().err
    assert "File too large" in " ".join(shown.split())
    assert "Traceback" not in shown


def before(out: Path, command: Command) -> dict[str, bytes]:
    """Files that an earlier run has left."""
    for path in command.files.split():
        (out / path).parent.mkdir(exist_ok=True)
        (out / path).write_bytes(OLD)
    return visible(out)


def place(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        given = ["workload=adapters", "workload.path=adapters.csv", "estimator.window.duration=60"]
        always = ["strategy=first_fit", "verify=none", "show=nothing"]
        patch.setattr(sys, "argv", ["placer", *given, *always, *arguments])
        return run()


def test_a_run_that_is_killed_leaves_the_earlier_one_or_is_whole(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    assert place("output_dir=runs/a", "seed=0", "plot=svg") == 0
    (runs / "a" / "mine.txt").write_text("of the user")
    old = visible(runs)
    with monkeypatch.context() as patch:
        left = kill_at_every_write(patch, runs, tmp_path / "left")
        assert place("output_dir=runs/a", "seed=1", "report=none", "max_gpus=9") == 0
    new = visible(runs)
    assert new != old
    assert old["a/mine.txt"] == new["a/mine.txt"]
    assert [visible(copy) in (old, new) for copy in left] == [True] * len(left)
    assert visible(left[-1]) == new != visible(left[0])
    with small_disk(16):
        assert place("output_dir=runs/a", "seed=2") == 2
    assert visible(runs) == new
    assert not list(runs.rglob(".*"))


def test_a_sweep_that_is_killed_has_its_run_and_no_other(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tmp_path / "many"
    given = ("--multirun", "seed=0", "output_dir=many", "hydra/launcher=basic", "report=none")
    assert place(*given) == 0
    old = visible(many)
    with monkeypatch.context() as patch:
        left = kill_at_every_write(patch, many, tmp_path / "left")
        assert place(*given, "hydra.sweeper.resume=false") == 0
    new = visible(many)
    for copy in left:
        assert {row["run"] for row in read_runs(copy)} == {"0"}, copy.name
        assert len(read_records(copy)) == 1
        for path, content in visible(copy).items():
            assert content in (old.get(path), new.get(path)) or path.endswith("failure.json")
    with small_disk(16):
        assert place(*given, "hydra.sweeper.resume=false") == 2
    assert visible(many).items() >= {k: v for k, v in new.items() if "comparison" in k}.items()


ROW: Row = {"starved": 0, "max_loras": 4, "max_lora_rank": 16}


def test_a_measuring_that_is_killed_has_all_rows_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables grow row by row; the same command goes on from them."""
    folder = tmp_path / "out"
    tables = Tables(folder)
    tables.add("serving_runs.csv", ROW | {"run_id": "0"})
    with monkeypatch.context() as patch:
        left = kill_at_every_write(patch, folder, tmp_path / "left")
        tables.add("serving_runs.csv", ROW | {"run_id": "1", "note": "new"})
        tables.add_requests("requests_1.csv.gz", [], 0.0)
    numbers = [len(Tables(copy).rows("serving_runs.csv")) for copy in left]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2}
    with small_disk(16), pytest.raises(OSError, match="too large"):
        tables.add("serving_runs.csv", ROW | {"run_id": "2"})
    assert len(tables.rows("serving_runs.csv")) == 2
