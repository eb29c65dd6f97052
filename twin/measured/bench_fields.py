"""BenchFields: one result of ``vllm bench serve``, read key by key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twin.files.errors import InputError
from twin.files.field_value import to_number, to_positive
from twin.measured.bench_client import BenchClient, RampUp, RecordedRequests
from twin.measured.run_requests import MOST_TOKENS

__all__ = ["BenchFields"]

_INFINITE = ("inf", "Infinity", math.inf)
_MOST_REQUESTS = 10_000_000
_RATES = 1e-6, 1e6  # requests/s
_SECONDS = 1e-3, 1e8
_LEAST_SHAPE = 1e-3  # of the distribution of gaps, of which hardly any would be left
_RAMPS = ("linear", "exponential")
_DIFFERENCE = 0.02  # relative, by which details may differ from what is said of all requests


@dataclass(frozen=True, slots=True)
class BenchFields:
    """Keys of a result; one that is null is as one that is not there.

    Every method raises `InputError` where a value is not acceptable.

    Parameters
    ----------
    data : mapping of str to object
    where : str
        File for messages.
    """

    data: Mapping[str, Any]
    where: str

    def positive(self, key: str) -> float:
        """A positive number that has to be there."""
        return to_positive(self.place(key), self.data.get(key))

    def positive_or_infinite(self, key: str, default: float) -> float:
        """A positive number or infinity, which is written as ``inf``."""
        value = self.data.get(key)
        if value is None:
            return default
        return math.inf if value in _INFINITE else to_positive(self.place(key), value)

    def duration(self) -> float:
        """Seconds from the first request to the last answer."""
        seconds = self.positive("duration")
        if not _SECONDS[0] <= seconds <= _SECONDS[1]:
            raise InputError(self.place("duration"), f"{seconds:g} s is no length of a benchmark")
        return seconds

    def count(self, key: str, default: int) -> int:
        """A whole number of at least 0."""
        value = self.data.get(key)
        if value is None:
            return default
        number = to_number(self.place(key), value, "a whole number")
        if number < 0 or not number.is_integer():
            raise InputError(self.place(key), f"{value!r} is no whole number of 0 or more")
        return int(number)

    def client(self) -> BenchClient:
        """How the requests that were answered were sent."""
        answered = self.count("completed", 0)
        sent = self.num_prompts()
        ramp_up = self._ramp_up()
        rate = self.positive_or_infinite("request_rate", math.nan)
        if ramp_up is not None:
            rate = sent / float((1 / ramp_up.rates(sent)).sum())
        if math.isnan(rate):
            raise InputError(self.place("request_rate"), "it is missing", "requests/s, or inf")
        if ramp_up is None and math.isfinite(rate):
            rate = self._rate("request_rate")
        bound = self.count("max_concurrency", 0)
        recorded = self._recorded(answered)
        if recorded is not None and bound:  # which moved the starts
            recorded = replace(recorded, starts=())
        return BenchClient(
            answered,
            rate * answered / sent,  # as if those that failed had not been sent
            self._burstiness(),
            bound if bound < sent else 0,
            ramp_up,
            recorded,
        )

    def num_prompts(self) -> int:
        """Requests that were sent: those of which the outcome is told.

        Where it is not told that some failed, all were sent that were asked for. A data set that
        has fewer sends fewer.
        """
        answered = self.count("completed", 0)
        sent = answered + self.count("failed", 0)
        if self.data.get("failed") is None:
            sent = max(self.count("num_prompts", 0), sent)
        if sent > _MOST_REQUESTS:
            accepted = f"up to {_MOST_REQUESTS}"
            raise InputError(self.place("num_prompts"), f"{sent:g} requests were sent", accepted)
        return sent

    def mean_tokens(self, key: str) -> float:
        """Mean tokens of a request that was answered, from the total of all."""
        mean = self.positive(key) / self.positive("completed")
        if mean > MOST_TOKENS:
            problem = f"{mean:g} tokens for each request"
            raise InputError(self.place(key), problem, f"up to {MOST_TOKENS}")
        return mean

    def place(self, key: str) -> str:
        """Where a key stands, for messages."""
        return f"{self.where}, key {key}"

    def _burstiness(self) -> float:
        shape = self.positive_or_infinite("burstiness", 1.0)
        if shape < _LEAST_SHAPE:
            accepted = f"{_LEAST_SHAPE} or more"
            raise InputError(self.place("burstiness"), f"{shape:g} is next to 0", accepted)
        return shape

    def _ramp_up(self) -> RampUp | None:
        strategy = self.data.get("ramp_up_strategy")
        if strategy is None:
            return None
        if strategy not in _RAMPS:
            accepted = " or ".join(_RAMPS)
            raise InputError(
                self.place("ramp_up_strategy"), f"{strategy!r} is not known", accepted
            )
        first, last = self._rate("ramp_up_start_rps"), self._rate("ramp_up_end_rps")
        return RampUp(first, last, strategy == "exponential")

    def _rate(self, key: str) -> float:
        rate = self.positive(key)
        if not _RATES[0] <= rate <= _RATES[1]:
            raise InputError(self.place(key), f"{rate:g} is no rate of requests per second")
        return rate

    def _recorded(self, answered: int) -> RecordedRequests | None:
        """What --save-detailed wrote of the requests that were answered."""
        arrays = {
            key: self._array(key) for key in ("input_lens", "output_lens", "start_times", "errors")
        }
        prompts, outputs = arrays["input_lens"], arrays["output_lens"]
        if prompts is None or outputs is None:
            return None
        for key, values in arrays.items():
            if values is not None and len(values) != len(prompts):
                problem = f"it has {len(values)} values, and input_lens has {len(prompts)}"
                raise InputError(self.place(key), problem, "a value for each request")
        errors = arrays["errors"]
        kept = [
            index
            for index in range(len(prompts))
            if (outputs[index] if errors is None else errors[index] in ("", None))
        ]
        if len(kept) != answered:
            problem = f"{answered}, but {len(kept)} requests have an answer in the details"
            raise InputError(self.place("completed"), problem)
        starts = arrays["start_times"]
        times: list[float] = []
        if starts is not None:
            times = self._numbers("start_times", starts, kept)
            order = sorted(range(len(kept)), key=times.__getitem__)
            kept, begin = [kept[i] for i in order], min(times)
            times = sorted(time - begin for time in times)
            self._check_last_start(times[-1])
        return RecordedRequests(
            self._tokens("input_lens", prompts, kept, "total_input_tokens"),
            self._tokens("output_lens", outputs, kept, "total_output_tokens"),
            tuple(times) if times and times[-1] > 0 else (),
        )

    def _check_last_start(self, last: float) -> None:
        """Refuse starts that are not within the benchmark."""
        duration = self.duration()
        if last > (1 + _DIFFERENCE) * duration:
            raise InputError(
                self.place("start_times"),
                f"the last request starts {last:.4g} s after the first, of a duration of "
                f"{duration:.4g} s",
                "seconds",
            )

    def _array(self, key: str) -> Sequence[Any] | None:
        values = self.data.get(key)
        if values is None:
            return None
        if not isinstance(values, list):
            raise InputError(self.place(key), f"{values!r:.60} is no array", "a value for each")
        return values or None

    def _numbers(self, key: str, values: Sequence[Any], kept: Sequence[int]) -> list[float]:
        place = self.place(key)
        return [to_number(f"{place}[{i}]", values[i], "a number") for i in kept]

    def _tokens(
        self, key: str, values: Sequence[Any], kept: Sequence[int], total: str
    ) -> tuple[int, ...]:
        """Lengths of the requests, whose sum is told as well."""
        numbers = self._numbers(key, values, kept)
        for index, number in zip(kept, numbers, strict=True):
            if not (0 <= number <= MOST_TOKENS and number.is_integer()):
                problem = f"{values[index]!r} is no number of tokens"
                raise InputError(f"{self.place(key)}[{index}]", problem, f"0 to {MOST_TOKENS}")
        told, found = self.positive(total), math.fsum(numbers)
        if abs(found - told) > _DIFFERENCE * told:
            problem = f"they are {found:g} tokens in all, and {total} is {told:g}"
            raise InputError(self.place(key), problem, "details of the same requests")
        return tuple(max(1, int(number)) for number in numbers)
