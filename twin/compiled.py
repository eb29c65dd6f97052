"""How functions are compiled, and where their machine code is kept for the next process.

Numba keeps it beside the source, or in the user's cache folder if that cannot be written. Where
neither can, as in a container without a home, it goes to a folder of the user's own among the
temporary files; and where there is none, every process compiles anew. It is compiled anew as well
when anything changed that it was made of, in whatever file.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numpy.typing import NDArray

from twin.compiled_stamp import note_file, stamp_of

__all__ = ["Ziggurat", "compiled", "exponential_ziggurat", "inlined", "normal_ziggurat"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Ziggurat(NamedTuple):
    """Layers under a density, as numpy and Numba have them for numbers of 53 bits.

    ``width`` (256,) is that of a layer for each unit of the number, ``height`` (256,) the density
    at its end, ``inside`` (256,) the numbers below which a point lies under the density for sure,
    and ``tail`` where the last layer's tail begins.
    """

    width: NDArray[np.float64]
    height: NDArray[np.float64]
    inside: NDArray[np.int64]
    tail: float


def exponential_ziggurat() -> Ziggurat:
    """Layers under the exponential density."""
    from numba.np.random import _constants as numbas

    inside = numbas.ke_double.astype(np.int64)
    return Ziggurat(numbas.we_double, numbas.fe_double, inside, float(numbas.ziggurat_exp_r))


def normal_ziggurat() -> Ziggurat:
    """Layers under the half of the standard normal density, for numbers of 52 bits."""
    from numba.np.random import _constants as numbas

    inside = numbas.ki_double.astype(np.int64)
    return Ziggurat(numbas.wi_double, numbas.fi_double, inside, float(numbas.ziggurat_nor_r))


def compiled(function: _Function) -> _Function:
    """Compile a function, which runs without Python's global lock."""
    return _compile(function)


def inlined(function: _Function) -> _Function:
    """Compile a function of an inner loop, which must not allocate arrays.

    It goes without Numba's run-time (NRT): counting the references of a dozen arrays at every call
    would take two thirds of the time of a simulation. And it is inlined where it is called: to
    hand over that many arrays would take half of what is left.
    """
    return _compile(function, forceinline=True, _nrt=False)


class _Cache(FunctionCache):
    """Keeps code as long as all that it was made of is as it was; see `twin.compiled_stamp`."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        # Numba asks here first, and by now all is imported that the function names.
        self._cache_file._source_stamp = stamp_of(self._py_func)  # noqa: SLF001  # likewise
        usual: Any = super()
        return usual.load_overload(sig, target_context)


def _compile(function: _Function, **options: bool) -> _Function:
    note_file(function)
    decorate: Any = partial(numba.njit, nogil=True, **options)
    made = decorate()(function)
    with suppress(RuntimeError):  # which says that no folder can be written
        _keep(made)
        return cast(_Function, made)
    if (folder := _private_folder()) is not None:
        with _cache_in(folder), suppress(RuntimeError):
            _keep(made)
    return cast(_Function, made)


def _keep(dispatcher: Any) -> None:
    """What Numba does for ``cache=True``, with stamps of our own."""
    cache: Any = _Cache
    dispatcher._cache = cache(dispatcher.py_func)  # noqa: SLF001  # there is no other way


@contextmanager
def _cache_in(folder: Path) -> Iterator[None]:
    """Have Numba keep the code of functions that are declared meanwhile in a folder."""
    config: Any = numba.config
    usual, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = usual


@cache
def _private_folder() -> Path | None:
    """Folder that nobody else can write, since the code in it is run; None if there is none."""
    try:
        folder = Path(tempfile.gettempdir()) / f"lora-placer-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
    except OSError:
        return None
    own = stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid()
    return folder if own and stat.S_IMODE(state.st_mode) == 0o700 else None
