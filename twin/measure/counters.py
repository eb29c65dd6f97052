"""Counters of a vLLM server: what its /metrics page says, by the names that versions have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from twin.files.errors import InputError

__all__ = ["Counters", "Info", "read_counters", "read_info"]

_NAMES: Mapping[str, tuple[str, ...]] = {
    "prompt_tokens": ("vllm:prompt_tokens_total",),
    "generation_tokens": ("vllm:generation_tokens_total",),
    "preemptions": ("vllm:num_preemptions_total",),
    "running": ("vllm:num_requests_running",),
    "waiting": ("vllm:num_requests_waiting",),
    "kv_usage": ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"),
}
"""Samples that there must be, newest name first."""

_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "steps": ("vllm:iteration_tokens_total_count",),
    "step_tokens": ("vllm:iteration_tokens_total_sum",),
    "gap_seconds": (
        "vllm:inter_token_latency_seconds_sum",
        "vllm:time_per_output_token_seconds_sum",
    ),
    "gaps": (
        "vllm:inter_token_latency_seconds_count",
        "vllm:time_per_output_token_seconds_count",
    ),
}
_MEANS = {"kv_usage"}  # of several engines behind one server; everything else is summed


@dataclass(frozen=True, slots=True)
class Counters:
    """Figures of a server at one moment; those that count only grow.

    Parameters
    ----------
    prompt_tokens, generation_tokens : float
        Tokens that the engine has processed since it started.
    preemptions : float
        Requests that were put back for lack of KV blocks.
    running, waiting : float
        Requests at this moment.
    kv_usage : float
        Used share of the KV cache, in [0, 1].
    steps, step_tokens : float or None
        Steps of the engine and the tokens in them; None where the version does not count them.
    gap_seconds, gaps : float or None
        Sum and number of the gaps between tokens, as the engine yields them.
    """

    prompt_tokens: float
    generation_tokens: float
    preemptions: float
    running: float
    waiting: float
    kv_usage: float
    steps: float | None = None
    step_tokens: float | None = None
    gap_seconds: float | None = None
    gaps: float | None = None

    @property
    def in_system(self) -> float:
        """Requests that run or wait."""
        return self.running + self.waiting

    def is_before(self, later: Counters) -> bool:
        """Whether the same server may have gone from here to there."""
        return (
            self.prompt_tokens <= later.prompt_tokens
            and self.generation_tokens <= later.generation_tokens
        )

    def mean_gap(self, later: Counters) -> float | None:
        """Mean gap in seconds between tokens that the engine yielded from here to there.

        None where the version does not tell, or there was none.
        """
        ends = (self.gap_seconds, self.gaps, later.gap_seconds, later.gaps)
        if any(value is None for value in ends):
            return None
        seconds, number = (
            _grown(self.gap_seconds, later.gap_seconds),
            _grown(self.gaps, later.gaps),
        )
        return seconds / number if number > 0 else None

    def num_steps(self, later: Counters) -> float | None:
        """Steps of the engine from here to there; None where the version does not count them."""
        return None if self.steps is None else _grown(self.steps, later.steps)


def read_counters(text: str, where: str) -> Counters:
    """Read the counters from the text of a /metrics page.

    Parameters
    ----------
    text : str
    where : str
        Address for messages.

    Raises
    ------
    InputError
        If it is no such page, or a counter is missing that no other can stand in for.
    """
    names = [name for group in (_NAMES, _OPTIONAL) for known in group.values() for name in known]
    samples = _samples(text, where, set(names))
    values: dict[str, float | None] = {}
    for field, known in (*_NAMES.items(), *_OPTIONAL.items()):
        found = next((samples[name] for name in known if name in samples), None)
        if found is None and field in _NAMES:
            raise _missing(text, where, known[0])
        mean = field in _MEANS and found is not None
        values[field] = None if found is None else sum(found) / (len(found) if mean else 1)
    return Counters(**values)  # type: ignore[arg-type]  # those that are required are there


@dataclass(frozen=True, slots=True)
class Info:
    """What the /metrics page says of the configuration; empty where it does not."""

    cache: Mapping[str, str]
    lora: Mapping[str, str]


def read_info(text: str, where: str) -> Info:
    """Read the labels of ``vllm:cache_config_info`` and ``vllm:lora_requests_info``.

    Raises
    ------
    InputError
        If it is no such page.
    """
    found: dict[str, Mapping[str, str]] = {}
    for family in _families(text, where, ("vllm:cache_config_info", "vllm:lora_requests_info")):
        for sample in family.samples:
            found[sample.name] = sample.labels
    return Info(found.get("vllm:cache_config_info", {}), found.get("vllm:lora_requests_info", {}))


def _samples(text: str, where: str, names: set[str]) -> dict[str, list[float]]:
    """Values by the name of the sample, one for each engine behind the server."""
    samples: dict[str, list[float]] = {}
    for family in _families(text, where, tuple(names)):
        for sample in family.samples:
            if sample.name in names:
                samples.setdefault(sample.name, []).append(sample.value)
    return samples


def _families(text: str, where: str, names: tuple[str, ...]) -> list[Metric]:
    """Families of the lines that start with one of these names; the others are not parsed."""
    lines = [line for line in text.splitlines() if line.startswith(names)]
    try:
        return list(text_string_to_metric_families("\n".join([*lines, ""])))
    except ValueError as error:
        problem = f"it is no page of Prometheus metrics ({error})"
        raise InputError(where, problem, "the address of a vLLM server") from None


def _missing(text: str, where: str, name: str) -> InputError:
    """What is wrong with a page that lacks a counter."""
    there = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line[:5] == "vllm:"}
    if not there:
        problem = "there is no metric of vLLM"
        return InputError(where, problem, "the address of a vLLM server, without a proxy's path")
    near = get_close_matches(name, there, n=1, cutoff=0.6)
    hint = f"; the nearest is {near[0]}" if near else ""
    return InputError(
        where,
        f"there is no metric {name}{hint}",
        "this version of vLLM has renamed it; measured with versions 0.8 to 0.33",
    )


def _grown(before: float | None, after: float | None) -> float:
    return (after or 0.0) - (before or 0.0)
