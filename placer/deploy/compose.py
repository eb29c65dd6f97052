"""Compose: engines as containers of one machine, behind a router that knows the shares."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placer.deploy.change import Change, Wave
from placer.deploy.deployment import Deployment, EngineGroup, ServedAdapter
from placer.deploy.dns_label import dns_label
from placer.deploy.nginx import nginx_files
from placer.deploy.option_checks import check_port, check_text
from placer.deploy.vllm_command import lora_modules
from placer.deploy.yaml_text import comment, yaml_text

__all__ = ["Compose"]

_INSIDE = "/adapters"  # where the containers see them
_FOLDER = "deploy"
_NUMBER = re.compile(r"\d+$")

_SCRIPT = """\
#!/bin/sh
{remarks}set -eu
cd "$(dirname "$0")/{folder}"
start() {{ docker compose up --detach --wait --no-deps "$@"; }}
stop() {{ docker compose stop "$1"; docker compose rm --force "$1"; }}
call() {{ # SERVICE ENDPOINT JSON
  docker compose exec -T "$1" curl --fail --silent --show-error -X POST \\
    "http://localhost:8000/v1/$2" -H 'Content-Type: application/json' -d "$3"
}}
route() {{ # WAVE: what the router goes by from now on
  cp "migration/$1-nginx.conf" nginx.conf
  cp "migration/$1-router.js" router.js
  docker compose exec -T router nginx -s reload
}}

