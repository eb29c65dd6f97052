"""Small instances at random, with what brute force says of them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from estimators.starvation import StarvationRule
from placer.gpu.evaluator import Evaluator
from placer.problem.fleet import GpuType
from placer.problem.latency_limits import LatencyLimits
from placer.problem.problem import Problem
from twin.files.errors import EstimatedProfileWarning
from twin.gpu.read_profile import read_profile
from twin.workload.adapter import Adapter
from twin.workload.arrivals import ArrivalProcess, GammaArrivals, PoissonArrivals
from twin.workload.lengths import CopulaLengths, LengthModel, LogNormalLength
from twin.workload.workload import Workload

__all__ = ["MIXED_FLEET", "PROFILE", "fewest_gpus", "limited_instance", "small_instance"]

PROFILE = read_profile("h100_64gb_llama31_8b")

with warnings.catch_warnings():  # two of them were scaled
    warnings.simplefilter("ignore", EstimatedProfileWarning)
    MIXED_FLEET = tuple(
        GpuType(read_profile(name))
        for name in ("h100_80gb_llama31_8b", "a100_80gb_llama31_8b", "l40s_48gb_llama31_8b")
    )

_PROMPT_RATE, _OUTPUT_RATE = 60_000.0, 6_000.0  # tokens/s that a GPU serves, roughly


def small_instance(
    seed: int,
    *,
    own_lengths: bool,
    most: int = 8,
    fleet: Sequence[GpuType] = (GpuType(PROFILE),),
    traffic: tuple[float, float] = (0.7, 2.3),
    equal: bool = False,
) -> Problem:
    """Four adapters to as many as there may be, that need one to four GPUs.

    Ranks, rates and burstiness differ, and lengths if asked for: long prompts with short answers,
    short ones with long answers, and all between. The traffic is so many GPUs', roughly; where
    ``equal``, pairs of adapters are equal.
    """
    rng = np.random.default_rng(seed)
    number = int(rng.integers(4, most + 1))
    common = _lengths(rng)
    total = rng.uniform(*traffic)
    adapters = []
    for i in range(number):
        lengths = _lengths(rng) if own_lengths else common
        arrivals: ArrivalProcess = PoissonArrivals()
        if rng.random() < 0.3:
            arrivals = GammaArrivals(float(rng.uniform(1.2, 3.0)))
        work = lengths.prompt_mean / _PROMPT_RATE + lengths.output_mean / _OUTPUT_RATE
        rate = float(rng.uniform(0.3, 1.7) * total / number / work)
        rank = int(rng.choice([8, 16, 32]))
        adapters.append(Adapter(f"a{i}", rank, rate, lengths, arrivals=arrivals))
        if equal and i % 2:
            adapters[-1] = replace(adapters[-2], name=f"a{i}")
    rule = StarvationRule(sustained=bool(rng.random() < 0.7))
    return Problem(Workload(tuple(adapters)), tuple(fleet), starvation=rule)


def limited_instance(seed: int, *, far_apart: bool) -> Problem:
    """A small instance of one kind of traffic with limits on latency.

    Limits are from what engines need with hardly any traffic to many times that. Where rates are
    ``far_apart``, they differ up to a hundredfold, with the same sum: requests of rare adapters
    may all be late and do not count among those of busy ones.
    """
    rng = np.random.default_rng(10_000 + seed)
    problem = small_instance(seed, own_lengths=False, most=7)
    ttft, tpot = np.exp(rng.uniform(np.log((0.1, 0.012)), np.log((8.0, 0.25)))).tolist()
    problem = replace(problem, latency_limits=LatencyLimits(ttft, tpot))
    if not far_apart:
        return problem
    before = problem.workload.adapters
    rates = np.array([a.rate for a in before]) * np.exp(rng.uniform(-4.0, 0.5, len(before)))
    rates *= problem.workload.rate / rates.sum()
    pairs = zip(before, rates.tolist(), strict=True)
    return replace(problem, workload=Workload(tuple(replace(a, rate=r) for a, r in pairs)))


def fewest_gpus(evaluator: Evaluator) -> float:
    """GPUs of the smallest admissible placement; infinite where there is none.

    All sets of adapters are tried with every number of slots, and all partitions into sets that
    fit; where an adapter alone is too much for a GPU, it comes in two halves.
    """
    names = sorted(evaluator.adapters)
    alone = _fit(evaluator, [{name: 1.0} for name in names])
    pieces = [1 if fits else 2 for fits in alone]
    sets = list(product(*(range(number + 1) for number in pieces)))[1:]  # pieces of each adapter
    shares = [
        {name: k / number for name, k, number in zip(names, taken, pieces, strict=True) if k}
        for taken in sets
    ]
    steps = [
        (tuple(slice(k, None) for k in taken), tuple(slice(-k or None) for k in taken))
        for taken, fits in zip(sets, _fit(evaluator, shares), strict=True)
        if fits
    ]
    held = np.zeros([number + 1 for number in pieces], bool)  # by some number of GPUs, exactly
    held.flat[0] = True
    for gpus in range(1, sum(pieces) + 1):
        before, held = held, np.zeros_like(held)
        for after, without in steps:
            held[after] |= before[without]
        if held.flat[-1]:
            return gpus
    return math.inf


def _fit(evaluator: Evaluator, groups: Sequence[dict[str, float]]) -> list[bool]:
    """Whether a GPU serves a group, with any number of slots; all groups are asked together.

    With many slots first, which mostly is best: with fewer only where that was not enough.
    """
    (gpu_type,) = evaluator.problem.fleet
    options = [evaluator.max_loras_options(gpu_type, list(shares)) for shares in groups]
    fits = [False] * len(groups)
    for turn in range(max(map(len, options), default=0)):
        open_ones = [g for g, own in enumerate(options) if not fits[g] and turn < len(own)]
        plans = [evaluator.plan(gpu_type, options[g][-1 - turn], groups[g]) for g in open_ones]
        for g, gpu in zip(open_ones, evaluator.evaluate(plans), strict=True):
            fits[g] = gpu.admissible
    return fits


def _lengths(rng: np.random.Generator) -> LengthModel:
    prompt = float(np.exp(rng.uniform(np.log(40), np.log(6000))))
    output = float(np.exp(rng.uniform(np.log(16), np.log(1200))))
    spread = rng.uniform(0.1, 1.0, 2)
    return CopulaLengths(
        LogNormalLength(prompt, prompt * float(spread[0])),
        LogNormalLength(output, output * float(spread[1])),
    )
