"""A row of an imaginary benchmark."""

from __future__ import annotations

from placer.benchmark.row import Row

__all__ = ["ROW"]

ROW = Row(
    *(
        "one",
        "family",
        12,
        "sustained",
        "milp",
        "gpu_count",
        "twin",
        5,
        (5.0,),
        (3.0,),
        "mix",
        0.4,
    ),
    *("feasible", "", True, 1.0, 10.0, 10, True, 0, 0, 0),
)
