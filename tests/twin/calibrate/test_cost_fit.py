"""The fit finds the costs that runs were made with, and says where they do not tell.

Priors that are wrong pull a little, so that costs are found within a few standard errors.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.twin.calibrate.known_costs import BY_NAME, FITTED, TODAY, TRUE, measure
from tests.twin.measured.recorded import recorded
from tests.twin.measured.run_rows import read
from twin.calibrate.cost_fit import fit_costs
from twin.calibrate.items import ClosedLoopItem, RunItem
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


def items(runs: list[MeasuredRun], seed: int = 7) -> list[RunItem]:
    return [RunItem.of(run, seed) for run in runs]


def shifted(factor: float, profile: ServingProfile = TRUE) -> ServingProfile:
    step = profile.step_time
    wrong = {term.name: factor * getattr(step, term.name) for term in FITTED}
    return replace(profile, step_time=step.with_terms(wrong))


def test_costs_are_found_again(runs: list[MeasuredRun]) -> None:
    told: list[str] = []
    fit = fit_costs(shifted(1.5), FITTED, items(runs), progress=told.append)
    for term in FITTED:
        found = getattr(fit.profile.step_time, term.name)
        assert found == pytest.approx(getattr(TRUE.step_time, term.name), rel=0.12), term.name
        assert 0 < fit.standard_errors[term.key] < found
    assert fit.rms < 0.3
    assert fit.num_items == len(runs)
    assert fit.untold == ()
    assert told[0].startswith("iteration 1: ")


def test_under_other_requests_nearly(runs: list[MeasuredRun]) -> None:
    fit = fit_costs(shifted(0.7), FITTED, items(runs, seed=1))
    assert fit.profile.step_time.base == pytest.approx(TRUE.step_time.base, rel=0.1)
    assert fit.rms > 0.1


def test_the_very_requests_tell_costs_within_a_minute(tmp_path: Path) -> None:
    runs = []
    for number, (slots, rate) in enumerate(((2, 3.0), (4, 6.0), (8, 12.0))):
        folder = tmp_path / str(number)
        folder.mkdir()
        runs.append(recorded(folder, TODAY, rate, slots, seed=number))
    terms = [BY_NAME[name] for name in ("base", "lora", "adapter")]
    wrong = {term.name: 1.6 * getattr(TODAY.step_time, term.name) for term in terms}
    start = replace(TODAY, step_time=TODAY.step_time.with_terms(wrong))
    fit = fit_costs(start, terms, items(runs))
    both = [p.step_time.base + p.step_time.lora for p in (fit.profile, TODAY)]
    assert both[0] == pytest.approx(both[1], rel=0.03)


def test_a_machine_twice_as_slow_is_found_from_afar(runs: list[MeasuredRun]) -> None:
    """All terms are four times too small: first they are raised together."""
    fit = fit_costs(shifted(1 / 6), FITTED, items(runs))
    assert fit.profile.step_time.base == pytest.approx(TRUE.step_time.base, rel=0.15)


def test_closed_loops_tell_prompts_from_outputs() -> None:
    terms = tuple(BY_NAME[name] for name in ("base", "decode", "prefill_token"))
    shapes = [(1, 10, 50, 20), (64, 10, 50, 200), (64, 500, 1, 400)]
    closed = []
    for seqs, prompt, output, number in shapes:
        run = ClosedLoopRun("r", "m", "1", seqs, 0, 0, 0, number, prompt, output, 1.0, 1.0)
        seconds = replay_closed_loop(run, TRUE)
        closed.append(ClosedLoopItem(replace(run, itl=seconds, step_time=seconds)))
    fit = fit_costs(shifted(2.0), terms, closed)
    for term in terms:
        expected = getattr(TRUE.step_time, term.name)
        assert getattr(fit.profile.step_time, term.name) == pytest.approx(expected, rel=0.12)


def test_what_the_data_does_not_tell_keeps_its_prior(runs: list[MeasuredRun]) -> None:
    light = [run for run in runs if run.rate < 1]
    silent = BY_NAME["scheduler_skipped"]
    fit = fit_costs(TRUE, (*FITTED, silent), items(light))
    assert silent in fit.untold
    known = TRUE.step_time.scheduler_skipped
    assert fit.profile.step_time.scheduler_skipped == pytest.approx(known, rel=0.01)
    assert fit.standard_errors[silent.key] == pytest.approx(silent.spread * known, rel=0.01)


def test_a_term_that_no_profile_knows_starts_from_its_typical_size(
    runs: list[MeasuredRun],
) -> None:
    silent = BY_NAME["adapter_narrow"]  # the runs have slots of rank 16
    fit = fit_costs(TRUE, (BY_NAME["base"], silent), items(runs[:3]))
    assert fit.profile.step_time.adapter_narrow == silent.typical


def test_nothing_measured() -> None:
    with pytest.raises(InputError, match="none can be compared"):
        fit_costs(TRUE, FITTED, [])


def test_same_runs_same_fit(runs: list[MeasuredRun]) -> None:
    part = items(runs[:4])
    one, two = (fit_costs(shifted(1.2), FITTED[:2], part, max_iterations=2) for _ in range(2))
    assert one.profile == two.profile
    np.testing.assert_array_equal(one.residuals, two.residuals)
