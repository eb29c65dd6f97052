"""Files of a run."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.report.output_files import engine_scripts, write_outputs
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem
from tests.placer.example_result import problem, result
from twin.files.errors import InputError
from twin.workload.workload import Workload


def test_all_files_are_written_and_read_back(tmp_path: Path) -> None:
    summary = write_outputs(
        tmp_path / "out",
        problem(),
        result(),
        config="seed: 0\n",
        overrides=["seed=0"],
        names={"strategy": "greedy", "objective": "gpu_count"},
    )
    out = tmp_path / "out"
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == [
        "config.yaml",
        "engines/gpu-00.sh",
        "engines/gpu-01.sh",
        "placement.json",
        "result.json",
        "routing.csv",
        "routing.json",
        "summary.json",
    ]
    assert Placement.read(out / "placement.json") == result().placement
    read = Result.from_dict(json.loads((out / "result.json").read_text()))
    assert repr(read) == repr(result())
    assert json.loads((out / "summary.json").read_text()) == json.loads(json.dumps(summary))
    assert summary["strategy"] == "greedy"
    assert summary["objective"] == "gpu_count"
    assert summary["overrides"] == ["seed=0"]
    assert (out / "config.yaml").read_text() == "seed: 0\n"
    assert os.access(out / "engines" / "gpu-00.sh", os.X_OK)


def test_engines_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    write_outputs(tmp_path, problem(), result())
    (tmp_path / "engines" / "notes.txt").write_text("mine")
    nothing = replace(
        result(), placement=Placement((), ("adapter-000",)), gpus=(), verification=None
    )
    write_outputs(tmp_path, problem(), nothing)
    assert [path.name for path in (tmp_path / "engines").iterdir()] == ["notes.txt"]
    assert not (tmp_path / "config.yaml").exists()


def test_the_way_from_a_previous_placement_is_written_and_removed(tmp_path: Path) -> None:
    after = result()
    before = Placement((replace(after.placement.gpus[0], shares=(("adapter-000", 1.0),)),))
    replanned = replace(problem(), previous=before)
    summary = write_outputs(tmp_path, replanned, after)
    assert summary["migration"] == {
        "num_moves": 0,
        "num_started": 1,
        "num_stopped": 0,
        "peak_gpus": 2,
        "restarted": [],
        "interrupted": [],
    }
    written = json.loads((tmp_path / "migration.json").read_text())
    assert written["kept"] == ["gpu-00"]
    assert os.access(tmp_path / "migrate.sh", os.X_OK)
    assert write_outputs(tmp_path, problem(), after)["migration"] is None
    assert not (tmp_path / "migration.json").exists()
    assert not (tmp_path / "migrate.sh").exists()


def test_there_is_no_way_to_a_placement_that_does_not_serve(tmp_path: Path) -> None:
    failed = replace(result(), status=SolveStatus.INFEASIBLE)
    replanned = replace(problem(), previous=result().placement)
    assert write_outputs(tmp_path, replanned, failed)["migration"] is None
    assert not (tmp_path / "migration.json").exists()


def test_scripts_name_the_model_as_hugging_face_does(tmp_path: Path) -> None:
    stated = problem()
    profile = replace(stated.fleet[0].profile, model_id="org/Model-8B")
    named = replace(stated, fleet=(replace(stated.fleet[0], profile=profile),))
    scripts = engine_scripts(named, result().placement)
    assert "BASE_MODEL:-org/Model-8B}" in scripts["engines/gpu-00.sh"]


def test_a_name_that_vllm_cannot_take_is_refused() -> None:
    first = result().placement.gpus[0]
    plan = GpuPlan(first.profile_name, first.config, (("a=b", 1.0),))
    with pytest.raises(InputError, match="adapter name: 'a=b'"):
        engine_scripts(problem(), Placement((plan,)))
    with pytest.raises(InputError, match="adapter name: 'a=b'"):
        replace(problem().workload.adapters[0], name="a=b")


def test_a_result_that_does_not_serve_has_no_scripts(tmp_path: Path) -> None:
    write_outputs(tmp_path, problem(), result())
    write_outputs(tmp_path, problem(), replace(result(), status=SolveStatus.INFEASIBLE))
    assert not list(tmp_path.glob("engines/*"))
    assert Placement.read(tmp_path / "placement.json") == result().placement


def test_scripts_say_where_adapters_are_and_how_much_memory_is_used() -> None:
    stated = problem()
    first, *others = stated.workload.adapters
    placed = replace(stated, workload=Workload((replace(first, path="/srv/lora"), *others)))
    scripts = engine_scripts(placed, result().placement)
    assert f"{first.name}=/srv/lora" in scripts["engines/gpu-00.sh"]
    utilization = stated.fleet[0].profile.kv_capacity_model.utilization
    assert f"--gpu-memory-utilization {utilization}" in scripts["engines/gpu-00.sh"]


def test_scripts_serve_the_adapters_of_their_gpu() -> None:
    scripts = engine_scripts(problem(), result().placement)
    assert list(scripts) == ["engines/gpu-00.sh", "engines/gpu-01.sh"]
    first = scripts["engines/gpu-00.sh"]
    assert "# gpu-00: example-gpu, 2 adapters" in first
    assert "BASE_MODEL:-example-8b" in first
    assert "--max-lora-rank 32" in first
    assert "--max-model-len 4096" in first
    assert "adapter-001=" in first
    assert "adapter-002" not in first


def mixed_placement() -> tuple[Problem, Result]:
    """A GPU with adapters and half of the base model's requests, and one with the other half."""
    mixed = example_problem(3, base_rate=4.0)
    return mixed, solve(mixed, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)


def test_what_is_written_of_requests_for_the_base_model(tmp_path: Path) -> None:
    mixed, found = mixed_placement()
    summary = write_outputs(tmp_path, mixed, found)
    assert (summary["num_adapters"], summary["base_rate"]) == (3, 4.0)
    assert summary["gpus"][0]["base_rate"] == 4.0
    routing = json.loads((tmp_path / "routing.json").read_text())
    assert routing["base_models"] == {"example-8b": {"gpu-00": 1.0}}
    assert Placement.read(tmp_path / "placement.json").base == ("base",)
    script = (tmp_path / "engines" / "gpu-00.sh").read_text()
    assert "3 adapters and the base model" in script
    assert "--served-model-name example-8b" in script
    assert "base=" not in script


def test_where_base_traffic_is_all_there_is(tmp_path: Path) -> None:
    alone = example_problem(0, base_rate=4.0)
    found = solve(alone, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)
    summary = write_outputs(tmp_path, alone, found)
    assert (summary["num_adapters"], summary["num_gpus"]) == (0, 1)
    script = (tmp_path / "engines" / "gpu-00.sh").read_text()
    assert "example-gpu, the base model" in script
    assert "lora" not in script.partition("exec vllm")[2]
