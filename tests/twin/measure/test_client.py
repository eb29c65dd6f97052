"""The client: exact tokens, moments of them, and one clear line where something is wrong."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import numpy as np
import pytest

from tests.twin.measure.fake_server import FakeVllm, serving_fake
from twin.files.errors import InputError
from twin.measure.client import Client, connect
from twin.measure.records import Answer, Request

T = TypeVar("T")


def ask(fake: FakeVllm, question: Callable[[Client], Awaitable[T]], api_key: str = "") -> T:
    async def asked() -> T:
        async with serving_fake(fake) as url, connect(url + "/v1/", api_key) as client:
            return await question(client)

    return asyncio.run(asked())


def answer_of(fake: FakeVllm, model: str = "base", output: int = 5) -> Answer:
    request = Request(0.0, "", 12, output)
    return ask(fake, lambda client: client.complete(request, model, np.random.default_rng(0)))


def test_an_answer_has_the_tokens_that_were_asked_for() -> None:
    fake = FakeVllm(step=0.01)
    answer = answer_of(fake)
    assert (answer.is_complete, answer.error, len(answer.times)) == (True, "", 5)
    assert 0.01 <= answer.ttft < 2
    assert 0.009 <= answer.tpot < 1
    (body,) = fake.requests
    assert (len(body["prompt"]), body["max_tokens"], body["ignore_eos"]) == (12, 5, True)  # type: ignore[arg-type]


def test_a_server_that_leaves_the_usage_out() -> None:
    answer = answer_of(FakeVllm(leaves_usage_out=True))
    assert (answer.is_complete, len(answer.times)) == (True, 5)
    short = answer_of(FakeVllm(leaves_usage_out=True, counts_wrong=True))
    assert short.error == "12 and 4 tokens instead of 12 and 5"


def test_prompts_differ() -> None:
    fake = FakeVllm()
    rng = np.random.default_rng(0)

    async def twice(client: Client) -> None:
        for _ in range(2):
            await client.complete(Request(0.0, "", 12, 1), "base", rng)

    ask(fake, twice)
    assert fake.requests[0]["prompt"] != fake.requests[1]["prompt"]


@pytest.mark.parametrize(
    ("fake", "model", "told"),
    [
        (FakeVllm(), "legal", "404: The model `legal` does not exist."),
        (FakeVllm(fails_after=0), "base", "500: EngineDeadError"),
        (FakeVllm(breaks_streams=True), "base", "the stream ended early"),
        (FakeVllm(counts_wrong=True), "base", "12 and 4 tokens instead of 12 and 5"),
    ],
)
def test_requests_that_fail_say_why(fake: FakeVllm, model: str, told: str) -> None:
    answer = answer_of(fake, model)
    assert answer.error == told
    assert not answer.is_complete
    assert math.isnan(answer.tpot)


def test_a_connection_that_is_closed_as_it_is_used_is_opened_again_once() -> None:
    fake = FakeVllm(drops=1)
    answer = answer_of(fake)
    assert (answer.is_complete, answer.error, len(fake.requests)) == (True, "", 2)
    gone = FakeVllm(drops=5)
    assert answer_of(gone).error == "the connection broke (ServerDisconnectedError)"
    assert len(gone.requests) == 2


def test_models_version_and_configuration() -> None:
    fake = FakeVllm(adapters={"legal": "/loras/legal"})

    async def pages(client: Client) -> None:
        base, legal = await client.models()
        assert (base.name, base.is_adapter, base.max_model_len) == ("base", False, 2048)
        assert (legal.name, legal.is_adapter, legal.path) == ("legal", True, "/loras/legal")
        assert await client.version() == "0.32.0"
        assert await client.server_info() == {}
        assert await client.is_healthy()
        assert (await client.info()).cache["block_size"] == "16"
        assert (await client.counters()).running == 0

    ask(fake, pages)


def test_loading_an_adapter() -> None:
    fake = FakeVllm()
    assert ask(fake, lambda client: client.load_adapter("legal", "/loras/legal")) > 0
    assert fake.adapters == {"legal": "/loras/legal"}


def test_an_adapter_that_is_refused() -> None:
    with pytest.raises(InputError, match=r"adapter legal.*No adapter found for /loras/legal"):
        ask(
            FakeVllm(refuses_adapters=True),
            lambda client: client.load_adapter("legal", "/loras/legal"),
        )


def test_a_server_that_loads_none_while_it_runs() -> None:
    async def load() -> None:
        async with serving_fake(FakeVllm()) as url, connect(url) as client:
            client.url += "/nowhere"
            await client.load_adapter("legal", "/loras/legal")

    with pytest.raises(InputError, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"):
        asyncio.run(load())


def test_an_api_key_is_sent_and_asked_for() -> None:
    fake = FakeVllm(api_key="secret")
    assert ask(fake, lambda client: client.models(), "secret")
    with pytest.raises(InputError, match="it wants an API key; name its variable"):
        ask(fake, lambda client: client.models())


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a", "http://", ""])
def test_what_is_no_address(url: str) -> None:
    async def opened() -> None:
        async with connect(url):
            pass

    with pytest.raises(InputError, match="is no address"):
        asyncio.run(opened())


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    async def opened() -> None:
        async with connect("http://me:secret@host:8000"):
            pass

    with pytest.raises(InputError) as refused:
        asyncio.run(opened())
    assert "secret" not in str(refused.value)


def test_a_server_that_is_down_or_another_one() -> None:
    async def down() -> None:
        async with connect("http://127.0.0.1:9") as client:
            assert not await client.is_healthy()
            await client.models()

    with pytest.raises(InputError, match="cannot be reached: no connection"):
        asyncio.run(down())

    async def other() -> None:
        async with serving_fake(FakeVllm()) as url, connect(url + "/docs") as client:
            await client.models()

    with pytest.raises(InputError, match=r"404.*the address of vllm serve, without /v1"):
        asyncio.run(other())
