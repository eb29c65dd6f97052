"""Routing table: which GPUs answer for an adapter, and with which share of its requests."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from placer.problem.placement import Placement
from placer.problem.problem import Problem
from twin.files.json_text import json_text

__all__ = ["SCHEMA_VERSION", "route_adapters", "routing_csv", "routing_json", "served_models"]

SCHEMA_VERSION = 1
"""Version of the JSON form; it changes when a reader would have to."""


def route_adapters(placement: Placement) -> dict[str, dict[str, float]]:
    """Share of each adapter's requests by GPU.

    Returns
    -------
    dict of str to dict of str to float
        For each adapter, sorted by name, the GPUs in order of the placement with the share of the
        adapter's requests that goes there; the shares of one adapter sum to 1. Adapters that are
        not placed are absent.
    """
    routes: dict[str, dict[str, float]] = {}
    for gpu, plan in zip(placement.names, placement.gpus, strict=True):
        for name, share in plan.shares:
            if name in routes:
                routes[name][gpu] = share
            else:
                routes[name] = {gpu: share}
    return {name: routes[name] for name in sorted(routes)}


def served_models(problem: Problem) -> dict[str, str]:
    """What requests for base models name as their model, by their names in the workload.

    It is what ``vllm serve`` calls the model that it is started with.
    """
    profiles = [gpu_type.profile for gpu_type in problem.fleet]
    return {
        adapter.name: next(
            profile.model_id or profile.model
            for profile in profiles
            if adapter.base_model in ("", profile.model)
        )
        for adapter in problem.workload.adapters
        if adapter.is_base
    }


def routing_json(placement: Placement, models: Mapping[str, str] | None = None) -> str:
    """The routing table as JSON: ``{"schema_version": 1, "adapters": {name: {gpu: share}}}``.

    Parameters
    ----------
    placement : Placement
    models : mapping of str to str, optional
        What requests for base models name as their model, by their names in the placement. They
        are apart, under ``base_models``, by what they name.
    """
    models = models or {}
    routes = route_adapters(placement)
    content: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "adapters": {name: shares for name, shares in routes.items() if name not in models},
    }
    if base := {models[name]: shares for name, shares in routes.items() if name in models}:
        content["base_models"] = base
    return json_text(content)


def routing_csv(placement: Placement, models: Mapping[str, str] | None = None) -> str:
    """The routing table as CSV with the columns adapter, gpu, share.

    The first one is what requests name as their model; ``models`` as for `routing_json`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["adapter", "gpu", "share"])
    named = models or {}
    writer.writerows(
        (named.get(name, name), gpu, repr(share))
        for name, shares in route_adapters(placement).items()
        for gpu, share in shares.items()
    )
    return text.getvalue()
