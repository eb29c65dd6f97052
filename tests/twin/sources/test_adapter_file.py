"""Files of adapters: what is read, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.sources.adapter_file import read_adapters
from twin.sources.sharegpt import sharegpt_lengths
from twin.workload.arrivals import GammaArrivals, PoissonArrivals
from twin.workload.lengths import CopulaLengths, FixedLength, LogNormalLength

HEADER = "name,rank,rate_req_s"
FULL = (
    "name,rank,rate_req_s,prompt_tokens_mean,prompt_tokens_std,"
    "output_tokens_mean,output_tokens_std,arrival_cv,base_model"
)


@pytest.fixture
def csv_file(tmp_path: Path) -> Any:
    def write(text: str, name: str = "adapters.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_three_columns_are_enough(csv_file: Any) -> None:
    workload = read_adapters(csv_file(f"{HEADER}\nsql,8,0.5\nlegal,16,0.25\n"))
    assert [(a.name, a.rank, a.rate) for a in workload.adapters] == [
        ("sql", 8, 0.5),
        ("legal", 16, 0.25),
    ]
    for adapter in workload.adapters:
        assert adapter.lengths == sharegpt_lengths()
        assert adapter.arrivals == PoissonArrivals()
        assert adapter.base_model == ""
    assert workload.adapters[0].lengths is workload.adapters[1].lengths


def test_all_columns(csv_file: Any) -> None:
    path = csv_file(f"{FULL}\na,8,0.5,200,100,50,0,2.5,llama\nb,16,1,,,,,,\n")
    a, b = read_adapters(path).adapters
    assert a.lengths == CopulaLengths(LogNormalLength(200, 100), FixedLength(50))
    assert a.arrivals == GammaArrivals(2.5)
    assert a.base_model == "llama"
    assert b.lengths == sharegpt_lengths()


def test_order_of_columns_blanks_and_byte_order_mark(csv_file: Any) -> None:
    path = csv_file('\ufeffrate_req_s, rank ,name\n0.5, 8 ," a, b "\n\n , ,\n1e-1,16,c\n')
    assert [(a.name, a.rank, a.rate) for a in read_adapters(path).adapters] == [
        ("a, b", 8, 0.5),
        ("c", 16, 0.1),
    ]


def test_a_mean_without_deviation_varies_as_sharegpt(csv_file: Any) -> None:
    path = csv_file(f"{HEADER},prompt_tokens_mean\na,8,0.5,1000\n")
    lengths = read_adapters(path).adapters[0].lengths
    usual = sharegpt_lengths()
    assert lengths.prompt_mean == 1000
    assert lengths.prompt_std / 1000 == pytest.approx(usual.prompt_std / usual.prompt_mean)
    assert lengths.output_mean == usual.output_mean


def test_only_the_output_is_given(csv_file: Any) -> None:
    path = csv_file(f"{HEADER},output_tokens_mean,output_tokens_std\na,8,0.5,1000,10\n")
    lengths = read_adapters(path).adapters[0].lengths
    assert (lengths.output_mean, lengths.output_std) == (1000, 10)
    assert lengths.prompt_mean == sharegpt_lengths().prompt_mean


def test_arguments_fill_what_the_file_leaves_out(csv_file: Any) -> None:
    path = csv_file(f"{HEADER},prompt_tokens_mean,arrival_cv\na,8,0.5,,\nb,8,0.5,70,1\n")
    a, b = read_adapters(
        path,
        prompt_tokens_mean=300,
        prompt_tokens_std=30,
        output_tokens_mean=20,
        output_tokens_std=2,
        arrival_cv=3,
        base_model="llama",
        rate_scale=10,
    ).adapters
    assert a.lengths == CopulaLengths(LogNormalLength(300, 30), LogNormalLength(20, 2))
    assert b.lengths == CopulaLengths(LogNormalLength(70, 30), LogNormalLength(20, 2))
    assert (a.arrivals, b.arrivals) == (GammaArrivals(3), PoissonArrivals())
    assert (a.base_model, a.rate) == ("llama", 5.0)


def test_lengths_by_another_tokenizer(csv_file: Any) -> None:
    workload = read_adapters(csv_file(f"{HEADER}\na,8,0.5\n"), model="qwen-2.5-7b")
    assert workload.adapters[0].lengths == sharegpt_lengths("qwen-2.5-7b")


ROWS = [
    {"name": "a", "rank": 8, "rate_req_s": 0.5, "arrival_cv": 2, "prompt_tokens_mean": None},
    {"name": 7, "rank": 16.0, "rate_req_s": "1", "output_tokens_mean": 30},
]


@pytest.mark.parametrize("content", [ROWS, {"adapters": ROWS}])
@pytest.mark.parametrize("ending", ["yaml", "yml", "json", "JSON"])
def test_the_same_as_yaml_and_json(csv_file: Any, content: object, ending: str) -> None:
    text = json.dumps(content) if ending.lower() == "json" else yaml.safe_dump(content)
    a, b = read_adapters(csv_file(text, f"adapters.{ending}")).adapters
    assert (a.name, a.rank, a.rate, a.arrivals) == ("a", 8, 0.5, GammaArrivals(2))
    assert (b.name, b.rank, b.rate) == ("7", 16, 1.0)
    assert b.lengths.output_mean == 30


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=8)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(names, st.integers(1, 512), st.floats(1e-4, 100.0)),
        min_size=1,
        max_size=20,
        unique_by=lambda row: row[0],
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, float]]
) -> None:
    content = [dict(zip(HEADER.split(","), row, strict=True)) for row in rows]
    path = tmp_path_factory.mktemp("written") / "adapters.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    adapters = read_adapters(path, rate_unit="s").adapters
    assert [(a.name, a.rank, a.rate) for a in adapters] == rows


WRONG_CSV = {
    "empty": ("", "adapters.csv: it is empty"),
    "blank": ("\n \n", "adapters.csv: it is empty"),
    "no adapters": (f"{HEADER}\n", "it lists no adapter"),
    "unknown column": ("name,rank,rate\na,8,1\n", "row 1: unknown column 'rate'; did you mean"),
    "semicolons": (
        "name;rank;rate_req_s\na;8;1\n",
        "row 1: its fields are separated by semicolons; separate by commas",
    ),
    "missing column": ("name,rank\na,8\n", "row 1: column 'rate_req_s' is missing"),
    "column twice": ("name,rank,rank,rate_req_s\na,8,8,1\n", "column 'rank' appears twice"),
    "too few fields": (f"{HEADER}\na,8\n", "row 2: it has 2 fields; 3, as the header has"),
    "too many fields": (f"{HEADER}\na,8,1,5\n", "row 2: it has 4 fields"),
    "zero rate": (f"{HEADER}\na,8,1\nb,8,0\n", "row 3 (b), rate_req_s: '0' is not positive"),
    "negative rate": (f"{HEADER}\na,8,-1\n", "row 2 (a), rate_req_s: '-1' is not positive"),
    "NaN rate": (f"{HEADER}\na,8,nan\n", "rate_req_s: 'nan' is not a number; a positive number"),
    "infinite rate": (f"{HEADER}\na,8,inf\n", "rate_req_s: 'inf' is not a number"),
    "no rate": (f"{HEADER}\na,8,\n", "rate_req_s: '' is not a number"),
    "odd rate": (f"{HEADER}\na,8,1_0\n", "rate_req_s: '1_0' is not a number"),
    "fraction of a rank": (f"{HEADER}\na,8.5,1\n", "rank: '8.5' is not a whole number; a whole"),
    "rank below zero": (f"{HEADER}\na,-1,1\n", "rank: rank '-1' is not accepted by vLLM; a whole"),
    "no name of an adapter": (f"{HEADER}\n,8,1\n", "name: '' is not a name"),
    "no rank of an adapter": (
        f"{HEADER}\na,,1\n",
        "rank: '' is not a number; a whole number from 0",
    ),
    "path of no adapter": (
        f"{HEADER},path\na,0,1,/srv/a\n",
        "(a), path: requests for the base model need no adapter; leave it empty",
    ),
    "rank too large": (f"{HEADER}\na,600,1\n", "rank: rank '600' is not accepted by vLLM"),
    "no rank": (f"{HEADER}\na,x,1\n", "rank: 'x' is not a number"),
    "no name": (f"{HEADER}\n,8,1\n", "row 2, name: '' is not a name"),
    "name twice": (f"{HEADER}\na,8,1\na,8,1\n", "row 3, name: 'a' appears twice"),
    "open quote": (f'{HEADER}\n"a,8,1\n', "it is not CSV"),
    "short prompt": (
        f"{HEADER},prompt_tokens_mean\na,8,1,0\n",
        "_mean: 0 is below 1",
    ),
    "NaN prompt": (
        f"{HEADER},prompt_tokens_mean\na,8,1,nan\n",
        "_mean: 'nan' is not",
    ),
    "lonely deviation": (f"{HEADER},prompt_tokens_std\na,8,1,5\n", "without prompt_tokens_mean"),
    "negative deviation": (
        f"{HEADER},output_tokens_mean,output_tokens_std\na,8,1,5,-1\n",
        "output_tokens_std: -1 is negative",
    ),
    "no variation": (f"{HEADER},arrival_cv\na,8,1,0\n", "arrival_cv: 0.0 is no variation of gaps"),
    "any variation": (
        f"{HEADER},arrival_cv\na,8,1,1e18\n",
        "(a), arrival_cv: 1e+18 is no variation",
    ),
    "no such rate": (f"{HEADER}\na,8,1e308\n", "(a), rate of adapter a: 1e+308 is no rate of"),
    "no such length": (
        f"{HEADER},prompt_tokens_mean\na,8,1,1e308\n",
        "(a), prompt_tokens_mean: 1e+308 is too large; 1 to 1073741824 tokens",
    ),
    "no such usual spread": (
        f"{HEADER},output_tokens_mean\na,8,1,1e9\n",
        "row 2 (a), output_tokens_mean: 1e+09 is too large for the usual deviation of 1.08e",
    ),
    "no such spread": (
        f"{HEADER},prompt_tokens_mean,prompt_tokens_std\na,8,1,9,1e308\n",
        "(a), prompt_tokens_std: 1e+308 is too large; 0 to 1073741824 tokens",
    ),
}


@pytest.mark.parametrize(("text", "problem"), WRONG_CSV.values(), ids=WRONG_CSV.keys())
def test_wrong_csv(csv_file: Any, text: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        read_adapters(csv_file(text))
    assert problem in str(error.value)
    assert "adapters.csv" in str(error.value)
    assert "\n" not in str(error.value)


WRONG_LISTS = {
    "not JSON": ("a.json", "[{", "it is not JSON"),
    "not YAML": ("a.yaml", "a: [1\nb: }", "it is not YAML"),
    "impossible date": ("a.yaml", "- 2023-13-45", "it is not YAML"),
    "a number": ("a.yaml", "5", "it holds no list of adapters"),
    "other key": (
        "a.json",
        '{"adapter": []}',
        "column 'adapter'; did you mean 'adapters'",
    ),
    "empty list": ("a.json", "[]", "it lists no adapter"),
    "no mapping": ("a.json", "[5]", "adapter 1: 5 is no mapping"),
    "unknown key": (
        "a.json",
        '[{"name": "a", "rank": 8, "rate_req_s": 1, "rat": 1}]',
        "adapter 1: unknown column 'rat'",
    ),
    "missing key": ("a.yaml", "- {name: a, rank: 8}", "adapter 1: column 'rate_req_s' is missing"),
    "NaN": (
        "a.json",
        '[{"name": "a", "rank": 8, "rate_req_s": NaN}]',
        "adapter 1 (a), rate_req_s: nan is not a number",
    ),
    "huge": (
        "a.json",
        '[{"name": "a", "rank": 8, "rate_req_s": 1' + "0" * 400 + "}]",
        "[0].rate_req_s: a whole number of 1329 bits; up to 2^63",
    ),
    "flag": ("a.yaml", "- {name: a, rank: true, rate_req_s: 1}", "rank: True is not a number"),
    "no name": ("a.yaml", "- {name: null, rank: 8, rate_req_s: 1}", "None is not a name"),
    "a list of models": (
        "a.yaml",
        "- {name: a, rank: 8, rate_req_s: 1, base_model: [x, y]}",
        "adapter 1 (a), base_model: ['x', 'y'] is not a name",
    ),
    "ending": ("a.txt", "name", "ending '.txt' is not known; .csv, .yaml or .json"),
}


@pytest.mark.parametrize(("name", "text", "problem"), WRONG_LISTS.values(), ids=WRONG_LISTS.keys())
def test_wrong_lists(csv_file: Any, name: str, text: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        read_adapters(csv_file(text, name))
    assert problem in str(error.value)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("ending", ["csv", "yaml", "json"])
def test_files_that_are_none(tmp_path: Path, ending: str) -> None:
    missing = tmp_path / f"no.{ending}"
    with pytest.raises(InputError, match=f"no.{ending}: there is no such file"):
        read_adapters(missing)
    missing.mkdir()
    with pytest.raises(InputError, match=f"no.{ending}: it is a folder; give a file"):
        read_adapters(missing)
    latin = tmp_path / f"latin.{ending}"
    latin.write_bytes(f"{HEADER}\ncaf\xe9,8,1\n".encode("latin-1"))
    with pytest.raises(InputError, match=f"latin.{ending}: byte 0xe9 is not UTF-8"):
        read_adapters(latin)


def test_a_path_through_a_file(csv_file: Any) -> None:
    path = csv_file(HEADER)
    with pytest.raises(InputError, match=r"it cannot be read \(Not a directory\)"):
        read_adapters(path / "below.csv")


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"rate_scale": 0.0}, "rate_scale"),
        ({"arrival_cv": -1.0}, "arrival_cv"),
        ({"prompt_tokens_mean": -1.0}, "prompt_tokens_mean"),
        ({"output_tokens_std": float("nan")}, "output_tokens_std"),
        ({"model": "gpt"}, "model"),
    ],
)
def test_wrong_arguments(csv_file: Any, values: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError, match=f"^{key}: "):
        read_adapters(csv_file(f"{HEADER}\na,8,1\n"), **values)


@pytest.mark.parametrize("name", ["a=b", "a\x1bb", "\u200b", "x" * 300])
def test_names_that_no_engine_could_be_told_are_refused_with_their_row(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"name,rank,rate_req_s\ngood,8,1\n{name},8,1\n")
    with pytest.raises(InputError, match=r"a\.csv, row 3, name"):
        read_adapters(path)


def test_adapters_have_paths_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,rank,rate_req_s,path\na,8,1, /srv/a \nb,8,1,\n")
    assert [adapter.path for adapter in read_adapters(path).adapters] == ["/srv/a", ""]
    path.write_text("name,rank,rate_req_s,path\na,8,1,/srv/a\x07\n")
    with pytest.raises(InputError, match=r"a\.csv, row 2, path"):
        read_adapters(path)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("chat,0,2,", "chat"),
        (",0,2,", "base-model"),
        (",,2,", "base-model"),
        (" , ,2,llama-3.1-8b", "llama-3.1-8b"),
    ],
)
def test_rows_without_a_rank_are_for_the_base_model(csv_file: Any, row: str, name: str) -> None:
    adapters = read_adapters(csv_file(f"{HEADER},base_model\na,8,1,\n{row}\n")).adapters
    assert [(a.name, a.rank, a.rate) for a in adapters] == [("a", 8, 1.0), (name, 0, 2.0)]


def test_they_are_listed_in_other_files_too(tmp_path: Path) -> None:
    path = tmp_path / "adapters.yaml"
    path.write_text(
        "- {name: null, rank: null, rate_req_s: 3}\n- {name: b, rank: 0, rate_req_s: 1}"
    )
    adapters = read_adapters(path).adapters
    assert [(a.name, a.is_base) for a in adapters] == [("base-model", True), ("b", True)]
