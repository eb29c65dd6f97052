"""A server that answers as vLLM's does, without a model: in this process, or as one of its own.

As a program it stands for ``vllm``: ``python -m tests.twin.measure.fake_server serve MODEL ...``.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

__all__ = ["LOG", "FakeVllm", "serving_fake"]

LOG = """\
(APIServer pid=1) INFO [utils.py:1] version 0.32.0
(APIServer pid=1) INFO [utils.py:2] non-default args: {'model': 'tiny', 'max_num_seqs': 64, \
'max_num_batched_tokens': 2048, 'max_loras': 4, 'max_lora_rank': 16}
(EngineCore pid=2) INFO [core.py:3] Initializing a V1 LLM engine (v0.32.0) with config: \
model='tiny', dtype=torch.bfloat16, max_seq_len=2048, tensor_parallel_size=1, quantization=None, \
enforce_eager=True, kv_cache_dtype=auto
(EngineCore pid=2) INFO [gpu_worker.py:4] Available KV cache memory: 54.0 GiB
(EngineCore pid=2) INFO [kv_cache_utils.py:5] GPU KV cache size: 442,400 tokens
"""


@dataclass
class FakeVllm:
    """What the server is, and what is wrong with it.

    Parameters
    ----------
    step : float
        Seconds between tokens.
    adapters : dict of str to str
        Path by name.
    api_key : str
        That it wants; empty for none.
    renamed : dict of str to str
        Metrics that have another name.
    refuses_adapters : bool
    fails_after : int
        Completions after which it answers 500.
    restarts_after : int
        Completions after which its counters begin anew.
    drops : int
        Completions whose connection it closes before an answer, from the first one on.
    breaks_streams, counts_wrong, leaves_usage_out : bool
        Streams end early, have a token less than was asked for, or no usage at their end.
    """

    step: float = 0.001
    adapters: dict[str, str] = field(default_factory=dict)
    api_key: str = ""
    renamed: dict[str, str] = field(default_factory=dict)
    refuses_adapters: bool = False
    fails_after: int = 1_000_000
    restarts_after: int = 1_000_000
    drops: int = 0
    breaks_streams: bool = False
    counts_wrong: bool = False
    leaves_usage_out: bool = False
    requests: list[dict[str, object]] = field(default_factory=list)
    prompt_tokens: int = 0
    generation_tokens: int = 0
    running: int = 0

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._authorized])
        application.add_routes(
            [
                web.get("/health", self._health),
                web.get("/version", self._version),
                web.get("/v1/models", self._models),
                web.get("/metrics", self._metrics),
                web.post("/v1/load_lora_adapter", self._load),
                web.post("/v1/completions", self._complete),
            ]
        )
        return application

    @web.middleware
    async def _authorized(self, request: web.Request, handler: object) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if self.api_key and request.path.startswith("/v1") and given != f"Bearer {self.api_key}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return await handler(request)  # type: ignore[operator]

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": "0.32.0"})

    async def _models(self, request: web.Request) -> web.Response:
        data = [{"id": "base", "root": "/models/tiny", "parent": None, "max_model_len": 2048}]
        data += [{"id": n, "root": p, "parent": "base"} for n, p in self.adapters.items()]
        return web.json_response({"object": "list", "data": data})

    async def _metrics(self, request: web.Request) -> web.Response:
        figures = {
            "vllm:prompt_tokens_total": self.prompt_tokens,
            "vllm:generation_tokens_total": self.generation_tokens,
            "vllm:num_preemptions_total": 0,
            "vllm:num_requests_running": self.running,
            "vllm:num_requests_waiting": 0,
            "vllm:kv_cache_usage_perc": 0.25,
            "vllm:iteration_tokens_total_count": self.generation_tokens,
        }
        lines = [
            f'{self.renamed.get(name, name)}{{engine="0",model_name="base"}} {value}'
            for name, value in figures.items()
        ]
        labels = 'block_size="16",num_gpu_blocks="27650",gpu_memory_utilization="0.92"'
        lines.append(f"vllm:cache_config_info{{{labels}}} 1.0")
        lines.append('vllm:lora_requests_info{max_lora="4",running_lora_adapters="a,b"} 1.0')
        return web.Response(text="\n".join([*lines, ""]))

    async def _load(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.refuses_adapters:
            message = f"No adapter found for {body['lora_path']}"
            return web.json_response({"error": {"message": message}}, status=404)
        self.adapters[body["lora_name"]] = body["lora_path"]
        return web.Response(text="Success: LoRA adapter added successfully.")

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if len(self.requests) <= self.drops and request.transport is not None:
            request.transport.abort()
        if body["model"] not in ("base", *self.adapters):
            message = f"The model `{body['model']}` does not exist."
            return web.json_response({"error": {"message": message}}, status=404)
        if len(self.requests) > self.fails_after:
            return web.json_response({"error": {"message": "EngineDeadError"}}, status=500)
        if len(self.requests) == self.restarts_after:
            self.prompt_tokens = self.generation_tokens = -100_000
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self.running += 1
        try:
            with suppress(ConnectionError):  # of a client that leaves
                await self._stream(response, len(body["prompt"]), body["max_tokens"])
        finally:
            self.running -= 1
        return response

    async def _stream(self, response: web.StreamResponse, prompt: int, output: int) -> None:
        self.prompt_tokens += prompt
        for _ in range(output - self.counts_wrong):
            await asyncio.sleep(self.step)
            self.generation_tokens += 1
            await _send(response, {"choices": [{"text": " w"}], "usage": None})
        if not self.breaks_streams:
            tokens = output - self.counts_wrong
            usage = {"prompt_tokens": prompt, "completion_tokens": tokens}
            if not self.leaves_usage_out:
                await _send(response, {"choices": [], "usage": usage})
            await response.write(b"data: [DONE]\n\n")


@asynccontextmanager
async def serving_fake(fake: FakeVllm, port: int = 0) -> AsyncIterator[str]:
    """Serve it on this machine, as long as the context lasts; its address."""
    runner = web.AppRunner(fake.application(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _send(response: web.StreamResponse, event: dict[str, object]) -> None:
    await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")


async def _serve(words: list[str]) -> None:
    """As ``vllm serve``: with a log, and a process beside it that ends by SIGKILL alone."""
    if "--fails-to-start" in words:
        sys.exit("ValueError: No available memory for the cache blocks.")
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
    beside = subprocess.Popen([sys.executable, "-c", deaf])
    if "--pids" in words:
        Path(words[words.index("--pids") + 1]).write_text(str(beside.pid))
    sys.stdout.write(LOG)
    sys.stdout.flush()
    async with serving_fake(FakeVllm(), int(words[words.index("--port") + 1])):
        await asyncio.sleep(300)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1:]))
