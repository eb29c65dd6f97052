"""Where an interrupted result goes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from placer.problem.placement import Placement
from placer.problem.result import Result, SolveStatus
from placer.report.result_folder import result_folder
from tests.placer.example_result import result

NOTHING = replace(
    result(),
    placement=Placement((), ("a",)),
    gpus=(),
    verification=None,
    status=SolveStatus.INTERRUPTED,
)
UNVERIFIED = replace(result(), verification=None, status=SolveStatus.INTERRUPTED)
VERIFIED = replace(result(), status=SolveStatus.INTERRUPTED)


def write(folder: Path, earlier: Result) -> Path:
    folder.mkdir()
    (folder / "result.json").write_text(json.dumps(earlier.to_dict()))
    return folder


@pytest.mark.parametrize(
    ("earlier", "new", "kept"),
    [
        (result(), NOTHING, True),
        (result(), UNVERIFIED, True),
        (result(), VERIFIED, False),
        (UNVERIFIED, NOTHING, True),
        (UNVERIFIED, UNVERIFIED, False),
        (NOTHING, UNVERIFIED, False),
        (result(), replace(VERIFIED, value=(9.0,)), True),
        (result(), replace(VERIFIED, value=(9.0,), objective="another"), False),
        (result(), replace(NOTHING, status=SolveStatus.INFEASIBLE), False),
        (result(), replace(NOTHING, status=SolveStatus.TIME_LIMIT), False),
    ],
)
def test_an_interrupted_result_does_not_replace_a_better_one(
    tmp_path: Path, earlier: Result, new: Result, kept: bool
) -> None:
    folder = write(tmp_path / "out", earlier)
    expected = tmp_path / "out.interrupted" if kept else folder
    assert result_folder(folder, new) == expected


def test_what_is_not_ours_is_not_kept(tmp_path: Path) -> None:
    assert result_folder(tmp_path, NOTHING) == tmp_path
    (tmp_path / "result.json").write_text("{}")
    assert result_folder(tmp_path, NOTHING) == tmp_path
