"""Routes of the Gateway API."""

from __future__ import annotations

from typing import Any

from placer.deploy.gateway import header_remarks, http_routes, unfit_for_headers


def routed(routes: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    return http_routes(
        routes, "gateway", lambda group: {"name": group}, lambda name: {"name": name}
    )


def test_models_that_share_their_engines_share_a_route() -> None:
    found = routed({"a": {"x": 0.25, "y": 0.75}, "b": {"y": 1.0}, "c": {"x": 0.25, "y": 0.75}})
    assert [len(route["spec"]["rules"][0]["matches"]) for route in found] == [2, 1]
    assert found[0]["spec"]["rules"][0]["backendRefs"] == [
        {"name": "x", "weight": 250},
        {"name": "y", "weight": 750},
    ]


def test_a_rule_has_as_many_matches_as_it_may() -> None:
    found = routed({f"a{i}": {"x": 1.0} for i in range(150)})
    assert [len(route["spec"]["rules"][0]["matches"]) for route in found] == [64, 64, 22]
    assert len({route["metadata"]["name"] for route in found}) == 3


def test_names_that_a_header_cannot_hold() -> None:
    assert unfit_for_headers({"a": 0, "\u00fc": 0, " b": 0}) == ["\u00fc", " b"]


def test_only_names_that_may_change_are_told() -> None:
    assert header_remarks({"a": 0}) == []
    (remark,) = header_remarks({"a": 0, "\u00fc": 0})
    assert remark.endswith("compare them: \u00fc.")
