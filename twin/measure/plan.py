"""Plan: which engines are started, what is measured on each, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twin.files.errors import InputError
from twin.workload.rank import LEGAL_RANKS, legal_rank

__all__ = ["Cell", "Engine", "Part", "Plan", "decode_cells", "make_plan", "running_plan"]

MINUTES = (5, 15, 60)
"""Lengths of the plans."""

_START = 150.0  # seconds that an engine takes to start on a GPU: compiling, CUDA graphs
_SETTLE = 15.0  # adapters loaded, every one asked once
_SHORTEST_WINDOW, _LONGEST_WINDOW = 20.0, 55.0
_PER_SLOT, _MOST_ADAPTERS = 3, 96
_MOST_SERVED = 10_000
_BATCHES = (1, 8, 32, 64, 128, 256)
_PROMPTS = (256, 768, 1024, 4096)
_SHORT_PROMPT, _OUTPUT = 32, 48  # tokens of each request of a closed loop
_LONG_BATCH = 32  # requests at once with long prompts, at most
_STEP = 0.02  # seconds of a typical step
_WINDOWS = {5: 2, 15: 2, 60: 4}  # open-loop runs of each engine
_AGAIN = {5: 0, 15: 0, 60: 1}


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine is started, as far as adapters go.

    Parameters
    ----------
    max_loras, max_lora_rank : int
        Adapter slots and their rank; 0 and 0 without LoRA.
    served : int
        Adapters that it serves; 0 for three for each slot, up to 96.

    Raises
    ------
    InputError
        If vLLM would refuse it.
    """

    max_loras: int
    max_lora_rank: int
    served: int = 0

    def __post_init__(self) -> None:
        if self.max_loras < 0 or self.max_lora_rank not in (0, *LEGAL_RANKS):
            problem = f"{self.name} is no engine"
            raise InputError("engines", problem, f"SLOTS:RANK, with a rank of {LEGAL_RANKS}")
        if (self.max_loras == 0) != (self.max_lora_rank == 0):
            problem = f"{self.name} has slots or a rank alone"
            raise InputError("engines", problem, "0:0 for no LoRA")
        if not 0 <= self.served <= _MOST_SERVED:
            raise InputError("--served-adapters", str(self.served), f"1 to {_MOST_SERVED}")

    @property
    def name(self) -> str:
        """Like ``16:64``."""
        return f"{self.max_loras}:{self.max_lora_rank}"

    @property
    def num_adapters(self) -> int:
        """Adapters that it serves when measured; more than it has slots where nothing is said."""
        if not self.max_loras:
            return 0
        return self.served or max(self.max_loras, min(_PER_SLOT * self.max_loras, _MOST_ADAPTERS))

    def flags(self) -> list[str]:
        """Arguments of ``vllm serve``."""
        if not self.max_loras:
            return []
        return [
            *("--enable-lora", "--max-loras", str(self.max_loras)),
            *("--max-lora-rank", str(self.max_lora_rank)),
            *("--max-cpu-loras", str(max(self.max_loras, self.num_adapters))),
        ]


