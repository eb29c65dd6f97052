"""Names of adapters that are accepted, made up by Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from twin.files.errors import InputError
from twin.workload.adapter_name import check_adapter_name

_NASTY = st.sampled_from(list("\"'\\ $`%{}()&;|<>*?~!#-./:@[]^_\u00e9\u4e2d\U0001f600"))


def _accepted(name: str) -> bool:
    try:
        check_adapter_name(name)
    except InputError:
        return False
    return True


def adapter_names() -> st.SearchStrategy[list[str]]:
    """Some different names, most of them with characters that a shell or JSON reads."""
    name = st.text(_NASTY | st.characters(codec="utf-8"), min_size=1, max_size=12)
    return st.lists(name.filter(_accepted), min_size=1, max_size=8, unique=True)
