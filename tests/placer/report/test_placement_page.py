"""The page of a placement."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from placer.objectives import FewestGpus
from placer.problem.fleet import GpuType
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.report.output_files import deployment_files
from placer.report.placement_figures import placement_figures
from placer.report.placement_page import LARGEST, placement_page
from placer.report.summary import summarize
from tests.placer.report.figures.one_gpu import (
    measured_problem,
    measured_profile,
    measured_result,
)
from twin.workload.workload import Workload

WICKED = "</script><img src onerror>\"'`$(reboot);& é"
VOID = {"meta", "link", "input", "br"}
OPEN = {"tr", "td", "th", "thead", "tbody"}  # whose ends may be left out


class Tags(HTMLParser):
    """Checks that elements are closed, and keeps their names, attributes and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        assert not [tag for tag in self.stack if tag not in OPEN]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack[-1] != tag and self.stack[-1] in OPEN:
            self.stack.pop()
        assert self.stack, tag
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] not in ("script", "style"):
            self.texts.append(data)


def page_of(problem: Problem, result: Result, seconds: float = 0.0, **more: object) -> str:
    summary = summarize(problem, result) | {"overrides": ["seed=0"], "migration": None} | more
    figures = placement_figures(problem, result, FewestGpus(), seconds)
    files = deployment_files(problem, result)
    return placement_page(problem, result, summary, figures, files, "seed: 0\n")


def test_everything_that_is_asked_for_is_in_it() -> None:
    problem = measured_problem(8)
    page = page_of(problem, measured_result(problem), 60.0)
    parsed = Tags(page)
    ids = {attributes.get("id") for _, attributes in parsed.tags}
    links = {
        str(attributes["href"]) for tag, attributes in parsed.tags if tag == "a" and attributes
    }
    assert links == {f"#{name}" for name in ids if name} & links
    for wanted in (
        *("fleet", "target", "slots", "latency", "what-if"),
        *("adapters", "engines", "verification", "provenance"),
    ):
        assert wanted in ids
        assert f"#{wanted}" in links
    text = " ".join(parsed.texts)
    for wanted in (
        *("2 GPUs serve 8 adapters", "Passed verification by the twin", "a07"),
        *("exec vllm serve", "measured", "error of the twin", "1001, 1002", "seed: 0"),
        *("proven lower bound", "compute", "KV in use"),
    ):
        assert wanted in text, wanted
    assert len(page.encode()) < LARGEST
    headings = [tag for tag, _ in parsed.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count("h1") == 1
    assert {tag for tag, _ in parsed.tags} >= {"header", "nav", "main", "footer", "caption"}


def test_charts_and_regions_have_names() -> None:
    problem = measured_problem(8)
    for tag, attributes in Tags(page_of(problem, measured_result(problem), 60.0)).tags:
        if tag in ("svg", "nav", "input") or attributes.get("role") in ("region", "img"):
            named = attributes.get("aria-label") or attributes.get("id")
            assert named, (tag, attributes)
        if tag == "th":
            assert attributes.get("scope") in ("row", "col")


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        ({"verification": None}, "Not verified: 2 GPUs for 4 adapters"),
        ({"status": SolveStatus.UNCHECKED, "verification": None}, "Not checked: 2 GPUs by rules"),
        ({"status": SolveStatus.INFEASIBLE}, "No admissible placement of 4 adapters was found"),
        ({"status": SolveStatus.TIME_LIMIT}, "Incomplete: 1 of 4 adapters are not placed"),
    ],
)
def test_what_is_not_good_is_said_first(change: dict[str, object], headline: str) -> None:
    problem = measured_problem(4)
    result = replace(measured_result(problem), reason="of a reason", **change)  # type: ignore[arg-type]
    if result.status is SolveStatus.TIME_LIMIT:
        gpus = result.placement.gpus
        kept = (gpus[0], replace(gpus[1], shares=gpus[1].shares[1:]))
        lost = (gpus[1].shares[0][0],)
        result = replace(result, placement=Placement(kept, lost))
    page = page_of(problem, result)
    assert f"<title>{headline}" in page
    assert '<div class="verdict bad" role="alert">' in page
    assert "of a reason" in page


