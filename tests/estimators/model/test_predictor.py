"""Predictions for traffic that is a sum of statistics."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from estimators.base import Candidate
from estimators.features.features import write_features
from estimators.features.traffic_statistics import AdapterStatistics
from estimators.ml_backed import MLEstimator
from estimators.model.predictor import Predictor
from estimators.starvation import PAPER_RULE, USUAL_RULE, StarvationRule
from estimators.testing import example_adapters
from estimators.window import Window
from twin.files.errors import ExtrapolationWarning, InputError
from twin.gpu.read_profile import read_profile

PROFILE = read_profile("h100_64gb_llama31_8b")
ADAPTERS = example_adapters(24)


@pytest.fixture(params=[USUAL_RULE, PAPER_RULE])
def rule(request: pytest.FixtureRequest) -> StarvationRule:
    rule: StarvationRule = request.param
    return rule


@pytest.fixture
def predictor(rule: StarvationRule) -> Predictor:
    return MLEstimator().predictor(PROFILE, rule)


def test_engines_of_a_kind_that_no_model_knows_are_refused(predictor: Predictor) -> None:
    config = replace(PROFILE.engine_config(24, 32), specialize_active_lora=True)
    with pytest.raises(InputError, match="trained models do not know it; estimator=twin"):
        predictor.engine(config)


def test_a_load_grows_by_one_addition(predictor: Predictor, rule: StarvationRule) -> None:
    """And shrinks by one subtraction, without a trace."""
    engine = predictor.engine(PROFILE.engine_config(24, 32))
    traffic = predictor.traffic(ADAPTERS[:6])
    before = traffic.copy()
    for adapter in ADAPTERS[6:]:
        traffic += predictor.statistics(adapter)
    candidate = Candidate(PROFILE, PROFILE.engine_config(24, 32), ADAPTERS)
    assert repr(predictor.predict_one(traffic, engine)) == repr(
        MLEstimator().estimate([candidate], rule)[0]
    )
    for adapter in ADAPTERS[:5:-1]:
        traffic -= predictor.statistics(adapter)
    np.testing.assert_array_equal(traffic, before)


def test_one_and_many_agree(predictor: Predictor) -> None:
    engines = np.array([predictor.engine(PROFILE.engine_config(s, 32)) for s in (4, 24)])
    many = np.array([predictor.traffic(ADAPTERS[:n]) for n in range(4, 25)])
    which = np.arange(21) % 2
    batch = predictor.predict(many, engines, which)
    one_by_one = [predictor.predict_one(many[i], engines[which[i]]) for i in range(21)]
    assert repr(list(batch)) == repr(one_by_one)
    first = predictor.predict(many[:3], engines)
    assert repr(next(iter(first))) == repr(one_by_one[0])


def test_no_rule_compiles_the_features_again() -> None:
    """The statistics of heavier traffic stand beside the others, and a part of a row is a view."""
    engine = PROFILE.engine_config(24, 32)
    compiled = []
    for rule in (PAPER_RULE, USUAL_RULE):
        predictor = MLEstimator().predictor(PROFILE, rule)
        traffic = np.array([predictor.traffic(ADAPTERS[:n]) for n in (3, 6)])
        predictor.predict(traffic, predictor.engine(engine)[None])
        compiled.append(list(write_features.signatures))
    assert compiled[0] == compiled[1]


def test_shares_of_an_adapter_are_an_adapter_with_less_traffic(predictor: Predictor) -> None:
    whole = ADAPTERS[0]
    half = AdapterStatistics().of_adapter(whole, 0.5)
    found = predictor.statistics(whole, 0.5)
    assert found.size == predictor.num_statistics
    np.testing.assert_array_equal(found[: half.size], half)
    assert half[1] == pytest.approx(whole.rate / 2)


def test_more_than_can_be_sustained_starves() -> None:
    """An engine that serves 93 % of its traffic, of which the rest queues up for ever."""
    engine = PROFILE.engine_config(24, 32)
    usual, paper = (MLEstimator().predictor(PROFILE, r) for r in (USUAL_RULE, PAPER_RULE))
    rates = np.geomspace(0.5, 16.0, 100)
    seen = []
    for rate in rates:
        adapters = example_adapters(24, rates=(float(rate),))
        answers = [p.predict_one(p.traffic(adapters), p.engine(engine)) for p in (usual, paper)]
        seen.append([answer.starvation_probability for answer in answers])
        assert answers[0]._replace(starvation_probability=0) == pytest.approx(
            answers[1]._replace(starvation_probability=0), nan_ok=True
        )
    both = np.array(seen)
    assert np.all(both[:, 0] >= both[:, 1] - 1e-4)
    fits = (both <= 0.05).sum(axis=0)  # of the rates, in steps of 3.6 %
    assert 1 <= fits[1] - fits[0] <= 6


def test_engines_that_nobody_measured_have_to_have_room() -> None:
    """As the twin has it: their capacity may be lower by their uncertainty."""
    known = replace(PROFILE, uncertainty=0.1)
    scaled = replace(known, estimated_from="another")
    admitted = []
    for profile in (known, scaled):
        predictor = MLEstimator().predictor(profile)
        engine = predictor.engine(profile.engine_config(24, 32))
        rates = np.geomspace(0.2, 4.0, 80)
        traffic = (predictor.traffic(example_adapters(24, rates=(float(r),))) for r in rates)
        admitted.append(
            sum(predictor.predict_one(t, engine).starvation_probability <= 0.05 for t in traffic)
        )
    step = np.log(rates[1] / rates[0])
    assert 0.08 < (admitted[0] - admitted[1]) * step < 0.3


def test_leaving_the_range_is_told(predictor: Predictor) -> None:
    far = MLEstimator(window=Window(1e7)).predictor(PROFILE, PAPER_RULE)
    engine, traffic = far.engine(PROFILE.engine_config(6, 32)), far.traffic(ADAPTERS[:6])
    with pytest.warns(ExtrapolationWarning, match="window") as caught:
        single = far.predict_one(traffic, engine)
    assert len(caught) == 1
    with pytest.warns(ExtrapolationWarning, match=f"the model of profile {PROFILE.name}"):
        batch = far.predict(traffic[None], engine[None])
    assert repr(batch[0]) == repr(single)
    assert single.uncertainty > predictor.predict_one(traffic, engine).uncertainty


@pytest.fixture
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.usefixtures("no_warnings")
def test_engines_that_do_not_start_are_no_extrapolation(predictor: Predictor) -> None:
    engine = predictor.engine(PROFILE.engine_config(4096, PROFILE.largest_rank))
    estimate = predictor.predict_one(predictor.traffic(ADAPTERS[:3]), engine)
    assert estimate.memory_error
    assert estimate.starvation_probability == 1
    assert estimate.served_throughput == 0
    assert np.isnan(estimate.ttft_mean)


def test_what_an_engine_would_refuse_is_refused(predictor: Predictor) -> None:
    without_slots = predictor.engine(PROFILE.engine_config(0, 32))
    with pytest.raises(InputError, match="or max_loras is 0"):
        predictor.predict_one(predictor.traffic(ADAPTERS[:6]), without_slots)
    engine, traffic = (
        predictor.engine(PROFILE.engine_config(4, 8)),
        predictor.traffic(ADAPTERS[:6]),
    )
    with pytest.raises(InputError, match="below the rank of an adapter"):
        predictor.predict_one(traffic, engine)
    with pytest.raises(InputError, match="below the rank of an adapter"):
        predictor.predict(traffic[None], engine[None])
