"""Migration of a cluster: the objects that change by waves, and a script that applies them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from placer.deploy.change import Change, Wave
from placer.deploy.deployment import Deployment, EngineGroup, ServedAdapter
from placer.deploy.yaml_text import comment, yaml_text

__all__ = ["ClusterSystem", "cluster_migration"]

_FOLDER = "deploy/migration"

_SCRIPT = """\
#!/bin/sh
{remarks}set -eu
cd "$(dirname "$0")"
engines() {{ {engines} "{folder}/$1"; }}
apply() {{ {kubectl} apply -f "{folder}/$1"; }}
remove() {{ {kubectl} delete --ignore-not-found -f "{folder}/$1"; }}
ready() {{ # WHAT CONDITION
  {kubectl} wait "$1" --for="$2" --timeout=1h
}}
call() {{ # LABEL=VALUE ENDPOINT JSON: to every engine with the label
  for pod in $({kubectl} get pods --selector "$1" --output name); do
    {kubectl} exec "$pod" -- curl --fail --silent --show-error -X POST \\
      "http://localhost:{port}/v1/$2" -H 'Content-Type: application/json' -d "$3"
  done
}}

{steps}"""

_REMARK = (
    "From the running placement to this one, in waves: engines are started, adapters loaded, "
    "requests routed, then adapters unloaded and engines stopped. Where vLLM unloads an adapter "
    "it drops the name; a restart frees the slot. Groups of equal engines that are divided or put "
    "together need GPUs for both while that lasts."
)


class ClusterSystem(Protocol):
    """A system of a cluster, as far as migrations need to know it."""

    @property
    def namespace(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def engine_command(self) -> str:
        """Command that applies a file of engines, whose name follows it."""
        ...

    @property
    def migration_remarks(self) -> Sequence[str]:
        """What a migration cannot do in the system."""
        ...

    @property
    def restarts(self) -> bool:
        """Whether adapters are part of what engines are started with, and they cannot change."""
        ...

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        """Objects of engines."""
        ...

    def adapters_of(
        self, held: Mapping[str, Sequence[str]], served: Mapping[str, ServedAdapter]
    ) -> list[Any]:
        """Objects of adapters, from the groups that hold each."""
        ...

    def routes(self, routes: Mapping[str, Mapping[str, float]]) -> list[Any]:
        """Objects that divide requests."""
        ...

    def call_selector(self, group: str) -> str:
        """Label of the engines that vLLM's calls go to; empty where objects load adapters."""
        ...

    def engine_ready(self, group: str) -> tuple[str, str]:
        """What to wait for, and until when, where a group is started; empty for nothing."""
        ...

    def adapter_ready(self, manifest: Mapping[str, Any]) -> tuple[str, str]:
        """The same for an adapter."""
        ...


@dataclass(frozen=True, slots=True)
class _State:
    """Objects of a cluster at a moment."""

    engines: dict[object, Any]
    adapters: dict[object, Any]
    routes: dict[object, Any]


def cluster_migration(
    system: ClusterSystem, deployment: Deployment, change: Change
) -> dict[str, str]:
    """``migrate.sh``, and the manifests that it applies and deletes."""
    planner = _Planner(system, deployment, change)
    for number, wave in enumerate(change.grouped_waves(deployment), 1):
        planner.add(f"{number:02d}", wave)
    known = {gpu for group in change.before.groups for gpu in group.gpus}
    gone = sorted({gpu for to in change.before.routes.values() for gpu in to} - known)
    remarks = [*deployment.warnings, _REMARK, *system.migration_remarks]
    if gone:
        remarks.append(
            f"The fleet has the profiles of {', '.join(gone)} no more: stop their engines by hand."
        )
    kubectl = shlex.join(["kubectl", "--namespace", system.namespace])
    script = _SCRIPT.format(
        remarks=comment(remarks),
        folder=_FOLDER,
        kubectl=kubectl,
        engines=system.engine_command,
        port=system.port,
        steps="".join(shlex.join(step) + "\n" for step in planner.steps),
    )
    return {**planner.files, "migrate.sh": script}


