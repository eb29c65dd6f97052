"""Client: an OpenAI-compatible server of vLLM's, and its own pages beside the standard."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import numpy as np

from twin.files.errors import InputError
from twin.measure.counters import Counters, Info, read_counters, read_info
from twin.measure.records import Answer, Request

__all__ = ["Client", "ServedModel", "connect"]

_PATIENCE = aiohttp.ClientTimeout(total=30)  # for anything but answers and adapters
_LOADING = aiohttp.ClientTimeout(total=300)
_ANSWERING = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=600)
_KEPT = 1.0  # seconds that an idle connection is kept; a server closes its own after five
_FIRST_ID, _LAST_ID = 100, 1000  # of the tokens in prompts: every vocabulary has them
_SHOWN = 300  # characters of what a server answers
_EVENT, _DONE = b"data: ", b"data: [DONE]"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A name that a server answers to.

    Parameters
    ----------
    name : str
    path : str
        Where it was loaded from; empty where the server does not tell.
    is_adapter : bool
        Whether it is a LoRA adapter of another one.
    max_model_len : int
        Longest request in tokens; 0 where the server does not tell.
    """

    name: str
    path: str
    is_adapter: bool
    max_model_len: int


class Client:
    """Requests to one server.

    Parameters
    ----------
    url : str
        Address of the server, without ``/v1``.
    session : aiohttp.ClientSession
    """

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def is_healthy(self) -> bool:
        """Whether the server answers and is ready."""
        try:
            async with self._session.get(f"{self.url}/health", timeout=_PATIENCE) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def models(self) -> list[ServedModel]:
        """Names that it answers to, the base model first.

        Raises
        ------
        InputError
            If it cannot be reached, or is no OpenAI-compatible server.
        """
        where = f"{self.url}/v1/models"
        text = await self._text(where)
        try:
            entries = json.loads(text)["data"]
            models = [
                ServedModel(
                    name=str(entry["id"]),
                    path=str(entry.get("root") or ""),
                    is_adapter=bool(entry.get("parent")),
                    max_model_len=int(entry.get("max_model_len") or 0),
                )
                for entry in entries
            ]
        except (ValueError, KeyError, TypeError, AttributeError):
            problem = "what answers there is no OpenAI-compatible server"
            raise InputError(where, problem, "the address of vllm serve, without /v1") from None
        if not any(not model.is_adapter for model in models):
            raise InputError(where, "the server has no base model")
        return sorted(models, key=lambda model: model.is_adapter)

    async def version(self) -> str:
        """Version of vLLM; empty where the server does not tell."""
        try:
            return str(json.loads(await self._text(f"{self.url}/version"))["version"])
        except (InputError, ValueError, KeyError, TypeError):
            return ""

    async def server_info(self) -> Mapping[str, Any]:
        """Configuration as servers in development mode tell it; empty where one does not."""
        try:
            text = await self._text(f"{self.url}/server_info?config_format=json")
            config = json.loads(text)["vllm_config"]
        except (InputError, ValueError, KeyError, TypeError):
            return {}
        return config if isinstance(config, dict) else {}

    async def counters(self) -> Counters:
        """Counters at this moment.

        Raises
        ------
        InputError
            If the server cannot be reached, or has renamed one.
        """
        where = f"{self.url}/metrics"
        return read_counters(await self._text(where), where)

    async def info(self) -> Info:
        """What the metrics tell of the configuration; errors as for `counters`."""
        where = f"{self.url}/metrics"
        return read_info(await self._text(where), where)

    async def load_adapter(self, name: str, path: str) -> float:
        """Have the server load an adapter; the seconds that it took.

        Raises
        ------
        InputError
            If the server refuses it, with its reason.
        """
        where = f"{self.url}/v1/load_lora_adapter"
        body = {"lora_name": name, "lora_path": path}
        began = time.perf_counter()
        try:
            async with self._session.post(where, json=body, timeout=_LOADING) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(where, error) from None
        if response.status == 404 and "Not Found" in text:
            raise InputError(
                where,
                "the server loads no adapters while it runs",
                "start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True and --enable-lora, "
                "or name the adapters in --lora-modules",
            )
        if response.status != 200:
            raise InputError(
                f"adapter {name}",
                f"the server refused to load {path}: {_reason(response.status, text)}",
            )
        return time.perf_counter() - began

    async def complete(self, request: Request, model: str, rng: np.random.Generator) -> Answer:
        """Send a request and follow its answer to the end; failures are in the answer.

        The prompt is of so many tokens exactly, drawn at random so that no prefix is cached, and
        the answer does not end before its last token. A caller that cancels it finds what came
        until then in no answer: see `follow`.
        """
        answer = Answer(request, 0.0)
        await self.follow(answer, model, rng)
        return answer

    async def follow(self, answer: Answer, model: str, rng: np.random.Generator) -> None:
        """As `complete`, into an answer of the caller's that is kept when this is cancelled."""
        request = answer.request
        body = {
            "model": model,
            "prompt": rng.integers(_FIRST_ID, _LAST_ID, request.prompt_tokens).tolist(),
            "max_tokens": request.output_tokens,
            "ignore_eos": True,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        try:
            try:
                await self._send(body, answer)
            except aiohttp.ServerDisconnectedError:  # an idle connection, closed as it was used
                if answer.times:
                    raise
                await self._send(body, answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            answer.error = _words(error)

    async def _send(self, body: Mapping[str, Any], answer: Answer) -> None:
        answer.sent = time.perf_counter()
        where = f"{self.url}/v1/completions"
        async with self._session.post(where, json=body, timeout=_ANSWERING) as response:
            if response.status != 200:
                answer.error = _reason(response.status, await response.text())
            else:
                await _read_stream(response, answer)

    async def _text(self, where: str) -> str:
        try:
            async with self._session.get(where, timeout=_PATIENCE) as response:
                text = await response.text(errors="replace")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _unreachable(where, error) from None
        if response.status in (401, 403):
            problem = f"the server answers {response.status}: it wants an API key"
            raise InputError(where, problem, "name its variable with --api-key-env")
        if response.status != 200:
            problem = f"the server answers {_reason(response.status, text)}"
            raise InputError(where, problem, "the address of vllm serve, without /v1")
        return text


@asynccontextmanager
async def connect(url: str, api_key: str = "") -> AsyncIterator[Client]:
    """Open a client.

    Parameters
    ----------
    url : str
        Like ``http://localhost:8000``; a ``/v1`` at its end is taken off.
    api_key : str
        Sent with every request, and written nowhere; empty for none.

    Raises
    ------
    InputError
        If it is no such address, or holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError("--url", f"{url!r} is no address", "like http://localhost:8000")
    if parts.username or parts.password:
        raise InputError("--url", "it holds a name or password", "use --api-key-env")
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        yield Client(url.rstrip("/").removesuffix("/v1"), session)


async def _read_stream(response: aiohttp.ClientResponse, answer: Answer) -> None:
    """Take the moments of a stream's pieces; the last one tells how many tokens there were."""
    last = b""
    async for line in response.content:
        if line.startswith(_DONE):
            _close(answer, last)
            return
        if line.startswith(_EVENT):
            answer.times.append(time.perf_counter())
            last = line
    answer.error = "the stream ended early"


def _close(answer: Answer, last: bytes) -> None:
    """End an answer by its last piece, which holds the usage and no token.

    Where a server leaves the usage out, as many pieces as tokens were asked for are all of them.
    """
    request = answer.request
    try:
        usage = json.loads(last.removeprefix(_EVENT))["usage"]
        counts = usage["prompt_tokens"], usage["completion_tokens"]
        answer.times.pop()
    except (ValueError, KeyError, TypeError):
        counts = request.prompt_tokens, len(answer.times)
    if counts != (request.prompt_tokens, request.output_tokens):
        answer.error = (
            f"{counts[0]} and {counts[1]} tokens instead of "
            f"{request.prompt_tokens} and {request.output_tokens}"
        )
    elif answer.times:
        answer.is_complete = True
    else:
        answer.error = "an answer without tokens"


def _reason(status: int, text: str) -> str:
    """Status and message of a refusal, in one line."""
    try:
        entry = json.loads(text)
        entry = entry.get("error", entry)
        text = str(entry.get("message", text)) if isinstance(entry, dict) else text
    except (ValueError, AttributeError):
        pass
    return f"{status}: {' '.join(text.split())[:_SHOWN]}"


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection ({error.os_error.strerror or 'refused'})"
    return f"the connection broke ({type(error).__name__})"


def _unreachable(where: str, error: Exception) -> InputError:
    problem = f"the server cannot be reached: {_words(error)}"
    return InputError(where, problem, "is it running, and is the address right?")
