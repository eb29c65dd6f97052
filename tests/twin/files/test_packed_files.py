"""Files that hold no text are known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest

from twin.files.errors import InputError
from twin.files.input_file import read_input, unknown_ending
from twin.files.packed_files import refuse_packed

TEXT = b"timestamp,prompt_tokens,output_tokens\n" * 9


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("log.csv", TEXT)
    return file.getvalue()


PACKED = {
    "it is packed by gzip; unpack it first": gzip.compress(TEXT),
    "it is packed by bzip2; unpack it first": bz2.compress(TEXT),
    "it is packed by xz; unpack it first": lzma.compress(TEXT),
    "it is a zip archive, or a spreadsheet such as .xlsx; unpack it, or save": zipped(),
    "it is packed by zstd; unpack it first": b"\x28\xb5\x2f\xfd\x04\x58" + b"\0" * 20,
    "it is Parquet; write it as CSV or JSON Lines": b"PAR1\x15\x04\x15" + b"\0" * 20,
    "it is UTF-16; save it as UTF-8": TEXT.decode().encode("utf-16"),
}


@pytest.mark.parametrize("problem", PACKED)
def test_what_is_packed_says_so_whatever_it_is_called(tmp_path: Path, problem: str) -> None:
    for name in ("log.csv", "log.csv.gz"):
        path = tmp_path / name
        path.write_bytes(PACKED[problem])
        with pytest.raises(InputError) as error:
            read_input(path)
        assert str(error.value).startswith(f"{path}: {problem}")
    with pytest.raises(InputError, match=problem.partition(";")[0]):
        unknown_ending(path, ".csv")


@pytest.mark.parametrize(
    "head", [b"PAR1,ORC\n1,2\n", b"BZh;x\r\n", b"\xef\xbb\xbfname,rank\n", b""]
)
def test_text_is_text_even_if_it_begins_as_something_else(head: bytes) -> None:
    refuse_packed("x", head)


def test_an_ending_that_is_not_known_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    with pytest.raises(InputError, match="there is no such file"):
        unknown_ending(path, ".csv")
    path.write_bytes(TEXT)
    assert str(unknown_ending(path, ".csv")) == f"{path}: ending '.gz' is not known; .csv"
