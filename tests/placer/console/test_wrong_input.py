"""Wrong input is answered with one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.placer.console.placer_call import ADAPTERS, Placer

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
        ["workload=adapters", "workload.path=rank513.csv"],
        ["rank", "513", "not accepted by vLLM", "0 to 512"],
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
    (tmp_path / "rank513.csv").write_text(ADAPTERS + "a,513,1\n")
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
