"""Rows of a log, and where they stand in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.sources.trace_rows import read_rows


def rows_of(folder: Path, text: str, name: str) -> tuple[list[str], dict[int, list[object]]]:
    """Columns, and the fields of each row by its number in the file."""
    path = folder / name
    path.write_text(text)
    header, chunks = read_rows(path)
    return header, {n: list(row) for chunk in chunks for n, row in zip(*chunk, strict=True)}


def test_csv(tmp_path: Path) -> None:
    header, rows = rows_of(tmp_path, 'a, b \n1,2\n\n"x, y",\n', "log.csv")
    assert header == ["a", "b"]
    assert rows == {2: ["1", "2"], 4: ["x, y", ""]}


@pytest.mark.parametrize("top", ["sep=;\n", '\n \n"SEP=;"\n', "\n\n"])
def test_lines_above_the_header_of_a_spreadsheet(tmp_path: Path, top: str) -> None:
    header, rows = rows_of(tmp_path, f"{top}a;b\n1,5;2\n", "log.csv")
    assert (header, rows) == (["a", "b"], {top.count("\n") + 2: ["1,5", "2"]})


def test_bars_separate_as_well(tmp_path: Path) -> None:
    assert rows_of(tmp_path, "a|b\n1|2\n", "log.csv") == (["a", "b"], {2: ["1", "2"]})


@pytest.mark.parametrize("row", ['1,"x\n2,y\n', '1,"x" y\n'])
def test_a_quote_does_not_swallow_the_rows_below_it(tmp_path: Path, row: str) -> None:
    with pytest.raises(InputError, match="it is not CSV"):
        rows_of(tmp_path, f"a,b\n0,z\n{row}", "log.csv")


def test_columns_of_json_lines_are_the_keys_of_all_that_come_first(tmp_path: Path) -> None:
    lines = [{"a": 1, "list": [1]}, {"c": 5, "a": "x"}, {"in": {"n": 3, "m": {"value": 4}}}]
    text = "\n" + "\n\n".join(map(json.dumps, lines))
    header, rows = rows_of(tmp_path, text, "log.ndjson")
    assert header == ["a", "c", "in.n", "in.m.value"]
    none = [None] * 4
    assert rows == {2: [1, *none[1:]], 4: ["x", 5, *none[2:]], 6: [None, None, 3, 4]}


def test_a_key_that_appears_late_is_not_passed_over(tmp_path: Path) -> None:
    text = '{"a": 1}\n' * 70_000 + '{"a": 1, "adapter": "x"}\n'
    with pytest.raises(InputError, match="row 70001: key 'adapter' appears here for the first"):
        rows_of(tmp_path, text, "log.jsonl")
    header, rows = rows_of(tmp_path, text.replace("adapter", "note"), "log.jsonl")
    assert (header, len(rows)) == (["a"], 70_001)


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_many_rows_come_in_several_chunks_and_once(tmp_path: Path, name: str) -> None:
    csv = name.endswith("csv")
    text = "".join(f"{i}\n" if csv else f'{{"a": "{i}"}}\n' for i in range(150_000))
    path = tmp_path / name
    path.write_text(("a\n" if csv else "") + text)
    _, chunks = read_rows(path)
    sizes, values, numbers = [], [], []
    for chunk in chunks:
        sizes.append(len(chunk.rows))
        values += [row[0] for row in chunk.rows]
        numbers += list(chunk.numbers)
    assert len(sizes) > 1
    assert values == [str(i) for i in range(150_000)]
    assert numbers == list(range(1 + csv, 150_001 + csv))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("log.csv", "a,b\n1,2\n\n1\n", "log.csv, row 4: it has 1 fields; 2, as the header"),
        ("log.jsonl", '{"a": 1}\n{"a"\n', "log.jsonl, row 2: it is not JSON"),
        ("log.jsonl", '{"a": 1}\n5\n', "log.jsonl, row 2: 5 is no object"),
        ("log.txt", "a\n", "log.txt: ending '.txt' is not known; .csv or .jsonl"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        rows_of(tmp_path, text, name)
    assert words in str(error.value)
