"""Rows of CSV files with their places."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from twin.files.csv_rows import csv_rows, csv_text, rows_of_lines
from twin.files.errors import InputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_rows_with_their_places(path: Path) -> None:
    path.write_text('name , rank\na,8\n\n ,\n"b, c",16\n')
    assert list(csv_rows(path, ("name", "rank"))) == [
        (f"{path}, row 2", {"name": "a", "rank": "8"}),
        (f"{path}, row 5", {"name": "b, c", "rank": "16"}),
    ]


def test_header_alone_has_no_rows(path: Path) -> None:
    path.write_text("name\n")
    assert list(csv_rows(path, ("name",))) == []


def test_further_columns_are_kept_unless_some_are_accepted(path: Path) -> None:
    path.write_text("name,color\na,red\n")
    assert [row["color"] for _, row in csv_rows(path, ("name",))] == ["red"]
    with pytest.raises(InputError, match="row 1: unknown column 'color'; accepted: name, rank"):
        list(csv_rows(path, ("name",), ("name", "rank")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rank\n8\n", "row 1: column 'name' is missing; needed: name"),
        ("name,name\na,b\n", "row 1: column 'name' appears twice; rename one"),
        ("name,rank\na\n", "row 2: it has 1 fields; 2, as the header has"),
        ("name\na,b,c\n", "row 2: it has 3 fields; 1, as the header has"),
        ('name\na\n"b\n', "after row 2: it is not CSV"),
        ('name\n"a"b\n', "after row 1: it is not CSV"),
    ],
)
def test_refused(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    with pytest.raises(InputError, match=f"^{path}, {message}"):
        list(csv_rows(path, ("name",)))


def test_rows_before_a_bad_one_come_first(path: Path) -> None:
    path.write_text("name\na\nb,c\n")
    rows = csv_rows(path, ("name",))
    assert next(rows)[1] == {"name": "a"}
    with pytest.raises(InputError, match="row 3"):
        next(rows)


@pytest.mark.parametrize("cell", ["a", "a,b", 'a"b', "a\nb", "a\rb", "\r", " a ", "", "é"])
def test_what_is_written_is_read(path: Path, cell: str) -> None:
    rows = [{"name": cell, "rank": "8"}, {"name": "x", f"c{cell}d": "1"}]
    path.write_bytes(csv_text(rows).encode())
    with path.open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    empty = dict.fromkeys(["name", "rank", f"c{cell}d"], "")
    assert read == [empty | row for row in rows]


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_other_separators_are_named(sign: str, word: str) -> None:
    lines = [sign.join(row) for row in (("name", "rank"), ("a", "8"))]
    with pytest.raises(InputError, match=f"x, row 1: its fields are separated by {word}; separa"):
        list(rows_of_lines("x", lines, ["name"]))
