"""What all targets on Kubernetes have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from placer.deploy import Aibrix, Dynamo, Kserve, LlmD, ProductionStack, Ray
from tests.adapter_names import adapter_names
from tests.placer.deploy.manifests import deployed, documents, of_several_types
from twin.files.errors import InputError

TARGETS = [Aibrix(), Dynamo(), Kserve(), LlmD(), ProductionStack(), Ray()]


@settings(max_examples=10, deadline=None)
@given(names=adapter_names())
def test_every_name_that_is_accepted_is_written(names: list[str]) -> None:
    deployment = deployed(("first", *(name for name in names if name != "first")))
    for target in TARGETS:
        found = documents(target.files(deployment))
        keys = [(o["kind"], o["metadata"]["name"]) for o in found if "kind" in o]
        assert len(set(keys)) == len(keys) or isinstance(target, Aibrix)


def test_gpu_types_without_a_label_are_refused() -> None:
    several = of_several_types(deployed(("a", "b")))
    with pytest.raises(InputError, match=r"deploy\.gpu_products: which nodes have L40S"):
        LlmD(gpu_products={"H100-80GB": "h100"}).files(several)


@pytest.mark.parametrize(
    "options", [{"namespace": "A"}, {"port": 0}, {"image": "a\nb"}, {"token_secret": ""}]
)
def test_options_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=rf"deploy\.{next(iter(options))}"):
        LlmD(**options)  # type: ignore[arg-type]


def test_the_model_and_the_image_may_be_others() -> None:
    target = LlmD(model="org/mine", image="registry:5000/vllm:1")
    container = documents(target.files(deployed(("a", "b"))))[0]["spec"]["template"]["spec"][
        "containers"
    ][0]
    assert (container["args"][0], container["image"]) == ("org/mine", "registry:5000/vllm:1")


def test_groups_are_named_by_their_gpus() -> None:
    text = LlmD().files(replace(deployed(("a", "b")), warnings=("NOT verified",)))
    head = text["deploy/llm-d.yaml"].splitlines()
    assert head[0] == "# NOT verified"
    assert any("is gpu-01, node_2.GPU: example-gpu, 1 adapter" in line for line in head)


def test_no_secret_is_in_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    for target in TARGETS:
        assert not any("hf_secret" in text for text in target.files(deployed()).values())
