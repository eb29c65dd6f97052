"""Fills in a template: one self-contained page that opens from disk without a network."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from placer.report.charts.svg import svg
from placer.report.page.formats import FORMATS

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "render"]


def render(template: str, **data: Any) -> str:
    """A page from one of the templates beside this module, which extend ``base.html.j2``.

    Every text that is filled in is escaped; there is one script, that of the pages, and the page
    itself forbids browsers any other. Charts are drawn by ``{{ chart | svg }}``.

    Parameters
    ----------
    template : str
        Its name.
    **data : object
        What the template names; one that is missing is an error.
    """
    return environment().get_template(template).render(**data) + "\n"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """What templates are filled in by: their folder, the formats of numbers, charts."""
    # Jinja takes long to import, and whoever only places does not need it.
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("placer.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _asset("script.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {
        "style": Markup(_asset("style.css")),
        "script": Markup(script),
        "script_hash": f"sha256-{digest}",
    }
    environment.filters |= FORMATS | {"svg": lambda chart: Markup(svg(chart))}
    return environment


def _asset(name: str) -> str:
    return (files("placer.report.page") / "templates" / name).read_text(encoding="utf-8")
