"""The wheel: what is in it, and the console script run from an unrelated directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy as np
import pulp
import pytest
from lightgbm import LGBMRegressor
from ortools.sat.python import cp_model
from pulp.apis.coin_api import pulp_cbc_path
from sklearn.tree import DecisionTreeRegressor

from tests.plain_environment import hide_the_rest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"conf", "estimators", "hydra_plugins", "placer", "twin"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    builder = "import sys, hatchling.build as h; print(h.build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", builder, folder]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the programs of an environment that holds the wheel.

    The dependencies come from the environment of the tests through a path file, so that nothing
    is downloaded; what only development needs is hidden, and the checkout is not on the path.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    programs = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    into = [f"--python={programs / 'python'}", "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, *into, str(wheel)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    borrowed = [path for path in map(Path, sys.path) if path.name == "site-packages"]
    (site / "dependencies.pth").write_text("\n".join(map(str, borrowed)) + "\n")
    hide_the_rest(site)
    take_what_is_compiled(site)
    return programs


def take_what_is_compiled(site: Path) -> None:
    """Have an installation use what Numba has compiled of the checkout, which takes a minute.

    Numba takes files of compiled code for those of a module whose text was written at the same
    time.
    """
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            written = source.stat()
            times = written.st_atime_ns, written.st_mtime_ns
            os.utime(site / source.relative_to(ROOT), ns=times)
        for compiled in (ROOT / package).rglob("__pycache__/*.nb?"):
            folder = site / compiled.parent.relative_to(ROOT)
            folder.mkdir(exist_ok=True)
            shutil.copy(compiled, folder)


def run(
    program: Path, *arguments: str, cwd: Path, status: int = 0
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr
    return done


def test_wheel_holds_the_four_packages_and_every_configuration(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    (info,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
    assert {name.partition("/")[0] for name in names} == PACKAGES | {info}
    models = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("estimators/model/models/*")}
    assert models
    assert models <= set(names)
    configurations = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("conf/**/*.yaml")}
    assert configurations <= set(names)
    assert not [name for name in names if "test" in Path(name).stem and name.startswith("tests")]
    assert {f"{name}/py.typed" for name in PACKAGES - {"conf", "hydra_plugins"}} <= set(names)
    stubs = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.pyi")
    }
    assert {"twin/__init__.pyi", "placer/testing/__init__.pyi"} <= stubs
    assert stubs <= set(names)
    templates = {
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("placer/report/page/templates/*")
    }
    assert len(templates) >= 4
    assert templates <= set(names)
    instances = {
        f"placer/benchmark/{path.relative_to(ROOT / 'tests/benchmarks').as_posix()}"
        for path in ROOT.glob("tests/benchmarks/instances/*/*.yaml")
    }
    assert len(instances) > 60
    assert instances <= set(names)
    assert f"{info}/licenses/LICENSE" in names


def test_console_script_runs_in_any_directory(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()  # another project's configuration must not get in the way
    shown = run(installed / "placer", "--info", "searchpath", cwd=tmp_path).stdout
    assert "pkg://conf" in shown
    where = run(installed / "python", "-c", "import placer; print(placer.__file__)", cwd=tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(installed.parent)
    run(installed / "placer", "workload.num_adapters=4", "output_dir=out", cwd=tmp_path)
    assert (tmp_path / "out" / "placement.json").is_file()
    assert run(installed / "placer", "--help", cwd=tmp_path).stdout.startswith(
        "placer: place LoRA"
    )
    few = ["--suite", "planted_3x5_rank16", "--strategies", "first_fit", "--max-estimates", "50"]
    run(installed / "python", "-m", "placer.benchmark", *few, "--compare", ".", cwd=tmp_path)
    assert (tmp_path / "comparison.html").is_file()
    wrong = run(installed / "placer", "strategy=nothing", cwd=tmp_path, status=2)
    assert wrong.stderr.count("\n") == 1
    assert "Traceback" not in wrong.stderr


def test_solvers_and_learners_work_in_this_environment() -> None:
    problem = pulp.LpProblem("largest", pulp.LpMaximize)
    x = problem.add_variable("x", 0, 3.5, pulp.LpInteger)
    problem += x
    problem.solve(pulp.COIN_CMD(path=pulp_cbc_path, msg=False))
    assert x.value() == 3
    model = cp_model.CpModel()
    y = model.new_int_var(0, 7, "y")
    model.add(2 * y <= 9)
    model.maximize(y)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    assert solver.value(y) == 4
    features, target = np.arange(40.0).reshape(-1, 1), np.repeat([0.0, 1.0], 20)
    for learner in (
        DecisionTreeRegressor(max_depth=1),
        LGBMRegressor(n_estimators=20, min_child_samples=1, min_data_in_bin=1, verbose=-1),
    ):
        assert learner.fit(features, target).predict(features) == pytest.approx(target, abs=0.2)
