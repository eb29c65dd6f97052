"""What a fit compares."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.twin.calibrate.known_costs import TODAY, TRUE
from tests.twin.measured.recorded import recorded
from tests.twin.measured.run_rows import read
from twin.calibrate.items import ClosedLoopItem, RunItem, SwapItem
from twin.calibrate.swap_table import AdapterSwap
from twin.measured.closed_loop import ClosedLoopRun, replay_closed_loop
from twin.measured.replay import replay

CLOSED = ClosedLoopRun("r", "m", "1", 512, 8, 16, 4, 16, 32, 48, 1.0, 1.0)


def test_very_requests_are_compared_by_all_their_figures(tmp_path: Path) -> None:
    run = recorded(tmp_path, TODAY)
    item = RunItem.of(run, seed=5)
    assert len(item.streams) == 3, "the order of adapters is not known"
    assert len(item.residuals(TODAY)) == 4
    assert max(map(abs, item.residuals(TODAY))) < 2
    assert max(map(abs, item.residuals(TODAY.slower(0.2)))) > 5


def test_drawn_requests_by_what_they_tell(tmp_path: Path) -> None:
    run = read(tmp_path, mean_tpot_ms="20", mean_ttft_ms="80", starved="0")
    assert len(RunItem.of(run, seed=1).streams) == 1
    assert len(RunItem.of(run, seed=1).residuals(TRUE)) == 2  # TPOT and TTFT
    charged = replace(run, ttft_charges_unfinished=True)
    assert len(RunItem.of(charged, seed=1).residuals(TRUE)) == 1
    assert len(RunItem.of(replace(run, starved=True), seed=1).residuals(TRUE)) == 2


def test_many_requests_over_http_are_an_upper_bound() -> None:
    seconds = replay_closed_loop(CLOSED, TODAY)
    faster, slower = (replace(CLOSED, itl=f * seconds) for f in (0.5, 2.0))
    assert ClosedLoopItem(faster).residuals(TODAY)[0] == pytest.approx(math.log(2) / 0.06)
    assert ClosedLoopItem(slower).residuals(TODAY)[0] == pytest.approx(-math.log(2) / 0.06)
    many = replace(CLOSED, num_requests=256)
    measured = 2 * replay_closed_loop(many, TODAY)
    assert ClosedLoopItem(replace(many, itl=measured)).residuals(TODAY) == [0.0]
    assert ClosedLoopItem(replace(many, itl=measured / 4)).residuals(TODAY)[0] > 5


def test_swaps_by_the_mean_rank() -> None:
    load = TODAY.adapter_load
    swap = AdapterSwap(8, 16, load.gpu + 12 * load.gpu_per_rank)
    assert SwapItem(swap, 12.0).residuals(TODAY) == [0.0]
    assert SwapItem(swap, 16.0).residuals(TODAY)[0] > 0


def test_what_the_simulation_does_not_have_is_far_off(tmp_path: Path) -> None:
    run = replace(recorded(tmp_path, TODAY), tpot_mean=0.0)
    assert RunItem.of(run, 0).residuals(TODAY)[2] == pytest.approx(3.0 / 0.02)
    assert replay(run, TODAY).tpot_mean > 0
