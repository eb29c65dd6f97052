"""TrainedModel: what belongs together, and what it says of its own errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.features.engine_figures import EngineFigures
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.model.compiled_prediction import FACTS
from estimators.model.model_store import find_model
from estimators.model.prediction import USUAL
from estimators.testing import example_adapters
from twin.files.errors import InputError
from twin.gpu.read_profile import read_profile

PROFILE = read_profile("h100_64gb_llama31_8b")
MODEL = find_model(PROFILE)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trees": replace(MODEL.trees, num_outputs=20)}, "other features or outputs"),
        ({"ranges": MODEL.ranges[:, 1:]}, "ranges of the shape"),
        ({"errors": MODEL.errors[::-1]}, "its error has no 193 growing quantiles"),
        ({"engine_curve": 2 * MODEL.engine_curve}, "no growing curve of probabilities"),
        ({"either_curve": MODEL.either_curve[:, ::-1]}, "no growing curve of probabilities"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        replace(MODEL, **changes)  # type: ignore[arg-type]  # one wrong part at a time


def test_errors_lie_between_their_bounds_as_often_as_is_said() -> None:
    model = replace(MODEL, errors=np.linspace(-1.0, 3.0, 193))
    assert model.error_quantiles(0.5) == pytest.approx((0.0, 2.0))
    assert model.error_quantiles(1.0) == pytest.approx((-1.0, 3.0))


def test_facts_are_those_of_the_model_and_of_the_conditions() -> None:
    conditions = USUAL._replace(adapters_starve=False, uncertainty=0.25)
    facts = MODEL.compiled(conditions).facts.view(FACTS)[0]
    assert facts["threshold"] == MODEL.threshold
    assert facts["uncertainty"] == 0.25
    assert facts["adapters_starve"] == 0
    np.testing.assert_array_equal(facts["curve"], MODEL.engine_curve)
    np.testing.assert_array_equal(
        MODEL.compiled().facts.view(FACTS)[0]["curve"], MODEL.either_curve
    )


def test_verdicts_fall_from_serving_all_to_starving() -> None:
    engine = EngineFigures(PROFILE).of_config(PROFILE.engine_config(9, 32))
    rates = np.geomspace(0.05, 20.0, 12)
    sums = np.array(
        [AdapterStatistics().of_adapters(example_adapters(9, rates=(r,))) for r in rates]
    )
    served, probability = MODEL.verdict(sums, engine)
    assert served.shape == probability.shape == (12,)
    assert served[0] > 0.99
    assert served[-1] < 0.7
    assert (probability[0], probability[-1]) == pytest.approx((0.0, 1.0), abs=0.05)
