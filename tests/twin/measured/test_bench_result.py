"""Results of vllm bench serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.twin.measured.bench_files import RESULT, write
from twin.files.errors import InputError
from twin.measured.bench_result import read_bench_result


def test_a_result_is_a_run(tmp_path: Path) -> None:
    run = read_bench_result(write(tmp_path, RESULT))
    assert run.run_id == "bench"
    assert run.model == "meta-llama/Llama-3.1-8B-Instruct"
    assert run.rates == {0.5: 8}
    assert run.ranks == {8: 4, 16: 4}
    assert run.pooled_arrivals
    assert (run.prompt_mean, run.output_mean) == (220, 180)
    assert (run.tpot_mean, run.ttft_mean, run.ttft_p99, run.itl_mean) == (0.02, 0.08, 0.3, 0.0205)
    assert run.throughput == 1538.5
    assert run.usable
    assert not run.starved


@pytest.mark.parametrize("key", ["vllm_version", "max_loras", "max_lora_rank", "adapter_rank_mix"])
def test_missing_metadata_is_named_with_the_remedy(tmp_path: Path, key: str) -> None:
    data = {k: v for k, v in RESULT.items() if k != key}
    with pytest.raises(InputError, match=f"lacks {key}.*--metadata"):
        read_bench_result(write(tmp_path, data))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "no result of vllm bench serve"),
        ({"total": 1}, "no result of vllm bench serve"),
        (RESULT | {"request_rate": "inf"}, "request_rate"),
        (RESULT | {"completed": 0}, "completed.*not positive"),
        (RESULT | {"duration": None}, "duration"),
        (RESULT | {"adapter_rank_mix": ""}, "no adapter"),
    ],
)
def test_wrong_files_are_one_line(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_bench_result(write(tmp_path, content))
    assert "bench.json" in str(error.value)
