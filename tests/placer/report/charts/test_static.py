"""Charts as pictures."""

from __future__ import annotations

import pytest

from placer.report.charts import static
from placer.report.charts.static import picture
from tests.placer.report.charts.every_mark import every_mark
from twin.files.errors import InputError


@pytest.mark.parametrize(
    ("kind", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_picture_is_a_file_of_its_kind(kind: str, begin: bytes) -> None:
    assert picture([every_mark()] * 4, kind).startswith(begin)


def test_the_same_charts_make_the_same_file() -> None:
    assert picture([every_mark()], "svg") == picture([every_mark()], "svg")


def test_names_are_no_formulas() -> None:
    assert b"<svg" in picture([every_mark("$x^$ </svg>")], "svg")


def test_without_matplotlib_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'lora-placer\[report\]'"):
        picture([every_mark()], "png")
