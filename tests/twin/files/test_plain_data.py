"""Plain data from JSON and YAML, and what no reader has to expect."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from twin.files.errors import InputError
from twin.files.plain_data import parse_json, parse_yaml, read_json, read_yaml


def test_content_is_handed_on_as_it_is(tmp_path: Path) -> None:
    text = '{"a": [1, 2.5, null, true, "π"], "b": {"c": -9223372036854775808}}'
    data = {"a": [1, 2.5, None, True, "π"], "b": {"c": -(2**63)}}
    path = tmp_path / "data"
    path.write_text(text, encoding="utf-8")
    assert read_json(path) == read_yaml(path) == data
    assert parse_json(text, "x") == parse_yaml(text, "x") == data


def test_anchors_may_share_what_is_small() -> None:
    rows = "".join(f"- {{name: a{i}, <<: *usual}}\n" for i in range(50))
    data = parse_yaml(f"- &usual {{rank: 8, rate: 1}}\n{rows}", "x")
    assert data[50] == {"name": "a49", "rank": 8, "rate": 1}


LAUGHS = "\n".join(
    [
        "a0: &a0 [x, x, x]",
        *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 60)),
    ]
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("!!bool x", "it is not YAML (a value does not fit its tag: KeyError 'x')"),
        ("!!timestamp x", "it is not YAML"),
        ("!!int ''", "it is not YAML"),
        ("- 0013-13-01", "it is not YAML"),
        ("[" * 100_000, "it is not YAML"),
        ("{a: " * 400, "it is not YAML"),
        ("[" * 101 + "]" * 101, "it is nested too deep; up to 100 levels"),
        ("\0", "it is not YAML"),
        ("!!python/object/apply:os.getcwd []", "it is not YAML"),
        ("a: {b: [1, 1" + "0" * 400, "it is not YAML"),
        ("a: {b: [1, 1" + "0" * 400 + "]}", "a.b[1]: a whole number of 1329 bits; up to 2^63"),
        ("1" + "0" * 5000, "it is not YAML"),
        ("a: &a [*a, *a]", "a[0]: an anchor refers to itself"),
        (LAUGHS, "its anchors stand for far more than was written; write it out"),
    ],
)
def test_yaml_that_cannot_be_used_is_refused_at_once(text: str, problem: str) -> None:
    start = time.monotonic()
    with pytest.raises(InputError) as error:
        parse_yaml(text, "x.yaml")
    assert time.monotonic() - start < 5
    assert str(error.value).startswith("x.yaml")
    assert problem in str(error.value)
    assert len(str(error.value)) < 700


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "x.json: it is not JSON"),
        ("[" * 100_000, "x.json: it is nested too deep; up to 100 levels"),
        ('{"a":' * 300 + "1" + "}" * 300, "it is nested too deep; up to 100 levels"),
        ('{"a": -1' + "0" * 400 + "}", "x.json, a: a whole number of 1329 bits; up to -2^63"),
        ("[1" + "0" * 5000 + "]", "x.json: it is not JSON"),
        ('[{"name": "a", "rank": 8, "rank": 16}]', "x.json: key 'rank' stands twice in one obj"),
        (r'{"a": ["\ud800"]}', "x.json, a[0]: '\\ud800' is no valid text"),
    ],
)
def test_json_that_cannot_be_used_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        parse_json(text, "x.json")
    assert problem in str(error.value)


def test_a_large_document_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as stream:
        stream.truncate(2**30)
    with pytest.raises(InputError, match="it has 1 GiB; up to 32 MiB are read"):
        read_yaml(path)
    with pytest.raises(InputError, match="it has 1 GiB; up to 512 MiB are read"):
        read_json(path)


@pytest.mark.parametrize("text", ["010", "0o10", "1:30", "1_0", "0b11", "1e", "+", ".", "1.5.2"])
def test_what_only_yaml_1_1_reads_as_a_number_is_a_text(text: str) -> None:
    assert parse_yaml(f"a: {text}", "x") == {"a": text}


@pytest.mark.parametrize("text", ["0", "-7", "1.5", "1e3", "1.0e-05", "-.5", "2.", "1E+2", "+3"])
def test_numbers_are_numbers(text: str) -> None:
    assert parse_yaml(f"a: {text}", "x") == {"a": float(text)}
    assert parse_yaml(yaml.safe_dump({"a": float(text)}), "x") == {"a": float(text)}


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan"])
def test_numbers_that_are_none_are_known(text: str) -> None:
    assert str(parse_yaml(f"a: {text}", "x")["a"]) == text.replace(".", "")


def test_a_key_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InputError, match="key rank is there twice"):
        parse_yaml("- {name: a, rank: 8, rank: 16}", "x.yaml")
    shared = "- &x {<<: {rank: 8}, rank: 9}\n- {<<: *x, rank: 10}\n- *x"
    assert parse_yaml(shared, "x") == [{"rank": 9}, {"rank": 10}, {"rank": 9}]
