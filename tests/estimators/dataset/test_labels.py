"""What a simulation says about an engine."""

from __future__ import annotations

from estimators.base import Candidate
from estimators.dataset.labels import LABELS, simulate_labels
from estimators.testing import example_profile
from tests.estimators.dataset.scenarios import scenarios
from twin.engine.latency import LATENCY_NAMES
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength


def test_labels_are_means_over_seeds() -> None:
    scenario = min(scenarios(60), key=lambda s: s.capacity())
    candidate = scenario.candidate(0.2 * scenario.capacity(), 5000)

    def label(num_requests: int, most_seeds: int) -> dict[str, float]:
        values = simulate_labels(
            candidate,
            (1, 2),
            seconds=60.0,
            threshold=0.9,
            num_requests=num_requests,
            most_seeds=most_seeds,
        )
        return dict(zip(LABELS, values.tolist(), strict=True))

    one, three = label(1, 5), label(10**6, 3)
    assert one["num_seeds"] == 1
    assert three["num_seeds"] == 3
    assert 0 <= three["served_share"] <= 1
    assert three["starved"] in {0.0, 1 / 3, 2 / 3, 1.0}
    assert one != three


def test_an_engine_that_neglects_an_adapter_is_labelled_so() -> None:
    """The busy adapter holds the only slot, and the engine as a whole serves nearly all."""
    profile = example_profile()
    lengths = CopulaLengths(FixedLength(100), FixedLength(100))
    adapters = (Adapter("busy", 8, 10.0, lengths), Adapter("rare", 8, 0.2, lengths))
    values = simulate_labels(
        Candidate(profile, profile.engine_config(1, 8), adapters),
        (0,),
        seconds=120.0,
        threshold=0.9,
        num_requests=1,
        most_seeds=1,
    )
    label = dict(zip(LABELS, values.tolist(), strict=True))
    assert (label["starved"], label["neglected"], label["starved_or_neglected"]) == (0, 1, 1)
    assert label["served_share"] > 0.9
    assert set(LATENCY_NAMES) <= set(label)
