"""An explanation in words and as data."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace

import pytest
from rich.console import Console

from placer.explain import Change, Explanation, GpuExplanation, Suggestion, WhatIf
from placer.report.explanation_report import explanation_document, print_explanation
from tests.placer.example_result import result

EXPLANATION = Explanation(
    gpus=(
        GpuExplanation("gpu-00", "h100", 2, 4000.0, "KV memory", 0.125),
        GpuExplanation("gpu-01", "h100", 3, 100.0, "slots", 20.0),
        GpuExplanation("gpu-02", "h100", 1, 1.0, "compute", math.inf),
    ),
    suggestions=(
        Suggestion("close", "gpu-00"),
        Suggestion("move", "gpu-00", "a", "gpu-01", "gpu-02"),
        Suggestion("re-rank", "gpu-00", "b", "gpu-01", rank=8),
        Suggestion("remove", "gpu-00", "c", "gpu-01"),
    ),
)
ANSWERS = (
    WhatIf(Change(rate_factor=1.2), ("gpu-00",), result(), 2),
    WhatIf(Change(gpus=-1), None, result(), 2),
    WhatIf(Change(max_lora_rank=64), (), result(), 2),
)


def printed(
    explanation: Explanation, answers: tuple[WhatIf, ...] = (), unplaced: tuple[str, ...] = ()
) -> str:
    text = io.StringIO()
    placement = replace(result().placement, unplaced=unplaced)
    print_explanation(Console(file=text, width=160), placement, explanation, answers)
    return text.getvalue()


def test_tables_and_sentences() -> None:
    shown = printed(EXPLANATION, ANSWERS)
    for text in (
        "all rates may grow by 12.5 % until gpu-00 starves for KV memory",
        "the GPUs can take any number of tokens/s more",
        "20 x",
        "any factor",
        "gpu-00 can be closed: the other GPUs take all its adapters",
        "with a moved from gpu-01 to gpu-02 gpu-00 can be closed",
        "with rank 8 for b (now on gpu-01) gpu-00 is not needed",
        "without c (now on gpu-01) gpu-00 is not needed",
        "1 GPU fails: gpu-00",
        "there are not enough GPUs",
        "2 GPUs, feasible, gap 50 %, verified",
    ):
        assert text in shown
    assert "no change of a single adapter" not in shown


def test_without_suggestions_that_is_said() -> None:
    shown = printed(Explanation(EXPLANATION.gpus[:2], ()))
    assert "no change of a single adapter was found that frees a GPU" in shown
    assert "What if" not in shown


def test_adapters_that_are_not_served_are_counted() -> None:
    shown = printed(EXPLANATION, unplaced=("x", "y"))
    assert "2 adapters are not served, or not in full" in shown
    assert "not served" not in printed(EXPLANATION)


def test_a_gpu_that_starves_is_named() -> None:
    starving = GpuExplanation("gpu-01", "h100", 1, 9.0, "slots", math.nan)
    shown = printed(Explanation((EXPLANATION.gpus[0], starving), ()))
    assert "gpu-01 starves now; slots binds" in shown


def test_the_document_is_plain_json() -> None:
    document = explanation_document(EXPLANATION, ANSWERS)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["fleet"] == {
        "num_gpus": 3,
        "binding": "KV memory",
        "tightest": "gpu-00",
        "headroom": 0.125,
        "spare_throughput": None,
    }
    assert document["gpus"][1]["spare_throughput"] == pytest.approx(2000)
    assert document["gpus"][2]["headroom"] is None
    assert document["suggestions"][1] == {
        "action": "move",
        "gpu": "gpu-00",
        "adapter": "a",
        "at": "gpu-01",
        "to": "gpu-02",
        "rank": None,
    }
    assert [answer["failing"] for answer in document["what_if"]] == [["gpu-00"], None, []]
    assert document["what_if"][0]["num_gpus"] == 2
