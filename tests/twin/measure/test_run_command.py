"""A server that runs already, measured by the command."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.measure.fake_server import FakeVllm, serving_fake
from twin.files.errors import InputError
from twin.measure.arguments import parser
from twin.measure.run_command import measure_running
from twin.measure.tables import Tables

FLAGS = "--gpu cpu --prompt-mean 20 --output-mean 5 --longest 60 --batches 1 --prompts 32"
NUMBERS = "--max-num-seqs 64 --max-num-batched-tokens 2048"


def measured(fake: FakeVllm, folder: Path, words: str) -> list[str]:
    said: list[str] = []

    async def run() -> None:
        async with serving_fake(fake) as url:
            command = f"run --url {url} --out {folder} {FLAGS} {words}".split()
            arguments = parser().parse_args(command)
            await measure_running(
                arguments,
                lambda plan: replace(
                    plan, batches=(1,), prompts=(32,), rates=(20.0,), runs=1, again=0, window=1.0
                ),
                said.append,
            )

    asyncio.run(run())
    return said


def test_a_server_without_adapters(tmp_path: Path) -> None:
    measured(FakeVllm(), tmp_path, NUMBERS)
    (row,) = Tables(tmp_path).rows("serving_runs.csv")
    assert (row["max_loras"], row["adapter_rank_mix"]) == ("0", "")
    assert (row["vllm_version"], row["gpu"], row["model"]) == ("0.32.0", "cpu", "base")


def test_adapters_that_it_has_and_their_ranks(tmp_path: Path) -> None:
    file = tmp_path / "adapters.csv"
    file.write_text("name,rank,path\na,8,\nb,16,/loras/b\n")
    fake = FakeVllm(adapters={"a": "/loras/a"})
    words = f"{NUMBERS} --adapters {file} --max-lora-rank 16"
    measured(fake, tmp_path / "out", words)
    assert fake.adapters == {"a": "/loras/a", "b": "/loras/b"}
    (row,) = Tables(tmp_path / "out").rows("serving_runs.csv")
    # The slots are as the server's metrics tell.
    assert (row["max_loras"], row["max_lora_rank"], row["served_adapters"]) == ("4", "16", "2")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "give --max-num-seqs, --max-num-batched-tokens as the server has it"),
        (f"{NUMBERS} --adapters FILE", "give --max-loras and --max-lora-rank"),
        (f"{NUMBERS} --adapters FILE --max-lora-rank 8", "an adapter has rank 16"),
        (f"{NUMBERS} --server-log missing.log", "missing.log: there is no such file"),
    ],
)
def test_what_it_has_to_be_told(words: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "adapters.csv"
    file.write_text("name,rank,path\nb,16,/loras/b\n")
    with pytest.raises(InputError) as refused:
        measured(FakeVllm(), tmp_path / "out", words.replace("FILE", str(file)))
    assert told in str(refused.value)
    assert not (tmp_path / "out").exists()
