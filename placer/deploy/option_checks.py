"""Options of deployment targets: refused before anything is written."""

from __future__ import annotations

import re

from twin.files.errors import InputError

__all__ = ["check_port", "check_text"]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def check_port(key: str, port: int) -> None:
    """Refuse what is no port.

    Raises
    ------
    InputError
        If it is not in 1 to 65535.
    """
    if not 1 <= port <= 65535:
        raise InputError(key, f"{port} is no port", "1 to 65535")


def check_text(key: str, text: str, pattern: str = "") -> None:
    """Refuse texts that cannot be printed, or are not of a form.

    Parameters
    ----------
    key : str
    text : str
    pattern : str
        Regular expression; ``"label"`` for a name in Kubernetes, empty for any text.

    Raises
    ------
    InputError
        If the text is none.
    """
    if not text.isprintable():
        raise InputError(key, f"{text!r} has characters that cannot be printed")
    form = _LABEL if pattern == "label" else pattern
    if form and not re.fullmatch(form, text):
        accepted = "small letters, digits and '-'" if pattern == "label" else form
        raise InputError(key, f"{text!r} is not accepted", accepted)
