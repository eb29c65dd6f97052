"""Server: ``vllm serve`` started for a configuration, and ended with all that it started."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from twin.files.errors import InputError
from twin.measure.client import Client, connect
from twin.measure.plan import Engine

__all__ = ["NotStarted", "serving"]

_BETWEEN = 0.5  # seconds between looks at a server that starts
_TO_END = 60.0  # seconds that the guard has to end one
_ENVIRONMENT = {
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
    "VLLM_SERVER_DEV_MODE": "1",  # which tells the configuration, on this machine alone
}
_TELLS = re.compile(r"(?:Error|Exception|error): |not enough|out of memory", re.IGNORECASE)


class NotStarted(InputError):
    """A server that did not become ready."""


@asynccontextmanager
async def serving(
    command: Sequence[str], engine: Engine, log: Path, api_key: str, patience: float
) -> AsyncIterator[Client]:
    """Start a server and wait until it is ready; it is ended when the context is left.

    Parameters
    ----------
    command : sequence of str
        As `twin.measure.server_flags.check_command` takes it.
    engine : Engine
        What it is started with.
    log : Path
        Where its output goes.
    api_key : str
        For the client; empty for none.
    patience : float
        Seconds until it has to be ready.

    Raises
    ------
    NotStarted
        If the server ends or does not become ready.
    """
    port = _free_port()
    words = [*command, *engine.flags(), "--host", "127.0.0.1", "--port", str(port)]
    guard = [sys.executable, "-m", "twin.measure.guard", *words]
    environment = {**os.environ, **_ENVIRONMENT}
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as stream:
        process = await asyncio.create_subprocess_exec(
            *guard,
            stdin=asyncio.subprocess.PIPE,
            stdout=stream,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    try:
        async with connect(f"http://127.0.0.1:{port}", api_key) as client:
            await _ready(client, process, log, patience)
            yield client
    finally:
        await asyncio.shield(_end(process))


async def _ready(
    client: Client, process: asyncio.subprocess.Process, log: Path, patience: float
) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while not await client.is_healthy():
        if process.returncode is not None:
            raise NotStarted(str(log), f"the server ended: {_why(log)}")
        if loop.time() > end:
            raise NotStarted(str(log), f"the server was not ready within {patience:g} s")
        await asyncio.sleep(_BETWEEN)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the guard's input, which has it end the server; wait for it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _TO_END)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()


def _why(log: Path) -> str:
    """The first line of a log that tells what went wrong; otherwise the last one."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    lines = [line for line in lines if line]
    telling = [line for line in lines if _TELLS.search(line) and "Traceback" not in line]
    return (telling or lines or ["it said nothing"])[0 if telling else -1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
