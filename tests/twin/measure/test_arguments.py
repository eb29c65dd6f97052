"""Arguments of the command."""

from __future__ import annotations

import pytest

from twin.files.errors import InputError
from twin.measure.arguments import lengths_of, parser, to_engines
from twin.measure.plan import Engine


def test_engines() -> None:
    assert to_engines("16:64,0:0") == (Engine(16, 64), Engine(0, 0))


@pytest.mark.parametrize("text", ["16", "a:b", "16:7", "4:0", "-1:8", ""])
def test_engines_that_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="engines"):
        to_engines(text)


def test_lengths_fit_into_what_the_server_takes() -> None:
    arguments = parser().parse_args(["run", "--url", "http://x", "--out", "o"])
    assert lengths_of(arguments, 8192).longest == 2000
    assert lengths_of(arguments, 1024).longest == 512
    with pytest.raises(InputError, match="prompt_mean"):
        lengths_of(arguments, 256)


def test_numbers_of_the_command_line() -> None:
    words = ["plan", "--rates", "2,4.5", "--batches", "1,8"]
    arguments = parser().parse_args(words)
    assert (arguments.rates, arguments.batches) == ((2.0, 4.5), (1, 8))
    with pytest.raises(SystemExit):
        parser().parse_args(["plan", "--batches", "some"])
