"""Commands that start a server."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.measure.server_flags import check_command, flags_of, model_of

GOOD = ["vllm", "serve", "tiny", "--max-num-seqs", "64", "--max_num_batched_tokens=2048"]


def test_what_a_command_says() -> None:
    check_command(GOOD)
    facts = flags_of(GOOD)
    assert (facts.max_num_seqs, facts.max_num_batched_tokens) == (64, 2048)
    assert model_of(GOOD) == "tiny"
    assert facts.specialize_active_lora == ""
    assert flags_of([*GOOD, "--specialize-active-lora"]).specialize_active_lora == "True"
    assert flags_of([*GOOD, "--no-specialize-active-lora"]).specialize_active_lora == "False"
    module = ["python", "-m", "vllm.entrypoints.openai.api_server", "--model", "tiny"]
    assert model_of([*module, *GOOD[3:]]) == "tiny"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ([], "command: it is missing; like: -- vllm serve"),
        (["vllm", "serve"], "vllm serve; like"),
        (["python", "other.py"], "python other.py; like"),
        ([*GOOD, "--max-loras", "4"], "--max-loras is the plan's to say"),
        ([*GOOD, "--port=80"], "--port is the plan's to say"),
        ([*GOOD[:4], "some", GOOD[5]], "--max-num-seqs 'some' is not a whole number"),
    ],
)
def test_commands_that_are_refused(command: list[str], told: str) -> None:
    with pytest.raises(InputError) as refused:
        check_command(command)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "flag", [["--api-key", "secret"], ["--api_key=secret"], ["--hf-token=secret"]]
)
def test_secrets_are_refused_and_not_repeated(flag: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        check_command([*GOOD, *flag])
    assert "set VLLM_API_KEY or HF_TOKEN instead" in str(refused.value)
    assert "secret" not in str(refused.value)
