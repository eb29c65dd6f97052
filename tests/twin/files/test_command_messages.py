"""What commands say on the standard error stream."""

from __future__ import annotations

import warnings
from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from twin.files.command_messages import print_error, print_table, print_warnings, show_steps
from twin.files.errors import EngineVersionWarning, InputError


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=30)


def shown(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]  # a StringIO


def test_an_error_is_one_line_as_it_is(console: Console) -> None:
    print_error(console, InputError("rates[0]", "'[/x]' is not a number", "a positive number"))
    assert shown(console) == "error: rates[0]: '[/x]' is not a number; a positive number\n"


def test_a_warning_is_one_line_as_it_is(console: Console) -> None:
    with print_warnings(console):
        warnings.warn("profile [/x] was measured with another", EngineVersionWarning, stacklevel=1)
    assert shown(console) == "warning: profile [/x] was measured with another\n"


def test_steps_are_handed_on_without_a_bar_where_nobody_sees_it(console: Console) -> None:
    assert list(show_steps(console, "simulating", iter("abc"), 3)) == ["a", "b", "c"]
    assert shown(console).strip() == ""


def test_no_table_is_cut(console: Console) -> None:
    table = Table("GPU", "a number")
    table.add_row("gpu-with-a-name-that-is-long", "1,234,567,890.12345678901234")
    print_table(console, table)
    row = next(line for line in shown(console).splitlines() if "gpu" in line)
    assert "gpu-with-a-name-that-is-long" in row
    assert "1,234,567,890.12345678901234" in row
    assert console.width == 30