class _Planner:
    """Files and steps of a migration while its waves are gone through."""

    def __init__(self, system: ClusterSystem, deployment: Deployment, change: Change) -> None:
        self._system = system
        before, after = change.before.grouped(), deployment.grouped()
        self._groups = {group.name: group for group in before.groups}
        self._final = {group.name: group for group in after.groups}
        self._served = {**before.adapters, **after.adapters}
        self._held = {n: tuple(to) for n, to in before.routes.items() if n not in before.base}
        self._routes = before.routes
        self._state = self._now()
        self.files: dict[str, str] = {}
        self.steps: list[list[str]] = []

    def add(self, number: str, wave: Wave) -> None:
        """Take the steps of a wave."""
        self._start(wave)
        state = self._now()
        if self._write(f"{number}-start.yaml", "engines", self._state.engines, state.engines):
            for group in (*wave.start, *wave.grow):
                self._wait(self._system.engine_ready(group))
        self._load(f"{number}-load.yaml", state, wave)
        self._routes = wave.routes
        routed = self._now()
        self._write(f"{number}-route.yaml", "apply", state.routes, routed.routes)
        self._remove(f"{number}-unroute.yaml", state.routes, routed.routes)
        self._end(wave)
        end = self._now()
        self._write(f"{number}-unload.yaml", "apply", routed.adapters, end.adapters)
        self._remove(f"{number}-drop.yaml", routed.adapters, end.adapters)
        self._call(wave.unload, "unload_lora_adapter")
        self._write(f"{number}-end.yaml", "engines", routed.engines, end.engines)
        self._remove(f"{number}-stop.yaml", routed.engines, end.engines)
        self._state = end

    def _start(self, wave: Wave) -> None:
        for name in wave.start:
            self._groups[name] = self._final[name]
        for name in wave.grow:
            self._groups[name] = replace(self._groups[name], gpus=self._final[name].gpus)
        pairs = [(g, a.name) for g in wave.start for a in self._final[g].adapters]
        for group, name in (*pairs, *wave.load):
            self._held[name] = tuple(sorted({*self._held.get(name, ()), group}))

    def _load(self, file: str, state: _State, wave: Wave) -> None:
        for manifest in self._write(file, "apply", self._state.adapters, state.adapters):
            self._wait(self._system.adapter_ready(manifest))
        self._call(wave.load, "load_lora_adapter")

    def _end(self, wave: Wave) -> None:
        for name in wave.stop:
            self._groups.pop(name, None)
        for name in wave.shrink:
            self._groups[name] = replace(self._groups[name], gpus=self._final[name].gpus)
        self._held = dict(wave.held)

    def _now(self) -> _State:
        groups = list(self._groups.values())
        if self._system.restarts:
            held: dict[str, list[ServedAdapter]] = {}
            for name, names in sorted(self._held.items()):
                for group in names:
                    held.setdefault(group, []).append(self._served[name])
            groups = [replace(g, adapters=tuple(held.get(g.name, ()))) for g in groups]
        known = {n: [g for g in to if g in self._groups] for n, to in self._held.items()}
        loaded = {name: to for name, to in known.items() if to}
        return _State(
            _by_name(self._system.engines(groups)),
            _by_name(self._system.adapters_of(loaded, self._served)),
            _by_name(self._system.routes(self._routes)),
        )

    def _write(
        self, file: str, command: str, old: dict[object, Any], new: dict[object, Any]
    ) -> list[Any]:
        """Apply the objects that are new or changed."""
        changed = [manifest for key, manifest in new.items() if old.get(key) != manifest]
        self._add_file(file, command, changed)
        return changed

    def _remove(self, file: str, old: dict[object, Any], new: dict[object, Any]) -> None:
        self._add_file(file, "remove", [m for key, m in old.items() if key not in new])

    def _add_file(self, file: str, command: str, manifests: list[Any]) -> None:
        if manifests:
            self.files[f"{_FOLDER}/{file}"] = yaml_text(manifests)
            self.steps.append([command, file])

    def _call(self, pairs: Sequence[tuple[str, str]], endpoint: str) -> None:
        for group, name in pairs:
            if selector := self._system.call_selector(group):
                body = {"lora_name": name}
                if endpoint.startswith("load"):
                    body["lora_path"] = self._served[name].below("/adapters")
                self.steps.append(["call", selector, endpoint, json.dumps(body)])

    def _wait(self, awaited: tuple[str, str]) -> None:
        if awaited[0]:
            self.steps.append(["ready", *awaited])


def _by_name(manifests: Sequence[Any]) -> dict[object, Any]:
    return dict(_named(manifests))


def _named(manifests: Sequence[Any]) -> Iterator[tuple[object, Any]]:
    for manifest in manifests:
        metadata = manifest.get("metadata", {})
        yield (manifest.get("kind"), metadata.get("name")), manifest
