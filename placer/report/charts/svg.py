"""Draws a chart as inline SVG, whose colours the style sheet of the page says."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from placer.report.charts.axis import Axis
from placer.report.charts.chart import Band, Cells, Chart, Dot, Dots, Level, Line, Note

__all__ = ["HEIGHT", "WIDTH", "svg"]

WIDTH, HEIGHT = 360, 250
"""Size of every chart in pixels: one that a phone shows as it is."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 14, 26, 40
_CHARACTER = 6.2  # mean width of one, of text beside a point
_RADIUS = 4.5
_HIGHER, _LOWER = 5, 12  # pixels that words beside a point stand above or below it


def svg(chart: Chart) -> str:
    """An ``svg`` element, every text of it escaped."""
    root = ET.Element(
        "svg",
        {
            "class": "chart",
            "viewBox": f"0 0 {WIDTH} {HEIGHT}",
            "role": "group",
            "aria-label": f"{chart.title}. {chart.summary}",
        },
    )
    pen = _Pen(root, chart.x, chart.y)
    pen.axes()
    for mark in chart.marks:
        pen.draw(mark)
    return ET.tostring(root, encoding="unicode")


class _Pen:
    """Draws marks between two axes."""

    def __init__(self, root: ET.Element, x: Axis, y: Axis) -> None:
        self._root, self._x, self._y = root, x, y

    def axes(self) -> None:
        """Ticks, grid lines and the names of the axes."""
        bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
        for value in self._y.ticks:
            y = self._to_y(value)
            self._add("line", "grid", x1=_LEFT, x2=right, y1=y, y2=y)
            self._text(_LEFT - 6, y + 4, Axis.text(value), "tick end")
        for value in self._x.ticks:
            x = self._to_x(value)
            self._add("line", "grid", x1=x, x2=x, y1=bottom, y2=bottom + 4)
            self._text(x, bottom + 17, Axis.text(value), "tick middle")
        self._add("line", "axis", x1=_LEFT, x2=right, y1=bottom, y2=bottom)
        self._text(2, 13, self._y.label, "name")
        self._text(right, HEIGHT - 5, self._x.label, "name end")

    def draw(self, mark: object) -> None:
        match mark:
            case Line():
                self._line(mark)
            case Band():
                self._band(mark)
            case Dots():
                for dot in mark.dots:
                    self._dot(dot, mark)
            case Level():
                self._level(mark)
            case Cells():
                self._cells(mark)
            case Note():
                self._text(self._to_x(mark.x), self._to_y(mark.y), mark.text, "label ink middle")

    def _line(self, mark: Line) -> None:
        if not mark.points:
            return
        places = [(self._to_x(x), self._to_y(y)) for x, y in mark.points]
        if mark.stepped:
            before = places[0]
            corners = [before]
            for place in places[1:]:
                corners += [(place[0], before[1]), place]
                before = place
            places = corners
        self._add("polyline", _classes("line", mark.tone, mark.dashed), points=_joined(places))
        if mark.label:
            self._beside(*places[-1], mark.label, mark.tone, _HIGHER)

    def _band(self, mark: Band) -> None:
        lower = [(self._to_x(x), self._to_y(low)) for x, low, _ in mark.points]
        upper = [(self._to_x(x), self._to_y(high)) for x, _, high in reversed(mark.points)]
        self._add("polygon", f"band {mark.tone}", points=_joined([*lower, *upper]))

    def _dot(self, dot: Dot, mark: Dots) -> None:
        x, y = self._to_x(dot.x), self._to_y(dot.y)
        kind, role, address = ("a", "link", {"href": dot.href}) if dot.href else ("g", "img", {})
        group = self._add(kind, _classes("dot", mark.tone, mark.hollow, "hollow"), **address)
        group.attrib |= {
            "tabindex": "0",
            "role": role,
            "aria-label": dot.name,
            "data-tip": dot.name,
        }
        ET.SubElement(group, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{_RADIUS}"})
        if dot.label:
            self._beside(x, y, dot.label, mark.tone, -_LOWER if mark.below else _HIGHER)

    def _level(self, mark: Level) -> None:
        y, right = self._to_y(mark.value), WIDTH - _RIGHT
        self._add("line", f"level {mark.tone}", x1=_LEFT, x2=right, y1=y, y2=y)
        self._text(
            right, y + 14 if y < HEIGHT / 2 else y - 5, mark.label, f"label {mark.tone} end"
        )

    def _cells(self, mark: Cells) -> None:
        for box in mark.boxes:
            if box.shade:
                left, right = self._to_x(box.left), self._to_x(box.right)
                top, bottom = self._to_y(box.top), self._to_y(box.bottom)
                size = {"width": right - left, "height": bottom - top}
                self._add("rect", f"shade{box.shade}", x=left, y=top, **size)

    def _beside(self, x: float, y: float, text: str, classes: str, rise: float) -> None:
        """Words at a point, on the side on which there is room."""
        fits = x + 8 + _CHARACTER * len(text) < WIDTH
        side, at = ("", x + 7) if fits else (" end", x - 8)
        self._text(at, max(y - rise, _TOP + 8), text, f"label {classes}{side}")

    def _to_x(self, value: float) -> float:
        return _LEFT + self._x.place(value) * (WIDTH - _LEFT - _RIGHT)

    def _to_y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - self._y.place(value) * (HEIGHT - _TOP - _BOTTOM)

    def _add(self, kind: str, classes: str, **values: float | str) -> ET.Element:
        texts = {k: v if isinstance(v, str) else f"{v:.1f}" for k, v in values.items()}
        return ET.SubElement(self._root, kind, {"class": classes, **texts})

    def _text(self, x: float, y: float, text: str, classes: str) -> None:
        self._add("text", classes, x=x, y=y).text = text


def _joined(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _classes(kind: str, tone: str, other: bool, name: str = "dashed") -> str:
    return f"{kind} {tone} {name}" if other else f"{kind} {tone}"
