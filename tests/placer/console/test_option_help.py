"""Help on the options of the groups."""

from __future__ import annotations

from pathlib import Path

from placer.console.option_help import describe_options, list_options


def test_options_are_the_files_with_their_first_comment() -> None:
    options = list_options("objective")
    assert options["gpu_count"].startswith("fewest GPUs, however long requests wait")
    assert list(options) == sorted(options)


def test_a_group_without_a_folder_has_none() -> None:
    assert list_options("nowhere") == {}


def test_the_default_is_marked() -> None:
    text = describe_options(
        {"objective": "what is good", "nowhere": "empty"}, {"objective": "latency"}
    )
    lines = text.splitlines()
    assert lines[0] == "objective: what is good"
    assert lines[-1] == "nowhere: empty"
    (marked,) = [line for line in lines if line.startswith("  * ")]
    assert marked.split()[1] == "latency"


def test_options_of_the_users_own_are_among_them(tmp_path: Path) -> None:
    (tmp_path / "objective").mkdir()
    (tmp_path / "objective" / "mine.yaml").write_text("# my own\n")
    options = list_options("objective", [tmp_path])
    assert options["mine"] == "my own"
    assert options["gpu_count"].startswith("fewest GPUs, however long")
    assert list(options) == sorted(options)
    assert "mine" in describe_options({"objective": "x"}, {}, [tmp_path])
