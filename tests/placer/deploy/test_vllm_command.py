"""The start script of one engine, run by a real shell with a stand-in for vLLM."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from estimators.testing import example_profile
from placer.deploy.vllm_command import memory_options, serve_arguments, serve_script
from tests.adapter_names import adapter_names
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.workload.adapter_name import adapter_folder
from twin.workload.rank import LEGAL_RANKS

CONFIG = EngineConfig(max_loras=4, max_lora_rank=32, max_num_seqs=256)


def run(script: str, folder: Path, **environment: str) -> list[str]:
    """Arguments that ``vllm`` gets when a shell runs the script."""
    fake = folder / "vllm"
    fake.write_text('#!/bin/sh\nfor a in "$@"; do printf "%s\\n" "$a"; done\n')
    fake.chmod(0o755)
    path = folder / "gpu.sh"
    path.write_text(script)
    environment["PATH"] = f"{folder}:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", path, "--seed", "1"], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def modules(arguments: list[str]) -> list[tuple[str, str]]:
    """Names and paths of the adapters, read as vLLM's own parser of ``--lora-modules`` does."""
    found = []
    for item in arguments[arguments.index("--lora-modules") + 1 : -2]:
        assert not item.startswith("-")
        if "=" in item and "," not in item:
            name, path = item.split("=")
        else:
            read = json.loads(item)
            name, path = read.pop("name"), read.pop("path")
            assert not read
        found.append((name, path))
    return found


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_script_runs_in_a_shell(tmp_path: Path) -> None:
    names = ["a0", "with space", "it's", "$HOME"]
    arguments = run(serve_script("base/model", CONFIG, names, title="GPU\n0"), tmp_path)
    assert arguments[:2] == ["serve", "base/model"]
    assert value(arguments, "--port") == "8000"
    assert value(arguments, "--max-loras") == "4"
    assert value(arguments, "--max-cpu-loras") == "1024"
    assert value(arguments, "--max-lora-rank") == "32"
    assert modules(arguments) == [(name, f"/adapters/{name}") for name in names]
    assert arguments[-2:] == ["--seed", "1"]


def test_environment_wins(tmp_path: Path) -> None:
    script = serve_script("base", CONFIG, ["a"])
    arguments = run(script, tmp_path, BASE_MODEL="/m", ADAPTER_DIR="/x y", PORT="9")
    assert arguments[1] == "/m"
    assert value(arguments, "--port") == "9"
    assert "a=/x y/a" in arguments


@pytest.mark.parametrize("rank", LEGAL_RANKS)
def test_rank_is_one_that_vllm_accepts(rank: int) -> None:
    arguments = serve_arguments(EngineConfig(max_loras=1, max_lora_rank=rank), ["a"])
    assert int(value(arguments, "--max-lora-rank")) in LEGAL_RANKS


def test_host_memory_holds_every_adapter_unless_limited() -> None:
    many = [f"a{i}" for i in range(2000)]
    assert value(serve_arguments(CONFIG, many), "--max-cpu-loras") == "2000"
    assert value(serve_arguments(CONFIG, many[:9]), "--max-cpu-loras") == "1024"
    limited = EngineConfig(max_loras=4, max_lora_rank=32, max_cpu_loras=6)
    assert value(serve_arguments(limited, many[:9]), "--max-cpu-loras") == "6"


def test_length_limit_comes_from_the_config_first() -> None:
    assert "--max-model-len" not in serve_arguments(CONFIG, ["a"])
    assert value(serve_arguments(CONFIG, ["a"], 4096), "--max-model-len") == "4096"
    own = EngineConfig(max_loras=1, max_lora_rank=8, max_model_len=1024)
    assert value(serve_arguments(own, ["a"], 4096), "--max-model-len") == "1024"


def test_active_adapters_are_rounded_up_where_that_was_simulated() -> None:
    assert "--specialize-active-lora" not in serve_arguments(CONFIG, ["a"])
    config = replace(CONFIG, specialize_active_lora=True)
    assert serve_arguments(config, ["a"])[-1] == "--specialize-active-lora"


def test_without_adapters_lora_stays_off() -> None:
    assert not any("lora" in a for a in serve_arguments(EngineConfig(max_loras=0), []))


