"""Routes that change at once, and requests that find their adapter on the GPU."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.twin.fleet.same_result import assert_same
from tests.twin.fleet.small_fleet import CONFIG_FOR_ALL, fleet, gpu, gpu_of, records_of
from twin.files.errors import InputError
from twin.fleet import EventKind, FleetResult
from twin.gpu.adapter_load import AdapterLoad

SLOW = AdapterLoad(gpu=0.05, disk=2.0)


def test_routes_change_at_once_and_the_target_has_the_adapter() -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1", adapter_load=SLOW))
    two.at(20.0, two.route, {"a0": {"g1": 1.0}})
    result = two.run()
    records = records_of(result)
    mine = records.adapter == 0
    np.testing.assert_array_equal(gpu_of(result)[mine], records.arrival[mine] >= 20.0)
    assert [(event.time, event.kind, event.adapter) for event in result.events] == [
        (20.0, EventKind.ROUTED, "a0")
    ]
    assert (result.gpus["g1"].disk_loads, result.gpus["g1"].adapter_loads) == (1, 1)
    assert two.arrived() == {
        f"a{i}": int(np.count_nonzero(records.adapter == i)) for i in range(2)
    }


def test_what_is_routed_there_already_is_fetched_once() -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1"))
    for time, share in ((10.0, 0.5), (20.0, 0.0), (30.0, 1.0)):
        two.at(time, two.route, {"a0": {"g0": 1 - share, "g1": share}})
    assert two.run().gpus["g1"].disk_loads == 1
    assert two.state("g1").on_gpu == ("a0",)


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ({"b": {"g0": 1.0}}, "there is no adapter 'b'"),
        ({"a0": {"g9": 1.0}}, "there is no GPU 'g9'"),
        ({"a0": {"g0": 1.5}}, "1.5"),
        ({"a0": {"g0": -0.5, "g1": 1.0}}, "-0.5"),
        ({"a0": {"g0": math.nan}}, "nan"),
        ({"a0": {"g0": 0.5}}, "they sum to 0.5"),
        ({"a0": {}}, "they sum to 0"),
    ],
)
def test_refused_routes(routes: dict[str, dict[str, float]], message: str) -> None:
    two = fleet(gpu("g0", "a0", "a1"), gpu("g1"))
    with pytest.raises(InputError, match=message):
        two.route(routes)


def test_hits_are_requests_that_find_their_adapter() -> None:
    """One slot: a request is a hit if the one before it was for the same adapter, as none wait."""
    one_slot = replace(gpu("g0", "a0", "a1"), config=replace(CONFIG_FOR_ALL, max_loras=1))
    settings = {"rates": (0.05, 0.05), "duration": 3600.0, "seed": 4}
    result = fleet(one_slot, hits=True, **settings).run()
    adapter = records_of(result).adapter
    same = np.concatenate(([adapter[0] == 0], adapter[1:] == adapter[:-1]))
    assert adapter.size > 200
    assert result.hit_rate == pytest.approx(same.mean(), abs=2 / adapter.size)
    assert result.gpus["g0"].adapter_loads == pytest.approx(np.count_nonzero(~same), abs=2)


def test_counting_hits_changes_nothing_else() -> None:
    def run(hits: bool) -> FleetResult:
        small = (replace(CONFIG_FOR_ALL, max_loras=2) for _ in range(2))
        gpus = [
            replace(gpu(f"g{i}", "a0", "a1", "a2", share=0.5), config=config)
            for i, config in enumerate(small)
        ]
        loaded = fleet(*gpus, rates=(20.0, 5.0, 1.0), hits=hits)
        loaded.at(30.0, loaded.route, {"a1": {"g1": 1.0}})
        return loaded.run()

    counted, plain = run(True), run(False)
    assert 0 < counted.hit_rate < 1
    assert math.isnan(plain.hit_rate)
    for name in ("g0", "g1"):
        assert_same(counted.gpus[name], plain.gpus[name], rel=1e-9)
    assert_same(counted.total, plain.total, rel=1e-9)
