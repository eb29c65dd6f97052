"""``python -m twin.scale``: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.files.errors import EstimatedProfileWarning
from twin.gpu.datasheet import gpu
from twin.gpu.read_profile import read_profile
from twin.scale.bundled import scaled_profile_files
from twin.scale.cli import main
from twin.scale.scaled_profile import scale_profile


def test_one_profile(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "mine.yaml"
    assert main(["h100_64gb_qwen25_7b", "--gpu", "l40s", "--out", str(out)]) == 0
    expected = scale_profile(read_profile("h100_64gb_qwen25_7b"), gpu("L40S"))
    with pytest.warns(EstimatedProfileWarning):
        assert read_profile(out) == expected
    told = capsys.readouterr().out
    assert told.startswith("l40s_48gb_qwen25_7b, whose throughput is uncertain by ")
    assert str(out) in told


def test_all_that_come_with_the_package(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["--bundled", str(tmp_path)]) == 0
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == scaled_profile_files()
    assert "6 profiles written" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "profile: is missing; give PROFILE, --gpu and --out"),
        (["h100_64gb_qwen25_7b", "--out", "x.yaml"], "--gpu: is missing"),
        (["h100_64gb_qwen25_7b", "--gpu", "L40S"], "--out: is missing"),
        (["h100_64gb_qwen25_7b", "--gpu", "V100", "--out", "x.yaml"], "'V100' is not known"),
        (["gpt", "--gpu", "L40S", "--out", "x.yaml"], "'gpt' is unknown"),
        (
            ["h200_141gb_qwen25_7b", "--gpu", "L40S", "--out", "x.yaml"],
            "it was itself scaled from h100_64gb_qwen25_7b; scale h100_64gb_qwen25_7b",
        ),
    ],
)
def test_refusals(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in " ".join(captured.err.split())
    assert captured.out == ""
