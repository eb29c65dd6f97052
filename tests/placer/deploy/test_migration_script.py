"""A migration as a shell script, run by a real shell with a stand-in for curl."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings

from placer.deploy.migration_script import migration_script
from placer.replanning import Migration, Step
from tests.adapter_names import adapter_names
from tests.placer.example_migration import MIGRATION
from twin.files.errors import InputError
from twin.workload.adapter_name import adapter_folder


def calls(migration: Migration, folder: Path, paths: dict[str, str] | None = None) -> list[str]:
    """Arguments of all calls of curl, one after the other, when a shell runs the script."""
    record = folder / "calls"
    curl = folder / "curl"
    curl.write_text(f'#!/bin/sh\nfor a in "$@"; do printf "%s\\0" "$a"; done >> {record}\n')
    curl.chmod(0o755)
    script = folder / "migrate.sh"
    script.write_text(migration_script(migration, paths))
    subprocess.run(
        ["sh", script],
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        input="\n" * len(migration.steps),
        capture_output=True,
        text=True,
        check=True,
    )
    return record.read_text().split("\0")[:-1]


def bodies(arguments: list[str]) -> list[dict[str, str]]:
    """What is sent to vLLM, as it would read it."""
    return [json.loads(text) for text in arguments if text.startswith("{")]


def moved(name: str) -> tuple[Step, ...]:
    """Steps that move an adapter from one GPU to another."""
    return (
        Step("load", "b", name),
        Step("route", adapter=name, shares={"b": 1.0}),
        Step("unload", "a", name),
    )


def migration(*steps: Step, interrupted: tuple[str, ...] = ()) -> Migration:
    return Migration(steps, (), (), 1, interrupted, 2)


@settings(max_examples=15, deadline=None)
@given(names=adapter_names())
def test_every_name_that_is_accepted_reaches_vllm(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    steps = [step for name in names for step in moved(name)]
    arguments = calls(migration(*steps), tmp_path_factory.mktemp("migration"))
    assert bodies(arguments) == [
        body
        for name in names
        for body in (
            {"lora_name": name, "lora_path": f"/adapters/{adapter_folder(name)}"},
            {"lora_name": name},
        )
    ]


def test_no_name_writes_json_of_its_own(tmp_path: Path) -> None:
    name = 'x", "lora_path": "/etc'
    assert bodies(calls(migration(*moved(name)), tmp_path))[0] == {
        "lora_name": name,
        "lora_path": f"/adapters/{name}",
    }


def test_adapters_may_be_elsewhere(tmp_path: Path) -> None:
    paths = {"a": 'org/"repository"'}
    assert bodies(calls(migration(*moved("a")), tmp_path, paths))[0]["lora_path"] == paths["a"]


def test_every_gpu_has_an_address_of_its_own(tmp_path: Path) -> None:
    gpus = ("node-1", "node.1", "node_1", "node_1_2")
    steps = [Step("load", gpu, "a") for gpu in gpus]
    urls = [text for text in calls(migration(*steps), tmp_path) if text.startswith("http")]
    assert urls == [f"http://{gpu}:8000/v1/load_lora_adapter" for gpu in gpus]
    script = migration_script(migration(*steps))
    assert [line.split("=")[0] for line in script.splitlines() if line.startswith("URL_")] == [
        "URL_node_1",
        "URL_node_1_2",
        "URL_node_1_3",
        "URL_node_1_2_2",
    ]


def test_a_name_does_not_leave_its_comment() -> None:
    with pytest.raises(InputError, match="adapter name"):
        migration_script(migration(Step("route", adapter="a\nrm"), interrupted=("a\nrm",)))


def test_the_script_makes_vllms_calls_in_order(tmp_path: Path) -> None:
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nfor a in "$@"; do case "$a" in http*|{*) echo "$a";; esac; done\n')
    curl.chmod(0o755)
    script = tmp_path / "migrate.sh"
    script.write_text(migration_script(MIGRATION))
    done = subprocess.run(
        ["sh", script],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "URL_b": "http://beta:9"},
        input="\n" * 6,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "start engines/new-gpu.sh on new-gpu and press Enter when it serves",
        "http://new-gpu:8000/v1/load_lora_adapter",
        '{"lora_name": "it\'s", "lora_path": "/adapters/it\'s"}',
        "route it's new-gpu=0.75 b=0.25; press Enter when done",
        "http://beta:9/v1/unload_lora_adapter",
        '{"lora_name": "it\'s"}',
        "route old; press Enter when done",
        "stop the engine on a and press Enter",
    ]
    assert "Not served for a while: old." in script.read_text()


def test_what_is_unverified_says_so_first() -> None:
    lines = migration_script(MIGRATION, warnings=["NOT verified"]).splitlines()
    assert lines[:2] == ["#!/bin/sh", "# NOT verified"]


def test_engines_and_adapters_may_be_elsewhere(tmp_path: Path) -> None:
    script = migration_script(migration(*moved("a")), adapter_dir="/my loras", port=9000)
    assert "ADAPTER_DIR:-'/my loras'}" in script
    assert "http://b:9000" in script
