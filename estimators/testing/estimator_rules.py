"""EstimatorRules: what every estimator has to keep."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from estimators.base import Candidate, Estimate, Estimates, Estimator
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.testing.examples import example_adapters, example_base, example_profile
from estimators.testing.requiring import require, require_rules
from twin.engine.latency import LATENCY_NAMES
from twin.files.errors import ExtrapolationWarning
from twin.gpu.profile import ServingProfile

__all__ = ["EstimatorRules", "check_estimator"]

_MEANS_AND_TAILS = tuple(name for name in LATENCY_NAMES if name.endswith(("_mean", "_p99")))
_SLIGHT = 1e-3  # of a probability: as much as interpolation may differ by
_SAME_OFFER = 0.02  # relative difference from the traffic of the adapters that is let pass


@dataclass(frozen=True)
class EstimatorRules:
    """What strategies rely on: every method raises ``AssertionError`` in words.

    Parameters
    ----------
    estimator : Estimator
    profile : ServingProfile
        One that the estimator knows, of a GPU that cannot serve 240 requests/s.
    rule : StarvationRule
        One that the estimator can answer for.
    """

    estimator: Estimator
    profile: ServingProfile = field(default_factory=example_profile)
    rule: StarvationRule = USUAL_RULE

    def every_candidate_has_every_figure(self) -> None:
        candidates = [*self._candidates(), self._too_large()]
        estimates = self._ask(candidates)
        number = len(candidates)
        for name in Estimate._fields:
            column = getattr(estimates, name)
            kind = np.bool_ if name == "memory_error" else np.float64
            require(
                column.shape == (number,),
                f"{number} candidates have {name} of the shape {column.shape}",
            )
            require(column.dtype == kind, f"{name} has the type {column.dtype}, not {kind}")

    def an_empty_batch_is_answered(self) -> None:
        self._ask([])

    def a_batch_is_its_candidates_one_by_one(self) -> None:
        candidates = self._candidates()
        single = Estimates.concatenate([self._ask([candidate]) for candidate in candidates])
        _require_equal(self._ask(candidates), single, "in a batch", "alone")

    def order_within_a_batch_is_immaterial(self) -> None:
        candidates = self._candidates()
        turned = list(self._ask(candidates[::-1]))[::-1]
        _require_equal(
            self._ask(candidates), Estimates.from_rows(turned), "in a batch", "in a turned one"
        )

    def order_of_the_adapters_is_immaterial(self) -> None:
        candidates = self._candidates()
        turned = [replace(c, adapters=c.adapters[::-1]) for c in candidates]
        _require_equal(
            self._ask(candidates), self._ask(turned), "with its adapters", "with them turned"
        )

    def the_same_question_has_the_same_answer(self) -> None:
        candidates = self._candidates()
        _require_equal(self._ask(candidates), self._ask(candidates), "first", "then")

    def what_is_offered_is_the_traffic_of_the_adapters(self) -> None:
        candidates = self._candidates()
        offered = self._ask(candidates).offered_throughput
        for number, (candidate, told) in enumerate(zip(candidates, offered, strict=True)):
            expected = candidate.token_rate
            require(
                abs(told - expected) <= _SAME_OFFER * expected,
                f"candidate {number} is offered {expected:.6g} tokens/s, not {told:.6g}",
            )

    def no_more_is_served_than_offered(self) -> None:
        for number, estimate in enumerate(self._ask(self._candidates())):
            served, offered = estimate.served_throughput, estimate.offered_throughput
            require(
                0 <= served <= offered * (1 + 1e-9),
                f"candidate {number} serves {served:.6g} of {offered:.6g} tokens/s",
            )

    def starvation_probabilities_tell_light_from_heavy(self) -> None:
        probabilities = self._ask(self._candidates()).starvation_probability.tolist()
        for number, probability in enumerate(probabilities):
            require(
                0 <= probability <= 1,
                f"candidate {number} starves with probability {probability:.6g}",
            )
        light, heavy = probabilities[0], probabilities[-1]
        require(light < 0.5, f"one adapter starves a GPU with probability {light:.6g}")
        require(
            heavy > 0.5, f"far more than a GPU can serve starves it with probability {heavy:.6g}"
        )

    def what_cannot_be_sustained_starves_too(self) -> None:
        """A rule that asks for sustained traffic is not the more lenient one."""
        candidates = self._candidates()
        strict, lenient = (
            self.estimator.estimate(candidates, replace(self.rule, sustained=flag))
            for flag in (True, False)
        )
        pairs = zip(strict.starvation_probability, lenient.starvation_probability, strict=True)
        for position, (for_good, in_the_window) in enumerate(pairs):
            require(
                for_good >= in_the_window - _SLIGHT,
                f"candidate {position} starves with probability {in_the_window:.3g}, and with "
                f"{for_good:.3g} where its traffic has to be sustained as well",
            )

    def the_base_model_alone_is_served(self) -> None:
        """By an engine without LoRA; that may be an extrapolation."""
        profile, base = self.profile, example_base()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExtrapolationWarning)
            (estimate,) = self._ask([Candidate(profile, profile.engine_config(0, 0), (base,))])
        require(not estimate.memory_error, "an engine without LoRA has a memory error")
        probability = estimate.starvation_probability
        require(probability < 0.5, f"it starves with probability {probability:.6g}")

    def latencies_are_positive(self) -> None:
        for number, estimate in enumerate(self._ask(self._candidates()[:-1])):
            for name in _MEANS_AND_TAILS:
                latency = getattr(estimate, name)
                require(latency > 0, f"candidate {number} has {name} of {latency:.6g} s")
            require(
                estimate.ttft_p99 >= estimate.ttft_mean,
                f"candidate {number}: the 99th percentile of TTFT is below its mean",
            )

    def quantiles_are_in_order(self) -> None:
        for number, estimate in enumerate(self._ask(self._candidates()[:-1])):
            for metric in ("ttft", "tpot"):
                p50, p90, p99 = (getattr(estimate, f"{metric}_{q}") for q in ("p50", "p90", "p99"))
                require(
                    0 < p50 <= p90 <= p99,
                    f"candidate {number}: the median and the 90th and 99th percentile of "
                    f"{metric.upper()} are {p50:.6g}, {p90:.6g}, {p99:.6g} s",
                )

    def memory_errors_are_flagged(self) -> None:
        fits, fails = self._ask([self._candidates()[0], self._too_large()])
        require(not fits.memory_error, "an engine that starts has a memory error")
        require(fails.memory_error, "an engine that cannot start has no memory error")
        require(
            fails.served_throughput == 0 and fails.starvation_probability == 1,
            "an engine that cannot start serves something, or does not starve for certain",
        )
        for name in LATENCY_NAMES:
            latency = getattr(fails, name)
            require(latency != latency, f"an engine that cannot start has {name} of {latency}")

    def _ask(self, candidates: Sequence[Candidate]) -> Estimates:
        estimates = self.estimator.estimate(candidates, self.rule)
        require(
            len(estimates) == len(candidates),
            f"{len(candidates)} candidates have {len(estimates)} estimates",
        )
        return estimates

    def _candidates(self) -> list[Candidate]:
        """GPUs from one adapter to too much for one; the third serves the base model too."""
        profile, adapters = self.profile, example_adapters(24)
        hot = example_adapters(6, rates=(40.0,), prefix="hot")
        return [
            Candidate(profile, profile.engine_config(1, 8), adapters[:1]),
            Candidate(profile, profile.engine_config(6, 32), adapters[:6]),
            Candidate(profile, profile.engine_config(4, 32), (*adapters[:6], example_base())),
            Candidate(profile, profile.engine_config(8, 32), adapters),
            Candidate(profile, profile.engine_config(6, 32), hot),
        ]

    def _too_large(self) -> Candidate:
        """A configuration for which the GPU has too little memory."""
        config = self.profile.engine_config(4096, self.profile.largest_rank)
        return Candidate(self.profile, config, example_adapters(3))


def check_estimator(
    estimator: Estimator,
    *,
    profile: ServingProfile | None = None,
    rule: StarvationRule = USUAL_RULE,
) -> None:
    """Check all rules of estimators.

    Parameters
    ----------
    estimator, profile, rule
        As for `EstimatorRules`.

    Raises
    ------
    AssertionError
        Which rules are broken, and how.
    """
    rules = EstimatorRules(estimator, profile or example_profile(), rule)
    require_rules(estimator, "estimators", _cases(rules))


def _cases(rules: EstimatorRules) -> Iterator[partial[None]]:
    """Every rule."""
    yield partial(rules.every_candidate_has_every_figure)
    yield partial(rules.an_empty_batch_is_answered)
    yield partial(rules.a_batch_is_its_candidates_one_by_one)
    yield partial(rules.order_within_a_batch_is_immaterial)
    yield partial(rules.order_of_the_adapters_is_immaterial)
    yield partial(rules.the_same_question_has_the_same_answer)
    yield partial(rules.what_is_offered_is_the_traffic_of_the_adapters)
    yield partial(rules.no_more_is_served_than_offered)
    yield partial(rules.starvation_probabilities_tell_light_from_heavy)
    yield partial(rules.what_cannot_be_sustained_starves_too)
    yield partial(rules.the_base_model_alone_is_served)
    yield partial(rules.latencies_are_positive)
    yield partial(rules.quantiles_are_in_order)
    yield partial(rules.memory_errors_are_flagged)


def _require_equal(one: Estimates, other: Estimates, here: str, there: str) -> None:
    for number, rows in enumerate(zip(one, other, strict=True)):
        for name, first, second in zip(Estimate._fields, *rows, strict=True):
            require(
                repr(first) == repr(second),
                f"candidate {number} has {name} of {first!r} {here}, and {second!r} {there}",
            )
