"""The command line, run in this process."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from placer.console import job
from placer.console.place import main
from placer.gpu.evaluator import Evaluator
from placer.problem.placement import Placement
from twin.files.errors import EngineVersionWarning

SMALL = ["workload.num_adapters=6", "estimator.window.duration=60", "time_limit=10"]


class Outcome(NamedTuple):
    """What a call left behind."""

    status: int
    out: str
    err: str


Placer = Callable[..., Outcome]


@pytest.fixture
def placer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Placer:
    """Call of the console script in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["placer", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), shown.out, shown.err)

    return call


def test_a_run_writes_its_files_and_shows_a_table(placer: Placer, tmp_path: Path) -> None:
    outcome = placer(*SMALL)
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    (folder,) = tmp_path.glob("outputs/*/*")
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert written == {
        "placement.json",
        "summary.json",
        "result.json",
        "routing.json",
        "routing.csv",
        "config.yaml",
        "engines/gpu-00.sh",
    }
    placement = Placement.from_json((folder / "placement.json").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    assert len(placement.gpus) == summary["num_gpus"] == 1
    assert summary["verified"] is True
    assert summary["overrides"] == SMALL
    assert "gpu-00" in outcome.out
    assert "1 GPU for 6 adapters" in outcome.out
    assert "passed verification by the twin (3 x 1200 s)" in outcome.out
    assert str(folder) in outcome.out


def test_same_seed_same_placement(placer: Placer, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert placer(*SMALL, f"output_dir={name}", "seed=3").status == 0
    one, two = ((tmp_path / name / "placement.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_folder_can_be_given_in_hydras_way_too(placer: Placer, tmp_path: Path) -> None:
    assert placer(*SMALL, "hydra.run.dir=here").status == 0
    assert (tmp_path / "here" / "summary.json").is_file()


def test_replanning_keeps_what_runs_and_writes_the_steps(placer: Placer, tmp_path: Path) -> None:
    rows = [f"a{i},8,{2 + i % 3}\n" for i in range(8)]
    (tmp_path / "old.csv").write_text(ADAPTERS + "".join(rows))
    (tmp_path / "new.csv").write_text(ADAPTERS + "".join([*rows[1:], "b,8,1\n"]))
    small = ["workload=adapters", "estimator.window.duration=60", "strategy=first_fit"]
    assert placer(*small, "workload.path=old.csv", "output_dir=old").status == 0
    replan = ["workload.path=new.csv", "previous=old/placement.json", "output_dir=new"]
    outcome = placer(*small, *replan)
    assert outcome.status == 0, outcome.err
    assert "0 adapters moved, 0 engines started, 0 stopped, at most" in outcome.out
    migration = json.loads((tmp_path / "new" / "migration.json").read_text())
    gpus = Placement.read(tmp_path / "new" / "placement.json").gpus
    (gpu,) = [gpu.name for gpu in gpus if "b" in dict(gpu.shares)]
    assert [(s["action"], s["adapter"]) for s in migration["steps"]] == [
        *(("route", "a0"), ("unload", "a0"), ("load", "b"), ("route", "b")),
    ]
    assert migration["steps"][2]["gpu"] == gpu
    summary = json.loads((tmp_path / "new" / "summary.json").read_text())
    assert summary["value"] == [len(gpus), 0]
    weighed = placer(*small, replan[0], "previous=old", "output_dir=again", "move_cost=0.1")
    assert weighed.status == 0, weighed.err
    assert (tmp_path / "again" / "migration.json").is_file()
    assert f"previous: {tmp_path / 'old'}\n" in (tmp_path / "again" / "config.yaml").read_text()


ADAPTERS = "name,rank,rate_req_s\n"
WRONG_FILES = {
    "empty": ("", ["empty"]),
    "header": (ADAPTERS, ["no adapter"]),
    "column": ("name,rank,rate_req_s,color\na,8,1,red\n", ["row 1", "color", "accepted"]),
    "lacking": ("name,rate_req_s\na,1\n", ["row 1", "rank"]),
    "zero": (ADAPTERS + "a,8,0\n", ["row 2", "rate_req_s", "0"]),
    "negative": (ADAPTERS + "a,8,1\nb,8,-2\n", ["row 3", "rate_req_s", "-2"]),
    "nan": (ADAPTERS + "a,8,nan\n", ["row 2", "rate_req_s", "nan"]),
    "twice": (ADAPTERS + "a,8,1\na,8,1\n", ["row 3", "'a'", "twice"]),
    "rank": (ADAPTERS + "a,600,1\n", ["row 2", "rank", "600", "512"]),
    "half": (ADAPTERS + "a,8.5,1\n", ["row 2", "rank", "8.5"]),
}
TRACE = "timestamp,prompt_tokens,output_tokens\n"
WRONG_TRACES = {
    "unsorted": (TRACE + "0,1,1\n5,1,1\n3,1,1\n", ["row 4", "3"]),
    "noon": (TRACE + "0,1,1\nnoon,1,1\n", ["row 3", "timestamp", "noon"]),
    "columns": ("when,in,out\n0,1,1\n", ["timestamp", "when"]),
    "long": (TRACE + "0,1,1\n1,many,1\n", ["row 3", "prompt_tokens", "many"]),
}
WRONG = {
    "unknown option": (["strategy=magic"], ["strategy=magic", "accepted: ", "greedy", "milp"]),
    "number as option": (["strategy=3"], ["strategy=3", "accepted: ", "greedy"]),
    "null as option": (["workload=null"], ["workload=null", "accepted: ", "trace"]),
    "null in a sweep": (["--multirun", "strategy=greedy,null"], ["strategy=greedy,null"]),
    "no option left": (["~objective"], ["objective", "not given"]),
    "negative seed": (["workload.num_adapters=2", "seed=-1"], ["seed", "-1"]),
    "negative seeds": (["estimator.seeds=[-1]"], ["estimator.seeds", "-1"]),
    "no writable folder": (["output_dir=/dev/null/x"], ["/dev/null"]),
    "unknown key": (["max_gpu=3"], ["max_gpu", "did you mean max_gpus?"]),
    "unknown parameter": (["strategy.magic=3"], ["strategy.magic", "--cfg job"]),
    "wrong type": (["max_gpus=abc"], ["max_gpus=abc", "Integer"]),
    "wrong choice": (["verify=maybe"], ["verify=maybe", "twin", "none"]),
    "no number": (
        ["estimator.window.duration=long"],
        ["estimator.window.duration", "'long'", "a number"],
    ),
    "no GPUs": (["max_gpus=0"], ["max_gpus", "0"]),
    "negative limit": (["time_limit=-1"], ["time_limit", "-1"]),
    "threshold": (["starvation_threshold=1.5"], ["starvation_threshold", "1.5"]),
    "not a number": (["starvation_threshold=nan"], ["starvation_threshold", "nan"]),
    "probability": (["max_starvation_probability=2"], ["max_starvation_probability", "2"]),
    "syntax": (["max_gpus=["], ["max_gpus=[", "KEY=VALUE"]),
    "missing value": (
        ["workload=adapters"],
        ["workload.path", "not given", "workload.path=VALUE"],
    ),
    "missing file": (["workload=adapters", "workload.path=no.csv"], ["no.csv"]),
    "unknown flag": (["--magic"], ["--magic", "placer --help"]),
    "two modes": (["--multirun", "--cfg", "job"], ["--multirun", "give one"]),
    "flag alone": (["--resolve"], ["--resolve", "--cfg job"]),
    "no folder": (["--config-dir", "nowhere"], ["nowhere", "not found"]),
    "schema version": (["profile.schema_version=99"], ["profile.schema_version", "99"]),
    "unknown profile": (["fleet=[{profile:a100}]"], ["a100", "h100_64gb_llama31_8b"]),
    "missing profile": (["fleet=[{count:2}]"], ["fleet[0]", "it needs a profile"]),
    "empty fleet": (["fleet=[]"], ["fleet"]),
    "no previous file": (["previous=no.json"], ["no.json", "there is no such file"]),
    "moves of nothing": (["max_moves=3"], ["max_moves", "give previous=FILE"]),
    "cost without moves": (["move_cost=1"], ["move_cost", "give previous=FILE"]),
    "no class": (["strategy._target_=nowhere.Magic"], ["strategy._target_", "nowhere.Magic"]),
    "large rank": (
        ["workload=adapters", "workload.path=rank64.csv"],
        ["adapter a", "rank 64", "h100_64gb_llama31_8b", "largest (32)"],
    ),
}


for option, wrong_files in (("adapters", WRONG_FILES), ("trace", WRONG_TRACES)):
    for file, (_, told) in wrong_files.items():
        call = [f"workload={option}", f"workload.path={file}.csv"]
        WRONG[f"{option}: {file}"] = (call, [f"{file}.csv", *told])


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_leaves_nothing(
    placer: Placer, tmp_path: Path, case: str
) -> None:
    for name, (text, _) in (WRONG_FILES | WRONG_TRACES).items():
        (tmp_path / f"{name}.csv").write_text(text)
    (tmp_path / "rank64.csv").write_text(ADAPTERS + "a,64,1\n")
    before = sorted(tmp_path.rglob("*"))
    arguments, words = WRONG[case]
    outcome = placer(*arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.startswith("placer: error: ")
    assert outcome.err.count("\n") == 1
    for word in words:
        assert word in outcome.err
    assert sorted(tmp_path.rglob("*")) == before


def test_wrong_input_leaves_a_folder_of_the_user_alone(placer: Placer, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert placer("max_gpus=0", "output_dir=mine/a/b").status == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]
    assert list((tmp_path / "mine").iterdir()) == []


def test_infeasible_is_a_status_with_a_reason(placer: Placer, tmp_path: Path) -> None:
    rows = "".join(f"a{i},8,40\n" for i in range(3))
    (tmp_path / "hot.csv").write_text(ADAPTERS + rows)
    outcome = placer(
        "workload=adapters",
        "workload.path=hot.csv",
        "max_gpus=1",
        "estimator.window.duration=60",
        "output_dir=out",
    )
    assert outcome.status == 1, outcome.err
    assert "status infeasible: " in outcome.out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["status"] == "infeasible"
    assert summary["reason"]


def test_multirun_ends_with_one_comparison(placer: Placer, tmp_path: Path) -> None:
    choices = ["strategy=greedy,first_fit,milp", "objective=gpu_count,latency"]
    outcome = placer("--multirun", *SMALL, *choices, "output_dir=sweep")
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    rows = json.loads((tmp_path / "sweep" / "comparison.json").read_text())
    assert len(rows) == 6
    assert {(row["strategy"], row["objective"]) for row in rows} == {
        (s, o) for s in ("greedy", "first_fit", "milp") for o in ("gpu_count", "latency")
    }
    table = outcome.out.partition("Comparison of the runs")[2]
    assert table.count("latency") == 3


def test_wrong_run_of_a_multirun_does_not_stop_the_others(placer: Placer, tmp_path: Path) -> None:
    outcome = placer("--multirun", *SMALL, "max_gpus=0,1", "output_dir=sweep")
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert sorted(path.name for path in (tmp_path / "sweep").iterdir()) == [
        "1",
        "comparison.csv",
        "comparison.json",
        "multirun.yaml",
    ]


def test_multirun_without_any_result_leaves_nothing(placer: Placer, tmp_path: Path) -> None:
    outcome = placer("--multirun", "max_gpus=0,-1")
    assert outcome.status == 2
    assert list(tmp_path.iterdir()) == []


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


def interrupting(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C when the search asks the estimator for the first time."""
    original = Evaluator.estimate
    pressed = []

    def estimate(self: object, *question: object) -> object:
        if not pressed:
            pressed.append(1)
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        return original(self, *question)  # type: ignore[arg-type]

    monkeypatch.setattr(Evaluator, "estimate", estimate)


def test_first_interrupt_keeps_what_there_is(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupting(1, monkeypatch)
    outcome = placer(*SMALL, "time_limit=null", "output_dir=out")
    assert "the best placement so far is kept" in outcome.err
    assert outcome.status in (0, 3)  # whether everything had a place by then
    assert (tmp_path / "out" / "summary.json").is_file()


def test_an_early_interrupt_keeps_an_earlier_result(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert placer(*SMALL, "output_dir=out").status == 0
    before = json.loads((tmp_path / "out" / "summary.json").read_text())
    interrupting(1, monkeypatch)
    outcome = placer(*SMALL, "output_dir=out")
    after = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (after["verified"], after["value"]) == (True, before["value"])
    aside = (tmp_path / "out.interrupted" / "summary.json").is_file()
    assert aside == ("out keeps its earlier result" in outcome.err)


def test_a_plug_in_that_fails_is_named(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "faulty_plug_in.py").write_text(
        "class Mine:\n    def __init__(self, **_):\n        pass\n\n"
        "    def place(self, *args, **kwargs):\n        raise ValueError('no idea')\n"
    )
    outcome = placer(*SMALL, "strategy._target_=faulty_plug_in.Mine", "output_dir=out")
    assert outcome.status == 70
    last = outcome.err.splitlines()[-1]
    assert "the strategy faulty_plug_in.Mine failed: ValueError: no idea" in last
    assert not (tmp_path / "out").exists()


def test_second_interrupt_gives_up(
    placer: Placer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupting(2, monkeypatch)
    outcome = placer("--multirun", *SMALL, "seed=1,2")
    assert outcome.status == 130
    assert "nothing was written" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_warnings_are_one_line_and_told_once(
    placer: Placer, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = job.build_problem

    def warning(cfg: object) -> object:
        for _ in range(2):
            warnings.warn("measured with\nanother", EngineVersionWarning, stacklevel=1)
        return original(cfg)  # type: ignore[arg-type]

    monkeypatch.setattr(job, "build_problem", warning)
    outcome = placer(*SMALL)
    assert outcome.status == 0
    assert outcome.err == "placer: warning: measured with another\n"


def test_options_of_the_users_own(placer: Placer, tmp_path: Path) -> None:
    folder = tmp_path / "my_conf" / "strategy"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("# my own\n_target_: placer.strategies.first_fit.FirstFit\n")
    outcome = placer(*SMALL, "--config-dir", "my_conf", "strategy=mine")
    assert outcome.status == 0, outcome.err


def test_version_is_ours(placer: Placer) -> None:
    outcome = placer("--version")
    assert outcome.status == 0
    assert re.fullmatch(r"placer \d+\.\d+\.\d+\S*\n", outcome.out)


def test_a_file_alone_is_a_workload_and_json_is_all_that_is_shown(
    placer: Placer, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(ADAPTERS + "a,8,1\n")
    fast = ["strategy=first_fit", "verify=none", "estimator.window.duration=60"]
    outcome = placer("a.csv", *fast, "output_dir=out", "--json")
    assert outcome.status == 0, outcome.err
    summary = json.loads(outcome.out)
    assert (summary["num_gpus"], summary["path"]) == (1, str(tmp_path / "out"))
    quiet = placer("workload.path=a.csv", *fast, "output_dir=out", "--quiet")
    assert (quiet.status, quiet.out) == (0, "")


def test_help_names_options_of_the_users_own(placer: Placer, tmp_path: Path) -> None:
    folder = tmp_path / "my_conf" / "strategy"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("# my own strategy\n_target_: a.B\n")
    assert "my own strategy" in placer("--help", "--config-dir", "my_conf").out
