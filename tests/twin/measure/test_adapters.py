"""Adapters of a file, of a server, and random ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.twin.measure.test_random_adapters import CONFIG
from twin.files.errors import InputError
from twin.measure.adapters import adapters_of_file, adapters_of_server, random_adapters
from twin.measure.client import ServedModel
from twin.measure.plan import Engine


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "adapters.csv"
    path.write_text("name,rank,path\nlegal,16,/loras/legal\n")
    (adapter,) = adapters_of_file(path)
    assert (adapter.name, adapter.rank, adapter.path) == ("legal", 16, "/loras/legal")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("", "it has no adapter"),
        ("a,8,x\na,8,y\n", "'a' is there twice"),
        ("a,513,x\n", "row 2, column rank"),
        (",8,x\n", "row 2, column name"),
    ],
)
def test_file_that_is_refused(rows: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "adapters.csv"
    path.write_text("name,rank,path\n" + rows)
    with pytest.raises(InputError, match=told):
        adapters_of_file(path)


def test_ranks_of_a_server_are_where_it_loaded_them(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 32}))
    models = [
        ServedModel("base", "/models/base", False, 2048),
        ServedModel("legal", str(tmp_path), True, 0),
    ]
    (adapter,) = adapters_of_server(models, [])
    assert (adapter.name, adapter.rank, adapter.path) == ("legal", 32, "")
    with pytest.raises(InputError, match="its rank is not known"):
        adapters_of_server([ServedModel("far", "org/far", True, 0)], [])


def test_random_adapters_have_all_ranks_and_names_that_tell_them(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG))
    adapters = random_adapters(Engine(4, 32), tmp_path / "adapters", config)
    assert len(adapters) == 12
    assert {a.rank for a in adapters} == {8, 16, 32}
    assert all(a.name.startswith(f"r{a.rank}-") for a in adapters)
    assert len({a.path for a in adapters}) == 3
    assert random_adapters(Engine(0, 0), tmp_path / "adapters", config) == []
