"""The very requests of a run."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.twin.measured.recorded import HEADER
from twin.files.errors import InputError
from twin.measured.run_requests import RunRequests, ServedAdapters, read_ranks, read_run_requests

ROWS = "0.5,a10,30,7,0.6,,\n0.1,a2,20,5,0.2,0.4,0.9\n0.3,,10,6,0.3,,\n"


def read(
    folder: Path, text: str = HEADER + ROWS, ranks: dict[int, int] | None = None
) -> RunRequests:
    path = folder / "requests.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    served = ServedAdapters({8: 6, 16: 6} if ranks is None else ranks, 16, folder)
    return read_run_requests(path, served)


def test_in_the_order_in_which_they_were_sent(tmp_path: Path) -> None:
    requests = read(tmp_path)
    assert requests.sent.tolist() == [0.2, 0.3, 0.6]
    assert requests.prompt_tokens.tolist() == [20, 10, 30]
    assert requests.output_tokens.tolist() == [5, 6, 7]
    assert requests.adapter.tolist() == [0, -1, 1], "a2, the base model, a10"
    assert requests.adapter_rank.tolist() == [8, 8], "ranks in turn: even numbers have 8"
    assert requests.num_tokens == 78


def test_plain_text_and_planned_times_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    path.write_text("adapter,prompt_tokens,output_tokens,arrival_s\nx,3,2,1.5\n")
    requests = read_run_requests(path, ServedAdapters({32: 1}, 32, tmp_path))
    assert (requests.sent.tolist(), requests.adapter_rank.tolist()) == ([1.5], [32])


def test_ranks_of_a_table_beside_it(tmp_path: Path) -> None:
    assert read_ranks(tmp_path) is None
    (tmp_path / "adapters.csv").write_text("adapter,rank\na2,16\na10,8\nother,8\n")
    assert read(tmp_path).adapter_rank.tolist() == [16, 8]
    assert read_ranks(tmp_path) == {"a2": 16, "a10": 8, "other": 8}
    (tmp_path / "adapters.csv").write_text("adapter,rank\na2,16\n")
    with pytest.raises(InputError, match=r"adapters\.csv: adapter 'a10' is not in it"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a2,16\na2 ,8\n", "adapters.csv, row 3, column adapter: 'a2' appears twice"),
        ("a2,8.5\n", "adapters.csv, row 2, column rank: 8.5 is no rank; a whole number"),
    ],
)
def test_ranks_that_a_table_does_not_tell(tmp_path: Path, rows: str, words: str) -> None:
    (tmp_path / "adapters.csv").write_text(f"adapter,rank\n{rows}")
    with pytest.raises(InputError, match=words):
        read_ranks(tmp_path)


def test_a_packed_file_by_another_name_says_so(tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    path.write_bytes(gzip.compress((HEADER + ROWS).encode()))
    with pytest.raises(InputError, match="it is packed by gzip"):
        read_run_requests(path, ServedAdapters({32: 1}, 32, tmp_path))


def test_ranks_that_cannot_be_known(tmp_path: Path) -> None:
    assert read(tmp_path, ranks={16: 12}).adapter_rank.tolist() == [16, 16]
    with pytest.raises(InputError, match=r"ranks of 2 adapters are not known; give adapters\.csv"):
        read(tmp_path, ranks={8: 4, 16: 8})
    with pytest.raises(InputError, match="ranks of 1 adapters are not known"):
        read(tmp_path, HEADER + "1,tuned,2,2,1,,\n")
    with pytest.raises(InputError, match="has rank 32, and the engine slots of 16"):
        read(tmp_path, ranks={32: 12})


def test_other_orders_are_other_indices_of_the_same_adapters(tmp_path: Path) -> None:
    requests = read(tmp_path, HEADER + "".join(f"{i},a{i},9,9,{i},,\n" for i in range(12)))
    first, other = (requests.stream(60.0, order) for order in (0, 1))
    assert first.adapter.tolist() == list(range(12))
    assert sorted(other.adapter) == list(range(12)) != other.adapter.tolist()
    np.testing.assert_array_equal(
        first.adapter_rank[first.adapter], other.adapter_rank[other.adapter]
    )
    assert first.duration == 60.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER, "it has no request"),
        ("adapter,prompt_tokens,output_tokens\na0,1,1\n", "no column sent_s or arrival_s"),
        (HEADER + "0,a0,0,1,0,,\n", "row 2, column prompt_tokens: 0 is no whole number of tokens"),
        (HEADER + "0,a0,1,1.5,0,,\n", "column output_tokens: 1.5 is no whole number"),
        (HEADER + "0,a0,1,1,-1,,\n", "column sent_s: -1 is negative"),
        (HEADER + "0,a0,1,1,soon,,\n", "column sent_s: 'soon'"),
        ("", "it is empty"),
    ],
)
def test_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, text)


def test_what_is_not_packed(tmp_path: Path) -> None:
    path = tmp_path / "requests.csv.gz"
    path.write_bytes(b"plain")
    with pytest.raises(InputError, match="cannot be unpacked"):
        read_run_requests(path, ServedAdapters({8: 1}, 8, tmp_path))
    path.write_bytes(gzip.compress(b"\xff\xff"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_run_requests(path, ServedAdapters({8: 1}, 8, tmp_path))


def test_more_adapters_than_the_run_served(tmp_path: Path) -> None:
    text = HEADER + "".join(f"{i},a{i},9,9,{i},,\n" for i in range(13))
    with pytest.raises(InputError, match="13 adapters have requests; up to the 12"):
        read(tmp_path, text)
