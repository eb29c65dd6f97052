"""The picture of a validation."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.twin.measured.run_rows import read, write
from tests.twin.validate.compared_rows import LIGHT, TWIN
from twin.files.errors import InputError
from twin.validate.cli import main
from twin.validate.comparison import Comparison
from twin.validate.plot import plot_validation


def test_the_picture_is_an_svg_and_the_same_again(tmp_path: Path) -> None:
    runs = write(tmp_path, LIGHT)
    for name in ("one.svg", "two.svg"):
        assert main([str(runs), "--plot", str(tmp_path / name)]) == 0
    one, two = ((tmp_path / name).read_text() for name in ("one.svg", "two.svg"))
    assert one.startswith("<?xml")
    assert one.count("<path") == two.count("<path") > 10


def test_runs_without_a_figure_are_left_out(tmp_path: Path) -> None:
    plot_validation([Comparison(read(tmp_path), TWIN, "p")], tmp_path / "p.svg")
    assert (tmp_path / "p.svg").stat().st_size > 1000


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends with \.svg"):
        plot_validation([], tmp_path / "p.png")


def test_without_matplotlib_the_remedy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match=r"lora-placer\[report\]"):
        plot_validation([], tmp_path / "p.svg")
