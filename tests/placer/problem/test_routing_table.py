"""Routing table."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from placer.problem.placement import GpuPlan, Placement
from placer.problem.routing_table import (
    route_adapters,
    routing_csv,
    routing_json,
    served_models,
)
from placer.testing import example_problem
from twin.gpu.engine_config import EngineConfig

CONFIG = EngineConfig(max_loras=2, max_lora_rank=16)
PLACEMENT = Placement(
    (
        GpuPlan("h100", CONFIG, (("a,b", 1.0), ("hot", 0.75))),
        GpuPlan("h100", CONFIG, (("hot", 0.25),)),
    ),
    ("out",),
)


def test_shares_by_adapter_and_gpu() -> None:
    assert route_adapters(PLACEMENT) == {
        "a,b": {"gpu-00": 1.0},
        "hot": {"gpu-00": 0.75, "gpu-01": 0.25},
    }
    assert list(route_adapters(PLACEMENT)) == ["a,b", "hot"]


def test_json_has_a_version() -> None:
    content = json.loads(routing_json(PLACEMENT))
    assert content == {"schema_version": 1, "adapters": route_adapters(PLACEMENT)}


def test_csv_has_a_row_for_each_share() -> None:
    rows = list(csv.DictReader(io.StringIO(routing_csv(PLACEMENT))))
    assert [tuple(row.values()) for row in rows] == [
        ("a,b", "gpu-00", "1.0"),
        ("hot", "gpu-00", "0.75"),
        ("hot", "gpu-01", "0.25"),
    ]


def test_requests_for_the_base_model_are_those_that_name_it() -> None:
    models = {"hot": "org/model"}
    content = json.loads(routing_json(PLACEMENT, models))
    assert content["adapters"] == {"a,b": {"gpu-00": 1.0}}
    assert content["base_models"] == {"org/model": {"gpu-00": 0.75, "gpu-01": 0.25}}
    rows = list(csv.DictReader(io.StringIO(routing_csv(PLACEMENT, models))))
    assert [row["adapter"] for row in rows] == ["a,b", "org/model", "org/model"]


def test_a_base_model_is_named_as_vllm_does() -> None:
    problem = example_problem(2, base_rate=1.0)
    assert served_models(problem) == {"base": "example-8b"}
    (gpu_type,) = problem.fleet
    known = replace(gpu_type, profile=replace(gpu_type.profile, model_id="org/example-8b"))
    assert served_models(replace(problem, fleet=(known,))) == {"base": "org/example-8b"}
    assert served_models(example_problem(2)) == {}