def test_too_few_requests_prove_nothing() -> None:
    problem = measured_problem(4)
    result = measured_result(problem)
    assert result.verification is not None
    untested = replace(result.verification, untested=(0,))
    page = page_of(problem, replace(result, verification=untested))
    assert "<title>Not verified: " in page
    assert "NOT proven by" in page


def test_no_gpu_at_all() -> None:
    problem = measured_problem(4)
    nothing = replace(
        measured_result(problem),
        status=SolveStatus.INFEASIBLE,
        placement=Placement((), tuple(f"a{k:02d}" for k in range(4))),
        gpus=(),
        verification=None,
    )
    page = page_of(problem, nothing)
    assert "No admissible placement" in page
    assert "not placed" in page
    Tags(page)


def test_a_scaled_profile_is_called_an_estimate() -> None:
    problem = measured_problem(4)
    profile = replace(measured_profile(), estimated_from="another", uncertainty=0.1)
    page = page_of(replace(problem, fleet=(GpuType(profile),)), measured_result(problem))
    assert "is an ESTIMATE, scaled from another" in page


@pytest.mark.parametrize("recorded", [False, True])
def test_the_error_of_the_twin_is_by_both_measures_where_they_are_known(recorded: bool) -> None:
    problem = measured_problem(4)
    accuracy = {"n": 3, "throughput_smape_pct": 0.9, "ttft_smape_pct": 4.0}
    accuracy |= {"throughput_mape_pct": 1.7, "ttft_mape_pct": 8.1} if recorded else {}
    known = {"accuracy": accuracy, "accuracy_on": "runs held out in turn"}
    profile = replace(measured_profile(), provenance=known)
    text = " ".join(
        Tags(page_of(replace(problem, fleet=(GpuType(profile),)), measured_result(problem))).texts
    )
    if recorded:
        assert "throughput 0.9 % (1.7 %), TTFT 4 % (8.1 %); runs held out in turn: 3" in text
        assert "MAPE in %, mean" in text
    else:
        assert "TTFT 4 %; runs held out in turn: 3; MAPE was not recorded then" in text
    assert "SMAPE in %, mean" in text


def test_a_replanned_placement_says_what_changes() -> None:
    problem = measured_problem(4)
    migration = {
        **{"num_moves": 3, "num_started": 1, "num_stopped": 0, "peak_gpus": 3},
        **{"restarted": ["gpu-01"], "interrupted": ["a02"]},
    }
    page = page_of(problem, measured_result(problem), migration=migration)
    assert "2 GPUs serve 4 adapters, replanned" in page
    assert "3 adapters moved" in page
    assert 'id="migration"' in page


def test_names_are_texts() -> None:
    problem = measured_problem(4)
    adapters = list(problem.workload.adapters)
    for number, name in enumerate((WICKED, "{{ 7 * 7 }}", "--><!--")):
        adapters[number] = replace(adapters[number], name=name)
    wicked = replace(problem, workload=Workload(tuple(adapters)))
    reason = "<svg onload=alert(1)>"
    page = page_of(wicked, replace(measured_result(wicked), reason=reason), 60.0)
    parsed = Tags(page)
    tags = [tag for tag, _ in parsed.tags]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not [name for _, attributes in parsed.tags for name in attributes if name[:2] == "on"]
    assert WICKED in parsed.texts  # as it is, and nothing else
    assert "{{ 7 * 7 }}" in parsed.texts
    assert reason in "".join(parsed.texts)


@pytest.mark.parametrize("distinct", [False, True])
def test_many_adapters_are_cut_with_a_sentence(distinct: bool) -> None:
    problem = measured_problem(12_000, 0.05)
    if distinct:
        unequal = tuple(
            replace(a, rate=0.05 + k * 1e-6, name=f"{'long' * 20}-{k}")
            for k, a in enumerate(problem.workload.adapters)
        )
        problem = replace(problem, workload=Workload(unequal))
    page = page_of(problem, measured_result(problem, 120))
    assert len(page.encode()) <= LARGEST
    assert "12,000 adapters are shown as" in page
    assert "routing.csv has every adapter" in page
    assert ("of which these are" in page) == distinct
