"""Chart: what a picture shows, as plain data that `svg` and `static` draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from placer.report.charts.axis import Axis

__all__ = ["Band", "Box", "Cells", "Chart", "Dot", "Dots", "Level", "Line", "Mark", "Note", "Tone"]

Tone = Literal["accent", "ink", "muted", "warn"]
"""Role of a colour; which colour that is, the page or the picture says."""

Point = tuple[float, float]
"""Values on the two axes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, with its name at the last one.

    Parameters
    ----------
    points : tuple of (float, float)
    label : str
        Empty for none.
    tone : Tone
    dashed : bool
    stepped : bool
        Whether a value holds until the next point.
    """

    points: tuple[Point, ...]
    label: str = ""
    tone: Tone = "accent"
    dashed: bool = False
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """What lies between two lines, such as an interval of confidence.

    Parameters
    ----------
    points : tuple of (float, float, float)
        Value on the horizontal axis, lower and upper end.
    tone : Tone
    """

    points: tuple[tuple[float, float, float], ...]
    tone: Tone = "accent"


@dataclass(frozen=True, slots=True)
class Dot:
    """One point that can be asked for its name.

    Parameters
    ----------
    x, y : float
    name : str
        What it is, with its figures: shown where the pointer or the keyboard is on it.
    label : str
        Shown beside it; empty for none.
    href : str
        Where it leads; empty for nowhere.
    """

    x: float
    y: float
    name: str
    label: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Dots:
    """Points.

    Parameters
    ----------
    dots : tuple of Dot
    tone : Tone
    hollow : bool
        Whether they are rings, as for what was estimated and not verified.
    below : bool
        Whether what is shown beside them stands lower than they do, as a rising line needs it.
    """

    dots: tuple[Dot, ...]
    tone: Tone = "accent"
    hollow: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the whole chart at one height.

    Parameters
    ----------
    value : float
    label : str
        At its right end.
    tone : Tone
    """

    value: float
    label: str
    tone: Tone = "ink"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of one shade.

    Parameters
    ----------
    left, right, bottom, top : float
        On the axes.
    shade : int
        0 for nothing, up to 4 for the strongest.
    """

    left: float
    right: float
    bottom: float
    top: float
    shade: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Rectangles that together show a quantity of two variables.

    Parameters
    ----------
    boxes : tuple of Box
    """

    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A few words at a point.

    Parameters
    ----------
    x, y : float
    text : str
    """

    x: float
    y: float
    text: str


Mark = Line | Band | Dots | Level | Cells | Note
"""Something that is drawn; later marks lie on earlier ones."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture.

    Parameters
    ----------
    title : str
        Short; above it.
    summary : str
        What it shows, in a sentence, for those who do not see it.
    x, y : Axis
    marks : tuple of Mark
    """

    title: str
    summary: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
