"""Time and memory by the number of adapters, from a file of adapters to the files of the result.

``python -m tests.benchmarks.scale_figure PICTURE.svg 100 1000 10000`` measures each size in a
process of its own, prints a table with the slopes, and draws both axes logarithmic. Times are
those of the processor, in all threads together.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
import warnings
from itertools import pairwise
from pathlib import Path

from tests.benchmarks.scale import adapter_file, peak_mib, scale_problem

_STAGES = ("reading", "search", "verification", "writing")
_LIMIT = 60.0  # seconds of the processor for a search
_VERIFIED = 10_000  # adapters, beyond which simulating all GPUs takes minutes

Row = dict[str, float]


def measure(number: int) -> Row:
    """Seconds of the processor for each stage, and what came out; in a process of its own."""
    from estimators.ml_backed import MLEstimator
    from placer.gpu.budget import Budget
    from placer.gpu.evaluator import Evaluator
    from placer.objectives import FewestGpus
    from placer.problem.problem import Problem
    from placer.report.output_files import write_outputs
    from placer.report.placement_report import write_report
    from placer.solve import solve
    from placer.strategies import Portfolio
    from placer.verification.verify import Verifier
    from twin.sources.adapter_file import read_adapters

    warnings.simplefilter("ignore")
    estimator, objective, small = MLEstimator(), FewestGpus(), scale_problem(8)
    solve(small, Portfolio(), estimator, objective)  # so that all is compiled
    times, row = [time.process_time()], Row(adapters=number)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        adapter_file(folder / "adapters.csv", number)
        times[0] = time.process_time()
        problem = Problem(read_adapters(folder / "adapters.csv", rate_unit="s"), small.fleet)
        times.append(time.process_time())
        budget = Budget(_LIMIT, clock=time.process_time)
        result = solve(problem, Portfolio(), estimator, objective, budget, verify=False)
        row |= {"gpus": len(result.placement.gpus), "gap": result.gap}
        times.append(time.process_time())
        if number <= _VERIFIED:
            result = Verifier().verify(result, Evaluator(estimator, objective, problem))
            row |= {"verified_gpus": len(result.placement.gpus), "verified": result.verified}
        times.append(time.process_time())
        summary = write_outputs(folder / "out", problem, result)
        write_report(folder / "out", problem, result, objective, summary)
        times.append(time.process_time())
    row |= {
        stage: round(end - begin, 2)
        for stage, (begin, end) in zip(_STAGES, pairwise(times), strict=True)
    }
    return row | {"mib": peak_mib()}


def slopes(rows: list[Row], key: str) -> list[float]:
    """Growth of a figure between sizes: 1 where it grows as the number of adapters does."""
    return [
        math.log(after[key] / before[key]) / math.log(after["adapters"] / before["adapters"])
        if min(before[key], after[key]) > 0
        else math.nan
        for before, after in pairwise(rows)
    ]


def draw(rows: list[Row], path: Path) -> None:
    """The times and the memory as a picture."""
    from placer.report.charts.axis import Axis
    from placer.report.charts.chart import Chart, Line
    from placer.report.charts.static import picture

    sizes = [row["adapters"] for row in rows]
    charts = []
    for title, keys in (("seconds of the processor", _STAGES), ("MiB at most", ("mib",))):
        lines = tuple(
            Line(tuple((row["adapters"], row[key]) for row in rows if row[key] > 0), key, "ink")
            for key in keys
        )
        axes = (
            Axis.around("adapters", sizes, log=True),
            Axis.around(title, [row[key] for row in rows for key in keys], log=True),
        )
        charts.append(Chart(title, f"{title} by the number of adapters", *axes, lines))
    path.write_bytes(picture(charts, path.suffix[1:]))


def main() -> None:
    """Measure, print and draw; with ``--one NUMBER`` measure that, and print it as JSON."""
    if sys.argv[1] == "--one":
        sys.stdout.write(json.dumps(measure(int(sys.argv[2]))) + "\n")
        return
    rows: list[Row] = []
    for number in sys.argv[2:]:
        command = [sys.executable, "-m", "tests.benchmarks.scale_figure", "--one", number]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(done.stdout))
        sys.stdout.write(f"{rows[-1]}\n")
        sys.stdout.flush()
    for key in (*_STAGES, "mib"):
        found = ", ".join(f"{slope:.2f}" for slope in slopes(rows, key))
        sys.stdout.write(f"{key}: slope {found}\n")
    draw(rows, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
