"""Routing table: which GPUs answer for an adapter, and with which share of its requests."""

from __future__ import annotations

import csv
import io
import json

from placer.problem.placement import Placement

__all__ = ["SCHEMA_VERSION", "route_adapters", "routing_csv", "routing_json"]

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
            routes.setdefault(name, {})[gpu] = share
    return dict(sorted(routes.items()))


def routing_json(placement: Placement) -> str:
    """The routing table as JSON: ``{"schema_version": 1, "adapters": {name: {gpu: share}}}``."""
    content = {"schema_version": SCHEMA_VERSION, "adapters": route_adapters(placement)}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def routing_csv(placement: Placement) -> str:
    """The routing table as CSV with the columns adapter, gpu, share."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["adapter", "gpu", "share"])
    for name, shares in route_adapters(placement).items():
        writer.writerows([name, gpu, repr(share)] for gpu, share in shares.items())
    return text.getvalue()
