"""Mutated inputs: what is fed to a reader that has to answer with an object or an `InputError`.

Two kinds of changes are made, one to three at a time: to the text, as a broken editor or transfer
would, and to values of plain data, as somebody who means harm would.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

__all__ = ["mutated_bytes", "mutated_csv", "mutated_json"]

_T = TypeVar("_T")

VALUES: tuple[Any, ...] = (
    *(None, True, False, "", " ", "x", "0", "-1", "1e999", "nan", "0x10", "1_000", "١٢"),
    *(-1, 0, 1, 2, 3, 7, 513, -(2**31), 2**31, 2**32, 10**12, 10**18, 2**63 - 1, 2**63, 10**400),
    *(0.5, -0.0, 1e-320, 1e-9, 1e18, 1e300, 1e308, -1e308, math.nan, math.inf, -math.inf),
    *([], {}, [[]], [None], [0, 1], {"a": 1}, {"": None}, [1, [2, {"x": []}]], "a" * 5000),
    *("\0", "\x1b[31m", "a\nb", "a,b", "=1+1", "../../x", "-rf", "'", '"', "\u202e", "${x}", "😀"),
    *("2024-01-01", "2023-11-16 18:17:03.97", "h100_64gb_llama31_8b", "8:4;16:4", "8:0", ":", ";"),
)
"""What a value is replaced by."""

_TEXTS = tuple(map(json.dumps, VALUES))

TOKENS = (
    *(b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n\n", b",", b";", b"\t", b'"'),
    *(b"'", b"[", b"]", b"{", b"}", b":", b"- ", b"&a ", b"*a", b"!!bool ", b"!!timestamp ", b"#"),
    *(b"<<: ", b"? ", b"|\n", b"\\u0000", b"\\ud800", b"null", b"1" + b"0" * 400, b"1e308"),
    *(b"0013-13-01", b"[" * 2000, b"-" * 50, b"nan", b"Infinity", b"true", b" " * 70, b"\x1b"),
)
"""What is put into a text."""


def mutated_bytes(text: bytes, number: int, seed: int) -> Iterator[bytes]:
    """The bytes with some of them cut out, doubled, moved, changed, or with tokens put in."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        yield _some(rng, text, _change_bytes)


def mutated_json(data: Any, number: int, seed: int) -> Iterator[bytes]:
    """JSON of plain data: of some values another one, and of some texts other bytes."""
    rng = np.random.default_rng(seed)
    whole = json.dumps(data)
    for _ in range(number):
        if rng.random() < 0.25:
            yield _some(rng, whole.encode(), _change_bytes)
        else:
            yield json.dumps(_some(rng, json.loads(whole), _change_data)).encode()


def mutated_csv(text: str, number: int, seed: int) -> Iterator[bytes]:
    """A table: of some cells another value, and of some texts other bytes."""
    rng = np.random.default_rng(seed)
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(number):
        if rng.random() < 0.25:
            yield _some(rng, text.encode(), _change_bytes)
        else:
            changed = _some(rng, [list(row) for row in rows], _change_cell)
            yield "\n".join(map(",".join, changed)).encode(errors="surrogatepass")


def _some(rng: np.random.Generator, content: _T, change: Callable[..., _T]) -> _T:
    for _ in range(rng.integers(1, 4)):
        content = change(rng, content)
    return content


def _change_bytes(rng: np.random.Generator, text: bytes) -> bytes:
    a, b = sorted(rng.integers(0, len(text) + 1, 2).tolist())
    b = min(b, a + int(rng.choice((1, 3, 20, 200))))
    kind = rng.integers(6)
    if kind == 0:
        return text[:a] + text[b:]
    if kind == 1:
        return text[:b] + text[a:]
    if kind == 2:
        return text[:a]
    if kind == 3:
        return text[:a] + rng.bytes(b - a) + text[b:]
    token = TOKENS[rng.integers(len(TOKENS))]
    return text[:a] + token + text[b if kind == 4 else a :]


def _change_cell(rng: np.random.Generator, rows: list[list[str]]) -> list[list[str]]:
    row = rows[rng.integers(len(rows))]
    index = int(rng.integers(len(row))) if row else 0
    kind = rng.integers(8)
    if kind == 0:
        rows.remove(row)
        return rows or [[]]
    if kind == 1:
        rows.append(list(row))
    elif kind == 2 and row:
        del row[index]
    elif kind == 3:
        row.insert(index, "x")
    elif row:
        row[index] = str(VALUES[rng.integers(len(VALUES))])
    return rows


def _change_data(rng: np.random.Generator, data: Any) -> Any:
    """Change one value of plain data, its key, or leave it out."""
    places = list(_places(data))
    value = json.loads(_TEXTS[rng.integers(len(_TEXTS))])
    if not places or rng.random() < 0.02:
        return value
    holder, key = places[rng.integers(len(places))]
    kind = rng.integers(8)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        if isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[str(value)[:20]] = holder.pop(key)
    else:
        holder[key] = value
    return data


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every value within plain data: what holds it, and its key there."""
    items: Any = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    for key, value in items:
        yield data, key
        yield from _places(value)
