"""Reading profiles, workloads and adapter files imports no library that takes long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = "numba scipy sklearn lightgbm pyarrow matplotlib pulp ortools simpy joblib hydra"
PROGRAM = """
import sys
import warnings
import twin.engine.simulate
import twin.sources.servegen
import twin.sources.trace_workload
from twin import *
from twin import read_profile, read_adapters, paper_workload
profile = read_profile("h100_64gb_llama31_8b")
assert profile.kv_capacity(8, 8) > 0
assert read_adapters(sys.argv[1]).token_rate > 0
assert paper_workload(num_adapters=6, rates=[0.1, 0.2]).token_rate > 0
print(*(name for name in sys.argv[2].split() if name in sys.modules))
"""


def test_what_is_read_before_anything_is_simulated_starts_quickly(tmp_path: Path) -> None:
    path = tmp_path / "adapters.csv"
    path.write_text("name,rank,rate_req_s,prompt_tokens_mean\na,8,0.5,\nb,16,0.1,300\n")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), HEAVY], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