{steps}"""


@dataclass(frozen=True, slots=True)
class Compose:
    """A ``compose.yaml`` for the GPUs of one machine.

    Parameters
    ----------
    image : str
        Image of the engines; empty for vLLM's own of the version that was simulated.
    router_image : str
        nginx with its JavaScript module, as the official image has it.
    model : str
        Path or repository in place of the profiles' models; empty for those of the profiles.
    adapters : str
        Folder of the machine with one sub-folder for each adapter.
    port : int
        Port of the router.
    token_variable : str
        Environment variable that holds the token for Hugging Face when the engines are started.
    runtime_updates : bool
        Whether engines take and drop adapters while they run, which migrations need, and which is
        for networks that nobody else reaches.
    """

    image: str = ""
    router_image: str = "nginx:1.28"
    model: str = ""
    adapters: str = "./adapters"
    port: int = 8000
    token_variable: str = "HF_TOKEN"
    runtime_updates: bool = False

    def __post_init__(self) -> None:
        check_port("deploy.port", self.port)
        for key in ("image", "router_image", "model", "adapters"):
            check_text(f"deploy.{key}", getattr(self, key))
        check_text("deploy.token_variable", self.token_variable, r"[A-Za-z_][A-Za-z0-9_]*")

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        remarks = [*deployment.warnings, *self._remarks(deployment)]
        devices = _devices(deployment.groups)
        router = _router(deployment.routes, deployment)
        services: dict[str, Any] = {
            _service(group.name): self._engine(group, devices[group.name])
            for group in deployment.groups
        }
        services["router"] = {
            "image": self.router_image,
            "ports": [f"{self.port}:8000"],
            "volumes": [f"./{name}:/etc/nginx/{name}:ro" for name in router],
            "depends_on": {name: {"condition": "service_healthy"} for name in services},
        }
        return {
            f"{_FOLDER}/compose.yaml": yaml_text([{"services": services}], remarks),
            **{f"{_FOLDER}/{name}": text for name, text in router.items()},
        }

    def migration_files(self, deployment: Deployment, change: Change) -> Mapping[str, str]:
        files: dict[str, str] = {}
        steps: list[str] = []
        served = deployment.adapters
        for number, wave in enumerate(change.waves(deployment), 1):
            label = f"{number:02d}"
            router = _router(wave.routes, deployment)
            files |= {f"{_FOLDER}/migration/{label}-{n}": text for n, text in router.items()}
            steps += self._steps(wave, label, served)
        remarks = [
            *deployment.warnings,
            "From the running placement to this one. Adapters are loaded before requests go to "
            "them, and unloaded after; in vLLM that drops the name, and a restart frees the slot. "
            "Engines that go on have to run with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True "
            "(deploy.runtime_updates=true). Run it where the earlier compose project runs, with "
            "the same project name. `docker compose up` without names would start those engines "
            "anew whose list of adapters has changed.",
        ]
        script = _SCRIPT.format(remarks=comment(remarks), folder=_FOLDER, steps="".join(steps))
        return {**files, "migrate.sh": script}

    def _steps(self, wave: Wave, label: str, served: Mapping[str, ServedAdapter]) -> list[str]:
        lines = [["start", *map(_service, wave.start)]] if wave.start else []
        for group, name in wave.load:
            body = {"lora_name": name, "lora_path": served[name].below(_INSIDE)}
            lines.append(["call", _service(group), "load_lora_adapter", json.dumps(body)])
        lines.append(["route", label])
        for group, name in wave.unload:
            body = {"lora_name": name}
            lines.append(["call", _service(group), "unload_lora_adapter", json.dumps(body)])
        lines += [["stop", _service(group)] for group in wave.stop]
        return [shlex.join(line) + "\n" for line in lines]

    def _engine(self, group: EngineGroup, devices: Sequence[str]) -> dict[str, Any]:
        """Service of one engine."""
        command = [
            *("vllm", "serve", self.model or group.model, "--port", "8000"),
            *(("--served-model-name", group.base) if group.base else ()),
            *group.options,
            *lora_modules([(a.name, a.below(_INSIDE)) for a in group.adapters]),
        ]
        environment = {"HF_TOKEN": f"${{{self.token_variable}:-}}"}
        if self.runtime_updates:
            environment["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] = "True"
        gpus = {"driver": "nvidia", "device_ids": list(devices), "capabilities": ["gpu"]}
        return {
            "image": _escaped(self.image or group.image),
            "entrypoint": [],
            "command": [_escaped(text) for text in command],
            "environment": environment,
            "volumes": [f"{_escaped(self.adapters)}:{_INSIDE}:ro"],
            "ipc": "host",
            "deploy": {"resources": {"reservations": {"devices": [gpus]}}},
            "healthcheck": {
                "test": ["CMD", "curl", "--fail", "--silent", "http://localhost:8000/health"],
                "interval": "10s",
                "start_period": "30m",
            },
        }

    def _remarks(self, deployment: Deployment) -> list[str]:
        types = sorted({group.profile.gpu for group in deployment.groups})
        remarks = [
            "All engines run on the GPUs of one machine. device_ids follow the numbers in the "
            "GPUs' names, or their order where they have none: compare them with nvidia-smi.",
            "The router takes requests for all models and divides them by the shares of the "
            "placement.",
        ]
        if len(types) > 1:
            remarks.append(
                f"The GPUs are of several types ({', '.join(types)}), and compose cannot choose "
                "by type: device_ids have to be those of the right ones."
            )
        return remarks


def _router(routes: Mapping[str, Mapping[str, float]], deployment: Deployment) -> dict[str, str]:
    gpus = {gpu for shares in routes.values() for gpu in shares}
    addresses = {gpu: f"{_service(gpu)}:8000" for gpu in gpus}
    return nginx_files(routes, addresses, 8000, deployment.warnings)


def _service(gpu: str) -> str:
    """Name of the service of a GPU's engine, which is its host name too."""
    return dns_label(gpu)


def _escaped(text: str) -> str:
    """A text in which compose finds no variables."""
    return text.replace("$", "$$")


def _devices(groups: Sequence[EngineGroup]) -> dict[str, list[str]]:
    """GPUs of the machine for each engine: by the number in its name if all have one."""
    numbers = [_NUMBER.search(group.name) for group in groups]
    sizes = {group.profile.gpus_per_engine for group in groups}
    found = [int(number[0]) for number in numbers if number]
    if len(sizes) == 1 and len(set(found)) == len(groups):
        (size,) = sizes
        firsts = [number * size for number in found]
    else:
        firsts = [sum(g.profile.gpus_per_engine for g in groups[:i]) for i in range(len(groups))]
    return {
        group.name: [str(first + i) for i in range(group.profile.gpus_per_engine)]
        for group, first in zip(groups, firsts, strict=True)
    }
