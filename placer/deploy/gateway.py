"""Routes of the Gateway API: requests go to pools of engines by model, and by shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from placer.deploy.dns_label import dns_label
from placer.deploy.share_weights import share_weights

__all__ = ["MODEL_HEADER", "header_remarks", "http_routes", "unfit_for_headers"]

MODEL_HEADER = "X-Gateway-Model-Name"
"""Header in which the gateway's body-based router puts the model that a request names."""

_MOST_MATCHES = 64  # of a rule of an HTTPRoute


def http_routes(
    routes: Mapping[str, Mapping[str, float]],
    gateway: str,
    backend: Callable[[str], Mapping[str, Any]],
    metadata: Callable[[str], Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """HTTPRoutes of the Gateway API (v1), one for models that share their engines.

    Parameters
    ----------
    routes : mapping of str to mapping of str to float
        By what requests name as their model, the share of each group.
    gateway : str
        Name of the Gateway.
    backend : callable
        Reference to the engines of a group.
    metadata : callable
        Metadata of an object of some name.
    """
    by_weights: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for model, shares in routes.items():
        by_weights.setdefault(tuple(sorted(share_weights(shares).items())), []).append(model)
    objects = []
    for weights, models in by_weights.items():
        for start in range(0, len(models), _MOST_MATCHES):
            part = models[start : start + _MOST_MATCHES]
            name = dns_label("models", *part, *(group for group, _ in weights))
            objects.append(
                {
                    "apiVersion": "gateway.networking.k8s.io/v1",
                    "kind": "HTTPRoute",
                    "metadata": metadata(name),
                    "spec": {
                        "parentRefs": [{"name": gateway}],
                        "rules": [_rule(part, weights, backend)],
                    },
                }
            )
    return objects


def _rule(
    models: list[str],
    weights: tuple[tuple[str, int], ...],
    backend: Callable[[str], Mapping[str, Any]],
) -> dict[str, Any]:
    matches = [
        {"headers": [{"type": "Exact", "name": MODEL_HEADER, "value": model}]} for model in models
    ]
    backends = [{**backend(group), "weight": weight} for group, weight in weights]
    return {"matches": matches, "backendRefs": backends, "timeouts": {"request": "1h"}}


def header_remarks(routes: Mapping[str, object]) -> list[str]:
    """What to say of names that may not come through as they are; nothing if all do."""
    unfit = unfit_for_headers(routes)
    if not unfit:
        return []
    return [
        "Names with other letters than those of ASCII may not reach an HTTPRoute as they are; "
        f"compare them: {', '.join(unfit)}."
    ]


def unfit_for_headers(routes: Mapping[str, object]) -> list[str]:
    """Names that a header cannot hold as they are: other letters than those of ASCII."""
    return [name for name in routes if not name.isascii() or name != name.strip()]
