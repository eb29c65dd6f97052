"""What the twin served, as GuideLLM and aiperf would have noted it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from twin.engine.simulate import simulate_stream
from twin.engine.simulation_result import RequestRecords, SimulationResult
from twin.engine.start import Start
from twin.gpu.profile import ServingProfile
from twin.workload.workload import RequestStream

__all__ = ["COLUMNS", "EPOCH", "NAMES", "aiperf", "entry", "guidellm", "report", "served", "table"]

EPOCH = 1_750_000_000
NAMES = ("chat", "code", "law", "maths")
COLUMNS = {
    "requests_file": "",
    "model": "llama-3.1-8b-instruct",
    "vllm_version": "0.8.5",
    "max_loras": "2",
    "max_lora_rank": "16",
    "max_num_seqs": "256",
    "max_num_batched_tokens": "2048",
    "adapter_rank_mix": "8:2;16:2",
}


def served(
    profile: ServingProfile, rate: float, number: int = 400, seed: int = 5
) -> tuple[RequestStream, SimulationResult]:
    """Requests of four adapters and of the base model, and what became of them."""
    rng = np.random.default_rng(seed)
    sent = np.cumsum(rng.exponential(1 / rate, number))
    stream = RequestStream(
        sent - sent[0],
        rng.integers(-1, 4, number).astype(np.int32),
        rng.integers(20, 400, number).astype(np.int32),
        rng.integers(1, 200, number).astype(np.int32),
        np.array([8, 8, 16, 16]),
        10_000.0,
    )
    config = profile.engine_config(2, 16)
    return stream, simulate_stream(stream, config, profile, start=Start.FRESH, records=True)


def _rows(stream: RequestStream, records: RequestRecords) -> Iterator[tuple[Any, ...]]:
    for i in range(len(stream)):
        name = "meta-llama/x" if stream.adapter[i] < 0 else NAMES[stream.adapter[i]]
        times = (records.arrival[i], records.first_token[i], records.finish[i])
        yield (name, *times, int(stream.prompt_tokens[i]), int(stream.output_tokens[i]))


def guidellm(
    stream: RequestStream, records: RequestRecords, cut_after: float = float("inf")
) -> dict[str, list[dict[str, object]]]:
    """Requests of a benchmark; those that end after a moment are incomplete."""
    kinds: dict[str, list[dict[str, object]]] = {"successful": [], "incomplete": []}
    for name, sent, first, finish, prompt, output in _rows(stream, records):
        if sent >= cut_after:
            continue
        done = finish <= cut_after
        entry = {
            "request_start_time": EPOCH + sent,
            "request_end_time": EPOCH + (finish if done else cut_after),
            "time_to_first_token_ms": 1e3 * (first - sent) if done else None,
            "prompt_tokens": prompt if done else None,
            "output_tokens": output if done else None,
            "request_args": json.dumps({"method": "POST", "body": {"model": name}}),
        }
        kinds["successful" if done else "incomplete"].append(entry)
    kinds["successful"].reverse()  # they stand as they ended, not as they were sent
    return kinds


def entry(start: float, **changes: object) -> dict[str, object]:
    """A request of a GuideLLM report."""
    return {
        "request_start_time": EPOCH + start,
        "request_end_time": EPOCH + start + 2,
        "time_to_first_token_ms": 250.0,
        "prompt_tokens": 7,
        "output_tokens": 8,
        "request_args": json.dumps({"body": {"model": "law"}}),
    } | changes


def report(*requests: object, **strategy: object) -> str:
    """A report of GuideLLM with these benchmarks."""
    config = {"strategy": {"type_": "poisson", "rate": 5.0} | strategy}
    return json.dumps({"benchmarks": [{"requests": r, "config": config} for r in requests]})


def aiperf(
    stream: RequestStream, records: RequestRecords, named: bool = True
) -> list[dict[str, Any]]:
    """Records of aiperf, with the adapter of each where ``named``."""
    entries = []
    for name, sent, first, finish, prompt, output in _rows(stream, records):
        entry = {
            "metadata": {
                "request_start_ns": int(1e9 * EPOCH + 1e9 * sent),
                "request_end_ns": int(1e9 * EPOCH + 1e9 * finish),
                "benchmark_phase": "profiling",
                "was_cancelled": False,
            },
            "metrics": {
                "time_to_first_token": {"value": 1e3 * (first - sent), "unit": "ms"},
                "input_sequence_length": {"value": prompt, "unit": "tokens"},
                "output_sequence_length": {"value": output, "unit": "tokens"},
            },
            "error": None,
        }
        adapter = {"adapter": "" if name.startswith("meta-llama") else name} if named else {}
        entries.append(entry | adapter)
    return entries


def table(folder: Path, name: str, text: str, **changes: str) -> Path:
    """A file of records, and a table that says what engine answered."""
    (folder / name).write_text(text)
    ranks = zip(NAMES, (8, 8, 16, 16), strict=True)
    rows = "".join(f"{adapter},{rank}\n" for adapter, rank in ranks)
    (folder / "adapters.csv").write_text(f"adapter,rank\n{rows}")
    row = COLUMNS | {"requests_file": name, "base_model": "meta-llama/x"} | changes
    path = folder / "engines.csv"
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    return path
