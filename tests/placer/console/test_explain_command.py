"""python -m placer.explain, on the folder of a real run."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from placer.console import explain_command as cli
from placer.console.explain_command import main
from placer.console.place import run
from placer.console.run_folder import read_run
from twin.files.errors import InputError

ROWS = "name,rank,rate_req_s\n" + "".join(f"a{i},{8 + 8 * (i % 2)},4\n" for i in range(8))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a run on two GPUs, made from another folder."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "adapters.csv").write_text(ROWS)
    arguments = [
        "workload=adapters",
        "workload.path=adapters.csv",
        "estimator.window.duration=60",
        "strategy=first_fit",
        "time_limit=20",
        "output_dir=out",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["placer", *arguments])
        assert run() == 0
    return folder / "out"


def test_a_run_is_read_back_from_its_folder(finished: Path) -> None:
    read = read_run(finished)
    assert [a.name for a in read.problem.workload.adapters] == [f"a{i}" for i in range(8)]
    again = read.solve(read.problem)
    assert again.placement == read.result.placement
    assert again.value == read.result.value
    assert again.gpus == read.result.gpus


def test_tables_and_document(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    options = ["--rate-factor", "0.5", "--rate-factor", "2", "--gpus", "-1"]
    number = len(read_run(finished).result.placement.gpus)
    if number == 1:
        options = options[:-2]
    assert main([str(finished), *options, "--time-limit", "10", "--json", str(out)]) == 0
    shown = capsys.readouterr().out
    for text in ("binds", "all rates may grow by", "What if", "rates × 0.5", "rates × 2"):
        assert text in shown
    document = json.loads(out.read_text())
    assert document["schema_version"] == 1
    assert document["fleet"]["num_gpus"] == len(document["gpus"]) == number
    assert document["fleet"]["headroom"] == min(gpu["headroom"] for gpu in document["gpus"])
    half, double = document["what_if"][:2]
    assert half["failing"] == []
    assert half["feasible"] is half["verified"] is True
    assert half["num_gpus"] <= number < double["num_gpus"]


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def write(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(text)

    return change


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return change


BROKEN = {
    "no result": (remove("result.json"), "result.json"),
    "no json": (write("result.json", "{"), "result.json: is not JSON"),
    "no configuration": (remove("config.yaml"), "config.yaml"),
    "another configuration": (write("config.yaml", "color: red\n"), "is no configuration"),
    "no yaml": (write("config.yaml", "a: [\n"), "is no configuration"),
    "another placement": (
        write("placement.json", '{"schema_version": 1, "gpus": [], "unplaced": []}'),
        "placement.json is not",
    ),
    "adapters gone": (edit("config.yaml", "adapters.csv", "gone.csv"), "gone.csv"),
    "another fleet": (edit("config.yaml", "name: h100_64gb_llama31_8b", "name: x"), "profile"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_folders_that_are_not_of_a_run_are_one_line(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    spoil, words = BROKEN[case]
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    spoil(folder)
    assert main([str(folder), "--json", str(tmp_path / "out.json")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err.replace("\n", " ")
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ROWS + "new,8,1\n", "adapter new is new"),
        (ROWS.replace("a3,16,4\n", ""), "adapter a3 of gpu-0"),
        (ROWS.replace("a3,16,4\n", "a3,16,5\n"), "tokens/s arrive where it was"),
    ],
)
def test_a_workload_that_has_changed_is_noticed(
    finished: Path, tmp_path: Path, rows: str, words: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    (tmp_path / "adapters.csv").write_text(rows)
    edit("config.yaml", str(finished.parent), str(tmp_path))(folder)
    with pytest.raises(InputError, match=f"the workload has changed since: .*{words}"):
        read_run(folder)


def test_wrong_changes_are_one_line(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(finished), "--rate-factor", "0"]) == 2
    assert "rate factor" in capsys.readouterr().err
    assert main([str(finished), "--max-lora-rank", "512"]) == 2
    assert "fits on no GPU" in " ".join(capsys.readouterr().err.split())
    assert main([str(finished / "nowhere")]) == 2
    assert "there is no such folder" in " ".join(capsys.readouterr().err.split())


def test_an_interrupt_writes_nothing(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "explain_placement", interrupted)
    assert main([str(finished), "--json", str(tmp_path / "out.json")]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
