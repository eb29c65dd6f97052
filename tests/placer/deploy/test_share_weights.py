"""Shares as whole weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.deploy.share_weights import share_weights


@given(shares=st.dictionaries(st.text(), st.floats(1e-6, 1), min_size=2, max_size=8))
def test_weights_are_in_proportion(shares: dict[str, float]) -> None:
    weights, total = share_weights(shares), sum(shares.values())
    assert all(weight >= 1 for weight in weights.values())
    assert 1000 <= sum(weights.values()) <= 1000 + len(shares)
    for name, share in shares.items():
        assert weights[name] == pytest.approx(1000 * share / total, abs=1)


def test_one_share_has_weight_one() -> None:
    assert share_weights({"a": 0.3}) == {"a": 1}
    assert share_weights({"a": 0.25, "b": 0.75}) == {"a": 250, "b": 750}
