"""How many requests at a time a KV cache is best used with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.testing import example_profile
from placer.gpu.batch_limits import batch_limits, requests_in_memory
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength

PROFILE = example_profile()
CONFIG = PROFILE.engine_config(2, 16)


def of(prompt: int, output: int, rate: float = 1.0) -> Adapter:
    return Adapter("a", 16, rate, CopulaLengths(FixedLength(prompt), FixedLength(output)))


def test_a_request_takes_its_prompt_and_on_average_half_of_its_answer() -> None:
    held = requests_in_memory(PROFILE, CONFIG, [of(100, 1000)])
    assert held == pytest.approx(PROFILE.kv_tokens(CONFIG) / 600, rel=2e-3)


def test_while_it_is_read_a_prompt_takes_half_of_its_memory() -> None:
    long = 1000 * CONFIG.max_num_batched_tokens
    held = requests_in_memory(PROFILE, CONFIG, [of(long, 1)])
    assert held == pytest.approx(PROFILE.kv_tokens(CONFIG) / (long / 2), rel=2e-3)


def test_requests_count_for_as_long_as_they_stay() -> None:
    short, long = of(100, 10), of(100, 1000)
    each = [1 / requests_in_memory(PROFILE, CONFIG, [adapter]) for adapter in (short, long)]
    both = 1 / requests_in_memory(PROFILE, CONFIG, [replace(short, name="b"), long])
    assert both == pytest.approx((10 * each[0] + 1000 * each[1]) / 1010, rel=1e-3)
    rare = 1 / requests_in_memory(PROFILE, CONFIG, [replace(short, rate=1e6), long])
    assert rare == pytest.approx(each[0], rel=1e-2)


def test_limits_are_below_that_of_the_engine_which_comes_first() -> None:
    adapter = of(PROFILE.kv_tokens(CONFIG) // 20, 10)
    engine, *fewer = batch_limits(PROFILE, CONFIG, [adapter])
    assert engine == CONFIG
    held = requests_in_memory(PROFILE, CONFIG, [adapter])
    limits = [config.max_num_seqs for config in fewer]
    assert limits == sorted({round(held * part) for part in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)})
    assert all(replace(c, max_num_seqs=CONFIG.max_num_seqs) == CONFIG for c in fewer)


@pytest.mark.parametrize(("prompt", "expected"), [(1, 1), (10**6, 2)])
def test_small_requests_leave_an_engine_as_it_is_and_huge_ones_run_alone(
    prompt: int, expected: int
) -> None:
    found = batch_limits(PROFILE, CONFIG, [of(prompt, 1)])
    assert len(found) == expected
    assert found[0] == CONFIG
    assert all(config.max_num_seqs == 1 for config in found[1:])
