"""Random adapters have the names and shapes that vLLM looks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from twin.files.errors import InputError
from twin.measure.random_adapters import write_random_adapter

CONFIG = {
    **{"model_type": "llama", "hidden_size": 32, "intermediate_size": 48},
    **{"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2},
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


def test_weights(tmp_path: Path, config: Path) -> None:
    folder = write_random_adapter(tmp_path, config, 8)
    weights = load_file(folder / "adapter_model.safetensors")
    assert len(weights) == 2 * 2 * 7
    prefix = "base_model.model.model.layers.1"
    assert weights[f"{prefix}.self_attn.k_proj.lora_A.weight"].shape == (8, 32)
    assert weights[f"{prefix}.self_attn.k_proj.lora_B.weight"].shape == (16, 8)
    assert weights[f"{prefix}.mlp.down_proj.lora_A.weight"].shape == (8, 48)
    description = json.loads((folder / "adapter_config.json").read_text())
    assert description["r"] == 8
    assert len(description["target_modules"]) == 7


def test_what_is_there_stays(tmp_path: Path, config: Path) -> None:
    folder = write_random_adapter(tmp_path, config, 8)
    written = (folder / "adapter_model.safetensors").stat().st_mtime_ns
    assert write_random_adapter(tmp_path, config, 8) == folder
    assert (folder / "adapter_model.safetensors").stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("change", "told"),
    [({"model_type": "mamba"}, "'mamba'"), ({"hidden_size": "many"}, "hidden_size: 'many'")],
)
def test_models_that_are_refused(
    change: dict[str, object], told: str, tmp_path: Path, config: Path
) -> None:
    config.write_text(json.dumps({**CONFIG, **change}))
    with pytest.raises(InputError, match=told):
        write_random_adapter(tmp_path, config, 8)
