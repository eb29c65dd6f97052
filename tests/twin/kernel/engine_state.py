"""The state of an engine in plain terms, and what holds for it."""

from __future__ import annotations

import numpy as np

from tests.twin.kernel.engine_cases import EngineCase
from twin.kernel.layout import NONE, Engine

__all__ = ["adapters_of", "check_state", "computed", "running", "waiting"]


def _walk(first: int, link: np.ndarray) -> list[int]:
    """Requests of a linked list."""
    members = []
    while first != NONE:
        members.append(int(first))
        first = link[first]
    return members


def running(engine: Engine) -> list[int]:
    """Running requests in order of admission, without those that have finished."""
    return [request for request in _listed(engine) if engine.request["finish"][request] == 0]


def _listed(engine: Engine) -> list[int]:
    return _walk(engine.s[0]["last"], engine.request["run_previous"])[::-1]


def waiting(engine: Engine) -> list[int]:
    """Waiting requests in order of the queue."""
    return _walk(engine.s[0]["head"], engine.queue["next"])


def computed(engine: Engine, case: EngineCase, request: int) -> int:
    """Tokens of a running request whose keys and values are in the cache."""
    s = engine.s[0]
    if request == s["partial"]:
        return int(s["partial_done"])
    left = engine.request["due"][request] - s["clock"]
    return int(case.requests.prompt[request] + case.requests.output[request] - 1 - left)


def adapters_of(case: EngineCase, requests: list[int]) -> list[int]:
    """Distinct adapters, the base model not counted."""
    base = case.adapter_rank.size
    return sorted({int(case.requests.adapter[i]) for i in requests} - {base})


def check_state(engine: Engine, case: EngineCase) -> None:
    """No request, block or adapter is lost or there twice, and every sum is that of its parts."""
    s = engine.s[0]
    listed, at_work, queued = _listed(engine), running(engine), waiting(engine)
    size = case.limits.block_size

    done = engine.finished[: s["finished"]].tolist()
    turned_away = np.flatnonzero(engine.rejected).tolist()
    arrived = sorted([*at_work, *queued, *done, *turned_away])
    assert arrived == list(range(s["upcoming"])), "a request is lost or there twice"
    assert (len(listed), len(queued)) == (s["running"], s["waiting"])
    assert len(listed) - len(at_work) == s["finished"] - s["released"]
    assert len(listed) <= case.limits.max_num_seqs

    tokens = {request: computed(engine, case, request) for request in at_work}
    held = sum(-(-count // size) for count in tokens.values())
    assert held + s["free"] == case.limits.kv_blocks, "a KV block is lost or there twice"
    decoding = [request for request in at_work if request != s["partial"]]
    assert s["decodes"] == len(decoding) == engine.block_phase.sum()
    assert s["context"] == sum(tokens[request] for request in decoding)

    in_use = adapters_of(case, listed)
    assert s["adapters"] == len(in_use) <= case.limits.max_loras
    assert s["rank_sum"] == case.adapter_rank[in_use].sum()
    on_gpu, in_host = (a[:-1] > 0 for a in (engine.cache.on_gpu, engine.cache.in_host))
    # Under V1 every step touches all running adapters; under V0 a step of prompts may drop one.
    missing = np.flatnonzero(~on_gpu[in_use]).size
    assert s["missing"] == missing
    assert missing == 0 or case.limits.prefill_first, "in use, but not on the GPU"
    assert np.count_nonzero(on_gpu) == s["gpu_resident"] <= case.limits.max_loras
    assert np.count_nonzero(in_host) == s["host_resident"] <= case.limits.host_adapters
    assert not np.any(on_gpu & ~in_host), "on the GPU, but not in host memory"
