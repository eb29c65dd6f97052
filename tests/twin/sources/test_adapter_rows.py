"""Rows of a file that lists adapters, and where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twin.files.errors import InputError
from twin.sources.adapter_rows import COLUMNS, adapter_rows

CSV = "name,rank,rate_req_s\na,8,0.5\n\nb,16,1\n"
YAML = "- {name: a, rank: 8, rate_req_s: 0.5}\n- {name: b, rank: 16, rate_req_s: 1}\n"
JSON = '{"adapters": [{"name": "a", "rank": 8, "rate_req_s": 0.5}]}'


def rows_of(folder: Path, text: str, name: str) -> list[tuple[str, Any]]:
    """Rows with their places, without the folder."""
    path = folder / name
    path.write_text(text)
    return [(where.removeprefix(f"{folder}/"), row) for where, row in adapter_rows(path)]


def test_csv_has_texts_and_the_rows_of_the_file(tmp_path: Path) -> None:
    assert rows_of(tmp_path, CSV, "a.csv") == [
        ("a.csv, row 2", {"name": "a", "rank": "8", "rate_req_s": "0.5"}),
        ("a.csv, row 4", {"name": "b", "rank": "16", "rate_req_s": "1"}),
    ]


@pytest.mark.parametrize("name", ["a.yaml", "a.YML"])
def test_yaml_has_values(tmp_path: Path, name: str) -> None:
    assert rows_of(tmp_path, YAML, name) == [
        (f"{name}, adapter 1", {"name": "a", "rank": 8, "rate_req_s": 0.5}),
        (f"{name}, adapter 2", {"name": "b", "rank": 16, "rate_req_s": 1}),
    ]


def test_json_under_a_key(tmp_path: Path) -> None:
    ((where, row),) = rows_of(tmp_path, JSON, "a.json")
    assert (where, row["name"]) == ("a.json, adapter 1", "a")


def test_all_columns_are_accepted(tmp_path: Path) -> None:
    ((_, row),) = rows_of(tmp_path, f"{','.join(COLUMNS)}\n{',' * (len(COLUMNS) - 1)}x\n", "a.csv")
    assert tuple(row) == COLUMNS


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", CSV.replace("rank", "rnk"), "a.csv, row 1: unknown column 'rnk'; did you mean"),
        ("a.csv", "name,rank\n", "row 1: column 'rate_req_s' is missing; needed: name, rank, ra"),
        ("a.yaml", "- {name: a, rank: 8}", "adapter 1: column 'rate_req_s' is missing"),
        ("a.yaml", "[1", "it is not YAML"),
        ("a.json", YAML, "it is not JSON"),
        ("a.json", "{}", "column 'adapters' is missing"),
        (
            "a.json",
            "7",
            "it holds no list of adapters; [{name: a, rank: 8",
        ),
        ("a.json", "[7]", "adapter 1: 7 is no mapping"),
        ("a.toml", "", "ending '.toml' is not known"),
        ("a.toml", "x", "ending '.toml' is not known"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        rows_of(tmp_path, text, name)
    assert words in str(error.value)
