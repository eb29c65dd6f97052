"""What a fleet notes of what happens to it."""

from __future__ import annotations

from tests.twin.fleet.small_fleet import fleet, gpu
from twin.fleet import EventKind, FleetEvent


def test_every_event_with_its_moment_and_what_it_is_about() -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1"))
    two.at(5.0, two.shift, "a1", 3.0)
    two.at(10.0, two.migrate, "a0", "g0", "g1", seconds=2.0)
    two.at(20.0, two.migrate, "a1", "g0", "g1", share=0.25, seconds=5.0)
    two.at(22.0, two.fail, "g1")
    two.at(30.0, two.restore, "g1")
    a0 = {"gpu": "g0", "adapter": "a0", "target": "g1"}
    a1 = a0 | {"adapter": "a1"}
    assert two.run().events == (
        FleetEvent(5.0, EventKind.SHIFTED, adapter="a1", value=3.0),
        FleetEvent(10.0, EventKind.LOADING, **a0),
        FleetEvent(12.0, EventKind.MIGRATED, **a0, value=1.0),
        FleetEvent(20.0, EventKind.LOADING, **a1, value=0.25),
        FleetEvent(22.0, EventKind.FAILED, gpu="g1"),
        FleetEvent(25.0, EventKind.ABANDONED, **a1, value=0.25),
        FleetEvent(30.0, EventKind.RESTORED, gpu="g1"),
    )


def test_kinds_are_words() -> None:
    assert f"{EventKind.FAILED} {EventKind.MIGRATED}" == "failed migrated"
