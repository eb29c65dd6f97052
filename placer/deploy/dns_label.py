"""Names of Kubernetes objects, whatever an adapter or a GPU is called."""

from __future__ import annotations

import json
import re
from hashlib import sha256

__all__ = ["dns_label"]

_LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_LIKE_OURS = re.compile(r".*-[0-9a-f]{8}")
_MOST = 40  # characters of 63, as systems put something before or behind


def dns_label(*names: str) -> str:
    """A DNS label (RFC 1035) for some names together, the same for the same names.

    A single name that is a label already stays as it is. Anything else is what can be kept of the
    first name, and a hash of all of them, so that no two have the same label.

    Examples
    --------
    >>> dns_label("legal"), dns_label("It's Legal"), dns_label("legal", "gpu-00")
    ('legal', 'it-s-legal-1aa6ec3a', 'legal-bcb23d09')
    """
    first = names[0]
    plain = len(first) <= _MOST and _LABEL.fullmatch(first) and not _LIKE_OURS.fullmatch(first)
    if len(names) == 1 and plain:
        return first
    digest = sha256(json.dumps(names).encode()).hexdigest()[:8]
    kept = re.sub(r"[^a-z0-9]+", "-", first.lower().encode("ascii", "ignore").decode())
    kept = kept.lstrip("-0123456789")[: _MOST - len(digest) - 1].strip("-")
    return f"{kept or 'x'}-{digest}"
