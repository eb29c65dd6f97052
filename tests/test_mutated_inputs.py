"""Whatever a file holds, its reader answers with a valid object or an `InputError`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml

from estimators.model.model_file import read_model
from placer.benchmark.instance import Instance
from placer.benchmark.row_files import read_rows
from placer.console.config import read_config
from placer.console.rules_file import read_rules
from placer.problem.placement import Placement
from placer.problem.result import Result
from tests.mutated_models import mutated_models
from tests.mutations import mutated_bytes, mutated_csv, mutated_json
from tests.nightly import NIGHTLY
from tests.placer.benchmark.example_row import ROW
from tests.placer.example_result import result
from tests.twin.measured.client_files import entry as guidellm_entry
from twin.files.errors import InputError
from twin.files.plain_data import read_json
from twin.gpu.memory.engines import capacity_model
from twin.gpu.memory.hugging_face import architecture_from_config
from twin.gpu.memory.measurements import read_measurements
from twin.gpu.read_profile import read_profile
from twin.measured.bench_result import read_bench_results
from twin.measured.record_table import read_record_runs
from twin.measured.run import MeasuredRun
from twin.measured.run_table import read_runs
from twin.sources.adapter_file import read_adapters
from twin.sources.servegen import servegen_workload
from twin.sources.trace_file import read_trace

NUMBER = 3000
"""Mutated inputs for each reader."""

ADAPTERS_CSV = """name,rank,rate_req_s,prompt_tokens_mean,prompt_tokens_std,arrival_cv,base_model
legal,16,0.4,900,400,1.0,
support,8,1.2,350,0,2.0,llama
code,32,0.8,,,,
"""
ADAPTERS: list[dict[str, Any]] = [
    {"name": "legal", "rank": 16, "rate_req_s": 0.4, "output_tokens_mean": 180, "arrival_cv": 2},
    {"name": "code", "rank": 8, "rate_req_s": 1.5, "base_model": "llama"},
]
RULES = {
    **{"min_replicas": {"a": 2}, "together": [["a", "b"]], "apart": [["c", "d"]]},
    **{"pinned": {"a": "gpu-00"}, "profiles": {"a": "h100"}, "leave_out": ["gpu-01"]},
    "max_lora_rank": 16,
}
CONFIG = {
    "seed": 0,
    "max_gpus": None,
    "verify": "twin",
    "robustness": {"arrival_cv": 2.0},
    "fleet": [{"profile": "a", "count": 2}],
    "objective": {"_target_": "placer.objectives.gpu_count.GpuCount"},
}
HUGGING_FACE = {
    **{"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336},
    **{"num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8},
    **{"vocab_size": 128256, "max_position_embeddings": 131072, "tie_word_embeddings": False},
}
CAPACITIES = """\
model,vllm_version,max_loras,max_lora_rank,max_num_seqs,max_model_len,kv_cache_tokens
tiny,0.8.5,8,16,256,4096,10000
tiny,0.8.5,16,16,256,4096,
"""
INSTANCE = {
    **{"schema_version": 2, "name": "one", "family": "few", "about": "", "estimator": "twin"},
    **{"starvation_threshold": 0.9, "max_gpus": None, "objectives": ["gpu_count"]},
    "fleet": [{"profiles": ["h100_64gb_llama31_8b"], "count": 2}],
    "traffic": {"chat": {"prompt": [600, 300], "output": [4, 2]}},
    "adapters": [[18, 8, 0.3, "chat"]],
    "best_known": {
        "paper": {"gpu_count": {"value": [3.0], "lower_bound": [3.0], "found_by": "milp"}}
    },
}
LOG_CSV = "timestamp,prompt_tokens,output_tokens,adapter\n" + "".join(
    f"{i / 2},{100 + i},{10 + i},a{i % 3}\n" for i in range(12)
)
LOG = [
    {"timestamp": 500 * i, "input_length": 100, "output_length": 9, "adapter": f"a{i % 3}"}
    for i in range(8)
]
BENCH = {
    **{"model_id": "tiny", "vllm_version": "0.8.5", "max_loras": 8, "max_lora_rank": 16},
    **{"adapter_rank_mix": "8:4;16:4", "request_rate": 4.0, "burstiness": 1.0},
    **{"max_concurrency": None, "num_prompts": 200, "completed": 200, "failed": 0},
    **{"duration": 52.0, "total_input_tokens": 40000, "total_output_tokens": 20000},
    **{"total_token_throughput": 1150.0, "mean_ttft_ms": 50.0, "mean_tpot_ms": 20.0},
}
RUNS = """\
run_id,model,vllm_version,max_loras,max_lora_rank,adapter_rank_mix,rate_counts,\
mean_input_tokens,mean_output_tokens,duration_s,total_throughput_tok_s
a,tiny,0.8.5,8,16,8:4;16:4,0.5:8,200,100,60,1100
b,tiny,0.8.5,8,16,8:4,1:4,200,100,60,1000
"""
DETAILED = BENCH | {
    **{"num_prompts": 6, "completed": 6, "duration": 9.0, "dataset": "sharegpt"},
    **{"total_input_tokens": 210, "total_output_tokens": 65, "total_token_throughput": 30.6},
    **{"request_rate": "inf", "ramp_up_strategy": "linear", "ramp_up_start_rps": 1},
    **{"ramp_up_end_rps": 3, "input_lens": [10, 20, 30, 40, 50, 60]},
    **{"output_lens": [9, 10, 11, 12, 13, 10], "start_times": [5.0, 6.5, 7.0, 7.5, 8.0, 9.5]},
    "errors": ["", "", "", "", "", ""],
}
ENGINES = {
    **{"requests_file": "records", "model": "tiny", "vllm_version": "0.8.5", "max_loras": "8"},
    **{"max_lora_rank": "16", "max_num_seqs": "256", "max_num_batched_tokens": "2048"},
    **{"adapter_rank_mix": "8:2", "base_model": "tiny"},
}
GUIDELLM = {
    "benchmarks": [
        {
            "config": {"strategy": {"type_": "poisson", "max_concurrency": None}},
            "scheduler_metrics": {"requests_made": {"total": 7}},
            "requests": {
                "successful": [guidellm_entry(i / 2) for i in range(6)],
                "errored": [],
                "incomplete": [guidellm_entry(6.0)],
            },
        }
    ]
}
AIPERF = [
    {
        "metadata": {
            "request_start_ns": 1_750_000_000_000_000_000 + i * 500_000_000,
            "request_end_ns": 1_750_000_002_000_000_000 + i * 500_000_000,
            "benchmark_phase": "profiling",
            "was_cancelled": False,
        },
        "metrics": {
            "time_to_first_token": {"value": 80.5, "unit": "ms"},
            "input_sequence_length": {"value": 100 + i, "unit": "tokens"},
            "output_sequence_length": {"value": 9, "unit": "tokens"},
        },
        "error": None,
        "adapter": f"a{i % 2}",
    }
    for i in range(6)
]
CLIENT_MEANS = "client_id,mean_input_tokens,mean_output_tokens\n1,200,100\n2,100,50\n"
CLIENTS = "client_id,timestamp_s,rate,cv\n1,0,2.5,1.5\n2,0,1.0,1\n1,600,2.0,1.2\n"


class Reader(NamedTuple):
    """What reads mutated inputs.

    Parameters
    ----------
    inputs : callable
        Makes so many.
    read : callable
        Reads a file, and does with the object what has to be possible with every one.
    name : str
        Of the file.
    """

    inputs: Callable[[int], Iterator[bytes]]
    read: Callable[[Path], object]
    name: str


def use_profile(path: Path) -> None:
    profile = read_profile(path)
    config = profile.engine_config(4, 16)
    assert profile.kv_tokens(config) >= 0
    profile.memory_error(config)
    profile.step_time.costs(config)
    assert len(profile.fingerprint) == 64


def use_adapters(path: Path) -> None:
    for adapter in read_adapters(path).adapters:
        assert 0 < adapter.token_rate < 1e16


def use_architecture(path: Path) -> None:
    architecture = architecture_from_config(path)
    model = capacity_model(architecture, 80 << 30, 0.9, "0.8.5")
    assert model.tokens(4, 16, max_num_seqs=256) >= 0


def use_records(path: Path) -> None:
    """A file of records, which a table beside it names."""
    table = path.with_name("engines.csv")
    row = ENGINES | {"requests_file": path.name}
    table.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    use_runs(read_record_runs(table))


def use_bench(path: Path) -> None:
    use_runs(read_bench_results(path))


def use_runs(runs: Sequence[MeasuredRun]) -> None:
    for run in runs:
        if not run.usable:
            continue
        assert 0 < run.duration < 1e12
        assert 0 < run.offered_throughput < 1e16
        if run.client is not None and run.client.num_requests < 10_000:
            arrivals = run.client.arrivals(np.random.default_rng(0))
            assert np.all(np.isfinite(arrivals))
            assert np.all(np.diff(arrivals) >= 0)


def use_result(path: Path) -> None:
    read = Result.from_dict(read_json(path))
    read.is_feasible()
    assert read.gap == read.gap or read.to_dict()


def csv(text: str) -> Callable[[int], Iterator[bytes]]:
    return lambda number: mutated_csv(text, number, 0)


def data(content: Any) -> Callable[[int], Iterator[bytes]]:
    return lambda number: mutated_json(content, number, 0)


def lines(content: list[Any]) -> Callable[[int], Iterator[bytes]]:
    """An object in each line, of which one is mutated as data or the text as bytes."""

    def inputs(number: int) -> Iterator[bytes]:
        whole = [json.dumps(entry).encode() for entry in content]
        texts = mutated_bytes(b"\n".join(whole), number // 3, 0)
        for index in range(number):
            if index % 3 == 0 and index < number // 3 * 3:
                yield next(texts)
            else:
                place = index % len(content)
                changed = next(mutated_json(content[place], 1, index))
                yield b"\n".join([*whole[:place], changed, *whole[place + 1 :]])

    return inputs


def text(content: str) -> Callable[[int], Iterator[bytes]]:
    return lambda number: mutated_bytes(content.encode(), number, 0)


PROFILE = read_profile("h100_64gb_llama31_8b").to_dict() | {"provenance": {}}
ROWS = json.loads(json.dumps([asdict(ROW)]))
READERS = {
    "adapters as CSV": Reader(csv(ADAPTERS_CSV), use_adapters, "a.csv"),
    "adapters as JSON": Reader(data(ADAPTERS), use_adapters, "a.json"),
    "adapters as YAML": Reader(text(yaml.safe_dump(ADAPTERS)), use_adapters, "a.yaml"),
    "profile": Reader(data(PROFILE), use_profile, "a.yaml"),
    "profile as text": Reader(text(yaml.safe_dump(PROFILE)), use_profile, "a.yaml"),
    "rules": Reader(data(RULES), read_rules, "a.yaml"),
    "configuration of a run": Reader(data(CONFIG), read_config, "config.yaml"),
    "placement": Reader(data(result().placement.to_dict()), Placement.read, "a.json"),
    "result": Reader(data(result().to_dict()), use_result, "a.json"),
    "model of Hugging Face": Reader(data(HUGGING_FACE), use_architecture, "config.json"),
    "capacities": Reader(
        csv(CAPACITIES), lambda path: read_measurements(path, "tiny", "0.8.5"), "a.csv"
    ),
    "result of vllm bench serve": Reader(data(BENCH), use_bench, "a.json"),
    "result with details": Reader(data(DETAILED), use_bench, "a.json"),
    "results that were appended": Reader(lines([BENCH, DETAILED]), use_bench, "a.jsonl"),
    "report of GuideLLM": Reader(data(GUIDELLM), use_records, "a.json"),
    "records of aiperf": Reader(lines(AIPERF), use_records, "a.jsonl"),
    "measured runs": Reader(csv(RUNS), lambda path: use_runs(read_runs(path)), "a.csv"),
    "rows of a benchmark": Reader(data(ROWS), read_rows, "a.json"),
    "instance": Reader(data(INSTANCE), Instance.read, "a.yaml"),
    "log as CSV": Reader(csv(LOG_CSV), read_trace, "a.csv"),
    "log as JSON": Reader(data(LOG), read_trace, "a.json"),
    "log as JSON Lines": Reader(text("\n".join(map(json.dumps, LOG))), read_trace, "a.jsonl"),
    "clients of ServeGen": Reader(csv(CLIENTS), servegen_workload, "m_rates_1.csv"),
    "trained model": Reader(mutated_models, lambda path: read_model(path).compiled(), "a.model"),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: a disk takes longer than all readers."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as path:
        (Path(path) / "m_token_means.csv").write_text(CLIENT_MEANS)
        yield Path(path)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.filterwarnings("ignore")
def test_every_outcome_is_an_object_or_an_input_error(name: str, folder: Path) -> None:
    reader = READERS[name]
    path = folder / reader.name
    accepted, size = 0, NIGHTLY or NUMBER
    for number, content in enumerate(reader.inputs(size)):
        path.write_bytes(content)
        try:
            reader.read(path)
        except InputError:
            continue
        except Exception as error:
            raise AssertionError(f"input {number}: {content[:2000]!r}") from error
        accepted += 1
    assert 0 < accepted < size // 2
