"""Traffic of measured runs."""

from __future__ import annotations

import numpy as np
import pytest

from twin.files.errors import InputError
from twin.measure.traffic import Lengths, draw_requests, rate_classes


def test_rates_are_in_three_classes_that_sum_up() -> None:
    rates = rate_classes(["a", "b", "c", "d"], 5.5)
    assert sum(rates.values()) == pytest.approx(5.5)
    assert rates["a"] == rates["d"] == pytest.approx(2 * rates["b"])
    assert rates["b"] == pytest.approx(2 * rates["c"])


def test_requests_have_the_rates_and_lengths_that_were_asked_for() -> None:
    requests = draw_requests({"a": 20.0, "": 10.0}, 200.0, Lengths(100, 50, 1000), 0)
    arrivals = [request.arrival for request in requests]
    assert arrivals == sorted(arrivals)
    assert 0 <= arrivals[0] < arrivals[-1] < 200
    of_a = [request for request in requests if request.adapter == "a"]
    assert len(of_a) == pytest.approx(4000, rel=0.05)
    prompts = [request.prompt_tokens for request in requests]
    assert np.mean(prompts) == pytest.approx(100, rel=0.05)
    assert min(prompts) >= 4
    assert max(prompts) <= 1000
    assert np.mean([request.output_tokens for request in requests]) == pytest.approx(50, rel=0.05)


def test_the_same_seed_gives_the_same_requests() -> None:
    rates = {"a": 3.0}
    assert draw_requests(rates, 9, Lengths(), 1) == draw_requests(rates, 9, Lengths(), 1)
    assert draw_requests(rates, 9, Lengths(), 1) != draw_requests(rates, 9, Lengths(), 2)


@pytest.mark.parametrize("lengths", [(2, 200), (220, 1), (3000, 200)])
def test_lengths_that_are_refused(lengths: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="is not a length"):
        Lengths(*lengths)
