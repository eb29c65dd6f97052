"""Each cause takes what it takes, under the versions that count it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.gpu.memory.activations import forward_bytes, graph_bytes
from twin.gpu.memory.available import available_bytes
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.memory.kv_capacity import KvCapacityModel

LLAMA = KNOWN_MODELS["llama31_8b"]


def model(version: str) -> KvCapacityModel:
    return capacity_model(LLAMA, 80 << 30, 0.9, version)


def left(
    engine: KvCapacityModel,
    slots: int = 0,
    requests: int = 8,
    tokens: int = 2048,
    longest: int = 8192,
) -> float:
    return available_bytes(engine, slots, 16 if slots else 0, requests, tokens, longest)


def test_tokens_of_the_forward_pass() -> None:
    for version, streams in (("0.8.5", 1), ("0.15.1", 1)):
        engine = model(version)
        taken = left(engine) - left(engine, tokens=8192)
        assert taken == forward_bytes(LLAMA, 6144, streams=streams)


def test_requests_of_the_sampler() -> None:
    engine = model("0.22.1")
    taken = left(engine, requests=1024) - left(engine, requests=2048)
    assert taken == 1024 * (14 * 128256 + 2 * 4096)


def test_table_of_blocks_only_where_everything_counts() -> None:
    early, late = model("0.8.5"), model("0.10.0")
    assert left(early, requests=8) - left(early, requests=108) == 100 * 4 * 8192 / 16
    assert left(late, requests=8) == left(late, requests=108)


def test_max_model_len_counts_under_v0_up_to_32k() -> None:
    engine = model("0.7.3")
    taken = left(engine, longest=16384) - left(engine, longest=32768)
    assert taken == forward_bytes(LLAMA, 16384, streams=3)
    assert left(engine, longest=131072) == left(engine, longest=2048)
    v1 = model("0.15.1")
    assert left(v1, longest=16384) == left(v1, longest=32768)


def test_graphs_and_compilation_go_with_eager_engines() -> None:
    engine = model("0.22.1")
    eager = replace(engine, enforce_eager=True)
    graphs = graph_bytes(LLAMA, 8, 2048, 0)
    less = engine.tuning_bytes + graphs - forward_bytes(LLAMA, 2048, streams=3)
    less += forward_bytes(LLAMA, 2048, streams=1)
    assert left(eager) - left(engine) == pytest.approx(less)


def test_slots_of_embeddings_count_twice_today() -> None:
    today, before = model("0.22.1"), model("0.19.0")
    copy = 16 * 16 * 128256 * 2
    graphs = graph_bytes(LLAMA, 8, 2048, 8)
    assert left(before, slots=16) - left(today, slots=16) == pytest.approx(copy + graphs)


def test_early_engines_count_segments() -> None:
    engine = model("0.5.0")
    assert left(engine, slots=16) < left(engine)
    assert left(engine, requests=2048) < left(engine, requests=8)


def test_a_cache_of_a_given_size() -> None:
    fixed = replace(model("0.22.1"), kv_cache_memory_bytes=2**30)
    assert left(fixed) == left(fixed, slots=64) == 2**30
