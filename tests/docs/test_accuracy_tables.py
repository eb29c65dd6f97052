"""Wherever a document has errors in SMAPE, it has them in MAPE too."""

from __future__ import annotations

import re

import pytest

from tests.docs.documents import DOCUMENTS, ROOT

HEADER = re.compile(r"^\|.*\bSMAPE\b.*$", re.MULTILINE)
MAPE = re.compile(r"\bMAPE\b")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_table_of_one_measure_is_one_of_both_or_followed_by_the_other(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for header in HEADER.finditer(text):
        tables = [header[0], *re.findall(r"^\|.*MAPE.*$", text[header.end() :], re.MULTILINE)]
        assert MAPE.search(" ".join(tables)), header[0]


def test_both_measures_are_defined() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert "\n## SMAPE\n" in glossary
    assert "\n## MAPE\n" in glossary
