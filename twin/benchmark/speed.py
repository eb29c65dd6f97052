"""Speed: simulated seconds per second of one core."""

from __future__ import annotations

import time
from dataclasses import dataclass

from twin.benchmark.scenario import Scenario

__all__ = ["Speed", "measure_speed"]


@dataclass(frozen=True, slots=True)
class Speed:
    """What one scenario took.

    Parameters
    ----------
    scenario : Scenario
    num_requests : int
        Requests that were drawn.
    draw_seconds, simulate_seconds : float
        Seconds of one core for drawing the requests, and for simulating them.
    """

    scenario: Scenario
    num_requests: int
    draw_seconds: float
    simulate_seconds: float

    @property
    def seconds(self) -> float:
        """Seconds of one core, the drawing included."""
        return self.draw_seconds + self.simulate_seconds

    @property
    def speedup(self) -> float:
        """Simulated seconds per second of one core, the drawing included."""
        return self.scenario.duration / self.seconds

    @property
    def simulate_speedup(self) -> float:
        """Simulated seconds per second of one core, once the requests are drawn."""
        return self.scenario.duration / self.simulate_seconds


def measure_speed(scenario: Scenario, repeats: int = 3, seed: int = 0) -> Speed:
    """Draw and simulate a scenario several times; the least times count, as with `timeit`.

    They are those of the thread, so that other programs on the machine count for less. Have the
    code compiled before: `twin.engine.warm_up.warm_up`.

    Parameters
    ----------
    scenario : Scenario
    repeats : int
        How often, with seeds that follow each other.
    seed : int
        The first of them.
    """
    drawing, simulating, requests = [], [], 0
    for number in range(seed, seed + repeats):
        start = time.thread_time()
        stream = scenario.draw(number)
        drawn = time.thread_time()
        scenario.simulate(stream)
        end = time.thread_time()
        drawing.append(drawn - start)
        simulating.append(end - drawn)
        requests = len(stream)
    return Speed(scenario, requests, min(drawing), min(simulating))
