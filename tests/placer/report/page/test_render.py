"""Pages are filled in from templates."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from jinja2 import UndefinedError

from placer.report.page.render import environment, render
from tests.placer.report.charts.every_mark import every_mark

WICKED = "</script><img src=x onerror=alert(1)>\"'"


def test_a_page_is_one_file() -> None:
    page = render("base.html.j2")
    assert page.startswith("<!doctype html>")
    assert not re.search(r"(src|href)=\"?(https?:)?//", page)
    assert "<style>:root {" in page


def test_no_script_runs_but_that_of_the_pages() -> None:
    page = render("base.html.j2")
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert (
        f"script-src &#39;sha256-{digest}&#39;" in page or f"script-src 'sha256-{digest}'" in page
    )
    assert "default-src 'none'" in page


def test_texts_are_escaped() -> None:
    template = environment().from_string(
        "{% from 'macros.html.j2' import figure, table, code %}"
        "{{ figure(chart, text) }}{{ table(text, [(text, false)], [[text]]) }}"
        "{{ code(text, text) }}"
    )
    page = template.render(chart=every_mark(WICKED), text=WICKED)
    assert "<img" not in page
    assert "</script" not in page
    assert page.count("&lt;img") > 8


def test_long_texts_in_tables_are_wrapped_and_numbers_are_not() -> None:
    template = environment().from_string(
        "{% from 'macros.html.j2' import table %}{{ table('', columns, [['a', text, text]]) }}"
    )
    columns = [("name", False), ("words", False), ("number", True)]
    cells = re.findall("<td.*?>", template.render(columns=columns, text="word " * 9))
    assert cells == ['<td class="wrap">', '<td class="n">']


def test_columns_without_names_have_no_row_of_them() -> None:
    template = environment().from_string(
        "{% from 'macros.html.j2' import table %}{{ table('', columns, [['a', 'b']]) }}"
    )
    assert "<thead" not in template.render(columns=[("", False), ("", False)])
    assert "<thead" in template.render(columns=[("", False), ("b", False)])


def test_what_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()