@dataclass(frozen=True, slots=True)
class Part:
    """Measurements of one kind on one engine.

    Parameters
    ----------
    what : str
        In words.
    tells : tuple of str
        Terms of a profile that it identifies.
    seconds : float
        About how long it takes.
    """

    what: str
    tells: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Parameters
    ----------
    engines : tuple of Engine
        In this order; a single one without ``starts`` is whatever runs already.
    starts : bool
        Engines are started and ended.
    start_seconds : float
        About how long an engine takes to start.
    batches : tuple of int
        Requests at once in closed-loop measurements.
    prompts : tuple of int
        Tokens of single prompts.
    rates : tuple of float
        Requests/s of the open-loop runs; empty to look for the edge of starvation.
    runs : int
        Open-loop runs on each engine.
    again : int
        How many of them are made a second time with the same requests, which shows the noise.
    window : float
        Seconds of an open-loop run.
    """

    engines: tuple[Engine, ...]
    starts: bool
    start_seconds: float
    batches: tuple[int, ...]
    prompts: tuple[int, ...]
    rates: tuple[float, ...]
    runs: int
    again: int
    window: float

    def __post_init__(self) -> None:
        if not self.engines:
            raise InputError("engines", "there is none", "like 16:16,32:64")
        if not 1 <= self.window <= 3600:
            raise InputError("--window", f"{self.window:g} s", "1 to 3600")
        for name in ("batches", "prompts", "rates"):
            for value in getattr(self, name):
                if not 0 < value < 1e5:
                    raise InputError(f"--{name}", f"{value:g}", "a positive number below 100000")
        if not 0 <= self.again <= self.runs <= 100:
            raise InputError("--again", f"{self.again} of {self.runs} runs", "at most --runs")

    def parts(self, engine: Engine) -> list[Part]:
        """What is measured on an engine, in order."""
        lora = engine.max_loras > 0
        parts = []
        if self.starts:
            parts.append(Part("start", ("KV capacity", "memory"), self.start_seconds))
        if lora:
            what = f"load {engine.num_adapters} adapters, ask each once"
            parts.append(Part(what, ("adapter_load.disk",), _SETTLE))
        cells = len(decode_cells(self, engine.max_loras))
        parts.append(
            Part(
                f"{cells} closed loops of up to {max(self.batches, default=0)} requests",
                ("base", "decode", "kv_token", *(("lora", "slot", "adapter") if lora else ())),
                cells * _OUTPUT * _STEP * 1.3,
            )
        )
        single = len(self.prompts) * (2 if lora else 1) * 4
        tells = ("prefill_token", "launch", *(("prefill_token_lora",) if lora else ()))
        parts.append(Part(f"{single} single prompts", tells, single * 0.3))
        if engine.num_adapters > engine.max_loras:
            parts.append(Part("adapters in turn", ("adapter_load.gpu",), 10.0))
        again = f", {self.again} of them twice" if self.again else ""
        parts.append(
            Part(
                f"{self.runs} open-loop runs of {self.window:.0f} s{again}",
                ("accuracy", "prefill", *(("adapter_prefill_token",) if lora else ())),
                (self.runs + self.again) * (self.window + 3),
            )
        )
        return parts

    @property
    def seconds(self) -> float:
        """About how long all of it takes."""
        return sum(part.seconds for engine in self.engines for part in self.parts(engine))


def make_plan(minutes: int, largest_rank: int = 16, start_seconds: float = _START) -> Plan:
    """The plan of so many minutes, in which engines are started and ended.

    Parameters
    ----------
    minutes : int
        One of `MINUTES`.
    largest_rank : int
        Of the adapters that are to be served.
    start_seconds : float
        About how long an engine takes to start.

    Raises
    ------
    InputError
        If there is no such plan, or vLLM accepts no such rank.
    """
    if minutes not in MINUTES:
        raise InputError("--minutes", str(minutes), f"one of {', '.join(map(str, MINUTES))}")
    high = legal_rank(largest_rank)
    low = min(high, 8)
    middle = min(high, 16)
    shapes = [(16, middle), (32, high), (8, low)]
    if minutes == 5:
        shapes = [(16, high)]
    if minutes == 60:
        shapes += [(16, high), (0, 0), (64, middle), (4, high), (96, low), (32, low)]
    plan = Plan(
        engines=tuple(Engine(*shape) for shape in dict.fromkeys(shapes)),
        starts=True,
        start_seconds=start_seconds,
        batches=_BATCHES,
        prompts=_PROMPTS,
        rates=(),
        runs=_WINDOWS[minutes],
        again=_AGAIN[minutes],
        window=_SHORTEST_WINDOW,
    )
    return _filled(plan, minutes)


def running_plan(engine: Engine, minutes: int) -> Plan:
    """The plan for a server that runs already: more runs, as nothing has to start.

    Raises
    ------
    InputError
        If there is no plan of so many minutes.
    """
    plan = replace(make_plan(minutes), engines=(engine,), starts=False, start_seconds=0.0)
    most = int((minutes * 60 - _without_runs(plan)) // (_LONGEST_WINDOW + 3))
    return _filled(replace(plan, runs=min(max(2, most - plan.again), 12)), minutes)


@dataclass(frozen=True, slots=True)
class Cell:
    """A closed loop.

    Parameters
    ----------
    batch : int
        Requests at once.
    adapters : int
        That they are for, in turn; 0 for the base model.
    prompt : int
        Tokens of each prompt.
    """

    batch: int
    adapters: int
    prompt: int


def decode_cells(plan: Plan, max_loras: int) -> list[Cell]:
    """Closed loops of a plan on an engine of so many slots.

    All but the last have short prompts. The last one has long ones, whose context is read in
    every step.
    """
    cells = []
    for batch in plan.batches:
        groups = {0}
        if max_loras:
            most = min(batch, max_loras)
            groups |= {1, max(1, most // 4), most}
        cells += [Cell(batch, group, _SHORT_PROMPT) for group in sorted(groups)]
    if plan.batches and plan.prompts:
        batch = max((b for b in plan.batches if b <= _LONG_BATCH), default=min(plan.batches))
        cells.append(Cell(batch, 0, sorted(plan.prompts)[len(plan.prompts) // 2]))
    return cells


def _without_runs(plan: Plan) -> float:
    return replace(plan, runs=0, again=0).seconds


def _filled(plan: Plan, minutes: int) -> Plan:
    """The plan with windows as long as its minutes allow."""
    each = (minutes * 60 - _without_runs(plan)) / (len(plan.engines) * (plan.runs + plan.again))
    return replace(
        plan, window=float(round(min(max(each - 3, _SHORTEST_WINDOW), _LONGEST_WINDOW)))
    )
