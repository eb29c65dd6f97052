"""What is known of an engine before it is measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.twin.calibrate.known_costs import TODAY, TRUE
from twin.calibrate import prior
from twin.calibrate.prior import nearest_costs, prior_doubt
from twin.files.errors import InputError
from twin.gpu.datasheet import gpu
from twin.gpu.memory.known_models import KNOWN_MODELS
from twin.gpu.read_profile import read_profile

LLAMA = TRUE.kv_capacity_model.architecture


def test_a_measured_engine_is_its_own_prior() -> None:
    step, load, front_end = nearest_costs(LLAMA, gpu(TRUE.gpu), TRUE.engine_version)
    assert (step, load, front_end) == (TRUE.step_time, TRUE.adapter_load, TRUE.front_end)


def test_the_model_of_the_nearest_size() -> None:
    qwen = read_profile("h100_64gb_qwen25_7b")
    architecture = qwen.kv_capacity_model.architecture
    step, _, _ = nearest_costs(architecture, gpu(qwen.gpu), "0.8.5")
    assert step == qwen.step_time


def test_another_gpu_and_another_model_are_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prior, "measured_profiles", lambda: (TODAY,))
    small = KNOWN_MODELS["llama32_1b"]
    step, load, _ = nearest_costs(small, gpu(TODAY.gpu), "0.22.1")
    assert step.base == pytest.approx(TODAY.step_time.base * 1.236 / 8.03, rel=0.01)
    assert step.lora == pytest.approx(TODAY.step_time.lora / 2)
    assert step.adapter_slot_rank == pytest.approx(TODAY.step_time.adapter_slot_rank / 4)
    assert load == TODAY.adapter_load
    faster, _, _ = nearest_costs(LLAMA, gpu("H200"), "0.22.1")
    assert faster.base < TODAY.step_time.base
    unknown = replace(gpu("H200"), name="Cerebras")
    assert nearest_costs(LLAMA, unknown, "0.22.1")[0] == TODAY.step_time


def test_engines_of_several_gpus_are_divided() -> None:
    one, _, _ = nearest_costs(LLAMA, gpu(TODAY.gpu), "0.22.1")
    two, load, _ = nearest_costs(LLAMA, gpu(TODAY.gpu), "0.22.1", 2)
    assert two.prefill_token < one.prefill_token
    assert one.base / 2 < two.base < one.base, "they wait for each other"
    assert load == nearest_costs(LLAMA, gpu(TODAY.gpu), "0.22.1")[1]
    with pytest.raises(InputError, match="tensor_parallel_size"):
        nearest_costs(LLAMA, gpu(TODAY.gpu), "0.22.1", 7)


def test_without_an_engine_of_its_kind_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prior, "measured_profiles", lambda: (TRUE,))
    step, load, front_end = nearest_costs(LLAMA, gpu("H200"), "0.22.1")
    assert (step.base, load.gpu, front_end.request) == (0, 0, 0)
    assert not step.lora_always


def test_a_model_of_another_size_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubt(name: str) -> float:
        return prior_doubt(KNOWN_MODELS[name], gpu("H200"), "0.22.1")

    assert doubt("llama31_8b") == 0
    small, large = doubt("llama32_1b"), doubt("llama31_70b")
    assert small == pytest.approx(large, rel=0.2)
    assert 0.8 < small < 1.2
    monkeypatch.setattr(prior, "measured_profiles", lambda: ())
    assert doubt("llama32_1b") == small
