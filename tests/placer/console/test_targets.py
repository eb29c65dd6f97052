"""What a configuration may name: nothing is imported, or called, that does not belong there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from estimators.window import Window
from placer.console import targets
from placer.console.targets import find_target, parameter_hints, trusted_modules
from placer.objectives.objective import Objective
from placer.strategies.base import Strategy
from placer.strategies.greedy import Greedy
from twin.files.errors import InputError
from twin.workload.workload import Workload

OWN = trusted_modules()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("placer.strategies.greedy.Greedy", Strategy),
        ("placer.Greedy", Strategy),
        ("placer.objectives.cost.Cost", Objective),
        ("placer.objectives.cost.Cost", Sequence[Objective]),
        ("estimators.window.Window", Window),
        ("estimators.window.Window", Window | None),
        ("twin.sources.adapter_file.read_adapters", Workload),
        ("twin.workload.workload.Workload.of", Workload),
    ],
)
def test_what_belongs_there_is_found(name: str, hint: Any) -> None:
    assert callable(find_target(name, "key", hint, OWN))


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "subprocess.check_output",
        "builtins.eval",
        "numpy.save",
        "placer",
        "placerx.Greedy",
        "placer.strategies.__main__.Greedy",
        "placer.benchmark.__main__.main",
        "placer.Greedy.__init__.__globals__",
        "",
        "..os",
    ],
)
def test_what_is_of_no_trusted_module_is_not_imported(name: str) -> None:
    with pytest.raises(InputError, match="is not of this product or of an installed plug-in"):
        find_target(name, "objective", Objective, OWN)


@pytest.mark.parametrize("hint", [Strategy, Objective, Workload, Window])
@pytest.mark.parametrize(
    "name",
    [
        "twin.files.atomic_write.write_text",
        "twin.files.atomic_write.check_target",
        "placer.console.place.main",
        "placer.gpu.budget.Budget",
        "twin.files.errors",
    ],
)
def test_what_makes_something_else_is_not_called(name: str, hint: Any) -> None:
    with pytest.raises(InputError, match=r"(makes no|is of another module)"):
        find_target(name, "key", hint, OWN)


@pytest.mark.parametrize(
    "name", ["twin.files.atomic_write.os.system", "placer.console.build.instantiate"]
)
def test_modules_of_others_are_not_reached_through_the_products_own(name: str) -> None:
    with pytest.raises(InputError, match="is of another module than it says"):
        find_target(name, "key", Objective, OWN)


def test_a_module_of_ones_own_is_imported_where_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_strategies.py").write_text(
        "import pathlib\n"
        "from placer.strategies.greedy import Greedy\n"
        f"pathlib.Path({str(tmp_path / 'imported')!r}).touch()\n"
        "class Mine(Greedy): pass\n"
        "def make(flag: 'Unknown'): return Greedy()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_strategies", raising=False)
    with pytest.raises(InputError, match="if you trust it: --trust own_strategies"):
        find_target("own_strategies.Mine", "strategy", Strategy, OWN)
    assert not (tmp_path / "imported").exists()
    assert issubclass(
        find_target("own_strategies.Mine", "key", Strategy, (*OWN, "own_strategies")), Greedy
    )
    assert issubclass(find_target("own_strategies.Mine", "key", Strategy), Greedy)
    with pytest.raises(InputError, match="annotation says it returns Strategy"):
        find_target("own_strategies.make", "key", Strategy)
    assert parameter_hints(find_target("own_strategies.make", "key", Any)) == {}


def test_plug_ins_say_so_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("mine", "my_plugin.strategies", targets.ENTRY_POINTS)
    monkeypatch.setattr(targets, "entry_points", lambda group: [entry])
    assert trusted_modules(["further"]) == (*OWN[:3], "my_plugin.strategies", "further")


def test_what_is_no_name() -> None:
    with pytest.raises(InputError, match=r"key\._target_: \['a'\] is not a name"):
        find_target(["a"], "key", Strategy)
