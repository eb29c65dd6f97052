"""Whatever names hold, files and messages hold them as texts; and one module writes all files."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from placer.deploy import Compose, VllmScripts
from placer.deploy.change import describe_change
from placer.deploy.deployment import describe_deployment
from placer.objectives import FewestGpus
from placer.problem.placement import GpuPlan, Placement
from placer.problem.routing_table import routing_csv, routing_json
from placer.replanning import plan_migration
from placer.report.comparison.compare import compare
from placer.report.comparison.files import means_csv, rows_csv, rows_json
from placer.report.comparison.page import comparison_page
from placer.report.comparison.publish import print_comparison
from placer.report.placement_figures import placement_figures
from placer.report.placement_page import placement_page
from placer.report.summary import summarize
from placer.testing.deployment_rules import HOSTILE_NAMES, deployed_problem
from tests.adapter_names import LIKE_OTHERS, ten_adapter_names
from tests.nightly import names_in_tens, texts
from tests.placer.deploy.manifests import LOADER, documents
from tests.placer.deploy.test_cluster import TARGETS
from tests.placer.report.comparison.example_rows import row
from tests.placer.report.figures.one_gpu import measured_problem, measured_result
from twin.files.command_messages import plain_console
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile
from twin.measure.tables import Tables
from twin.scale.bundled import profile_text
from twin.workload.workload import Workload

ROOT = Path(__file__).resolve().parents[1]

TEXTS = st.sampled_from(
    (*HOSTILE_NAMES, *LIKE_OTHERS, "\r", "a\r\nb", "\u202eabc\u05d0")
) | st.text(
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


def sweep(text: str, *others: str) -> list[dict[str, Any]]:
    """Strategies under two seeds, a failed run, and a text wherever one may be."""
    names = [f"s{name}" for name in (text, *others)]
    rows = [
        row(name, seed, 4 + seed) | {"workload.path": f"{text}.csv", "run": f"{text}-{seed}"}
        for name in (*names, "milp")
        for seed in range(2)
    ]
    failed = {"placed": False, "status": "failed", "num_gpus": None, "value": None}
    return [*rows, row("milp", 2, 1) | {"workload.path": f"{text}.csv"} | failed | {"error": text}]


def plain(text: str) -> str:
    return " ".join(text.split())


@given(texts=st.lists(TEXTS, min_size=10, max_size=10, unique=True))
@names_in_tens
def test_a_comparison_s_page_has_the_elements_that_it_has_with_plain_names(
    texts: list[str],
) -> None:
    page = comparison_page_of(*texts)
    assert page.tags == comparison_page_of(*PLAIN).tags
    shown = plain(" ".join(page.texts))
    assert all(plain(f"s{text}") in shown for text in texts)


@lru_cache(maxsize=2)
def comparison_page_of(*texts: str) -> Page:
    comparison = compare(sweep(*texts))
    return Page(comparison_page(comparison, texts[0], lambda run: f"{run['run']}/x.html"))


@given(names=ten_adapter_names())
@names_in_tens
def test_a_placement_s_page_has_the_elements_that_it_has_with_plain_names(
    names: list[str],
) -> None:
    page, usual = placement_page_of(tuple(names)), placement_page_of(PLAIN)
    assert page.tags == usual.tags
    shown = plain(" ".join(page.texts))
    assert all(plain(name) in shown for name in names)


PLAIN = tuple(f"plain-{k}" for k in range(10))


@lru_cache(maxsize=2)
def placement_page_of(names: tuple[str, ...]) -> Page:
    """Names wherever a placement has some: of adapters, in overrides, in texts of others."""
    problem = measured_problem(len(names))
    pairs = zip(problem.workload.adapters, names, strict=True)
    named = Workload(tuple(replace(adapter, name=name) for adapter, name in pairs))
    problem = replace(problem, workload=named)
    config = problem.fleet[0].profile.engine_config(16, 16)
    halves = (names[:5], names[5:])
    plans = [
        GpuPlan(problem.fleet[0].profile.name, config, tuple((n, 1.0) for n in sorted(half)))
        for half in halves
    ]
    found = replace(
        measured_result(problem), placement=Placement(tuple(plans)), reason=f"of {names[0]}"
    )
    asked = {"overrides": [f"workload.path={names[0]}.csv"], "migration": None}
    summary = summarize(problem, found) | asked
    figures = placement_figures(problem, found, FewestGpus(), 0.0)
    scripts = {f"engines/{names[0]}.sh": f"echo {names[1]}"}
    return Page(placement_page(problem, found, summary, figures, scripts, f"a: {names[2]}\n"))


@given(text=TEXTS)
@texts
def test_a_comparison_s_tables_have_names_as_they_are(text: str) -> None:
    rows = sweep(text)
    comparison = compare(rows)
    read = list(csv.DictReader(io.StringIO(rows_csv(rows), newline="")))
    assert [line["workload.path"] for line in read] == [f"{text}.csv"] * len(rows)
    assert json.loads(rows_json(rows)) == json.loads(json.dumps(rows))
    means = io.StringIO(means_csv(comparison.configurations, comparison.differences), newline="")
    assert {line["strategy"] for line in csv.DictReader(means)} == {f"s{text}", "milp"}


@given(text=TEXTS)
@texts
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


@given(names=ten_adapter_names())
@names_in_tens
def test_a_placement_s_files_have_names_as_they_are(names: list[str]) -> None:
    names = [name for name in names if name != "base"]  # which is the example's base model
    _, placement = deployed_problem(tuple(names))
    assert Placement.from_dict(json.loads(placement.to_json())) == placement
    found = json.loads(routing_json(placement))
    assert set(names) <= set(found["adapters"])
    lines = csv.DictReader(io.StringIO(routing_csv(placement), newline=""))
    assert set(names) <= {line["adapter"] for line in lines}


EVERY_TARGET = {type(target).__name__: target for target in (VllmScripts(), Compose(), *TARGETS)}


@pytest.mark.parametrize("kind", EVERY_TARGET)
@given(names=ten_adapter_names())
@names_in_tens
def test_what_deploys_has_names_as_they_are(kind: str, names: list[str]) -> None:
    """In YAML and JSON; what a shell makes of scripts is tested beside their modules."""
    target = EVERY_TARGET[kind]
    names = [name for name in names if name != "base"]  # which is the example's base model
    problem, placement = deployed_problem(tuple(names))
    moved = replace(placement.gpus[0], shares=tuple((name, 1.0) for name in sorted(names)))
    problem = replace(problem, previous=Placement((moved,), base=("base",)))
    assert problem.previous is not None
    change = describe_change(problem, plan_migration(problem.previous, placement, problem))
    deployment = describe_deployment(problem, placement)
    files = {**target.files(deployment), **target.migration_files(deployment, change)}
    yaml_files = {path: text for path, text in files.items() if path.endswith(".yaml")}
    if target in TARGETS:
        documents(yaml_files)  # which holds them to their schemas
    read = [json.loads(text) for path, text in files.items() if path.endswith(".json")]
    read += [each for text in yaml_files.values() for each in yaml.load_all(text, LOADER)]
    found = set(strings(read))
    for name in names if read else ():
        quoted = json.dumps(name, ensure_ascii=False)[1:-1]  # where vLLM gets it as JSON
        forms = [form.replace("$", dollar) for form in (name, quoted) for dollar in ("$", "$$")]
        assert any(form in text for form in forms for text in found), name


def strings(node: Any) -> Iterator[str]:
    """All texts and keys in what was read."""
    if isinstance(node, dict):
        node = [*node, *node.values()]
    if isinstance(node, list):
        for each in node:
            yield from strings(each)
    elif isinstance(node, str):
        yield node


@given(text=TEXTS)
@texts
def test_a_measured_table_has_texts_as_they_are(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tables = Tables(tmp_path_factory.mktemp("tables"))
    rows = [{"row_id": text, "note": f"{text},x"}, {"row_id": "2", text: "new column"}]
    for each in rows:
        tables.add("notes.csv", each)
    assert [line["row_id"] for line in tables.rows("notes.csv")] == [text, "2"]


@given(text=TEXTS)
@texts
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


OTHERS = {
    "twin/files/atomic_write.py",
    "twin/files/door.py",  # opens /dev/null
    "twin/measure/server.py",  # keeps a log
}


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
