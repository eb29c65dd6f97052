"""Runs whose verdict a model has wrong, with what the twin says about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from twin.engine.simulation_result import STARVATION_THRESHOLD
from twin.files.command_messages import print_table
from twin.gpu.profile import ServingProfile
from twin.measured.replay import MAX_IN_SYSTEM
from twin.measured.run import MeasuredRun
from twin.validate.comparison import Comparison, compare_runs

__all__ = ["WrongVerdict", "print_wrong_verdicts", "wrong_verdicts"]


@dataclass(frozen=True, slots=True)
class WrongVerdict:
    """A run of which the model errs on whether it starves.

    Parameters
    ----------
    run_id, model : str
    max_loras, adapters, max_lora_rank : int
        Slots, adapters that are served, and the rank of the slots.
    rate : float
        Requests/s.
    duration : float
        Window in seconds.
    starved, twin_starved : bool
        What was measured, and what the twin says; the model says the opposite of the first.
    served_share, model_share, twin_share : float
        Tokens/s over offered ones: measured, by the model, by the twin.
    distance : float
        How far the measured share is from the threshold of 0.9, as a part of it, with its sign.
    """

    run_id: str
    model: str
    max_loras: int
    adapters: int
    max_lora_rank: int
    rate: float
    duration: float
    starved: bool
    twin_starved: bool
    served_share: float
    model_share: float
    twin_share: float
    distance: float

    @property
    def twin_errs(self) -> bool:
        """Whether the twin errs as well; the model alone does otherwise."""
        return self.twin_starved != self.starved

    def to_dict(self) -> dict[str, Any]:
        """Plain data, with ``twin_errs``."""
        return {**asdict(self), "twin_errs": self.twin_errs}


def wrong_verdicts(
    comparisons: Sequence[Comparison],
    profile_of: Callable[[MeasuredRun], ServingProfile],
    *,
    max_in_system: int = MAX_IN_SYSTEM,
) -> Iterator[WrongVerdict]:
    """Wrong verdicts of a model, those of the twin beside them; only these runs are simulated.

    Left out are runs that are not usable, or too close to the threshold to tell.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Of a model (`estimators.evaluate.comparison`).
    profile_of : callable
        Profile of what served a run.
    max_in_system : int
        Requests that the benchmark client keeps open at most; 0 for no bound.
    """
    wrong = [
        c
        for c in comparisons
        if c.run.usable and not c.run.starved_is_uncertain and c.starved != c.run.starved
    ]
    simulated = compare_runs([c.run for c in wrong], profile_of, max_in_system=max_in_system)
    for by_model, by_twin in zip(wrong, simulated, strict=True):
        run = by_model.run
        offered = run.offered_throughput
        measured, model_says = by_model.throughputs
        yield WrongVerdict(
            run_id=run.run_id,
            model=run.model,
            max_loras=run.max_loras,
            adapters=run.num_adapters,
            max_lora_rank=run.max_lora_rank,
            rate=run.rate,
            duration=run.duration,
            starved=run.starved,
            twin_starved=by_twin.starved,
            served_share=measured / offered,
            model_share=model_says / offered,
            twin_share=by_twin.throughputs[1] / offered,
            distance=measured / offered / STARVATION_THRESHOLD - 1,
        )


def print_wrong_verdicts(console: Console, wrong: Sequence[WrongVerdict]) -> None:
    """Print how many verdicts are wrong and who errs, and a row for each, nearest run first.

    Parameters
    ----------
    console : rich.console.Console
    wrong : sequence of WrongVerdict
    """
    both = sum(w.twin_errs for w in wrong)
    table = Table(
        title=f"Wrong verdicts: {len(wrong)}, of which the twin has {both} wrong as well",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("run")
    for name in ("max_loras", "adapters", "req/s", "window, s", "starved"):
        table.add_column(name, justify="right")
    for name in ("measured", "model", "twin", "from the edge", "who errs"):
        table.add_column(name, justify="right")
    for w in sorted(wrong, key=lambda w: abs(w.distance)):
        table.add_row(
            w.run_id,
            str(w.max_loras),
            str(w.adapters),
            f"{w.rate:.2f}",
            f"{w.duration:.0f}",
            "yes" if w.starved else "no",
            *(f"{share:.3f}" for share in (w.served_share, w.model_share, w.twin_share)),
            f"{100 * w.distance:+.1f} %",
            "model and twin" if w.twin_errs else "model",
        )
    print_table(console, table)
