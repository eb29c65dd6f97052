"""Published methods, again for every interval."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from estimators.closed_form import ClosedFormEstimator
from placer.controllers.published_method import PublishedMethod
from placer.search.search import Search
from placer.strategies.baselines import DloraProactive, Hrw, LoraServe, Random
from placer.strategies.baselines.fleet_method import FleetMethod
from placer.strategies.baselines.hrw import hrw_weight
from placer.testing import example_observation

SEEN = example_observation(12, 3, 2, interval=1)


def test_hashing_looks_at_names_alone() -> None:
    shares = PublishedMethod(Hrw()).decide(SEEN, np.random.default_rng(0))
    for adapter, row in zip(SEEN.workload.adapters, shares, strict=True):
        weights = [hrw_weight(adapter.name, engine) for engine in SEEN.engines]
        assert row[int(np.argmax(weights))] == 1.0


def test_chance_is_another_one_in_every_interval() -> None:
    rng = np.random.default_rng(0)
    one, two = (PublishedMethod(Random()).decide(SEEN, rng) for _ in range(2))
    assert (one != two).any()


def test_dlora_gives_busy_adapters_replicas() -> None:
    shares = PublishedMethod(DloraProactive()).decide(SEEN, np.random.default_rng(0))
    replicas = (shares > 0).sum(axis=1)
    assert replicas.sum() <= 3 + 12 - 1
    assert replicas[SEEN.rates.argmax()] >= replicas[SEEN.rates.argmin()]


def test_engines_are_renumbered_so_that_most_stays() -> None:
    method = LoraServe()
    plain = PublishedMethod(method, ClosedFormEstimator()).decide(SEEN, np.random.default_rng(0))
    turned = np.roll(plain, 1, axis=1)
    kept = PublishedMethod(method, ClosedFormEstimator(), renumber=True).decide(
        replace(SEEN, shares=turned), np.random.default_rng(0)
    )
    np.testing.assert_array_equal(kept, turned)


@dataclass(frozen=True, slots=True)
class Helpless(FleetMethod):
    """Has no placement."""

    def search(self, search: Search) -> None: ...

    def assigner(self, search, items):  # type: ignore[no-untyped-def]
        return lambda types: None


def test_without_a_placement_things_go_on() -> None:
    shares = PublishedMethod(Helpless()).decide(SEEN, np.random.default_rng(0))
    np.testing.assert_array_equal(shares, SEEN.shares)
