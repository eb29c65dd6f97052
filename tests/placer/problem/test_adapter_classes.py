"""Classes of interchangeable adapters."""

from __future__ import annotations

from dataclasses import replace

from placer.problem.adapter_classes import AdapterClasses
from twin.workload.adapter import Adapter
from twin.workload.arrivals import GammaArrivals
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload


def lengths() -> CopulaLengths:
    """A new object at every call, always of the same value."""
    return CopulaLengths(FixedLength(100), FixedLength(50))


def test_equal_but_for_the_name_is_one_class() -> None:
    one = Adapter("one", 8, 0.5, lengths())
    classes = AdapterClasses(Workload((one, Adapter("two", 8, 0.5, lengths()))))
    assert len(classes) == 1
    assert classes.adapter_class("one") == classes.adapter_class("two") == 0


def test_every_difference_is_a_class_in_order_of_appearance() -> None:
    one = Adapter("a", 8, 0.5, lengths())
    others = (
        replace(one, name="b", rank=16),
        replace(one, name="c", rate=0.25),
        replace(one, name="d", base_model="other"),
        replace(one, name="e", arrivals=GammaArrivals(2.0)),
        replace(one, name="f", lengths=CopulaLengths(FixedLength(100), FixedLength(51))),
    )
    classes = AdapterClasses(Workload((one, *others)))
    assert [classes.adapter_class(name) for name in "abcdef"] == [0, 1, 2, 3, 4, 5]


def test_traffic_is_what_is_left_without_rank_and_rate() -> None:
    one = Adapter("a", 8, 0.5, lengths())
    two, three = replace(one, name="b", rank=16, rate=2.0), replace(one, name="c", base_model="m")
    classes = AdapterClasses(Workload((one, two, three)))
    assert classes.traffic_class(one.name) == classes.traffic_class(two.name) == 0
    assert classes.traffic_class(three.name) == 1


def test_classes_are_finer_than_estimates_where_something_else_tells_adapters_apart() -> None:
    one = Adapter("one", 8, 0.5, lengths())
    workload = Workload((one, replace(one, name="two")))
    assert not AdapterClasses(workload).finer
    classes = AdapterClasses(workload, lambda adapter: adapter.name)
    assert classes.finer
    assert [classes.estimated_class(name) for name in ("one", "two")] == [0, 0]
    assert [classes.adapter_class(name) for name in ("one", "two")] == [0, 1]
