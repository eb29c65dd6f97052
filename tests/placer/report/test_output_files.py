"""Files of a run."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.deploy import Change, Deployment, Nothing
from placer.objectives import GpuCount
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.report.output_files import deployment_files, write_outputs
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem
from tests.placer.example_result import problem, result
from twin.files.errors import InputError


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


def test_a_result_that_does_not_serve_has_no_scripts(tmp_path: Path) -> None:
    write_outputs(tmp_path, problem(), result())
    write_outputs(tmp_path, problem(), replace(result(), status=SolveStatus.INFEASIBLE))
    assert not list(tmp_path.glob("engines/*"))
    assert Placement.read(tmp_path / "placement.json") == result().placement


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


def test_what_another_target_wrote_is_removed(tmp_path: Path) -> None:
    write_outputs(tmp_path, problem(), result())
    assert (tmp_path / "engines" / "gpu-00.sh").is_file()
    summary = write_outputs(tmp_path, problem(), result(), target=Stated({"deploy/a.yaml": ""}))
    assert summary["deployment"] == ["deploy/a.yaml"]
    assert (tmp_path / "deploy" / "a.yaml").is_file()
    assert not list(tmp_path.glob("engines/*"))
    assert write_outputs(tmp_path, problem(), result(), target=Nothing())["deployment"] == []
    assert not (tmp_path / "deploy" / "a.yaml").exists()


def test_a_target_writes_only_where_it_may(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it writes 'placement\.json'"):
        write_outputs(tmp_path / "a", problem(), result(), target=Stated({"placement.json": ""}))
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("listed", [["../kept"], ["/kept"], "kept", None, [3]])
def test_a_summary_of_others_removes_nothing_elsewhere(tmp_path: Path, listed: object) -> None:
    kept, folder = tmp_path / "kept", tmp_path / "run"
    kept.write_text("mine")
    write_outputs(folder, problem(), result())
    (folder / "summary.json").write_text(json.dumps({"deployment": listed}))
    write_outputs(folder, problem(), result())
    assert kept.is_file()


def test_what_is_not_verified_is_marked() -> None:
    files = deployment_files(problem(), replace(result(), verification=None))
    assert all("NOT verified" in text.splitlines()[1] for text in files.values())
    assert not any(
        "NOT verified" in text for text in deployment_files(problem(), result()).values()
    )


@dataclass(frozen=True)
class Stated:
    """A target that writes what it is given."""

    written: dict[str, str]

    def files(self, deployment: Deployment) -> dict[str, str]:
        return self.written

    def migration_files(self, deployment: Deployment, change: Change) -> dict[str, str]:
        return {}
