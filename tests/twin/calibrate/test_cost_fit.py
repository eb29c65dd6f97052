"""The fit finds the costs that runs were made with, and says where they do not tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.twin.calibrate.known_costs import BY_NAME, FITTED, TRUE, measure
from tests.twin.measured.run_rows import read
from twin.calibrate.cost_fit import fit_costs
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.measured.closed_loop import ClosedLoopRun, replay_closed_loop
from twin.measured.run import MeasuredRun


@pytest.fixture
def runs(tmp_path: Path) -> list[MeasuredRun]:
    base = read(tmp_path, duration_s="300")
    return [
        measure(
            replace(base, max_loras=slots, ranks={16: slots}, rates={rate / slots: slots}), TRUE
        )
        for slots in (4, 32, 96)
        for rate in (0.5, 6.0, 14.0)
    ]


def shifted(factor: float) -> ServingProfile:
    step = TRUE.step_time
    wrong = {term.name: factor * getattr(step, term.name) for term in FITTED}
    return replace(TRUE, step_time=step.with_terms(wrong))


def test_costs_are_found_again(runs: list[MeasuredRun]) -> None:
    told: list[str] = []
    fit = fit_costs(shifted(1.5), FITTED, runs, seed=7, max_iterations=20, progress=told.append)
    for term in FITTED:
        found = getattr(fit.profile.step_time, term.name)
        assert found == pytest.approx(getattr(TRUE.step_time, term.name), rel=0.03), term.name
        assert 0 < fit.standard_errors[f"step_time.{term.name}"] < found
    assert fit.rms < 0.1
    assert fit.num_runs == len(runs)
    assert told[0].startswith("iteration 1: ")


def test_under_other_requests_nearly(runs: list[MeasuredRun]) -> None:
    fit = fit_costs(shifted(0.7), FITTED, runs, seed=1)
    assert fit.profile.step_time.base == pytest.approx(TRUE.step_time.base, rel=0.1)
    assert fit.rms > 0.1


def test_closed_loops_tell_prompts_from_outputs() -> None:
    terms = tuple(BY_NAME[name] for name in ("base", "decode", "prefill_token"))
    shapes = [(1, 10, 50, 20), (64, 10, 50, 200), (64, 500, 1, 400)]
    closed = []
    for seqs, prompt, output, number in shapes:
        run = ClosedLoopRun("r", "m", "1", seqs, 0, 0, 0, number, prompt, output, 1.0, 1.0)
        seconds = replay_closed_loop(run, TRUE)
        closed.append(replace(run, itl=seconds, step_time=seconds))
    fit = fit_costs(shifted(2.0), terms, [], closed, max_iterations=20)
    for term in terms:
        expected = getattr(TRUE.step_time, term.name)
        assert getattr(fit.profile.step_time, term.name) == pytest.approx(expected, rel=0.01)


def test_silent_data_is_refused_with_the_reason(runs: list[MeasuredRun]) -> None:
    light = [run for run in runs if run.rate < 1]
    with pytest.raises(InputError, match=r"do not tell scheduler_skipped \(needs overloaded runs"):
        fit_costs(TRUE, (*FITTED, BY_NAME["scheduler_skipped"]), light)


def test_terms_that_look_alike_are_refused(runs: list[MeasuredRun]) -> None:
    same_rank = [BY_NAME["adapter"], BY_NAME["adapter_slot_rank"]]
    with pytest.raises(InputError, match=r"do not tell apart adapter.*adapter_slot_rank"):
        fit_costs(TRUE, same_rank, runs, seed=4)


def test_no_usable_run() -> None:
    with pytest.raises(InputError, match="none can be compared"):
        fit_costs(TRUE, FITTED, [])


def test_same_runs_same_fit(runs: list[MeasuredRun]) -> None:
    one, two = (fit_costs(shifted(1.2), FITTED[:2], runs[:4], max_iterations=2) for _ in range(2))
    assert one.profile == two.profile
    np.testing.assert_array_equal(one.residuals, two.residuals)
