"""Files on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from placer.console.named_files import name_workloads
from twin.files.errors import InputError

ADAPTERS = "name,rank,rate_req_s\na,8,1\n"
TRACE = "timestamp,prompt_tokens,output_tokens\n0,1,1\n"


def named(*arguments: str) -> list[str]:
    return name_workloads(list(arguments), lambda _: None)


@pytest.mark.parametrize(
    ("name", "text", "option"),
    [
        ("a.csv", ADAPTERS, "adapters"),
        ("a.csv", TRACE, "trace"),
        ("a.yaml", "- {}", "adapters"),
        ("a.json", '[{"name": "a", "rank": 8}]', "adapters"),
        ("a.json", '{"timestamp": 0}', "trace"),
        ("a.jsonl", "", "trace"),
        ("missing.csv", None, "adapters"),
    ],
)
def test_a_file_has_its_kind_of_workload(
    tmp_path: Path, name: str, text: str | None, option: str
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    told: list[str] = []
    expected = ["seed=1", f"workload.path={path}", f"workload={option}"]
    assert name_workloads(["seed=1", str(path)], told.append) == expected
    assert told == [f"{path} is read by workload={option}"]
    assert named("seed=1", f"workload.path={path}") == expected


def test_a_file_is_one_whatever_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    assert named(str(path)) == [str(path)]
    path.write_bytes(b"\x1f\x8b\x08")
    assert named(str(path)) == [f"workload.path={path}", "workload=trace"]


@pytest.mark.parametrize("second", ["b.csv", "workload.path=b.csv"])
def test_of_two_files_none_is_passed_over(second: str) -> None:
    with pytest.raises(InputError, match=r"files of the workload, a\.csv and b\.csv; give one"):
        named("a.csv", second)
    with pytest.raises(InputError, match="two files"):
        named("workload=adapters", "workload.path=a.csv", second)


def test_a_workload_that_is_chosen_stays() -> None:
    assert named("workload=trace", "a.csv") == ["workload=trace", "workload.path=a.csv"]
    assert named("workload.path=a.csv", "workload=servegen") == [
        "workload.path=a.csv",
        "workload=servegen",
    ]
    assert named("workload.num_adapters=3") == ["workload.num_adapters=3"]


def test_odd_names_are_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("it's a=b, c.csv").write_text(ADAPTERS)
    first = named("it's a=b, c.csv")[0]
    (override,) = OverridesParser.create().parse_overrides([first])
    assert (override.key_or_group, override.value()) == ("workload.path", "it's a=b, c.csv")


def test_values_of_flags_and_other_words_are_no_files() -> None:
    for arguments in (["--config-name", "a.yaml"], ["-cd", "b.csv"], ["word"], ["--json"], []):
        assert named(*arguments) == arguments
