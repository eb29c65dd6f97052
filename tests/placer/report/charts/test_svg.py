"""Charts as inline SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from placer.report.charts.svg import HEIGHT, WIDTH, svg
from tests.placer.report.charts.every_mark import every_mark


def test_every_mark_is_drawn() -> None:
    root = ET.fromstring(svg(every_mark()))
    classes = [element.get("class", "") for element in root]
    for wanted in (
        *("shade3", "band muted", "line accent", "line warn dashed"),
        *("level ink", "dot accent", "dot accent hollow", "label ink middle"),
    ):
        assert wanted in classes
    assert "shade0" not in classes
    assert classes.count("line accent") == 1  # nothing of a line without points
    (link,) = root.findall("a")
    assert link.get("href") == "run/report.html"


def test_points_can_be_reached_and_are_named() -> None:
    root = ET.fromstring(svg(every_mark()))
    dots = [element for element in root if element.get("class", "").startswith("dot")]
    assert len(dots) == 3
    assert {dot.get("tabindex") for dot in dots} == {"0"}
    assert {dot.get("aria-label") for dot in dots} == {"gpu-00"}
    assert root.get("aria-label") == "gpu-00. gpu-00"


def test_everything_lies_inside_of_the_picture() -> None:
    root = ET.fromstring(svg(every_mark()))
    for element in root.iter():
        for key in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(key, 0)) <= WIDTH
        for key in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(key, 0)) <= HEIGHT
    ends = [text for text in root.iter("text") if (text.get("class") or "").endswith("accent end")]
    assert ends  # a name that has no room to the right stands to the left


@pytest.mark.parametrize("name", ["</svg><script>alert(1)</script>", "a\"b'c & <d>", "a\nb"])
def test_names_are_texts(name: str) -> None:
    root = ET.fromstring(svg(every_mark(name)))
    assert {element.tag for element in root.iter()} <= {
        *("svg", "line", "text", "rect", "polygon", "polyline", "g", "a", "circle"),
    }
    assert root.find("g").get("aria-label") == name  # type: ignore[union-attr]
