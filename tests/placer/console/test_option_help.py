"""Help on the options of the groups."""

from __future__ import annotations

from placer.console.option_help import describe_options, list_options


def test_options_are_the_files_with_their_first_comment() -> None:
    options = list_options("objective")
    assert options["gpu_count"] == "fewest GPUs"
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
