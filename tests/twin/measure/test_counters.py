"""Counters by the names of several versions, and what is told where one is missing."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.measure.counters import read_counters, read_info

PAGE = """\
# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="m \\"x\\""} 120.0
vllm:prompt_tokens_total{engine="1",model_name="m"} 80.0
vllm:prompt_tokens_created{engine="0",model_name="m"} 1.7e+09
vllm:generation_tokens_total{engine="0",model_name="m"} 40.0
vllm:num_preemptions_total{engine="0",model_name="m"} 0.0
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_waiting{engine="0",model_name="m"} 2.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 7.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.2
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.4
vllm:inter_token_latency_seconds_sum{engine="0",model_name="m"} 0.5
vllm:inter_token_latency_seconds_count{engine="0",model_name="m"} 10.0
vllm:iteration_tokens_total_count{engine="0",model_name="m"} 12.0
vllm:cache_config_info{block_size="16",num_gpu_blocks="100"} 1.0
"""


def test_engines_behind_one_server_are_summed() -> None:
    counters = read_counters(PAGE, "page")
    assert (counters.prompt_tokens, counters.generation_tokens) == (200, 40)
    assert (counters.running, counters.waiting, counters.in_system) == (3, 2, 5)
    assert counters.kv_usage == pytest.approx(0.3)


def test_what_grew_between_two_moments() -> None:
    before = read_counters(PAGE, "page")
    later = PAGE.replace('sum{engine="0",model_name="m"} 0.5', 'sum{engine="0"} 1.5')
    later = later.replace('_count{engine="0",model_name="m"} 1', '_count{engine="0"} 3')
    after = read_counters(later, "page")
    assert before.mean_gap(after) == pytest.approx(1.0 / 20)
    assert before.num_steps(after) == 20
    assert before.is_before(after)
    fewer = read_counters(PAGE.replace("} 40.0", "} 39.0"), "page")
    assert not before.is_before(fewer)


def test_older_names_and_what_a_version_does_not_count() -> None:
    old = PAGE.replace("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")
    old = old.replace("inter_token_latency", "time_per_output_token")
    counters = read_counters(old.replace("vllm:iteration_tokens_total", "vllm:other"), "page")
    assert counters.kv_usage == pytest.approx(0.3)
    assert counters.gaps == 10
    assert counters.steps is None
    assert counters.num_steps(counters) is None


def test_a_metric_that_was_renamed_is_named_with_the_nearest() -> None:
    renamed = PAGE.replace("generation_tokens_total", "generated_tokens_total")
    with pytest.raises(InputError) as refused:
        read_counters(renamed, "http://h/metrics")
    told = str(refused.value)
    assert "http://h/metrics: there is no metric vllm:generation_tokens_total" in told
    assert "the nearest is vllm:generated_tokens_total" in told


@pytest.mark.parametrize("page", ["", "<html>nginx</html>", "python_info 1.0\n"])
def test_a_page_of_something_else(page: str) -> None:
    with pytest.raises(InputError, match="there is no metric of vLLM"):
        read_counters(page, "page")


def test_a_page_that_is_broken() -> None:
    with pytest.raises(InputError, match="no page of Prometheus metrics"):
        read_counters(PAGE.replace("} 40.0", "} many"), "page")


def test_info() -> None:
    info = read_info(PAGE, "page")
    assert info.cache == {"block_size": "16", "num_gpu_blocks": "100"}
    assert info.lora == {}