@settings(max_examples=25, deadline=None)
@given(names=adapter_names())
def test_every_name_that_is_accepted_reaches_vllm(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    arguments = run(serve_script("m", CONFIG, names), tmp_path_factory.mktemp("engine"))
    assert modules(arguments) == [(n, f"/adapters/{adapter_folder(n)}") for n in names]


def test_adapters_may_be_elsewhere(tmp_path: Path) -> None:
    paths = {"a": "/srv/it's a", "b": "org/repository", "c": "", "d": 'x=1,"y"', "e,e": "/e"}
    arguments = run(serve_script("m", CONFIG, list(paths), paths=paths), tmp_path)
    assert modules(arguments) == list({**paths, "c": "/adapters/c"}.items())


def test_memory_is_written_as_it_was_simulated() -> None:
    arguments = serve_arguments(CONFIG, ["a"], gpu_memory_utilization=0.85)
    assert value(arguments, "--gpu-memory-utilization") == "0.85"
    assert "--gpu-memory-utilization" not in serve_arguments(CONFIG, ["a"])


def test_unusual_values_have_a_comment() -> None:
    unusual = EngineConfig(max_loras=4, max_lora_rank=32, max_num_seqs=2048, block_size=32)
    lines = serve_script("m", unusual, ["a"], gpu_memory_utilization=0.8).splitlines()
    comments = [line.split(":")[0] for line in lines if line.startswith("#   --")]
    assert comments == [
        "#   --max-num-seqs 2048",
        "#   --block-size 32",
        "#   --gpu-memory-utilization 0.8",
    ]
    assert "unusual" not in serve_script("m", CONFIG, ["a"], gpu_memory_utilization=0.9)


@pytest.mark.parametrize("folder", ["/a=b", "/a,b", '/a"b', "/a\\b"])
def test_a_folder_that_vllm_cannot_take_is_refused_when_the_script_runs(
    tmp_path: Path, folder: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as error:
        run(serve_script("m", CONFIG, ["a"]), tmp_path, ADAPTER_DIR=folder)
    assert error.value.returncode == 2
    assert "ADAPTER_DIR" in error.value.stderr


def test_paths_that_vllm_cannot_take() -> None:
    with pytest.raises(InputError, match="adapter path"):
        serve_script("m", CONFIG, ["a"], paths={"a": "/x\ny"})


@pytest.mark.parametrize("name", ["a=b", "a\nb"])
def test_names_that_vllm_cannot_take(name: str) -> None:
    with pytest.raises(InputError, match="adapter name"):
        serve_script("m", CONFIG, [name])


def test_adapters_need_slots() -> None:
    with pytest.raises(InputError, match="max_loras"):
        serve_arguments(EngineConfig(max_loras=0), ["a"])


def test_options_that_change_the_memory() -> None:
    model = example_profile().kv_capacity_model
    assert memory_options(model) == []
    changed = replace(
        model,
        engine_version="0.22.1",
        tensor_parallel_size=2,
        fully_sharded_loras=True,
        lora_target_modules=("q_proj", "v_proj"),
        enforce_eager=True,
        kv_cache_memory_bytes=2**30,
        architecture=replace(model.architecture, kv_entry_bytes=1),
    )
    options = memory_options(changed)
    assert options == [
        *("--tensor-parallel-size", "2", "--fully-sharded-loras"),
        *("--lora-target-modules", "q_proj", "v_proj", "--kv-cache-dtype", "fp8"),
        *("--kv-cache-memory-bytes", "1073741824", "--enforce-eager"),
    ]
    assert not any("lora" in option for option in memory_options(changed, with_lora=False))


def test_such_options_reach_vllm(tmp_path: Path) -> None:
    options = ["--tensor-parallel-size", "2", "--fully-sharded-loras"]
    script = serve_script("m", EngineConfig(2, 8), ["a"], memory_options=options)
    arguments = run(script, tmp_path)
    assert value(arguments, "--tensor-parallel-size") == "2"
    assert "--fully-sharded-loras" in arguments
    assert modules(arguments) == [("a", "/adapters/a")]


def test_the_base_model_is_served_under_its_name_whatever_its_path(tmp_path: Path) -> None:
    script = serve_script("org/model", CONFIG, ["a"], served_name="org/model")
    arguments = run(script, tmp_path, BASE_MODEL="/models/here")
    assert arguments[:2] == ["serve", "/models/here"]
    assert value(arguments, "--served-model-name") == "org/model"


def test_the_base_model_alone_is_started_without_lora(tmp_path: Path) -> None:
    config = EngineConfig(max_loras=0, max_lora_rank=0)
    arguments = run(serve_script("org/model", config, [], served_name="org/model"), tmp_path)
    assert not any("lora" in argument for argument in arguments)


def test_an_engine_that_goes_on_with_slots_keeps_them(tmp_path: Path) -> None:
    arguments = run(serve_script("org/model", CONFIG, [], served_name="org/model"), tmp_path)
    assert "--enable-lora" in arguments
    assert value(arguments, "--max-loras") == str(CONFIG.max_loras)
    assert "--lora-modules" not in arguments
