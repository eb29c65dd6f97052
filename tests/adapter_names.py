"""Names of adapters that are accepted, made up by Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.workload.adapter_name import check_adapter_name

LIKE_OTHERS = ("null", "~", "NaN", "no", "1e3", "0x1f", "2026-01-01", "1:30", "[]", "{}", "''")
"""Names that a file or a reader may take for something else than a text."""

_RIGHT_TO_LEFT = st.sampled_from(list("\u05d0\u05d1\u0634\u0639"))
_NASTY = st.sampled_from(list("\"'\\ $`%{}()&;|<>*?~!#-./:@[]^_\u00e9\u4e2d\U0001f600"))


def _accepted(name: str) -> bool:
    try:
        check_adapter_name(name)
    except InputError:
        return False
    return True


def ten_adapter_names() -> st.SearchStrategy[list[str]]:
    """Ten different names, so that tests which are slow see many."""
    return adapter_names(10, 10)


def adapter_names(fewest: int = 1, most: int = 8) -> st.SearchStrategy[list[str]]:
    """Some different names, most of them with characters that a shell or JSON reads."""
    others = st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="=")
    signs = _NASTY | _RIGHT_TO_LEFT | others
    name = st.sampled_from(LIKE_OTHERS) | st.text(signs, min_size=1, max_size=12)
    return st.lists(name.filter(_accepted), min_size=fewest, max_size=most, unique=True)
