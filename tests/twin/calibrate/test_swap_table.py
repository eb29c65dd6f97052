"""Tables of adapters that change places."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.calibrate.swap_table import SWAP_COLUMNS, read_swaps
from twin.files.errors import InputError

HEADER = ",".join((*SWAP_COLUMNS, "ttft_resident_ms")) + "\n"


def test_what_a_request_waits_for_its_adapter(tmp_path: Path) -> None:
    path = tmp_path / "swaps.csv"
    rows = ["m,1,8,16,40,25", "m,1,32,64,nan,25", "m,1,8,8,20,25", "n,1,8,8,90,25"]
    path.write_text(HEADER + "\n".join(rows))
    (swap,) = read_swaps(path, "m", "1")  # others could not be told, or are of another model
    assert (swap.max_loras, swap.max_lora_rank) == (8, 16)
    assert swap.seconds == pytest.approx(0.015)


def test_refused(tmp_path: Path) -> None:
    path = tmp_path / "swaps.csv"
    path.write_text(HEADER + "m,1,8,16,-4,25\n")
    with pytest.raises(InputError, match="row 2, column ttft_swap_median_ms: -4 is negative"):
        read_swaps(path, "m", "1")
