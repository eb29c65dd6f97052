"""One engine, advanced through a window in parts."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tests.twin.engine.tiny_streams import stream
from tests.twin.kernel.tiny_engine import CONFIG, profile
from twin.engine import run_engine as module
from twin.engine.simulate import served_throughput, simulate_stream
from twin.workload.stopped import Stopped


def test_the_parts_that_a_window_is_simulated_in_change_no_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests = stream(3)
    whole = simulate_stream(requests, CONFIG, profile(512))
    monkeypatch.setattr(module, "_SLICE", 7)
    parts = simulate_stream(requests, CONFIG, profile(512))
    for field in fields(whole):
        one, other = getattr(parts, field.name), getattr(whole, field.name)
        if isinstance(other, float):
            assert one == pytest.approx(other, rel=1e-9, nan_ok=True), field.name
    assert parts.num_finished == whole.num_finished


def test_a_simulation_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLICE", 2)
    answers = iter([False, False, True])
    with pytest.raises(Stopped):
        simulate_stream(stream(3), CONFIG, profile(512), stop=lambda: next(answers))
    assert not list(answers)


def test_nor_do_they_what_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = stream(3)
    whole = served_throughput(requests, CONFIG, profile(512))
    monkeypatch.setattr(module, "_SLICE", 7)
    assert served_throughput(requests, CONFIG, profile(512)) == whole
