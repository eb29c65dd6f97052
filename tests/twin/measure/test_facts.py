"""Facts that logs of several versions tell, and those that have to be asked for."""

from __future__ import annotations

import pytest

from tests.twin.measure.fake_server import LOG
from twin.files.errors import InputError
from twin.measure.counters import Info
from twin.measure.facts import Facts, read_log, read_server_info, with_info

OLDER = """\
INFO 05-12 10:00:00 [api_server.py:1043] vLLM API server version 0.8.5
INFO 05-12 10:00:01 [config.py:2003] Chunked prefill is enabled with max_num_batched_tokens=2048.
INFO 05-12 10:00:05 [core.py:58] Initializing a V1 LLM engine (v0.8.5) with config: model='m', \
dtype=torch.bfloat16, max_seq_len=8192, tensor_parallel_size=2, quantization=fp8, \
enforce_eager=False, kv_cache_dtype=fp8
INFO 05-12 10:00:20 [gpu_model_runner.py:1347] Model loading took 16.4100 GiB and 9.1 seconds
INFO 05-12 10:00:40 [kv_cache_utils.py:634] GPU KV cache size: 442,400 tokens
INFO 05-12 10:01:00 [gpu_model_runner.py:1686] Graph capturing finished in 20 secs, took 1.04 GiB
"""


def test_log_of_today() -> None:
    facts = read_log(LOG)
    assert facts.vllm_version == "0.32.0"
    assert (facts.max_num_seqs, facts.max_num_batched_tokens) == (64, 2048)
    assert (facts.max_loras, facts.max_lora_rank, facts.max_model_len) == (4, 16, 2048)
    assert (facts.kv_cache_tokens, facts.kv_available_gib) == (442_400, 54.0)
    assert (facts.dtype, facts.quantization, facts.enforce_eager) == ("bfloat16", "", "True")


def test_log_of_an_older_version() -> None:
    facts = read_log(OLDER)
    assert facts.vllm_version == "0.8.5"
    assert (facts.max_num_batched_tokens, facts.max_num_seqs) == (2048, 0)
    assert (facts.model_load_gib, facts.graph_capture_gib) == (16.41, 1.04)
    assert (facts.tensor_parallel_size, facts.quantization) == (2, "fp8")


def test_what_is_given_comes_first() -> None:
    facts = Facts(max_num_seqs=128).filled(read_log(LOG))
    assert (facts.max_num_seqs, facts.max_num_batched_tokens) == (128, 2048)


def test_metrics_fill_what_the_log_does_not_tell() -> None:
    cache = {"block_size": "16", "num_gpu_blocks": "100", "gpu_memory_utilization": "0.92"}
    facts = with_info(Facts(), Info(cache, {}))
    assert (facts.kv_cache_tokens, facts.gpu_memory_utilization) == (1600, 0.92)
    assert with_info(read_log(LOG), Info(cache, {})).kv_cache_tokens == 442_400
    assert with_info(Facts(), Info({"block_size": "None"}, {})).kv_cache_tokens == 0


def test_what_a_server_in_development_mode_tells() -> None:
    config = {
        "scheduler_config": {"max_num_seqs": 256, "max_num_batched_tokens": 8192},
        "cache_config": {"block_size": "16", "gpu_memory_utilization": 0.92},
        "parallel_config": {"tensor_parallel_size": None},
        "lora_config": "<LoRAConfig>",
    }
    facts = read_server_info(config)
    assert (facts.max_num_seqs, facts.max_num_batched_tokens) == (256, 8192)
    assert (facts.block_size, facts.gpu_memory_utilization) == (16, 0.92)
    assert (facts.tensor_parallel_size, facts.max_loras) == (0, 0)
    assert facts.specialize_active_lora == ""
    for on in (True, False):
        told = read_server_info({"lora_config": {"specialize_active_lora": on}})
        assert told.specialize_active_lora == str(on)
    assert read_log("'specialize_active_lora': True}").specialize_active_lora == "True"


def test_what_nothing_tells_is_asked_for() -> None:
    with pytest.raises(InputError) as refused:
        read_log(OLDER).check(("max_num_seqs", "kv_cache_tokens"), "http://h")
    assert "max_num_seqs: neither the server nor its log tells" in str(refused.value)
    assert "give --max-num-seqs" in str(refused.value)
