"""Whatever names hold, files and messages hold them as texts; and one module writes all files."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from placer.problem.placement import Placement
from placer.problem.routing_table import routing_csv, routing_json
from placer.report.comparison.compare import compare
from placer.report.comparison.files import means_csv, rows_csv, rows_json
from placer.report.comparison.page import comparison_page
from placer.report.comparison.publish import print_comparison
from placer.testing.deployment_rules import HOSTILE_NAMES, deployed_problem
from tests.adapter_names import adapter_names
from tests.placer.report.comparison.example_rows import row
from twin.files.command_messages import plain_console
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.measure.tables import Tables
from twin.scale.bundled import profile_text

ROOT = Path(__file__).resolve().parents[1]

TEXTS = st.sampled_from((*HOSTILE_NAMES, "\r", "a\r\nb")) | st.text(
    st.sampled_from(list("'\"\\<>&;,:=[]{}/\n\r\t $`|#*!-+@%~")) | st.characters(codec="utf-8"),
    min_size=1,
    max_size=20,
)
"""Texts of others: of a failed run's message, a path, a name in a table."""


class Page(HTMLParser):
    """Elements of a page with the names of their attributes, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def sweep(text: str) -> list[dict[str, Any]]:
    """Two strategies under two seeds, a failed run, and a text wherever one may be."""
    rows = [
        row(name, seed, gpus + seed) | {"workload.path": f"{text}.csv", "run": f"{text}-{seed}"}
        for name, gpus in ((f"s{text}", 5), ("milp", 4))
        for seed in range(2)
    ]
    failed = {"placed": False, "status": "failed", "num_gpus": None, "value": None}
    return [*rows, row("milp", 2, 1) | {"workload.path": f"{text}.csv"} | failed | {"error": text}]


def plain(text: str) -> str:
    return " ".join(text.split())


@given(text=TEXTS)
@settings(max_examples=30)
def test_a_comparison_s_page_has_the_elements_that_it_has_with_plain_names(text: str) -> None:
    page, usual = (
        Page(comparison_page(compare(sweep(name)), name, lambda run: f"{run['run']}/x.html"))
        for name in (text, "x")
    )
    assert page.tags == usual.tags
    assert plain(f"s{text}") in plain(" ".join(page.texts))


@given(text=TEXTS)
@settings(max_examples=100)
def test_a_comparison_s_tables_have_names_as_they_are(text: str) -> None:
    rows = sweep(text)
    comparison = compare(rows)
    read = list(csv.DictReader(io.StringIO(rows_csv(rows), newline="")))
    assert [line["workload.path"] for line in read] == [f"{text}.csv"] * len(rows)
    assert json.loads(rows_json(rows)) == json.loads(json.dumps(rows))
    means = io.StringIO(means_csv(comparison.configurations, comparison.differences), newline="")
    assert {line["strategy"] for line in csv.DictReader(means)} == {f"s{text}", "milp"}


@given(text=TEXTS)
@settings(max_examples=30)
def test_what_is_printed_is_no_markup(text: str) -> None:
    console = plain_console(width=1000)
    with console.capture() as shown:
        print_comparison(console, compare(sweep(f"[/b]:cat:[red]{text}")))
    assert "[/b]:cat:[red]" in shown.get()


def test_consoles_print_texts_as_they_are() -> None:
    """Every command's console is `plain_console`."""
    for path, tree in sources():
        if path.name != "command_messages.py":
            calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
            assert not [f for f in calls if isinstance(f, ast.Name) and f.id == "Console"], path


@given(names=adapter_names())
@settings(max_examples=30)
def test_a_placement_s_files_have_names_as_they_are(names: list[str]) -> None:
    names = [f"{name}{'' if k else '.first'}" for k, name in enumerate(names)]
    names += ["second"] * (len(names) < 2)
    _, placement = deployed_problem(tuple(names))
    assert Placement.from_dict(json.loads(placement.to_json())) == placement
    found = json.loads(routing_json(placement))
    assert set(names) <= set(found["adapters"])
    lines = csv.DictReader(io.StringIO(routing_csv(placement), newline=""))
    assert set(names) <= {line["adapter"] for line in lines}


@given(text=TEXTS)
@settings(max_examples=30)
def test_a_measured_table_has_texts_as_they_are(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tables = Tables(tmp_path_factory.mktemp("tables"))
    rows = [{"row_id": text, "note": f"{text},x"}, {"row_id": "2", text: "new column"}]
    for each in rows:
        tables.add("notes.csv", each)
    assert [line["row_id"] for line in tables.rows("notes.csv")] == [text, "2"]


@given(text=TEXTS)
@settings(max_examples=100)
def test_a_profile_is_read_as_it_was_written(text: str) -> None:
    data = PROFILE | {"model": text, "gpu": text, "provenance": {"source": text, text: [text]}}
    try:
        profile = ServingProfile.from_dict(data)
    except InputError:
        assert not text.isprintable()
        return
    assert yaml.safe_load(profile_text(profile)) == data


PROFILE = read_profile("h100_64gb_llama31_8b").to_dict()


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    """All modules."""
    folders = (ROOT / floor for floor in ("placer", "estimators", "twin", "hydra_plugins"))
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


OTHERS = {"twin/files/atomic_write.py", "twin/measure/server.py"}  # the latter keeps a log


def test_all_files_are_written_by_one_module() -> None:
    """So what holds for it, of full disks and processes that are killed, holds for all files."""
    for path, tree in sources():
        if path.relative_to(ROOT).as_posix() not in OTHERS:
            assert not list(writes(tree)), path


def writes(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls that write to a file, but for those of the functions of `twin.files`."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr.startswith("write_"):
            if call.func.attr in ("write_text", "write_bytes"):
                yield call
        elif getattr(call.func, "id", getattr(call.func, "attr", "")) == "open":
            modes = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
            if any(re.fullmatch("[wax]b?[+]?|r[+]b?|rb[+]", str(mode)) for mode in modes):
                yield call
