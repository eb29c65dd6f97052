"""Shares as whole weights, which routers take."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["share_weights"]


def share_weights(shares: Mapping[str, float], total: int = 1000) -> dict[str, int]:
    """Whole numbers in proportion to shares, at least 1 each; 1 where there is one share.

    Parameters
    ----------
    shares : mapping of str to float
        Above 0.
    total : int
        What they sum to, but for those that would be less than 1.
    """
    if len(shares) == 1:
        return dict.fromkeys(shares, 1)
    whole = sum(shares.values())
    exact = {name: share / whole * total for name, share in shares.items()}
    weights = {name: max(1, int(value)) for name, value in exact.items()}
    missing = max(0, total - sum(weights.values()))
    by_rest = sorted(exact, key=lambda name: (weights[name] - exact[name], name))
    return weights | {name: weights[name] + 1 for name in by_rest[:missing]}
