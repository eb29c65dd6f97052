"""What a configuration may name with ``_target_``: to be made for the place where it stands.

A name is looked at before its module is imported, and what it names before it is called. What the
user types or writes into options may come from any module; the configuration of a folder that
somebody else wrote only from those that are trusted.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Collection, Mapping
from importlib.metadata import entry_points
from typing import Any

from hydra.utils import get_object

from twin.files.errors import InputError

__all__ = ["ENTRY_POINTS", "find_target", "parameter_hints", "trusted_modules"]

ENTRY_POINTS = "lora_placer"
"""Group of entry points by which an installed package says which of its modules are plug-ins."""

_OWN = ("placer", "estimators", "twin")


def trusted_modules(further: Collection[str] = ()) -> tuple[str, ...]:
    """Packages and modules whose classes any configuration may name.

    Parameters
    ----------
    further : collection of str
        Modules to trust beside the product's own packages and those of installed plug-ins.
    """
    plugins = (entry.module for entry in entry_points(group=ENTRY_POINTS))
    return tuple(dict.fromkeys((*_OWN, *plugins, *further)))


def find_target(
    name: object, where: str, hint: Any, trusted: Collection[str] | None = None
) -> Any:
    """Class or function of a ``_target_``.

    Parameters
    ----------
    name : object
        The value of ``_target_``.
    where : str
        Key for messages, without ``_target_``.
    hint : object
        Annotation that what it makes has to fit: a class, a protocol, or several.
    trusted : collection of str or None
        Modules that it may come from; None for any.

    Raises
    ------
    InputError
        If it is no name, is of no trusted module, cannot be imported, or makes something else.
    """
    where = f"{where}._target_"
    if not isinstance(name, str):
        raise InputError(where, f"{name!r} is not a name", "give MODULE.CLASS")
    if trusted is not None and not _is_of(name, trusted):
        raise InputError(
            where,
            f"{name!r} is not of this product or of an installed plug-in",
            f"if you trust it: --trust {name.rpartition('.')[0] or name}",
        )
    try:
        target = get_object(name)
    except Exception as error:  # whatever the import of a user's own module raises
        raise InputError(
            where,
            f"{name!r} cannot be imported",
            " ".join(str(error.__cause__ or error).split()),
        ) from error
    wanted = _classes(hint)
    if trusted is not None and not _is_of(f"{getattr(target, '__module__', None)}.", trusted):
        raise InputError(where, f"{name!r} is of another module than it says", "give its own")
    if not _fits(target, wanted, trusted is not None):
        names = " or ".join(sorted(cls.__name__ for cls in wanted)) or "object"
        raise InputError(
            where,
            f"{name!r} makes no {names}",
            f"a class with its methods, or a function whose annotation says it returns {names}",
        )
    return target


def parameter_hints(target: Any) -> dict[str, Any]:
    """Annotations of the parameters of a class or function, and of what it returns."""
    if isinstance(target, type):
        target = target.__init__  # type: ignore[misc]  # unbound is meant
    try:
        return typing.get_type_hints(inspect.unwrap(getattr(target, "__func__", target)))
    except Exception:  # names in annotations that only a type checker knows
        return {}


def _is_of(name: str, modules: Collection[str]) -> bool:
    """Whether a name is below one of some modules, and private nowhere."""
    if any(part.startswith("_") for part in name.split(".")):
        return False
    return any(name.startswith(f"{module}.") for module in modules)


def _fits(target: Any, wanted: Collection[type], strict: bool) -> bool:
    """Whether a class or function makes what is wanted; where that is not known, a class does."""
    if not wanted:
        return isinstance(target, type) or not strict
    made = target if isinstance(target, type) else parameter_hints(target).get("return")
    return isinstance(made, type) and any(_is_a(made, cls) for cls in wanted)


def _classes(hint: Any) -> set[type]:
    """Classes of an annotation: those of its members, and of what it holds."""
    parts = typing.get_args(hint)
    if parts:
        return set().union(*map(_classes, parts))
    plain = getattr(hint, "__module__", "") in ("builtins", "collections.abc", "typing")
    return {hint} if isinstance(hint, type) and not plain else set()


def _is_a(made: type, wanted: type) -> bool:
    if not getattr(wanted, "_is_protocol", False):
        return issubclass(made, wanted)
    members = {name for name in vars(wanted) if not name.startswith("_")}
    members |= {name for name in inspect.get_annotations(wanted) if not name.startswith("_")}
    return all(hasattr(made, name) or name in _fields(made) for name in members)


def _fields(made: type) -> Mapping[str, Any]:
    """Names that a class and its bases annotate."""
    return {name: None for cls in made.__mro__ for name in inspect.get_annotations(cls)}
