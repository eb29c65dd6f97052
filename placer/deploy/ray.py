"""Ray: an LLM configuration of Ray Serve for each group of engines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from placer.deploy.cluster import Cluster
from placer.deploy.deployment import Deployment, EngineGroup
from placer.deploy.dns_label import dns_label
from placer.deploy.option_checks import check_text

__all__ = ["ACCELERATORS", "Ray"]

ACCELERATORS = {"A100-80GB": "A100-80G", "H100-80GB": "H100", "H200": "H200", "L40S": "L40S"}
"""What Ray calls GPU types, by the profile's ``gpu``."""


@dataclass(frozen=True)
class Ray(Cluster):
    """A configuration for ``serve deploy``.

    Parameters
    ----------
    adapters : str
        Address below which all adapters are, each in a folder of its name.
    """

    adapters: str = "s3://lora-adapters"
    gpu_products: Mapping[str, str] = field(default_factory=lambda: dict(ACCELERATORS))

    def __post_init__(self) -> None:
        super().__post_init__()
        check_text("deploy.adapters", self.adapters, r"(s3|gs|abfss|azure)://.+")

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        engines, _, _ = self.manifests(deployment)
        names = {
            model: {_id(group, model, deployment): share for group, share in shares.items()}
            for model, shares in deployment.grouped().routes.items()
        }
        return {
            "deploy/ray-serve.yaml": self.written(deployment, engines),
            "deploy/ray-models.json": json.dumps(names, indent=1, ensure_ascii=False) + "\n",
        }

    def remarks(self, deployment: Deployment) -> list[str]:
        remarks = [
            "For Ray Serve's LLM applications: serve deploy ray-serve.yaml, or the same as "
            "serveConfigV2 of a RayService.",
            "Ray loads an adapter when a request names it as GROUP:ADAPTER. Each group of engines "
            "is a model of its own, and nothing in Ray divides an adapter's requests by shares: "
            "who sends them chooses among the names in ray-models.json by the shares there. "
            "Requests for the base model name the group alone. There is no pin to a GPU but its "
            "type.",
            "The token for Hugging Face comes from the environment of the Ray cluster. The "
            "version of vLLM is Ray's, and not the one that was simulated.",
        ]
        if elsewhere := [name for name, a in deployment.adapters.items() if a.path]:
            remarks.append(
                f"All adapters have to be below {self.adapters}, each in a folder of its name; "
                f"these are elsewhere now: {', '.join(elsewhere)}."
            )
        return remarks

    @property
    def engine_command(self) -> str:
        return "serve deploy"

    def engines(self, groups: Sequence[EngineGroup]) -> list[Any]:
        models = [self._model(group, groups) for group in groups]
        application = {
            "name": "lora-placer",
            "route_prefix": "/",
            "import_path": "ray.serve.llm:build_openai_app",
            "args": {"llm_configs": models},
        }
        return [{"applications": [application]}]

    def _model(self, group: EngineGroup, groups: Sequence[EngineGroup]) -> dict[str, Any]:
        model: dict[str, Any] = {
            "model_loading_config": {
                "model_id": dns_label(group.name),
                "model_source": self.model or group.model,
            },
            "deployment_config": {"num_replicas": len(group.gpus)},
            "engine_kwargs": _keywords(group.options),
        }
        if group.config.max_loras:
            model["lora_config"] = {
                "dynamic_lora_loading_path": self.adapters,
                "max_num_adapters_per_replica": max(1, len(group.adapters)),
            }
        if self.selector(groups, group):
            model["accelerator_type"] = self.gpu_products[group.profile.gpu]
        return model


def _id(group: str, model: str, deployment: Deployment) -> str:
    """What requests for a model name at a group."""
    label = dns_label(group)
    return label if model in deployment.base else f"{label}:{model}"


def _keywords(options: Sequence[str]) -> dict[str, Any]:
    """Options of ``vllm serve`` as keywords of its engine."""
    keywords: dict[str, list[Any]] = {}
    for text in options:
        if text.startswith("--"):
            values: list[Any] = []
            keywords[text[2:].replace("-", "_")] = values
        else:
            values.append(_number(text))
    return {
        name: values if name == "lora_target_modules" else (values or [True])[0]
        for name, values in keywords.items()
    }


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
