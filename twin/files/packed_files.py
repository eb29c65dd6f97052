"""Files that hold no text, whatever they are called, told by their first bytes."""

from __future__ import annotations

from twin.files.errors import InputError

__all__ = ["HEAD", "refuse_packed"]

HEAD = 64
"""Bytes at the beginning of a file by which its kind is known."""

_UNPACK = "unpack it first"
_EXPORT = "write it as CSV or JSON Lines"
_UTF_8 = "save it as UTF-8"
_KINDS = {
    b"\x1f\x8b": ("it is packed by gzip", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("it is packed by zstd", _UNPACK),
    b"\x04\x22\x4d\x18": ("it is packed by lz4", _UNPACK),
    b"BZh": ("it is packed by bzip2", _UNPACK),
    b"\xfd7zXZ\x00": ("it is packed by xz", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("it is a 7z archive", _UNPACK),
    b"PK\x03\x04": (
        "it is a zip archive, or a spreadsheet such as .xlsx",
        "unpack it, or save its sheet as CSV",
    ),
    b"\xd0\xcf\x11\xe0": ("it is a spreadsheet (.xls)", "save its sheet as CSV"),
    b"PAR1": ("it is Parquet", _EXPORT),
    b"ARROW1": ("it is Arrow", _EXPORT),
    b"ORC": ("it is ORC", _EXPORT),
    b"Obj\x01": ("it is Avro", _EXPORT),
    b"SQLite format 3\x00": ("it is a database of SQLite", _EXPORT),
    b"\xff\xfe": ("it is UTF-16", _UTF_8),
    b"\xfe\xff": ("it is UTF-16", _UTF_8),
}
"""What files begin with: what they are, and what to do."""


def refuse_packed(where: str, data: bytes) -> None:
    """Refuse a file that is packed or of another kind than text.

    Parameters
    ----------
    where : str
        File for the message.
    data : bytes
        All of it, or its beginning of `HEAD` bytes.

    Raises
    ------
    InputError
        If it begins as a kind of file that is known.
    """
    head = data[:HEAD]
    for start, (problem, remedy) in _KINDS.items():
        if head.startswith(start) and not _is_text(head):  # BZh may be a column's name
            raise InputError(where, problem, remedy)


def _is_text(head: bytes) -> bool:
    """Whether all of it is ASCII, without control characters but those of lines."""
    return head.isascii() and all(byte >= 32 or byte in b"\t\n\r" for byte in head)
